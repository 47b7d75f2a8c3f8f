"""What every column has to be before anything is computed of it: said in one place, in words."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Whole = NDArray[np.int64]


def whole(name: str, values: ArrayLike, size: int | None = None) -> Whole:
    """Return one list of whole numbers; ValueError for gaps, fractions and what is no list."""
    given = np.asarray(values)
    if given.ndim != 1 or (size is not None and given.size != size):
        raise ValueError(f"{name} must be one list, as long as the others")
    if given.dtype.kind not in "iub" and not np.all(np.isfinite(given.astype(np.float64))):
        raise ValueError(f"{name} must be whole numbers, without gaps")
    numbers = given.astype(np.int64)
    if np.any(numbers != given):
        raise ValueError(f"{name} must be whole numbers")
    return numbers


def labels(name: str, values: ArrayLike) -> NDArray[Any]:
    """Return labels of any kind; ValueError where one is missing (None or NaN)."""
    given = np.asarray(values)
    missing = given != given  # NaN is not equal to itself
    if np.any(missing) or (given.dtype.kind == "O" and None in given.ravel().tolist()):
        raise ValueError(f"{name} must be known for everybody: leave out whoever has none")
    return given


def horizon(days: float) -> int:
    """Return a horizon; ValueError unless it is a whole number of days from 1."""
    if not 1 <= days < np.inf or int(days) != days:
        raise ValueError(f"a horizon is a whole number of days from 1, not {days}")
    return int(days)


def confidence(level: float) -> None:
    """Raise ValueError unless a level of confidence lies between 0 and 1."""
    if not 0 < level < 1:
        raise ValueError(f"a confidence level must lie between 0 and 1, got {level}")
