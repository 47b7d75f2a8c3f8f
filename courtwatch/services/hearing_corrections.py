"""A hearing is put right, or taken back: its address stays, its earlier state is in its past."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from courtwatch.commands.corrections import CorrectHearing
from courtwatch.commands.parsing import Invalid
from courtwatch.commands.steps import CorrectEntry
from courtwatch.models import Case, Event, Hearing, HearingProsecution
from courtwatch.models.vocabulary import HearingStatus, Presence, VoidReason
from courtwatch.services.corrections import (
    CORRECTED_ALREADY,
    HEARING,
    note_correction,
    remark,
)
from courtwatch.services.entry_rows import succeed, targets_of
from courtwatch.services.facts import refresh
from courtwatch.services.hearing_facts import refresh_hearings
from courtwatch.services.messages import _
from courtwatch.services.record_hearing import check_hearing_of, current_rows, members_of
from courtwatch.services.work import Work

_TOOK_PLACE = (HearingStatus.HELD, HearingStatus.ADJOURNED)


def correct_hearing(work: Work, hearing: Hearing, command: CorrectHearing) -> None:
    """Put a hearing right, or take it back, in one act. Raises Invalid."""
    if command.takes_back:
        following = planned_next(work.session, hearing) if command.also_next else None
        void_hearing(work, hearing, CorrectEntry(reason=command.reason, remark=command.remark))
        if following is not None:
            void_hearing(work, following, CorrectEntry(reason=command.reason))
        return
    if hearing.voided:
        raise Invalid({"": CORRECTED_ALREADY})
    case = work.session.get_one(Case, hearing.case_id)
    check_hearing_of(work, case, command)
    # Who was severed since may have been there all the same.
    members = members_of(work, case) | {
        row.prosecution_id for row in current_rows(work.session, hearing)
    }
    chosen = [key for key in command.prosecutions if key in members]
    if not chosen:
        raise Invalid({"prosecutions": _("Choose which accused the hearing concerned")})
    changed = _edit(work, hearing, command)
    changed = _set_prosecutions(work, hearing, chosen, set(command.absent)) or changed
    if not changed:
        raise Invalid(
            {
                "": _(
                    "Nothing differs from the hearing as it is. Change what was wrong, or choose "
                    "that it should not be there."
                )
            }
        )
    note_correction(work, case.id, HEARING, hearing.id, hearing.id, command.reason)
    refresh_hearings(work, [hearing.id])
    work.owe_index([case.id])
    if command.remark:
        remark(work, case.id, command.remark, ("hearing_correction", hearing.id))


def _edit(work: Work, hearing: Hearing, command: CorrectHearing) -> bool:
    """Give the hearing the columns as they should be. Says whether any differed."""
    next_on: date | None = command.next.first if command.next else None
    values = {
        "institution_id": command.institution,
        "kind": command.kind,
        "scheduled_on": command.scheduled.first,
        "scheduled_time": command.time,
        "status": command.status,
        "adjournment_reason_id": command.adjournment_reason,
        "next_on": next_on,
    }
    differing = {name: value for name, value in values.items() if getattr(hearing, name) != value}
    if differing:
        work.edit(hearing)
    for name, value in differing.items():
        setattr(hearing, name, value)
    work.session.flush()
    return bool(differing)


def _set_prosecutions(work: Work, hearing: Hearing, chosen: list[int], absent: set[int]) -> bool:
    """Close who it did not concern, add who it did. Says whether anything differed."""
    took_place = hearing.status in _TOOK_PLACE
    rows = {row.prosecution_id: row for row in current_rows(work.session, hearing)}
    changed = False
    for key in dict.fromkeys([*rows, *chosen]):
        row = rows.get(key)
        presence = _presence(row, key in absent, bool(absent), took_place)
        if row is not None and key in chosen and row.presence is presence:
            continue
        changed = True
        if row is not None:
            work.close([row])
        if key in chosen:
            work.add(
                HearingProsecution(hearing_id=hearing.id, prosecution_id=key, presence=presence)
            )
    work.session.flush()
    return changed


def _presence(
    row: HearingProsecution | None, absent: bool, some_absent: bool, took_place: bool
) -> Presence:
    """Return whether an accused was there; what is known stays where the form says nothing else."""
    if absent:
        return Presence.ABSENT
    if row is not None and row.presence is not Presence.ABSENT:
        return row.presence
    return Presence.PRESENT if took_place and (some_absent or row) else Presence.UNKNOWN


def void_hearing(work: Work, hearing: Hearing, command: CorrectEntry) -> None:
    """Take a hearing back that was put in by mistake. Raises Invalid if it was already.

    Steps that named it name no hearing any more.
    """
    if hearing.voided:
        raise Invalid({"": CORRECTED_ALREADY})
    work.edit(hearing)
    hearing.voided = True
    hearing.void_reason = VoidReason(command.reason)
    work.close(current_rows(work.session, hearing))
    _forget_hearing(work, hearing)
    note_correction(work, hearing.case_id, HEARING, hearing.id, None, command.reason)
    refresh_hearings(work, [hearing.id])
    work.owe_index([hearing.case_id])
    if command.remark:
        remark(work, hearing.case_id, command.remark, ("hearing_correction", hearing.id))


def _forget_hearing(work: Work, hearing: Hearing) -> None:
    query = select(Event).where(Event.hearing_id == hearing.id, Event.rev_to.is_(None))
    touched: set[int] = set()
    for event in work.session.scalars(query).all():
        touched |= {target.prosecution_id for target in targets_of(work.session, event.id)}
        succeed(work, event, {"hearing_id": None})
    if touched:
        refresh(work, touched)


def planned_next(session: Session, hearing: Hearing) -> Hearing | None:
    """Return the hearing that was planned as the next of this one, while nothing came of it."""
    if hearing.next_on is None:
        return None
    return session.scalars(
        select(Hearing)
        .where(
            Hearing.case_id == hearing.case_id,
            Hearing.scheduled_on == hearing.next_on,
            Hearing.status == HearingStatus.SCHEDULED,
            Hearing.voided.is_(False),
            Hearing.id != hearing.id,
        )
        .order_by(Hearing.id)
        .limit(1)
    ).one_or_none()
