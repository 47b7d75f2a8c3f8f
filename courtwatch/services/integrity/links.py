"""Kinds of the database: rows that belong to nothing, or to two things.

None of these kinds tells anything of a case: who runs the system sees tables and keys of rows only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import (
    Select,
    exists,
    func,
    or_,
    text,
)
from sqlalchemy.orm import aliased

from courtwatch.models import (
    Case,
    Charge,
    Event,
    EventTarget,
    ExternalKey,
    Hearing,
    HearingProsecution,
    PersonName,
    Prosecution,
    ProsecutionCase,
)
from courtwatch.services.integrity.kinds import (
    Context,
    Finding,
    Kind,
    Severity,
    found,
)
from courtwatch.services.integrity.tables import HELD
from courtwatch.services.integrity.words import REPORT, database_kind
from courtwatch.services.messages import _

Queries = Sequence[Select[Any]]


def _prosecution_in_no_case(context: Context) -> Queries:
    inside = exists().where(
        ProsecutionCase.prosecution_id == Prosecution.id, ProsecutionCase.rev_to.is_(None)
    )
    return (
        found(row=Prosecution.id, first="prosecution")
        .select_from(Prosecution)
        .where(Prosecution.merged_into_id.is_(None), ~inside),
    )


def _prosecution_in_two_cases(context: Context) -> Queries:
    query = (
        found(
            row=ProsecutionCase.prosecution_id,
            first="prosecution",
            second=func.count(ProsecutionCase.id),
        )
        .where(ProsecutionCase.rev_to.is_(None))
        .group_by(ProsecutionCase.prosecution_id)
        .having(func.count(ProsecutionCase.id) > 1)
    )
    return (query,)


def _target_of_another_prosecution(context: Context) -> Queries:
    """A charge of a merged prosecution is one of the prosecution that stands for it."""
    entered = aliased(Prosecution)
    query = (
        found(row=EventTarget.id, first="event_target")
        .join_from(EventTarget, Charge, Charge.id == EventTarget.charge_id)
        .join(Event, Event.id == EventTarget.event_id)
        .join(entered, entered.id == Charge.prosecution_id)
        .where(
            HELD,
            Charge.prosecution_id != EventTarget.prosecution_id,
            func.coalesce(entered.merged_into_id, 0) != EventTarget.prosecution_id,
        )
    )
    return (query,)


def _event_of_another_case(context: Context) -> Queries:
    """A prosecution may have moved since; it must have been in the event's case at some time."""
    ever = exists().where(
        ProsecutionCase.prosecution_id == EventTarget.prosecution_id,
        ProsecutionCase.case_id == Event.case_id,
    )
    query = (
        found(row=Event.id, first="event")
        .join_from(Event, EventTarget, EventTarget.event_id == Event.id)
        .where(HELD, ~ever)
        .distinct()
    )
    return (query,)


def _hearing_of_another_case(context: Context) -> Queries:
    ever = exists().where(
        ProsecutionCase.prosecution_id == HearingProsecution.prosecution_id,
        ProsecutionCase.case_id == Hearing.case_id,
    )
    query = (
        found(row=HearingProsecution.id, first="hearing_prosecution")
        .join_from(HearingProsecution, Hearing, Hearing.id == HearingProsecution.hearing_id)
        .where(HearingProsecution.rev_to.is_(None), Hearing.voided.is_(False), ~ever)
    )
    return (query,)


def _orphan_rows(context: Context) -> Queries:
    """Rows that lost what they belong to without a foreign key that would notice."""
    targeted = exists().where(EventTarget.event_id == Event.id)
    accused = exists().where(Prosecution.person_id == PersonName.person_id)
    return (
        found(row=Event.id, first="event").select_from(Event).where(HELD, ~targeted),
        found(row=PersonName.id, first="person_name")
        .select_from(PersonName)
        .where(PersonName.rev_to.is_(None), ~accused),
    )


def _broken_references(context: Context) -> Iterator[Finding]:
    """Ask SQLite for rows whose foreign key points nowhere; another database forbids them."""
    if context.connection.dialect.name != "sqlite":
        return
    for row in context.connection.execute(text("PRAGMA foreign_key_check")):
        yield Finding(row_id=row[1], first=row[0], second=row[2])


def _merged_into_merged(context: Context) -> Queries:
    """A redirect that leads to another redirect, or around."""
    models: tuple[Any, ...] = (Case, Prosecution)
    queries = []
    for model in models:
        into = aliased(model)
        queries.append(
            found(row=model.id, first=model.__tablename__)
            .join_from(model, into, into.id == model.merged_into_id)
            .where(or_(into.merged_into_id.is_not(None), into.id == model.id))
        )
    return queries


def _external_key_nowhere(context: Context) -> Queries:
    """Keys of cases. Other kinds name tables of the source, whose rows differ by mapping."""
    return (
        found(row=ExternalKey.id, first="external_key")
        .select_from(ExternalKey)
        .where(ExternalKey.kind == "case", ~exists().where(Case.id == ExternalKey.row_id)),
    )


KINDS: tuple[Kind, ...] = (
    database_kind(
        "prosecution_in_no_case",
        Severity.WRONG,
        _("Prosecution in no case"),
        _("It belongs to no case, so nobody sees it and no figure counts it."),
        REPORT,
        find=_prosecution_in_no_case,
    ),
    database_kind(
        "prosecution_in_two_cases",
        Severity.WRONG,
        _("Prosecution in two cases at once"),
        _("It is counted twice, and each of two organisations may see it."),
        REPORT,
        find=_prosecution_in_two_cases,
    ),
    database_kind(
        "target_of_another_prosecution",
        Severity.WRONG,
        _("Event that moves a charge of somebody else"),
        _("An event names an accused and a charge of another accused: one of two fates is false."),
        REPORT,
        find=_target_of_another_prosecution,
    ),
    database_kind(
        "event_of_another_case",
        Severity.WRONG,
        _("Event of a case that the accused was never in"),
        _("What happened is shown in one case and counted in another."),
        REPORT,
        find=_event_of_another_case,
    ),
    database_kind(
        "hearing_of_another_case",
        Severity.WRONG,
        _("Hearing about an accused of another case"),
        _("The hearing appears in one case and moves the next date of another."),
        REPORT,
        find=_hearing_of_another_case,
    ),
    database_kind(
        "orphan",
        Severity.WRONG,
        _("Orphan: a row that belongs to nothing"),
        _("An event that is about nobody, or a name of nobody who is accused."),
        REPORT,
        find=_orphan_rows,
    ),
    database_kind(
        "broken_reference",
        Severity.WRONG,
        _("Reference that points nowhere"),
        _("A row names another that is not there: the database was changed from outside."),
        REPORT,
        stream=_broken_references,
        told=_("A row of the table ${first} names one of ${second} that is not there."),
    ),
    database_kind(
        "merged_into_merged",
        Severity.WRONG,
        _("Merged into what was merged itself"),
        _("The old address leads to a second old address, or back to itself."),
        REPORT,
        find=_merged_into_merged,
    ),
    database_kind(
        "external_key_nowhere",
        Severity.WRONG,
        _("Key of a source that points nowhere"),
        _("The next import of this source would add to a case that is not there, or fail."),
        REPORT,
        find=_external_key_nowhere,
    ),
)
