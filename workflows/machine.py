"""A procedure as one `transitions` machine, shared by everything that moves.

The machine is compiled once per procedure (by the hash of its text) and holds both tracks: stages
under their names, custody states under `custody.NAME`. Guards are its conditions: pure predicates
over the facts that come with a trigger. Callbacks have no side effects and automatic transitions
are off, so the only ways through are the declared ones. A live step goes through the machine with
`apply` or `apply_custody`; bulk replay uses `table` and `custody_table`, which are read out of the
same machine.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from types import MappingProxyType

from transitions import Machine, MachineError

from workflows.elements import (
    BUILT_IN_STEPS,
    CHECKED_UNCHANGED,
    FIRST_SEEN,
    MOVED_TO_VERSION,
    START,
    Step,
    Text,
    Track,
)
from workflows.errors import StepRefused
from workflows.guards import GUARDS, Facts, refusal
from workflows.procedure import Procedure

_CUSTODY = "custody."
NO_FACTS: Facts = MappingProxyType({})

BUILT_IN_LABELS: Mapping[str, Text] = MappingProxyType(
    {
        FIRST_SEEN: Text("First seen at this stage", "ឃើញដំបូងនៅដំណាក់កាលនេះ"),
        CHECKED_UNCHANGED: Text("Checked, nothing changed", "បានពិនិត្យ គ្មានអ្វីផ្លាស់ប្ដូរ"),
        MOVED_TO_VERSION: Text(
            "Moved to another version of the procedure", "បានផ្លាស់ទៅកំណែផ្សេងនៃនីតិវិធី"
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Offer:
    """A step, whether it may be taken now, and if not, why.

    `here` tells a step that starts at the present position but is refused by a guard from one that
    starts elsewhere.
    """

    step: Step
    allowed: bool
    why: Text | None
    here: bool


class _Position:
    """The model that a trigger moves: nothing but a state."""

    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


def _condition(name: str) -> Callable[[Facts], bool]:
    guard = GUARDS[name]

    def passes(facts: Facts) -> bool:
        return guard(facts) is None

    passes.__name__ = name
    return passes


class ProcedureMachine:
    """What a procedure permits: offers, single live steps, and the table for bulk replay."""

    def __init__(self, procedure: Procedure) -> None:
        self.procedure = procedure
        self._machine = self._compile(procedure)
        self.table: Mapping[tuple[str, str], str] = MappingProxyType(self._table(Track.MAIN))
        """(stage, step) -> stage, for every step of the main track."""
        self.custody_table: Mapping[tuple[str, str], str] = MappingProxyType(
            self._table(Track.CUSTODY)
        )
        """(custody state, step) -> custody state, for every step of the custody track."""

    @staticmethod
    def _compile(procedure: Procedure) -> Machine:
        states = [
            START,
            *(stage.name for stage in procedure.stages),
            *(_CUSTODY + state.name for state in procedure.custody),
        ]
        machine = Machine(
            model=None,
            states=states,
            initial=START,
            auto_transitions=False,
            send_event=False,
        )
        for step in procedure.steps:
            conditions: list[str | Callable[..., bool | None]] = [
                _condition(name) for name in step.guards
            ]
            prefix = _CUSTODY if step.track is Track.CUSTODY else ""
            for source, target in step.moves:
                machine.add_transition(
                    step.name, prefix + source, prefix + target, conditions=conditions
                )
        return machine

    def _table(self, track: Track) -> dict[tuple[str, str], str]:
        """Read the moves of one track out of the compiled machine."""
        table: dict[tuple[str, str], str] = {}
        for name, event in self._machine.events.items():
            if self.procedure.step(name).track is not track:
                continue
            for source, transitions in event.transitions.items():
                for transition in transitions:
                    key = (source.removeprefix(_CUSTODY), name)
                    # No internal transitions are declared, so there always is a destination.
                    table[key] = str(transition.dest).removeprefix(_CUSTODY)
        return table

    def offers(self, stage: str, custody: str, facts: Facts = NO_FACTS) -> tuple[Offer, ...]:
        """Every step of the procedure in declared order, allowed or refused with the reason.

        stage: stage of a charge or of the prosecution, or `START`. custody: custody state.
        """
        known = {"stage": stage, "custody": custody, **facts}
        found = []
        for step in self.procedure.steps:
            here = (custody if step.track is Track.CUSTODY else stage) in step.sources
            why = refusal(step.guards, known) if here else self.elsewhere(step, stage, custody)
            found.append(Offer(step, why is None, why, here))
        return tuple(found)

    def permitted(self, stage: str, custody: str = "", facts: Facts = NO_FACTS) -> tuple[str, ...]:
        """Names of the steps that may be taken now, in declared order."""
        known = {"stage": stage, "custody": custody, **facts}
        return tuple(
            step.name
            for step in self.procedure.steps
            if (custody if step.track is Track.CUSTODY else stage) in step.sources
            and refusal(step.guards, known) is None
        )

    def apply(self, step_name: str, stage: str, facts: Facts = NO_FACTS) -> str:
        """Take a step of the main track, or a built-in step, through the machine.

        Returns the new stage. Raises StepRefused saying why and what is permitted instead.
        """
        if step_name == CHECKED_UNCHANGED and stage != START:
            return stage
        if step_name == FIRST_SEEN:
            return self._enter(stage, facts)
        return self._trigger(step_name, stage, facts, Track.MAIN)

    def apply_custody(self, step_name: str, custody: str, facts: Facts = NO_FACTS) -> str:
        """Take a step of the custody track through the machine; returns the new custody state."""
        return self._trigger(step_name, custody, facts, Track.CUSTODY)

    def _enter(self, stage: str, facts: Facts) -> str:
        entry = str(facts.get("entry_stage") or "")
        why = self.entry_refusal(stage, entry)
        if why is not None:
            raise StepRefused(FIRST_SEEN, stage, why, self.permitted(stage, "", facts))
        return entry

    def entry_refusal(self, stage: str, entry: str) -> Text | None:
        """Why a charge at `stage` can't be met first at `entry`, or None if it can.

        From `START` every live stage is open. A charge whose earlier steps became known later may
        jump forward over the unknown ones, never back and never out of an end.
        """
        live = [stage for stage in self.procedure.stages if stage.live]
        orders = {stage.name: stage.order for stage in live}
        if entry in orders and (stage == START or orders.get(stage, math.inf) <= orders[entry]):
            return None
        if entry in orders:
            here, there = (self.place_label(name, Track.MAIN) for name in (stage, entry))
            return Text(
                f"First seen at “{there.en}” does not fit: the charge already stands at "
                f"“{here.en}”.",
                f"ការឃើញដំបូងនៅ «{there.get('km')}» មិនត្រូវគ្នាទេ៖ បទចោទស្ថិតនៅ «{here.get('km')}» រួចហើយ។",
            )
        return Text(
            "A prosecution is first seen at a stage that is under way. Possible: "
            + ", ".join(stage.label.en for stage in live)
            + ". Enter there and record the end as the next step.",
            "ត្រូវចាប់ផ្ដើមនៅដំណាក់កាលដែលកំពុងដំណើរការ៖ "
            + ", ".join(stage.label.get("km") for stage in live),
        )

    def _trigger(self, step_name: str, place: str, facts: Facts, track: Track) -> str:
        prefix = _CUSTODY if track is Track.CUSTODY else ""
        position = _Position(prefix + place)
        known = {"stage" if track is Track.MAIN else "custody": place, **facts}
        event = self._machine.events.get(step_name)
        if event is None or self.procedure.step(step_name).track is not track:
            raise self._refused(step_name, place, self.unknown_step(step_name), known, track)
        step = self.procedure.step(step_name)
        try:
            taken = event.trigger(position, known)
        except MachineError as error:
            why = self.elsewhere(step, place, place)
            raise self._refused(step_name, place, why, known, track) from error
        if not taken:
            why = refusal(step.guards, known) or self.unknown_step(step_name)
            raise self._refused(step_name, place, why, known, track)
        return position.state.removeprefix(prefix)

    def _refused(
        self, step_name: str, place: str, why: Text, facts: Facts, track: Track
    ) -> StepRefused:
        custody = track is Track.CUSTODY
        permitted = self.permitted("" if custody else place, place if custody else "", facts)
        return StepRefused(step_name, place, why, permitted)

    def unknown_step(self, step_name: str) -> Text:
        """Why a step that the procedure does not have is not possible."""
        title = self.procedure.title
        if step_name in BUILT_IN_STEPS:
            label = BUILT_IN_LABELS[step_name]
            return Text(
                f"“{label.en}” is not possible here: a prosecution is first seen once, and "
                f"checked only after that.",
                f"«{label.get('km')}» មិនអាចធ្វើបាននៅទីនេះទេ។",
            )
        return Text(
            f"The procedure “{title.en}” has no step {step_name!r} here.",
            f"នីតិវិធី «{title.get('km')}» គ្មានជំហាន {step_name!r} នៅទីនេះទេ។",
        )

    def place_label(self, place: str, track: Track) -> Text:
        """The words for a stage or a custody state, `START` included."""
        if track is Track.CUSTODY:
            known = {state.name: state.label for state in self.procedure.custody}
        else:
            known = {stage.name: stage.label for stage in self.procedure.stages}
            known[START] = Text("not yet begun", "មិនទាន់ចាប់ផ្ដើម")
        return known.get(place) or Text(place or "unknown", place or "មិនដឹង")

    def elsewhere(self, step: Step, stage: str, custody: str) -> Text:
        """Why a step that starts elsewhere is not possible at this stage or custody state."""
        here = self.place_label(custody if step.track is Track.CUSTODY else stage, step.track)
        places = [self.place_label(source, step.track) for source in step.sources]
        return Text(
            f"“{step.label.en}” is not possible at “{here.en}”. "
            f"It starts from: {', '.join(place.en for place in places)}.",
            f"«{step.label.get('km')}» មិនអាចធ្វើបាននៅ «{here.get('km')}» ទេ។ "
            f"អាចចាប់ផ្ដើមពី៖ {', '.join(place.get('km') for place in places)}។",
        )


_machines: dict[str, ProcedureMachine] = {}
_lock = Lock()


def machine_for(procedure: Procedure) -> ProcedureMachine:
    """The one machine of a procedure, compiled on first use and kept by the text's hash."""
    found = _machines.get(procedure.sha256)
    if found is None:
        with _lock:
            found = _machines.get(procedure.sha256) or ProcedureMachine(procedure)
            _machines[procedure.sha256] = found
    return found
