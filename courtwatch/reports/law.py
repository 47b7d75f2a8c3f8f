"""What reports ask of a jurisdiction's procedures: labels, stages behind a decision, actors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from courtwatch.models import Jurisdiction, ProcedureVersion
from courtwatch.reports.model import Label, Origin
from courtwatch.reports.then import Then
from workflows.elements import (
    Disposition,
    Outcome,
    OutcomeGroup,
    Phase,
    Stage,
    Step,
    Track,
)
from workflows.history import outcome_rule_text
from workflows.procedure import Procedure, loads

DEFAULT = "default"
"""How a judgment was given: of somebody who was not there (`workflows.elements.MODES`)."""


@dataclass(frozen=True)
class Decision:
    """One way of ending a prosecution without judgment, as an act of one actor.

    `went_on` are the furthest stages of prosecutions that this actor did not end but let go on;
    None means that the alternative to ending them was a judgment.
    """

    outcome: Outcome
    actor: str
    institution_kind: str
    went_on: frozenset[str] | None


class Law:
    """The published versions of one procedure, the newest first.

    A name that only an older version knows is found there, because a case keeps its version.
    """

    def __init__(self, procedures: Iterable[Procedure]) -> None:
        self.procedures = tuple(procedures)
        if not self.procedures:
            raise LookupError("there is no procedure")
        newest = self.procedures[0]
        self.title = f"{newest.name} {newest.version}"
        self.rule = outcome_rule_text(newest)
        self.outcomes: dict[str, Outcome] = {}
        self.dispositions: dict[str, Disposition] = {}
        self.stages: dict[str, Stage] = {}
        self.actors: dict[str, Label] = {}
        self._kinds: dict[str, str | None] = {}
        for procedure in self.procedures:
            for outcome in procedure.outcomes:
                self.outcomes.setdefault(outcome.name, outcome)
            for disposition in procedure.dispositions:
                self.dispositions.setdefault(disposition.name, disposition)
            for stage in procedure.stages:
                self.stages.setdefault(stage.name, stage)
            for actor in procedure.actors:
                self.actors.setdefault(actor.name, actor.label)
                self._kinds.setdefault(actor.name, actor.institution_kind)

    def actors_of_ends(self) -> tuple[str, ...]:
        """Return the actors who can end a prosecution without judgment, in procedure order."""
        ending = {o.ended_by for o in self.outcomes.values() if _without_judgment(o)}
        return tuple(name for name in self.actors if name in ending)

    def decisions(self) -> tuple[Decision, ...]:
        """Return the ways in which an institution ends a prosecution without judgment."""
        found = []
        for actor in self.actors_of_ends():
            kind = self._kinds[actor]
            if kind is None:
                continue  # the law itself ends it: no institution decided
            found += [
                Decision(outcome, actor, kind, self._went_on(outcome))
                for outcome in self.outcomes.values()
                if _without_judgment(outcome) and outcome.ended_by == actor
            ]
        return tuple(found)

    @cached_property
    def before_prosecution(self) -> frozenset[str]:
        """Return the stages of those that the police have not referred: no docket has them yet."""
        referred = {
            self.stages[name].order
            for decision in self.decisions()
            if decision.institution_kind == "police"
            for name in decision.went_on or ()
        }
        return frozenset(
            stage.name for stage in self.stages.values() if stage.order < min(referred, default=0)
        )

    def before(self, origin: Origin) -> frozenset[str | None]:
        """Return the furthest stages of those that never came to an origin, as far as is known.

        Nobody who was judged is among them: judgments lead to stages of their own. Of an arrest
        nobody can tell. Without any stage (None: a case was opened, and no step entered) nobody
        knows of a charge; it came before the prosecution, since the police's stages alone tell
        otherwise.
        """
        if origin is Origin.REGISTRATION:
            return self.before_prosecution
        if origin is Origin.CHARGE:
            return frozenset({None, *self.stages}) - self.reached(Phase.CHARGED)
        return frozenset()

    def _went_on(self, outcome: Outcome) -> frozenset[str] | None:
        """Return the stages behind those where this end is decided; None: only judgment is.

        Only stages that a charge can come to from there: a citation to trial never passed the
        investigating judge.
        """
        deciding = self.deciding(outcome)
        if not deciding:
            return None
        last = max(self.stages[name].order for name in deciding)
        behind = {
            name
            for name in self.reachable(deciding)
            if self.stages[name].order > last and self._open(name)
        }
        return frozenset(behind | self.judged_stages) if behind else None

    def came_to(self, decision: Decision) -> frozenset[str]:
        """Return the furthest stages of those that came before this authority.

        Who was judged came before the trial court, on appeal and final as it may be by now.
        """
        deciding = self.deciding(decision.outcome)
        behind = self.judged_stages if decision.went_on is None else decision.went_on
        return frozenset(deciding) | self.reachable(deciding) | behind

    def here(self, decision: Decision) -> frozenset[str]:
        """Return the furthest stages of those on which this authority has not decided yet."""
        gone = self.judged_stages if decision.went_on is None else decision.went_on
        return self.came_to(decision) - gone

    def deciding(self, outcome: Outcome) -> set[str]:
        """Return the stages at which an actor decides whether to end a prosecution so.

        Registers record some ends at every stage. An end that is possible from before the charge
        to the last stage belongs to the review before charging; one that is possible in both the
        charged and the accused phase, but not at the last stage, to the charged phase.
        """
        sources = {
            name
            for step in self._steps()
            if set(step.possible_dispositions) & set(outcome.dispositions)
            for name in step.sources
            if self._open(name)
        }
        last = max(
            (stage for stage in self.stages.values() if self._open(stage.name)),
            key=lambda stage: stage.order,
        ).name
        early = {n for n in sources if self.stages[n].phase in (Phase.PROCEEDING, Phase.SUSPECTED)}
        if last in sources:
            return early or sources
        before_court = {n for n in sources if self.stages[n].phase is not Phase.ACCUSED}
        return before_court or sources

    def _open(self, name: str) -> bool:
        """Say whether a charge is under way at a stage of first instance, and not suspended."""
        stage = self.stages.get(name)
        return bool(stage and stage.live and stage.first_instance and not stage.suspended)

    def reachable(self, sources: frozenset[str] | set[str]) -> set[str]:
        """Return the stages that steps lead to from `sources`, without reopening an end."""
        found, waiting = set(sources), list(sources)
        moves: dict[str, set[str]] = {}
        for step in self._steps():
            for source, target in step.moves or ((s, step.target) for s in step.sources):
                moves.setdefault(source, set()).add(target)
        while waiting:
            name = waiting.pop()
            for target in moves.get(name, ()):
                if target in self.stages and target not in found:
                    found.add(target)
                    if self.stages[target].live:
                        waiting.append(target)
        return found

    def _steps(self) -> Iterable[Step]:
        for procedure in self.procedures:
            yield from (step for step in procedure.steps if step.track is Track.MAIN)

    @cached_property
    def in_default(self) -> tuple[Step, ...]:
        """Return the steps by which somebody is judged who was not there, and in no other way."""
        return tuple(step for step in self._steps() if step.modes == (DEFAULT,))

    def outcomes_of(self, steps: Iterable[Step]) -> tuple[str, ...]:
        """Return the outcomes that follow from ends of these steps, and from no others."""
        ends = {name for step in steps for name in step.possible_dispositions}
        return tuple(
            outcome.name
            for outcome in self.outcomes.values()
            if outcome.dispositions and ends.issuperset(outcome.dispositions)
        )

    @cached_property
    def judged_stages(self) -> frozenset[str]:
        """Return the stages that only a judgment leads to, in any version."""
        return frozenset().union(*(each.judged_stages for each in self.procedures))

    def reached(self, phase: Phase) -> frozenset[str]:
        """Return the stages at which a person has come at least to `phase`."""
        order = [Phase.PROCEEDING, Phase.SUSPECTED, Phase.CHARGED, Phase.ACCUSED, Phase.CONVICTED]
        wanted = order[order.index(phase) :]
        return frozenset(s.name for s in self.stages.values() if s.phase in wanted) | (
            self.judged_stages
        )

    def outcome_label(self, name: object) -> Label:
        """Return the words for an outcome; its name where no version knows it."""
        found = self.outcomes.get(str(name))
        return found.label if found else str(name)

    def disposition_label(self, name: object) -> Label:
        """Return the words for a disposition; its name where no version knows it."""
        found = self.dispositions.get(str(name))
        return found.label if found else str(name)

    def actor_label(self, name: object) -> Label:
        """Return the words for an actor; the name where no version knows it."""
        return self.actors.get(str(name), str(name))


def _without_judgment(outcome: Outcome) -> bool:
    return outcome.group is OutcomeGroup.ENDED_WITHOUT_JUDGMENT


def read_law(session: Session, jurisdiction: Jurisdiction, then: Then | None = None) -> Law:
    """Read the published versions of the jurisdiction's procedure, now or as they were `then`.

    Raises LookupError where none is published.
    """
    then = then or Then({})
    name = then.value(jurisdiction, "procedure_name")
    query = (
        select(ProcedureVersion)
        .where(ProcedureVersion.name == name)
        .order_by(ProcedureVersion.version.desc())
    )
    rows = [row for row in session.scalars(query) if then.held(row)]
    found = [loads(row.text, f"{row.name} {row.version}") for row in rows]
    if not found:
        raise LookupError(
            f"No procedure named {name} is published for {jurisdiction.code}. Run: courtwatch init"
        )
    return Law(found)
