"""May an entry stand with another day, place, end or accused? Tried before a row is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from courtwatch.commands.parsing import Invalid, When
from courtwatch.models import Event
from courtwatch.services.entry_rows import TargetPlan, targets_of
from courtwatch.services.fact_inputs import Lookups, ProsecutionInputs, read_inputs, read_lookups
from courtwatch.services.standing import make_standing
from courtwatch.services.step_rules import refusal
from courtwatch.services.what_if import (
    TRIED,
    TriedTarget,
    derived,
    like,
    lost,
    places_in_day,
    refuse_lost,
    unresolved_of,
    with_event,
    without,
)
from courtwatch.services.work import Work

ROW_COLUMNS = ("step", "institution_id", "occurred_from", "occurred_to", "time", "entry_stage")


def refuse_change(
    before: ProsecutionInputs, after: ProsecutionInputs, event_id: int, lookups: Lookups
) -> None:
    """Refuse a change with which the tried entry, or another one, has no legal place.

    An entry that had none before may stay as it was: putting its court right makes nothing worse.
    Raises Invalid saying why, and what is permitted.
    """
    was, state = derived(before, lookups), derived(after, lookups)
    why = unresolved_of(state, TRIED)
    if why is not None and unresolved_of(was, event_id) is None:
        step = after.events[TRIED].step
        raise refusal(make_standing(after, lookups), why.why, why.permitted, step)
    gone = lost(was, state, [event_id, TRIED])
    if gone:
        machine = lookups.machines[before.prosecution.procedure_version_id]
        raise refuse_lost(machine, gone, after.events)


def tried(values: Mapping[str, Any]) -> TriedTarget:
    """Return a planned target as it is tried."""
    return TriedTarget(
        values["charge_id"], values["disposition"], values["to_offence_id"], values["new"]
    )


def tried_like(
    work: Work,
    event: Event,
    values: Mapping[str, Any],
    plans: Sequence[TargetPlan] | None = None,
) -> int:
    """Return the place within its day that an event takes with other columns or ends.

    Raises Invalid if it has no legal place there, or another entry would lose its own.
    """
    connection = work.session.connection()
    lookups = read_lookups(connection)
    before = targets_of(work.session, event.id)
    plans = plans if plans is not None else [TargetPlan.same(target) for target in before]
    keys = list(dict.fromkeys(target.prosecution_id for target in before))
    inputs = read_inputs(connection, keys)
    when = When(
        values.get("occurred_from", event.occurred_from),
        values.get("occurred_to", event.occurred_to),
        values.get("precision", event.precision),
    )
    cleaned = {key: without(found, [event.id]) for key, found in inputs.items()}
    places = places_in_day(cleaned.values(), when)
    if when.first == event.occurred_from:
        places = list(dict.fromkeys([event.sequence, *places]))
    changed = {name: values[name] for name in values if name in ROW_COLUMNS}
    first: Invalid | None = None
    for place in places:
        try:
            for key, found in inputs.items():
                row = like(
                    found.events[event.id],
                    **changed,
                    id=TRIED,
                    sequence=place,
                )
                targets = [
                    tried(plan.values) for plan in plans if plan.values["prosecution_id"] == key
                ]
                refuse_change(found, with_event(cleaned[key], row, targets), event.id, lookups)
        except Invalid as problem:
            first = first or problem
            continue
        return place
    if first is not None:
        raise first
    return event.sequence
