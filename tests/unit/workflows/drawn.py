"""Histories drawn at random: several charges, guards by facts, custody, first sights in the middle,
legal steps and illegal ones, days that are exact, vague, unknown or shared."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from hypothesis import strategies as st

from tests.unit.workflows.paths import day
from workflows.elements import CHECKED_UNCHANGED, FIRST_SEEN, Step, Track
from workflows.guards import AGE_BANDS
from workflows.history import ChargeIn, EventIn, TargetIn, derive_by_replay
from workflows.machine import ProcedureMachine, machine_for
from workflows.procedure import load, names

MACHINES = [machine_for(load(name)) for name in names()]
KINDS = ("filed", "amended", "requalified")


class History(NamedTuple):
    """What is derived from. prompt: every day is exact, and later than the one before."""

    machine: ProcedureMachine
    charges: tuple[ChargeIn, ...]
    events: tuple[EventIn, ...]
    facts: dict[str, object]
    prompt: bool

    def elsewhere(self, shift: int) -> History:
        """Return a history that differs in nothing but its days, its ids, and its charges' ids."""

        def charge(number: int) -> int:
            return number * 7 + shift

        return self._replace(
            charges=tuple(
                item._replace(
                    id=charge(item.id), parent=None if item.parent is None else charge(item.parent)
                )
                for item in self.charges
            ),
            events=tuple(
                item._replace(
                    id=item.id * 3 + shift,
                    day_from=item.day_from and item.day_from + timedelta(days=shift),
                    day_to=item.day_to and item.day_to + timedelta(days=shift),
                    targets=tuple(t._replace(charge_id=charge(t.charge_id)) for t in item.targets),
                )
                for item in self.events
            ),
        )


@st.composite
def facts(draw: st.DrawFn) -> dict[str, object]:
    """Draw what is known of an accused: mostly something that guards ask."""
    known: dict[str, object] = {}
    if draw(st.booleans()):
        known["age_band"] = draw(st.sampled_from(sorted(AGE_BANDS)))
    if draw(st.booleans()):
        classes = ("felony", "misdemeanour", "petty", "international_crime")
        known["offence_class"] = draw(st.sampled_from(classes))
    return known


@st.composite
def charges(draw: st.DrawFn) -> tuple[ChargeIn, ...]:
    """Draw the allegation and up to four charges, some of which replace another."""
    found = [ChargeIn(1, "alleged")] if draw(st.integers(0, 7)) else []
    for _ in range(draw(st.integers(0 if found else 1, 4))):
        kind = draw(st.sampled_from(KINDS))
        parent = None
        if found and (kind != "filed" or draw(st.booleans())):
            parent = draw(st.sampled_from(found)).id
        found.append(ChargeIn(len(found) + 1, kind, parent, draw(st.integers(0, 2))))
    return tuple(draw(st.permutations(found)))


@st.composite
def histories(draw: st.DrawFn, prompt: bool | None = None, most: int = 12) -> History:
    """Draw a history whose steps are mostly permitted where its charges stand by then."""
    machine = draw(st.sampled_from(MACHINES))
    known, given_facts = draw(charges()), draw(facts())
    prompt = draw(st.booleans()) if prompt is None else prompt
    unfiled = [charge.id for charge in known if charge.kind != "alleged"]
    events: list[EventIn] = []
    at = 0
    for number in range(1, draw(st.integers(0, most)) + 1):
        state = derive_by_replay(machine, known, events, given_facts)
        stages = [p.stage for p in state.positions.values() if p.counted and p.stage is not None]
        stage = draw(st.sampled_from(stages)) if stages else "start"
        name, entry, targets = draw(_step(machine, stage, state.custody, known, unfiled))
        unfiled = [cid for cid in unfiled if cid not in {t.charge_id for t in targets if t.new}]
        at += 1 + draw(st.integers(0, 40)) if prompt else draw(st.integers(0, 6))
        first: date | None = day(at)
        last: date | None = None
        sequence = 0
        if not prompt:
            last = day(at) + timedelta(days=draw(st.sampled_from((0, 0, 0, 3, 30))))
            sequence = draw(st.integers(0, 2))
            if draw(st.integers(0, 19)) == 0:
                first = last = None
        events.append(EventIn(number, name, first, last, sequence, targets, entry))
    return History(machine, known, tuple(events), given_facts, prompt)


@st.composite
def _step(
    draw: st.DrawFn,
    machine: ProcedureMachine,
    stage: str,
    custody: str,
    known: tuple[ChargeIn, ...],
    unfiled: list[int],
) -> tuple[str, str | None, tuple[TargetIn, ...]]:
    """Draw a step with its entry stage and its targets."""
    law = machine.procedure
    lot = draw(st.integers(0, 15))
    if lot == 0:
        return CHECKED_UNCHANGED, None, ()
    if lot == 1:
        entry = draw(st.sampled_from([item.name for item in law.stages]))
        some = draw(st.lists(st.sampled_from(known), unique=True, max_size=2))
        ends = st.sampled_from([None, *(item.name for item in law.dispositions)])
        return FIRST_SEEN, entry, tuple(TargetIn(c.id, draw(ends)) for c in some)
    if lot == 2:
        return "no_such_step", None, ()
    everything = tuple(step.name for step in law.steps)
    permitted = machine.permitted(stage, custody) if lot > 4 else ()
    name = draw(st.sampled_from(permitted or everything))
    step = law.step(name)
    if step.track is Track.CUSTODY:
        return name, None, ()
    return name, None, tuple(draw(_targets(step, known, unfiled)))


@st.composite
def _targets(
    draw: st.DrawFn, step: Step, known: tuple[ChargeIn, ...], unfiled: list[int]
) -> list[TargetIn]:
    """Draw which charges a step names, and how it ends them: mostly as the step may."""
    right = st.sampled_from(step.possible_dispositions or (None,))
    wrong = st.sampled_from(("convicted_as_charged", "no_such_disposition", None))
    ends = right if draw(st.integers(0, 7)) else wrong
    files = step.files_charges or "to_offence" in (*step.requires, *step.optional)
    if unfiled and (files if draw(st.integers(0, 7)) else not files):
        count = draw(st.integers(1, len(unfiled)))
        return [TargetIn(cid, draw(ends), True) for cid in unfiled[:count]]
    if not step.dispositions and draw(st.booleans()):
        return []
    some = draw(st.lists(st.sampled_from(known), unique=True, min_size=1, max_size=3))
    return [TargetIn(charge.id, draw(ends)) for charge in some]
