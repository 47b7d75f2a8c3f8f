"""Kinds of hearings that contradict themselves or say too little."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from courtwatch.models import (
    Case,
    Hearing,
    HearingProsecution,
    Note,
    Observation,
    ProsecutionCase,
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
    of_hearings,
    recorded_by_monitors,
)
from courtwatch.services.messages import _

Queries = Sequence[Select[Any]]
_TOOK_PLACE = (HearingStatus.HELD, HearingStatus.ADJOURNED)


def _hearing_held_in_future(context: Context) -> Queries:
    query = of_hearings(found(case=Case.id, hearing=Hearing.id, first=Hearing.scheduled_on)).where(
        Hearing.status.in_(_TOOK_PLACE), context.by_day(lambda day: Hearing.scheduled_on > day)
    )
    return (query,)


def _adjourned_in_a_row(context: Context) -> Queries:
    """Adjournments since the last hearing that was held, of one case."""
    held = aliased(Hearing)
    last_held = (
        select(func.max(held.scheduled_on))
        .where(
            held.case_id == Hearing.case_id,
            held.voided.is_(False),
            held.status == HearingStatus.HELD,
        )
        .scalar_subquery()
    )
    query = (
        of_hearings(
            found(
                case=Case.id,
                since=func.min(Hearing.scheduled_on),
                first=func.count(Hearing.id),
            )
        )
        .where(
            Hearing.status == HearingStatus.ADJOURNED,
            or_(last_held.is_(None), Hearing.scheduled_on > last_held),
        )
        .group_by(Case.id)
        .having(func.count(Hearing.id) >= context.limits.adjournments)
    )
    return (query,)


def _hearing_without_observation(context: Context) -> Queries:
    """No observation and no note about it either: until there are checklists, notes say it."""
    days = timedelta(days=context.limits.observation_days)
    noted = exists().where(
        Note.case_id == Hearing.case_id,
        Note.subject_kind == "hearing",
        Note.subject_id == Hearing.id,
        Note.rev_to.is_(None),
    )
    query = of_hearings(found(case=Case.id, hearing=Hearing.id, since=Hearing.scheduled_on)).where(
        Hearing.status.in_(_TOOK_PLACE),
        context.by_day(lambda day: Hearing.scheduled_on.between(day - days, day)),
        ~exists().where(Observation.hearing_id == Hearing.id),
        ~noted,
        recorded_by_monitors(),
    )
    return (query,)


def _hearing_twice(context: Context) -> Queries:
    """Two hearings of one kind and day about the same accused."""
    other, here, there = (
        aliased(Hearing),
        aliased(HearingProsecution),
        aliased(HearingProsecution),
    )
    both = (
        select(here.id)
        .join(there, there.prosecution_id == here.prosecution_id)
        .where(
            here.hearing_id == Hearing.id,
            there.hearing_id == other.id,
            here.rev_to.is_(None),
            there.rev_to.is_(None),
        )
        .exists()
    )
    query = (
        of_hearings(
            found(
                case=Case.id,
                hearing=Hearing.id,
                row=other.id,
                first=Hearing.scheduled_on,
                second=other.public_code,
            )
        )
        .join(
            other,
            and_(
                other.case_id == Hearing.case_id,
                other.scheduled_on == Hearing.scheduled_on,
                other.kind == Hearing.kind,
                other.id < Hearing.id,
            ),
        )
        .where(
            other.voided.is_(False),
            or_(
                other.scheduled_time.is_(None),
                Hearing.scheduled_time.is_(None),
                other.scheduled_time == Hearing.scheduled_time,
            ),
            or_(
                other.institution_id == Hearing.institution_id,
                other.institution_id.is_(None),
                Hearing.institution_id.is_(None),
            ),
            both,
        )
    )
    return (query,)


def _hearing_without_accused(context: Context) -> Queries:
    about = exists().where(
        HearingProsecution.hearing_id == Hearing.id, HearingProsecution.rev_to.is_(None)
    )
    accused = exists().where(
        ProsecutionCase.case_id == Hearing.case_id, ProsecutionCase.rev_to.is_(None)
    )
    query = of_hearings(found(case=Case.id, hearing=Hearing.id, first=Hearing.scheduled_on)).where(
        ~about, accused
    )
    return (query,)


KINDS: tuple[Kind, ...] = (
    Kind(
        code="hearing_held_in_future",
        group=Group.COURT,
        severity=Severity.WRONG,
        title=_("Hearing that took place in the future"),
        explanation=_(
            "A hearing is recorded as held or adjourned, and its day has not come. Adjournment "
            "rates count it already."
        ),
        told=_("Recorded as if it had taken place, and its day is ${first}."),
        mend=_("Correct the hearing: its day, or what became of it."),
        who=Mender.MONITOR,
        find=_hearing_held_in_future,
        values=(Value.DAY,),
        route="hearing_correct",
    ),
    Kind(
        code="adjourned_in_a_row",
        group=Group.COURT,
        severity=Severity.DOUBTFUL,
        title=_("Adjourned many times in a row"),
        explanation=_(
            "Hearing after hearing was put off and none was held in between (five, unless told "
            "otherwise). Either hearings that were held were entered as "
            "adjourned, or the case needs somebody's attention."
        ),
        told=_("Adjourned ${first} times in a row."),
        mend=_(
            "Check the outcomes and correct those that were held. If all are right, ask the court "
            "why; the finding goes when a hearing is held."
        ),
        who=Mender.COORDINATOR,
        find=_adjourned_in_a_row,
        values=(Value.PLAIN,),
        route="case",
    ),
    Kind(
        code="hearing_without_observation",
        group=Group.COURT,
        severity=Severity.TO_DO,
        title=_("Hearing without an observation"),
        explanation=_(
            "A hearing of the last weeks took place and nobody wrote down what was seen there, "
            "neither as an observation nor as a note on the hearing. What is not written now is "
            "forgotten."
        ),
        told=_("Nothing was written about this hearing."),
        mend=_("Write a note with the outcome of the hearing, or that nobody was there."),
        who=Mender.MONITOR,
        find=_hearing_without_observation,
        route="hearing_outcome",
    ),
    Kind(
        code="hearing_twice",
        group=Group.COURT,
        severity=Severity.DOUBTFUL,
        title=_("The same hearing entered twice"),
        explanation=_(
            "Two hearings of one kind, day and court are about the same accused. Counts of "
            "hearings and adjournments are too high."
        ),
        told=_("The hearing of ${first} is also recorded as ${second}."),
        mend=_("Correct one of the two as entered twice."),
        who=Mender.MONITOR,
        find=_hearing_twice,
        values=(Value.DAY, Value.PLAIN),
        route="hearing_correct",
    ),
    Kind(
        code="hearing_without_accused",
        group=Group.COURT,
        severity=Severity.WRONG,
        title=_("Hearing about nobody"),
        explanation=_(
            "No accused of the case belongs to the hearing. It moves nobody's next date and is "
            "missing from every figure by accused."
        ),
        told=_("The hearing of ${first} is about no accused."),
        mend=_("Correct the hearing and enter it again for the accused that it was about."),
        who=Mender.MONITOR,
        find=_hearing_without_accused,
        values=(Value.DAY,),
        route="hearing_correct",
    ),
)
