"""Which cells of a table to hide beside its small ones, and as few as can be found."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator

import numpy as np

from courtwatch.statistics._table_flow import Cell, Mask, Network, Whole

# Widths to ask for while less to hide is looked for: about a second's worth.
_QUESTIONS = 20_000


def least_hidden(table: Whole, primary: Mask, needed: Whole) -> Mask:
    """Return what to hide of a table with its margins so that every primary has its width.

    All (r + 1, c + 1); `needed` are the widths. Built from the primaries in three orders; then a
    cell of the best is shown and others take its part, as long as that hides less.
    """
    cells: list[Cell] = [(i, j) for i, j in np.argwhere(primary).tolist()]
    by_size = sorted(cells, key=lambda cell: (int(table[cell]), cell))
    found = []
    for order in (cells, by_size, by_size[::-1]):
        hiding = _Hiding(table, primary, needed)
        hiding.widen(order)
        hiding.prune()
        found.append(hiding)
    return _improved(min(found, key=lambda hiding: hiding.cost)).network.hidden


class _Hiding:
    """A table of which some cells are hidden, and why each of them is."""

    def __init__(self, table: Whole, primary: Mask, needed: Whole) -> None:
        self.network = Network(table, primary)
        self.asked = 0
        self._primary = primary
        self._needed: list[list[int]] = needed.tolist()
        # What moves so that a primary has its width: as long as that is hidden, it has it.
        self._proof: dict[Cell, set[Cell]] = {}
        # The primary that was too narrow without a cell: ask it first the next time.
        self._narrowed: dict[Cell, Cell] = {}

    @property
    def cost(self) -> tuple[int, float]:
        """Return what is to be least: how many are hidden, then what they cost."""
        hidden = self.network.hidden
        return int(hidden.sum()), float(self.network.cost[hidden].sum())

    def further(self) -> list[Cell]:
        """Return the hidden cells that are not small, the dearest first."""
        cells = np.argwhere(self.network.hidden & ~self._primary).tolist()
        return sorted(
            [(i, j) for i, j in cells], key=lambda cell: (-float(self.network.cost[cell]), cell)
        )

    def widen(self, primary: Iterable[Cell], avoid: Cell | None = None) -> bool:
        """Hide cells until every primary has its width: for each in turn, the cheapest cycle.

        Return whether that could be done; it can be done unless a cell is to be avoided.
        """
        for cell in primary:
            while True:
                missing, raised = self._missing(cell)
                if missing <= 0:
                    break
                helpful = self.network.widening(cell, raised, missing, avoid)
                if not helpful:
                    return False
                for each in helpful:
                    self.network.hide(each)
        return True

    def prune(self) -> None:
        """Show every cell again without which no primary is too narrow."""
        for cell in self.further():
            self.network.show(cell)
            before: dict[Cell, set[Cell]] = {}
            for primary in self._moving_with(cell):
                before[primary] = self._proof[primary]
                if self._missing(primary)[0] > 0:
                    self.network.hide(cell)
                    self._proof |= before
                    self._narrowed[cell] = primary
                    break

    def without(self, cell: Cell) -> _Hiding | None:
        """Return what is hidden when a cell is shown and others take its part, if others can."""
        trial = copy.copy(self)
        trial.network = self.network.copy()
        trial._proof = self._proof.copy()
        trial._narrowed = self._narrowed.copy()
        trial.network.show(cell)
        possible = trial.widen(trial._moving_with(cell), cell)
        if possible:
            trial.prune()
        self.asked = trial.asked
        return trial if possible else None

    def _moving_with(self, cell: Cell) -> Iterator[Cell]:
        """Yield the primaries that may need a cell: the proof of their width moves it."""
        first = self._narrowed.get(cell)
        if first is not None and cell in self._proof[first]:
            yield first
        for primary, moved in list(self._proof.items()):
            if primary != first and cell in moved:
                yield primary

    def _missing(self, cell: Cell) -> tuple[int, dict[Cell, int]]:
        """Return by how much a range is too narrow, and how others move to raise the cell most."""
        self.asked += 1
        want = self._needed[cell[0]][cell[1]]
        width, raised = self.network.reach(cell, True, want)
        moved = set(raised)
        if width < want:
            down, lowered = self.network.reach(cell, False, want - width)
            width += down
            moved.update(lowered)
        if width >= want:
            self._proof[cell] = moved
        return want - width, raised


def _improved(hiding: _Hiding) -> _Hiding:
    """Return what hides less, as long as another cell can be shown for it."""
    best, better = hiding, True
    most = hiding.asked + _QUESTIONS
    while better:
        better = False
        for cell in best.further():
            if best.asked > most:
                return best
            trial = best.without(cell) if best.network.hidden[cell] else None
            if trial is not None and trial.cost < best.cost:
                best, better = trial, True
    return best
