"""Rules about time limits: a clock that could never start, never stop, or never be known."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.builder import Builder
from workflows.elements import Step, TimeLimit, Track, Unit
from workflows.fields import meant
from workflows.procedure import Procedure
from workflows.rules import Found, Rule, reachable


def extensions_lead_to_a_limit(procedure: Procedure, builder: Builder) -> Found:
    """A limit lengthens another one that exists and fits, and never itself."""
    known = {limit.name: limit for limit in procedure.time_limits}
    for limit in procedure.time_limits:
        if not limit.extends:
            continue
        line = builder.line("time_limits", limit.name, "extends")
        base = known.get(limit.extends)
        if base is None:
            yield (
                line,
                f"time limit {limit.name!r} extends {limit.extends!r}, which does not exist; "
                f"{meant(limit.extends, known, 'limits are')}",
            )
            continue
        chain = _chain(limit, known)
        if limit.name in chain[1:]:
            if limit.name == min(chain[1:]):
                circle = " -> ".join(chain)
                yield line, f"time limits extend each other in a circle: {circle}"
            continue
        for word, own, other in (
            ("offence class", limit.offence_class, base.offence_class),
            ("age band", limit.age_band, base.age_band),
        ):
            if "any" not in (own, other) and own != other:
                yield (
                    line,
                    f"time limit {limit.name!r} is for the {word} {own!r} and extends "
                    f"{base.name!r}, which is for {other!r}; no accused is in both",
                )


def _chain(limit: TimeLimit, known: dict[str, TimeLimit]) -> list[str]:
    """The names along 'extends', until the end or the first one again."""
    chain = [limit.name]
    following = limit.extends
    while following in known:
        chain.append(following)
        if following in chain[:-1]:
            break
        following = known[following].extends
    return chain


def what_satisfies_can_follow(procedure: Procedure, builder: Builder) -> Found:
    """A step that can never come after the trigger never stops the clock."""
    steps = {step.name: step for step in procedure.steps}
    for limit in procedure.time_limits:
        trigger = steps.get(limit.trigger)
        if trigger is None:
            continue
        line = builder.line("time_limits", limit.name, "satisfied_by")
        if not limit.satisfied_by:
            yield line, f"nothing satisfies the time limit {limit.name!r}; name the steps that do"
        after = frozenset(_after(procedure, trigger))
        for name in limit.satisfied_by:
            step = steps[name]
            if step.track is trigger.track and after.isdisjoint(step.sources):
                yield (
                    line,
                    f"step {name!r} can't satisfy the time limit {limit.name!r}: it can never "
                    f"follow {limit.trigger!r}",
                )


def _after(procedure: Procedure, trigger: Step) -> Iterator[str]:
    """The places on its own track where a charge or an accused can be after a step."""
    same = [step for step in procedure.steps if step.track is trigger.track]
    places = [target for _, target in trigger.moves]
    if trigger.track is Track.CUSTODY:
        # Steps of the main track move custody at any time.
        places += [step.sets_custody for step in procedure.steps if step.sets_custody]
    yield from reachable(same, places)


def hours_are_asked_for(procedure: Procedure, builder: Builder) -> Found:
    """A limit in hours whose trigger never asks for the hour would always be unknown."""
    steps = {step.name: step for step in procedure.steps}
    for limit in procedure.time_limits:
        trigger = steps.get(limit.trigger)
        if limit.unit is not Unit.HOURS or trigger is None:
            continue
        if "hour" not in (*trigger.requires, *trigger.optional):
            yield (
                builder.line("time_limits", limit.name, "trigger"),
                f"time limit {limit.name!r} counts hours, but its trigger {limit.trigger!r} does "
                f"not ask for one; require or offer 'hour' there",
            )


RULES: tuple[Rule, ...] = (
    extensions_lead_to_a_limit,
    what_satisfies_can_follow,
    hours_are_asked_for,
)
