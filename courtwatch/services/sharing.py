"""Share level of a case: chosen by its organisation at every moment."""

from __future__ import annotations

from sqlalchemy import select

from courtwatch.commands.cases import SetShareLevel
from courtwatch.models import Case, Hearing, ProsecutionCase
from courtwatch.services.facts import refresh
from courtwatch.services.hearing_facts import refresh_hearings
from courtwatch.services.merging import come_apart
from courtwatch.services.work import Work


def set_share_level(work: Work, case: Case, command: SetShareLevel) -> bool:
    """Set how far a case is shared; facts and index follow. Returns False if nothing changed.

    A merge rests on two cases being shared alike: it is taken apart first.
    """
    if case.share_level is command.share_level:
        return False
    come_apart(work, case)
    work.edit(case)
    case.share_level = command.share_level
    work.audit("case:share", case.public_code, {"to": str(command.share_level)})
    members = work.session.scalars(
        select(ProsecutionCase.prosecution_id).where(
            ProsecutionCase.case_id == case.id, ProsecutionCase.rev_to.is_(None)
        )
    )
    refresh(work, members.all())
    hearings = work.session.scalars(select(Hearing.id).where(Hearing.case_id == case.id))
    refresh_hearings(work, hearings.all())
    work.owe_index([case.id])
    return True
