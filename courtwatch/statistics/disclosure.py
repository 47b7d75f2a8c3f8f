"""Disclosure control of published tables: which cells to hide so that none can be worked out.

The mask belongs to the table, not to a format: HTML, CSV, JSON, charts and facet counts use one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from courtwatch.statistics._table_flow import SMALLEST, Cell, Mask, Network, Whole
from courtwatch.statistics._table_order import order_of

Floats = NDArray[np.float64]

# Cells times small cells up to which hidden cells are tried for showing again.
_PRUNED = 60_000


@dataclass(frozen=True)
class Ranges:
    """What a reader can work out: `lower` and `upper` (r + 1, c + 1), equal where shown."""

    lower: Floats
    upper: Floats

    @property
    def width(self) -> Floats:
        """Return how wide each range is; infinite where nothing bounds it."""
        return self.upper - self.lower


def with_margins(counts: ArrayLike) -> Whole:
    """Return the table (r + 1, c + 1): counts, totals of rows and columns, and the total."""
    table = _counts(counts)
    table = np.concatenate([table, table.sum(axis=1, keepdims=True)], axis=1)
    return np.concatenate([table, table.sum(axis=0, keepdims=True)], axis=0)


def suppress(counts: ArrayLike, threshold: ArrayLike = 5) -> Mask:
    """Return which cells (r + 1, c + 1) of a table and its margins to hide: True is hidden.

    `counts` (r, c) whole numbers; `threshold` a whole number, or one for each cell (a total takes
    the largest of its cells). Primary cells are those of 1 to threshold - 1, margins included;
    zeros are shown. Further cells are hidden until every primary's feasible range, given all
    that is shown and that hidden cells are not zero, is at least threshold - 1 wide, and no
    hidden cell can be worked out. The ranges are audited by linear programming before the mask
    is returned. The order of rows and columns changes nothing.

    Raises ValueError for counts that are not a table of whole numbers from 0, or a threshold
    below 1 or of another shape.

    Source: Hundepool et al. 2012, Statistical Disclosure Control, chapter 4; Fischetti and
    Salazar 2001, Management Science 47:1008.
    """
    given = _counts(counts)
    needed = _needed(threshold, given.shape)
    rows, columns = order_of(given, needed[:-1, :-1])
    lines = np.ix_(np.append(rows, len(rows)), np.append(columns, len(columns)))
    mask = np.zeros(needed.shape, dtype=bool)
    mask[lines] = _ordered(with_margins(given)[lines], needed[lines])
    return mask


def feasible_ranges(counts: ArrayLike, mask: ArrayLike) -> Ranges:
    """Return what a reader can work out of a table of which `mask` (r + 1, c + 1) is hidden.

    Two linear programs for each hidden cell (HiGHS), over all tables that agree with what is
    shown; a hidden cell is at least 1 since zeros are shown.

    Source: Fischetti and Salazar 2001; Huangfu and Hall 2018 for HiGHS.
    """
    table = with_margins(counts)
    hidden = np.asarray(mask, dtype=bool)
    if hidden.shape != table.shape:
        raise ValueError(f"a mask has the shape of the table with margins, {table.shape}")
    if np.any(hidden & (table == 0)):
        raise ValueError("zeros are shown: the mask hides one")
    lower, upper = table.astype(np.float64), table.astype(np.float64)
    for cell, low, high in _programs(table, hidden):
        lower[cell], upper[cell] = low, high
    return Ranges(lower, upper)


def _counts(counts: ArrayLike) -> Whole:
    given = np.asarray(counts)
    if given.ndim != 2 or given.size == 0:
        raise ValueError("counts must be a table with rows and columns")
    if not _whole(given) or np.any(given < 0):
        raise ValueError("counts must be whole numbers from 0")
    return given.astype(np.int64)


def _whole(given: NDArray[np.generic]) -> bool:
    """Say whether these are whole numbers that can be counted with."""
    if given.dtype.kind not in "iufb":
        return False
    numbers = given.astype(np.float64)
    return bool(np.all(np.abs(numbers) < 2**53) and np.all(numbers == np.floor(numbers)))


def _needed(threshold: ArrayLike, shape: tuple[int, int]) -> Whole:
    """Return threshold - 1 for every cell and margin: the largest primary, and the least width."""
    given = np.asarray(threshold)
    if given.shape not in {(), shape}:
        raise ValueError(f"a threshold is one number or one for each cell, {shape}")
    if not _whole(given) or np.any(given < 1):
        raise ValueError("a threshold must be a whole number from 1")
    whole = np.broadcast_to(given.astype(np.int64), shape)
    rows = np.concatenate([whole, whole.max(axis=1, keepdims=True)], axis=1)
    return np.concatenate([rows, rows.max(axis=0, keepdims=True)], axis=0) - 1


def _ordered(table: Whole, needed: Whole) -> Mask:
    """Return what to hide of a table with its margins, both (r + 1, c + 1)."""
    primary = (table > 0) & (table <= needed)
    if not primary.any():
        return np.zeros(table.shape, dtype=bool)
    network = Network(table)
    cells: list[Cell] = [(int(i), int(j)) for i, j in np.argwhere(primary)]
    by_size = sorted(cells, key=lambda cell: (int(table[cell]), cell))
    found = [
        _widened(network, primary, needed, order) for order in (cells, by_size, by_size[::-1])
    ]
    pruned = [_pruned(network, mask, primary, needed) for mask in found]
    mask = min(pruned, key=lambda m: (int(m.sum()), float(network.cost[m].sum())))
    if not _safe(table, mask, primary, needed):
        # The audit has the last word. Hiding every cell but zeros is always safe: any of them
        # can grow together with its totals.
        mask = table > 0
    return mask


def _width(network: Network, hidden: Mask, cell: Cell, needed: int) -> int:
    """Return the width of a cell's range, counted up to `needed`."""
    up, _ = network.reach(hidden, cell, True, needed)
    if up >= needed:
        return up
    return up + network.reach(hidden, cell, False, needed - up)[0]


