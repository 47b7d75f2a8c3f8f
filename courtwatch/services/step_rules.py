"""May this step be recorded? Checked before the first row is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from courtwatch.commands.parsing import Invalid, When
from courtwatch.commands.steps import NewCharge, RecordStep
from courtwatch.models import Hearing, Institution, Offence, Reason
from courtwatch.models.vocabulary import ChargeKind
from courtwatch.services.messages import _
from courtwatch.services.standing import (
    Standing,
    movable_charges,
    next_sequence,
    replaceable_charges,
)
from courtwatch.services.work import Work
from workflows.elements import Step, Text, Track
from workflows.errors import StepRefused
from workflows.history import ChargeIn, EventIn, TargetIn, derive
from workflows.machine import ProcedureMachine

TRIED = 2**62  # the id of an event that is only tried, later than every stored one


def step_of(machine: ProcedureMachine, name: str) -> Step:
    """Return the step that a form names. Raises Invalid for one the procedure does not have."""
    try:
        return machine.procedure.step(name)
    except KeyError as problem:
        raise Invalid(
            {"": _("This procedure has no step ${name}", mapping={"name": name})}
        ) from problem


def check_form(work: Work, standing: Standing, step: Step, command: RecordStep) -> None:
    """Refuse a form that lacks what the step requires, all fields at once.

    Hour and institution are asked for but may stay unknown: a monitor who meets a case late can't
    know the hour of an arrest, and a clock then says unknown.
    """
    errors: dict[str, object] = {}
    needs = set(step.requires)
    if "new_charges" in needs and not command.new_charges:
        errors["offence-1"] = _("Choose the offence that was charged")
    if "mode" in needs and command.mode is None:
        errors["mode"] = _("Choose how the judgment was given")
    if command.mode is not None and step.modes and command.mode not in step.modes:
        errors["mode"] = _("Choose how the judgment was given")
    if "reason" in needs and not command.reason_stated:
        errors["reason_stated"] = _("Choose the reason stated, or that none was given")
    if "sentence" in needs and command.sentence is None:
        errors["sentence_kind"] = _("Choose the kind of sentence")
    errors |= _check_references(work, standing, step, command)
    errors |= _check_charges(standing, step, command)
    if errors:
        raise Invalid(errors)


def _check_references(
    work: Work, standing: Standing, step: Step, command: RecordStep
) -> dict[str, object]:
    errors: dict[str, object] = {}
    jurisdiction_id = standing.inputs.prosecution.jurisdiction_id
    if command.institution is not None:
        institution = work.session.get(Institution, command.institution)
        actor = standing.machine.procedure.actor(step.actor)
        if institution is None or institution.jurisdiction_id != jurisdiction_id:
            errors["institution"] = _("Choose an institution from the list")
        elif actor.institution_kind not in (None, institution.kind):
            errors["institution"] = _(
                "This step is taken by: ${actor}", mapping={"actor": actor.label.en}
            )
    if command.hearing is not None:
        hearing = work.session.get(Hearing, command.hearing)
        case_id = standing.inputs.prosecution.case_id
        if hearing is None or hearing.voided or hearing.case_id != case_id:
            errors["hearing"] = _("Choose a hearing of this case")
    offences = [new.offence for new in command.new_charges]
    offences += [named.to_offence for named in command.charges if named.to_offence]
    for offence_id in offences:
        offence = work.session.get(Offence, offence_id)
        if offence is None or offence.jurisdiction_id != jurisdiction_id:
            errors["offence-1"] = _("Choose an offence from the list")
    reasons = [*command.reason_stated, command.reason_assessed]
    for field_name, reason_id in zip(
        ["reason_stated"] * len(command.reason_stated) + ["reason_assessed"], reasons, strict=True
    ):
        if reason_id is None:
            continue
        reason = work.session.get(Reason, reason_id)
        if reason is None or reason.purpose != "termination":
            errors[field_name] = _("Choose a reason from the list")
    return errors


def _check_charges(standing: Standing, step: Step, command: RecordStep) -> dict[str, object]:
    errors: dict[str, object] = {}
    possible = movable_charges(standing, step)
    for named in command.charges:
        field_name = f"disposition-{named.charge}"
        if named.charge not in {c.id for c in standing.inputs.charges}:
            errors["charge"] = _("A charge was named that this accused does not have")
        elif step.dispositions and named.disposition not in step.dispositions:
            errors[field_name] = _("Choose how this charge ended")
        elif "to_offence" in step.requires and named.to_offence is None:
            errors[f"to_offence-{named.charge}"] = _("Choose the new offence")
    if not command.charges and not errors and step.dispositions and possible:
        errors[f"disposition-{possible[0]}"] = _("Choose how at least one charge ended")
    if not command.charges and not errors and "to_offence" in step.requires and possible:
        errors[f"to_offence-{possible[0]}"] = _("Choose the new offence of at least one charge")
    replaceable = replaceable_charges(standing, step)
    for row, new in enumerate(command.new_charges, 1):
        if new.replaces is not None and new.replaces not in replaceable:
            errors[f"replaces-{row}"] = _("Choose a filed charge that is under way")
    return errors


@dataclass(frozen=True)
class Target:
    """What the step does to one charge; `new` for a charge that it files."""

    charge_id: int | None
    disposition: str | None = None
    to_offence_id: int | None = None
    new: NewCharge | None = None


def name_targets(standing: Standing, step: Step, command: RecordStep) -> list[Target]:
    """Return the charges that the step names for this prosecution."""
    if step.track is Track.CUSTODY:
        return [Target(None)]
    own = {c.id for c in standing.inputs.charges}
    named = [n for n in command.charges if n.charge in own]
    if named:
        targets = [Target(n.charge, n.disposition, n.to_offence) for n in named]
    else:
        same = {n.disposition for n in command.charges}
        choice = same.pop() if len(same) == 1 else None
        targets = [Target(key, choice) for key in movable_charges(standing, step)]
    if command.new_charges:
        # What is filed stands for the allegation and for what it replaces; a former charge moves
        # with it only where it was named.
        stood_for = {c.id for c in standing.inputs.charges if c.kind == ChargeKind.ALLEGED}
        stood_for |= {new.replaces for new in command.new_charges if new.replaces is not None}
        kept = {n.charge for n in named} - stood_for
        targets = [
            t for t in targets if not step.files_charges or t.disposition or t.charge_id in kept
        ]
        targets += [Target(None, new=new) for new in command.new_charges]
    return targets


def filed_as(standing: Standing, new: NewCharge) -> tuple[ChargeKind, int | None]:
    """Return how a charge is filed: in the place of one of this accused, or on the allegation."""
    charges = standing.inputs.charges
    if new.replaces is not None and new.replaces in {charge.id for charge in charges}:
        return ChargeKind.AMENDED, new.replaces
    return ChargeKind.FILED, next((c.id for c in charges if c.kind == ChargeKind.ALLEGED), None)


def check_order(
    standing: Standing,
    step: Step,
    occurred: When,
    targets: Sequence[Target],
    command: RecordStep,
) -> None:
    """Refuse a step that the law does not allow where it would stand. Raises Invalid.

    A step that comes last goes through the machine with its conditions. Any step is also tried in
    the whole history: it may not be unresolved, nor make another entry so.
    """
    last = standing.state.last_event_on
    if occurred.first is None or last is None or occurred.first >= last:
        _through_machine(standing, step, targets)
    charges = standing.inputs.charges_in()
    tried = []
    for number, target in enumerate(targets):
        charge_id = target.charge_id
        if target.new is not None:
            charge_id = -1 - number
            kind, parent = filed_as(standing, target.new)
            charges.append(ChargeIn(id=charge_id, kind=kind, parent=parent))
        if charge_id is not None:
            tried.append(TargetIn(charge_id, target.disposition, target.new is not None))
    event = EventIn(
        id=TRIED,
        step=step.name,
        day_from=occurred.first,
        day_to=occurred.last,
        sequence=next_sequence(standing, occurred),
        targets=tuple(tried),
        hour=command.hour,
    )
    check_place(standing, event, charges)


def check_place(
    standing: Standing, event: EventIn, charges: Sequence[ChargeIn] | None = None
) -> None:
    """Refuse an entry that has no place in the whole history, or takes another's. Raises Invalid.

    `charges`: those of the accused, with what the entry files (None: as they are).
    """
    events = [*standing.inputs.events_in(), event]
    known_charges = standing.inputs.charges_in() if charges is None else charges
    after = derive(standing.machine, known_charges, events, standing.facts)
    known = {u.event_id for u in standing.state.unresolved}
    for unresolved in after.unresolved:
        if unresolved.event_id == TRIED:
            raise refusal(standing, unresolved.why, unresolved.permitted, event.step)
        if unresolved.event_id not in known:
            raise refusal(standing, _LATER_ENTRY, ())


_LATER_ENTRY = Text(
    "An entry that is already recorded would no longer be possible after this step. "
    "Check the day, or correct the other entry first.",
    "ការកត់ត្រាដែលមានស្រាប់នឹងមិនអាចទៅរួចក្រោយជំហាននេះទេ។ សូមពិនិត្យកាលបរិច្ឆេទ ឬកែការកត់ត្រានោះជាមុនសិន។",
)


def _through_machine(standing: Standing, step: Step, targets: Sequence[Target]) -> None:
    facts = dict(standing.facts)
    if any(target.new for target in targets):
        facts["filed_charges"] = 1
    try:
        if step.track is Track.CUSTODY:
            standing.machine.apply_custody(step.name, standing.state.custody, facts)
            return
        moved = {t.charge_id if t.new is None else t.new.replaces for t in targets}
        stages = {standing.stage_of(key) for key in moved if key is not None}
        for stage in stages or {standing.stages[0]}:
            standing.machine.apply(step.name, stage, facts)
    except StepRefused as refused:
        raise refusal(standing, refused.why, refused.permitted, step.name) from refused


def refusal(standing: Standing, why: Text, permitted: Sequence[str], step: str = "") -> Invalid:
    """Say why a step is refused, by which article, and what is permitted instead.

    In both languages, each step with its article.
    """
    steps = {one.name: one for one in standing.machine.procedure.steps}
    english, khmer = why.en, why.get("km")
    if step in steps:
        english += f" The law on it: {_cited(steps[step], 'en')}."
        khmer += f" ច្បាប់ស្ដីពីជំហាននេះ៖ {_cited(steps[step], 'km')}។"
    allowed = [steps[name] for name in permitted if name in steps]
    if allowed:
        english += f" Permitted now: {'; '.join(_cited(one, 'en') for one in allowed)}."
        khmer += f" អាចធ្វើបានឥឡូវនេះ៖ {'; '.join(_cited(one, 'km') for one in allowed)}។"
    return Invalid({"": Text(english, khmer)})


def _cited(step: Step, language: str) -> str:
    return f"{step.label.get(language)} ({step.article})"
