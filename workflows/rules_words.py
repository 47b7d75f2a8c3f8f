"""Rules about words: what people read is there, and tells things apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Protocol

from workflows.builder import Builder
from workflows.elements import Text
from workflows.procedure import Procedure
from workflows.rules import Found, Rule

NO_ARTICLE = re.compile(r"not known|to be found", re.IGNORECASE)
"""How a file says that the article of a step is still to be looked up."""


class _Labelled(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def label(self) -> Text: ...


def _sections(procedure: Procedure) -> Iterator[tuple[str, str, Sequence[_Labelled]]]:
    yield "stages", "stage", procedure.stages
    yield "custody", "custody state", procedure.custody
    yield "actors", "actor", procedure.actors
    yield "dispositions", "disposition", procedure.dispositions
    yield "outcomes", "outcome", procedure.outcomes
    yield "steps", "step", procedure.steps
    yield "time_limits", "time limit", procedure.time_limits


def _same(first: Text, second: Text) -> str:
    """The language in which two labels are the same, or nothing."""
    if first.en and first.en.casefold() == second.en.casefold():
        return "label"
    if first.km and first.km == second.km:
        return "Khmer label"
    return ""


def steps_can_be_told_apart(procedure: Procedure, builder: Builder) -> Found:
    """Two steps with one actor, one label and a common source look the same on a form."""
    for first, second in combinations(procedure.steps, 2):
        if first.actor != second.actor or first.track is not second.track:
            continue
        same = _same(first.label, second.label)
        common = [source for source in first.sources if source in second.sources]
        if same and common:
            yield (
                builder.line("steps", second.name),
                f"steps {first.name!r} and {second.name!r} can't be told apart: same actor, same "
                f"{same} and both start from {common[0]!r}",
            )


def places_and_ends_can_be_told_apart(procedure: Procedure, builder: Builder) -> Found:
    """Two stages, states, actors, ends or outcomes under one label look the same in a list."""
    for section, word, items in _sections(procedure):
        if section in ("steps", "time_limits"):
            continue
        for first, second in combinations(items, 2):
            same = _same(first.label, second.label)
            if same:
                yield (
                    builder.line(section, second.name),
                    f"{word} {second.name!r} has the same {same} as {first.name!r}; readers "
                    f"can't tell them apart",
                )


def khmer_is_whole(procedure: Procedure, builder: Builder) -> Found:
    """A file with a Khmer title is shown in Khmer: no label may be missing."""
    if not procedure.title.km:
        return
    for section, word, items in _sections(procedure):
        for item in items:
            if item.label.en and not item.label.km:
                yield (
                    builder.line(section, item.name),
                    f"{word} {item.name!r} has no Khmer label ('km'), but the title has; readers "
                    f"would meet English words",
                )


def every_actor_acts(procedure: Procedure, builder: Builder) -> Found:
    """An actor who takes no step and ends nothing is a leftover."""
    acting = {step.actor for step in procedure.steps}
    acting.update(item.ended_by or "" for item in procedure.dispositions)
    acting.update(item.ended_by or "" for item in procedure.outcomes)
    for actor in procedure.actors:
        if actor.name not in acting:
            yield (
                builder.line("actors", actor.name),
                f"actor {actor.name!r} takes no step and ends nothing; use it or take it out",
            )


def nobody_verified_what_is_not_known(procedure: Procedure, builder: Builder) -> Found:
    """What was read in a source has an article."""
    for section, word, items in (
        ("steps", "step", procedure.steps),
        ("time_limits", "time limit", procedure.time_limits),
    ):
        for item in items:
            if item.verified and NO_ARTICLE.search(item.article):
                yield (
                    builder.line(section, item.name, "verified"),
                    f"{word} {item.name!r} is marked verified, but its article is "
                    f"{item.article!r}; write 'verified: false' until somebody has read it",
                )


RULES: tuple[Rule, ...] = (
    steps_can_be_told_apart,
    places_and_ends_can_be_told_apart,
    khmer_is_whole,
    every_actor_acts,
    nobody_verified_what_is_not_known,
)
