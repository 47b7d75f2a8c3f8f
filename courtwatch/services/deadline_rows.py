"""What was found of time limits, as a download and a terminal say it: codes, ISO dates, English."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from courtwatch.services.deadline_totals import Deadline, Totals
from courtwatch.services.deadlines import Deadlines, Found
from courtwatch.services.labels import Names
from courtwatch.services.limit_standing import person_days

COLUMNS = (
    "state", "limit", "limit_name", "article", "article_verified", "prosecution", "case", "court",
    "court_name", "organisation", "began_at", "due_at", "latest_due_at", "days_over", "days_left",
    "missing", "last_verified_on",
)  # fmt: skip
TOTAL_COLUMNS = (
    "by", "code", "name", "persons_over", "persons_due_soon", "persons_not_known",
    "days_over_of_those_held_at_least", "days_over_of_those_held_at_most",
    "days_over_of_those_held_until_last_verified", "days_over_of_all_at_least",
    "days_over_of_all_at_most",
)  # fmt: skip
DEFINITION = (
    "Person-days over the limit: for each person, the whole days from the end of the limit to "
    "release, to the end of the prosecution, or to the moment asked about, whichever comes first. "
    "Limits of one person that overlap are counted once. At least: from the latest day on which "
    "the limit may have ended to the earliest release; at most: the other way round. A limit that "
    "is not known adds nothing, so the figures are too low where some are not known. Who is not "
    "known to be released counts as held; until last verified: how many of the days lie before the "
    "day on which somebody last looked."
)


def names_of(session: Session, found: Found) -> Names:
    """Return the names of the courts and organisations of what was found."""
    names = Names(session)
    names.need(institutions=found.by_court, organisations=found.by_organisation)
    return names


def row_values(deadlines: Deadlines, found: Found, names: Names) -> Iterator[dict[str, Any]]:
    """Yield one row for each limit that is over, due soon or not known."""
    for one in (*found.due, *found.unknown):
        yield _values(deadlines, one, names)


def _values(deadlines: Deadlines, one: Deadline, names: Names) -> dict[str, Any]:
    asked, standing, clock = deadlines.question, one.standing, one.standing.clock
    court = names.institutions.get(one.court_id or 0)
    owner = names.organisations.get(one.owner_id) if deadlines.sees_organisations else None
    left = None
    if clock.due_at is not None and asked.now < clock.due_at:
        left = (clock.due_at - asked.now).days
    days = person_days([standing], asked.zone).least if standing.sure is not None else None
    return {
        "state": str(standing.status),
        "limit": clock.limit,
        "limit_name": standing.label.en,
        "article": standing.article,
        "article_verified": standing.verified,
        "prosecution": one.prosecution,
        "case": one.case,
        "court": court.code if court else None,
        "court_name": court.name_en if court else None,
        "organisation": owner.code if owner else None,
        "began_at": _moment(clock.started_at, deadlines),
        "due_at": _moment(clock.due_at, deadlines),
        "latest_due_at": _moment(clock.latest_due_at, deadlines),
        "days_over": days,
        "days_left": left,
        "missing": standing.why,
        "last_verified_on": one.verified_on.isoformat() if one.verified_on else None,
    }


def _moment(value: datetime | None, deadlines: Deadlines) -> str | None:
    return None if value is None else value.astimezone(deadlines.question.zone).isoformat()


def total_values(found: Found, names: Names) -> Iterator[dict[str, Any]]:
    """Yield the totals: of all, by court and by organisation, most persons over a limit first."""
    yield _total("all", None, found.total)
    for key, some in by_size(found.by_court):
        yield _total("court", names.institutions.get(key or 0), some)
    for key, some in by_size(found.by_organisation):
        yield _total("organisation", names.organisations.get(key or 0), some)


def by_size(groups: Mapping[int | None, Totals]) -> list[tuple[int | None, Totals]]:
    """Return groups, those with most persons over the limit first."""

    def size(item: tuple[int | None, Totals]) -> tuple[int, ...]:
        key, some = item
        return -some.over, -some.held.least, -some.soon, -some.unknown, key or 0

    return sorted(groups.items(), key=size)


def _total(by: str, row: Any, some: Totals) -> dict[str, Any]:
    code = row.code if row is not None else None
    name = row.name_en if row is not None else None
    numbers = (
        some.over, some.soon, some.unknown, some.held.least, some.held.most, some.verified,
        some.all_days.least, some.all_days.most,
    )  # fmt: skip
    return dict(zip(TOTAL_COLUMNS, (by, code, name, *numbers), strict=True))
