"""Kinds of days: out of order, in the future, told differently, or missing for too long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_
from sqlalchemy.orm import aliased

from courtwatch.models import (
    Case,
    Event,
    EventAccount,
    EventTarget,
)
from courtwatch.models.vocabulary import AccountSource
from courtwatch.services.event_accounts import rank
from courtwatch.services.integrity.kinds import (
    Context,
    Group,
    Kind,
    Mender,
    Severity,
    Value,
    found,
    months_before,
)
from courtwatch.services.integrity.tables import (
    F,
    dated_exactly,
    of_events,
    of_facts,
    of_targets,
    recorded_by_monitors,
)
from courtwatch.services.messages import _
from workflows.elements import CHECKED_UNCHANGED

Queries = Sequence[Select[Any]]


def _unresolved_entry(context: Context) -> Queries:
    query = of_facts(found(case=F.case_id, prosecution=F.prosecution_id, first=F.unresolved)).where(
        F.unresolved > 0
    )
    return (query,)


def _dormant(context: Context) -> Queries:
    months = context.limits.dormant_months
    last = func.coalesce(F.last_verified_on, F.last_event_on)
    query = of_facts(
        found(case=F.case_id, prosecution=F.prosecution_id, since=last, first=F.stage)
    ).where(
        F.live.is_(True),
        F.suspended.is_(False),
        context.by_day(lambda day: or_(last.is_(None), last < months_before(day, months))),
        recorded_by_monitors(),
    )
    return (query,)


def _dates_out_of_order(context: Context) -> Queries:
    """Days of one prosecution that can't follow each other; ends that did not last are left out."""
    pairs = (
        (F.arrested_on, F.ended_on),
        (F.registered_on, F.charged_on),
        (F.registered_on, F.ended_on),
        (F.charged_on, F.ended_on),
        (F.trial_on, F.ended_on),
    )
    first = case(*((early > late, early) for early, late in pairs))
    second = case(*((early > late, late) for early, late in pairs))
    query = of_facts(
        found(case=F.case_id, prosecution=F.prosecution_id, first=first, second=second)
    ).where(
        F.reopened.is_(False),
        or_(*(early > late for early, late in pairs)),
        dated_exactly(F.prosecution_id),
    )
    return (query,)


def _span_inverted(context: Context) -> Queries:
    query = of_events(
        found(case=Case.id, event=Event.id, first=Event.step, since=Event.occurred_from)
    ).where(Event.occurred_from > Event.occurred_to)
    return (query,)


def _event_in_future(context: Context) -> Queries:
    query = of_events(
        found(case=Case.id, event=Event.id, first=Event.step, second=Event.occurred_from)
    ).where(context.by_day(lambda day: Event.occurred_from > day))
    return (query,)


def _event_twice(context: Context) -> Queries:
    """The same step on the same charge on the same day; steps that move nothing may repeat."""
    again, other = aliased(EventTarget), aliased(Event)
    query = (
        of_targets(
            found(
                case=Case.id,
                prosecution=EventTarget.prosecution_id,
                event=Event.id,
                first=Event.step,
                second=Event.occurred_from,
            )
        )
        .join(
            again,
            and_(
                again.prosecution_id == EventTarget.prosecution_id,
                again.event_id < EventTarget.event_id,
                again.charge_id.is_not_distinct_from(EventTarget.charge_id),
            ),
        )
        .join(other, other.id == again.event_id)
        .where(
            other.step == Event.step,
            other.occurred_from == Event.occurred_from,
            other.occurred_to.is_not_distinct_from(Event.occurred_to),
            other.rev_to.is_(None),
            other.status == Event.status,
            Event.step != CHECKED_UNCHANGED,
            context.steps(Event.step, lambda procedure, step: not step.stays),
        )
        .distinct()
    )
    return (query,)


def _rank(account: Any) -> ColumnElement[int]:
    return case(*((account.source == source, rank(source)) for source in AccountSource))


def _accounts_disagree_on_day(context: Context) -> Queries:
    """Only sources that the rule holds for equally good: else it has chosen for a reason."""
    last = func.coalesce(EventAccount.occurred_to, EventAccount.occurred_from)
    better = aliased(EventAccount)
    outranked = exists().where(
        better.event_id == EventAccount.event_id,
        better.rev_to.is_(None),
        better.occurred_from.is_not(None),
        _rank(better) < _rank(EventAccount),
    )
    query = (
        of_events(
            found(
                case=Case.id,
                event=Event.id,
                first=func.min(last),
                second=func.max(EventAccount.occurred_from),
            )
        )
        .join(EventAccount, EventAccount.event_id == Event.id)
        .where(
            EventAccount.rev_to.is_(None),
            EventAccount.occurred_from.is_not(None),
            Event.chosen_account_id.is_(None),
            ~outranked,
        )
        .group_by(Case.id, Event.id)
        .having(func.max(EventAccount.occurred_from) > func.min(last))
    )
    return (query,)


