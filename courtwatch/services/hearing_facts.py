"""The facts of hearings: derived from the hearing itself and the case it belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import aliased

from courtwatch.models import Case, Hearing, HearingFact
from courtwatch.services.fact_inputs import CHUNK
from courtwatch.services.fact_rows import Values
from courtwatch.services.facts import close, compared, current, insert_rows
from courtwatch.services.merged_hearings import (
    as_one,
    hidden_hearings,
    told_by_both,
    with_twins,
)
from courtwatch.services.work import Work


def refresh_hearings(work: Work, hearing_ids: Iterable[int]) -> None:
    """Derive the facts of these hearings again, and of those that they are paired with."""
    work.session.flush()
    connection = work.session.connection()
    ids = with_twins(connection, hearing_ids)
    table: Any = HearingFact.__table__
    derived = {row["hearing_id"]: row for row in hearing_rows(connection, ids)}
    stored = current(connection, table, "hearing_id", table.c.hearing_id, ids)
    closing, fresh = compared(stored, derived)
    close(connection, table, [row["id"] for row in closing], lambda: work.revision_id)
    if fresh:
        insert_rows(connection, table, fresh, work.revision_id)


def hearing_rows(connection: Connection, hearing_ids: Sequence[int]) -> list[Values]:
    """Return the fact rows (without revisions) of hearings that were not voided.

    A hearing of a merged case belongs to the case that holds; one that another stands for has
    no fact of its own.
    """
    rows: list[Values] = []
    holder = aliased(Case)
    for start in range(0, len(hearing_ids), CHUNK):
        chunk = hearing_ids[start : start + CHUNK]
        hidden, told = hidden_hearings(connection, chunk), told_by_both(connection, chunk)
        query = (
            select(
                Hearing.id.label("hearing_id"),
                holder.id.label("case_id"),
                holder.jurisdiction_id,
                holder.owner_id,
                holder.share_level,
                Hearing.institution_id,
                Hearing.kind,
                Hearing.scheduled_on,
                Hearing.status,
                Hearing.adjournment_reason_id,
                Hearing.next_on,
            )
            .join(Case, Case.id == Hearing.case_id)
            .join(holder, holder.id == func.coalesce(Case.merged_into_id, Case.id))
            .where(Hearing.id.in_(chunk), Hearing.voided.is_(False))
        )
        for row in connection.execute(query).mappings():
            if row["hearing_id"] in hidden:
                continue
            plain = dict(row) | as_one(row, told.get(row["hearing_id"], ()))
            plain["share_level"] = str(plain["share_level"])
            plain["status"] = str(plain["status"])
            rows.append(plain)
    return rows


def publish_hearings(connection: Connection, revision_id: int, hearing_ids: Sequence[int]) -> None:
    """Insert the facts of new hearings."""
    insert_rows(
        connection, HearingFact.__table__, hearing_rows(connection, hearing_ids), revision_id
    )
