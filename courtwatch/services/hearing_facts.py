"""The facts of hearings: derived from the hearing itself and the case it belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, select

from courtwatch.models import Case, Hearing, HearingFact
from courtwatch.services.fact_inputs import CHUNK
from courtwatch.services.fact_rows import Values
from courtwatch.services.facts import close, compared, current, insert_rows
from courtwatch.services.work import Work


def refresh_hearings(work: Work, hearing_ids: Iterable[int]) -> None:
    """Derive the facts of these hearings again."""
    ids = sorted(set(hearing_ids))
    work.session.flush()
    connection = work.session.connection()
    table: Any = HearingFact.__table__
    derived = {row["hearing_id"]: row for row in hearing_rows(connection, ids)}
    stored = current(connection, table, "hearing_id", table.c.hearing_id, ids)
    closing, fresh = compared(stored, derived)
    close(connection, table, [row["id"] for row in closing], lambda: work.revision_id)
    if fresh:
        insert_rows(connection, table, fresh, work.revision_id)


def hearing_rows(connection: Connection, hearing_ids: Sequence[int]) -> list[Values]:
    """Return the fact rows (without revisions) of hearings that were not voided."""
    rows: list[Values] = []
    for start in range(0, len(hearing_ids), CHUNK):
        query = (
            select(
                Hearing.id.label("hearing_id"),
                Hearing.case_id,
                Case.jurisdiction_id,
                Case.owner_id,
                Case.share_level,
                Hearing.institution_id,
                Hearing.kind,
                Hearing.scheduled_on,
                Hearing.status,
                Hearing.adjournment_reason_id,
                Hearing.next_on,
            )
            .join(Case, Case.id == Hearing.case_id)
            .where(
                Hearing.id.in_(hearing_ids[start : start + CHUNK]),
                Hearing.voided.is_(False),
            )
        )
        for row in connection.execute(query).mappings():
            plain = dict(row)
            plain["share_level"] = str(plain["share_level"])
            plain["status"] = str(plain["status"])
            rows.append(plain)
    return rows


def publish_hearings(connection: Connection, revision_id: int, hearing_ids: Sequence[int]) -> None:
    """Insert the facts of new hearings."""
    insert_rows(
        connection, HearingFact.__table__, hearing_rows(connection, hearing_ids), revision_id
    )
