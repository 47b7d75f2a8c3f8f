"""How far a hidden cell of a table can move, as flow through the other hidden cells.

A table with its totals is a circulation: write totals of rows and columns with a minus, and every
row and every column of the (r + 1, c + 1) table adds up to 0. Raising one cell by d needs a flow
of d from its column back to its row through other hidden cells, so what can be recovered is a
maximum flow, exactly, and the cheapest cells to hide are a shortest path.

Source: Castro 2012, European Journal of Operational Research 216:1; Cox 1995, JASA 90:1453.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Mask = NDArray[np.bool_]
Cell = tuple[int, int]
Step = tuple[int, int]
"""From a node to another: rows are 0..rows - 1, columns follow."""

SMALLEST = 1  # zeros are always shown, so a reader knows that a hidden cell is at least 1


class Network:
    """Rows and columns of a table as nodes, its hidden cells as edges.

    A cell is a step one way when it rises, which nothing limits, and the other way when it falls,
    at most to `SMALLEST`. Neighbours of a node are the bits of one number, so that a search
    looks at all of them at once.
    """

    def __init__(self, table: Whole, hidden: Mask) -> None:
        self.hidden = np.zeros(table.shape, dtype=bool)
        self._table = table
        self._values: list[list[int]] = table.tolist()
        self._rows, self._columns = (int(length) for length in table.shape)
        self._onward = [0] * (self._rows + self._columns)
        self._backward = [0] * (self._rows + self._columns)
        edge = np.zeros(table.shape, dtype=bool)
        edge[-1, :-1] = edge[:-1, -1] = True
        self._edge = edge
        # Cells count alike; of two, the smaller one is hidden rather than the larger, and
        # one inside rather than a total.
        outer = np.zeros(table.shape)
        outer[-1, :] += 0.25
        outer[:, -1] += 0.25
        self.cost = 1 + outer + 0.1 * np.log1p(table) / np.log1p(max(1, int(table.max())))
        self._shown_cost = np.where(table > 0, self.cost, np.inf)
        for i, j in np.argwhere(hidden).tolist():
            self.hide((i, j))

    def hide(self, cell: Cell) -> None:
        """Hide a cell: it can move."""
        self.hidden[cell] = True
        start, goal = self._rise(cell)
        _open(self._onward, self._backward, start, goal)
        if self._values[cell[0]][cell[1]] > SMALLEST:
            _open(self._onward, self._backward, goal, start)

    def show(self, cell: Cell) -> None:
        """Show a cell: it stays."""
        self.hidden[cell] = False
        start, goal = self._rise(cell)
        _close(self._onward, self._backward, start, goal)
        _close(self._onward, self._backward, goal, start)

    def copy(self) -> Network:
        """Return a network of which other cells can be hidden."""
        other = copy.copy(self)
        other.hidden = self.hidden.copy()
        other._onward, other._backward = self._onward.copy(), self._backward.copy()
        return other

    def reach(self, cell: Cell, up: bool, most: int) -> tuple[int, dict[Cell, int]]:
        """Return by how much a hidden cell can rise (or fall), at most `most`.

        With it, by how much every other cell that takes part moves then.
        """
        onward, backward = self._onward.copy(), self._backward.copy()
        goal, start = self._rise(cell) if up else self._rise(cell)[::-1]
        _close(onward, backward, start, goal)
        limit = most if up else min(most, self._values[cell[0]][cell[1]] - SMALLEST)
        moved: dict[Cell, int] = {}
        total = 0
        while total < limit:
            path = _shortest(onward, backward, start, goal)
            if path is None:
                break
            steps = [(step, *self._crossed(step)) for step in path]
            room = limit - total
            for _, other, rising in steps:
                if not rising:
                    room = min(room, self._value(other, moved) - SMALLEST)
            for (here, there), other, rising in steps:
                moved[other] = moved.get(other, 0) + (room if rising else -room)
                if rising:
                    _open(onward, backward, there, here)
                elif self._value(other, moved) == SMALLEST:
                    _close(onward, backward, here, there)
            total += room
        return total, moved

    def widening(
        self, cell: Cell, moved: dict[Cell, int], most: int, avoid: Cell | None
    ) -> list[Cell]:
        """Return the cheapest cells to hide so that a cell can rise by more than it has.

        `moved` is how others have moved so that it rose so far. It rises by `most` more, or as
        near to that as there is a way for. Empty where no cell could help but the one to avoid.
        """
        now = self._table.copy()
        for other, change in moved.items():
            now[other] += change
        fits, least = self._cheapest(cell, now, most, avoid), 1
        if fits is not None:
            return fits
        found: list[Cell] = []
        while least < most:
            room = (least + most) // 2
            fits = self._cheapest(cell, now, room, avoid)
            if fits is None:
                most = room
            else:
                found, least = fits, room + 1
        return found

    def _cheapest(
        self, cell: Cell, now: Whole, room: int, avoid: Cell | None
    ) -> list[Cell] | None:
        """Return the shown cells of the cheapest way to raise a cell by so much, if there is one.

        Source: Bellman 1958, Quarterly of Applied Mathematics 16:87.
        """
        cost = np.where(self.hidden, 0.0, self._shown_cost)
        cost[cell] = np.inf
        if avoid is not None:
            cost[avoid] = np.inf
        falling = np.where(now - SMALLEST >= room, cost, np.inf)
        rows, columns = np.arange(self._rows), self._rows + np.arange(self._columns)
        onward = (
            (rows, columns, np.where(self._edge, falling, cost)),
            (columns, rows, np.where(self._edge, cost, falling).T),
        )
        goal, start = self._rise(cell)
        best = np.full(self._rows + self._columns, np.inf)
        best[start] = 0.0
        came = np.full(self._rows + self._columns, -1)
        better = True
        while better:
            better = False
            for here, there, steps in onward:
                total = best[here, None] + steps
                nearest = total.argmin(axis=0)
                least = total.min(axis=0)
                nearer = least < best[there]
                if nearer.any():
                    best[there[nearer]] = least[nearer]
                    came[there[nearer]] = here[nearest[nearer]]
                    better = True
        if not np.isfinite(best[goal]):
            return None
        found, node = [], goal
        while node != start:
            step = (int(came[node]), node)
            crossed, _ = self._crossed(step)
            if not self.hidden[crossed]:
                found.append(crossed)
            node = step[0]
        return found

    def _value(self, cell: Cell, moved: dict[Cell, int]) -> int:
        return self._values[cell[0]][cell[1]] + moved.get(cell, 0)

    def _total(self, cell: Cell) -> bool:
        """Say whether a cell is the total of one row or of one column."""
        return (cell[0] == self._rows - 1) != (cell[1] == self._columns - 1)

    def _rise(self, cell: Cell) -> Step:
        """Return the step that a cell is when it rises."""
        row, column = cell[0], cell[1] + self._rows
        return (column, row) if self._total(cell) else (row, column)

    def _crossed(self, step: Step) -> tuple[Cell, bool]:
        """Return the cell that a step crosses, and whether it rises by it."""
        from_row = step[0] < self._rows
        row, column = step if from_row else step[::-1]
        cell = (row, column - self._rows)
        return cell, from_row != self._total(cell)


def _open(onward: list[int], backward: list[int], here: int, there: int) -> None:
    onward[here] |= 1 << there
    backward[there] |= 1 << here


def _close(onward: list[int], backward: list[int], here: int, there: int) -> None:
    onward[here] &= ~(1 << there)
    backward[there] &= ~(1 << here)


def _shortest(
    onward: list[int], backward: list[int], start: int, goal: int
) -> list[Step] | None:
    """Return the steps of a shortest path, searched from both ends."""
    ways = (onward, backward)
    seen = [1 << start, 1 << goal]
    front = seen.copy()
    trees: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
    while front[0] and front[1]:
        side = int(front[0].bit_count() > front[1].bit_count())
        reached = 0
        for node in _nodes(front[side]):
            new = ways[side][node] & ~seen[side]
            if new:
                seen[side] |= new
                reached |= new
                trees[side].append((node, new))
                if new & seen[1 - side]:
                    return _joined(trees, new & seen[1 - side])
        front[side] = reached
    return None


def _joined(trees: tuple[list[tuple[int, int]], list[tuple[int, int]]], met: int) -> list[Step]:
    met = (met & -met).bit_length() - 1
    steps: list[Step] = []
    node = met
    for before, reached in reversed(trees[0]):
        if reached >> node & 1:
            steps.append((before, node))
            node = before
    node = met
    for after, reached in reversed(trees[1]):
        if reached >> node & 1:
            steps.append((node, after))
            node = after
    return steps


def _nodes(bits: int) -> Iterator[int]:
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest
