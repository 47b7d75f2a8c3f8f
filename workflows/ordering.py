"""The order of a prosecution's events in time, as far as their days tell it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from itertools import islice

from workflows.plan import Plan
from workflows.state import EventIn

Moment = tuple[date | None, int, int, int]


def moment(plan: Plan) -> Callable[[EventIn], Moment]:
    """The key by which events are put in order: day, sequence, procedure, entry."""
    step_order = plan.step_order
    return lambda event: (event.day_from, event.sequence, step_order(event.step), event.id)


def beside(dated: Sequence[EventIn], place: int) -> list[EventIn]:
    """The events after `place` that happened at the same moment and name their charges."""
    event = dated[place]
    found = []
    for other in islice(dated, place + 1, None):
        if other.day_from != event.day_from or other.sequence != event.sequence:
            break
        if other.targets:
            found.append(other)
    return found


def has_room(waiting: EventIn, following: EventIn) -> bool:
    """Whether `waiting` may still have happened after `following`."""
    assert waiting.day_from is not None
    assert following.day_from is not None
    latest = waiting.day_to or waiting.day_from
    if latest == waiting.day_from == following.day_from:
        return waiting.sequence == following.sequence
    return following.day_from <= latest
