"""Words, limits and small figures that the parts of the report on delay share."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from pyramid.i18n import TranslationStringFactory
from scipy.special import ndtri

from courtwatch.reports.clock_rows import ClockRows
from courtwatch.reports.clocks import Clocks
from courtwatch.reports.figures import Count
from courtwatch.reports.model import Curve, Figure, Label, Origin
from courtwatch.statistics.rates import wilson_interval
from courtwatch.statistics.survival import (
    CumulativeIncidence,
    KaplanMeier,
    cumulative_incidence,
)
from courtwatch.statistics.terms import HORIZON_DAYS
from workflows.event_codes import OPEN

_ = TranslationStringFactory("courtwatch")

HORIZONS = (180, 365, HORIZON_DAYS, 1095)
"""Fixed in advance: a horizon that is chosen after the figures are seen proves anything."""
FEWEST = 10
"""Prosecutions with a duration, before a curve says anything."""
AT_RISK = 5
"""Who must still be followed, for a figure of that day."""
NOT_SO_LONG = _("too few were followed so long")
NO_TIME = _("Without a known time from this origin")
NOT_REACHED = _("not reached within the record")
WIDEST = 700.0
"""The largest exponent of a float: beyond it an interval says nothing any more."""
ORIGINS = {
    Origin.ARREST: _("arrest"),
    Origin.REGISTRATION: _("registration (receipt by the prosecution)"),
    Origin.CHARGE: _("formal charge"),
}
ORIGIN_DAYS = {
    Origin.ARREST: _("Days since arrest"),
    Origin.REGISTRATION: _("Days since registration"),
    Origin.CHARGE: _("Days since the charge"),
}
CAUSES = (
    ("judgment", _("Judgment")),
    ("without", _("Ended without judgment")),
    ("outside", _("Ended outside control, or goes on elsewhere")),
)
DEFINITION = _(
    "Days from ${origin} to the first end at first instance. Open prosecutions count until the day "
    "they were last verified and no longer; whoever was first seen later counts from that day on "
    "(delayed entry). Shares are Aalen-Johansen estimates of cumulative incidence with 95 % "
    "intervals (log-log). Suspended prosecutions are open. Other origins are never mixed in."
)
TOO_FEW = _(
    "${n} prosecutions have a known time from ${origin}; at least ${fewest} are needed.",
)
NONE_OPEN = _(
    "No open prosecution is known here. Either all have ended, or only ended ones were brought in: "
    "the record can't tell which, and times would come out too short."
)
TOO_EARLY = _(
    "The few that were followed in the first days had all ended before others came under "
    "observation: with entries so late nothing can be said from this origin. Choose a later one."
)


NOTHING = 1e-12
"""A share this near to none, or all, is none, or all: rounding."""


def refusal(clock: Clocks, origin: Origin) -> Label:
    """Return why nothing can be estimated from these durations; None where it can be."""
    if clock.n < FEWEST:
        mapping = {"n": str(clock.n), "origin": ORIGINS[origin], "fewest": str(FEWEST)}
        return _(TOO_FEW, mapping=mapping)
    if not bool(np.any(clock.event == OPEN)):
        return NONE_OPEN
    if clock.delayed is not None:
        curve = cumulative_incidence(clock.exit, clock.event, clock.delayed)
        if curve.survival[-1] == 0 and bool(np.any(clock.exit > curve.time[_first_zero(curve)])):
            return TOO_EARLY
    return None


def _first_zero(curve: CumulativeIncidence) -> int:
    return int(np.flatnonzero(curve.survival == 0)[0])


def reach(curve: CumulativeIncidence | KaplanMeier) -> float:
    """Return the last day on which enough were followed; what lies behind rests on a handful.

    A register has a few impossible days, and one of them, alone at risk, ends a curve at nothing.
    Infinite where all had ended before too few were left.
    """
    enough = np.flatnonzero(curve.at_risk >= AT_RISK)
    if enough.size == 0:
        return -1.0
    last = int(enough[-1])
    return math.inf if curve.survival[last] == 0 else float(curve.time[last])


def estimate(value: float, se: float, n: int | None = None, known: int | None = None) -> Figure:
    """Return an estimated share with its log-log interval.

    Where nobody or all ended so there is no spread to make one of, which is no certainty: it is
    Wilson's then, of the `known` of whom is known what had become of them (`known_by`), and none
    without these.

    Source: Kalbfleisch and Prentice 2002, section 1.4, for the transformation.
    """
    (lower,), (upper,) = band(np.array([value]), np.array([se]))
    if lower is not None:
        return Figure(value, None, n, lower, upper)
    if known and not NOTHING < value < 1 - NOTHING:
        ends = wilson_interval(known * round(value), known)
        return Figure(value, None, n, float(ends.lower), float(ends.upper))
    return Figure(value, None, n)


def band(
    value: NDArray[np.float64], se: NDArray[np.float64]
) -> tuple[tuple[float | None, ...], tuple[float | None, ...]]:
    """Return log-log limits of shares (n,); None where a share is 0 or 1, or has no spread."""
    z = float(ndtri(0.975))
    inside = (value > 0) & (value < 1) & (se > 0)
    safe = np.where(inside, value, 0.5)
    with np.errstate(over="ignore"):  # wider than any number is as wide as can be
        wide = z * np.where(inside, se, 0.0) / (safe * np.abs(np.log(safe)))
    step = np.exp(np.minimum(wide, WIDEST))
    lower, upper = safe**step, safe ** (1 / step)
    return (
        tuple(float(x) if known else None for x, known in zip(lower, inside, strict=True)),
        tuple(float(x) if known else None for x, known in zip(upper, inside, strict=True)),
    )


def known_by(clock: Clocks, horizon: float) -> int:
    """Return of how many, followed from the origin, is known what had become of them by a day.

    Who was lost sight of before is left out, so that an interval of these is rather too wide.
    """
    told = (clock.event != OPEN) | (clock.exit >= horizon)
    return int(np.count_nonzero(told & ~clock.late))


def share_of(curve: CumulativeIncidence, code: int, horizon: float) -> tuple[float, float]:
    """Return the share that had ended with a code by a day, and its standard error.

    A curve goes as far as the highest code that occurs: nobody has ended otherwise.
    """
    value, se = curve.at(horizon)
    place = code - 1
    return (float(value[place]), float(se[place])) if place < value.size else (0.0, 0.0)


def share_at(
    curve: CumulativeIncidence, clock: Clocks, code: int, horizon: float, n: int | None = None
) -> Figure:
    """Return that share with its interval, or why there is none; `clock` made the curve."""
    if horizon > reach(curve):
        return Figure(None, missing=NOT_SO_LONG)
    value, se = share_of(curve, code, horizon)
    return estimate(value, se, n, known_by(clock, horizon))


def followed_at(clock: Clocks, horizon: float) -> int:
    """Return how many are still followed on a day."""
    return int(np.count_nonzero((clock.entry < horizon) & (clock.exit >= horizon)))


def line_of(curve: CumulativeIncidence, code: int, key: str, label: Label) -> Curve:
    """Return what is drawn of those that ended with a code, as far as enough were followed."""
    kept = curve.time <= reach(curve)
    value = se = np.zeros(int(np.count_nonzero(kept)))
    if code <= curve.incidence.shape[1]:
        value, se = curve.incidence[kept, code - 1], curve.se[kept, code - 1]
    lower, upper = band(value, se)
    return Curve(
        key, label, tuple(curve.time[kept].tolist()), tuple(value.tolist()), lower, upper,
        tuple(curve.at_risk[kept].tolist()),
    )  # fmt: skip


def still_open(curve: KaplanMeier, clock: Clocks, horizon: float) -> Figure:
    """Return the share that is open on a day, with its interval."""
    index = int(np.searchsorted(curve.time, horizon, side="right")) - 1
    if index < 0 or not NOTHING < curve.survival[index] < 1 - NOTHING:
        value = 1.0 if index < 0 else float(curve.survival[index])
        return estimate(value, 0.0, None, known_by(clock, horizon))
    ends = (float(end[index]) for end in (curve.lower, curve.upper))
    lower, upper = (None if math.isnan(end) else end for end in ends)
    return Figure(float(curve.survival[index]), None, None, lower, upper)


def longest(clock: Clocks, horizons: tuple[int, ...]) -> int:
    """Return the longest of the fixed horizons to which enough were followed, else the first."""
    until = reach(cumulative_incidence(clock.exit, clock.event, clock.delayed))
    return max((each for each in horizons if each <= until), default=horizons[0])


def quantile(km: KaplanMeier, share: float) -> Figure:
    """Return when `share` have ended, with its interval, as far as enough were followed."""
    until = reach(km)
    value, early, late = km.quantile(share)
    if math.isnan(value):
        return Figure(None, missing=NOT_REACHED)
    if value > until:
        return Figure(None, missing=NOT_SO_LONG)
    lower, upper = (None if math.isnan(e) or e > until else e for e in (early, late))
    return Figure(value, None, int(km.events.sum()), lower, upper)


def since(origin: Origin) -> Label:
    """Return what the days of a curve count from."""
    return ORIGIN_DAYS[origin]


def count_of(rows: ClockRows, chosen: NDArray[np.bool_]) -> Count:
    """Return how many rows are chosen, and how many of them the reader may open."""
    return Count(int(np.count_nonzero(chosen)), int(np.count_nonzero(chosen & rows.visible)))
