"""Corrections: what was typed wrong is put right in one act, and stays visible with who and why.

"We typed it wrong" is not "the court changed its mind": that is another step. A corrected event is
closed as voided and another row names it in `replaces_id`; a corrected hearing is edited and keeps
its earlier state in its past, because observations and steps point at it. Each act is one
`Correction` row under one revision, which says who and when.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from courtwatch.commands.cases import AddNote
from courtwatch.commands.corrections import CorrectEvent
from courtwatch.commands.parsing import Invalid
from courtwatch.commands.steps import CorrectEntry
from courtwatch.models import (
    Case,
    Charge,
    Correction,
    Event,
    ReasonAssessed,
    ReasonStated,
    Sentence,
)
from courtwatch.models.vocabulary import ChargeKind, EventStatus
from courtwatch.services.correction_act import CorrectionAct, PlannedTarget
from courtwatch.services.entry_rows import TargetPlan, close_dependents, succeed, targets_of
from courtwatch.services.event_accounts import rank
from courtwatch.services.facts import refresh
from courtwatch.services.messages import _
from courtwatch.services.open_case import add_note
from courtwatch.services.record_step import add_reasons, add_sentence
from courtwatch.services.work import Work
from workflows.elements import MOVED_TO_VERSION

EVENT, HEARING = "event", "hearing"
CORRECTED_ALREADY = _("This entry was already corrected")
MOVED = _(
    "This entry says that the case was moved to another version of the procedure. It is not "
    "corrected here: an administrator moves the case back."
)


def note_correction(
    work: Work, case_id: int, subject: str, row_id: int, by_id: int | None, kind: str
) -> Correction:
    """Keep that one act put a row right: which row, what holds in its place, what was wrong."""
    row = Correction(
        case_id=case_id,
        subject=subject,
        row_id=row_id,
        by_id=by_id,
        kind=kind,
        revision_id=work.revision_id,
    )
    return work.add(row)


def refuse_moved_or_corrected(event: Event) -> None:
    """Raise Invalid for an entry that was corrected already, or that nobody entered."""
    if event.rev_to is not None:
        raise Invalid({"": CORRECTED_ALREADY})
    if event.step == MOVED_TO_VERSION:
        raise Invalid({"": MOVED})


def remark(work: Work, case_id: int, text: str, subject: tuple[str, int]) -> None:
    """Write why, as a note that the organisation alone reads."""
    case = work.session.get_one(Case, case_id)
    add_note(work, case, AddNote(text=text), subject)


def correct_event(work: Work, event: Event, command: CorrectEvent) -> Event | None:
    """Put an entry right, or take it back: one act. Returns the entry that holds, if one does.

    Everything is tried against the procedure before the first row is written; figures are derived
    once, for every prosecution that the entry was or is about. Raises Invalid.
    """
    refuse_moved_or_corrected(event)
    act = CorrectionAct(work, event, command)
    if command.entry is None:
        act.check_taking_back()
        void_event(work, event, CorrectEntry(reason=command.reason, remark=command.remark))
        return None
    act.plan()
    return _write(act)


def void_event(work: Work, event: Event, command: CorrectEntry) -> list[int]:
    """Take an event back. Charges that it alone filed go with it. Returns the prosecutions.

    Entries that rested on it may be left without a place; `correct_event` refuses that. Raises
    Invalid if it was taken back already.
    """
    refuse_moved_or_corrected(event)
    targets = targets_of(work.session, event.id)
    event.status = EventStatus.VOIDED
    event.void_reason = command.reason
    close_dependents(work, event)
    work.close([event])
    for target in targets:
        if target.new and target.charge_id is not None:
            work.edit(work.session.get_one(Charge, target.charge_id)).voided = True
    touched = sorted({target.prosecution_id for target in targets})
    note_correction(work, event.case_id, EVENT, event.id, None, command.reason)
    refresh(work, touched)
    if command.remark:
        remark(work, event.case_id, command.remark, ("correction", event.id))
    return touched


def _write(act: CorrectionAct) -> Event:
    work, event, command = act.work, act.event, act.command
    said, chosen = _restated(act)
    _change_charges(act)
    occurred = act.occurred
    made = succeed(
        work,
        event,
        {
            "step": act.entry.step,
            "institution_id": act.entry.institution,
            "occurred_from": occurred.first,
            "occurred_to": occurred.last,
            "precision": occurred.precision,
            "time": act.time,
            "sequence": act.sequence,
            "entry_stage": act.entry_stage,
            "mode": act.entry.mode or None,
        },
        [_target_plan(act, planned) for planned in act.planned],
        said,
        chosen,
    )
    event.status = EventStatus.VOIDED
    event.void_reason = command.reason
    for planned, target in zip(act.planned, made.targets, strict=True):
        convicted = _convicts(act, planned)
        entry = act.entry
        if not convicted:
            add_reasons(work, target, entry.reason_stated, entry.reason_assessed, entry.confidence)
        if entry.sentence is not None and convicted is not False:
            add_sentence(work, target, entry.sentence)
    note_correction(work, event.case_id, EVENT, event.id, made.event.id, command.reason)
    refresh(work, act.touched)
    if command.remark:
        remark(work, event.case_id, command.remark, ("correction", event.id))
    return made.event


def _change_charges(act: CorrectionAct) -> None:
    """Void charges that the entry does not file after all, give others their accused or offence."""
    work = act.work
    for key in act.leaving():
        work.edit(work.session.get_one(Charge, key)).voided = True
    for key, prosecution_id in act.moving().items():
        charge = work.edit(work.session.get_one(Charge, key))
        charge.prosecution_id = prosecution_id
        charge.parent_id = act.alleged_of(prosecution_id)
        charge.kind = ChargeKind.FILED  # what it took the place of is another accused's
    for key, offence_id in act.changed_offences().items():
        work.edit(work.session.get_one(Charge, key)).offence_id = offence_id
    work.session.flush()


def _target_plan(act: CorrectionAct, planned: PlannedTarget) -> TargetPlan:
    charge_id = planned.charge_id
    if planned.filing is not None:
        charge_id = act.work.add(
            Charge(
                prosecution_id=planned.prosecution_id,
                kind=ChargeKind.FILED,
                offence_id=planned.filing.offence,
                exploitation=planned.filing.exploitation,
                parent_id=act.alleged_of(planned.prosecution_id),
            )
        ).id
    values = {
        "prosecution_id": planned.prosecution_id,
        "charge_id": charge_id,
        "disposition": planned.disposition,
        "to_offence_id": planned.to_offence_id,
        "new": planned.new,
    }
    convicted, entry = _convicts(act, planned), act.entry
    own = act.work.actor.organisation_id

    def keeps(row: Any) -> bool:
        if isinstance(row, Sentence):
            return convicted is not False and entry.sentence is None
        if convicted:
            return False
        if isinstance(row, ReasonStated):
            return not entry.reason_stated
        mine = isinstance(row, ReasonAssessed) and row.organisation_id == own
        return not (mine and entry.reason_assessed)

    return TargetPlan(values, planned.origin.id if planned.origin else None, keeps)


def _convicts(act: CorrectionAct, planned: PlannedTarget) -> bool | None:
    """Say whether a charge ends in a conviction; None where it does not end at all."""
    step = act.step
    disposition = planned.disposition or (step.disposition if step else None)
    if disposition is None:
        return None
    return act.machine.procedure.disposition(disposition).conviction


def _restated(act: CorrectionAct) -> tuple[dict[int, Mapping[str, Any]], int | None]:
    """Return what the account that the entry rests on says after the correction.

    And which account then holds by choice: this one, where the rule would prefer another. Raises
    Invalid if the day is what another organisation's source says, which nobody typed wrong here.
    """
    event, held, occurred = act.event, act.held, act.occurred
    if held is None:
        return {}, None
    ours = {act.work.actor.organisation_id, event.organisation_id}
    redated = (occurred.first, occurred.last) != (event.occurred_from, event.occurred_to)
    if held.organisation_id not in ours:
        if redated:
            raise Invalid(
                {
                    "occurred-day": _(
                        "This day is what another organisation’s source says. Add what your source "
                        "says, or choose which account holds."
                    )
                }
            )
        return {}, None
    ends = {planned.disposition for planned in act.planned if planned.disposition}
    changes: dict[str, Any] = {
        "source": act.entry.source,
        "reliability": act.entry.reliability,
        "disposition": ends.pop() if len(ends) == 1 else None,
    }
    if redated:
        changes |= {
            "occurred_from": occurred.first,
            "occurred_to": occurred.last,
            "precision": occurred.precision,
        }
    dated = [(rank(one.source), one.id) for one in act.accounts if one.occurred_from is not None]
    dated = [item for item in dated if item[1] != held.id]
    if occurred.first is not None:
        dated.append((rank(act.entry.source), held.id))
    overruled = bool(dated) and min(dated)[1] != held.id
    return {held.id: changes}, held.id if overruled else None
