"""Events -> positions, stage, custody, outcome: the only place where a state is derived.

Order: the earliest possible day, then the sequence within the day, then the order of steps in the
procedure, then the id. Of events of one moment, one that names no charge leaves the charges alone
that another one names and could not take any more. An event with a vague date (from..to) that is
not possible at its earliest day waits until it is, as long as its latest day allows. An undated
event is placed where a dated one needs it, else last. What has no legal place is *unresolved*:
kept, listed, uncounted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, TypeVar

from workflows.automaton import automaton_for
from workflows.conclusion import FOREIGN_CHARGE, in_words, state_of
from workflows.elements import Text
from workflows.guards import Facts
from workflows.machine import ProcedureMachine
from workflows.ordering import beside, has_room, moment
from workflows.plan import FULLY, Applied, Refusal, plan_for
from workflows.procedure import Procedure
from workflows.replay import Replay
from workflows.state import (
    ALLEGED,
    CaseState,
    ChargeIn,
    ChargePlace,
    ChargePosition,
    EventIn,
    FirstOutcome,
    Placement,
    ProsecutionState,
    RollsUp,
    TargetIn,
    Unresolved,
)

__all__ = [
    "CaseState",
    "ChargeIn",
    "ChargePlace",
    "ChargePosition",
    "EventIn",
    "FirstOutcome",
    "Placement",
    "ProsecutionState",
    "RollsUp",
    "TargetIn",
    "Unresolved",
    "derive",
    "derive_by_replay",
    "facts_for",
    "order_of",
    "outcome_rule_text",
    "place",
    "roll_up",
]

_R = TypeVar("_R", bound=Replay)


def derive(
    machine: ProcedureMachine,
    charges: Iterable[ChargeIn],
    events: Iterable[EventIn],
    facts: Facts | None = None,
) -> ProsecutionState:
    """The state of one prosecution from its charges and its valid (not voided) events.

    facts: what is known of the accused and the offences, for the guards (`workflows.guards`);
    unknown facts refuse nothing. Events may come in any order. Never raises for what the law does
    not allow: such events are in `unresolved` with the reason and the steps permitted instead.

    Most histories are walked through the automaton, whose every transition was made by `Replay`;
    those whose order is not plain are replayed (`workflows.automaton` says which and why).
    """
    charges, events = list(charges), list(events)
    state = automaton_for(machine).state(charges, events, facts)
    return state if state is not None else derive_by_replay(machine, charges, events, facts)


def derive_by_replay(
    machine: ProcedureMachine,
    charges: Iterable[ChargeIn],
    events: Iterable[EventIn],
    facts: Facts | None = None,
) -> ProsecutionState:
    """The same state, from the replay alone: what `derive` is held to by the tests."""
    given = list(events)
    replay = _replay_of(Replay, machine, charges, given, facts)
    unresolved = _replay_all(replay, given)
    return state_of(replay, tuple(unresolved))


def order_of(
    machine: ProcedureMachine,
    charges: Iterable[ChargeIn],
    events: Iterable[EventIn],
    facts: Facts | None = None,
) -> dict[int, date | None]:
    """The events that counted, by id, in the order in which the law let them happen.

    Each with the first day on which it can have happened after what comes before it; None: no day
    is known so far. A charge of "about 2025" stands behind the submission of April that it needs.
    """
    given = list(events)
    replay = _replay_of(_Noting, machine, charges, given, facts)
    _replay_all(replay, given)
    return replay.order


class _Noting(Replay):
    """A replay that notes which event was applied when."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.order: dict[int, date | None] = {}

    def apply(self, event: EventIn, beside: Sequence[EventIn] = ()) -> Applied:
        """Apply an event, and note it if it moved anything."""
        applied = super().apply(event, beside)
        if applied.applied:
            self.order[event.id] = self.day
        return applied


def _replay_of(
    kind: type[_R],
    machine: ProcedureMachine,
    charges: Iterable[ChargeIn],
    events: Sequence[EventIn],
    facts: Facts | None,
) -> _R:
    by_id = {charge.id: charge for charge in charges}
    announced = {target.charge_id for event in events for target in event.targets if target.new}
    return kind(plan_for(machine), by_id, announced, facts)


def place(
    machine: ProcedureMachine,
    charges: Sequence[ChargeIn],
    events: Sequence[EventIn],
    facts: Facts | None = None,
) -> Placement:
    """Where a prosecution and its charges stand, without days: what `derive` says, in brief.

    Made for many: a placement is shared by all prosecutions that stand alike.
    """
    found = automaton_for(machine).placement(charges, events, facts)
    if found is not None:
        return found
    return Placement.of(derive_by_replay(machine, charges, events, facts))


def _replay_all(replay: Replay, events: list[EventIn]) -> list[Unresolved]:
    """Apply the events in order; returns those that have no place."""
    plan = replay.plan
    unresolved: list[Unresolved] = []
    dated: list[EventIn] = []
    undated: list[EventIn] = []
    for event in events:
        if event.targets and any(t.charge_id not in replay.charges for t in event.targets):
            unresolved.append(Unresolved(event.id, FOREIGN_CHARGE, ()))
        else:
            (undated if event.day_from is None else dated).append(event)
    if len(dated) > 1:
        dated.sort(key=moment(plan))
    if len(undated) > 1:
        undated.sort(key=lambda e: (e.sequence, plan.step_order(e.step), e.id))
    waiting: list[tuple[EventIn, Refusal]] = []
    for place, event in enumerate(dated):
        if waiting:
            for late in [item for item in waiting if not has_room(item[0], event)]:
                waiting.remove(late)
                unresolved.append(_unresolved(replay, *late))
        result = replay.apply(event, () if event.targets else beside(dated, place))
        if not result.applied and undated and _with_undated(replay, event, undated, unresolved):
            result = FULLY
        if not result.applied:
            waiting.append((event, result.refused[0]))
            continue
        for refusal in result.refused:
            unresolved.append(_unresolved(replay, event, refusal, False))
        if waiting:
            _retry(replay, waiting, unresolved)
    unresolved.extend(_place_undated(replay, undated, waiting, unresolved))
    unresolved.extend(_unresolved(replay, event, refusal) for event, refusal in waiting)
    return unresolved


