"""Disclosure control of published tables: which cells to hide so that none can be worked out.

The mask belongs to the table, not to a format: HTML, CSV, JSON, charts and facet counts use one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from courtwatch.statistics._table_flow import Mask, Whole
from courtwatch.statistics._table_hiding import least_hidden
from courtwatch.statistics._table_order import order_of, turned
from courtwatch.statistics._table_proof import Programs

Floats = NDArray[np.float64]


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
    is returned. The order of rows and columns changes nothing, nor which of the two is which.

    Raises ValueError for counts that are not a table of whole numbers from 0, or a threshold
    below 1 or of another shape.

    Source: Hundepool et al. 2012, Statistical Disclosure Control, chapter 4; Fischetti and
    Salazar 2001, Management Science 47:1008.
    """
    given = _counts(counts)
    needed = _needed(threshold, given.shape)
    if turned(given, needed[:-1, :-1]):
        return _upright(given.T, needed.T).T
    return _upright(given, needed)


def feasible_ranges(counts: ArrayLike, mask: ArrayLike) -> Ranges:
    """Return what a reader can work out of a table of which `mask` (r + 1, c + 1) is hidden.

    Two linear programs for each hidden cell (HiGHS), over all tables that agree with what is
    shown; a hidden cell is at least 1 since zeros are shown. Raises ValueError for malformed
    counts, a mask of another shape, and one that hides a zero.

    Source: Fischetti and Salazar 2001; Huangfu and Hall 2018 for HiGHS.
    """
    table = with_margins(counts)
    hidden = np.asarray(mask, dtype=bool)
    if hidden.shape != table.shape:
        raise ValueError(f"a mask has the shape of the table with margins, {table.shape}")
    if np.any(hidden & (table == 0)):
        raise ValueError("zeros are shown: the mask hides one")
    lower, upper = table.astype(np.float64), table.astype(np.float64)
    ranges = Programs(table, hidden).ranges()
    for (i, j), (low, high) in zip(np.argwhere(hidden), ranges, strict=True):
        lower[i, j] += low
        upper[i, j] += high
    return Ranges(lower, upper)


def _counts(counts: ArrayLike) -> Whole:
    try:
        given = np.asarray(counts)
    except ValueError:
        raise ValueError("counts must be a table whose rows are of one length") from None
    if given.ndim != 2 or given.size == 0:
        raise ValueError("counts must be a table with rows and columns")
    if not _whole(given) or np.any(given < 0):
        raise ValueError("counts must be whole numbers from 0, below 2**53")
    if given.sum(dtype=np.float64) >= 2**53:
        raise ValueError("counts must add up to less than 2**53")
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


def _upright(counts: Whole, needed: Whole) -> Mask:
    """Return what to hide, found in the one order of the rows and columns of a table."""
    rows, columns = order_of(counts, needed[:-1, :-1])
    lines = np.ix_(np.append(rows, len(rows)), np.append(columns, len(columns)))
    mask = np.zeros(needed.shape, dtype=bool)
    mask[lines] = _ordered(with_margins(counts)[lines], needed[lines])
    return mask


def _ordered(table: Whole, needed: Whole) -> Mask:
    """Return what to hide of a table with its margins, both (r + 1, c + 1)."""
    primary = (table > 0) & (table <= needed)
    if not primary.any():
        return np.zeros(table.shape, dtype=bool)
    mask = least_hidden(table, primary, needed)
    least = np.where(primary, needed, 1)[mask]
    if not Programs(table, mask).prove(least):
        # The audit has the last word. Hiding every cell but zeros is always safe: any of them
        # can grow together with its totals.
        mask = table > 0
    return mask
