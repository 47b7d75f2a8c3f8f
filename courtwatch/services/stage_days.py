"""When a prosecution came into other hands: charges filed, and before the trial court.

Reports compare each authority from the day on which it had a prosecution. Both days follow from
the stages of the procedure, whatever step led there.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from workflows.elements import Phase, Stage
from workflows.history import ProsecutionState
from workflows.procedure import Procedure


def first_reached(state: ProsecutionState, procedure: Procedure) -> dict[str, date | None]:
    """Return the days of the columns `filed_on` and `accused_on` of a fact.

    Unknown where somebody saw it there first: it may have been there long before.
    """
    filed, accused = _stages(procedure)
    return {"filed_on": _first(state, filed), "accused_on": _first(state, accused)}


def _first(state: ProsecutionState, stages: frozenset[str]) -> date | None:
    if state.entered_stage in stages:
        return None
    reached = [state.stage_days[name] for name in stages if name in state.stage_days]
    days = [day for day in reached if day is not None]
    return min(days) if len(days) == len(reached) and days else None


_KNOWN: dict[str, tuple[frozenset[str], frozenset[str]]] = {}


def _stages(procedure: Procedure) -> tuple[frozenset[str], frozenset[str]]:
    """Return the stages at which charges have been filed, and those before the trial court."""
    found = _KNOWN.get(procedure.sha256)
    if found is None:
        # By its checksum: to hash a procedure itself takes longer than to read it.
        found = _KNOWN[procedure.sha256] = _read_stages(procedure)
    return found


def _read_stages(procedure: Procedure) -> tuple[frozenset[str], frozenset[str]]:
    open_ = [s for s in procedure.stages if s.first_instance and (s.live or s.suspended)]
    filing = {
        target
        for step in procedure.steps
        if step.files_charges
        for target in ({target for _source, target in step.moves} or {step.target})
    }
    orders = [stage.order for stage in open_ if stage.name in filing]
    filed = [stage for stage in open_ if orders and stage.order >= min(orders)]
    accused = [stage for stage in open_ if stage.phase is Phase.ACCUSED]
    return _names(filed), _names(accused)


def _names(stages: Iterable[Stage]) -> frozenset[str]:
    return frozenset(stage.name for stage in stages)
