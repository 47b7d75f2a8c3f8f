"""What holds for every history of every procedure, legal or not."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.workflows.paths import day
from workflows import event_codes
from workflows.elements import CHECKED_UNCHANGED, FIRST_SEEN, START, Track
from workflows.history import ChargeIn, EventIn, ProsecutionState, TargetIn, derive
from workflows.machine import ProcedureMachine, machine_for
from workflows.procedure import load, names

MACHINES = [machine_for(load(name)) for name in names()]
CHARGES = (
    ChargeIn(1, "alleged"),
    ChargeIn(2, "filed", rank=1),
    ChargeIn(3, "filed", rank=0),
    ChargeIn(4, "requalified", parent=2, rank=1),
)
FILED = (ChargeIn(1, "filed"),)


@st.composite
def histories(draw: st.DrawFn) -> tuple[ProcedureMachine, list[EventIn]]:
    """Draw a procedure and up to twelve events on different days, mostly not legal."""
    machine = draw(st.sampled_from(MACHINES))
    law = machine.procedure
    steps = [*(step.name for step in law.steps), FIRST_SEEN, CHECKED_UNCHANGED]
    events: list[EventIn] = []
    fresh = [2, 3, 4]
    stage, custody = START, law.custody_initial
    for number in range(draw(st.integers(0, 12))):
        # Mostly what is permitted, so that long histories come about.
        permitted = machine.permitted(stage, custody) or tuple(steps)
        pool = permitted if draw(st.integers(0, 3)) > 0 else tuple(steps)
        name = str(draw(st.sampled_from(pool)))
        targets: tuple[TargetIn, ...] = ()
        entry = None
        if name == FIRST_SEEN:
            entry = draw(st.sampled_from([item.name for item in law.stages]))
        elif name != CHECKED_UNCHANGED and law.step(name).track is Track.MAIN:
            step = law.step(name)
            choice = draw(st.sampled_from(step.possible_dispositions or (None,)))
            files = step.files_charges or "to_offence" in step.requires
            named = draw(st.booleans())
            if files and fresh and named:
                targets = (TargetIn(fresh.pop(0), choice, new=True),)
            elif step.dispositions or named:
                charge_id = int(draw(st.integers(1, 4)))
                targets = (TargetIn(charge_id, choice),)
            stage = machine.table.get((stage, name), stage)
        else:
            custody = machine.custody_table.get((custody, name), custody)
        events.append(EventIn(number + 1, name, day(number), None, 0, targets, entry))
    return machine, events


def known(events: list[EventIn]) -> tuple[ChargeIn, ...]:
    """Return the allegation and the charges that these events file."""
    filed = {t.charge_id for e in events for t in e.targets if t.new}
    return tuple(c for c in CHARGES if c.id == 1 or c.id in filed)


@settings(max_examples=40, deadline=None)
@given(histories(), st.randoms(use_true_random=False))
def test_order_of_arrival_does_not_matter(drawn, rng: random.Random):
    """Where dates differ, events may come in any order."""
    machine, events = drawn
    shuffled = rng.sample(events, len(events))
    charges = known(events)
    state = derive(machine, charges, events)
    again = derive(machine, tuple(reversed(charges)), shuffled)
    assert again.positions == state.positions
    assert replace(again, unresolved=()) == replace(state, unresolved=())
    assert set(again.unresolved) == set(state.unresolved)


@settings(max_examples=40, deadline=None)
@given(histories(), st.data())
def test_voiding_and_recording_again_is_the_identity(drawn, data):
    """An entry that is voided and recorded again leaves everything as it was."""
    machine, events = drawn
    state = derive(machine, CHARGES, events)
    if events:
        gone = data.draw(st.sampled_from(events))
        without = [event for event in events if event.id != gone.id]
        derive(machine, CHARGES, without)
        assert derive(machine, CHARGES, [*without, gone]) == state


@settings(max_examples=40, deadline=None)
@given(histories())
def test_unresolved_events_count_for_nothing(drawn):
    """What has no legal place changes nothing: without it the state is the same."""
    machine, events = drawn
    state = derive(machine, CHARGES, events)
    filing = {e.id for e in events if any(t.new for t in e.targets)}
    out = {u.event_id for u in state.unresolved if u.whole} - filing
    kept = [event for event in events if event.id not in out]
    rest = tuple(u for u in state.unresolved if u.event_id not in out)
    assert derive(machine, CHARGES, kept) == replace(state, unresolved=rest)


@settings(max_examples=40, deadline=None)
@given(histories())
def test_a_state_agrees_with_itself(drawn):
    """Stage, liveness, outcome, dates and charges of a state never contradict each other."""
    machine, events = drawn
    state = derive(machine, known(events), events)
    law = machine.procedure
    _check_positions(law, state)
    if not any(e.entry_stage and not law.stage(e.entry_stage).first_instance for e in events):
        _check_ends(law, state)
    assert state.live == any(position.live for position in state.positions.values())
    if state.stage is not None:
        assert state.phase is law.stage(state.stage).phase
        assert state.stage in state.stage_days
    if state.outcome is not None:
        outcome = law.outcome(state.outcome)
        assert state.event_code == outcome.event_code
        deciding = state.positions[state.deciding_charge or 0]
        assert deciding.disposition in outcome.dispositions
    else:
        assert (state.event_code, state.ended_on, state.ended_by) == (0, None, None)
    for unresolved in state.unresolved:
        assert unresolved.why.en
        assert all(law.step(name) for name in unresolved.permitted)
    first = state.first_outcome
    if first is not None and first.event_code == event_codes.JUDGMENT:
        assert state.furthest_stage in law.judged_stages, "judged, and never came so far"
    dates = [event.day_from for event in events]
    assert state.last_verified is None or state.last_verified in dates


def _check_positions(law, state: ProsecutionState) -> None:
    for position in state.positions.values():
        if position.stage is None:
            assert not position.counted
            continue
        stage = law.stage(position.stage)
        assert position.live == (position.counted and stage.live)
        if stage.live and stage.first_instance:
            assert position.disposition is None
        if position.disposition is not None:
            law.disposition(position.disposition)


def _check_ends(law, state: ProsecutionState) -> None:
    """Unless it was first seen on appeal, every end is told and every prosecution has one."""
    counted = [p for p in state.positions.values() if p.counted and p.stage is not None]
    stages = [law.stage(p.stage or "") for p in counted]
    for position, stage in zip(counted, stages, strict=True):
        assert (position.disposition is None) == (stage.live and stage.first_instance)
    is_open = any(stage.live and stage.first_instance for stage in stages)
    assert (state.outcome is None) == (is_open or not counted)


@pytest.mark.parametrize("machine_", MACHINES, ids=names())
def test_every_legal_step_is_legal_both_ways(machine_):
    """Exhaustively: each entry of the table, after a first sight at its source."""
    for (source, name), target in machine_.table.items():
        if source == START or machine_.procedure.stage(source).terminal:
            continue
        step = machine_.procedure.step(name)
        events = [
            EventIn(1, FIRST_SEEN, day(0), None, 0, (), source),
            EventIn(
                2,
                name,
                day(1),
                None,
                0,
                (TargetIn(1, next(iter(step.possible_dispositions), None)),),
            ),
        ]
        state = derive(machine_, FILED, events)
        assert state.unresolved == ()
        assert state.positions[1].stage == target == machine_.apply(name, source)