def _widened(network: Network, primary: Mask, needed: Whole, order: Iterable[Cell]) -> Mask:
    """Hide cells until every primary has its width: for each in turn, the cheapest cycle."""
    hidden = primary.copy()
    for cell in order:
        want = int(needed[cell])
        while True:
            down, _ = network.reach(hidden, cell, False, want)
            up, flow = network.reach(hidden, cell, True, want - down)
            missing = want - down - up
            if missing <= 0:
                break
            start, goal = network.ends(cell, True)
            for room in range(missing, 0, -1):
                found = network.widened(flow, start, goal, cell, room)
                if found is not None:
                    break
            else:  # every cell that could help is hidden already
                break
            for step, _ in found:
                hidden[step] = True
    return hidden


def _pruned(network: Network, hidden: Mask, primary: Mask, needed: Whole) -> Mask:
    """Show cells again that turned out not to be needed, the dearest first."""
    mask = hidden.copy()
    cells: list[Cell] = [(int(i), int(j)) for i, j in np.argwhere(mask & ~primary)]
    if len(cells) * int(primary.sum()) > _PRUNED:
        return mask
    cells.sort(key=lambda cell: (-float(network.cost[cell]), cell))
    checked: list[Cell] = [(int(i), int(j)) for i, j in np.argwhere(primary)]
    for candidate in cells:
        mask[candidate] = False
        for place, cell in enumerate(checked):
            if _width(network, mask, cell, int(needed[cell])) < needed[cell]:
                mask[candidate] = True
                # What failed once fails often: ask it first the next time.
                checked.insert(0, checked.pop(place))
                break
    # A cell that moves with no primary any more could be worked out: it need not be hidden.
    for cell in cells:
        if mask[cell] and _width(network, mask, cell, 1) < 1:
            mask[cell] = False
    return mask


def _safe(table: Whole, mask: Mask, primary: Mask, needed: Whole) -> bool:
    """Return whether linear programs confirm every width."""
    least = np.where(primary, needed, 1)
    return all(
        high - low >= least[cell] - 1e-6 for cell, low, high in _programs(table, mask)
    )


def _programs(table: Whole, hidden: Mask) -> Iterable[tuple[Cell, float, float]]:
    """Yield every hidden cell with its lowest and highest feasible value."""
    # Imported here: a web worker that publishes no table need not load it.
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    cells = np.argwhere(hidden)
    if not len(cells):
        return
    rows, columns = table.shape
    edge = (cells[:, 0] == rows - 1) != (cells[:, 1] == columns - 1)
    sign = np.where(edge, -1.0, 1.0)
    index = np.arange(len(cells))
    sums = csr_array(
        (
            np.concatenate([sign, sign]),
            (np.concatenate([cells[:, 0], rows + cells[:, 1]]), np.concatenate([index, index])),
        ),
        shape=(rows + columns, len(cells)),
    )
    target = sums @ table[hidden].astype(np.float64)
    for place, (i, j) in enumerate(cells):
        goal = np.zeros(len(cells))
        ends = []
        for direction in (1.0, -1.0):
            goal[place] = direction
            found = linprog(
                goal, A_eq=sums, b_eq=target, bounds=(SMALLEST, None), method="highs"
            )
            unbounded = found.status == 3
            ends.append(np.inf * -direction if unbounded else float(found.x[place]))
        yield (int(i), int(j)), ends[0], ends[1]
