"""One time limit of one prosecution as it stands at a moment, with its place in the law."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from workflows.elements import Text, TimeLimit
from workflows.limit_days import end_of, start_of
from workflows.limit_state import (
    Interval,
    LimitKind,
    Over,
    Status,
    kind_of,
    possibly_over,
    status,
    surely_over,
    whole_days,
)
from workflows.procedure import Procedure
from workflows.time_limits import Clock

VAGUE = "vague"
PROSECUTION_ENDED = "prosecution_ended"


@dataclass(frozen=True)
class LimitStanding:
    """A clock at a moment.

    `limit` is None where the procedure does not know its name. `why`: what is missing where the
    status is unknown: a `workflows.time_limits.Why`, 'vague' (a day is known only roughly, and
    the limit lies within), or 'prosecution_ended' (nobody recorded what became of detention).
    `sure`: the time for which it was certainly passed; `possible`: for which it may have been.
    """

    clock: Clock
    limit: TimeLimit | None
    kind: LimitKind
    status: Status
    why: str | None
    sure: Interval | None
    possible: Interval | None

    @property
    def label(self) -> Text:
        """Return what the limit is called."""
        return self.limit.label if self.limit is not None else Text(self.clock.limit)

    @property
    def article(self) -> str:
        """Return the article that sets the limit, as the procedure names it."""
        return self.limit.article if self.limit is not None else ""

    @property
    def verified(self) -> bool:
        """Say whether a lawyer verified the limit."""
        return self.limit is not None and self.limit.verified

    @property
    def open(self) -> bool:
        """Say whether nothing has stopped it."""
        return self.clock.ended is None


def find_limit(procedure: Procedure, name: str) -> TimeLimit | None:
    """Return a limit by its name; None where this version of the procedure does not have it."""
    try:
        return procedure.time_limit(name)
    except KeyError:
        return None


def within(days: int, now: datetime, zone: ZoneInfo) -> timedelta:
    """Return how long it is from `now` to the end of the day so many days later; 0 is today."""
    return end_of(now.astimezone(zone).date() + timedelta(days=days), zone) - now


def stand(
    clock: Clock,
    procedure: Procedure,
    zone: ZoneInfo,
    now: datetime,
    soon: timedelta,
    under_way: bool,
    ended_on: date | None,
) -> LimitStanding:
    """Return how a clock stands at `now`.

    under_way: whether the prosecution goes on or is suspended; ended_on: when it ended, if it did.
    Detention that runs on when its prosecution has ended is unknown since then: whoever was held
    was set free with it, or not, and nobody recorded it.
    """
    limit = find_limit(procedure, clock.limit)
    kind = LimitKind.ACT if limit is None else kind_of(procedure, limit)
    found = status(clock, now, soon, lapses=kind is LimitKind.RIGHT)
    why = None if clock.unknown is None else str(clock.unknown)
    sure = surely_over(clock, now)
    if kind is LimitKind.DETENTION and clock.ended is None and not under_way and why is None:
        found, why = Status.UNKNOWN, PROSECUTION_ENDED
        until = None if ended_on is None else min(now, start_of(ended_on, zone))
        sure = None if until is None else surely_over(clock, until)
    elif found is Status.UNKNOWN and why is None:
        why = VAGUE
    possible = possibly_over(clock, now)
    if kind is LimitKind.RIGHT:
        sure = possible = None
    return LimitStanding(clock, limit, kind, found, why, sure, possible)


def person_days(standings: Iterable[LimitStanding], zone: ZoneInfo) -> Over:
    """Return the whole days for which one person was over any of these limits."""
    found = list(standings)
    return Over(
        whole_days((one.sure for one in found if one.sure is not None), zone),
        whole_days((one.possible for one in found if one.possible is not None), zone),
    )
