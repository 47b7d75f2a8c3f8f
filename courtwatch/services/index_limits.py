"""When time limits of a case have passed, for the search index: the same as the deadlines tell.

The index holds from which moment on a limit is over, or nobody can tell, because today moves
without anybody writing. How a limit stands is decided by `limit_standing.stand`, which is asked at
each moment at which that can change; `services.deadlines` asks it of now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, or_, select

from courtwatch.models import Clock, Jurisdiction, ProsecutionFact
from courtwatch.services.limit_standing import LimitStanding, stand
from search_index.spells import Spell, merged
from workflows import time_limits
from workflows.limit_state import LimitKind, Status
from workflows.procedure import Procedure

UNKNOWN = "unknown"
_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


def limit_spells(
    connection: Connection, case_ids: Sequence[int], procedures: Mapping[int, Procedure]
) -> dict[int, tuple[Spell, ...]]:
    """Return when limits of these cases are over or not known, by case.

    Every reader of a case is told of its time limits, so this is one answer for all audiences.
    """
    zones = {
        row.id: ZoneInfo(row.time_zone)
        for row in connection.execute(select(Jurisdiction.id, Jurisdiction.time_zone))
    }
    fact = ProsecutionFact
    query = (
        select(
            fact.case_id,
            fact.jurisdiction_id,
            fact.procedure_version_id,
            fact.ended_on,
            or_(fact.live, fact.suspended).label("under_way"),
            *(getattr(Clock, name) for name in _COLUMNS),
        )
        .join(fact, fact.prosecution_id == Clock.prosecution_id)
        .where(
            fact.case_id.in_(case_ids),
            fact.counted.is_(True),
            fact.rev_to.is_(None),
            Clock.rev_to.is_(None),
            Clock.ended.is_(None),
        )
    )
    found: dict[int, list[Spell]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.case_id] += open_limit_spells(
            _clock(row),
            procedures[row.procedure_version_id],
            zones[row.jurisdiction_id],
            bool(row.under_way),
            row.ended_on,
        )
    return {case_id: merged(spells) for case_id, spells in found.items()}


def open_limit_spells(
    clock: time_limits.Clock,
    procedure: Procedure,
    zone: ZoneInfo,
    under_way: bool,
    ended_on: date | None,
) -> Iterator[Spell]:
    """Yield when a limit that nothing has stopped is over, or not known."""
    moments = sorted({_ALWAYS, *(m for m in (clock.due_at, clock.latest_due_at) if m)})
    for start, end in zip(moments, [*moments[1:], None], strict=True):
        value = _value(
            stand(clock, procedure, zone, start, timedelta(0), under_way, ended_on), under_way
        )
        if value is not None:
            yield Spell(value, start, end)


def _value(standing: LimitStanding, under_way: bool) -> str | None:
    """Return the value of the facet; a right that lapsed is nobody's delay."""
    if standing.kind is LimitKind.RIGHT:
        return None
    if standing.status is Status.OVERDUE:
        return str(standing.kind)
    return UNKNOWN if standing.status is Status.UNKNOWN and under_way else None


_COLUMNS = ("time_limit", "event_id", "started_at", "due_at", "latest_due_at", "why")


def _clock(row: Any) -> time_limits.Clock:
    return time_limits.Clock(
        limit=row.time_limit,
        act_id=row.event_id,
        started_at=row.started_at,
        due_at=row.due_at,
        latest_due_at=row.latest_due_at,
        unknown=None if row.why is None else time_limits.Why(row.why),
    )
