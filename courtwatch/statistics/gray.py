"""Gray's test: does the cumulative incidence of a cause differ between groups?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc

from courtwatch.statistics import _checks
from courtwatch.statistics._distinct import distinct
from courtwatch.statistics.refusal import CannotAnswer

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class GrayTest:
    """Chi-squared statistic, its p-value and degrees of freedom (groups - 1)."""

    statistic: float
    p_value: float
    df: int


def gray_test(exit: ArrayLike, event: ArrayLike, group: ArrayLike, cause: int = 1) -> GrayTest:
    """Return Gray's test of equal cumulative incidence of `cause` in all groups.

    `exit` (n,) durations; `event` (n,) 0 censored, 1..k the cause; `group` (n,) any labels, known
    for everybody. The weight is rho = 0 and the variance Gray's own with his correction for ties,
    as in R's cmprsk.

    Raises ValueError for malformed columns, and CannotAnswer for fewer than two groups, for a
    cause nobody ended by, for a group that was never at risk when somebody did, and where so many
    ended on the same few days that no variance is left.

    Source: Gray 1988, Annals of Statistics 16:1141.
    """
    if not cause >= 1 or int(cause) != cause:
        raise ValueError(f"a cause is a whole number from 1, not {cause}")
    times, codes, members, groups = _checked(exit, event, group)
    if groups < 2:
        raise CannotAnswer("one group cannot be tested against itself: two or more are needed")
    if not np.any(codes == cause):
        raise CannotAnswer(f"nobody ended by cause {cause}: there is nothing to compare")
    score, variance = _score(*_tables(times, codes, members, groups, cause))
    try:
        statistic = float(score[:-1] @ np.linalg.solve(variance[:-1, :-1], score[:-1]))
        # With many ends on few days the correction for ties can leave no variance at all.
        np.linalg.cholesky(variance[:-1, :-1])
    except np.linalg.LinAlgError as error:
        raise CannotAnswer(
            "a group was never at risk while somebody ended by this cause, or nearly all ended on "
            "the same few days: leave it out, or count shorter times"
        ) from error
    return GrayTest(statistic, float(chdtrc(groups - 1, statistic)), groups - 1)


def _checked(
    exit: ArrayLike, event: ArrayLike, group: ArrayLike
) -> tuple[Floats, Whole, Whole, int]:
    times = np.asarray(exit, dtype=np.float64)
    if times.ndim != 1 or not np.shape(event) == np.shape(group) == times.shape:
        raise ValueError("exit, event and group must be lists of the same length")
    if times.size == 0:
        raise CannotAnswer("there is nobody to follow")
    if not np.all(np.isfinite(times)) or np.any(times < 0):
        raise ValueError("a duration must be known and not negative")
    codes = _checks.whole("event", event)
    if codes.min() < 0:
        raise ValueError("an event is a whole number from 0")
    names, members = distinct(_checks.labels("group", group))
    return times, codes, members, len(names)


def _tables(
    times: Floats, codes: Whole, members: Whole, groups: int, cause: int
) -> tuple[Floats, Floats, Floats]:
    """Return at risk, ended by the cause, and by another, (m, g) at times where someone ended."""
    days, place = distinct(times)
    size = days.size * groups
    cell = place * groups + members
    leaving = np.bincount(cell, minlength=size).reshape(-1, groups)
    ended = np.bincount(cell[codes == cause], minlength=size).reshape(-1, groups)
    other = np.bincount(cell[(codes > 0) & (codes != cause)], minlength=size).reshape(-1, groups)
    at_risk = leaving.sum(axis=0) - (np.cumsum(leaving, axis=0) - leaving)
    kept = (ended + other).sum(axis=1) > 0
    return at_risk[kept].astype(float), ended[kept].astype(float), other[kept].astype(float)


def _shifted(values: Floats, first: float) -> Floats:
    """Return values just before each time."""
    return np.concatenate([np.full((1, *values.shape[1:]), first), values[:-1]])


def _share(top: Floats, bottom: Floats) -> Floats:
    """Return top / bottom, and 0 where bottom is 0."""
    shape = np.broadcast_shapes(top.shape, bottom.shape)
    return np.divide(
        np.broadcast_to(top, shape), bottom, out=np.zeros(shape), where=bottom > 0
    )


def _score(y: Floats, d: Floats, e: Floats) -> tuple[Floats, Floats]:
    """Return the scores (g,) and their covariance (g, g).

    Score i adds d_i - d R_i / sum(R), R = Y (1 - F-) / S-. A departure of group k from the
    common incidence enters score i at once with a_ik, and later through all hazards that follow,
    C_ik - c_ik(t), with c the running sum of a_ik dF / (1 - F): hence one term of variance for
    ends by the cause and one for other ends.
    """
    survival = np.cumprod(1 - _share(d + e, y), axis=0, dtype=np.float64)
    before = _shifted(survival, 1.0)
    incidence = np.cumsum(_share(before * d, y), axis=0)
    size = _share(y, before)
    total = size.sum(axis=1)
    risk = size * (1 - _shifted(incidence, 0.0))
    deaths = d.sum(axis=1)
    score = (d - deaths[:, None] * _share(risk, risk.sum(axis=1, keepdims=True))).sum(axis=0)
    pooled = np.cumsum(deaths / total, dtype=np.float64)
    step = _share(deaths, total * (1 - _shifted(pooled, 0.0)))
    direct = size[:, :, None] * np.eye(y.shape[1])
    direct -= size[:, :, None] * size[:, None, :] / total[:, None, None]
    running = np.cumsum(direct * step[:, None, None], axis=0)
    later = running[-1] - running
    ratio = _share(np.broadcast_to((1 - pooled)[:, None], y.shape), survival)
    # Ties: a day with d ends has the variance of drawing without replacement.
    pool = total[:, None] * before - 1
    tie = np.where(deaths[:, None] > 1, 1 - _share((deaths - 1)[:, None], pool), 1.0)
    by_cause = tie * _share(before * deaths[:, None], total[:, None] * y)
    tie = np.where(e > 1, 1 - _share(e - 1, y - 1), 1.0)
    by_other = np.where(survival > 0, tie * _share(before**2 * e, y**2), 0.0)
    own = direct + (1 - ratio)[:, None, :] * later
    others = ratio[:, None, :] * later
    variance = np.einsum("tik,tjk,tk->ij", own, own, by_cause)
    variance += np.einsum("tik,tjk,tk->ij", others, others, by_other)
    return score, variance
