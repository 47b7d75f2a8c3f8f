"""Kinds of values that are derived from others and no longer follow from them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import (
    Select,
    and_,
    exists,
    func,
    or_,
    select,
)

from courtwatch.models import (
    Case,
    ChargeFact,
    HearingFact,
    ProcedureVersion,
    Prosecution,
    ProsecutionCase,
    ProsecutionFact,
)
from courtwatch.services.fact_differences import all_differences
from courtwatch.services.facts import ROW
from courtwatch.services.integrity.kinds import (
    Context,
    Finding,
    Kind,
    Severity,
    found,
)
from courtwatch.services.integrity.words import REBUILD, REPORT, database_kind
from courtwatch.services.messages import _
from courtwatch.services.stored_keys import stale_names, stale_numbers

Queries = Sequence[Select[Any]]
_FACTS = (
    (ProsecutionFact, "prosecution_id"),
    (ChargeFact, "charge_id"),
    (HearingFact, "hearing_id"),
)


def _two_current_facts(context: Context) -> Queries:
    queries = []
    for model, key in _FACTS:
        column = getattr(model, key)
        queries.append(
            found(row=column, first=model.__tablename__, second=func.count(model.id))
            .where(model.rev_to.is_(None))
            .group_by(column)
            .having(func.count(model.id) > 1)
        )
    return queries


def _fact_without_prosecution(context: Context) -> Queries:
    """Facts that are missing, or that a merged prosecution still has."""
    stored = exists().where(
        ProsecutionFact.prosecution_id == Prosecution.id, ProsecutionFact.rev_to.is_(None)
    )
    inside = exists().where(
        ProsecutionCase.prosecution_id == Prosecution.id, ProsecutionCase.rev_to.is_(None)
    )
    merged = Prosecution.merged_into_id.is_not(None)
    return (
        found(row=Prosecution.id, first="prosecution")
        .select_from(Prosecution)
        .where(or_(and_(merged, stored), and_(~merged, inside, ~stored))),
    )


def _merged_case_still_counted(context: Context) -> Queries:
    counted = exists().where(
        ProsecutionFact.case_id == Case.id,
        ProsecutionFact.rev_to.is_(None),
        ProsecutionFact.counted.is_(True),
    )
    return (
        found(row=Case.id, first="case")
        .select_from(Case)
        .where(Case.merged_into_id.is_not(None), counted),
    )


def _fact_differs(context: Context) -> Iterator[Finding]:
    """Derive every prosecution and hearing again; the first difference of each fact is told."""
    last: tuple[str, int] | None = None
    for difference in all_differences(context.connection):
        place = (difference.table, difference.key)
        if place != last:
            last = place
            column = "number of rows" if difference.column == ROW else difference.column
            yield Finding(row_id=difference.key, first=difference.table, second=column)


def _number_key_stale(context: Context) -> Iterator[Finding]:
    for stale in stale_numbers(context.connection):
        yield Finding(row_id=stale.row_id, first=stale.table)


def _name_key_stale(context: Context) -> Iterator[Finding]:
    for stale in stale_names(context.connection):
        yield Finding(row_id=stale.row_id, first=stale.table)


def _procedure_changed(context: Context) -> Iterator[Finding]:
    query = select(ProcedureVersion.id, ProcedureVersion.text, ProcedureVersion.sha256)
    for row in context.connection.execute(query):
        if hashlib.sha256(row.text.encode()).hexdigest() != row.sha256:
            yield Finding(row_id=row.id, first="procedure_version")


KINDS: tuple[Kind, ...] = (
    database_kind(
        "two_current_facts",
        Severity.WRONG,
        _("Two present facts of one thing"),
        _("Every figure counts it twice."),
        REBUILD,
        find=_two_current_facts,
        told=_("${second} present rows of the table ${first}."),
    ),
    database_kind(
        "fact_missing",
        Severity.WRONG,
        _("Prosecution without its fact, or a merged one with a fact"),
        _("No figure counts the first; figures count the second twice."),
        REBUILD,
        find=_fact_without_prosecution,
    ),
    database_kind(
        "fact_differs",
        Severity.WRONG,
        _("Fact that differs from its events"),
        _(
            "Facts are derived from events. Where a stored one differs, a figure says what no "
            "event supports: the database was changed from outside, or the derivation was changed "
            "and the facts were not made again."
        ),
        REBUILD,
        stream=_fact_differs,
        told=_("A row of the table ${first} differs, first in ${second}."),
        costly=True,
    ),
    database_kind(
        "merged_case_still_counted",
        Severity.WRONG,
        _("Merged case that is still counted"),
        _("The case was merged into another and its prosecutions are counted in both."),
        REPORT,
        find=_merged_case_still_counted,
    ),
    database_kind(
        "number_key_stale",
        Severity.DOUBTFUL,
        _("Case number that its key does not fit"),
        _("The number is looked up by a key that is out of date, so the case is not found by it."),
        REBUILD,
        stream=_number_key_stale,
    ),
    database_kind(
        "name_key_stale",
        Severity.DOUBTFUL,
        _("Name that its key does not fit"),
        _("The name is looked up by a key that is out of date: duplicates are not noticed."),
        REBUILD,
        stream=_name_key_stale,
    ),
    database_kind(
        "procedure_changed",
        Severity.WRONG,
        _("Procedure whose text is not what was published"),
        _("A published version never changes: stages and outcomes of its cases are in doubt."),
        _("Put the text back from the last backup, then run: courtwatch rebuild"),
        stream=_procedure_changed,
    ),
)
