"""Rules about steps: what they ask for, what they refuse by, and which clocks they start."""

from __future__ import annotations

from workflows.builder import Builder
from workflows.elements import START, Track
from workflows.fields import listed
from workflows.guards import AGE_BANDS, ASKS_AGE, ASKS_CLASS
from workflows.procedure import Procedure
from workflows.rules import Found, Rule, main_steps, reachable_stages

_ORIGINS = ("registration", "charge")


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


def requirements_fit(procedure: Procedure, builder: Builder) -> Found:
    """What a step asks for matches what it does."""
    convictions = {item.name for item in procedure.dispositions if item.conviction}
    for step in procedure.steps:
        line = builder.line("steps", step.name, "requires")
        asked = (*step.requires, *step.optional)
        for name in step.requires:
            if name in step.optional:
                yield line, f"step {step.name!r} both requires and offers {name!r}"
        if step.dispositions and "disposition" not in step.requires:
            yield line, f"step {step.name!r} has a choice of dispositions; require 'disposition'"
        if "disposition" in step.requires and not step.dispositions:
            yield line, f"step {step.name!r} asks for a disposition; list its 'dispositions'"
        if "new_charges" in asked and not step.files_charges:
            yield line, f"step {step.name!r} asks for new charges; say 'files_charges: true'"
        if step.files_charges and "new_charges" not in asked:
            yield line, f"step {step.name!r} files charges; require or offer 'new_charges'"
        if "mode" in asked and not step.modes:
            yield line, f"step {step.name!r} asks for a mode; list its 'modes'"
        if step.modes and "mode" not in asked:
            yield line, f"step {step.name!r} has 'modes' but never asks; require or offer 'mode'"
        ends = step.possible_dispositions
        if "sentence" in asked and ends and convictions.isdisjoint(ends):
            yield line, f"step {step.name!r} asks for a sentence but convicts nobody"


def setting_aside_opens_again(procedure: Procedure, builder: Builder) -> Found:
    """An end that is set aside never counted, so the charge must be open again."""
    open_ = {stage.name for stage in procedure.stages if stage.live and stage.first_instance}
    for step in procedure.steps:
        if step.sets_aside and not any(target in open_ for _, target in step.moves):
            yield (
                builder.line("steps", step.name, "sets_aside"),
                f"step {step.name!r} sets an end aside but leads to no stage that is open at "
                f"first instance",
            )


def guards_know_the_words(procedure: Procedure, builder: Builder) -> Found:
    """A guard compares words; a class or band under another name would never be refused."""
    for step in procedure.steps:
        line = builder.line("steps", step.name, "guards")
        for guard in step.guards:
            missing = [
                name for name in ASKS_CLASS.get(guard, ()) if name not in procedure.offence_classes
            ]
            if missing:
                yield (
                    line,
                    f"guard {guard!r} of step {step.name!r} asks for the offence class "
                    f"{missing[0]!r}, which this file does not declare; its 'offence_classes' "
                    f"are: {listed(procedure.offence_classes)}",
                )
            if guard in ASKS_AGE and not set(procedure.age_bands) & AGE_BANDS:
                yield (
                    line,
                    f"guard {guard!r} of step {step.name!r} asks for the age; declare 'age_bands'",
                )
    for band in procedure.age_bands:
        if band not in AGE_BANDS:
            yield (
                builder.line_of_section("age_bands"),
                f"age band {band!r} is not one that the record tells apart; allowed are: "
                f"{listed(sorted(AGE_BANDS))}",
            )


def clocks_begin(procedure: Procedure, builder: Builder) -> Found:
    """Statistics need an origin, and a milestone on a step that nobody can take is none."""
    reached = reachable_stages(procedure) | {START}
    given: set[str] = set()
    for step in main_steps(procedure):
        if step.milestone is None:
            continue
        if reached.isdisjoint(step.sources):
            yield (
                builder.line("steps", step.name, "milestone"),
                f"step {step.name!r} is the milestone {step.milestone!r}, but it can never be "
                f"taken: no chain of steps leads to {listed(step.sources)}",
            )
        else:
            given.add(step.milestone)
    for step in procedure.steps:
        if step.milestone is not None and step.track is Track.CUSTODY:
            yield (
                builder.line("steps", step.name, "milestone"),
                f"custody step {step.name!r} can't be a milestone; give it to a step of the main "
                f"track",
            )
    if given.isdisjoint(_ORIGINS):
        yield (
            builder.line_of_section("steps"),
            f"no step starts the clock of the statistics; mark one with 'milestone: "
            f"{_ORIGINS[0]}' or 'milestone: {_ORIGINS[1]}'",
        )


RULES: tuple[Rule, ...] = (
    custody_steps_keep_to_custody,
    requirements_fit,
    setting_aside_opens_again,
    guards_know_the_words,
    clocks_begin,
)
