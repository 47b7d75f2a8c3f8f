"""Every stage and every step of every procedure, reached from the beginning by real steps.

Each story begins with an allegation; steps that file charges file them, steps that end a charge say
how. It is told twice: step by step through the live machine, which is given what the record knows
at that moment, and as a whole through the replay.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.unit.workflows.paths import day, event
from workflows.elements import START, OutcomeGroup, Step, Track
from workflows.history import ChargeIn, EventIn, ProsecutionState, TargetIn, derive, facts_for
from workflows.machine import ProcedureMachine, machine_for
from workflows.procedure import load, names

MACHINES = {name: machine_for(load(name)) for name in names()}


class Told(NamedTuple):
    """A story as it is recorded: the charges, the events, and the charge that it follows."""

    charges: tuple[ChargeIn, ...]
    events: tuple[EventIn, ...]
    followed: int


def tell(machine: ProcedureMachine, steps: tuple[str, ...]) -> Told:
    """Return the record of these steps, one a day. A new charge is followed from its filing on."""
    charges = [ChargeIn(1, "alleged")]
    events = []
    for number, name in enumerate(steps):
        step = machine.procedure.step(name)
        here = charges[-1].id
        targets = [TargetIn(here, next(iter(step.possible_dispositions), None))]
        if "new_charges" in step.requires or (step.files_charges and here == 1):
            charges.append(ChargeIn(here + 1, "filed"))
            targets = [TargetIn(here + 1, targets[0].disposition, new=True)]
        elif "to_offence" in step.requires:
            charges.append(ChargeIn(here + 1, "requalified", parent=here))
            targets = [TargetIn(here + 1, new=True)]
        if step.track is Track.CUSTODY:
            targets = []
        events.append(event(number + 1, name, number, *targets))
    return Told(tuple(charges), tuple(events), charges[-1].id)


def replayed(machine: ProcedureMachine, told: Told) -> ProsecutionState:
    """Return the state that the replay derives; the law allowed all of it."""
    state = derive(machine, told.charges, told.events)
    assert state.unresolved == ()
    return state


def lived(machine: ProcedureMachine, told: Told) -> tuple[str, str]:
    """Return the stage and the custody at the end of the steps, each taken when its day came."""
    stage, custody = START, machine.procedure.custody_initial
    for count, each in enumerate(told.events):
        step = machine.procedure.step(each.step)
        new = {target.charge_id for target in each.targets if target.new}
        said = {target.charge_id for e in told.events[:count] for target in e.targets}
        known = [charge for charge in told.charges if charge.id in said]
        before = derive(machine, known, told.events[:count])
        facts = facts_for(before, known)
        facts["filed_charges"] = int(str(facts["filed_charges"])) + len(new)
        assert step.name in machine.permitted(stage, custody, facts)
        if step.track is Track.CUSTODY:
            custody = machine.apply_custody(step.name, custody, facts)
        else:
            stage = machine.apply(step.name, stage, facts)
            custody = step.sets_custody or custody
    return stage, custody


def ways(machine: ProcedureMachine) -> dict[tuple[str, bool], tuple[str, ...]]:
    """Return (place, whether a charge was filed) -> the shortest legal way to it."""
    files = {step.name for step in machine.procedure.steps if step.files_charges}
    asks = {step.name for step in machine.procedure.steps if "has_charges" in step.guards}
    found: dict[tuple[str, bool], tuple[str, ...]] = {(START, False): ()}
    todo = deque(found)
    while todo:
        here, filed = todo.popleft()
        for (source, name), target in machine.table.items():
            then = (target, filed or name in files)
            if source == here and (filed or name not in asks) and then not in found:
                found[then] = (*found[here, filed], name)
                todo.append(then)
    return found


def way_to(
    found: dict[tuple[str, bool], tuple[str, ...]], source: str, step: Step
) -> tuple[str, ...]:
    """Return the shortest way to a source at which the step can be taken."""
    kinds = [True] if "has_charges" in step.guards else [False, True]
    return min((found[source, k] for k in kinds if (source, k) in found), key=len)


def main_stories(machine: ProcedureMachine) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield (step, target, steps that end with it) for each entry of the table."""
    found = ways(machine)
    for (source, name), target in machine.table.items():
        yield name, target, (*way_to(found, source, machine.procedure.step(name)), name)


