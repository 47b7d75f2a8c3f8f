"""Names, reasons and procedures as they read at a past moment of the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from courtwatch.models import Base, Institution, Jurisdiction, reference_at
from courtwatch.models.reference_past import KEPT
from courtwatch.models.vocabulary import InstitutionKind
from courtwatch.reports.model import KnownAt
from workflows.elements import Text


@dataclass(frozen=True)
class Then:
    """What reference data was where it differs from today, by table and key."""

    was: Mapping[tuple[str, int], Mapping[str, Any] | None]

    def held(self, row: Base) -> bool:
        """Say whether a row was there."""
        return self.was.get(_key(row), {}) is not None

    def value(self, row: Base, column: str) -> Any:
        """Return what a column held. Only what is kept can be asked: else it would be today's."""
        assert column in KEPT[type(row)], f"{row.__tablename__}.{column} has no past"
        was = self.was.get(_key(row)) or {}
        return was[column] if column in was else getattr(row, column)

    def name(self, row: Base) -> Text:
        """Return a row's name in both languages."""
        return Text(self.value(row, "name_en"), self.value(row, "name_km"))


def read_then(session: Session, known_at: KnownAt) -> Then:
    """Read what differed at a moment; nothing at the latest."""
    return Then({} if known_at.latest else reference_at(session, known_at.revision))


def courts_then(session: Session, jurisdiction: Jurisdiction, then: Then) -> list[Institution]:
    """Return the courts that there were, in the order in which they were entered."""
    query = select(Institution).where(Institution.jurisdiction_id == jurisdiction.id)
    return [
        row
        for row in session.scalars(query.order_by(Institution.id))
        if then.held(row) and then.value(row, "kind") == InstitutionKind.COURT
    ]


def _key(row: Any) -> tuple[str, int]:
    return row.__tablename__, row.id
