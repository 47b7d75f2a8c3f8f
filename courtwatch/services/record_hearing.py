"""Record hearings: planned, held, adjourned, and the next date."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from courtwatch.commands.cases import AddNote
from courtwatch.commands.corrections import CorrectHearing
from courtwatch.commands.hearings import RecordHearing, RecordOutcome, check_outcome
from courtwatch.commands.parsing import Invalid
from courtwatch.models import (
    Case,
    Hearing,
    HearingProsecution,
    Institution,
    ProsecutionCase,
    Reason,
    new_public_code,
)
from courtwatch.models.vocabulary import HearingStatus, InstitutionKind, NoteTier, Presence
from courtwatch.services.hearing_facts import refresh_hearings
from courtwatch.services.messages import _
from courtwatch.services.open_case import add_note
from courtwatch.services.work import Work

HEARING_KINDS = ("trial", "investigation", "detention", "immediate", "appeal", "cassation", "other")


def record_hearing(work: Work, case: Case, command: RecordHearing) -> Hearing:
    """Record a hearing and, where one is named, plan the next. Raises Invalid."""
    check_hearing_of(work, case, command)
    assert command.scheduled.first is not None
    hearing = work.add(
        Hearing(
            public_code=new_public_code("H"),
            case_id=case.id,
            institution_id=command.institution or case.court_id,
            kind=command.kind,
            scheduled_on=command.scheduled.first,
            scheduled_time=command.time,
            status=command.status,
            adjournment_reason_id=command.adjournment_reason,
            next_on=command.next.first if command.next else None,
            organisation_id=work.organisation_id,
        )
    )
    members = members_of(work, case)
    chosen = [key for key in command.prosecutions if key in members] or sorted(members)
    _add_prosecutions(work, hearing, chosen, command.status, set(command.absent))
    if command.note:
        tier = NoteTier(command.tier) if command.tier else NoteTier.ORGANISATION
        add_note(work, case, AddNote(text=command.note, tier=tier), ("hearing", hearing.id))
    touched = [hearing.id]
    if hearing.next_on is not None:
        touched.append(_plan_next(work, hearing, chosen).id)
    refresh_hearings(work, touched)
    work.owe_index([case.id])
    return hearing


def record_outcome(work: Work, hearing: Hearing, command: RecordOutcome) -> Hearing:
    """Say what became of a hearing; plan the next one if a date was given. Raises Invalid."""
    check_outcome(hearing.scheduled_on, command)
    _check_reason(work, command.adjournment_reason)
    work.edit(hearing)
    hearing.status = command.status
    hearing.adjournment_reason_id = command.adjournment_reason
    hearing.next_on = command.next.first if command.next else None
    case = work.session.get_one(Case, hearing.case_id)
    if command.note:
        add_note(work, case, AddNote(text=command.note), ("hearing", hearing.id))
    touched = [hearing.id]
    if hearing.next_on is not None and not _is_planned(work, hearing):
        about = [row.prosecution_id for row in current_rows(work.session, hearing)]
        still_here = members_of(work, case)  # who was severed since has hearings elsewhere
        members = [key for key in about if key in still_here]
        touched.append(_plan_next(work, hearing, members or about).id)
    refresh_hearings(work, touched)
    work.owe_index([case.id])
    return hearing


def check_hearing_of(work: Work, case: Case, command: RecordHearing | CorrectHearing) -> None:
    """Refuse a kind, reason or court that a hearing of this case can't have. Raises Invalid."""
    if command.kind not in HEARING_KINDS:
        raise Invalid({"kind": _("Choose the kind of hearing")})
    _check_reason(work, command.adjournment_reason)
    if command.institution is None:
        return
    court = work.session.get(Institution, command.institution)
    fits = court is not None and court.jurisdiction_id == case.jurisdiction_id
    if not fits or court is None or court.kind is not InstitutionKind.COURT:
        raise Invalid({"institution": _("Choose a court from the list")})


def _check_reason(work: Work, reason_id: int | None) -> None:
    if reason_id is None:
        return
    reason = work.session.get(Reason, reason_id)
    if reason is None or reason.purpose != "adjournment":
        raise Invalid({"adjournment_reason": _("Choose why the hearing was adjourned")})


def members_of(work: Work, case: Case) -> set[int]:
    """Return the prosecutions that belong to a case now."""
    return set(
        work.session.scalars(
            select(ProsecutionCase.prosecution_id).where(
                ProsecutionCase.case_id == case.id, ProsecutionCase.rev_to.is_(None)
            )
        )
    )


def _add_prosecutions(
    work: Work, hearing: Hearing, ids: Iterable[int], status: HearingStatus, absent: set[int]
) -> None:
    took_place = status in (HearingStatus.HELD, HearingStatus.ADJOURNED)
    for prosecution_id in ids:
        if prosecution_id in absent:
            presence = Presence.ABSENT
        else:
            presence = Presence.PRESENT if took_place and absent else Presence.UNKNOWN
        work.add(
            HearingProsecution(
                hearing_id=hearing.id, prosecution_id=prosecution_id, presence=presence
            )
        )


def current_rows(session: Session, hearing: Hearing) -> list[HearingProsecution]:
    """Return which prosecutions the hearing deals with now."""
    return list(
        session.scalars(
            select(HearingProsecution).where(
                HearingProsecution.hearing_id == hearing.id, HearingProsecution.rev_to.is_(None)
            )
        )
    )


def _plan_next(work: Work, hearing: Hearing, members: Iterable[int]) -> Hearing:
    assert hearing.next_on is not None
    following = work.add(
        Hearing(
            public_code=new_public_code("H"),
            case_id=hearing.case_id,
            institution_id=hearing.institution_id,
            kind=hearing.kind,
            scheduled_on=hearing.next_on,
            status=HearingStatus.SCHEDULED,
            organisation_id=work.organisation_id,
        )
    )
    _add_prosecutions(work, following, members, HearingStatus.SCHEDULED, set())
    return following


def _is_planned(work: Work, hearing: Hearing) -> bool:
    """Say whether a hearing of this case is already planned for the next date."""
    found = work.session.scalar(
        select(Hearing.id).where(
            Hearing.case_id == hearing.case_id,
            Hearing.scheduled_on == hearing.next_on,
            Hearing.voided.is_(False),
        )
    )
    return found is not None
