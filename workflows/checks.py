"""What a procedure file must fulfil as a whole, beyond the types of its fields.

Two measures: a text is *usable* when the programs can work by it, and *sound* when its author has
overlooked nothing that a rule knows of. A published version was sound by the rules of its day and
is kept for ever, so it must stay usable; whatever is read from a file must be sound.
"""

from __future__ import annotations

from workflows import rules_ends, rules_limits, rules_stages, rules_steps, rules_words
from workflows.builder import Builder
from workflows.errors import ProcedureError
from workflows.procedure import Procedure
from workflows.reader import Source
from workflows.rules import Rule

USABLE: tuple[Rule, ...] = (
    rules_stages.every_stage_is_reached,
    rules_stages.no_dead_end,
    rules_stages.exits_are_true,
    rules_steps.custody_steps_keep_to_custody,
    rules_ends.ends_say_how,
    rules_ends.outcomes_cover_dispositions,
    rules_ends.convictions_are_judgments,
)

SOUND: tuple[Rule, ...] = (
    *rules_stages.RULES,
    *rules_steps.RULES,
    *rules_ends.RULES,
    *rules_words.RULES,
    *rules_limits.RULES,
)


def check(source: Source, rules: tuple[Rule, ...] = SOUND) -> Procedure:
    """The procedure of a file. Raises ProcedureError with every problem found."""
    builder = Builder(source)
    procedure = builder.build()
    for rule in rules:
        for line, message in rule(procedure, builder):
            builder.problems.add(line, message)
    if builder.problems.found:
        raise ProcedureError(builder.problems.found)
    return procedure
