"""Change over time in one court: a risk-adjusted cumulative sum that waits for a doubling."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from courtwatch.statistics.refusal import CannotAnswer

Floats = NDArray[np.float64]

MONTHS = 24
FALSE_ALARMS = 0.02
FEWEST = 12  # prosecutions, before a sum says anything
_LONGEST = 120  # months searched for a doubling to show
_PATHS = 2000
_SEED = 19550101


@dataclass(frozen=True)
class Cusum:
    """The sum after each prosecution (n,), in the order of registration.

    `alarm` is the place of the first value at or above `threshold`, None without; `months_to_show`
    the median time a doubling of the odds would take to be noticed in this court, NaN if more
    than ten years; `false_alarm` the chance of an alarm in `months` without any change.
    """

    value: Floats
    order: NDArray[np.int64]
    threshold: float
    alarm: int | None
    months_to_show: float
    false_alarm: float
    months: int

    def false_alarms_among(self, courts: int) -> float:
        """Return how many false alarms to expect in `months` when so many courts are watched."""
        return courts * self.false_alarm


def cusum(
    ended: ArrayLike,
    expected: ArrayLike,
    registered: ArrayLike,
    per_month: float,
    tau: float = 0.0,
    months: int = MONTHS,
    false_alarm: float = FALSE_ALARMS,
) -> Cusum:
    """Return the risk-adjusted cumulative sum `C = max(0, C + y ln 2 - ln(1 + p))`.

    `ended` (n,) whether each prosecution ended without judgment by the horizon (so only those
    followed that long); `expected` (n,) its probability in this court while nothing changes;
    `registered` (n,) the day of registration; `per_month` how many are registered a month. The
    threshold is simulated for this caseload and the over-dispersion `tau` of courts (logit
    scale), so that `false_alarm` is the chance of an alarm within `months`. Prosecutions of the
    same day are taken in the order of p, those that did not end so first.

    Raises ValueError for malformed columns, and CannotAnswer for fewer than 12 prosecutions.

    Source: Steiner, Cook, Farewell and Treasure 2000, Biostatistics 1:441.
    """
    y, p = np.asarray(ended, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    day = np.asarray(registered)
    if y.ndim != 1 or not y.shape == p.shape == day.shape:
        raise ValueError("ended, expected and registered must be lists of the same length")
    if y.size < FEWEST:
        raise CannotAnswer(
            f"{y.size} prosecutions are too few to watch for a change: {FEWEST} are needed"
        )
    if np.any((y != 0) & (y != 1)) or not np.all((p > 0) & (p < 1)):
        raise ValueError("an end is true or false, and what is expected lies between 0 and 1")
    if not (per_month > 0 and tau >= 0 and months >= 1 and 0 < false_alarm < 1):
        raise ValueError("caseload, months and false alarms must be above 0, tau not below 0")
    order = np.lexsort((y, p, day))
    value = _sum(y[order], p[order])
    caseload = tuple(np.quantile(p, np.linspace(0.025, 0.975, 20)).round(6).tolist())
    threshold, shown = _designed(caseload, float(per_month), float(tau), months, false_alarm)
    reached = np.flatnonzero(value >= threshold)
    return Cusum(
        value,
        order,
        threshold,
        int(reached[0]) if reached.size else None,
        shown,
        false_alarm,
        months,
    )


def _sum(y: Floats, p: Floats) -> Floats:
    value, now = np.empty(y.size), 0.0
    for place, step in enumerate(y * np.log(2) - np.log1p(p)):
        now = max(0.0, now + float(step))
        value[place] = now
    return value


@functools.lru_cache(maxsize=512)
def _designed(
    caseload: tuple[float, ...], per_month: float, tau: float, months: int, false_alarm: float
) -> tuple[float, float]:
    """Return the threshold, and the median months until a doubling of the odds shows."""
    rng = np.random.default_rng(_SEED)
    length = max(1, round(per_month * months))
    highest = np.zeros(_PATHS)
    for now in _paths(rng, np.array(caseload), tau, 0.0, length):
        np.maximum(highest, now, out=highest)
    threshold = float(np.quantile(highest, 1 - false_alarm, method="higher")) + 1e-9
    waiting = np.zeros(_PATHS, dtype=np.int64)
    limit = max(1, round(per_month * _LONGEST))
    for step, now in enumerate(_paths(rng, np.array(caseload), tau, np.log(2), limit), start=1):
        waiting[(now >= threshold) & (waiting == 0)] = step
        if 2 * np.count_nonzero(waiting) > _PATHS:
            return threshold, step / per_month
    return threshold, float("nan")


def _paths(
    rng: np.random.Generator, caseload: Floats, tau: float, shift: float, length: int
) -> Iterator[Floats]:
    """Yield the sums of all simulated courts after each prosecution."""
    effect = tau * rng.standard_normal(_PATHS) + shift
    weight = np.log1p(caseload)
    # Few probabilities are ever asked: each court's, of each kind of prosecution. They stand in
    # one row behind the other, and a kind is found at its place in the row of its court.
    chance = expit(logit(caseload) + effect[:, np.newaxis]).ravel()
    row = np.arange(_PATHS) * caseload.size
    now = np.zeros(_PATHS)
    for _ in range(length):
        pick = rng.integers(0, caseload.size, _PATHS)
        happened = rng.random(_PATHS) < chance.take(row + pick)
        now = np.maximum(0.0, now + happened * np.log(2) - weight.take(pick))
        yield now
