"""Record a step of the procedure: checked against the law as data, then derived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from courtwatch.commands.cases import AddNote
from courtwatch.commands.parsing import Invalid, When
from courtwatch.commands.steps import CheckUnchanged, NewCharge, RecordStep, SentenceGiven
from courtwatch.models import (
    Case,
    Charge,
    Event,
    EventAccount,
    EventTarget,
    Prosecution,
    ProsecutionCase,
    ReasonAssessed,
    ReasonStated,
    Sentence,
)
from courtwatch.models.vocabulary import AccountSource, Confidence
from courtwatch.services.fact_inputs import read_inputs, read_lookups
from courtwatch.services.facts import refresh
from courtwatch.services.messages import _
from courtwatch.services.open_case import add_note
from courtwatch.services.standing import Standing, make_standing, next_sequence
from courtwatch.services.step_rules import (
    TRIED,
    Target,
    check_form,
    check_order,
    check_place,
    filed_as,
    name_targets,
    step_of,
)
from courtwatch.services.work import Work
from workflows.elements import CHECKED_UNCHANGED, Step
from workflows.history import EventIn


def record_step(work: Work, prosecution: Prosecution, command: RecordStep) -> Event:
    """Record a step for a prosecution (and co-accused named in `also`). Raises Invalid.

    Everything is checked, for every prosecution named, before the first row is written.
    """
    connection = work.session.connection()
    lookups = read_lookups(connection)
    case_id, members = case_of(work, prosecution)
    ids = [prosecution.id, *(key for key in command.also if key in members)]
    inputs = read_inputs(connection, ids)
    standings = [make_standing(inputs[key], lookups) for key in dict.fromkeys(ids)]
    step = step_of(standings[0].machine, command.step)
    check_form(work, standings[0], step, command)
    targets = {s.inputs.prosecution.id: name_targets(s, step, command) for s in standings}
    for standing in standings:
        check_order(
            standing, step, command.occurred, targets[standing.inputs.prosecution.id], command
        )
    return write_step(work, case_id, step, command, standings, targets)


def case_of(work: Work, prosecution: Prosecution) -> tuple[int, set[int]]:
    """Return the prosecution's case and all prosecutions of that case."""
    case_id = work.session.scalars(
        select(ProsecutionCase.case_id).where(
            ProsecutionCase.prosecution_id == prosecution.id, ProsecutionCase.rev_to.is_(None)
        )
    ).one()
    members = work.session.scalars(
        select(ProsecutionCase.prosecution_id).where(
            ProsecutionCase.case_id == case_id, ProsecutionCase.rev_to.is_(None)
        )
    )
    return case_id, set(members)


def write_step(
    work: Work,
    case_id: int,
    step: Step,
    command: RecordStep,
    standings: Sequence[Standing],
    targets: Mapping[int, list[Target]],
    each: Mapping[int, RecordStep] | None = None,
    sequence: int | None = None,
) -> Event:
    """Write a step that was checked, and derive the facts again.

    `each`: what differs between prosecutions (sentence, reasons). `sequence`: the place within the
    day, where several entries are written at once; else after all that is there.
    """
    when = command.occurred
    if sequence is None:
        sequence = max(next_sequence(s, when) for s in standings)
    event = work.add(
        Event(
            case_id=case_id,
            step=step.name,
            institution_id=command.institution,
            hearing_id=command.hearing,
            occurred_from=when.first,
            occurred_to=when.last,
            precision=when.precision,
            time=None if command.hour is None else f"{command.hour:02d}:00",
            sequence=sequence,
            mode=command.mode,
            organisation_id=work.organisation_id,
        )
    )
    add_account_row(work, event, when, command.source, command)
    for standing in standings:
        prosecution_id = standing.inputs.prosecution.id
        for target in targets[prosecution_id]:
            own = (each or {}).get(prosecution_id, command)
            _write_target(work, event, standing, target, own)
    if command.note:
        case = work.session.get_one(Case, case_id)
        add_note(work, case, AddNote(text=command.note), ("event", event.id))
    refresh(work, [s.inputs.prosecution.id for s in standings])
    return event


