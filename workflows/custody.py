"""In what custody somebody was on a given day, from what is known to have happened."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from workflows.ordering import moment
from workflows.plan import Plan
from workflows.state import EventIn


def custody_on(plan: Plan, events: Iterable[EventIn], day: date) -> str | None:
    """The custody in which the evening of `day` left somebody; None where it can't be told.

    events: those that have a legal place, in any order. It can't be told where something that
    moves custody is undated, may have happened both until that evening and after it, or fits the
    law only in another order than that of days, sequence and procedure.
    """
    moving = [
        event
        for event in events
        if (step := plan.steps.get(event.step)) is not None
        and (step.custody or step.sets_custody is not None)
    ]
    if any(event.day_from is None for event in moving):
        return None
    custody = plan.custody_initial
    for event in sorted(moving, key=moment(plan)):
        assert event.day_from is not None
        if event.day_from > day:
            break
        if (event.day_to or event.day_from) > day:
            return None
        step = plan.steps[event.step]
        if not step.custody:
            custody = step.sets_custody or custody
            continue
        target = step.moves.get(custody)
        if target is None:
            return None
        custody = target
    return custody
