"""One order of the rows and columns of a table, whatever order they came in.

What is hidden in a table must not depend on which court is written first. Rows and columns are
told apart by what they hold, and by what the lines they cross hold, round after round.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]


def order_of(counts: Whole, needed: Whole) -> tuple[Whole, Whole]:
    """Return the order of rows (r,) and of columns (c,) of a table whose cells are both (r, c).

    Lines that nothing tells apart stay as they came; which of them is first changes no more than
    which of two that are alike is hidden.

    Source: Weisfeiler and Leman 1968, for the refinement of classes.
    """
    both = np.column_stack([counts.ravel(), needed.ravel()])
    _kinds, code = np.unique(both, axis=0, return_inverse=True)
    cells: Whole = code.reshape(counts.shape)
    rows, columns = (np.zeros(length, np.int64) for length in counts.shape)
    while True:
        rows, columns = _refined(cells, rows, columns)
        tied = _first_tie(cells, rows)
        if tied is None:
            return np.argsort(rows, kind="stable"), np.argsort(columns, kind="stable")
        # Whichever goes first, the others are told apart by what they have in common with it.
        rows = 2 * rows + 1
        rows[tied] -= 1


def turned(counts: Whole, needed: Whole) -> bool:
    """Return whether to turn a table (r, c) on its side, so that either way it is the same one.

    It has more rows than columns; of a square, the cells in their order decide. A square that is
    the same when turned stays as it came.
    """
    rows, columns = counts.shape
    if rows != columns:
        return bool(rows < columns)
    return _in_order(counts.T, needed.T) < _in_order(counts, needed)


def _in_order(counts: Whole, needed: Whole) -> list[int]:
    lines = np.ix_(*order_of(counts, needed))
    cells: list[int] = np.concatenate([counts[lines], needed[lines]]).ravel().tolist()
    return cells


def _refined(cells: Whole, rows: Whole, columns: Whole) -> tuple[Whole, Whole]:
    classes = 0
    while True:
        rows = _classes(cells, rows, columns)
        columns = _classes(cells.T, columns, rows)
        now = int(rows.max() + columns.max())
        if now == classes:
            return rows, columns
        classes = now


def _classes(cells: Whole, own: Whole, other: Whole) -> Whole:
    """Return the class of each line: its own before, then what it holds where, in order."""
    width = int(cells.max()) + 1
    held = np.sort(cells + other * width, axis=1)
    return np.unique(np.column_stack([own, held]), axis=0, return_inverse=True)[1].ravel()


def _first_tie(cells: Whole, rows: Whole) -> int | None:
    """Return a row of the first class whose rows are alike but for the columns, if there is one."""
    for each in np.flatnonzero(np.bincount(rows) > 1):
        members = np.flatnonzero(rows == each)
        if np.any(cells[members] != cells[members[0]]):
            return int(members[0])
    return None
