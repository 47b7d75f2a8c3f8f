"""Kinds of what the law asks of a step: an order, an age, a mode, an hour, the right actor."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, and_, exists, or_

from courtwatch.models import (
    Case,
    Event,
    EventTarget,
    Institution,
    Person,
    Prosecution,
)
from courtwatch.models.vocabulary import AgeBand
from courtwatch.services.integrity.kinds import (
    Context,
    Group,
    Kind,
    Mender,
    Severity,
    Value,
    found,
)
from courtwatch.services.integrity.tables import (
    HELD,
    F,
    of_events,
    of_facts,
    of_targets,
    recorded_by_monitors,
    told_by_people,
)
from courtwatch.services.messages import _
from workflows.elements import Phase, Track
from workflows.procedure import Procedure

Queries = Sequence[Select[Any]]
_MINORS = tuple(band for band in AgeBand if band.minor)
_KNOWN_AGES = tuple(band for band in AgeBand if band is not AgeBand.UNKNOWN)
_AGES_REFUSED = {
    "is_adult": _MINORS,
    "is_minor": tuple(band for band in _KNOWN_AGES if not band.minor),
    "at_least_14": (AgeBand.UNDER_14,),
    "under_14": tuple(band for band in _KNOWN_AGES if band is not AgeBand.UNDER_14),
}


def _convictions(procedure: Procedure) -> set[str]:
    return {d.name for d in procedure.dispositions if d.conviction}


def _detention_without_order(context: Context) -> Queries:
    def by_police(procedure: Procedure) -> set[str]:
        return {
            target
            for step in procedure.steps
            for _source, target in step.moves
            if step.track is Track.CUSTODY
            and target in procedure.detained
            and procedure.actor(step.actor).institution_kind == "police"
        }

    def by_court(procedure: Procedure) -> set[str]:
        return set(procedure.detained - by_police(procedure))

    def orders(procedure: Procedure, step: Any) -> bool:
        return step.sets_custody in by_court(procedure) or (
            step.track is Track.CUSTODY and step.target in by_court(procedure)
        )

    about = found(
        case=F.case_id,
        prosecution=F.prosecution_id,
        since=F.last_event_on,
        first=F.custody,
        second=F.stage,
    )
    late = or_(
        F.phase.in_((Phase.CHARGED, Phase.ACCUSED, Phase.CONVICTED)),
        context.by_day(
            lambda day: F.last_event_on < day - timedelta(days=context.limits.police_custody_days)
        ),
    )
    ordered = exists().where(
        EventTarget.prosecution_id == F.prosecution_id,
        EventTarget.event_id == Event.id,
        HELD,
        context.steps(Event.step, orders),
    )
    return (
        of_facts(about).where(
            context.named(F.custody, by_police), F.live.is_(True), late, recorded_by_monitors()
        ),
        of_facts(about).where(context.named(F.custody, by_court), ~ordered, recorded_by_monitors()),
    )


def _detained_after_end(context: Context) -> Queries:
    def detained(procedure: Procedure) -> set[str]:
        return set(procedure.detained)

    def without_guilt(procedure: Procedure) -> set[str]:
        guilty = _convictions(procedure)
        return {o.name for o in procedure.outcomes if not guilty & set(o.dispositions)} - {
            o.name
            for o in procedure.outcomes
            for d in o.dispositions
            if procedure.disposition(d).counts_as == "continues_elsewhere"
        }

    query = of_facts(
        found(
            case=F.case_id,
            prosecution=F.prosecution_id,
            since=F.ended_on,
            first=F.custody,
            second=F.outcome,
        )
    ).where(
        F.live.is_(False),
        context.named(F.custody, detained),
        context.named(F.outcome, without_guilt),
        recorded_by_monitors(),
    )
    return (query,)


def _age_contradicts_step(context: Context) -> Queries:
    query = (
        of_targets(
            found(
                case=Case.id,
                prosecution=EventTarget.prosecution_id,
                event=Event.id,
                since=Event.occurred_from,
                first=Event.step,
            )
        )
        .join(Prosecution, Prosecution.id == EventTarget.prosecution_id)
        .join(Person, Person.id == Prosecution.person_id)
        .where(
            or_(
                *(
                    and_(
                        Person.age_band.in_(ages),
                        context.steps(Event.step, lambda p, s, g=guard: g in s.guards),  # type: ignore[misc]
                    )
                    for guard, ages in _AGES_REFUSED.items()
                )
            )
        )
        .distinct()
    )
    return (query,)


def _judgment_without_mode(context: Context) -> Queries:
    query = of_events(
        found(case=Case.id, event=Event.id, since=Event.occurred_from, first=Event.step)
    ).where(
        Event.mode.is_(None),
        context.steps(Event.step, lambda procedure, step: "mode" in step.requires),
        recorded_by_monitors(),
    )
    return (query,)


def _custody_without_hour(context: Context) -> Queries:
    query = of_events(
        found(case=Case.id, event=Event.id, since=Event.occurred_from, first=Event.step)
    ).where(
        Event.time.is_(None),
        context.steps(Event.step, lambda procedure, step: "hour" in step.requires),
        recorded_by_monitors(),
    )
    return (query,)


def _institution_of_wrong_kind(context: Context) -> Queries:
    def acted_by(kind: str) -> Any:
        def fits(procedure: Procedure, step: Any) -> bool:
            actor = procedure.actor(step.actor)
            return actor.institution_kind is not None and actor.institution_kind != kind

        return and_(Institution.kind == kind, context.steps(Event.step, fits))

    query = (
        of_events(
            found(
                case=Case.id,
                event=Event.id,
                since=Event.occurred_from,
                first=Event.step,
                second=Event.institution_id,
            )
        )
        .join(Institution, Institution.id == Event.institution_id)
        .where(
            or_(*(acted_by(kind) for kind in ("police", "prosecution", "court"))),
            told_by_people(),
        )
    )
    return (query,)


KINDS: tuple[Kind, ...] = (
    Kind(
        code="detention_without_order",
        group=Group.LAW,
        severity=Severity.DOUBTFUL,
        title=_("Detention with no order"),
        explanation=_(
            "The accused counts as held, and no order of a judge is recorded: police custody that "
            "went on for days or into the charge, or detention that no event began. Either the "
            "detention is unlawful, or an order or a release was not entered; until then clocks "
            "of detention can't be trusted."
        ),
        told=_("Recorded as “${first}” at the stage “${second}”, without an order."),
        mend=_("Enter the detention order, the release, or whatever became of the accused."),
        who=Mender.MONITOR,
        find=_detention_without_order,
        values=(Value.CUSTODY, Value.STAGE),
        route="step_choose",
    ),
    Kind(
        code="detained_after_end",
        group=Group.LAW,
        severity=Severity.DOUBTFUL,
        title=_("Still held after an end without conviction"),
        explanation=_(
            "The prosecution ended without a conviction, and the accused still counts as held. "
            "Either the release was not entered, or somebody is held without a case; person-days "
            "of detention keep growing."
        ),
        told=_("Recorded as “${first}” after the end “${second}”."),
        mend=_("Enter the release with its day, or report the detention."),
        who=Mender.MONITOR,
        find=_detained_after_end,
        values=(Value.CUSTODY, Value.OUTCOME),
        route="step_choose",
    ),
    Kind(
        code="age_contradicts_step",
        group=Group.LAW,
        severity=Severity.WRONG,
        title=_("Step that the age of the accused does not permit"),
        explanation=_(
            "A step was recorded that the law keeps for adults, or for minors, and the age says "
            "the opposite. Either the age is wrong, and with it every time limit, or a minor was "
            "treated as an adult."
        ),
        told=_("“${first}” was recorded, which the age of the accused does not permit."),
        mend=_("Check the age of the accused and the step; correct whichever is wrong."),
        who=Mender.MONITOR,
        find=_age_contradicts_step,
        values=(Value.STEP,),
        route="event_correct",
    ),
    Kind(
        code="judgment_without_mode",
        group=Group.LAW,
        severity=Severity.TO_DO,
        title=_("Judgment that does not say whether the accused was there"),
        explanation=_(
            "A judgment in presence, deemed in presence or in default opens different periods for "
            "appeal and opposition. Without it, the day on which the judgment becomes final is "
            "unknown."
        ),
        told=_("“${first}” was recorded without how the judgment was given."),
        mend=_("Correct the entry and enter it again with how the judgment was given."),
        who=Mender.MONITOR,
        find=_judgment_without_mode,
        values=(Value.STEP,),
        route="event_correct",
    ),
    Kind(
        code="custody_without_hour",
        group=Group.LAW,
        severity=Severity.TO_DO,
        title=_("Custody without its hour"),
        explanation=_(
            "Police custody is counted in hours. Without the hour at which it began the clock says "
            "unknown, and a custody that was too long is not found."
        ),
        told=_("“${first}” was recorded without the hour."),
        mend=_("Correct the entry and enter it again with the hour, if it can be found out."),
        who=Mender.MONITOR,
        find=_custody_without_hour,
        values=(Value.STEP,),
        route="event_correct",
    ),
    Kind(
        code="institution_of_wrong_kind",
        group=Group.LAW,
        severity=Severity.WRONG,
        title=_("Act of an institution that can't act so"),
        explanation=_(
            "The step is taken by police, prosecution or court, and an institution of another kind "
            "is named. Figures by court and office count the act at the wrong place."
        ),
        told=_("“${first}” is recorded of ${second}."),
        mend=_("Correct the entry and enter it again with the right institution."),
        who=Mender.MONITOR,
        find=_institution_of_wrong_kind,
        values=(Value.STEP, Value.INSTITUTION),
        route="event_correct",
    ),
)
