"""Days of found cases, as exactly as they are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from courtwatch.models import ProsecutionFact
from courtwatch.services.inexact_days import Span, spans_of, write


@dataclass(frozen=True)
class CaseDays:
    """When a case was registered and when something last happened in it."""

    registered: Span | None = None
    last_event: Span | None = None


def written(span: Span | None) -> str:
    """Return a day for a file: 2025-03-27, 2025-03, 2019~."""
    return "" if span is None else write(span)


def days_of(connection: Connection, case_ids: Sequence[int]) -> dict[int, CaseDays]:
    """Return the days of cases: the first registration, the last event of all accused."""
    fact = ProsecutionFact
    query = select(fact.case_id, fact.registered_on, fact.last_event_on, fact.inexact).where(
        fact.case_id.in_(case_ids), fact.rev_to.is_(None)
    )
    registered: dict[int, Span] = {}
    last: dict[int, Span] = {}
    for row in connection.execute(query):
        spans = spans_of(row)
        if row.registered_on is not None:
            span = spans.get("registered_on") or Span(row.registered_on, row.registered_on)
            held = registered.get(row.case_id)
            if held is None or (span.first, not span.exact) < (held.first, not held.exact):
                registered[row.case_id] = span
        if row.last_event_on is not None:
            span = spans.get("last_event_on") or Span(row.last_event_on, row.last_event_on)
            held = last.get(row.case_id)
            if held is None or (span.first, span.exact) > (held.first, held.exact):
                last[row.case_id] = span
    return {
        case_id: CaseDays(registered.get(case_id), last.get(case_id))
        for case_id in registered.keys() | last.keys()
    }
