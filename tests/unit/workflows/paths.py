"""Legal paths through a procedure, computed from its table: the shortest way to each stage."""

from __future__ import annotations

from collections import deque
from datetime import date, timedelta

from workflows.elements import START
from workflows.history import ChargeIn, EventIn, TargetIn
from workflows.machine import ProcedureMachine

BEGIN = date(2024, 1, 1)
FILED = (ChargeIn(1, "filed"),)


def day(number: int) -> date:
    """Return the day `number` days into the story."""
    return BEGIN + timedelta(days=number)


def shortest_paths(machine: ProcedureMachine) -> dict[str, tuple[str, ...]]:
    """Return stage -> names of steps from the start, each by a shortest path."""
    onward: dict[str, list[tuple[str, str]]] = {}
    for (source, step), target in machine.table.items():
        onward.setdefault(source, []).append((step, target))
    paths: dict[str, tuple[str, ...]] = {START: ()}
    todo = deque([START])
    while todo:
        here = todo.popleft()
        for step, target in onward.get(here, ()):
            if target not in paths:
                paths[target] = (*paths[here], step)
                todo.append(target)
    del paths[START]
    return paths


def event(
    number: int,
    step: str,
    on: int | date | None,
    *targets: TargetIn,
    until: date | None = None,
    sequence: int = 0,
    entry: str | None = None,
) -> EventIn:
    """Return an event; `on` counts days into the story, or is a date, or None for undated."""
    first = day(on) if isinstance(on, int) else on
    return EventIn(number, step, first, until or first, sequence, targets, entry)


def one_a_day(machine: ProcedureMachine, names: tuple[str, ...]) -> list[EventIn]:
    """Return one event a day for charge 1, each with the first disposition its step gives."""
    events = []
    for number, name in enumerate(names):
        step = machine.procedure.step(name)
        choice = next(iter(step.possible_dispositions), None)
        events.append(event(number + 1, name, number, TargetIn(1, choice)))
    return events
