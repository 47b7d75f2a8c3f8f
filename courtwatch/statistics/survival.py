"""Time to an outcome: competing risks (Aalen-Johansen) and one duration (Kaplan-Meier).

Conventions of both: somebody is at risk at t iff `entry < t <= exit`; censoring follows events
of the same day; ties are exact, so that results do not depend on the order of rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from courtwatch.statistics import _checks, _jackknife
from courtwatch.statistics.gray import GrayTest, gray_test
from courtwatch.statistics.multistate import StateOccupation, state_occupation

__all__ = [
    "CumulativeIncidence",
    "GrayTest",
    "KaplanMeier",
    "StateOccupation",
    "cumulative_incidence",
    "gray_test",
    "kaplan_meier",
    "state_occupation",
]

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

# Whole days up to this many are counted in one pass instead of being sorted.
_LONGEST_COUNTED = 1_000_000
_LARGEST_CAUSE = 1_000  # each has a column


@dataclass(frozen=True)
class CumulativeIncidence:
    """Probability of having ended by each cause, at every distinct exit time.

    `time` (m,); `incidence` and `se` (m, k) for causes 1..k; `survival` (m,) is the probability
    of being open after that time; `at_risk` (m,) counts who was at risk just before it.
    """

    time: Floats
    incidence: Floats
    se: Floats
    survival: Floats
    at_risk: Counts

    def at(self, time: float) -> tuple[Floats, Floats]:
        """Return incidence (k,) and standard error (k,) at `time`; zeros before the first."""
        if math.isnan(time):
            raise ValueError("the time asked for is not known")
        index = int(np.searchsorted(self.time, time, side="right")) - 1
        if index < 0:
            zeros = np.zeros(self.incidence.shape[1])
            return zeros, zeros.copy()
        return self.incidence[index], self.se[index]


@dataclass(frozen=True)
class KaplanMeier:
    """Probability of being open, with its interval, at every distinct exit time (m,)."""

    time: Floats
    at_risk: Counts
    events: Counts
    survival: Floats
    se: Floats
    lower: Floats
    upper: Floats

    def quantile(self, share: float) -> tuple[float, float, float]:
        """Return when `share` have had the event, and the interval of that time.

        NaN where the curve (or a limit) does not come down that far. Where the curve lies
        exactly on the level for a while, the middle of that while, as in R.
        """
        if not 0 < share < 1:
            raise ValueError(f"a quantile needs a share between 0 and 1, got {share}")
        return (
            self._crossing(self.survival, share),
            self._crossing(self.lower, share),
            self._crossing(self.upper, share),
        )

    @property
    def median(self) -> tuple[float, float, float]:
        """Return the median duration and its interval."""
        return self.quantile(0.5)

    def _crossing(self, curve: Floats, share: float) -> float:
        tolerance = 1.5e-8  # as R: a level reached but for rounding is reached
        level = 1 - share
        below = np.flatnonzero(curve <= level + tolerance)
        if below.size == 0:
            return float("nan")
        first = int(below[0])
        if abs(curve[first] - level) > tolerance:
            return float(self.time[first])
        lower = np.flatnonzero(curve < level - tolerance)
        last = int(lower[0]) if lower.size else len(curve) - 1
        return float((self.time[first] + self.time[last]) / 2)

    def restricted_mean(self, limit: float) -> tuple[float, float]:
        """Return the mean duration up to `limit`, and its standard error.

        Raises ValueError unless `limit` is a time above 0. Beyond the last time the curve is
        carried forward, so a `limit` behind it leans on nothing that was seen.
        """
        if not 0 < limit < math.inf:
            raise ValueError(f"a restricted mean needs a limit above 0, got {limit}")
        inside = self.time <= limit
        edges = np.concatenate([[0.0], self.time[inside], [limit]])
        heights = np.concatenate([[1.0], self.survival[inside]])
        areas = heights * np.diff(edges)
        remaining = np.cumsum(areas[::-1])[::-1][1:]  # area to the right of each time
        n, d = self.at_risk[inside].astype(float), self.events[inside].astype(float)
        with np.errstate(divide="ignore", invalid="ignore"):
            hazard = np.where(n > d, d / (n * (n - d)), 0.0)
        return float(areas.sum()), float(np.sqrt(np.sum(remaining**2 * hazard)))


def cumulative_incidence(
    exit: ArrayLike, event: ArrayLike, entry: ArrayLike | None = None
) -> CumulativeIncidence:
    """Return Aalen-Johansen's cumulative incidence of every cause.

    `exit` (n,) durations; `event` (n,) whole numbers, 0 censored and 1..k the causes; `entry`
    (n,) when each came under observation (delayed entry), None for the origin.
    `F_k(t) = sum S(u-) d_k(u) / Y(u)` with `S = prod(1 - d/Y)`; the standard error is the delta
    method on multinomial hazards, which is Greenwood's with one cause. Where somebody came late
    it is the infinitesimal jackknife, as in R; without delayed entry the two are the same.

    Raises ValueError for unequal lengths, no rows, negative or unknown durations, causes that
    are unknown, negative or above 1,000, or an entry that is not before its exit.

    Source: Aalen and Johansen 1978; Andersen, Borgan, Gill and Keiding 1993, section IV.4.
    """
    times, codes, late = _checked(exit, event, entry)
    causes = max(1, int(codes.max()))
    time, at_risk, leaving = _counts(times, codes, late, causes)
    ended = leaving[:, 1:]
    y = at_risk.astype(np.float64)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = np.where(y > 0, ended / y, 0.0)
    # Where everybody ends the hazards of several causes need not add up to 1 to the last bit.
    everyone = (at_risk > 0) & (at_risk == ended.sum(axis=1))
    total: Floats = np.where(everyone, 1.0, hazard.sum(axis=1))
    survival = np.cumprod(1 - total, dtype=np.float64)
    before = np.concatenate([[1.0], survival[:-1]])
    incidence = np.cumsum(before[:, None] * hazard, axis=0)
    if late is None or not np.any(late >= time[0]):
        se = _incidence_errors(incidence, hazard, total, before, y[:, 0])
    else:
        stays = _jackknife.Stays.of(time, leaving, late, times, codes)
        se = _jackknife.errors(incidence, hazard, total, before, y[:, 0], stays)
    return CumulativeIncidence(time, incidence, se, survival, at_risk)


def _incidence_errors(
    incidence: Floats, hazard: Floats, total: Floats, before: Floats, at_risk: Floats
) -> Floats:
    """Return standard errors (m, k), in one pass.

    With B = F(t) - F(u), the variance adds up, over all times u <= t,
    [S^2 h_k (1 - h_k) - 2 S h_k B + B^2 h / (1 - h)] / Y: a square polynomial in F(t) whose
    coefficients are running sums.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = np.where(total < 1, total / (1 - total), 0.0)  # with h = 1, B stays 0
        weight = np.where(at_risk > 0, 1 / at_risk, 0.0)[:, None]
    s = before[:, None]
    h, f, o = hazard, incidence, odds[:, None]
    c0 = np.cumsum((s**2 * h * (1 - h) + 2 * s * h * f + o * f**2) * weight, axis=0)
    c1 = np.cumsum((-2 * s * h - 2 * o * f) * weight, axis=0)
    c2 = np.cumsum(o * weight, axis=0)
    errors: Floats = np.sqrt(np.maximum(c0 + f * c1 + f**2 * c2, 0.0))
    return errors


