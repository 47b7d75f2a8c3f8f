"""Events -> positions, stage, custody, outcome: the only place where a state is derived.

Order: the earliest possible day, then the sequence within the day, then the order of steps in the
procedure, then the id. Of events of one moment, one that names no charge leaves the charges alone
that another one names and could not take any more. An event with a vague date (from..to) that is
not possible at its earliest day waits until it is, as long as its latest day allows. An undated
event is placed where a dated one needs it, else last. What has no legal place is *unresolved*:
kept, listed, uncounted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from workflows.elements import FIRST_SEEN, Phase, Text
from workflows.guards import Facts
from workflows.machine import ProcedureMachine
from workflows.plan import FULLY, Plan, Refusal, plan_for
from workflows.procedure import Procedure
from workflows.replay import Replay
from workflows.state import (
    ALLEGED,
    CaseState,
    ChargeIn,
    ChargePosition,
    EventIn,
    FirstOutcome,
    ProsecutionState,
    RollsUp,
    TargetIn,
    Unresolved,
)

__all__ = [
    "CaseState",
    "ChargeIn",
    "ChargePosition",
    "EventIn",
    "FirstOutcome",
    "ProsecutionState",
    "RollsUp",
    "TargetIn",
    "Unresolved",
    "derive",
    "facts_for",
    "outcome_rule_text",
    "roll_up",
]


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
    """
    plan = plan_for(machine)
    by_id = {charge.id: charge for charge in charges}
    given = list(events)
    announced = {target.charge_id for event in given for target in event.targets if target.new}
    replay = Replay(plan, by_id, announced, facts)
    unresolved = _replay_all(replay, given)
    return _state(replay, tuple(unresolved))


def _replay_all(replay: Replay, events: list[EventIn]) -> list[Unresolved]:
    """Apply the events in order; returns those that have no place."""
    plan = replay.plan
    unresolved: list[Unresolved] = []
    dated: list[EventIn] = []
    undated: list[EventIn] = []
    for event in events:
        if event.targets and any(t.charge_id not in replay.charges for t in event.targets):
            unresolved.append(Unresolved(event.id, _FOREIGN_CHARGE, ()))
        else:
            (undated if event.day_from is None else dated).append(event)
    if len(dated) > 1:
        dated.sort(key=lambda e: (e.day_from, e.sequence, _step_order(plan, e), e.id))
    if len(undated) > 1:
        undated.sort(key=lambda e: (e.sequence, _step_order(plan, e), e.id))
    waiting: list[tuple[EventIn, Refusal]] = []
    for place, event in enumerate(dated):
        if waiting:
            for late in [item for item in waiting if not _has_room(item[0], event)]:
                waiting.remove(late)
                unresolved.append(_unresolved(replay, *late))
        result = replay.apply(event, () if event.targets else _beside(dated, place))
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


def _step_order(plan: Plan, event: EventIn) -> int:
    step = plan.steps.get(event.step)
    if step is not None:
        return step.order
    return -1 if event.step == FIRST_SEEN else len(plan.steps)


def _beside(dated: list[EventIn], place: int) -> list[EventIn]:
    """The events after `place` that happened at the same moment and name their charges."""
    event = dated[place]
    found = []
    for other in islice(dated, place + 1, None):
        if other.day_from != event.day_from or other.sequence != event.sequence:
            break
        if other.targets:
            found.append(other)
    return found


def _has_room(waiting: EventIn, following: EventIn) -> bool:
    """Whether `waiting` may still have happened after `following`."""
    assert waiting.day_from is not None
    assert following.day_from is not None
    latest = waiting.day_to or waiting.day_from
    if latest == waiting.day_from == following.day_from:
        return waiting.sequence == following.sequence
    return following.day_from <= latest


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


_FOREIGN_CHARGE = Text(
    "The event names a charge that does not belong to this prosecution.",
    "ព្រឹត្តិការណ៍នេះរៀបរាប់បទចោទដែលមិនមែនជារបស់ការចោទប្រកាន់នេះទេ។",
)
_CHECKED_BEFORE = Text(
    "Nothing is recorded before this check. Record at which stage the prosecution was first seen.",
    "គ្មានអ្វីត្រូវបានកត់ត្រាមុនការពិនិត្យនេះទេ។ សូមកត់ត្រាដំណាក់កាលដែលបានឃើញដំបូង។",
)

_NO_CHARGE_YET = Text(
    "No charge is known at this first sight: every charge of this accused is filed by another "
    "entry. Add the allegation, or date the first sight after the filing.",
    "មិនទាន់មានបទចោទណាមួយនៅពេលឃើញដំបូងនេះទេ៖ បទចោទទាំងអស់ត្រូវបានដាក់ដោយកំណត់ត្រាផ្សេង។ "
    "សូមបន្ថែមការចោទប្រកាន់ដំបូង ឬដាក់កាលបរិច្ឆេទឃើញដំបូងក្រោយការដាក់បទចោទ។",
)


