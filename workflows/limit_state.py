"""How a clock stands at a moment: what `workflows.time_limits` derives, asked of today.

Nothing here is kept. A clock whose dates are vague or missing is unknown, never "fine".
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from workflows.elements import TimeLimit, Track
from workflows.procedure import Procedure
from workflows.time_limits import Clock


class Status(StrEnum):
    """How a clock stands at a moment. lapsed: a right or the action ended, nobody is late."""

    OVERDUE = "overdue"
    SOON = "soon"
    RUNNING = "running"
    UNKNOWN = "unknown"
    LAPSED = "lapsed"
    IN_TIME = "in_time"
    LATE = "late"


class LimitKind(StrEnum):
    """What a time limit limits: detention, the time an authority has to act, or a right."""

    DETENTION = "detention"
    ACT = "act"
    RIGHT = "right"


class Interval(NamedTuple):
    """Time over a limit, from its end to release; both aware."""

    start: datetime
    end: datetime


class Over(NamedTuple):
    """Whole days over limits: certainly so many, and at most so many where dates are vague."""

    least: int
    most: int


@lru_cache(maxsize=4096)
def kind_of(procedure: Procedure, limit: TimeLimit) -> LimitKind:
    """What a limit limits.

    A limit of detention runs only while somebody is detained, and setting them free stops it: the
    time for a submission runs in detention, too, and release does not stop it.
    """
    if limit.lapses:
        return LimitKind.RIGHT
    detained = procedure.detained
    if limit.custody and set(limit.custody) <= detained:
        steps = {step.name: step for step in procedure.steps}
        for name in limit.satisfied_by:
            step = steps.get(name)
            if step and step.track is Track.CUSTODY and step.target not in detained:
                return LimitKind.DETENTION
    return LimitKind.ACT


def status(
    clock: Clock, now: datetime, soon: timedelta = timedelta(0), lapses: bool = False
) -> Status:
    """How a clock stands at `now`. lapses: no authority is late when the limit passes."""
    if clock.unknown is not None or clock.due_at is None:
        return Status.UNKNOWN
    latest = clock.latest_due_at or clock.due_at
    if clock.ended is not None:
        if clock.ended_at is None or clock.latest_ended_at is None:
            return Status.UNKNOWN
        if clock.latest_ended_at <= clock.due_at:
            return Status.IN_TIME
        return Status.LATE if clock.ended_at >= latest else Status.UNKNOWN
    if now >= latest:
        return Status.LAPSED if lapses else Status.OVERDUE
    if now >= clock.due_at:
        return Status.UNKNOWN
    return Status.SOON if clock.due_at - now <= soon else Status.RUNNING


def surely_over(clock: Clock, now: datetime) -> Interval | None:
    """The time for which a limit was certainly passed: from its latest end to the earliest release.

    A clock that was stopped on a day that nobody knows was certainly over for no time.
    """
    due = clock.latest_due_at or clock.due_at
    if clock.unknown is not None or due is None:
        return None
    end = now if clock.ended is None else clock.ended_at
    return _between(due, end, now)


def possibly_over(clock: Clock, now: datetime) -> Interval | None:
    """The time for which a limit may have been passed: from its earliest end to the latest release.

    A clock that was stopped on a day that nobody knows may run until now.
    """
    if clock.unknown is not None or clock.due_at is None:
        return None
    end = now if clock.ended is None else clock.latest_ended_at or now
    return _between(clock.due_at, end, now)


def _between(start: datetime, end: datetime | None, now: datetime) -> Interval | None:
    end = None if end is None else min(end, now)
    return Interval(start, end) if end is not None and start < end else None


def whole_days(intervals: Iterable[Interval], zone: ZoneInfo) -> int:
    """Whole days in the union of intervals of one person: what overlaps is counted once.

    Each unbroken stretch counts its full days by the clock of the courts, so that the hour which
    summer time takes or gives makes no day.
    """
    days = 0
    stretch: Interval | None = None
    for found in sorted(intervals):
        if stretch is not None and found.start <= stretch.end:
            stretch = Interval(stretch.start, max(stretch.end, found.end))
            continue
        days += _days(stretch, zone)
        stretch = found
    return days + _days(stretch, zone)


def _days(stretch: Interval | None, zone: ZoneInfo) -> int:
    if stretch is None:
        return 0
    start, end = (moment.astimezone(zone).replace(tzinfo=None) for moment in stretch)
    return (end - start).days


def days_over(clocks: Iterable[Clock], now: datetime, zone: ZoneInfo) -> Over:
    """Whole days for which one person was over any of their limits at `now`."""
    found = list(clocks)
    sure = (surely_over(clock, now) for clock in found)
    possible = (possibly_over(clock, now) for clock in found)
    return Over(
        whole_days((one for one in sure if one is not None), zone),
        whole_days((one for one in possible if one is not None), zone),
    )
