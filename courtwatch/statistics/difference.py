"""Differences of two shares and of two counts, with their intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import ndtri

from courtwatch.statistics import _checks
from courtwatch.statistics.rates import wilson_interval


@dataclass(frozen=True)
class Difference:
    """A difference (first less second) with its interval."""

    value: float
    lower: float
    upper: float


def share_difference(
    count: int, total: int, other: int, other_total: int, confidence: float = 0.95
) -> Difference:
    """Return the difference of two independent shares, by the hybrid score method.

    Raises ValueError where a total is 0, and for counts that are no counts of their totals.

    Source: Newcombe 1998, Statistics in Medicine 17:873 (doi
    10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I), method 10.
    """
    if not (total > 0 and other_total > 0):
        raise ValueError("there is no share of nothing")
    if not (0 <= count <= total and 0 <= other <= other_total):
        raise ValueError("a count must lie between 0 and its total")
    p, q = count / total, other / other_total
    one, two = (
        wilson_interval(k, n, confidence) for k, n in ((count, total), (other, other_total))
    )
    below = math.hypot(p - float(one.lower), float(two.upper) - q)
    above = math.hypot(float(one.upper) - p, q - float(two.lower))
    return Difference(p - q, p - q - below, p - q + above)


def count_difference(count: int, other: int, confidence: float = 0.95) -> Difference:
    """Return the difference of two counts of independent events, by MOVER.

    Each count's own interval is Wilson's for a Poisson mean, `n + z^2/2 -+ z sqrt(n + z^2/4)`;
    their distances from the counts are put together as in `share_difference`. Raises ValueError
    for a count that is negative or unknown.

    Source: Zou and Donner 2008, Statistics in Medicine 27:1693 (method of variance estimates
    recovery); Rao 1948 for the score interval.
    """
    _checks.confidence(confidence)
    if not (0 <= count < math.inf and 0 <= other < math.inf):
        raise ValueError("a count can't be negative, or unknown")
    z = float(ndtri(0.5 + confidence / 2))
    (low, high), (low_other, high_other) = (_score(n, z) for n in (count, other))
    value = float(count - other)
    below = math.hypot(count - low, high_other - other)
    above = math.hypot(high - count, other - low_other)
    return Difference(value, value - below, value + above)


def _score(n: int, z: float) -> tuple[float, float]:
    middle, half = n + z * z / 2, z * math.sqrt(n + z * z / 4)
    return max(0.0, middle - half), middle + half
