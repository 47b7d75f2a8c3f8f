"""What a replay works with: the procedure flattened into dictionaries, made once from its machine,
and the small values that a step on its way consists of."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from workflows.elements import FIRST_SEEN, START, Text, Track
from workflows.machine import ProcedureMachine
from workflows.procedure import Procedure


class StepPlan(NamedTuple):
    """A step, flattened for replay."""

    name: str
    order: int
    custody: bool
    moves: dict[str, str]
    fixed: str | None
    choices: tuple[str, ...]
    files: bool
    guards: tuple[str, ...]
    sets_custody: str | None
    sets_aside: bool
    milestone: str | None


class Refusal(NamedTuple):
    """Why an event can't be applied, and where things stood; words are made on demand."""

    kind: str
    stage: str
    custody: str
    charge_id: int | None = None
    why: Text | None = None


class Applied(NamedTuple):
    """Whether an event was applied at all, and what of it was refused."""

    applied: bool
    refused: tuple[Refusal, ...]


FULLY = Applied(True, ())


class Move(NamedTuple):
    """One charge on its way."""

    charge_id: int
    target: str
    disposition: str | None
    parent: int | None


class Plan:
    """A procedure, flattened for replay out of its machine."""

    def __init__(self, machine: ProcedureMachine) -> None:
        procedure = machine.procedure
        self.machine = machine
        moves: dict[str, dict[str, str]] = {step.name: {} for step in procedure.steps}
        for table in (machine.table, machine.custody_table):
            for (source, name), target in table.items():
                moves[name][source] = target
        self.steps: dict[str, StepPlan] = {
            step.name: StepPlan(
                step.name,
                step.order,
                step.track is Track.CUSTODY,
                moves[step.name],
                step.disposition,
                step.dispositions,
                step.files_charges
                or "to_offence" in step.requires
                or "to_offence" in step.optional,
                step.guards,
                step.sets_custody,
                step.sets_aside,
                step.milestone,
            )
            for step in procedure.steps
        }
        self.stages = {stage.name: stage for stage in procedure.stages}
        self.orders = {START: -1, **{stage.name: stage.order for stage in procedure.stages}}
        self.live = frozenset(stage.name for stage in procedure.stages if stage.live)
        self.open = frozenset(
            stage.name for stage in procedure.stages if stage.live and stage.first_instance
        )
        self.advancing = _advancing(procedure)
        self.suspended = frozenset(stage.name for stage in procedure.stages if stage.suspended)
        self.dispositions = {item.name: item for item in procedure.dispositions}
        self.outcome_orders = {
            name: order
            for order, outcome in enumerate(procedure.outcomes)
            for name in outcome.dispositions
        }
        self.outcomes = procedure.outcomes
        self.outcome_order = {item.name: order for order, item in enumerate(procedure.outcomes)}
        self.neutral = frozenset(
            item.name for item in procedure.dispositions if item.counts_as.neutral
        )
        self.passing = frozenset(
            item.name for item in procedure.outcomes if self.neutral.issuperset(item.dispositions)
        )
        self.custody_initial = procedure.custody_initial
        self._step_orders = {FIRST_SEEN: -1, **{s.name: s.order for s in procedure.steps}}

    def step_order(self, name: str) -> int:
        """A step's place among events of one moment: a first sight first, unknown steps last."""
        return self._step_orders.get(name, len(self.steps))


def _advancing(procedure: Procedure) -> frozenset[str]:
    """The stages that tell how far a prosecution came: those that are open at first instance, and
    from the first judgment on all but the ends without one."""
    return procedure.judged_stages | {
        stage.name for stage in procedure.stages if stage.live and stage.first_instance
    }


@lru_cache(maxsize=64)
def plan_for(machine: ProcedureMachine) -> Plan:
    """The plan of a machine, made once."""
    return Plan(machine)
