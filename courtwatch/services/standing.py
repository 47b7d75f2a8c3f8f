"""Where a prosecution stands, and what the procedure permits next."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from courtwatch.commands.parsing import When
from courtwatch.models import ProcedureVersion, Prosecution
from courtwatch.models.vocabulary import ChargeKind
from courtwatch.services.fact_inputs import (
    Lookups,
    ProsecutionInputs,
    read_inputs,
    read_lookups,
)
from courtwatch.services.fact_rows import state_of
from workflows.elements import START, Step, Track
from workflows.history import ProsecutionState
from workflows.machine import Offer, ProcedureMachine
from workflows.procedure import Procedure, loads


@dataclass(frozen=True)
class Standing:
    """Where a prosecution stands: what is stored, what is derived, and its machine."""

    inputs: ProsecutionInputs
    state: ProsecutionState
    machine: ProcedureMachine
    facts: dict[str, object]

    def stage_of(self, charge_id: int) -> str:
        """Return the stage of a charge, `START` before its first step."""
        position = self.state.positions.get(charge_id)
        return (position.stage if position else None) or START

    @property
    def stages(self) -> tuple[str, ...]:
        """Return the stages of the charges that steps can move, most advanced first."""
        order = {s.name: s.order for s in self.machine.procedure.stages}
        held = {p.stage for p in self.state.positions.values() if p.counted and p.stage}
        return tuple(sorted(held or {START}, key=lambda name: -order.get(name, -1)))


def standing_of(session: Session, prosecution: Prosecution) -> Standing:
    """Read and derive where a prosecution stands."""
    connection = session.connection()
    lookups = read_lookups(connection)
    inputs = read_inputs(connection, [prosecution.id])[prosecution.id]
    return make_standing(inputs, lookups)


def make_standing(inputs: ProsecutionInputs, lookups: Lookups) -> Standing:
    """Derive where a prosecution stands from what was read."""
    state = state_of(inputs, lookups)
    filed = [c for c in inputs.charges if c.kind != ChargeKind.ALLEGED]
    facts = inputs.guard_facts(lookups.offences) | {
        "filed_charges": len(filed),
        "live_charges": sum(p.live for p in state.positions.values()),
        "custody": state.custody,
    }
    machine = lookups.machines[inputs.prosecution.procedure_version_id]
    return Standing(inputs, state, machine, facts)


def offers(standing: Standing) -> list[Offer]:
    """Return every step with whether it may be taken now by any charge, and if not, why."""
    best: dict[str, Offer] = {}
    for stage in standing.stages:
        for offer in standing.machine.offers(stage, standing.state.custody, standing.facts):
            earlier = best.get(offer.step.name)
            if earlier is None or (offer.allowed, offer.here) > (earlier.allowed, earlier.here):
                best[offer.step.name] = offer
    return list(best.values())


def movable_charges(standing: Standing, step: Step) -> list[int]:
    """Return the charges that a step moves when none is named: every live one in its `from`."""
    if step.track is Track.CUSTODY:
        return []
    found = [
        charge.id
        for charge in standing.inputs.charges
        if standing.stage_of(charge.id) in step.sources and _may_move(standing, charge.id)
    ]
    live = [
        charge_id
        for charge_id in found
        if (position := standing.state.positions.get(charge_id)) is None or position.live
    ]
    return live or found


def replaceable_charges(standing: Standing, step: Step) -> list[int]:
    """Return the filed charges under way whose place a charge that the step files may take."""
    if not step.files_charges:
        return []
    filed = {c.id for c in standing.inputs.charges if c.kind != ChargeKind.ALLEGED}
    positions = standing.state.positions
    return [
        key
        for key in movable_charges(standing, step)
        if key in filed and (position := positions.get(key)) is not None and position.live
    ]


def _may_move(standing: Standing, charge_id: int) -> bool:
    """A superseded charge has been replaced: it moves no more."""
    position = standing.state.positions.get(charge_id)
    if position is not None and position.stage is not None:
        return position.counted
    # Without a position: it waits at the beginning, unless another charge has gone ahead.
    return not any(p.stage for p in standing.state.positions.values())


def next_sequence(standing: Standing, occurred: When) -> int:
    """Return the place within its day: after whatever is recorded there."""
    same_day = [
        event.sequence
        for event in standing.inputs.events.values()
        if event.occurred_from == occurred.first
    ]
    return max(same_day, default=-1) + 1


def procedure_of(version: ProcedureVersion) -> Procedure:
    """Return the procedure of a stored version (parsed once per text)."""
    return loads(version.text, f"{version.name} {version.version}")
