"""Time to each stage: Kaplan-Meier from one day to the next, with those that still wait."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyramid.i18n import TranslationStringFactory

from courtwatch.reports.attrition import CHARGED
from courtwatch.reports.clock_rows import NEVER, ClockRows
from courtwatch.reports.clocks import FROM_THE_START, first_seen, open_until
from courtwatch.reports.context import Context
from courtwatch.reports.delay_words import FEWEST, quantile
from courtwatch.reports.figures import Count
from courtwatch.reports.model import Column, ColumnKind, Figure, Label, Row, RowKind, Table
from courtwatch.reports.overview_rows import Flags, known, looks_ahead
from courtwatch.statistics.survival import kaplan_meier
from workflows.event_codes import JUDGMENT, OPEN

_ = TranslationStringFactory("courtwatch")
Floats = NDArray[np.float64]

TIMES = "times"
TIMES_DEFINITION = _(
    "Days from one step to the next (Kaplan-Meier, log-log intervals): until half, and nine "
    "tenths, have come to it, of those that do not end otherwise. Who still waits counts until "
    "last verified and no longer, who ended otherwise until then, and who was first seen later "
    "from then on. Every line has an origin of its own; they are never added up. Nothing is said "
    "of days to which fewer than five were followed."
)
NAIVE = _(
    "The last column leaves out everybody who still waits, and they wait longest: it is too short. "
    "It stands here because it is what a count of closed files gives. Do not quote it."
)
FEW = _("fewer than ${n} can be followed", mapping={"n": str(FEWEST)})
NO_OPEN = _("no open prosecution is known here: who waits is missing")
NOBODY = _("nobody has come to it yet")


@dataclass(frozen=True)
class Step:
    """A way from a day to another: columns of days, or an end with one of these codes."""

    key: str
    label: Label
    start: str
    to: str | None = None
    codes: tuple[int, ...] = ()


STEPS = (
    Step("arrest_charge", _("From arrest to charge"), "arrested_on", "charged_on"),
    Step("registration_charge", _("From registration to charge"), "registered_on", "charged_on"),
    Step("charge_trial", _("From charge to trial"), "charged_on", "trial_on"),
    Step("trial_judgment", _("From trial to judgment"), "trial_on", codes=(1,)),
    Step("registration_judgment", _("From registration to judgment"), "registered_on", codes=(1,)),
    Step("registration_end", _("From registration to any end"), "registered_on", codes=(1, 2, 3)),
)
_REACHED = {
    "arrested_on": "arrest", "registered_on": "registration", "charged_on": "charge",
    "trial_on": "trial",
}  # fmt: skip


@dataclass(frozen=True)
class Waits:
    """Durations of one step: arrays (n,); `event` says who came to it.

    `left_out` have the first day, and no duration: came further without a known day of the step,
    ended on an unknown day, were never seen since, have days that can't be, or were first seen
    only afterwards.
    """

    exit: Floats
    event: Flags
    entry: Floats
    left_out: int

    @property
    def late(self) -> int:
        """Return how many were first seen after the first day."""
        return int(np.count_nonzero(self.entry > FROM_THE_START))


def waits(rows: ClockRows, step: Step, today: int) -> Waits:
    """Return the durations of a step; `today` is the last day there can be, since 1970."""
    start = rows.days[step.start].astype(np.int64)
    begun = start != NEVER
    came, passed, goal = _goal(rows, step)
    over = rows.code != OPEN
    ended = rows.days["ended_on"].astype(np.int64)
    stop = np.where(came, goal, np.where(over, ended, open_until(rows, start, today)))
    first, late = first_seen(rows, start)
    kept = begun & ~passed & (stop != NEVER) & (stop >= start) & (stop <= today)
    kept &= (start <= today) & ~(late & (first >= stop))
    return Waits(
        (stop - start)[kept].astype(np.float64),
        came[kept],
        np.where(late, first - start, FROM_THE_START)[kept].astype(np.float64),
        int(np.count_nonzero(begun & ~kept)),
    )


def _goal(rows: ClockRows, step: Step) -> tuple[Flags, Flags, NDArray[np.int64]]:
    """Return who came to the goal on a known day, who came on an unknown one, and the days."""
    if step.to is None:
        ended = np.isin(rows.code, step.codes)
        day = rows.days["ended_on"].astype(np.int64)
        return ended & (day != NEVER), ended & (day == NEVER), day
    came = known(rows.days[step.to])
    behind = rows.code == JUDGMENT
    if step.to == "charged_on":
        behind = behind | known(rows.days["trial_on"]) | (rows.more["level"] >= CHARGED)
    return came, behind & ~came, rows.days[step.to].astype(np.int64)


def table(context: Context, rows: ClockRows, today: int) -> Table:
    """Return the times to each stage."""
    columns = (
        Column("n", _("Followed")),
        Column("came", _("Came to it")),
        Column("waiting", _("Open, not there yet")),
        Column("late", _("First seen later")),
        Column("left_out", _("No known time")),
        Column("median", _("Half (median)"), ColumnKind.DAYS),
        Column("p90", _("Nine tenths (P90)"), ColumnKind.DAYS),
        Column("naive", _("Median of those that came to it (too short)"), ColumnKind.DAYS),
    )
    why = looks_ahead(context)
    found = () if why is not None else tuple(_row(context, rows, step, today) for step in STEPS)
    return Table(
        TIMES, _("Time to each stage"), columns, found, rows.n if why is None else 0,
        TIMES_DEFINITION, _("Step"), notes=(NAIVE,), refused=why,
    )  # fmt: skip


def _row(context: Context, rows: ClockRows, step: Step, today: int) -> Row:
    found = waits(rows, step, today)
    begun, open_ = known(rows.days[step.start]), rows.code == OPEN
    waiting, exact = begun & open_, True
    query = {"reached": _REACHED[step.start], "event_code": str(OPEN)}
    if step.to is not None:
        came, passed, _day = _goal(rows, step)
        listed = waiting & ~came
        # Who came further on an unknown day of the step does not wait for it.
        waiting = listed & ~passed
        query["not_reached"] = _REACHED[step.to]
        exact = bool(np.array_equal(listed, waiting))
    count = Count(int(np.count_nonzero(waiting)), int(np.count_nonzero(waiting & rows.visible)))
    figures = (
        Figure(int(found.exit.size)),
        Figure(int(np.count_nonzero(found.event))),
        context.count(count, **query) if exact else context.plain_count(count),
        Figure(found.late),
        Figure(found.left_out),
        *_days(found, bool(open_.any())),
    )
    return Row(step.key, step.label, figures, RowKind.DETAIL)


def _days(found: Waits, any_open: bool) -> tuple[Figure, ...]:
    """Return median, P90 and the naive median, or why there are none."""
    why: Label = None
    if found.exit.size < FEWEST:
        why = FEW
    elif not any_open:
        why = NO_OPEN
    came = found.exit[found.event]
    naive = (
        Figure(None, missing=why or NOBODY)
        if why is not None or came.size == 0
        else Figure(float(np.quantile(came, 0.5)), None, int(came.size))
    )
    if why is not None:
        return Figure(None, missing=why), Figure(None, missing=why), naive
    entry = found.entry if found.late else None
    curve = kaplan_meier(found.exit, found.event.astype(np.int64), entry)
    return quantile(curve, 0.5), quantile(curve, 0.9), naive
