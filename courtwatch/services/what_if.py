"""What a prosecution's history would be after an act: tried before the first row is written.

The inputs of a derivation are copied and changed; nothing here touches the database. Corrections
and the resolutions of unresolved entries are tried with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import SimpleNamespace
from typing import Any

from courtwatch.commands.parsing import Invalid, When
from courtwatch.services.fact_inputs import FactRow, Lookups, ProsecutionInputs
from courtwatch.services.fact_rows import state_of
from courtwatch.services.labels import step_label
from workflows.elements import Text
from workflows.history import ProsecutionState, Unresolved
from workflows.machine import ProcedureMachine

TRIED = 2**62
"""The key of an entry that is only tried: later than every stored one."""


@dataclass(frozen=True)
class TriedTarget:
    """What the tried entry does to one charge (None: to the prosecution as a whole)."""

    charge_id: int | None
    disposition: str | None = None
    to_offence_id: int | None = None
    new: bool = False


def like(row: FactRow, **changes: Any) -> SimpleNamespace:
    """Return a copy of a row of the inputs with some columns changed."""
    values = dict(row._mapping) if hasattr(row, "_mapping") else dict(vars(row))
    return SimpleNamespace(**(values | changes))


def without(inputs: ProsecutionInputs, event_ids: Collection[int]) -> ProsecutionInputs:
    """Return the inputs without some entries."""
    gone = set(event_ids)
    events = {key: row for key, row in inputs.events.items() if key not in gone}
    targets: Any = {key: list(inputs.targets[key]) for key in events}
    return replace(inputs, events=events, targets=targets)


def with_charges(inputs: ProsecutionInputs, charges: Sequence[FactRow]) -> ProsecutionInputs:
    """Return the inputs with other charges."""
    return replace(inputs, charges=list(charges))


def with_event(
    inputs: ProsecutionInputs, row: FactRow, targets: Iterable[TriedTarget]
) -> ProsecutionInputs:
    """Return the inputs with one entry more; `row` carries its key and its columns."""
    events = dict(inputs.events) | {row.id: row}
    own = [
        SimpleNamespace(
            target_id=-1 - number,
            prosecution_id=inputs.prosecution.id,
            charge_id=target.charge_id,
            disposition=target.disposition,
            to_offence_id=target.to_offence_id,
            new=target.new,
        )
        for number, target in enumerate(targets)
    ]
    kept: Any = {key: list(inputs.targets[key]) for key in inputs.events}
    return replace(inputs, events=events, targets=kept | {row.id: own})


def lost(
    before: ProsecutionState, after: ProsecutionState, but: Collection[int] = ()
) -> list[Unresolved]:
    """Return the entries that have no place afterwards, or less of one than before.

    `but`: entries that are looked at apart.
    """
    was = {item.event_id: item.whole for item in before.unresolved}
    found: dict[int, Unresolved] = {}
    for item in after.unresolved:
        if item.event_id in but:
            continue
        if item.event_id not in was or (item.whole and not was[item.event_id]):
            found.setdefault(item.event_id, item)
    return list(found.values())


def unresolved_of(state: ProsecutionState, event_id: int) -> Unresolved | None:
    """Return why an entry has no place, or None if it has one."""
    return next((item for item in state.unresolved if item.event_id == event_id), None)


def places_in_day(
    many: Iterable[ProsecutionInputs], when: When, but: Collection[int] = ()
) -> list[int]:
    """Return the places that an entry can take within its day: last first, then between others."""
    taken = sorted(
        {
            event.sequence
            for inputs in many
            for event in inputs.events.values()
            if event.occurred_from == when.first and event.id not in but
        }
    )
    if not taken:
        return [0]
    places = [taken[-1] + 1]
    for place in reversed(taken):
        places += [place, place - 1]
    return list(dict.fromkeys(places))


def refuse_lost(
    machine: ProcedureMachine, items: Sequence[Unresolved], events: Mapping[int, FactRow]
) -> Invalid:
    """Say which entries would have no legal place any more, and why the first has none."""
    names = []
    for item in items:
        row = events[item.event_id]
        names.append((step_label(machine.procedure, row.step), day_of(row.occurred_from)))
    english = ", ".join(f"“{label.get('en')}”{day}" for label, day in names)
    khmer = ", ".join(f"«{label.get('km')}»{day}" for label, day in names)
    why = items[0].why
    return Invalid(
        {
            "": Text(
                f"After this, another entry would have no legal place any more: {english}. "
                f"{why.en} Correct that entry first, the latest one before the others.",
                f"ក្រោយពីនេះ ការកត់ត្រាផ្សេងទៀតនឹងគ្មានកន្លែងស្របច្បាប់ទេ៖ {khmer}។ "
                f"{why.get('km')} សូមកែការកត់ត្រានោះជាមុនសិន ដោយចាប់ពីចុងក្រោយ។",
            )
        }
    )


def day_of(day: date | None) -> str:
    """Return a day for a message, with a blank before it; nothing for an unknown one."""
    return f" ({day.isoformat()})" if day else ""


def derived(inputs: ProsecutionInputs, lookups: Lookups) -> ProsecutionState:
    """Derive the state of changed inputs."""
    return state_of(inputs, lookups)
