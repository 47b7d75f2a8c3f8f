"""Kinds of ends: verdicts, outcomes, sentences and the hearings around them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, and_, exists, func, or_

from courtwatch.models import (
    Case,
    ChargeFact,
    Event,
    EventTarget,
    Hearing,
    Sentence,
)
from courtwatch.models.vocabulary import HearingStatus
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
    at_hearing,
    dated_exactly,
    of_facts,
    of_hearings,
    of_targets,
    recorded_by_monitors,
)
from courtwatch.services.messages import _
from workflows import event_codes
from workflows.procedure import Procedure

Queries = Sequence[Select[Any]]


def _convictions(procedure: Procedure) -> set[str]:
    return {d.name for d in procedure.dispositions if d.conviction}


def _terminal_future_hearing(context: Context) -> Queries:
    query = of_hearings(found(case=Case.id, hearing=Hearing.id, first=Hearing.scheduled_on)).where(
        Hearing.status == HearingStatus.SCHEDULED,
        context.by_day(lambda day: Hearing.scheduled_on > day),
        at_hearing(F.live.is_(False), F.stage.is_not(None)),
        ~at_hearing(or_(F.live.is_(True), F.stage.is_(None))),
    )
    return (query,)


def _hearing_after_end(context: Context) -> Queries:
    query = of_hearings(found(case=Case.id, hearing=Hearing.id, first=Hearing.scheduled_on)).where(
        Hearing.status.in_((HearingStatus.HELD, HearingStatus.ADJOURNED)),
        Hearing.kind.in_(("trial", "investigation", "immediate")),
        at_hearing(
            F.live.is_(False),
            F.reopened.is_(False),
            F.ended_on < Hearing.scheduled_on,
            F.last_event_on < Hearing.scheduled_on,
            dated_exactly(F.prosecution_id),
        ),
        ~at_hearing(
            or_(F.live.is_(True), F.ended_on.is_(None), F.last_event_on >= Hearing.scheduled_on)
        ),
    )
    return (query,)


def _verdict_without_charge(context: Context) -> Queries:
    query = of_facts(
        found(case=F.case_id, prosecution=F.prosecution_id, since=F.ended_on, first=F.outcome)
    ).where(F.event_code == event_codes.JUDGMENT, F.charges == 0)
    return (query,)


def _disposed_charge_on_live_stage(context: Context) -> Queries:
    def open_stages(procedure: Procedure) -> set[str]:
        return {s.name for s in procedure.stages if s.live and s.first_instance}

    query = (
        found(
            case=ChargeFact.case_id,
            prosecution=ChargeFact.prosecution_id,
            row=ChargeFact.charge_id,
            since=ChargeFact.disposed_on,
            first=ChargeFact.stage,
        )
        .select_from(ChargeFact)
        .join(Case, Case.id == ChargeFact.case_id)
        .where(
            ChargeFact.rev_to.is_(None),
            ChargeFact.disposition.is_not(None),
            context.named(ChargeFact.stage, open_stages),
        )
    )
    return (query,)


def _outcome_contradicts_charges(context: Context) -> Queries:
    """The first end counts; where it was reopened, the present charges need not agree."""

    def fits(disposition: Any) -> Any:
        parts = []
        for version_id, procedure in context.procedures.items():
            parts += [
                and_(
                    F.procedure_version_id == version_id,
                    F.outcome == outcome.name,
                    disposition.in_(outcome.dispositions),
                )
                for outcome in procedure.outcomes
            ]
        return or_(*parts)

    agreeing = exists().where(
        ChargeFact.prosecution_id == F.prosecution_id,
        ChargeFact.rev_to.is_(None),
        fits(ChargeFact.disposition),
    )
    earlier = exists().where(
        EventTarget.prosecution_id == F.prosecution_id,
        EventTarget.event_id == Event.id,
        HELD,
        fits(EventTarget.disposition),
    )
    known = exists().where(
        ChargeFact.prosecution_id == F.prosecution_id,
        ChargeFact.rev_to.is_(None),
        ChargeFact.disposition.is_not(None),
    )
    query = of_facts(
        found(case=F.case_id, prosecution=F.prosecution_id, since=F.ended_on, first=F.outcome)
    ).where(F.outcome.is_not(None), F.reopened.is_(False), known, ~agreeing, ~earlier)
    return (query,)


def _conviction_without_sentence(context: Context) -> Queries:
    convicted = exists().where(
        ChargeFact.prosecution_id == F.prosecution_id,
        ChargeFact.rev_to.is_(None),
        ChargeFact.counted.is_(True),
        context.named(ChargeFact.disposition, _convictions),
    )
    sentenced = exists().where(
        EventTarget.prosecution_id == F.prosecution_id,
        Sentence.target_id == EventTarget.id,
        Sentence.rev_to.is_(None),
    )
    query = of_facts(
        found(case=F.case_id, prosecution=F.prosecution_id, since=F.ended_on, first=F.outcome)
    ).where(F.event_code == event_codes.JUDGMENT, convicted, ~sentenced, recorded_by_monitors())
    return (query,)


def _sentence_without_conviction(context: Context) -> Queries:
    def may_sentence(procedure: Procedure, step: Any) -> bool:
        ends = set(step.possible_dispositions)
        return not ends or bool(ends & _convictions(procedure))

    # Where there is none, a comparison with null would be neither true nor false.
    guilty = context.named(func.coalesce(EventTarget.disposition, ""), _convictions)
    open_choice = and_(EventTarget.disposition.is_(None), context.steps(Event.step, may_sentence))
    query = (
        of_targets(
            found(
                case=Case.id,
                prosecution=EventTarget.prosecution_id,
                event=Event.id,
                row=Sentence.id,
                since=Event.occurred_from,
                first=Event.step,
            )
        )
        .join(Sentence, Sentence.target_id == EventTarget.id)
        .where(Sentence.rev_to.is_(None), ~or_(guilty, open_choice))
    )
    return (query,)


def _end_without_reason(context: Context) -> Queries:
    query = of_facts(
        found(case=F.case_id, prosecution=F.prosecution_id, since=F.ended_on, first=F.outcome)
    ).where(
        F.event_code == event_codes.WITHOUT,
        F.reason_stated_id.is_(None),
        recorded_by_monitors(),
    )
    return (query,)


KINDS: tuple[Kind, ...] = (
    Kind(
        code="terminal_future_hearing",
        group=Group.LAW,
        severity=Severity.WRONG,
        title=_("Hearing planned although everything has ended"),
        explanation=_(
            "A hearing is planned, and every accused it is about has come to an end. Either an end "
            "was entered that did not happen, and the case is missing from the open ones, or a "
            "step that opened it again (appeal, reopening) was not entered, or the hearing is a "
            "leftover that a monitor would travel to in vain."
        ),
        told=_("A hearing is planned on ${first}, and no accused of it is under way."),
        mend=_(
            "Enter the step that opened the case again, or correct the end if it did not happen; "
            "or say that the hearing was cancelled."
        ),
        who=Mender.MONITOR,
        find=_terminal_future_hearing,
        values=(Value.DAY,),
        route="hearing_outcome",
    ),
    Kind(
        code="hearing_after_end",
        group=Group.LAW,
        severity=Severity.DOUBTFUL,
        title=_("Hearing at first instance after the end"),
        explanation=_(
            "A trial or investigation hearing took place after the last recorded end of every "
            "accused it is about. A case that goes on after its end was reopened, or the end has a "
            "wrong day; time to disposition is then too short."
        ),
        told=_("A hearing took place on ${first}, after the case had ended."),
        mend=_("Correct the day of the end or of the hearing, or enter what reopened the case."),
        who=Mender.MONITOR,
        find=_hearing_after_end,
        values=(Value.DAY,),
        route="hearing_correct",
    ),
    Kind(
        code="verdict_without_charge",
        group=Group.LAW,
        severity=Severity.WRONG,
        title=_("Verdict without a charge"),
        explanation=_(
            "The prosecution ended by a judgment, and no charge was ever filed. Figures by charge "
            "miss it, and figures of judgments count a verdict on nothing."
        ),
        told=_("Ended as “${first}” without any charge."),
        mend=_("Enter the charge with the step that filed it, or correct the judgment."),
        who=Mender.MONITOR,
        find=_verdict_without_charge,
        values=(Value.OUTCOME,),
        route="charge_add",
    ),
    Kind(
        code="disposed_charge_on_live_stage",
        group=Group.LAW,
        severity=Severity.WRONG,
        title=_("Charge that has ended on an open stage"),
        explanation=_(
            "A charge has an end and still stands at a stage of first instance. It would be "
            "counted among the open ones and among the ended ones."
        ),
        told=_("A charge has ended and stands at “${first}”."),
        mend=_(
            "Facts are derived from events: run courtwatch rebuild --mend. If it comes back, "
            "correct the event that ended the charge."
        ),
        who=Mender.COORDINATOR,
        find=_disposed_charge_on_live_stage,
        values=(Value.STAGE,),
        route="case",
    ),
    Kind(
        code="outcome_contradicts_charges",
        group=Group.LAW,
        severity=Severity.WRONG,
        title=_("Outcome that contradicts its charges"),
        explanation=_(
            "The outcome of a prosecution follows from how its charges ended. Here no charge ended "
            "in a way that gives this outcome, so one of the two is false, and rates of "
            "conviction and dismissal with it."
        ),
        told=_("The outcome is “${first}”, and no charge ended so."),
        mend=_(
            "Facts are derived from events: run courtwatch rebuild --mend. If it comes back, "
            "correct the judgment or the charges."
        ),
        who=Mender.COORDINATOR,
        find=_outcome_contradicts_charges,
        values=(Value.OUTCOME,),
        route="case",
    ),
    Kind(
        code="conviction_without_sentence",
        group=Group.LAW,
        severity=Severity.TO_DO,
        title=_("Conviction without a sentence"),
        explanation=_(
            "A charge ended by conviction and no sentence is recorded. Figures about sentences "
            "leave the case out."
        ),
        told=_("Ended as “${first}”; no sentence is recorded."),
        mend=_(
            "Correct the conviction and enter it again with its sentence, once the judgment is "
            "known."
        ),
        who=Mender.MONITOR,
        find=_conviction_without_sentence,
        values=(Value.OUTCOME,),
        route="case",
    ),
    Kind(
        code="sentence_without_conviction",
        group=Group.LAW,
        severity=Severity.WRONG,
        title=_("Sentence on a charge that was not convicted"),
        explanation=_(
            "A sentence hangs on a charge that ended otherwise than by conviction. Either the end "
            "or the sentence belongs to another charge or another accused."
        ),
        told=_("A sentence was entered with “${first}”, which is no conviction."),
        mend=_("Correct the entry and enter it again for the right charge and accused."),
        who=Mender.MONITOR,
        find=_sentence_without_conviction,
        values=(Value.STEP,),
        route="event_correct",
    ),
    Kind(
        code="end_without_reason",
        group=Group.LAW,
        severity=Severity.TO_DO,
        title=_("End without a stated reason"),
        explanation=_(
            "The prosecution ended without a judgment and the record does not say which reason the "
            "decision gave, not even that it gave none. Reports count it under not known."
        ),
        told=_("Ended as “${first}”; the reason that was stated is missing."),
        mend=_(
            "Look the reason up in the decision. Correct the entry and enter it again with the "
            "reason, or with “no reason given”."
        ),
        who=Mender.MONITOR,
        find=_end_without_reason,
        values=(Value.OUTCOME,),
        route="case",
    ),
)
