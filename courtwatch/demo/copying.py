"""The same case as a second organisation knows it: less of it, and only up to some day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from courtwatch.demo.drafts import AccusedDraft, CaseDraft, EventDraft, TargetDraft


def seen_until(case: CaseDraft, last: date) -> CaseDraft:
    """Return a copy without custody, without what came after `last`, and without later charges."""
    hearings = [index for index, hearing in enumerate(case.hearings) if hearing.day <= last]
    place_of = {old: new for new, old in enumerate(hearings)}
    events = [
        event
        for event in case.events
        if event.day <= last and not event.illegal and _on_main_line(event)
    ]
    kept = [_charges_kept(accused, place, events) for place, accused in enumerate(case.accused)]
    return replace(
        case,
        accused=[
            replace(accused, charges=[accused.charges[index] for index in kept[place]])
            for place, accused in enumerate(case.accused)
        ],
        events=[
            replace(
                event,
                hearing=None if event.hearing is None else place_of.get(event.hearing),
                targets=[_retarget(target, kept[target.accused]) for target in event.targets],
            )
            for event in events
        ],
        hearings=[replace(case.hearings[index]) for index in hearings],
    )


def _on_main_line(event: EventDraft) -> bool:
    return any(target.charge is not None for target in event.targets)


def _charges_kept(accused: AccusedDraft, place: int, events: list[EventDraft]) -> list[int]:
    named = {
        target.charge
        for event in events
        for target in event.targets
        if target.accused == place and target.charge is not None
    }
    return [index for index in range(len(accused.charges)) if index == 0 or index in named]


def _retarget(target: TargetDraft, kept: list[int]) -> TargetDraft:
    charge = None if target.charge is None else kept.index(target.charge)
    return replace(target, charge=charge)
