"""Who supports a case besides the organisation that keeps it.

An organisation supports a case that it keeps, or of which it tells in the record: it keeps a
record that was merged into it, gave an account of an entry, or recorded a hearing. That another
organisation may read a case is no support.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from courtwatch.models import Case, Event, EventAccount, Hearing
from courtwatch.models.facts import holds_at
from courtwatch.models.history import states_at

Pairs = set[tuple[int, int]]
"""(case, organisation): an organisation tells of a case that another one keeps."""


def tellers(session: Session, revision: int | None, of: int | None = None) -> Pairs:
    """Return who else than its keeper tells of which case, at a revision.

    `of`: only where this organisation tells, or keeps the case. Of a merged record the case is the
    one that holds, and its keeper tells of that one.
    """
    cases, hearing = states_at(Case, revision).c, states_at(Hearing, revision).c
    table = cases.id.table
    accounts = (
        select(Event.case_id, EventAccount.organisation_id)
        .join_from(EventAccount, Event, Event.id == EventAccount.event_id)
        .join(table, cases.id == Event.case_id)
        .where(holds_at(EventAccount, revision), holds_at(Event, revision))
    )
    hearings = (
        select(hearing.case_id, hearing.organisation_id)
        .join_from(hearing.id.table, table, cases.id == hearing.case_id)
        .where(hearing.voided.is_(False))
    )
    parts = [(accounts, EventAccount.organisation_id), (hearings, hearing.organisation_id)]
    found: Pairs = set()
    for query, teller in parts:
        chosen = query.where(cases.merged_into_id.is_(None), teller != cases.owner_id).distinct()
        if of is not None:
            chosen = chosen.where(or_(teller == of, cases.owner_id == of))
        found |= {(row[0], row[1]) for row in session.execute(chosen)}
    merged = select(cases.id, cases.merged_into_id, cases.owner_id).where(
        cases.merged_into_id.is_not(None)
    )
    holds: dict[int, int] = {}
    for row in session.execute(merged):
        holds[row[0]] = row[1]
        found.add((row[1], row[2]))
    for query, _teller in parts if holds else ():
        rows = session.execute(query.where(cases.merged_into_id.is_not(None)).distinct())
        found |= {(holds[row[0]], row[1]) for row in rows}
    return found


class Credit(NamedTuple):
    """Cases that an organisation keeps, of these joint ones, and those of others it tells of."""

    kept: int = 0
    joint: int = 0
    helped: int = 0
