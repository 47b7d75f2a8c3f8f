"""Kinds of the calendar: what is planned, what follows, and what nobody has said yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, exists, or_
from sqlalchemy.orm import aliased

from courtwatch.models import (
    Case,
    Hearing,
    HearingProsecution,
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
    F,
    at_hearing,
    follows_hearings,
    of_facts,
    of_hearings,
    recorded_by_monitors,
)
from courtwatch.services.messages import _
from workflows import event_codes
from workflows.elements import Phase

Queries = Sequence[Select[Any]]
_WAITING = (HearingStatus.SCHEDULED, HearingStatus.UNKNOWN)


def _active_without_next_date(context: Context) -> Queries:
    """Before a court, nothing planned, and for some weeks nothing entered either."""
    days = timedelta(days=context.limits.next_date_days)
    planned = exists().where(
        HearingProsecution.prosecution_id == F.prosecution_id,
        HearingProsecution.rev_to.is_(None),
        Hearing.id == HearingProsecution.hearing_id,
        Hearing.voided.is_(False),
        or_(
            context.by_day(lambda day: Hearing.scheduled_on >= day - days),
            Hearing.status.in_(_WAITING),
        ),
    )
    query = of_facts(
        found(case=F.case_id, prosecution=F.prosecution_id, since=F.last_event_on, first=F.stage)
    ).where(
        F.live.is_(True),
        F.suspended.is_(False),
        F.phase == Phase.ACCUSED,
        F.event_code == event_codes.OPEN,
        ~planned,
        context.by_day(lambda day: or_(F.last_event_on.is_(None), F.last_event_on < day - days)),
        recorded_by_monitors(),
        follows_hearings(),
    )
    return (query,)


def _hearing_without_outcome(context: Context) -> Queries:
    days = timedelta(days=context.limits.outcome_days)
    query = of_hearings(found(case=Case.id, hearing=Hearing.id, since=Hearing.scheduled_on)).where(
        Hearing.status.in_(_WAITING),
        context.by_day(lambda day: Hearing.scheduled_on < day - days),
        recorded_by_monitors(),
    )
    return (query,)


def _later_hearing() -> Any:
    later = aliased(Hearing)
    return exists().where(
        later.case_id == Hearing.case_id,
        later.voided.is_(False),
        later.scheduled_on > Hearing.scheduled_on,
    )


def _adjourned_without_next_date(context: Context) -> Queries:
    query = of_hearings(found(case=Case.id, hearing=Hearing.id, since=Hearing.scheduled_on)).where(
        Hearing.status == HearingStatus.ADJOURNED,
        Hearing.next_on.is_(None),
        ~_later_hearing(),
        at_hearing(F.live.is_(True), F.suspended.is_(False), F.event_code == event_codes.OPEN),
        recorded_by_monitors(),
    )
    return (query,)


def _next_date_without_hearing(context: Context) -> Queries:
    """A next date with no hearing on it, and none after it: postponing once more is common."""
    on_it = aliased(Hearing)
    planned = exists().where(
        on_it.case_id == Hearing.case_id,
        on_it.voided.is_(False),
        on_it.id != Hearing.id,
        on_it.scheduled_on >= Hearing.next_on,
    )
    query = of_hearings(
        found(case=Case.id, hearing=Hearing.id, since=Hearing.scheduled_on, first=Hearing.next_on)
    ).where(Hearing.next_on.is_not(None), ~planned, at_hearing(F.live.is_(True)))
    return (query,)


def _next_date_not_after(context: Context) -> Queries:
    query = of_hearings(
        found(
            case=Case.id,
            hearing=Hearing.id,
            first=Hearing.next_on,
            second=Hearing.scheduled_on,
        )
    ).where(Hearing.next_on <= Hearing.scheduled_on)
    return (query,)


KINDS: tuple[Kind, ...] = (
    Kind(
        code="active_without_next_date",
        group=Group.COURT,
        severity=Severity.TO_DO,
        title=_("Before a court with no next date"),
        explanation=_(
            "The accused stands before a court, no hearing is planned, and for weeks nothing was "
            "entered. Cases end unseen in such gaps. Registers that hold no hearings are left out."
        ),
        told=_("Open at the stage “${first}”, and no hearing is planned."),
        mend=_("Ask the court for the date and enter the hearing, or enter what happened since."),
        who=Mender.MONITOR,
        find=_active_without_next_date,
        values=(Value.STAGE,),
        route="hearing_add",
    ),
    Kind(
        code="hearing_without_outcome",
        group=Group.COURT,
        severity=Severity.TO_DO,
        title=_("Hearing long past without an outcome"),
        explanation=_(
            "The day of the hearing has passed and nobody has said whether it was held, adjourned "
            "or cancelled. Adjournment rates leave it out."
        ),
        told=_("Nobody has said what became of this hearing."),
        mend=_("Say what became of it, and enter the next date."),
        who=Mender.MONITOR,
        find=_hearing_without_outcome,
        route="hearing_outcome",
    ),
    Kind(
        code="adjourned_without_next_date",
        group=Group.COURT,
        severity=Severity.TO_DO,
        title=_("Adjourned without a next date"),
        explanation=_(
            "The last hearing was adjourned and no date follows. This is how cases are left to "
            "die; nobody will be there when it goes on."
        ),
        told=_("Adjourned, and no date follows."),
        mend=_("Ask the court for the next date and enter it with the outcome of this hearing."),
        who=Mender.MONITOR,
        find=_adjourned_without_next_date,
        route="hearing_outcome",
    ),
    Kind(
        code="next_date_without_hearing",
        group=Group.COURT,
        severity=Severity.TO_DO,
        title=_("Next date that no hearing has"),
        explanation=_(
            "A hearing names the next date, and no hearing is planned for that day or later. It "
            "appears in nobody's week."
        ),
        told=_("The next date is ${first}, and no hearing is planned."),
        mend=_("Enter the hearing of that day."),
        who=Mender.MONITOR,
        find=_next_date_without_hearing,
        values=(Value.DAY,),
        route="hearing_add",
    ),
    Kind(
        code="next_date_not_after",
        group=Group.COURT,
        severity=Severity.WRONG,
        title=_("Next date that is not later"),
        explanation=_(
            "The next date of a hearing is its own day or an earlier one, so one of them is "
            "mistyped and the time between hearings is negative."
        ),
        told=_("The next date is ${first}, the hearing was on ${second}."),
        mend=_("Correct the next date with the outcome of the hearing."),
        who=Mender.MONITOR,
        find=_next_date_not_after,
        values=(Value.DAY, Value.DAY),
        route="hearing_outcome",
    ),
)