def _accounts_disagree_on_end(context: Context) -> Queries:
    query = (
        of_events(found(case=Case.id, event=Event.id, first=Event.step, since=Event.occurred_from))
        .join(EventAccount, EventAccount.event_id == Event.id)
        .where(
            EventAccount.rev_to.is_(None),
            EventAccount.disposition.is_not(None),
            Event.chosen_account_id.is_(None),
        )
        .group_by(Case.id, Event.id, Event.step, Event.occurred_from)
        .having(func.count(EventAccount.disposition.distinct()) > 1)
    )
    return (query,)


KINDS: tuple[Kind, ...] = (
    Kind(
        code="unresolved_entry",
        group=Group.ENTRY,
        severity=Severity.TO_DO,
        title=_("Entries that have no legal place"),
        explanation=_(
            "An entry can't have happened where it stands: a step before it is missing, or its "
            "day, charge or accused is wrong. It is kept and counted nowhere, so the prosecution "
            "looks less advanced than it is."
        ),
        told=_("Entries without a legal place: ${first}."),
        mend=_("Open the case; each such entry says why and what would be permitted."),
        who=Mender.MONITOR,
        find=_unresolved_entry,
        values=(Value.PLAIN,),
        route="case",
    ),
    Kind(
        code="dormant",
        group=Group.ENTRY,
        severity=Severity.TO_DO,
        title=_("Dormant: nothing entered for months"),
        explanation=_(
            "The prosecution is open and nobody has entered or checked anything for months (six, "
            "unless told otherwise). Figures stop following it at its last "
            "check, so long durations are underestimated."
        ),
        told=_("Open at the stage “${first}”, and nothing was entered since."),
        mend=_(
            "Ask at the court. Enter what happened, or that it was checked and nothing changed."
        ),
        who=Mender.MONITOR,
        find=_dormant,
        values=(Value.STAGE,),
        route="checked",
    ),
    Kind(
        code="dates_out_of_order",
        group=Group.ENTRY,
        severity=Severity.WRONG,
        title=_("Dates out of order"),
        explanation=_(
            "Of arrest, registration, charge, trial and end, one that must come first has the "
            "later day. Every duration measured between the two is false or negative. Vague days "
            "and reopened prosecutions are left out."
        ),
        told=_("${first} should not be after ${second}."),
        mend=_(
            "Look both days up and correct the entry whose day is wrong. A day of registration "
            "that was given with the accused stands on no form: tell whoever runs the system."
        ),
        who=Mender.MONITOR,
        find=_dates_out_of_order,
        values=(Value.DAY, Value.DAY),
        route="case",
    ),
    Kind(
        code="span_inverted",
        group=Group.ENTRY,
        severity=Severity.WRONG,
        title=_("Day that ends before it begins"),
        explanation=_(
            "The latest possible day of an event lies before its earliest. Its place among the "
            "others is arbitrary."
        ),
        told=_("“${first}” has a latest day before its earliest."),
        mend=_("Correct the entry and enter it again with its day."),
        who=Mender.MONITOR,
        find=_span_inverted,
        values=(Value.STEP,),
        route="event_correct",
    ),
    Kind(
        code="event_in_future",
        group=Group.ENTRY,
        severity=Severity.WRONG,
        title=_("Event in the future"),
        explanation=_(
            "An event has a day that has not come. It counts already, so the present stage is one "
            "that the case has not reached."
        ),
        told=_("“${first}” is recorded for ${second}."),
        mend=_("Correct the day. What is only planned belongs among the hearings."),
        who=Mender.MONITOR,
        find=_event_in_future,
        values=(Value.STEP, Value.DAY),
        route="event_correct",
    ),
    Kind(
        code="event_twice",
        group=Group.ENTRY,
        severity=Severity.DOUBTFUL,
        title=_("The same step twice on one day"),
        explanation=_(
            "One step was entered twice for the same charge and day. If two organisations told of "
            "one event, it should be one event with two accounts."
        ),
        told=_("“${first}” was entered twice for ${second}."),
        mend=_("Correct one of the two as entered twice; add its source to the other."),
        who=Mender.MONITOR,
        find=_event_twice,
        values=(Value.STEP, Value.DAY),
        route="event_correct",
    ),
    Kind(
        code="accounts_disagree_on_day",
        group=Group.ENTRY,
        severity=Severity.DOUBTFUL,
        title=_("Sources that disagree about a day"),
        explanation=_(
            "Two accounts of one event, equally good by the rule, give days that can't both be "
            "true. The earlier entry holds; whoever knows better should say so, because deadlines "
            "count from the day."
        ),
        told=_("One source says ${first} at the latest, another ${second} at the earliest."),
        mend=_("Ask for the document, and choose which account holds."),
        who=Mender.MONITOR,
        find=_accounts_disagree_on_day,
        values=(Value.DAY, Value.DAY),
        route="event_choose",
    ),
    Kind(
        code="accounts_disagree_on_end",
        group=Group.ENTRY,
        severity=Severity.DOUBTFUL,
        title=_("Sources that disagree about how a charge ended"),
        explanation=_(
            "Two accounts of one event give different ends. The rule chose one, and the outcome "
            "of the prosecution depends on it."
        ),
        told=_("Accounts of “${first}” give different ends."),
        mend=_("Ask for the judgment, and choose which account holds."),
        who=Mender.MONITOR,
        find=_accounts_disagree_on_end,
        values=(Value.STEP,),
        route="event_choose",
    ),
)
