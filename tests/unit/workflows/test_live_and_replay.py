"""Several charges step by step through the live machine, and all at once through the derivation.

The live side is a model of its own: where each charge stands, what each step finds, and what a
prosecution's end and its reopening mean, told from the procedure and the machine alone.
"""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.unit.workflows.drawn import MACHINES, facts
from tests.unit.workflows.paths import day
from workflows.elements import CHECKED_UNCHANGED, FIRST_SEEN, START, Step, Track
from workflows.errors import StepRefused
from workflows.history import ChargeIn, EventIn, TargetIn, derive, derive_by_replay, facts_for
from workflows.machine import ProcedureMachine

CHARGES = tuple(ChargeIn(number, "filed", rank=number % 2) for number in (1, 2, 3))


class SeveralCharges(RuleBasedStateMachine):
    """One to three filed charges, what is known of the accused, and any steps, legal or not."""

    machine: ProcedureMachine

    @initialize(machine=st.sampled_from(MACHINES), known=facts(), count=st.integers(1, 3))
    def begin(self, machine: ProcedureMachine, known: dict[str, object], count: int) -> None:
        """Choose a procedure, charges and what is known; nothing has happened."""
        self.machine = machine
        self.known = known
        self.charges = CHARGES[:count]
        self.stages = {charge.id: START for charge in self.charges}
        self.ends: dict[int, tuple[int, str]] = {}
        self.custody = machine.procedure.custody_initial
        self.events: list[EventIn] = []
        self.refused: set[tuple[int, int | None]] = set()
        self.first: tuple[int, str] | None = None
        self.reopened = False

    # -- what the model knows

    def _stage(self, name: str):
        return self.machine.procedure.stage(name)

    def _begun(self) -> bool:
        return self.stages[1] != START

    def _facts(self, entry: str | None = None) -> dict[str, object]:
        return {
            **self.known,
            "filed_charges": len(self.charges),
            "live_charges": sum(
                name != START and self._stage(name).live for name in self.stages.values()
            ),
            "custody": self.custody,
            "entry_stage": entry,
        }

    def _open(self) -> bool:
        return any(
            self._stage(name).live and self._stage(name).first_instance
            for name in self.stages.values()
        )

    def _add(self, name: str, targets: tuple[TargetIn, ...] = (), entry: str | None = None) -> int:
        number = len(self.events) + 1
        self.events.append(EventIn(number, name, day(number), None, 0, targets, entry))
        return number

    # -- what happens

    @rule(data=st.data())
    def take_a_permitted_step(self, data: st.DataObject) -> None:
        """Take a step that one of the charges may take now."""
        place = data.draw(st.sampled_from(sorted(set(self.stages.values()))))
        self._take(data, self.machine.permitted(place, self.custody, self._facts()))

    @rule(data=st.data())
    def take_any_step(self, data: st.DataObject) -> None:
        """Take any step, mostly an illegal one."""
        self._take(data, tuple(step.name for step in self.machine.procedure.steps))

    def _take(self, data: st.DataObject, names: tuple[str, ...]) -> None:
        if not names:
            return
        step = self.machine.procedure.step(data.draw(st.sampled_from(names)))
        if step.track is Track.CUSTODY:
            self._custody(step)
            return
        # All together at first: charges that nothing files are there from the beginning.
        named = (
            data.draw(st.lists(st.sampled_from(sorted(self.stages)), unique=True, min_size=1))
            if self._begun()
            else list(self.stages)
        )
        ends = st.sampled_from(step.possible_dispositions or (None,))
        targets = tuple(TargetIn(cid, data.draw(ends)) for cid in sorted(named))
        self._main(step, targets)

    def _custody(self, step: Step) -> None:
        number = self._add(step.name)
        try:
            self.custody = self.machine.apply_custody(step.name, self.custody, self._facts())
        except StepRefused:
            self.refused.add((number, None))

    def _main(self, step: Step, targets: tuple[TargetIn, ...]) -> None:
        number = self._add(step.name, targets)
        before, known = dict(self.ends), self._facts()
        moved: dict[int, str] = {}
        out = []
        for target in targets:
            try:
                stage = self.stages[target.charge_id]
                moved[target.charge_id] = self.machine.apply(step.name, stage, known)
            except StepRefused:
                out.append(target.charge_id)
        if not moved:
            self.refused.add((number, None))
            return
        self.refused.update((number, cid) for cid in out)
        for target in targets:
            if target.charge_id in moved:
                self._move(number, target.charge_id, moved[target.charge_id], target.disposition)
        self.custody = step.sets_custody or self.custody
        undone = {before[cid][0] for cid in moved if cid in before} if step.sets_aside else set()
        self._note_end(undone)

    def _move(self, number: int, cid: int, to: str, end: str | None) -> None:
        self.stages[cid] = to
        if self._stage(to).live and self._stage(to).first_instance:
            self.ends.pop(cid, None)
        if end is not None:
            self.ends[cid] = (number, end)

    def _note_end(self, undone: set[int]) -> None:
        if not self._open():
            self.first = self.first or self._end()
        elif self.first is not None:
            event, outcome = self.first
            law = self.machine.procedure
            passing = all(
                law.disposition(name).counts_as.neutral
                for name in law.outcome(outcome).dispositions
            )
            if event in undone or passing:
                self.first = None
            else:
                self.reopened = True

    def _end(self) -> tuple[int, str] | None:
        """The event that decides, and the outcome: the first in the declared order."""
        law = self.machine.procedure
        ends = [(cid, *end) for cid, end in self.ends.items()]
        weighty = [e for e in ends if not law.disposition(e[2]).counts_as.neutral] or ends
        order = [outcome.name for outcome in law.outcomes]
        ranked = sorted(
            (order.index(law.outcome_of(name).name), CHARGES[cid - 1].rank, cid, event)
            for cid, event, name in weighty
        )
        return (ranked[0][3], order[ranked[0][0]]) if ranked else None

    @rule(data=st.data())
    def see_first(self, data: st.DataObject) -> None:
        """Meet the prosecution at some stage, at first or in the middle."""
        entry = data.draw(st.sampled_from([stage.name for stage in self.machine.procedure.stages]))
        number = self._add(FIRST_SEEN, entry=entry)
        moving = [
            cid for cid, at in self.stages.items() if at == START or self._stage(at).live
        ]  # fmt: skip
        try:
            moved = {
                cid: self.machine.apply(FIRST_SEEN, self.stages[cid], self._facts(entry))
                for cid in moving
            }
        except StepRefused:
            moved = {}
        if not moved:
            self.refused.add((number, None))
            return
        for cid, to in moved.items():
            self._move(number, cid, to, None)
        self._note_end(set())

    @precondition(lambda self: hasattr(self, "events") and self._begun())
    @rule()
    def check(self) -> None:
        """Look, and find nothing changed."""
        self._add(CHECKED_UNCHANGED)

    @invariant()
    def both_agree(self) -> None:
        """Positions, ends, custody, reopening and each refusal are the same both ways."""
        if not hasattr(self, "events"):
            return
        state = derive(self.machine, self.charges, self.events, self.known)
        assert state == derive_by_replay(self.machine, self.charges, self.events, self.known)
        at = {cid: position.stage or START for cid, position in state.positions.items()}
        assert at == self.stages
        ends = {
            cid: (position.event_id, position.disposition)
            for cid, position in state.positions.items()
            if position.disposition is not None
        }
        assert ends == self.ends
        assert state.custody == self.custody
        assert facts_for(state, self.charges)["custody"] == self.custody
        refused = {(u.event_id, None if u.whole else u.charge_id) for u in state.unresolved}
        assert refused == self.refused
        first = state.first_outcome
        assert (first and (first.ended_event, first.outcome)) == self.first
        assert state.reopened == self.reopened
        for said in state.unresolved:
            assert said.why.en
            assert said.why.get("km")


SeveralCharges.TestCase.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
TestSeveralCharges = SeveralCharges.TestCase


def test_what_is_permitted_is_what_is_not_refused(machine):
    """Exhaustively, each step from each place of its track: it moves where the table says, or it
    raises with the steps that are permitted there, none of which is then refused."""
    for step in machine.procedure.steps:
        custody = step.track is Track.CUSTODY
        take = machine.apply_custody if custody else machine.apply
        table = machine.custody_table if custody else machine.table
        places = (
            [state.name for state in machine.procedure.custody]
            if custody
            else [START, *(stage.name for stage in machine.procedure.stages)]
        )
        for place in places:
            target = table.get((place, step.name))
            if target is not None:
                assert take(step.name, place) == target
                continue
            with pytest.raises(StepRefused) as caught:
                take(step.name, place)
            onward = [name for (source, name) in table if source == place]
            assert sorted(caught.value.permitted) == sorted(onward)
            assert caught.value.step == step.name
            assert caught.value.why.en
