"""Filters of days and limits: who was pending, whose days are known, who was cited, who is over.

`services.fact_filters` speaks their words; here is what they mean on `ProsecutionFact`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from courtwatch.models import Clock, ProsecutionFact
from courtwatch.models.facts import holds_at
from workflows import event_codes

_LIMIT = re.compile(r"([a-z0-9_]{1,60})@(\d{4}-\d\d-\d\dT\d\d:\d\dZ)")


def is_day(value: str) -> bool:
    """Say whether a value is written YYYY-MM-DD and is a day of these times."""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return False
    return value == day.isoformat() and 1900 <= day.year <= 2199


def limit_passed(name: str, moment: datetime) -> str:
    """Return the value of `over_limit` that asks for a limit passed at a moment, to the minute."""
    return f"{name}@{moment.astimezone(UTC):%Y-%m-%dT%H:%M}Z"


def limit_and_moment(value: str) -> tuple[str, datetime] | None:
    """Return what `limit_passed` wrote; None for anything else."""
    match = _LIMIT.fullmatch(value)
    if match is None:
        return None
    try:
        return match[1], datetime.strptime(match[2], "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def predicates(
    pending: Sequence[str],
    dated: Sequence[str],
    straight_to_trial: Sequence[str],
    over_limit: Sequence[str],
    known_at: int | None,
) -> list[ColumnElement[bool]]:
    """Return the predicates of these filters; each fits if one of its values does."""
    parts: list[ColumnElement[bool]] = []
    if pending:
        parts.append(or_(*(_pending_on(date.fromisoformat(day)) for day in pending)))
    if len(dated) == 1:
        parts.append(_dated() if dated[0] == "yes" else ~_dated())
    if len(straight_to_trial) == 1:
        straight = _straight_to_trial()
        parts.append(straight if straight_to_trial[0] == "yes" else ~straight)
    if over_limit:
        goes_on = or_(ProsecutionFact.live, ProsecutionFact.suspended)
        parts.append(and_(goes_on, or_(*(_over_limit(each, known_at) for each in over_limit))))
    return parts


def _pending_on(day: date) -> ColumnElement[bool]:
    """Return the predicate of who was registered, and had not ended, on the evening of a day."""
    fact = ProsecutionFact
    later = or_(fact.event_code == event_codes.OPEN, fact.ended_on > day)
    return and_(fact.registered_on <= day, later)


def _dated() -> ColumnElement[bool]:
    """Return the predicate, never null, of whose registration and end are known and in order."""
    fact = ProsecutionFact
    ended = and_(fact.ended_on.is_not(None), fact.ended_on >= fact.registered_on)
    return and_(fact.registered_on.is_not(None), or_(fact.event_code == event_codes.OPEN, ended))


def _straight_to_trial() -> ColumnElement[bool]:
    """Return the predicate, never null, of who came before the trial court when charged.

    Where one of the two days is not known, nobody can tell.
    """
    fact = ProsecutionFact
    known = and_(fact.charged_on.is_not(None), fact.accused_on.is_not(None))
    return and_(known, fact.accused_on <= fact.charged_on)


def _over_limit(value: str, known_at: int | None) -> ColumnElement[bool]:
    """Return the predicate of whose running limit had certainly passed at a moment."""
    found = limit_and_moment(value)
    assert found is not None, "parse() checked it"
    passed = select(Clock.prosecution_id).where(
        Clock.time_limit == found[0],
        Clock.ended.is_(None),
        Clock.unknown.is_(False),
        func.coalesce(Clock.latest_due_at, Clock.due_at, type_=Clock.due_at.type) <= found[1],
        holds_at(Clock, known_at),
    )
    return ProsecutionFact.prosecution_id.in_(passed)
