"""What a replay comes to: its state as plain values, and its refusals in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from workflows.elements import Phase, Text
from workflows.event_codes import OPEN
from workflows.guards import Facts
from workflows.machine import ProcedureMachine
from workflows.plan import Plan, Refusal
from workflows.replay import Replay
from workflows.state import ChargePosition, EventIn, FirstOutcome, ProsecutionState, Unresolved

FOREIGN_CHARGE = Text(
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


def in_words(
    machine: ProcedureMachine,
    facts: Facts | None,
    event: EventIn,
    refusal: Refusal,
    whole: bool = True,
) -> Unresolved:
    """A refusal in words, with the steps that were permitted there."""
    permitted = machine.permitted(refusal.stage, refusal.custody, facts or {})
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


def state_of(replay: Replay, unresolved: tuple[Unresolved, ...]) -> ProsecutionState:
    """The state that a replay has come to."""
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
        event_code=end.event_code if end else OPEN,
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
