"""Read rows of the record as they read at one revision, now or in the past.

A `Recorded` row that was closed later reads as one that holds; a `Versioned` row that was edited
later reads as its state of then (docs: adr/0002). Rows come as objects of their models that
belong to no session: nothing can be written through them, and no relationship of theirs loads
the present by accident.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from courtwatch.models import Event, Recorded, Versioned
from courtwatch.models.facts import holds_at
from courtwatch.models.history import states_at
from courtwatch.models.vocabulary import EventStatus

_Row = TypeVar("_Row")
Where = Callable[[Any], ColumnElement[bool]]
"""A predicate on the columns of a table, or of its past."""


class RecordAt:
    """The record at one revision; None is the present."""

    def __init__(self, session: Session, revision: int | None = None) -> None:
        self.session = session
        self.revision = revision

    def read(
        self,
        model: type[_Row],
        where: Where,
        order: Sequence[str] = ("id",),
        closed: bool = False,
    ) -> list[_Row]:
        """Return the rows of `model` that held. `closed`: also those that no longer did."""
        table: Any = model.__table__  # type: ignore[attr-defined]
        conditions: list[ColumnElement[bool]] = []
        if issubclass(model, Versioned):
            table = states_at(model, self.revision)
        elif issubclass(model, Recorded) and not closed:
            conditions.append(holds_at(table.c, self.revision))
        elif issubclass(model, Recorded) and self.revision is not None:
            conditions.append(table.c.rev_from <= self.revision)
        query = select(*table.columns).where(where(table.c), *conditions)
        query = query.order_by(*(table.c[name] for name in order))
        found = self.session.execute(query).mappings()
        return [model(**self._as_then(model, dict(values))) for values in found]

    def _as_then(self, model: type, values: dict[str, Any]) -> dict[str, Any]:
        """Return a row's values without what became of it later."""
        revision = self.revision
        if revision is None or values.get("rev_to") is None or values["rev_to"] <= revision:
            return values
        values["rev_to"] = None
        if issubclass(model, Event):
            values |= {"status": EventStatus.RECORDED, "void_reason": None}
        return values
