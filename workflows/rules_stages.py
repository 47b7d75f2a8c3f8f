"""Rules about stages and custody states: everything is reached, and nothing is a trap."""

from __future__ import annotations

from workflows.builder import Builder
from workflows.elements import START, Track
from workflows.fields import listed
from workflows.procedure import Procedure
from workflows.rules import Found, Rule, main_steps, reachable, reachable_stages


def something_begins(procedure: Procedure, builder: Builder) -> Found:
    """Without a step from the start nothing can ever be recorded."""
    if not any(START in step.sources for step in main_steps(procedure)):
        yield (
            builder.line_of_section("steps"),
            f"no step begins a prosecution; give at least one step 'from: {START}'",
        )


def every_stage_is_reached(procedure: Procedure, builder: Builder) -> Found:
    """A stage that no path reaches is a mistake in a 'from' or a 'to'."""
    reached = reachable_stages(procedure)
    for stage in procedure.stages:
        if stage.name not in reached:
            yield (
                builder.line("stages", stage.name),
                f"unreachable stage {stage.name!r}: no chain of steps leads from "
                f"{START!r} to it; name it in the 'to' of a step",
            )


def no_dead_end(procedure: Procedure, builder: Builder) -> Found:
    """A live stage that no step leaves is an end that does not say so."""
    left = {
        source
        for step in main_steps(procedure)
        for source, target in step.moves
        if source != target
    }
    for stage in procedure.stages:
        if stage.live and stage.name not in left:
            yield (
                builder.line("stages", stage.name),
                f"no step leaves the stage {stage.name!r}; add one or declare it terminal",
            )


def the_suspended_can_resume(procedure: Procedure, builder: Builder) -> Found:
    """Absconding suspends and ends nothing: some step goes on with the accused who is found."""
    going_on = {stage.name for stage in procedure.stages if stage.live and not stage.suspended}
    resumed = {
        source
        for step in main_steps(procedure)
        for source, target in step.moves
        if target in going_on
    }
    left = {s for step in main_steps(procedure) for s, target in step.moves if s != target}
    for stage in procedure.stages:
        if stage.suspended and stage.name in left and stage.name not in resumed:
            yield (
                builder.line("stages", stage.name),
                f"no step resumes what is suspended at {stage.name!r}; add a step from there to "
                f"a live stage",
            )


def exits_are_true(procedure: Procedure, builder: Builder) -> Found:
    """The exits of a terminal stage are exactly the steps that start there and lead out."""
    for stage in procedure.stages:
        if not stage.terminal:
            continue
        leaving = {
            step.name
            for step in main_steps(procedure)
            if any(source == stage.name != target for source, target in step.moves)
        }
        line = builder.line("stages", stage.name, "exits")
        for name in stage.exits:
            if name not in leaving:
                yield (
                    line,
                    f"exit {name!r} of the stage {stage.name!r} is no step that starts there; "
                    f"steps that do: {listed(sorted(leaving))}",
                )
        for name in sorted(leaving.difference(stage.exits)):
            yield (
                builder.line("steps", name, "from"),
                f"step {name!r} leaves the terminal stage {stage.name!r}, which does not "
                f"declare it among its exits",
            )


def every_group_is_used(procedure: Procedure, builder: Builder) -> Found:
    """A group that no step starts from is a leftover, or is misspelt where it was meant."""
    for name in builder.groups:
        if name not in builder.used_groups:
            yield (
                builder.line("groups", name),
                f"no step starts from the group {name!r}; use it in a 'from' or take it out",
            )


def every_custody_state_is_reached(procedure: Procedure, builder: Builder) -> Found:
    """A state of custody that no step leads to can never be recorded."""
    steps = [step for step in procedure.steps if step.track is Track.CUSTODY]
    set_by_main = [step.sets_custody for step in procedure.steps if step.sets_custody]
    reached = reachable(steps, [procedure.custody_initial, *set_by_main])
    for state in procedure.custody:
        if state.name not in reached:
            yield (
                builder.line("custody", state.name),
                f"custody state {state.name!r} is never reached from "
                f"{procedure.custody_initial!r}; name it in the 'to' of a custody step or in "
                f"'sets_custody'",
            )


RULES: tuple[Rule, ...] = (
    something_begins,
    every_stage_is_reached,
    no_dead_end,
    the_suspended_can_resume,
    exits_are_true,
    every_group_is_used,
    every_custody_state_is_reached,
)
