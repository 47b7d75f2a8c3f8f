"""Corrections: an entry is taken back because it was typed wrong, and stays visible with why."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from courtwatch.commands.cases import AddNote
from courtwatch.commands.parsing import Invalid, When
from courtwatch.commands.steps import AddAccount, CorrectEntry
from courtwatch.models import (
    Case,
    Charge,
    Event,
    EventAccount,
    EventTarget,
    Hearing,
    ReasonAssessed,
    ReasonStated,
    Sentence,
)
from courtwatch.models.vocabulary import AccountSource, EventStatus
from courtwatch.services.facts import refresh
from courtwatch.services.hearing_facts import refresh_hearings
from courtwatch.services.messages import _
from courtwatch.services.open_case import add_note
from courtwatch.services.record_hearing import current_rows
from courtwatch.services.record_step import add_account_row
from courtwatch.services.work import Work

_RANK = {
    AccountSource.OFFICIAL_REGISTER: 0,
    AccountSource.COURT_DOCUMENT: 0,
    AccountSource.SEEN_IN_COURT: 1,
    AccountSource.TOLD: 2,
    AccountSource.MEDIA: 3,
    AccountSource.IMPORT: 4,
}


def void_event(work: Work, event: Event, command: CorrectEntry) -> list[int]:
    """Take an event back. Charges that it alone filed go with it. Returns the prosecutions.

    Raises Invalid if it was taken back already.
    """
    if event.rev_to is not None:
        raise Invalid({"": _("This entry was already corrected")})
    targets = _targets(work, event)
    event.status = EventStatus.VOIDED
    event.void_reason = command.reason
    work.close([event])
    _close_dependents(work, targets)
    for target in targets:
        if target.new and target.charge_id is not None:
            charge = work.edit(work.session.get_one(Charge, target.charge_id))
            charge.voided = True
    touched = sorted({target.prosecution_id for target in targets})
    refresh(work, touched)
    if command.remark:
        _remark(work, event.case_id, command.remark, ("correction", event.id))
    return touched


def _targets(work: Work, event: Event) -> list[EventTarget]:
    query = select(EventTarget).where(EventTarget.event_id == event.id).order_by(EventTarget.id)
    return list(work.session.scalars(query))


def _close_dependents(work: Work, targets: list[EventTarget]) -> None:
    """Close the reasons and sentences that hang on an event."""
    ids = [target.id for target in targets]
    for model in (ReasonStated, ReasonAssessed, Sentence):
        rows: Any = work.session.scalars(
            select(model).where(model.target_id.in_(ids), model.rev_to.is_(None))
        )
        work.close(rows)


def _remark(work: Work, case_id: int, text: str, subject: tuple[str, int]) -> None:
    case = work.session.get_one(Case, case_id)
    add_note(work, case, AddNote(text=text), subject)


def void_hearing(work: Work, hearing: Hearing, command: CorrectEntry) -> None:
    """Take a hearing back that was put in by mistake. Raises Invalid if it was already."""
    if hearing.voided:
        raise Invalid({"": _("This entry was already corrected")})
    work.edit(hearing)
    hearing.voided = True
    hearing.void_reason = command.reason
    work.close(current_rows(work, hearing))
    refresh_hearings(work, [hearing.id])
    work.owe_index([hearing.case_id])
    if command.remark:
        _remark(work, hearing.case_id, command.remark, ("hearing_correction", hearing.id))


def add_account(work: Work, event: Event, command: AddAccount) -> EventAccount:
    """Add what one more source says. If the rule prefers it, the event takes its day.

    Official before seen before told, else the earliest recorded. An explicit choice stands.
    """
    if event.rev_to is not None:
        raise Invalid({"": _("This entry was corrected; add the account to the entry that holds")})
    account = add_account_row(work, event, command.occurred, command.source)
    account.reliability = command.reliability
    preferred = effective_account(work, event)
    if preferred is not None and event.chosen_account_id is None:
        _redate(work, event, preferred)
    return account


def effective_account(work: Work, event: Event) -> EventAccount | None:
    """Return the account whose day holds by the rule; an account without a day never does."""
    accounts = work.session.scalars(
        select(EventAccount).where(EventAccount.event_id == event.id, EventAccount.rev_to.is_(None))
    )
    dated = [account for account in accounts if account.occurred_from is not None]
    return min(dated, key=lambda a: (_RANK[a.source], a.id), default=None)


def _redate(work: Work, event: Event, account: EventAccount) -> None:
    """Give an event the day of an account: the old row is closed, a new one takes its place."""
    when = When(account.occurred_from, account.occurred_to, account.precision)
    if (event.occurred_from, event.occurred_to) == (when.first, when.last):
        return
    fresh = work.add(
        Event(
            case_id=event.case_id,
            step=event.step,
            institution_id=event.institution_id,
            hearing_id=event.hearing_id,
            occurred_from=when.first,
            occurred_to=when.last,
            precision=when.precision,
            time=event.time,
            sequence=event.sequence,
            entry_stage=event.entry_stage,
            mode=event.mode,
            replaces_id=event.id,
            organisation_id=event.organisation_id,
            batch_id=event.batch_id,
        )
    )
    work.close([event])
    targets = _targets(work, event)
    _move_to(work, event, fresh, targets)
    refresh(work, sorted({target.prosecution_id for target in targets}))


def _move_to(work: Work, event: Event, fresh: Event, targets: list[EventTarget]) -> None:
    """Let accounts, targets, reasons and sentences of an event hang on its successor too.

    Targets are copied, so that the closed event still says what it named; what hangs on them is
    moved, because it is about the charge and not about the day.
    """
    accounts = select(EventAccount).where(EventAccount.event_id == event.id)
    for account in work.session.scalars(accounts):
        account.event_id = fresh.id
    for target in targets:
        copy = work.add(
            EventTarget(
                event_id=fresh.id,
                prosecution_id=target.prosecution_id,
                charge_id=target.charge_id,
                disposition=target.disposition,
                to_offence_id=target.to_offence_id,
                new=target.new,
            )
        )
        for model in (ReasonStated, ReasonAssessed, Sentence):
            table: Any = model.__table__
            work.session.execute(
                update(table).where(table.c.target_id == target.id).values(target_id=copy.id)
            )
