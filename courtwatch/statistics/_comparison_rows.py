"""Prosecutions checked, put in one order, weighted and collapsed for the comparison of courts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from courtwatch.statistics import _case_mix, _censoring, _checks
from courtwatch.statistics._checks import whole
from courtwatch.statistics._distinct import distinct
from courtwatch.statistics.known_late import Known, late_to_compare
from courtwatch.statistics.refusal import CannotAnswer
from courtwatch.statistics.terms import HORIZON_DAYS, OPEN, OUTSIDE, WITHOUT

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Rows:
    """Checked rows in a canonical order; `court` 0..K-1, `entry` -1 where known from the origin."""

    codes: Whole
    court: Whole
    pattern: Whole
    patterns: Whole
    time: Whole
    event: Whole
    entry: Whole | None
    followup: Whole | None
    case: Whole | None
    order: Whole
    unknown: int


@dataclass(frozen=True)
class ExpectedRows:
    """Prosecutions with a known court, in a canonical order; arrays (n,).

    `order` says which row of the input each is; `court` is its code, `pattern` numbers its
    covariates, `weight` stands in for those lost, `ended` is without judgment by the horizon,
    and `typical` the probability of that in a typical court.
    """

    order: Whole
    court: Whole
    pattern: Whole
    weight: Floats
    ended: Flags
    typical: Floats


def expected_rows(
    court: ArrayLike,
    covariates: ArrayLike | None,
    time: ArrayLike,
    event: ArrayLike,
    horizon: int = HORIZON_DAYS,
    entry: ArrayLike | None = None,
    followup: ArrayLike | None = None,
) -> ExpectedRows:
    """Return what the model of `compare_courts` expects of each prosecution; raises as it does."""
    horizon = _checks.horizon(horizon)
    rows = checked(court, covariates, time, event, entry, followup)
    weight = weights(rows, weight_table(rows, len(rows.codes), horizon), horizon)
    ended = (rows.event == WITHOUT) & (rows.time <= horizon)
    refuse_all_alike(ended, weight)
    cells, observed, _ = cells_of(rows, weight, ended)
    predictor = _case_mix.baseline(cells, observed)
    typical = expit(of_rows(rows, weight, predictor))
    return ExpectedRows(
        rows.order, rows.codes[rows.court], rows.pattern, weight, ended, typical
    )


def of_rows(rows: Rows, weight: Floats, predictor: Floats) -> Floats:
    """Return the predictor of each row (n,), 0 where its pattern is known nowhere, from cells'.

    A pattern is expected the same in every court: that is what "typical" means.
    """
    groups = len(rows.patterns)
    cells = np.unique((rows.court * groups + rows.pattern)[weight > 0])
    by_pattern = np.zeros(groups)
    by_pattern[cells % groups] = predictor
    return by_pattern[rows.pattern]


def refuse_all_alike(ended: Flags, weight: Floats) -> None:
    """Raise CannotAnswer where no prosecution, or every one, ended without judgment."""
    if not ended.any() or ended[weight > 0].all():
        raise CannotAnswer(
            "no prosecution, or every one, ended without judgment by the horizon: there is "
            "nothing to compare"
        )


def checked(
    court: ArrayLike,
    covariates: ArrayLike | None,
    time: ArrayLike,
    event: ArrayLike,
    entry: ArrayLike | None,
    followup: ArrayLike | None,
    case: ArrayLike | None = None,
) -> Rows:
    """Return rows in one order; raises as `court_comparison.compare_courts` says."""
    codes = whole("court", court)
    n = codes.size
    if n == 0:
        raise CannotAnswer("there are no prosecutions to compare")
    days, ends = whole("time", time, n), whole("event", event, n)
    mix = np.zeros((n, 0)) if covariates is None else np.asarray(covariates)
    mix = mix[:, None] if mix.ndim == 1 else mix
    if mix.ndim != 2 or len(mix) != n:
        raise ValueError("covariates must have one row for each prosecution")
    late = None if entry is None else whole("entry", entry, n)
    known_for = None if followup is None else whole("followup", followup, n)
    cases = None if case is None else whole("case", case, n)
    if np.any(days < 0):
        raise ValueError("a duration must not be negative")
    if np.any((ends < OPEN) | (ends > OUTSIDE)):
        raise ValueError("an event is 0, 1, 2 or 3")
    if late is not None:
        late = np.where(late <= 0, -1, late)
        if np.any(late >= days):
            raise ValueError("everybody must come under observation before leaving it")
    _refuse(codes, ends)
    patterns, pattern = _patterns(mix)
    here = np.flatnonzero(codes >= 0)
    # One order, whatever order the rows came in: sums of floats then agree to the last bit.
    fields = [ends, days, pattern, codes]
    fields += [] if late is None else [late]
    fields += [] if known_for is None else [known_for]
    order = here[_sorted([field[here] for field in fields])]
    courts, index = distinct(codes[order])
    if courts.size < 3:
        raise CannotAnswer(
            f"{courts.size} court(s) cannot be compared with one another: at least 3 are needed"
        )
    return Rows(
        courts,
        index,
        pattern[order],
        patterns,
        days[order],
        ends[order],
        None if late is None else late[order],
        None if known_for is None else known_for[order],
        None if cases is None else cases[order],
        order,
        int(n - here.size),
    )


def _refuse(court: Whole, event: Whole) -> None:
    """Raise CannotAnswer where who is open, or where they are open, is not known."""
    open_, known = event == OPEN, court >= 0
    if not open_.any():
        raise CannotAnswer(
            "no open prosecution is known: shares of what was closed say nothing of what was not"
        )
    if not known.any():
        raise CannotAnswer("the court is not known for any prosecution")
    of = Known(
        int((known & open_).sum()),
        int(open_.sum()),
        int((known & ~open_).sum()),
        int((~open_).sum()),
    )
    if late_to_compare(of) and of.shares is not None:
        of_open, of_ended = of.shares
        raise CannotAnswer(
            "the court is known only after disposition: it is known for "
            f"{of_open:.0%} of open and {of_ended:.0%} of ended prosecutions, so "
            "shares by court are of disposed ones and courts cannot be compared fairly"
        )


def _patterns(mix: NDArray[np.generic]) -> tuple[Whole, Whole]:
    """Return distinct patterns (G, p) of category numbers, and the pattern of each row (n,)."""
    n, columns = mix.shape
    code = np.zeros(n, dtype=np.int64)
    table = np.zeros((1, 0), dtype=np.int64)
    for j in range(columns):
        _, level = distinct(mix[:, j])
        width = int(level.max()) + 1
        seen, code = distinct(code * width + level)
        table = np.concatenate([table[seen // width], (seen % width)[:, None]], axis=1)
    return table, code.astype(np.int64)


def _sorted(fields: list[Whole]) -> Whole:
    """Return what `np.lexsort` does, by one sort of one number where all fields fit into it."""
    lowest = [int(field.min()) for field in fields]
    widths = [int(field.max()) - low + 1 for field, low in zip(fields, lowest, strict=True)]
    if math.prod(widths) >= 2**62:
        return np.lexsort(fields)
    packed = np.zeros(fields[0].size, np.int64)
    for field, low, width in zip(reversed(fields), reversed(lowest), reversed(widths), strict=True):
        packed = packed * width + (field - low)
    return np.argsort(packed, kind="stable")


def open_at(rows: Rows, horizon: int) -> Flags:
    """Return who is known to be unresolved at the horizon."""
    lasting: Flags = (rows.time > horizon) | ((rows.time == horizon) & (rows.event == OPEN))
    return lasting


def weight_table(rows: Rows, count: int, horizon: int) -> _censoring.WeightTable:
    """Return the weights of every court: pooled, or its own where the pooled would mislead."""
    own = _censoring.by_court(rows.court, count, rows.time, rows.event, horizon, rows.entry)
    if rows.entry is not None:
        return own
    apart = _censoring.followed_otherwise(rows.court, count, rows.time, rows.event, horizon)
    pooled = ~apart[rows.court]
    together = _censoring.pooled(rows.time[pooled], rows.event[pooled], horizon)
    return _censoring.WeightTable(
        np.where(apart[:, None], own.ending, together.ending),
        np.where(apart, own.lasting, together.lasting),
        np.where(apart, own.unseen, 0.0),
    )


def weights(rows: Rows, table: _censoring.WeightTable, horizon: int) -> Floats:
    """Return the weight of each row: 0 where its end by the horizon is unknown."""
    lasting = open_at(rows, horizon)
    weight = table.of(rows.court, np.minimum(rows.time, horizon), lasting)
    return np.where((rows.event == OPEN) & ~lasting, 0.0, weight)


def full_followup(rows: Rows, count: int, horizon: int) -> Floats:
    """Return how many prosecutions of each court (K,) could be followed to the horizon."""
    if rows.followup is not None:
        whole = rows.followup >= horizon
        return np.bincount(rows.court[whole], minlength=count).astype(np.float64)
    return _followed_to(rows, count, horizon)


def _followed_to(rows: Rows, count: int, horizon: int) -> Floats:
    """Return how many of each court (K,) would have been followed to the horizon, had none ended.

    Ends hide how long somebody would have been followed, so censoring is the event here.
    """
    censored = np.where(rows.event == OPEN, 1, 0)
    table = _censoring.by_court(
        rows.court, count, rows.time, censored, horizon - 1, rows.entry
    )
    reached = np.bincount(rows.court[rows.time >= horizon], minlength=count)
    followed: Floats = reached * table.lasting
    return followed


def cells_of(rows: Rows, weight: Floats, y: Flags) -> tuple[_case_mix.Cells, Floats, Whole]:
    """Return cells, their weight of `y`, and which courts (of 0..K-1) they belong to."""
    known = weight > 0
    groups = len(rows.patterns)
    seen, cell = distinct((rows.court * groups + rows.pattern)[known])
    w = weight[known]
    owner = seen // groups
    widths = rows.patterns.max(axis=0) + 1
    levels = (rows.patterns + np.cumsum(widths) - widths).T[:, seen % groups]
    present, first, place = np.unique(owner, return_index=True, return_inverse=True)
    cells = _case_mix.Cells(
        court=place,
        levels=levels,
        categories=int(widths.sum()),
        first=first,
        weight=_sums(cell, w),
        square=_sums(cell, w * w),
    )
    return cells, _sums(cell, w * y[known]), present


def _sums(cell: Whole, values: Floats) -> Floats:
    return np.bincount(cell, weights=values).astype(np.float64)