def _unresolved(replay: Replay, event: EventIn, refusal: Refusal, whole: bool = True) -> Unresolved:
    """A refusal in words, with the steps that were permitted there."""
    machine = replay.plan.machine
    permitted = machine.permitted(refusal.stage, refusal.custody, replay.facts or {})
    why = _why(machine, event, refusal)
    return Unresolved(event.id, why, permitted, refusal.charge_id, whole)


def _why(machine: ProcedureMachine, event: EventIn, refusal: Refusal) -> Text:
    procedure = machine.procedure
    if refusal.why is not None:
        return refusal.why
    if refusal.kind == "checked":
        return _CHECKED_BEFORE
    if refusal.kind == "first_seen":
        return machine.entry_refusal(refusal.stage, event.entry_stage or "") or _NO_CHARGE_YET
    if refusal.kind == "unknown":
        return machine.unknown_step(event.step)
    step = procedure.step(event.step)
    if refusal.kind == "disposition":
        ends = [procedure.disposition(name).label for name in step.possible_dispositions]
        return Text(
            f"“{step.label.en}” must say how the charge ended: "
            f"{', '.join(end.en for end in ends)}.",
            f"«{step.label.get('km')}» ត្រូវបញ្ជាក់ពីលទ្ធផលនៃបទចោទ៖ "
            f"{', '.join(end.get('km') for end in ends)}។",
        )
    if refusal.kind == "no_disposition":
        return Text(
            f"“{step.label.en}” does not end a charge, so it can't say how one ended.",
            f"«{step.label.get('km')}» មិនបញ្ចប់បទចោទទេ។",
        )
    if refusal.kind == "no_filing":
        return Text(
            f"“{step.label.en}” files no charge, and no earlier step filed this one.",
            f"«{step.label.get('km')}» មិនដាក់បទចោទថ្មីទេ ហើយគ្មានជំហានមុនណាដាក់បទចោទនេះទេ។",
        )
    return machine.elsewhere(step, refusal.stage, refusal.custody)


def _state(replay: Replay, unresolved: tuple[Unresolved, ...]) -> ProsecutionState:
    plan = replay.plan
    live_names = plan.live
    superseded = replay.superseded
    positions: dict[int, ChargePosition] = {}
    live: list[str] = []
    for cid in replay.charges:
        stage = replay.stage.get(cid)
        counted = stage is not None and cid not in superseded
        alive = counted and stage in live_names
        if alive and stage is not None:
            live.append(stage)
        positions[cid] = ChargePosition(
            cid,
            stage,
            replay.since.get(cid),
            replay.dispositions.get(cid),
            replay.disposed_on.get(cid),
            replay.disposed_by.get(cid, replay.events.get(cid)),
            alive,
            counted,
        )
    end = replay.end() if replay.open_count == 0 else None
    stage = _prosecution_stage(plan, live, end, positions)
    first = replay.first
    if first is not None and replay.reopened:
        first = replace(first, reopened=True)
    entered = replay.entered or (None, None, False)
    return ProsecutionState(
        positions=positions,
        stage=stage,
        phase=plan.stages[stage].phase if stage is not None else Phase.PROCEEDING,
        live=bool(live),
        suspended=bool(live) and plan.suspended.issuperset(live),
        custody=replay.custody,
        custody_since=replay.custody_since,
        outcome=end.outcome if end else None,
        event_code=end.event_code if end else 0,
        ended_on=end.ended_on if end else None,
        ended_by=end.ended_by if end else None,
        ended_event=end.ended_event if end else None,
        deciding_charge=end.deciding_charge if end else None,
        entered_on=entered[0],
        entered_stage=entered[1],
        stage_days=replay.stage_days,
        last_verified=replay.verified,
        first_outcome=first,
        unresolved=unresolved,
        stage_order=plan.orders[stage] if stage is not None else -1,
        outcome_order=plan.outcome_order[end.outcome] if end else -1,
        reopened=replay.reopened,
        furthest_stage=max(
            plan.advancing.intersection(replay.stage_days),
            key=plan.orders.__getitem__,
            default=None,
        ),
        last_event_on=replay.last_event_on,
        milestone_days=replay.milestone_days,
    )


def _prosecution_stage(
    plan: Plan,
    live: Sequence[str],
    end: FirstOutcome | None,
    positions: Mapping[int, ChargePosition],
) -> str | None:
    """The most advanced live charge's stage; with none live, that of the deciding charge.

    A prosecution that was first seen on appeal may end without a known disposition.
    """
    if live:
        return max(live, key=lambda name: (name not in plan.suspended, plan.orders[name]))
    if end is not None and end.deciding_charge is not None:
        return positions[end.deciding_charge].stage
    counted = [p.stage for p in positions.values() if p.counted and p.stage is not None]
    return max(counted, key=plan.orders.__getitem__, default=None)


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
