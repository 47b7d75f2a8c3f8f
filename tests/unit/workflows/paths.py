"""Legal paths through a procedure, computed from its table: the shortest way to each stage."""

from __future__ import annotations

from collections import deque
from datetime import date, timedelta

from workflows.elements import START, Track
from workflows.history import ChargeIn, EventIn, TargetIn
from workflows.machine import ProcedureMachine

BEGIN = date(2024, 1, 1)


def day(number: int) -> date:
    """Return the day `number` days into the story."""
    return BEGIN + timedelta(days=number)


def shortest_paths(machine: ProcedureMachine) -> dict[str, tuple[str, ...]]:
    """Return stage -> names of steps from the start; each stage by a shortest path."""
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
    return paths


def story(machine: ProcedureMachine, names: tuple[str, ...]) -> list[EventIn]:
    """Return one event a day for charge 1, each with the first disposition its step allows."""
    events = []
    for number, name in enumerate(names):
        step = machine.procedure.step(name)
        targets: tuple[TargetIn, ...] = ()
        if step.track is Track.MAIN:
            choice = next(iter(step.possible_dispositions), None)
            targets = (TargetIn(1, choice),)
        events.append(EventIn(number + 1, name, day(number), None, 0, targets))
    return events


FILED = [ChargeIn(1, "filed")]