def kaplan_meier(
    exit: ArrayLike,
    event: ArrayLike,
    entry: ArrayLike | None = None,
    conf_type: str = "log-log",
    confidence: float = 0.95,
) -> KaplanMeier:
    """Return Kaplan-Meier's curve with Greenwood's error.

    `exit`, `entry` as for `cumulative_incidence`; `event` (n,) 0 censored, 1 ended. `conf_type`
    is 'log-log', 'log' or 'plain'; limits are clipped to 0..1, and NaN where the curve is 0.

    Raises ValueError as `cumulative_incidence` does, for an event above 1, for an unknown
    `conf_type`, and for a `confidence` outside (0, 1).

    Source: Kaplan and Meier 1958; Kalbfleisch and Prentice 2002, section 1.4.
    """
    _checks.confidence(confidence)
    times, codes, late = _checked(exit, event, entry)
    if codes.max() > 1:
        raise ValueError("one duration has one cause: events are 0 or 1")
    time, at_risk, leaving = _counts(times, codes, late, 1)
    ended = leaving[:, 1]
    d, n = ended.astype(np.float64), at_risk.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        survival = np.cumprod(np.where(n > 0, 1 - d / n, 1.0), dtype=np.float64)
        spread = np.sqrt(np.cumsum(np.where(d > 0, d / (n * (n - d)), 0.0)))
        se = np.where(survival > 0, survival * spread, np.nan)
        lower, upper = _limits(survival, spread, conf_type, confidence)
    return KaplanMeier(time, at_risk, ended, survival, se, lower, upper)


