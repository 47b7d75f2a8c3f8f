"""The official totals on record as a list: which were told, when they were taken in, by whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, true
from sqlalchemy.orm import Session

from courtwatch.models import (
    Institution,
    Jurisdiction,
    Offence,
    Organisation,
    ReferenceTotal,
    Revision,
)
from courtwatch.models.facts import holds_at
from workflows.elements import Text

ALL_COURTS = "all"
"""Instead of the code of a court: the totals that are of no single court."""


@dataclass(frozen=True)
class Asked:
    """Which totals: of a jurisdiction, as known at a revision (None: now), narrowed; '' is any."""

    jurisdiction_id: int
    revision: int | None = None
    source: str = ""
    year: int | None = None
    court: str = ""

    def where(self) -> ColumnElement[bool]:
        """Return the condition on totals joined with their institutions."""
        total = ReferenceTotal
        found = _on_record(self.jurisdiction_id, self.revision)
        if self.source:
            found = and_(found, total.source == self.source)
        if self.year is not None:
            last, first = date(self.year, 12, 31), date(self.year, 1, 1)
            found = and_(found, total.period_from <= last, total.period_to >= first)
        if self.court == ALL_COURTS:
            found = and_(found, total.institution_id.is_(None))
        elif self.court:
            found = and_(found, Institution.code == self.court)
        return found


@dataclass(frozen=True)
class Choices:
    """What the list can be narrowed to: sources, years, and courts by code."""

    sources: tuple[str, ...]
    years: tuple[int, ...]
    courts: tuple[tuple[str, Text], ...]


def count(session: Session, asked: Asked) -> int:
    """Return how many totals are asked for."""
    query = select(func.count()).select_from(ReferenceTotal).outerjoin(Institution)
    return session.scalar(query.where(asked.where())) or 0


def rows(session: Session, asked: Asked, most: int, offset: int = 0) -> list[Any]:
    """Return totals with the names of what they are of, and their revision, the newest first."""
    total = ReferenceTotal
    query = (
        select(
            total, Institution, Offence, Revision,
            Organisation.name_en.label("organisation"),
        )
        .outerjoin(Institution, Institution.id == total.institution_id)
        .outerjoin(Offence, Offence.id == total.offence_id)
        .join(Revision, Revision.id == total.rev_from)
        .outerjoin(Organisation, Organisation.id == Revision.organisation_id)
        .where(asked.where())
        .order_by(
            total.period_to.desc(), total.period_from.desc(), total.source, total.stage,
            total.unit, Institution.code, Offence.code, total.id,
        )
        .limit(most)
        .offset(offset)
    )  # fmt: skip
    return list(session.execute(query))


def choices(session: Session, jurisdiction_id: int, revision: int | None) -> Choices:
    """Return what the totals of a jurisdiction can be narrowed to."""
    total = ReferenceTotal
    held = _on_record(jurisdiction_id, revision)
    sources = session.scalars(select(total.source).where(held).order_by(total.source).distinct())
    first, last = session.execute(
        select(func.min(total.period_from), func.max(total.period_to)).where(held)
    ).one()
    courts = session.execute(
        select(Institution.code, Institution.name_en, Institution.name_km)
        .join(total, total.institution_id == Institution.id)
        .where(held)
        .order_by(Institution.name_en)
        .distinct()
    )
    return Choices(
        tuple(sources),
        tuple(range(last.year, first.year - 1, -1)) if first is not None else (),
        tuple((code, Text(en, km)) for code, en, km in courts),
    )


def jurisdictions(session: Session) -> list[Jurisdiction]:
    """Return the jurisdictions of which totals were ever taken in, by name."""
    told = select(ReferenceTotal.jurisdiction_id).distinct()
    query = select(Jurisdiction).where(Jurisdiction.id.in_(told)).order_by(Jurisdiction.name_en)
    return list(session.scalars(query))


def _on_record(jurisdiction_id: int, revision: int | None) -> ColumnElement[bool]:
    held = and_(true(), holds_at(ReferenceTotal, revision))
    return and_(ReferenceTotal.jurisdiction_id == jurisdiction_id, held)