def custody_stories(machine: ProcedureMachine) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield the same for the custody track, whose states steps of the main track can set too."""
    paths: dict[str, tuple[str, ...]] = {machine.procedure.custody_initial: ()}
    for name, _, steps in main_stories(machine):
        sets = machine.procedure.step(name).sets_custody
        if sets is not None:
            paths.setdefault(sets, steps)
    todo = deque(paths)
    while todo:
        here = todo.popleft()
        for (source, name), target in machine.custody_table.items():
            if source == here and target not in paths:
                paths[target] = (*paths[here], name)
                todo.append(target)
    for (source, name), target in machine.custody_table.items():
        yield name, target, (*paths[source], name)


@pytest.mark.parametrize("name", names())
def test_every_stage_and_every_move_has_a_history(name):
    """From the beginning, by real steps; live and replayed; each step of the file at least once."""
    machine = MACHINES[name]
    reached: set[str] = set()
    taken: set[str] = set()
    for step, target, steps in main_stories(machine):
        told = tell(machine, steps)
        state = replayed(machine, told)
        position = state.positions[told.followed]
        assert position.stage == target, steps
        assert lived(machine, told) == (target, state.custody), steps
        assert state.last_event_on == day(len(steps) - 1)
        assert state.entered_on == day(0)
        reached.add(target)
        taken.add(step)
    declared = machine.procedure
    assert reached == {stage.name for stage in declared.stages}
    assert taken == {step.name for step in declared.steps if step.track is Track.MAIN}


@pytest.mark.parametrize("name", names())
def test_every_state_of_custody_and_every_move_has_a_history(name):
    """Also the states that only a step of the main track brings about."""
    machine = MACHINES[name]
    reached = {machine.procedure.custody_initial}
    taken: set[str] = set()
    for step, target, steps in custody_stories(machine):
        told = tell(machine, steps)
        state = replayed(machine, told)
        assert state.custody == target
        assert lived(machine, told)[1] == target
        reached.add(target)
        taken.add(step)
    declared = machine.procedure
    reached |= {step.sets_custody for step in declared.steps if step.sets_custody}
    assert reached == {state.name for state in declared.custody}
    assert taken == {step.name for step in declared.steps if step.track is Track.CUSTODY}


def ends(machine: ProcedureMachine) -> Iterator[tuple[Step, str]]:
    """Yield each step with each end that it can give."""
    for step in machine.procedure.steps:
        for disposition in step.possible_dispositions:
            yield step, disposition


@pytest.mark.parametrize("name", names())
def test_every_end_is_given_from_every_source_and_counts_as_declared(name):
    """It decides the outcome as soon as no other charge is open at first instance."""
    machine = MACHINES[name]
    found = ways(machine)
    given: set[str] = set()
    for step, disposition in ends(machine):
        for source, target in step.moves:
            told = tell(machine, way_to(found, source, step))
            before = replayed(machine, told).positions.values()
            there = [each.charge_id for each in before if each.counted and each.stage == source]
            targets = [TargetIn(number, disposition) for number in there or [told.followed]]
            last = event(99, step.name, 99, *targets)
            state = replayed(machine, told._replace(events=(*told.events, last)))
            position = state.positions[told.followed]
            assert (position.stage, position.disposition) == (target, disposition)
            outcome = machine.procedure.outcome_of(disposition)
            others = [c for c in state.positions.values() if c.counted and c.disposition is None]
            if others:
                assert (state.outcome, state.event_code) == (None, 0)
                continue
            assert (state.outcome, state.event_code) == (outcome.name, outcome.event_code)
            if outcome.group is OutcomeGroup.JUDGMENT:
                assert state.furthest_stage in machine.procedure.judged_stages
            given.add(disposition)
    assert given == {item.name for item in machine.procedure.dispositions}
