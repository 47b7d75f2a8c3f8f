"""The time limits of prosecutions, as rows: derived with the facts, written with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import time
from typing import Any

from courtwatch.models.vocabulary import ChargeKind
from courtwatch.services.fact_inputs import FactRow, Lookups, ProsecutionInputs
from workflows.history import ProsecutionState
from workflows.procedure import Procedure
from workflows.time_limits import Act, Clock, clocks

MINOR = "minor"
ADULT = "adult"


def clock_rows(
    inputs: ProsecutionInputs,
    state: ProsecutionState,
    offences: Mapping[int, int | None],
    lookups: Lookups,
) -> Iterator[dict[str, Any]]:
    """Give the clocks of one prosecution as rows without revisions."""
    found = derive_clocks(inputs, state, offences, lookups)
    for place, clock in enumerate(found):
        yield {
            "prosecution_id": inputs.prosecution.id,
            "place": place,
            "event_id": clock.act_id,
            "time_limit": clock.limit,
            "started_at": clock.started_at,
            "due_at": clock.due_at,
            "latest_due_at": clock.latest_due_at,
            "ended": None if clock.ended is None else str(clock.ended),
            "satisfied_at": clock.ended_at,
            "latest_satisfied_at": clock.latest_ended_at,
            "unknown": clock.unknown is not None,
            "why": None if clock.unknown is None else str(clock.unknown),
        }


def derive_clocks(
    inputs: ProsecutionInputs,
    state: ProsecutionState,
    offences: Mapping[int, int | None],
    lookups: Lookups,
) -> tuple[Clock, ...]:
    """Return the clocks of one prosecution.

    offences: what each charge is for at present, requalified or not.
    """
    row = inputs.prosecution
    procedure = lookups.machines[row.procedure_version_id].procedure
    return clocks(
        procedure,
        _acts(inputs, state),
        _offence_class(procedure, inputs, state, offences, lookups.offences),
        _age_band(procedure, inputs, lookups),
        lookups.zones[row.jurisdiction_id],
    )


def _acts(inputs: ProsecutionInputs, state: ProsecutionState) -> Iterator[Act]:
    """Give the events that counted: those that had no legal place start and stop nothing."""
    unresolved = {item.event_id for item in state.unresolved if item.whole}
    for event in inputs.events.values():
        if event.id not in unresolved:
            at = time.fromisoformat(event.time) if event.time else None
            yield Act(
                event.id, event.step, event.occurred_from, event.occurred_to, at, event.sequence
            )


def _offence_class(
    procedure: Procedure,
    inputs: ProsecutionInputs,
    state: ProsecutionState,
    offences: Mapping[int, int | None],
    known: Mapping[int, FactRow],
) -> str | None:
    """Return the class of the most serious charge under way, None where that is not known.

    Filed charges before the allegation, which counts while nothing is filed; ended charges where
    none is under way. A charge without a known class could be the most serious one.
    """
    positions = state.positions
    counted = [c for c in inputs.charges if c.id in positions and positions[c.id].counted]
    filed = [c for c in counted if c.kind != ChargeKind.ALLEGED] or counted or inputs.charges
    live = [c for c in filed if c.id in positions and positions[c.id].live] or filed
    classes = []
    for charge in live:
        offence = known.get(offences.get(charge.id) or -1)
        classes.append(str(offence.offence_class) if offence and offence.offence_class else None)
    ranked = [name for name in procedure.offence_classes if name in classes]
    if not ranked or (not set(classes) <= set(ranked) and ranked[0] != "felony"):
        return None
    return ranked[0]


def _age_band(procedure: Procedure, inputs: ProsecutionInputs, lookups: Lookups) -> str | None:
    """Return the band in the procedure's own words; some know only minors and adults."""
    band = inputs.guard_facts(lookups.offences).get("age_band")
    if band is None or band in procedure.age_bands:
        return None if band is None else str(band)
    return MINOR if band != ADULT and MINOR in procedure.age_bands else None
