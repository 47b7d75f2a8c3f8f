"""What a reader may see of a past view: rights are those of today, whatever was open then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from courtwatch.models import Case, ProsecutionCase
from courtwatch.models.vocabulary import ShareLevel
from courtwatch.security.visibility import Level, Sight, level_for, sight_of
from courtwatch.services.work import Actor


@dataclass(frozen=True)
class NotThen:
    """The reader may see the case, but at the moment asked for it was not in the record."""

    case: Case


def sight_now(
    session: Session, actor: Actor, case: Case, prosecution_ids: Sequence[int]
) -> Sight | None:
    """Return what `actor` may see today of all that a past view shows; None if nothing.

    The least of what they may see of the case, of the case that holds it if it was merged, and of
    the cases to which its prosecutions of then (`prosecution_ids`) belong today.
    """
    cases = {case.id: case}
    holder = case
    while holder.merged_into_id is not None and holder.merged_into_id not in cases:
        holder = session.get_one(Case, holder.merged_into_id)
        cases[holder.id] = holder
    members = select(ProsecutionCase.case_id).where(
        ProsecutionCase.prosecution_id.in_(prosecution_ids), ProsecutionCase.rev_to.is_(None)
    )
    for other in session.scalars(select(Case).where(Case.id.in_(members))):
        cases[other.id] = other
    order = list(Level)
    level, least = min(
        ((level_for(session, actor, one), one) for one in cases.values()),
        key=lambda found: (order.index(found[0]), found[1].share_level is ShareLevel.FULL),
    )
    return sight_of(actor, level, least.owner_id, least.share_level) if level.listed else None
