"""Change over time in one court: a risk-adjusted cumulative sum that waits for a doubling."""

from __future__ import annotations

import functools
import itertools
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

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
_KINDS = 20  # probabilities that stand for a court's caseload
_STRIDE = 7  # from one kind to the next: has no factor in common with _KINDS
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
    case: ArrayLike | None = None,
    alike: float = 0.0,
) -> Cusum:
    """Return the risk-adjusted cumulative sum `C = max(0, C + y ln 2 - ln(1 + p))`.

    `ended` (n,) whether each prosecution ended without judgment by the horizon (so only those
    followed that long); `expected` (n,) its probability in this court while nothing changes;
    `registered` (n,) the day of registration; `per_month` how many are registered a month. The
    threshold is simulated for this caseload and the over-dispersion `tau` of courts (logit
    scale), so that `false_alarm` is the chance of an alarm within `months`. `case` (n,) codes:
    accused of one case fare `alike` (a correlation, 0..1), so that a few large cases are no change;
    below 0 where not known. Without it each stands alone. Prosecutions of the same day are taken
    in the order of p, those that did not end so first.

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
    if np.any(day != day):
        raise ValueError("the day of registration must be known")
    endless = np.isinf([per_month, tau, months]).any()
    if not 0 <= alike <= 1:
        raise ValueError("how alike the accused of a case fare lies between 0 and 1")
    if endless or not (per_month > 0 and tau >= 0 and months >= 1 and 0 < false_alarm < 1):
        raise ValueError("caseload, months and false alarms must be above 0, tau not below 0")
    order = np.lexsort((y, p, day))
    value = _sum(y[order], p[order])
    sizes = _sizes(None if alike == 0 else case, y.size)
    caseload = tuple(np.quantile(p, np.linspace(0.025, 0.975, _KINDS)).round(6).tolist())
    threshold, shown = _designed(
        caseload, sizes, float(alike), float(per_month), float(tau), months, false_alarm
    )
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


def _sizes(case: ArrayLike | None, n: int) -> tuple[int, ...]:
    """Return how many accused the cases of a court have, for some that stand for all; () for one.

    In ascending order; so many of each size as there are among the court's cases.
    """
    if case is None:
        return ()
    codes = np.asarray(case)
    if codes.shape != (n,):
        raise ValueError("case must be a list as long as the others")
    known, counts = np.unique(codes, return_counts=True)
    each = np.sort(np.concatenate([counts[known >= 0], np.ones(int((codes < 0).sum()), np.int64)]))
    if each[-1] == 1:
        return ()
    return tuple(each[np.linspace(0, each.size - 1, _KINDS).round().astype(int)].tolist())


@functools.lru_cache(maxsize=512)
def _designed(
    caseload: tuple[float, ...],
    sizes: tuple[int, ...],
    alike: float,
    per_month: float,
    tau: float,
    months: int,
    false_alarm: float,
) -> tuple[float, float]:
    """Return the threshold, and the median months until a doubling of the odds shows."""
    rng = np.random.default_rng(_SEED)
    length = max(1, round(per_month * months))
    court = _Court(np.array(caseload), sizes, alike, tau)
    (highest,) = deque(court.highest(rng, 0.0, length), maxlen=1)
    threshold = float(np.quantile(highest, 1 - false_alarm, method="higher")) + 1e-9
    limit = max(1, round(per_month * _LONGEST))
    waits = court.highest(rng, np.log(2), limit)
    for step, highest in enumerate(waits, start=1):
        if 2 * np.count_nonzero(highest >= threshold) > _PATHS:
            return threshold, step / per_month
    return threshold, float("nan")


@dataclass(frozen=True)
class _Court:
    """A court to simulate. `caseload` (k,) has the probabilities of its prosecutions, ascending."""

    caseload: Floats
    sizes: tuple[int, ...]
    alike: float
    tau: float

    def highest(self, rng: np.random.Generator, shift: float, length: int) -> Iterator[Floats]:
        """Yield the highest sum so far of all simulated courts, after each prosecution.

        Kinds of prosecutions and sizes of cases come round in a fixed order, the same for all
        courts, in which every stretch is like the whole; what differs is the effect of each court,
        and chance, which the accused of one case share or not. The array yielded is written again.
        """
        effect = self.tau * rng.standard_normal(_PATHS) + shift
        kinds = _mixed(self.caseload)
        chance = expit(logit(kinds)[:, np.newaxis] + effect).astype(np.float32)
        weight = np.log1p(kinds)[:, np.newaxis]
        lots = self._lots(rng, kinds.size)
        now, highest = np.zeros(_PATHS), np.zeros(_PATHS)
        for begun in range(0, length, kinds.size):
            happened = next(lots) < chance
            for change in (happened * np.log(2) - weight)[: length - begun]:
                np.add(now, change, out=now)
                np.maximum(now, 0.0, out=now)
                np.maximum(highest, now, out=highest)
                yield highest

    def _lots(self, rng: np.random.Generator, block: int) -> Iterator[NDArray[np.float32]]:
        """Yield lots (block, paths): those of one case are one lot, as often as they fare alike."""
        sizes = itertools.cycle(_mixed(np.array(self.sizes)).tolist()) if self.sizes else None
        left, shared, together = 0, np.zeros(_PATHS, np.float32), np.zeros(_PATHS, bool)
        while True:
            lots = rng.random((block, _PATHS), dtype=np.float32)
            for place in range(0 if sizes is None else block):
                if left == 0 and sizes is not None:
                    left, shared = next(sizes), rng.random(_PATHS, dtype=np.float32)
                    together = rng.random(_PATHS, dtype=np.float32) < self.alike
                lots[place] = np.where(together, shared, lots[place])
                left -= 1
            yield lots


def _mixed(values: NDArray[Any]) -> NDArray[Any]:
    """Return ascending values in an order in which every stretch is like the whole."""
    return values[(values.size // 2 + _STRIDE * np.arange(values.size)) % values.size]
