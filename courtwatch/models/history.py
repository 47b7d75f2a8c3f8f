"""The past of rows that are edited in place (`Versioned`): a twin table and a flush listener."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    Column,
    ForeignKey,
    FromClause,
    Integer,
    Table,
    event,
    insert,
    inspect,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from courtwatch.models.meta import Base, Versioned

REVISION_KEY = "courtwatch.revision_id"
_history_of: dict[str, Table] = {}


class NoRevision(RuntimeError):
    """A versioned row was changed outside a writing transaction that took a revision."""


def history_table(table: Table) -> Table:
    """Return the twin of a versioned table: the same columns and `rev_to`, keyed by both."""
    return _history_of[table.name]


def make_history_tables() -> None:
    """Create the twins of all versioned tables in the metadata. Called once by the package."""
    for mapper in Base.registry.mappers:
        if issubclass(mapper.class_, Versioned):
            table = mapper.local_table
            assert isinstance(table, Table)
            _history_of[table.name] = Table(
                f"{table.name}_history",
                Base.metadata,
                *_copied_columns(table),
                Column("rev_to", Integer, ForeignKey("revision.id"), nullable=False),
            )


def states_at(model: type[Versioned], revision: int | None) -> FromClause:
    """Return the rows of a versioned table as they read at `revision` (None: now).

    The columns are those of the table. A row that did not exist then is not among them.
    """
    table: FromClause = model.__table__  # type: ignore[attr-defined]
    if revision is None:
        return table
    assert isinstance(table, Table)
    past = history_table(table)
    unchanged = select(*table.columns).where(table.c.rev_from <= revision)
    changed = select(*(past.c[column.name] for column in table.columns)).where(
        past.c.rev_from <= revision, past.c.rev_to > revision
    )
    return union_all(unchanged, changed).subquery(f"{table.name}_then")


def _copied_columns(table: Table) -> Iterator[Column[Any]]:
    for column in table.columns:
        yield Column(
            column.name,
            column.type,
            primary_key=column.primary_key or column.name == "rev_from",
            nullable=column.nullable,
            autoincrement=False,
        )


@event.listens_for(Session, "before_flush")
def _keep_earlier_state(session: Session, flush_context: object, instances: object) -> None:
    """Copy the earlier state of each changed versioned row to its history table."""
    for obj in session.dirty:
        if isinstance(obj, Versioned) and session.is_modified(obj):
            _write_history(session, obj)


def _write_history(session: Session, obj: Versioned) -> None:
    state = inspect(obj)
    revision_id = session.info.get(REVISION_KEY)
    if revision_id is None:
        raise NoRevision(f"{type(obj).__name__} changed without a revision; use services.work")
    if obj.rev_from == revision_id:
        return  # added or already copied by this very transaction
    table = state.mapper.local_table
    assert isinstance(table, Table)
    before = {}
    for column in table.columns:
        key = state.mapper.get_property_by_column(column).key
        changes = state.attrs[key].history
        before[column.name] = changes.deleted[0] if changes.deleted else getattr(obj, key)
    session.execute(insert(history_table(table)).values(**before, rev_to=revision_id))
    obj.rev_from = revision_id
