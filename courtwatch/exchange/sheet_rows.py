"""Which rows belong to an organisation, and their past: what every sheet of its export asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    cast,
    func,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from courtwatch.models import Case, Charge, ProsecutionCase, Revision
from courtwatch.models.history import history_table


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file of the export: what it holds, and the query whose columns are its columns."""

    name: str
    about: str
    query: Any


def valid(row: Any) -> list[ColumnElement[Any]]:
    """Return from which revision until which a row version holds."""
    return [row.rev_from.label("valid_from"), row.rev_to.label("valid_to")]


def versions(model: Any) -> Any:
    """Return every version of a table that is edited in place: its rows and their past."""
    table = model.__table__
    past = history_table(table)
    both = union_all(
        select(*table.c, cast(null(), Integer).label("rev_to")),
        select(*(past.c[column.name] for column in table.c), past.c.rev_to),
    )
    return both.subquery(f"{table.name}_versions").c


def entered(rev_from: Any, owner: int, stands_for: Any) -> ColumnElement[bool]:
    """Return that the organisation wrote a row; `stands_for` decides where nobody signed it."""
    theirs = select(Revision.id).where(Revision.organisation_id == owner)
    unsigned = select(Revision.id).where(Revision.organisation_id.is_(None))
    return or_(rev_from.in_(theirs), and_(stands_for, rev_from.in_(unsigned)))


def number_of(charge: Any) -> Any:
    """Return the number of a charge among those of its prosecution, in order of entry."""
    before = aliased(Charge)
    return (
        select(func.count(before.id))
        .where(before.prosecution_id == charge.prosecution_id, before.id <= charge.id)
        .scalar_subquery()
    )


def own_prosecutions(owner: int) -> Select[Any]:
    """Return the keys of prosecutions that are or were in a case of the organisation."""
    return (
        select(ProsecutionCase.prosecution_id)
        .join(Case, Case.id == ProsecutionCase.case_id)
        .where(Case.owner_id == owner)
    )
