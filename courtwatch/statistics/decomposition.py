"""Why two rates differ, and which reasons make up a court's excess."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from courtwatch.statistics import _censoring, _checks
from courtwatch.statistics._comparison_rows import ExpectedRows, expected_rows
from courtwatch.statistics.refusal import CannotAnswer
from courtwatch.statistics.terms import HORIZON_DAYS

__all__ = [
    "ExpectedRows",
    "HorizonSplit",
    "Kitagawa",
    "ReasonExcess",
    "excess_by_reason",
    "excess_of",
    "expected_rows",
    "kitagawa",
    "kitagawa_at_horizon",
]

Floats = NDArray[np.float64]

# National ends without judgment that a pattern of covariates needs before its own reasons weigh
# as much as those of the country.
_REASONS_BORROWED = 20.0


@dataclass(frozen=True)
class Kitagawa:
    """A difference of two rates, `difference = mix + rate`; parts by stratum (s,).

    The rows of `se_by_stratum` (3, s) are the standard errors of a stratum's mix, of its rate and
    of both together; `se` (3,) those of all strata.
    """

    rate_1: float
    rate_2: float
    difference: float
    mix: float
    rate: float
    mix_by_stratum: Floats
    rate_by_stratum: Floats
    se: Floats
    se_by_stratum: Floats


def kitagawa(
    count_1: ArrayLike,
    total_1: ArrayLike,
    count_2: ArrayLike,
    total_2: ArrayLike,
    effective: ArrayLike | None = None,
) -> Kitagawa:
    """Split the difference of two crude rates (first minus second) into mix and rate.

    Counts and totals (s,) by stratum, in the same order. With m a stratum's share of its group
    and r its rate: mix = sum (m1 - m2)(r1 + r2)/2, rate = sum (r1 - r2)(m1 + m2)/2. Where one
    group has nobody in a stratum its rate is not known and taken to be the other's, so that all
    that stratum adds is mix; an empty stratum adds nothing. `effective` (2, s) is how many of
    equal weight the totals are worth, if they are sums of weights; it moves the errors alone.

    Standard errors are of the delta method: shares multinomial, rates binomial, each with two more
    of either kind (Agresti and Coull), so that a kind in which everybody fared alike is not
    thought certain.

    Raises ValueError for malformed counts, and CannotAnswer for a group without anybody.

    Source: Kitagawa 1955, JASA 50:1168; Agresti and Coull 1998, American Statistician 52:119.
    """
    x1, n1, x2, n2 = (np.asarray(a, dtype=np.float64) for a in (count_1, total_1, count_2, total_2))
    if x1.ndim != 1 or not x1.shape == n1.shape == x2.shape == n2.shape:
        raise ValueError("counts and totals must be four lists of the same length")
    for x, n in ((x1, n1), (x2, n2)):
        if not np.all((x >= 0) & (x <= n) & np.isfinite(n)):
            raise ValueError("a count must lie between 0 and its total")
        if n.sum() == 0:
            raise CannotAnswer("one of the two groups is empty: it has no rate to compare")
    own_1, own_2 = (np.divide(x, n, out=0 * x, where=n > 0) for x, n in ((x1, n1), (x2, n2)))
    r1, r2 = np.where(n1 > 0, own_1, own_2), np.where(n2 > 0, own_2, own_1)
    m1, m2 = n1 / n1.sum(), n2 / n2.sum()
    mix, rate = (m1 - m2) * (r1 + r2) / 2, (r1 - r2) * (m1 + m2) / 2
    first, second = float(x1.sum() / n1.sum()), float(x2.sum() / n2.sum())
    totals = np.stack([n1, n2])
    worth = totals if effective is None else np.asarray(effective, dtype=np.float64)
    if worth.shape != totals.shape or not np.array_equal(worth > 0, totals > 0):
        raise ValueError("effective sizes must be (2, s), above 0 where a total is")
    whole, by_stratum = _split_errors(np.stack([m1, m2]), np.stack([r1, r2]), totals, worth)
    return Kitagawa(
        first, second, first - second, float(mix.sum()), float(rate.sum()), mix, rate,
        whole, by_stratum,
    )  # fmt: skip


def _split_errors(
    m: Floats, r: Floats, totals: Floats, worth: Floats
) -> tuple[Floats, Floats]:
    """Return the standard errors (3,) and (3, s) of mix, rate and both, from shares and rates."""
    sign, here = np.array([[1.0], [-1.0]]), totals > 0
    # How each part (3, 2, s) moves with a share, and with a rate, of either group.
    by_share = np.stack([sign * r.mean(axis=0), np.broadcast_to((r[0] - r[1]) / 2, r.shape)])
    by_rate = np.stack([np.broadcast_to((m[0] - m[1]) / 2, m.shape), sign * m.mean(axis=0)])
    # A rate that stands for that of the other group, too, moves the parts by both.
    by_rate = np.where(here.all(axis=0), by_rate, by_rate.sum(axis=1, keepdims=True)) * here
    by_share, by_rate = (np.concatenate([a, a.sum(axis=0, keepdims=True)])
                         for a in (by_share, by_rate))  # fmt: skip
    near = (r * worth + 2) / (worth + 4)
    # What a whole group is worth, of what its parts are.
    squares = np.divide(totals**2, worth, out=np.zeros_like(totals), where=here)
    size = (totals.sum(axis=1) ** 2 / squares.sum(axis=1))[:, None]
    rates, shares = near * (1 - near) / (worth + 4) * here, m * (1 - m) / size
    # Shares and rates are multiplied: where few are of a kind, both being off counts.
    both = rates.sum(axis=0) * shares.sum(axis=0) / 4
    of_rates = (by_rate**2 * rates).sum(axis=1) + np.stack(
        [both, both, (rates * shares).sum(axis=0)]
    )
    each = (by_share**2 * shares).sum(axis=1) + of_rates
    mean = (by_share * m).sum(axis=2, keepdims=True)
    whole = ((by_share - mean) ** 2 * m / size).sum(axis=(1, 2)) + of_rates.sum(axis=1)
    return np.sqrt(whole), np.sqrt(each)


@dataclass(frozen=True)
class ReasonExcess:
    """Reasons of one court, the largest excess first; arrays (r,).

    `observed` and `expected` are weighted counts whose sums are the court's own; `excess` their
    difference; `cumulative` the running share of all that lies above expectation (NaN if nothing
    does). Where no reason was stated the code is that of the caller.
    """

    reason: NDArray[np.int64]
    observed: Floats
    expected: Floats
    excess: Floats
    cumulative: Floats


def excess_by_reason(
    court: ArrayLike,
    covariates: ArrayLike | None,
    time: ArrayLike,
    event: ArrayLike,
    reason: ArrayLike,
    of: int,
    horizon: int = HORIZON_DAYS,
    entry: ArrayLike | None = None,
    followup: ArrayLike | None = None,
) -> ReasonExcess:
    """Return which reasons make up the excess of court `of`: O_r - E_r.

    Columns as for `court_comparison.compare_courts`; `reason` (n,) whole codes, read only where
    a prosecution ended without judgment. E_r is what the same model expects of a typical court
    with these prosecutions, shared out by the reasons the country gives for the same pattern of
    covariates (drawn to those of the whole country where the pattern is rare).

    Raises as `compare_courts` does, and CannotAnswer for a court without known outcomes.

    Source: docs/statistics, section 5; Juran 1951 for the Pareto chart.
    """
    modelled = expected_rows(court, covariates, time, event, horizon, entry, followup)
    return excess_of(modelled, reason, of, np.asarray(court).size)


def excess_of(modelled: ExpectedRows, reason: ArrayLike, of: int, rows: int) -> ReasonExcess:
    """Return the same of prosecutions that were modelled already, out of so many `rows`.

    Raises CannotAnswer for a court without known outcomes.
    """
    codes = _checks.whole("reason", reason, rows)
    ended = modelled.ended & (modelled.weight > 0)
    given = codes[modelled.order]
    names, place = np.unique(given[ended], return_inverse=True)
    w, pattern = modelled.weight, modelled.pattern
    groups = int(pattern.max()) + 1
    national = np.bincount(place, weights=w[ended], minlength=names.size)
    table = np.bincount(
        pattern[ended] * names.size + place, weights=w[ended], minlength=groups * names.size
    ).reshape(groups, names.size)
    table = table + _REASONS_BORROWED * national / national.sum()
    shares = table / table.sum(axis=1, keepdims=True)
    here = (modelled.court == of) & (w > 0)
    if not here.any():
        raise CannotAnswer(f"nothing is known of the outcome in court {of}")
    weight = np.bincount(pattern[here], weights=(w * modelled.typical)[here], minlength=groups)
    expected = (weight[:, None] * shares).sum(axis=0)
    own = (modelled.court[ended] == of) * w[ended]
    observed = np.bincount(place, weights=own, minlength=names.size).astype(np.float64)
    excess = observed - expected
    order = np.lexsort((names, -excess))
    above = np.cumsum(np.maximum(excess[order], 0.0))
    cumulative = above / above[-1] if above[-1] > 0 else np.full(names.size, np.nan)
    return ReasonExcess(
        names[order], observed[order], expected[order], excess[order], cumulative
    )


@dataclass(frozen=True)
class HorizonSplit:
    """The difference of what two groups have come to by a horizon, split by stratum.

    `stratum` (s,) are the codes that occur, in ascending order. `split` is of weighted counts:
    `rates` (2, s) NaN where a group has nobody known, `shares` (2, s) what of each group lies in
    each stratum. `known` (2,) counts who weighs anything, and `effective` (2, s) how many of equal
    weight a rate is worth.
    """

    stratum: NDArray[np.int64]
    split: Kitagawa
    rates: Floats
    shares: Floats
    known: NDArray[np.int64]
    effective: Floats


def kitagawa_at_horizon(
    group: ArrayLike,
    stratum: ArrayLike,
    time: ArrayLike,
    event: ArrayLike,
    cause: int,
    horizon: int = HORIZON_DAYS,
    entry: ArrayLike | None = None,
) -> HorizonSplit:
    """Split the difference of two groups' cumulative incidence of `cause` at `horizon`.

    `group` (n,) 0 or 1; `stratum` (n,) whole codes; `time` whole days, `event` 0 open, else a
    cause; `entry` days of first being seen, below 0 for whoever is followed from the origin. Each
    prosecution whose end by the horizon is known weighs `n S(t-) / Y(t)`, from its own group's
    risk sets, for those that were censored before. So the weights of a group add up to its n, and
    its rate is its Aalen-Johansen incidence: no young group looks better for being young.

    Raises ValueError for malformed columns, and CannotAnswer where a group is empty, where so much
    of it was censored that a weight would pass 20, and where some of it was open when the last was
    seen, before the horizon: nobody is left to stand in for them.

    Source: Kitagawa 1955, JASA 50:1168; docs/statistics, sections 3.1 and 5, for the weights.
    """
    horizon, n = _checks.horizon(horizon), np.size(group)
    groups, strata, days, events = (
        _checks.whole(name, values, n) for name, values in
        (("group", group), ("stratum", stratum), ("time", time), ("event", event))
    )  # fmt: skip
    if n and (days.min() < 0 or events.min() < 0 or cause < 1):
        raise ValueError("a duration and an event must not be negative, a cause is above 0")
    if n and (groups.min() < 0 or groups.max() > 1):
        raise ValueError("groups are 0 and 1")
    members = np.bincount(groups, minlength=2)
    if members.min() == 0:
        raise CannotAnswer("one of the two groups is empty: it has no rate to compare")
    since = None if entry is None else np.maximum(_checks.whole("entry", entry, n), -1)
    if since is not None and np.any(since >= days):
        raise ValueError("everybody must come under observation before leaving it")
    table = _censoring.by_court(groups, 2, days, events, horizon, since)
    if max(float(table.ending.max()), float(table.lasting.max())) >= _censoring.LARGEST_WEIGHT:
        raise CannotAnswer("too few of one group were followed to the horizon")
    ended = (events > 0) & (days <= horizon)
    known = ended | (days >= horizon)
    # Whole numbers of each weight, in an order of their own: so no sum depends on that of the rows.
    weight = np.concatenate([table.ending, table.lasting[:, None]], axis=1)
    place = np.where(ended, days.clip(0, horizon), horizon + 1)
    names, stratum_place = np.unique(strata, return_inverse=True)
    shape = (2, names.size, horizon + 2)
    cell = np.ravel_multi_index((groups, stratum_place, place), shape)
    counted, came = (
        np.bincount(cell[chosen], minlength=math.prod(shape)).reshape(shape)
        for chosen in (known, ended & (events == cause))
    )
    total, count, squares = (
        np.einsum("gsd,gd->gs", *pair)
        for pair in ((counted, weight), (came, weight), (counted, weight**2))
    )
    if np.any(total.sum(axis=1) < members * (1 - 1e-9)):
        raise CannotAnswer("nobody of one group was followed to the horizon")
    with np.errstate(invalid="ignore"):
        rates = np.divide(count, total, out=np.full_like(total, np.nan), where=total > 0)
    effective = np.divide(total**2, squares, out=np.zeros_like(total), where=squares > 0)
    return HorizonSplit(
        names,
        kitagawa(count[0], total[0], count[1], total[1], effective),
        rates,
        total / total.sum(axis=1, keepdims=True),
        (counted.sum(axis=1) * (weight > 0)).sum(axis=1),
        effective,
    )