def _limits(s: Floats, spread: Floats, conf_type: str, confidence: float) -> tuple[Floats, Floats]:
    z = float(ndtri(0.5 + confidence / 2))
    if conf_type == "log-log":
        log = np.log(s)
        step = z * spread / log
        lower = np.exp(-np.exp(np.log(-log) - step))
        upper = np.exp(-np.exp(np.log(-log) + step))
    elif conf_type == "log":
        lower, upper = s * np.exp(-z * spread), s * np.exp(z * spread)
    elif conf_type == "plain":
        lower, upper = s - z * s * spread, s + z * s * spread
    else:
        raise ValueError(f"conf_type is 'log-log', 'log' or 'plain', not {conf_type!r}")
    sure = s == 1  # nobody has ended yet: nothing to be unsure of
    lower = np.where(sure, 1.0, np.clip(lower, 0, 1))
    upper = np.where(sure, 1.0, np.clip(upper, 0, 1))
    gone = s <= 0
    return np.where(gone, np.nan, lower), np.where(gone, np.nan, upper)


def _checked(
    exit: ArrayLike, event: ArrayLike, entry: ArrayLike | None
) -> tuple[Floats, Counts, Floats | None]:
    times = np.asarray(exit, dtype=np.float64)
    if times.ndim != 1 or np.shape(event) != times.shape:
        raise ValueError("exit and event must be two lists of the same length")
    if times.size == 0:
        raise ValueError("there is nobody to follow")
    if not np.all(np.isfinite(times)) or np.any(times < 0):
        raise ValueError("a duration must be known and not negative")
    codes = _checks.whole("event", event)
    if codes.min() < 0 or codes.max() > _LARGEST_CAUSE:
        raise ValueError(f"an event is a whole number from 0 to {_LARGEST_CAUSE}")
    if entry is None:
        return times, codes, None
    late = np.asarray(entry, dtype=np.float64)
    if late.shape != times.shape:
        raise ValueError("entry must be as long as exit")
    if not np.all(late < times):
        raise ValueError("everybody must come under observation before leaving it")
    return times, codes, late


def _counts(
    times: Floats, codes: Counts, late: Floats | None, causes: int
) -> tuple[Floats, Counts, Counts]:
    """Return distinct exit times (m,), who is at risk (m,), who leaves by which cause (m, k + 1).

    Of those that leave, column 0 counts the censored.
    """
    whole = times.max() < _LONGEST_COUNTED
    if whole:
        days = times.astype(np.int64)
        whole = bool(np.all(days == times))
    if whole:
        table = np.bincount(days * (causes + 1) + codes, minlength=(days.max() + 1) * (causes + 1))
        table = table.reshape(-1, causes + 1)
        kept = np.flatnonzero(table.sum(axis=1))
        time, table = kept.astype(np.float64), table[kept]
    else:
        time, place = np.unique(times, return_inverse=True)
        table = np.bincount(place * (causes + 1) + codes, minlength=time.size * (causes + 1))
        table = table.reshape(-1, causes + 1)
    gone = np.concatenate([[0], np.cumsum(table.sum(axis=1))[:-1]])
    if late is None:
        at_risk = times.size - gone
    else:
        at_risk = np.searchsorted(np.sort(late), time, side="left") - gone
    return time, at_risk.astype(np.int64), table.astype(np.int64)
