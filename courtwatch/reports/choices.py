"""What the form of a report offers: jurisdictions, courts and offences that are recorded."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from courtwatch.models import Institution, Offence, ProsecutionFact
from courtwatch.reports.model import Label
from courtwatch.reports.queries import Reader, jurisdiction_of, jurisdictions_with_facts
from workflows.elements import Text

Pairs = tuple[tuple[str, Label], ...]


@dataclass(frozen=True)
class Choices:
    """Codes and names, in order of name (offences in order of code)."""

    jurisdictions: Pairs
    courts: Pairs = ()
    offences: Pairs = ()


def usual_jurisdiction(session: Session, invented: bool, reader: Reader) -> str | None:
    """Return the jurisdiction that a page takes when none is named: first by name.

    Invented ones come first for those whose organisation is invented, and last for others.
    """
    found = jurisdictions_with_facts(session, reader)
    found.sort(key=lambda each: (each.invented != invented, each.name_en))
    return found[0].code if found else None


def read(session: Session, code: str | None, reader: Reader) -> Choices:
    """Return what can be chosen; courts are those that facts name of which the reader may know."""
    names = tuple(
        (each.code, Text(each.name_en, each.name_km))
        for each in jurisdictions_with_facts(session, reader)
    )
    chosen = jurisdiction_of(session, code) if code else None
    if chosen is None:
        return Choices(names)
    fact = ProsecutionFact
    courts = session.execute(
        select(Institution.code, Institution.name_en, Institution.name_km)
        .where(
            Institution.jurisdiction_id == chosen.id,
            or_(
                exists().where(fact.court_id == Institution.id, reader.known()),
                exists().where(fact.decided_by_id == Institution.id, reader.known()),
            ),
            Institution.kind == "court",
        )
        .order_by(Institution.name_en)
    )
    offences = session.execute(
        select(Offence.code, Offence.name_en, Offence.name_km)
        .where(Offence.jurisdiction_id == chosen.id, Offence.chargeable.is_(True))
        .order_by(Offence.id)
    )
    return Choices(
        names,
        tuple((row.code, Text(row.name_en, row.name_km)) for row in courts),
        tuple(
            (
                row.code,
                Text(
                    f"{row.code}: {row.name_en}",
                    f"{row.code}: {row.name_km}" if row.name_km else None,
                ),
            )
            for row in offences
        ),
    )
