"""Who told how prosecutions stand, asked of the accounts themselves: what facts have to say."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from courtwatch.models import ChargeFact, EventAccount, ProsecutionFact, Revision
from courtwatch.models.facts import holds_at
from courtwatch.models.told import BITS

Told = dict[str, set[str]]
"""By the name of a filter the words that somebody said: `source` and `reliability`."""


def of_accounts(session: Session, revision: int | None) -> dict[int, Told]:
    """Return what was told of each prosecution that anybody told of, as known at a revision."""
    query = (
        select(ProsecutionFact.prosecution_id, EventAccount.source, EventAccount.reliability)
        .join(ChargeFact, ChargeFact.prosecution_id == ProsecutionFact.prosecution_id)
        .join(EventAccount, EventAccount.event_id == ChargeFact.event_id)
        .where(
            *(holds_at(each, revision) for each in (ProsecutionFact, ChargeFact, EventAccount)),
            or_(ChargeFact.counted.is_(True), ProsecutionFact.charges == 0),
        )
    )
    found: dict[int, Told] = defaultdict(lambda: {"source": set(), "reliability": set()})
    for prosecution, source, reliability in session.execute(query):
        found[prosecution]["source"].add(str(source))
        found[prosecution]["reliability"].add(str(reliability))
    return dict(found)


def of_facts(session: Session, revision: int | None) -> dict[int, Told]:
    """Return the same as facts say it."""
    query = select(ProsecutionFact.prosecution_id, ProsecutionFact.told)
    return {
        prosecution: {
            name: {str(word) for word, bit in bits.items() if told & bit}
            for name, bits in BITS.items()
        }
        for prosecution, told in session.execute(query.where(holds_at(ProsecutionFact, revision)))
        if told
    }


def revisions(session: Session) -> list[int | None]:
    """Return every revision there is, and None, the present."""
    return [*session.scalars(select(Revision.id).order_by(Revision.id)), None]


def disagreeing(session: Session) -> list[int | None]:
    """Return the revisions at which accounts and facts do not say the same."""
    return [
        revision
        for revision in revisions(session)
        if of_accounts(session, revision) != of_facts(session, revision)
    ]
