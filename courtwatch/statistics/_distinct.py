"""Distinct values: days, courts and categories are whole numbers that lie close together."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]


def distinct(values: NDArray[Any]) -> tuple[NDArray[Any], Whole]:
    """Return the distinct values in order, and the place of each of `values` (n,) among them.

    What `numpy.unique` does with inverses, by counting where whole numbers lie close: a fifth of
    the time for the days of a million prosecutions.
    """
    whole = _as_whole(values)
    if whole is not None and whole.size:
        lowest, highest = int(whole.min()), int(whole.max())
        if highest - lowest <= 4 * whole.size:
            shifted = whole - lowest
            there = np.bincount(shifted) > 0
            seen = (np.flatnonzero(there) + lowest).astype(values.dtype)
            return seen, (np.cumsum(there) - 1)[shifted]
    seen, inverse = np.unique(values, return_inverse=True)
    return seen, inverse.astype(np.int64)


def _as_whole(values: NDArray[Any]) -> Whole | None:
    """Return values as whole numbers; None where they are none, or too large to be told apart."""
    if np.can_cast(values.dtype, np.int64):
        return values.astype(np.int64)
    if values.dtype.kind != "f" or not np.all(np.abs(values) < 2**53):
        return None
    whole = values.astype(np.int64)
    return whole if np.array_equal(whole, values) else None
