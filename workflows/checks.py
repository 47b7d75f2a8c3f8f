"""What a procedure file must fulfil as a whole, beyond the types of its fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

from workflows.builder import Builder
from workflows.elements import START, CountsAs, OutcomeGroup, Step, Track
from workflows.errors import ProcedureError
from workflows.fields import listed
from workflows.procedure import Procedure
from workflows.reader import Source

Found = Iterator[tuple[int, str]]
Check = Callable[[Procedure, Builder], Found]


def check(source: Source) -> Procedure:
    """The procedure of a file. Raises ProcedureError with every problem found."""
    builder = Builder(source)
    procedure = builder.build()
    for rule in RULES:
        for line, message in rule(procedure, builder):
            builder.problems.add(line, message)
    if builder.problems.found:
        raise ProcedureError(builder.problems.found)
    return procedure


def _main_steps(procedure: Procedure) -> list[Step]:
    return [step for step in procedure.steps if step.track is Track.MAIN]


def reachable_stages(procedure: Procedure) -> frozenset[str]:
    """The stages that some chain of steps of the main track reaches from the start."""
    onward: dict[str, set[str]] = {}
    for step in _main_steps(procedure):
        for source, target in step.moves:
            onward.setdefault(source, set()).add(target)
    seen: set[str] = set()
    todo = [START]
    while todo:
        for target in onward.get(todo.pop(), ()):
            if target not in seen:
                seen.add(target)
                todo.append(target)
    return frozenset(seen)


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
        for step in _main_steps(procedure)
        for source, target in step.moves
        if source != target
    }
    for stage in procedure.stages:
        if stage.live and stage.name not in left:
            yield (
                builder.line("stages", stage.name),
                f"no step leaves the stage {stage.name!r}; add one or declare it terminal",
            )


def exits_are_true(procedure: Procedure, builder: Builder) -> Found:
    """The exits of a terminal stage are exactly the steps that start there and lead out."""
    for stage in procedure.stages:
        if not stage.terminal:
            continue
        leaving = {
            step.name
            for step in _main_steps(procedure)
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


def ends_say_how(procedure: Procedure, builder: Builder) -> Found:
    """A step that ends a charge gives it a disposition, and no other step does."""
    open_stages = {
        stage.name for stage in procedure.stages if stage.live and stage.first_instance
    } | {START}
    stages = {stage.name: stage for stage in procedure.stages}
    for step in _main_steps(procedure):
        ends = [
            (source, target)
            for source, target in step.moves
            if target in stages and stages[target].terminal and source in open_stages
        ]
        if ends and not step.possible_dispositions:
            yield (
                builder.line("steps", step.name),
                f"step {step.name!r} ends a charge at {ends[0][1]!r} but says no 'disposition' "
                f"or 'dispositions'",
            )
        into_open = [target for _, target in step.moves if target in open_stages]
        if into_open and step.possible_dispositions:
            yield (
                builder.line("steps", step.name),
                f"step {step.name!r} gives a disposition but leads to the live stage "
                f"{into_open[0]!r}",
            )
        if step.disposition and step.dispositions:
            yield (
                builder.line("steps", step.name, "dispositions"),
                f"step {step.name!r} has both 'disposition' and 'dispositions'; keep one",
            )


def custody_steps_keep_to_custody(procedure: Procedure, builder: Builder) -> Found:
    """Steps of the custody track end no charge and file none."""
    for step in procedure.steps:
        if step.track is Track.CUSTODY and (
            step.possible_dispositions or step.files_charges or step.sets_custody
        ):
            yield (
                builder.line("steps", step.name),
                f"custody step {step.name!r} can't file charges, end them or set custody twice",
            )


def outcomes_cover_dispositions(procedure: Procedure, builder: Builder) -> Found:
    """Every disposition leads to exactly one outcome, of a kind that fits how it counts."""
    fitting = {
        CountsAs.JUDGMENT: OutcomeGroup.JUDGMENT,
        CountsAs.ENDED_WITHOUT_JUDGMENT: OutcomeGroup.ENDED_WITHOUT_JUDGMENT,
        CountsAs.OUTSIDE_CONTROL: OutcomeGroup.OUTSIDE_CONTROL,
        CountsAs.CONTINUES_ELSEWHERE: OutcomeGroup.OUTSIDE_CONTROL,
    }
    for disposition in procedure.dispositions:
        here = builder.line("dispositions", disposition.name)
        found = [out for out in procedure.outcomes if disposition.name in out.dispositions]
        if not found:
            yield (
                here,
                f"the outcome rule does not cover the disposition {disposition.name!r}; name it "
                f"in the 'dispositions' of an outcome",
            )
        for other in found[1:]:
            yield (
                builder.line("outcomes", other.name, "dispositions"),
                f"disposition {disposition.name!r} leads to two outcomes, {found[0].name!r} and "
                f"{other.name!r}",
            )
        wanted = fitting.get(disposition.counts_as)
        if found and wanted and found[0].group is not wanted:
            yield (
                builder.line("outcomes", found[0].name, "group"),
                f"outcome {found[0].name!r} is of group {found[0].group.value!r}, but its "
                f"disposition {disposition.name!r} counts as {disposition.counts_as.value!r}",
            )


def convictions_are_judgments(procedure: Procedure, builder: Builder) -> Found:
    """Only a judgment can convict."""
    for item in procedure.dispositions:
        if item.conviction and item.counts_as is not CountsAs.JUDGMENT:
            yield (
                builder.line("dispositions", item.name, "conviction"),
                f"disposition {item.name!r} is a conviction but does not count as a judgment",
            )


def every_disposition_is_given(procedure: Procedure, builder: Builder) -> Found:
    """A disposition that no step gives can never be recorded."""
    given = {name for step in procedure.steps for name in step.possible_dispositions}
    for disposition in procedure.dispositions:
        if disposition.name not in given:
            yield (
                builder.line("dispositions", disposition.name),
                f"no step gives the disposition {disposition.name!r}",
            )


def steps_can_be_told_apart(procedure: Procedure, builder: Builder) -> Found:
    """Two steps with one actor, one label and a common source look the same on a form."""
    for first, second in combinations(procedure.steps, 2):
        if first.actor != second.actor or first.track is not second.track:
            continue
        if first.label.en.casefold() != second.label.en.casefold():
            continue
        common = [source for source in first.sources if source in second.sources]
        if common:
            yield (
                builder.line("steps", second.name),
                f"steps {first.name!r} and {second.name!r} can't be told apart: same actor, same "
                f"label and both start from {common[0]!r}",
            )


def requirements_fit(procedure: Procedure, builder: Builder) -> Found:
    """What a step asks for matches what it does."""
    for step in procedure.steps:
        line = builder.line("steps", step.name, "requires")
        for name in step.requires:
            if name in step.optional:
                yield line, f"step {step.name!r} both requires and offers {name!r}"
        if step.dispositions and "disposition" not in step.requires:
            yield line, f"step {step.name!r} has a choice of dispositions; require 'disposition'"
        if "new_charges" in (*step.requires, *step.optional) and not step.files_charges:
            yield line, f"step {step.name!r} asks for new charges; say 'files_charges: true'"
        if "mode" in step.requires and not step.modes:
            yield line, f"step {step.name!r} asks for a mode; list its 'modes'"


def limits_fit(procedure: Procedure, builder: Builder) -> Found:
    """A limit extends a limit that exists."""
    known = {limit.name for limit in procedure.time_limits}
    for limit in procedure.time_limits:
        if limit.extends and limit.extends not in known:
            yield (
                builder.line("time_limits", limit.name, "extends"),
                f"time limit {limit.name!r} extends {limit.extends!r}, which does not exist; "
                f"limits are: {listed(sorted(known))}",
            )


RULES: tuple[Check, ...] = (
    every_stage_is_reached,
    no_dead_end,
    exits_are_true,
    ends_say_how,
    custody_steps_keep_to_custody,
    outcomes_cover_dispositions,
    convictions_are_judgments,
    every_disposition_is_given,
    steps_can_be_told_apart,
    requirements_fit,
    limits_fit,
)
