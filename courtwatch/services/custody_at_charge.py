"""In what custody the accused was on the day of the formal charge: a covariate of comparisons.

Custody of today follows from how long a prosecution took and can't explain it; that of the day of
the charge was there before.
"""

from __future__ import annotations

from datetime import date

from courtwatch.services.fact_inputs import ProsecutionInputs
from courtwatch.services.inexact_days import Span
from workflows.custody import custody_on
from workflows.history import ProsecutionState
from workflows.plan import Plan

UNKNOWN = "unknown"


def custody_at_charge(
    inputs: ProsecutionInputs,
    state: ProsecutionState,
    plan: Plan,
    charged: date | None,
    span: Span | None,
) -> str | None:
    """Return the state of custody, `UNKNOWN` where it is not known, None for who was not charged.

    `span` encloses the day of the charge: where custody changed within it, it is not known.
    """
    if charged is None:
        return None
    without_place = {item.event_id for item in state.unresolved if item.whole}
    events = [event for event in inputs.events_in() if event.id not in without_place]
    first = custody_on(plan, events, charged)
    if span is not None and span.last > charged and custody_on(plan, events, span.last) != first:
        return UNKNOWN
    return first or UNKNOWN
