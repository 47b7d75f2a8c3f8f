"""Rules about ends: who gives them, how they count, and the outcome that follows."""

from __future__ import annotations

from workflows.builder import Builder
from workflows.elements import START, CountsAs, Outcome, OutcomeGroup
from workflows.procedure import Procedure
from workflows.rules import Found, Rule, main_steps

_FITTING = {
    CountsAs.JUDGMENT: OutcomeGroup.JUDGMENT,
    CountsAs.ENDED_WITHOUT_JUDGMENT: OutcomeGroup.ENDED_WITHOUT_JUDGMENT,
    CountsAs.OUTSIDE_CONTROL: OutcomeGroup.OUTSIDE_CONTROL,
    CountsAs.CONTINUES_ELSEWHERE: OutcomeGroup.OUTSIDE_CONTROL,
}


def ends_say_how(procedure: Procedure, builder: Builder) -> Found:
    """A step that ends a charge gives it a disposition, and no other step does."""
    open_stages = {
        stage.name for stage in procedure.stages if stage.live and stage.first_instance
    } | {START}
    stages = {stage.name: stage for stage in procedure.stages}
    for step in main_steps(procedure):
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


def outcomes_cover_dispositions(procedure: Procedure, builder: Builder) -> Found:
    """Every disposition leads to exactly one outcome, of a kind that fits how it counts."""
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
        wanted = _FITTING.get(disposition.counts_as)
        if found and wanted and found[0].group is not wanted:
            yield (
                builder.line("outcomes", found[0].name, "group"),
                f"outcome {found[0].name!r} is of group {found[0].group.value!r}, but its "
                f"disposition {disposition.name!r} counts as {disposition.counts_as.value!r}",
            )


def outcomes_are_of_one_kind(procedure: Procedure, builder: Builder) -> Found:
    """An outcome that mixes kinds of ends says nothing that can be counted."""
    ends = {item.name: item for item in procedure.dispositions}
    for outcome in procedure.outcomes:
        line = builder.line("outcomes", outcome.name, "dispositions")
        known = [ends[name] for name in outcome.dispositions if name in ends]
        if not outcome.dispositions:
            yield line, f"outcome {outcome.name!r} has no dispositions and can never come about"
        if len({item.counts_as.neutral for item in known}) > 1:
            yield (
                line,
                f"outcome {outcome.name!r} mixes ends that go on elsewhere with ends that do "
                f"not; make two outcomes",
            )
        if len({item.conviction for item in known}) > 1:
            yield (
                line,
                f"outcome {outcome.name!r} mixes convictions with other ends; make two outcomes",
            )


def no_outcome_hides_another(procedure: Procedure, builder: Builder) -> Found:
    """The first that fits is the outcome, so judgments come first, and of them convictions."""
    convictions = {item.name for item in procedure.dispositions if item.conviction}

    def weight(outcome: Outcome) -> int:
        if outcome.group is not OutcomeGroup.JUDGMENT:
            return 0
        return 1 + (not convictions.isdisjoint(outcome.dispositions))

    words = {0: "no judgment", 1: "a judgment", 2: "a conviction"}
    for place, outcome in enumerate(procedure.outcomes):
        before = next((o for o in procedure.outcomes[:place] if weight(o) < weight(outcome)), None)
        if before is not None:
            yield (
                builder.line("outcomes", outcome.name),
                f"outcome {outcome.name!r} ({words[weight(outcome)]}) stands after "
                f"{before.name!r} ({words[weight(before)]}), which hides it where a prosecution "
                f"has both; move it before {before.name!r}",
            )


def convictions_are_judgments(procedure: Procedure, builder: Builder) -> Found:
    """Only a judgment can convict."""
    for item in procedure.dispositions:
        if item.conviction and item.counts_as is not CountsAs.JUDGMENT:
            yield (
                builder.line("dispositions", item.name, "conviction"),
                f"disposition {item.name!r} is a conviction but does not count as a judgment",
            )


def ends_have_an_author(procedure: Procedure, builder: Builder) -> Found:
    """Dismissal is several acts by several actors: an end without judgment says whose it is."""
    by_outcome = {
        name: outcome.ended_by for outcome in procedure.outcomes for name in outcome.dispositions
    }
    for item in procedure.dispositions:
        wanted = item.counts_as is CountsAs.ENDED_WITHOUT_JUDGMENT
        if wanted and not (item.ended_by or by_outcome.get(item.name)):
            yield (
                builder.line("dispositions", item.name),
                f"disposition {item.name!r} counts as {item.counts_as.value!r}, so somebody "
                f"ended it; name the actor in 'ended_by'",
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


RULES: tuple[Rule, ...] = (
    ends_say_how,
    outcomes_cover_dispositions,
    outcomes_are_of_one_kind,
    no_outcome_hides_another,
    convictions_are_judgments,
    ends_have_an_author,
    every_disposition_is_given,
)
