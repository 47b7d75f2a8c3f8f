"""A change to an entry without a legal place, tried on the histories that it touches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from courtwatch.models.vocabulary import VoidReason
from courtwatch.services.fact_inputs import ProsecutionInputs
from courtwatch.services.review import EntryToReview
from courtwatch.services.what_if import (
    TRIED,
    TriedTarget,
    derived,
    like,
    lost,
    unresolved_of,
    with_charges,
    with_event,
    without,
)
from workflows.history import ProsecutionState


@dataclass(frozen=True)
class Change:
    """What a way changes. Exactly one of the parts is said.

    `values`: columns of the entry, and `targets` what it then does to whom (target key -> columns
    that differ; None: the target goes). `chosen`: the account that holds from now on. `added`: the
    columns of an entry added to the history of the one accused. `takes_back`: why it goes.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    targets: Mapping[int, Mapping[str, Any] | None] = field(default_factory=dict)
    chosen: int | None = None
    added: Mapping[str, Any] | None = None
    takes_back: VoidReason | None = None


def try_change(entry: EntryToReview, change: Change) -> ProsecutionState | None:
    """Return where the accused would stand after a change, or None if it makes nothing better.

    The entry has its place there, and nothing else, of no accused, loses its own.
    """
    reviewed = None
    for key, inputs in entry.inputs.items():
        before = entry.states[key]
        after = derived(_changed(entry, key, inputs, change), entry.lookups)
        own = {entry.event.id, TRIED}
        if key == entry.prosecution_id:
            if any(item.event_id in own for item in after.unresolved):
                return None
            reviewed = after
        elif not entry.unresolved_in(key) and unresolved_of(after, TRIED) is not None:
            return None
        if lost(before, after, own) or len(after.unresolved) > len(before.unresolved):
            return None
    return reviewed


def _changed(
    entry: EntryToReview, key: int, inputs: ProsecutionInputs, change: Change
) -> ProsecutionInputs:
    """Return what the history of one accused would be derived from."""
    event_id = entry.event.id
    if change.added is not None:
        if key != entry.prosecution_id:
            return inputs
        columns = {**_ADDED, **_engine_columns(change.added), "id": TRIED}
        row = like(inputs.events[event_id], **columns)
        return with_event(inputs, row, [TriedTarget(None)])
    gone, kept = [], []
    for target in inputs.targets[event_id]:
        values = change.targets.get(target.target_id, {})
        if change.takes_back is not None or values is None:
            gone.append(target)
        else:
            kept.append(target if not values else like(target, **values))
    filed = {target.charge_id for target in gone if target.new}
    left = with_charges(
        without(inputs, [event_id]), [c for c in inputs.charges if c.id not in filed]
    )
    if not kept:
        return left
    row = like(inputs.events[event_id], **_engine_columns(change.values), id=TRIED)
    return with_event(
        left,
        row,
        [TriedTarget(t.charge_id, t.disposition, t.to_offence_id, t.new) for t in kept],
    )


_ADDED: Mapping[str, Any] = {
    "institution_id": None,
    "occurred_from": None,
    "occurred_to": None,
    "time": None,
    "sequence": 0,
    "entry_stage": None,
}
_ROW = frozenset({*_ADDED, "step"})


def _engine_columns(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in _ROW}