def _unresolved(replay: Replay, event: EventIn, refusal: Refusal, whole: bool = True) -> Unresolved:
    return in_words(replay.plan.machine, replay.facts, event, refusal, whole)


def _retry(
    replay: Replay, waiting: list[tuple[EventIn, Refusal]], unresolved: list[Unresolved]
) -> None:
    """Apply waiting events that have become possible, until none is."""
    progress = True
    while progress and waiting:
        progress = False
        for item in tuple(waiting):
            result = replay.apply(item[0])
            if result.applied:
                waiting.remove(item)
                unresolved.extend(
                    _unresolved(replay, item[0], why, False) for why in result.refused
                )
                progress = True


def _with_undated(
    replay: Replay, event: EventIn, undated: list[EventIn], unresolved: list[Unresolved]
) -> bool:
    """Make room for a dated event by placing undated ones before it; all or nothing."""
    before = replay.snapshot()
    placed: list[EventIn] = []
    notes: list[Unresolved] = []
    for candidate in undated:
        result = replay.apply(candidate)
        if not result.applied:
            continue
        placed.append(candidate)
        notes.extend(_unresolved(replay, candidate, why, False) for why in result.refused)
        result = replay.apply(event)
        if result.applied:
            notes.extend(_unresolved(replay, event, why, False) for why in result.refused)
            undated[:] = [item for item in undated if item not in placed]
            unresolved.extend(notes)
            return True
    replay.restore(before)
    return False


def _place_undated(
    replay: Replay,
    undated: list[EventIn],
    waiting: list[tuple[EventIn, Refusal]],
    unresolved: list[Unresolved],
) -> list[Unresolved]:
    """Place the remaining undated events after everything dated; returns those without a place."""
    left = list(undated)
    progress = True
    while progress and left:
        progress = False
        for event in tuple(left):
            result = replay.apply(event)
            if result.applied:
                left.remove(event)
                unresolved.extend(_unresolved(replay, event, why, False) for why in result.refused)
                progress = True
        if progress and waiting:
            _retry(replay, waiting, unresolved)
    return [_unresolved(replay, event, replay.apply(event).refused[0]) for event in left]


def facts_for(state: ProsecutionState, charges: Iterable[ChargeIn]) -> dict[str, object]:
    """The facts that a state gives to the guards (`workflows.guards`); add what else is known."""
    counted = [charge for charge in charges if state.positions[charge.id].counted]
    return {
        "filed_charges": sum(charge.kind != ALLEGED for charge in counted),
        "live_charges": sum(state.positions[charge.id].live for charge in counted),
        "custody": state.custody,
    }


def roll_up(states: Sequence[RollsUp]) -> CaseState:
    """The state of a case from its prosecutions (all under one procedure).

    A case is live while any prosecution is; it then stands at the stage of the most advanced live
    one. Its outcome exists once every prosecution has one, and is the strongest in the order in
    which the procedure declares its outcomes.
    """
    live = [state for state in states if state.live]
    stage = max(live or states, key=lambda state: state.stage_order, default=None)
    ended = bool(states) and all(state.outcome is not None for state in states)
    outcome = min(states, key=lambda state: state.outcome_order).outcome if ended else None
    return CaseState(stage.stage if stage else None, bool(live), outcome)


def outcome_rule_text(procedure: Procedure) -> Text:
    """The rule that turns ended charges into an outcome, in words, for pages and exports."""
    names = [outcome.label for outcome in procedure.outcomes]
    english = "; ".join(f"{n}. {name.en}" for n, name in enumerate(names, 1))
    khmer = "; ".join(f"{n}. {name.get('km')}" for n, name in enumerate(names, 1))
    return Text(
        "A prosecution (one accused in one case) has an outcome once none of its charges is open "
        "at first instance. The outcome is the first of this list that fits any of its charges. "
        "Charges that only go on elsewhere decide when there are no others. An allegation counts "
        "until a charge is filed, and not after. The first end counts; a reopening is shown "
        "beside it. "
        f"In order: {english}.",
        "ការចោទប្រកាន់ (ជនជាប់ចោទម្នាក់ក្នុងសំណុំរឿងមួយ) មានលទ្ធផល នៅពេលគ្មានបទចោទណាមួយ"
        "កំពុងដំណើរការនៅជាន់ដំបូង។ លទ្ធផលគឺជាចំណុចទីមួយក្នុងបញ្ជីនេះ ដែលត្រូវនឹងបទចោទណាមួយ។ "
        "បទចោទដែលបន្តនៅកន្លែងផ្សេង សម្រេចតែពេលគ្មានបទចោទដទៃ។ ការចោទដំបូងរាប់រហូតដល់មានបទចោទ"
        "ផ្លូវការ។ ការបញ្ចប់ដំបូងត្រូវរាប់ ហើយការបើកឡើងវិញត្រូវបង្ហាញនៅក្បែរ។ "
        f"តាមលំដាប់៖ {khmer}។",
    )
