"""Record one judgment of several accused: each charge its own end, each accused their own sentence.

The procedure knows conviction, acquittal and conviction in default as different steps. One
judgment therefore becomes one event for each step and way of judging that it contains, under one
revision, one after the other within its day. All of it is tried before the first row is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from courtwatch.commands.judgments import SENTENCE_FIELDS, ChargeEnd, Judged, RecordJudgment, at
from courtwatch.commands.parsing import Invalid
from courtwatch.commands.steps import NamedCharge, RecordStep
from courtwatch.models import Case, Event
from courtwatch.services.fact_inputs import Lookups, read_inputs, read_lookups
from courtwatch.services.messages import _
from courtwatch.services.record_step import write_step
from courtwatch.services.standing import Standing, make_standing, next_sequence
from courtwatch.services.step_rules import Target, check_form, check_order, name_targets
from courtwatch.services.what_if import TRIED, TriedTarget, with_event
from courtwatch.services.work import Work
from workflows.elements import CountsAs, Step, Track

_OF_ACCUSED = frozenset({"mode", *SENTENCE_FIELDS})
_ASKED_ELSEWHERE = frozenset({"reason", "new_charges"})


@dataclass(frozen=True)
class PossibleEnd:
    """One way in which a judgment can end a charge where it stands now."""

    step: Step
    disposition: str


@dataclass
class _Part:
    """One event of the judgment: a step, a way of judging, and who it is about."""

    step: Step
    mode: str | None
    standings: list[Standing] = field(default_factory=list)
    targets: dict[int, list[Target]] = field(default_factory=dict)
    commands: dict[int, RecordStep] = field(default_factory=dict)


def possible_ends(standing: Standing) -> dict[int, list[PossibleEnd]]:
    """Return how a judgment can end each charge now; charges that can't be judged are left out.

    What asks for reasons or new charges (a dismissal) is a step of its own.
    """
    found: dict[int, list[PossibleEnd]] = {}
    for charge in standing.inputs.charges:
        position = standing.state.positions.get(charge.id)
        if position is None or not position.live:
            continue
        stage = standing.stage_of(charge.id)
        offers = standing.machine.offers(stage, standing.state.custody, standing.facts)
        ends = [end for offer in offers if offer.allowed for end in _ends(standing, offer.step)]
        if ends:
            found[charge.id] = ends
    return found


def _ends(standing: Standing, step: Step) -> Iterator[PossibleEnd]:
    if step.track is not Track.MAIN or _ASKED_ELSEWHERE & set(step.requires):
        return
    for name in step.possible_dispositions:
        disposition = standing.machine.procedure.disposition(name)
        if disposition.counts_as is CountsAs.JUDGMENT:
            yield PossibleEnd(step, name)


def record_judgment(
    work: Work, case: Case, members: Sequence[int], command: RecordJudgment
) -> list[Event]:
    """Record what a judgment says of the accused of a case (`members`: its prosecutions).

    Raises Invalid naming the fields, of every accused at once; then nothing is written.
    """
    lookups = read_lookups(work.session.connection())
    inputs = read_inputs(work.session.connection(), members)
    standings = {key: make_standing(found, lookups) for key, found in inputs.items()}
    if not any(judged.ends for judged in command.accused):
        raise Invalid({_first_field(standings): _("Choose how at least one charge ended")})
    parts: dict[tuple[str, str | None], _Part] = {}
    errors: dict[str, Any] = {}
    for judged in command.accused:
        try:
            if judged.prosecution not in standings:
                raise Invalid({"": _("A charge was named that this accused does not have")})
            _try(work, standings[judged.prosecution], lookups, judged, command, parts)
        except Invalid as problem:
            errors |= _at_accused(problem.errors, judged)
    if errors:
        raise Invalid(errors)
    return _write(work, case, command, parts)


def _first_field(standings: Mapping[int, Standing]) -> str:
    charges = [key for standing in standings.values() for key in possible_ends(standing)]
    return f"end-{charges[0]}" if charges else ""


def _at_accused(errors: Mapping[str, Any], judged: Judged) -> dict[str, Any]:
    """Say at the fields of this accused what is wrong with them."""
    first = f"end-{judged.ends[0].charge}" if judged.ends else ""
    found = {}
    for name, words in errors.items():
        if name in _OF_ACCUSED:
            name = at(name, judged.prosecution)
        elif name.startswith("disposition-"):
            name = name.replace("disposition-", "end-", 1)
        elif name in ("", "charge", "offence-1", "reason_stated"):
            name = first
        found[name] = words
    return found


def _try(
    work: Work,
    standing: Standing,
    lookups: Lookups,
    judged: Judged,
    command: RecordJudgment,
    parts: dict[tuple[str, str | None], _Part],
) -> None:
    """Check all that is said of one accused, each step after those before it."""
    key = standing.inputs.prosecution.id
    possible = possible_ends(standing)
    _check_ends(judged, possible, standing)
    steps = {end.step.name: end.step for ends in possible.values() for end in ends}
    order = [step.name for step in standing.machine.procedure.steps]
    current = standing
    chosen = sorted({end.step for end in judged.ends}, key=order.index)
    for number, name in enumerate(chosen):
        step = steps[name]
        single = _as_step(step, judged, command, standing)
        check_form(work, current, step, single)
        targets = name_targets(current, step, single)
        check_order(current, step, command.occurred, targets, single)
        part = parts.setdefault((name, single.mode), _Part(step, single.mode))
        part.standings.append(standing)
        part.targets[key] = targets
        part.commands[key] = single
        current = _after(current, lookups, step, single, targets, number)


def _check_ends(
    judged: Judged, possible: Mapping[int, Sequence[PossibleEnd]], standing: Standing
) -> None:
    errors: dict[str, Any] = {}
    for end in judged.ends:
        fits = {(one.step.name, one.disposition) for one in possible.get(end.charge, ())}
        if (end.step, end.disposition) not in fits:
            errors[f"end-{end.charge}"] = _("Choose how this charge ended")
    if judged.sentence is not None and not any(_convicts(end, standing) for end in judged.ends):
        errors["sentence_kind"] = _("A sentence needs a charge of which this accused is convicted")
    if errors:
        raise Invalid(errors)


def _convicts(end: ChargeEnd, standing: Standing) -> bool:
    known = {one.name: one for one in standing.machine.procedure.dispositions}
    return end.disposition in known and known[end.disposition].conviction


def _as_step(
    step: Step, judged: Judged, command: RecordJudgment, standing: Standing
) -> RecordStep:
    """Return what the judgment says of one accused by one step."""
    own = [end for end in judged.ends if end.step == step.name]
    convicted = any(_convicts(end, standing) for end in own)
    return RecordStep(
        step=step.name,
        occurred=command.occurred,
        institution=command.institution,
        mode=step.modes[0] if len(step.modes) == 1 else (judged.mode if step.modes else None),
        charges=tuple(
            NamedCharge(
                charge=end.charge,
                disposition=end.disposition if step.dispositions else None,
                to_offence=end.to_offence if _convicts(end, standing) else None,
            )
            for end in own
        ),
        sentence=judged.sentence if convicted else None,
        source=command.source,
        reliability=command.reliability,
    )


def _after(
    standing: Standing,
    lookups: Lookups,
    step: Step,
    command: RecordStep,
    targets: Sequence[Target],
    number: int,
) -> Standing:
    """Return where the accused would stand after a step that is not written yet."""
    row = SimpleNamespace(
        id=TRIED + 1 + number,
        step=step.name,
        institution_id=command.institution,
        occurred_from=command.occurred.first,
        occurred_to=command.occurred.last,
        time=None,
        sequence=next_sequence(standing, command.occurred),
        entry_stage=None,
    )
    tried = [TriedTarget(t.charge_id, t.disposition, t.to_offence_id) for t in targets]
    return make_standing(with_event(standing.inputs, row, tried), lookups)


def _write(
    work: Work,
    case: Case,
    command: RecordJudgment,
    parts: Mapping[tuple[str, str | None], _Part],
) -> list[Event]:
    everyone = [standing for part in parts.values() for standing in part.standings]
    first = max(next_sequence(standing, command.occurred) for standing in everyone)
    order = [step.name for step in everyone[0].machine.procedure.steps]
    written = []
    ordered = sorted(parts.values(), key=lambda part: (order.index(part.step.name), str(part.mode)))
    for number, part in enumerate(ordered):
        single = next(iter(part.commands.values()))
        if number == 0 and command.note:
            single = single.model_copy(update={"note": command.note})
        written.append(
            write_step(
                work,
                case.id,
                part.step,
                single,
                part.standings,
                part.targets,
                part.commands,
                first + number,
            )
        )
    return written
