"""Persons and days over the limit: of one court, of one organisation, of all.

What a person-day over the limit is stands in `courtwatch.services.deadlines`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from courtwatch.services.limit_standing import LimitStanding, person_days
from workflows.limit_days import end_of
from workflows.limit_state import Interval, Over, Status, whole_days


@dataclass(frozen=True)
class Deadline:
    """One time limit of one prosecution: whose, where, and how it stands."""

    standing: LimitStanding
    prosecution_id: int
    prosecution: str
    person_id: int
    case: str
    court_id: int | None
    owner_id: int
    under_way: bool
    verified_on: date | None


@dataclass(frozen=True)
class Totals:
    """Persons and days of one court, of one organisation, or of all.

    `over`, `soon`, `unknown`: persons with such a limit now (one may be in several). `held`: days
    of those who are over a limit now; `verified`: how many of these, at least, lie before the day
    on which their prosecution was last verified; `all_days`: of everybody, released since or not.
    """

    over: int
    soon: int
    unknown: int
    held: Over
    verified: int
    all_days: Over


def open_unknown(one: Deadline) -> bool:
    """Say whether nobody can tell of a limit that runs in a prosecution that goes on."""
    standing = one.standing
    return standing.status is Status.UNKNOWN and standing.open and one.under_way


class Counting:
    """Counts the persons and days of groups of limits.

    The days of a person are worked out once: most have all their limits in one court and one
    organisation.
    """

    def __init__(self, everything: Iterable[Deadline], zone: ZoneInfo) -> None:
        self.zone = zone
        self.people = _by_person(everything)
        self._days: dict[int, Over] = {}

    def totals(self, deadlines: Iterable[Deadline]) -> Totals:
        """Return persons and days; each person once, whatever their limits and prosecutions."""
        over = soon = unknown = verified = 0
        held, everybody = [], []
        for person_id, some in _by_person(deadlines).items():
            statuses = {one.standing.status for one in some}
            days = self._days_of(person_id, some)
            everybody.append(days)
            soon += Status.SOON in statuses
            unknown += any(open_unknown(one) for one in some)
            if Status.OVERDUE in statuses:
                over += 1
                held.append(days)
                known = (_until_verified(one, self.zone) for one in some)
                verified += whole_days((one for one in known if one is not None), self.zone)
        return Totals(over, soon, unknown, _sum(held), verified, _sum(everybody))

    def _days_of(self, person_id: int, some: list[Deadline]) -> Over:
        if len(some) != len(self.people[person_id]):
            return person_days((one.standing for one in some), self.zone)
        if person_id not in self._days:
            self._days[person_id] = person_days((one.standing for one in some), self.zone)
        return self._days[person_id]


def _by_person(deadlines: Iterable[Deadline]) -> dict[int, list[Deadline]]:
    people: dict[int, list[Deadline]] = {}
    for one in deadlines:
        people.setdefault(one.person_id, []).append(one)
    return people


def _until_verified(one: Deadline, zone: ZoneInfo) -> Interval | None:
    """Return the time for which a limit was certainly passed and somebody has looked since."""
    sure = one.standing.sure
    if sure is None or not one.standing.open:
        return sure
    if one.verified_on is None:
        return None
    end = min(sure.end, end_of(one.verified_on, zone))
    return Interval(sure.start, end) if sure.start < end else None


def _sum(days: Iterable[Over]) -> Over:
    found = list(days)
    return Over(sum(one.least for one in found), sum(one.most for one in found))