def _write_target(
    work: Work, event: Event, standing: Standing, target: Target, command: RecordStep
) -> None:
    prosecution_id = standing.inputs.prosecution.id
    procedure = standing.machine.procedure
    charge_id = target.charge_id
    if target.new is not None:
        charge_id = _file_charge(work, standing, target.new).id
    row = work.add(
        EventTarget(
            event_id=event.id,
            prosecution_id=prosecution_id,
            charge_id=charge_id,
            disposition=target.disposition,
            to_offence_id=target.to_offence_id,
            new=target.new is not None,
        )
    )
    step = procedure.step(event.step)
    disposition = target.disposition or step.disposition
    convicted = disposition is not None and procedure.disposition(disposition).conviction
    if not convicted:
        add_reasons(work, row, command.reason_stated, command.reason_assessed, command.confidence)
    if command.sentence is not None and (convicted or disposition is None):
        add_sentence(work, row, command.sentence)


def _file_charge(work: Work, standing: Standing, new: NewCharge) -> Charge:
    kind, parent_id = filed_as(standing, new)
    return work.add(
        Charge(
            prosecution_id=standing.inputs.prosecution.id,
            kind=kind,
            offence_id=new.offence,
            exploitation=new.exploitation,
            parent_id=parent_id,
        )
    )


def add_reasons(
    work: Work,
    target: EventTarget,
    stated: Sequence[int],
    assessed: int | None,
    confidence: Confidence,
) -> None:
    """Add reasons to how a charge ended: the first stated one is the primary."""
    for number, reason_id in enumerate(dict.fromkeys(stated)):
        work.add(ReasonStated(target_id=target.id, reason_id=reason_id, primary=number == 0))
    if assessed is not None:
        work.add(
            ReasonAssessed(
                target_id=target.id,
                organisation_id=work.organisation_id,
                reason_id=assessed,
                confidence=confidence,
            )
        )


def add_sentence(work: Work, target: EventTarget, given: SentenceGiven) -> Sentence:
    """Add a sentence or compensation to a convicted charge."""
    return work.add(
        Sentence(
            target_id=target.id,
            kind=given.kind,
            length_days=given.length_days,
            length_as_given=given.length_as_given,
            suspended_days=given.suspended_days,
            fine_amount=given.fine,
            compensation_awarded=given.compensation_awarded,
            compensation_paid=given.compensation_paid,
            currency=given.currency,
        )
    )


def add_account_row(
    work: Work, event: Event, when: When, source: AccountSource, command: RecordStep | None = None
) -> EventAccount:
    """Add who told of an event."""
    account = EventAccount(
        event_id=event.id,
        organisation_id=work.organisation_id,
        user_id=work.actor.user_id,
        source=source,
        occurred_from=when.first,
        occurred_to=when.last,
        precision=when.precision,
    )
    if command is not None:
        account.reliability = command.reliability
    return work.add(account)


def check_unchanged(work: Work, case: Case, command: CheckUnchanged) -> Event:
    """Record that somebody looked on a day and nothing had changed, for all open prosecutions."""
    members = work.session.scalars(
        select(ProsecutionCase.prosecution_id)
        .where(ProsecutionCase.case_id == case.id, ProsecutionCase.rev_to.is_(None))
        .order_by(ProsecutionCase.prosecution_id)
    ).all()
    connection = work.session.connection()
    lookups = read_lookups(connection)
    found = read_inputs(connection, members)
    standings = [make_standing(found[key], lookups) for key in members if key in found]
    open_ = [s for s in standings if s.state.live or s.state.suspended]
    if not open_:
        raise Invalid({"": _("No prosecution of this case is open; record the first step instead")})
    when = command.occurred
    sequence = max(next_sequence(s, when) for s in open_)
    for standing in open_:
        check_place(standing, EventIn(TRIED, CHECKED_UNCHANGED, when.first, when.last, sequence))
    event = work.add(
        Event(
            case_id=case.id,
            step=CHECKED_UNCHANGED,
            occurred_from=when.first,
            occurred_to=when.last,
            precision=when.precision,
            sequence=sequence,
            organisation_id=work.organisation_id,
        )
    )
    add_account_row(work, event, when, command.source)
    for standing in open_:
        work.add(EventTarget(event_id=event.id, prosecution_id=standing.inputs.prosecution.id))
    refresh(work, [s.inputs.prosecution.id for s in open_])
    return event
