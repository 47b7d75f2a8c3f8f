"""What the rules of a procedure file have in common: what a rule is, and who follows whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from workflows.builder import Builder
from workflows.elements import START, Step, Track
from workflows.procedure import Procedure

Found = Iterator[tuple[int, str]]
"""Lines, and what is wrong there."""

Rule = Callable[[Procedure, Builder], Found]


def main_steps(procedure: Procedure) -> list[Step]:
    """The steps that move charges."""
    return [step for step in procedure.steps if step.track is Track.MAIN]


def reachable(steps: Iterable[Step], places: Iterable[str]) -> frozenset[str]:
    """The places that some chain of these steps reaches from `places`, those included."""
    onward: dict[str, set[str]] = {}
    for step in steps:
        for source, target in step.moves:
            onward.setdefault(source, set()).add(target)
    seen = set(places)
    todo = list(seen)
    while todo:
        for target in onward.get(todo.pop(), ()):
            if target not in seen:
                seen.add(target)
                todo.append(target)
    return frozenset(seen)


def reachable_stages(procedure: Procedure) -> frozenset[str]:
    """The stages that some chain of steps of the main track reaches from the start."""
    return reachable(main_steps(procedure), [START]) - {START}
