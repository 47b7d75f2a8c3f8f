"""Weighted drawing, with the sums of the weights kept: it is done a hundred times per case."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


class Lottery(Generic[T]):
    """Values with weights above zero."""

    def __init__(self, weighted: Iterable[tuple[T, float]]) -> None:
        pairs = tuple(weighted)
        if not pairs or any(weight <= 0 for _, weight in pairs):
            raise ValueError("a lottery needs values, each with a weight above zero")
        self.values = tuple(value for value, _ in pairs)
        self._sums = tuple(accumulate(weight for _, weight in pairs))
        self._last = len(self.values) - 1

    def draw(self, rng: Random) -> T:
        """Draw one value."""
        return self.values[bisect(self._sums, rng.random() * self._sums[-1], 0, self._last)]
