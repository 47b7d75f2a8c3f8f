"""How reference data read before it was edited, so that a report of a past moment keeps its words.

Courts, offences, reasons and procedures belong to no revision: a new version of their tables is
loaded between two. What a flush changes is kept with the last revision that it held for.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    ForeignKey,
    String,
    event,
    func,
    insert,
    inspect,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from courtwatch.models.meta import Base
from courtwatch.models.people import Organisation
from courtwatch.models.reference import (
    Institution,
    Jurisdiction,
    Offence,
    ProcedureVersion,
    Reason,
)
from courtwatch.models.revision import Revision

KEPT: dict[type[Base], tuple[str, ...]] = {
    Jurisdiction: ("name_en", "name_km", "procedure_name"),
    Institution: ("code", "name_en", "name_km", "kind", "level", "preliminary_only", "region"),
    Offence: (
        "code", "name_en", "name_km", "law", "article", "iccs", "trafficking", "offence_class",
        "child",
    ),
    Reason: (
        "code", "name_en", "name_km", "group_code", "group_name_en", "group_name_km",
        "restricted", "position", "purpose", "lawful", "lawful_verified",
    ),
    Organisation: ("code", "name_en", "name_km"),
}  # fmt: skip
"""The columns that a report reads: keys and public names, nothing of a case."""
LISTED = (Reason, ProcedureVersion)
"""What reports list although nothing names it: of these it is kept when they were not there yet."""


class ReferencePast(Base):
    """How a row of reference data read up to a revision; `was` None: it was not there."""

    __tablename__ = "reference_past"

    id: Mapped[int] = mapped_column(primary_key=True)
    table_name: Mapped[str] = mapped_column(String(60))
    row_id: Mapped[int]
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"), index=True)
    was: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


def reference_at(session: Session, revision: int) -> dict[tuple[str, int], dict[str, Any] | None]:
    """Return the rows that read otherwise at `revision`, by table and key.

    A value of None: the row was not there yet. What was kept before a column was read by reports
    says nothing of it: the next that does tells what it held until then.
    """
    found: dict[tuple[str, int], dict[str, Any] | None] = {}
    query = (
        select(ReferencePast.table_name, ReferencePast.row_id, ReferencePast.was)
        .where(ReferencePast.revision_id >= revision)
        .order_by(ReferencePast.id)
    )
    for table, key, was in session.execute(query):
        first = found.setdefault((table, key), was)
        if first is not None and was is not None:
            found[table, key] = {**was, **first}
    return found


def text_at(model: type[Any], name: str, revision: int) -> ColumnElement[str]:
    """Return what a column of text that is kept held at `revision`, in a query of its table."""
    assert name in KEPT[model], f"{model.__tablename__}.{name} has no past"
    was = ReferencePast.was[name].as_string()
    before = (
        select(was)
        .where(
            ReferencePast.table_name == model.__tablename__,
            ReferencePast.row_id == model.id,
            ReferencePast.revision_id >= revision,
            was.is_not(None),
        )
        .order_by(ReferencePast.id)
        .limit(1)
        .correlate(model)
        .scalar_subquery()
    )
    return func.coalesce(before, getattr(model, name))


@event.listens_for(Session, "after_flush")
def _keep(session: Session, flush_context: object) -> None:
    """Keep what a flush changed, if anybody can have read it at a revision."""
    edited = ((row, _before(row)) for row in session.dirty if type(row) in KEPT)
    kept: list[tuple[Any, dict[str, Any] | None]] = [
        *((row, was) for row, was in edited if was is not None),
        *((row, None) for row in session.new if isinstance(row, LISTED)),
    ]
    if not kept:
        return
    last = session.scalar(select(func.max(Revision.id)))
    if last is None:
        return
    values = [
        {"table_name": row.__tablename__, "row_id": row.id, "revision_id": last, "was": was}
        for row, was in kept
    ]
    session.execute(insert(ReferencePast), values)


def _before(row: Any) -> dict[str, Any] | None:
    """Return what a row held of the columns that are kept; None where none of them changed."""
    state = inspect(row)
    before, changed = {}, False
    for name in KEPT[type(row)]:
        history = state.attrs[name].history
        changed = changed or history.has_changes()
        before[name] = history.deleted[0] if history.deleted else getattr(row, name)
    return before if changed else None
