"""Rates: intervals for a proportion, limits of a funnel plot, many tests at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, ndtri

from courtwatch.statistics import _checks

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """Lower and upper ends of intervals, in the shape of the counts they belong to."""

    lower: Floats
    upper: Floats


@dataclass(frozen=True)
class FunnelLimits:
    """Limits of a funnel plot: `lower` and `upper` are (levels, courts) for `levels`.

    A limit may lie below 0 or above 1 (the interpolated function is left as it is, so that two
    programs agree on it); a chart clips it.
    """

    levels: tuple[float, ...]
    lower: Floats
    upper: Floats


def wilson_interval(count: ArrayLike, total: ArrayLike, confidence: float = 0.95) -> Interval:
    """Return the score interval of `count` out of `total`, without continuity correction.

    `count` and `total` broadcast; both may be fractional (weighted data with an effective size).
    Where `total` is 0, or either is unknown (NaN), there is nothing to say and both ends are NaN.
    Raises ValueError for a negative count, a count above its total, a total without end or a
    confidence outside (0, 1).

    Source: Wilson 1927; Brown, Cai and DasGupta 2001, Statistical Science 16:101.
    """
    _checks.confidence(confidence)
    x, n = np.broadcast_arrays(
        np.asarray(count, dtype=np.float64), np.asarray(total, dtype=np.float64)
    )
    if np.any(x < 0) or np.any(n < 0) or np.any(x > n) or np.any(np.isinf(n)):
        raise ValueError("a count must lie between 0 and its total")
    z = float(ndtri(0.5 + confidence / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = (x + z * z / 2) / (n + z * z)
        half = z / (n + z * z) * np.sqrt(x * (1 - x / n) + z * z / 4)
    # The ends are exactly 0 and 1 at the borders; rounding must not move them.
    lower = np.where(x == 0, 0.0, middle - half)
    upper = np.where(x == n, 1.0, middle + half)
    silent = ~(n > 0) | np.isnan(x)
    return Interval(np.where(silent, np.nan, lower), np.where(silent, np.nan, upper))


def funnel_limits(
    total: ArrayLike, centre: float, levels: Sequence[float] = (0.95, 0.998)
) -> FunnelLimits:
    """Return exact interpolated binomial limits around `centre` for courts of size `total` (K,).

    At probability p the limit is `(r - alpha) / n` with r the smallest count whose cumulative
    probability F(r) reaches p and `alpha = (F(r) - p) / (F(r) - F(r - 1))`. Raises ValueError
    unless 0 < centre < 1, every total is at least 1 and every level lies in (0, 1).

    Source: Spiegelhalter 2005, doi 10.1002/sim.1970, appendix A.1.1.
    """
    n = np.atleast_1d(np.asarray(total, dtype=np.float64))
    if n.ndim != 1 or not np.all((n >= 1) & np.isfinite(n)) or np.any(n != np.floor(n)):
        raise ValueError("sizes must be one list of whole numbers from 1")
    if not 0 < centre < 1:
        raise ValueError(f"a funnel needs a centre between 0 and 1, got {centre}")
    if not len(levels):
        raise ValueError("a funnel needs at least one level of confidence")
    for level in levels:
        _checks.confidence(level)
    tails = np.array([(1 - level) / 2 for level in levels])
    return FunnelLimits(
        tuple(levels),
        np.stack([_binomial_limit(tail, n, centre) for tail in tails]),
        np.stack([_binomial_limit(1 - tail, n, centre) for tail in tails]),
    )


def _binomial_cumulative(k: Floats, n: Floats, p: float) -> Floats:
    """Return P(X <= k) for X binomial(n, p), k whole and possibly -1 or n."""
    inside = (k >= 0) & (k < n)
    a = np.where(inside, n - k, 1.0)
    b = np.where(inside, k + 1, 1.0)
    tail: Floats = betainc(a, b, 1 - p)
    return np.where(inside, tail, np.where(k < 0, 0.0, 1.0))


def _binomial_limit(probability: float, n: Floats, centre: float) -> Floats:
    low = np.full_like(n, -1.0)  # F(low) < probability <= F(high) throughout
    high = n.copy()
    while np.any(high - low > 1):
        middle = np.floor((low + high) / 2)
        reached = _binomial_cumulative(middle, n, centre) >= probability
        wide = high - low > 1
        high = np.where(wide & reached, middle, high)
        low = np.where(wide & ~reached, middle, low)
    at, before = _binomial_cumulative(high, n, centre), _binomial_cumulative(low, n, centre)
    limit: Floats = (high - (at - probability) / (at - before)) / n
    return limit


def benjamini_hochberg(p_values: ArrayLike) -> Floats:
    """Return p-values adjusted for the false discovery rate, in the order given.

    A court is flagged at 5 % where its adjusted value is at most 0.05. NaN marks a test that was
    not made: it stays NaN and does not count. Raises ValueError for a value outside [0, 1].

    Source: Benjamini and Hochberg 1995, JRSS-B 57:289.
    """
    p = np.asarray(p_values, dtype=np.float64)
    if p.ndim != 1:
        raise ValueError("p-values must be one list")
    known = ~np.isnan(p)
    values = p[known]
    if np.any((values < 0) | (values > 1)):
        raise ValueError("a p-value must lie between 0 and 1")
    adjusted = np.full(p.shape, np.nan)
    if values.size:
        order = np.argsort(-values, kind="stable")
        ranks = np.arange(values.size, 0, -1)
        stepped = np.minimum.accumulate(values[order] * (values.size / ranks))
        back = np.empty_like(values)
        back[order] = np.minimum(stepped, 1.0)
        adjusted[known] = back
    return adjusted
