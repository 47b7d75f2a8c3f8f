"""Who supports a case besides the organisation that keeps it.

An organisation supports a case that it keeps, or of which it tells in the record: it keeps a
record that was merged into it, gave an account of an entry, or recorded a hearing. That another
organisation may read a case is no support.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import and_, or_, select
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
        select(Event.case_id, EventAccount.organisation_id, cases.merged_into_id)
        .join_from(EventAccount, Event, Event.id == EventAccount.event_id)
        .join(table, cases.id == Event.case_id)
        .where(holds_at(EventAccount, revision), holds_at(Event, revision))
    )
    hearings = (
        select(hearing.case_id, hearing.organisation_id, cases.merged_into_id)
        .join_from(hearing.id.table, table, cases.id == hearing.case_id)
        .where(hearing.voided.is_(False))
    )
    merged = cases.merged_into_id.is_not(None)
    keepers = select(cases.merged_into_id, cases.owner_id).where(merged)
    found = {(row[0], row[1]) for row in session.execute(keepers)}
    for query, teller in (
        (accounts, EventAccount.organisation_id),
        (hearings, hearing.organisation_id),
    ):
        tells = teller != cases.owner_id
        if of is not None:
            tells = and_(tells, or_(teller == of, cases.owner_id == of))
        # Not DISTINCT: a database would write down every row of a past moment before it looks.
        for case_id, organisation_id, holds in session.execute(query.where(or_(merged, tells))):
            found.add((holds or case_id, organisation_id))
    return found


class Credit(NamedTuple):
    """Cases that an organisation keeps, of these joint ones, and those of others it tells of."""

    kept: int = 0
    joint: int = 0
    helped: int = 0
