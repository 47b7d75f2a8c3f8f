"""A procedure arranged for a picture: parts, rows, and the ends that too many stages share.

A law of forty stages has two hundred moves; drawn as they are they cover each other. So the live
stages stand one under the other in declared order, parted by phase; a suspension and an end stand
beside the stage that they belong to; ends that are reached from many stages are listed once and
marked by a letter wherever they are possible. Every move is still there, in words at its source.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workflows.elements import START, CountsAs, Phase, Stage, Step, Track
from workflows.procedure import Procedure

MANY = 7
"""An end that is reached from so many stages is marked by a letter."""


@dataclass(frozen=True)
class Exit:
    """Where one can go from a place, and the steps that lead there."""

    target: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Row:
    """A live stage (or `START`), with the suspensions and ends that belong beside it."""

    place: str
    suspended: tuple[Stage, ...] = ()
    ends: tuple[Stage, ...] = ()


@dataclass(frozen=True)
class Part:
    """Rows of one phase. phase: None for what comes after the first judgment."""

    phase: Phase | None
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Overview:
    """A procedure, arranged. marks: stage -> its number, or the letter of a common end."""

    procedure: Procedure
    parts: tuple[Part, ...]
    common: tuple[Stage, ...]
    marks: Mapping[str, str]
    exits: Mapping[str, tuple[Exit, ...]]

    def own_exits(self, place: str) -> tuple[Exit, ...]:
        """The exits of a place that lead to no common end."""
        names = {stage.name for stage in self.common}
        return tuple(exit_ for exit_ in self.exits.get(place, ()) if exit_.target not in names)

    def common_exits(self, place: str) -> tuple[Exit, ...]:
        """The exits of a place that lead to a common end."""
        names = {stage.name for stage in self.common}
        return tuple(exit_ for exit_ in self.exits.get(place, ()) if exit_.target in names)

    def ways_in(self, name: str) -> tuple[str, ...]:
        """The places from which a stage is reached, in declared order."""
        places = (START, *(stage.name for stage in self.procedure.stages))
        return tuple(
            place
            for place in places
            if any(exit_.target == name for exit_ in self.exits.get(place, ()))
        )


def arrange(procedure: Procedure) -> Overview:
    """Arrange the main track of a procedure."""
    exits = _exits(procedure)
    judged = {
        target
        for step in procedure.steps
        for _, target in step.moves
        if any(
            procedure.disposition(name).counts_as is CountsAs.JUDGMENT
            for name in step.possible_dispositions
        )
    }
    sources: dict[str, list[Stage]] = {stage.name: [] for stage in procedure.stages}
    for stage in procedure.stages:
        for exit_ in exits[stage.name]:
            sources[exit_.target].append(stage)
    common = tuple(
        stage
        for stage in procedure.stages
        if stage.terminal and stage.name not in judged and len(sources[stage.name]) >= MANY
    )
    beside: dict[str, list[Stage]] = {}
    for stage in procedure.stages:
        if (stage.terminal or stage.suspended) and stage not in common:
            host = _host(stage, sources, stage.name in judged, (stage.name,))
            beside.setdefault(host or START, []).append(stage)
    return Overview(procedure, _parts(procedure, beside), common, _marks(procedure, common), exits)


def _exits(procedure: Procedure) -> dict[str, tuple[Exit, ...]]:
    """Place -> its exits, by the declared order of their targets; what stays is left out."""
    order = {stage.name: stage.order for stage in procedure.stages}
    found: dict[str, dict[str, list[Step]]] = {START: {}, **{name: {} for name in order}}
    for step in procedure.steps:
        if step.track is Track.MAIN:
            for source, target in step.moves:
                if source != target:
                    found[source].setdefault(target, []).append(step)
    return {
        place: tuple(
            Exit(target, tuple(steps))
            for target, steps in sorted(targets.items(), key=lambda item: order[item[0]])
        )
        for place, targets in found.items()
    }


def _host(
    stage: Stage, sources: Mapping[str, Sequence[Stage]], judged: bool, seen: tuple[str, ...]
) -> str | None:
    """The live stage beside which an end or a suspension stands: the first from which it is
    reached, or the last where it is a judgment; behind other ends, theirs."""
    live = [source for source in sources[stage.name] if source.live and not source.suspended]
    if live:
        return (live[-1] if judged else live[0]).name
    for source in sources[stage.name]:
        if source.name not in seen:
            host = _host(source, sources, judged, (*seen, source.name))
            if host is not None:
                return host
    return None


def _parts(procedure: Procedure, beside: Mapping[str, Sequence[Stage]]) -> tuple[Part, ...]:
    live = [stage for stage in procedure.stages if stage.live and not stage.suspended]
    last = max((stage.order for stage in live if stage.first_instance), default=-1)
    parts: dict[Phase | None, list[Row]] = {}

    def row(place: str) -> Row:
        stages = beside.get(place, ())
        return Row(
            place,
            tuple(stage for stage in stages if stage.suspended),
            tuple(stage for stage in stages if not stage.suspended),
        )

    for number, stage in enumerate(live):
        phase = stage.phase if stage.order <= last else None
        rows = parts.setdefault(phase, [])
        if number == 0:
            rows.append(row(START))
        rows.append(row(stage.name))
    return tuple(Part(phase, tuple(rows)) for phase, rows in parts.items())


def _marks(procedure: Procedure, common: Sequence[Stage]) -> dict[str, str]:
    """Numbers in declared order, letters for the common ends."""
    marks = {stage.name: chr(ord("A") + place) for place, stage in enumerate(common)}
    number = 0
    for stage in procedure.stages:
        if stage.name not in marks:
            number += 1
            marks[stage.name] = str(number)
    return marks
