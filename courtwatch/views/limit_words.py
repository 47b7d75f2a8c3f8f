"""Time limits in words: how each stands, what is missing, and by how much it was passed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from courtwatch.services.limit_standing import PROSECUTION_ENDED, VAGUE, LimitStanding
from courtwatch.services.messages import _
from courtwatch.views.case_words import text
from courtwatch.web.dates import format_day, format_moment, format_partial
from courtwatch.web.page import Cell, Colour
from workflows.elements import Unit
from workflows.limit_state import LimitKind, Status, whole_days
from workflows.time_limits import End, Why

KINDS: Mapping[LimitKind, Any] = {
    LimitKind.DETENTION: _("Custody and detention"),
    LimitKind.ACT: _("Acts that an authority owes"),
    LimitKind.RIGHT: _("Periods in which a right may be used"),
}
STATES: Mapping[Status, Any] = {
    Status.OVERDUE: _("Overdue"),
    Status.SOON: _("Due soon"),
    Status.RUNNING: _("Running"),
    Status.UNKNOWN: _("Not known"),
    Status.LAPSED: _("Lapsed"),
    Status.IN_TIME: _("Ended in time"),
    Status.LATE: _("Ended too late"),
}
_COLOURS = {
    Status.OVERDUE: Colour.RED,
    Status.SOON: Colour.ORANGE,
    Status.UNKNOWN: Colour.YELLOW,
    Status.LATE: Colour.PURPLE,
}
_ENDS = {
    End.SATISFIED: _("ended by what the law asks"),
    End.EXTENDED: _("extended"),
    End.CUSTODY: _("custody changed"),
}
WHY: Mapping[str, Any] = {
    Why.START_MISSING: _("the day on which it began is missing"),
    Why.HOUR_MISSING: _("the hour at which it began is missing"),
    Why.BASE_MISSING: _("the order that was extended is not recorded"),
    Why.CLASS_UNKNOWN: _("which limit applies is not known: the class of the offence is missing"),
    Why.AGE_UNKNOWN: _("which limit applies is not known: the age of the accused is missing"),
    Why.CUSTODY_UNKNOWN: _(
        "which limit applies is not known: nobody recorded whether the accused was in custody"
    ),
    VAGUE: _("a day is known only roughly, and the limit lies within"),
    PROSECUTION_ENDED: _("the prosecution ended, and nobody recorded the release"),
}


def state_cell(one: LimitStanding, zone: ZoneInfo, now: datetime) -> Cell:
    """Return how a limit stands: words first, colour repeats them."""
    return Cell(STATES[one.status], hint=state_hint(one, zone, now), colour=_colour(one))


def _colour(one: LimitStanding) -> Colour:
    return _COLOURS.get(one.status, Colour.GREY)


def state_hint(one: LimitStanding, zone: ZoneInfo, now: datetime) -> str:
    """Return by how much a limit was passed or is left, why it is unknown, or what ended it."""
    if one.status is Status.UNKNOWN:
        told = [text(WHY[one.why])] if one.why is not None else []
        return " · ".join([*told, *_over(one, zone)])
    if one.status in (Status.OVERDUE, Status.LATE):
        return " · ".join(_over(one, zone))
    if one.status in (Status.SOON, Status.RUNNING):
        return _left(one, now)
    if one.status is Status.IN_TIME and one.clock.ended is not None:
        return text(_ENDS[one.clock.ended])
    return ""


def _over(one: LimitStanding, zone: ZoneInfo) -> list[str]:
    if one.sure is None:
        return []
    days = whole_days([one.sure], zone)
    if not days:
        return [text(_("passed for less than a day"))]
    return [text(_("days over the limit: ${n}", mapping={"n": f"{days:,}"}))]


def _left(one: LimitStanding, now: datetime) -> str:
    assert one.clock.due_at is not None
    left = one.clock.due_at - now
    if left < timedelta(days=1):
        return text(_("less than a day is left"))
    return text(_("days left: ${n}", mapping={"n": f"{left.days:,}"}))


def due_words(one: LimitStanding, zone: ZoneInfo) -> str:
    """Return the last day or moment that is in time, as far as it is known."""
    clock = one.clock
    if clock.due_at is None:
        return text(_("not known"))
    if one.limit is not None and one.limit.unit is Unit.HOURS:
        return format_moment(clock.due_at, str(zone))
    first, last = (
        (moment.astimezone(zone) - timedelta(seconds=1)).date()
        for moment in (clock.due_at, clock.latest_due_at or clock.due_at)
    )
    return format_partial(first, last)


def started_words(one: LimitStanding, zone: ZoneInfo) -> str:
    """Return the day on which a limit began to run."""
    started = one.clock.started_at
    return format_day(started.astimezone(zone).date() if started is not None else None)


def law_hint(one: LimitStanding) -> str:
    """Return the article of a limit; one that no lawyer verified says so."""
    parts = [one.article] if one.article else []
    if not one.verified:
        parts.append(text(_("not verified by a lawyer")))
    return " · ".join(parts)
