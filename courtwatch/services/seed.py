"""Put the reference data into the database, again and again with the same result.

New rows are inserted, changed ones updated, nothing is ever deleted: a record may name a row that
a later version of the tables no longer holds.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from courtwatch.models import (
    Base,
    Institution,
    InstitutionAlias,
    InstitutionTerritory,
    Jurisdiction,
    Offence,
    Reason,
)
from courtwatch.models.vocabulary import InstitutionKind
from courtwatch.seed import OffenceRow, ReferenceData, TerritoryBasis, read
from courtwatch.services.procedure_versions import ProcedureChanged, VersionTooLow, publish
from workflows import procedure as procedures

__all__ = ["INVENTED_LAW", "ProcedureChanged", "SeedReport", "TableReport", "load"]

INVENTED_LAW = "Invented Act"
_Model = TypeVar("_Model", bound=Base)


@dataclass(frozen=True)
class TableReport:
    """What a load did to one table, in rows."""

    table: str
    inserted: int
    updated: int
    unchanged: int


@dataclass(frozen=True)
class SeedReport:
    """What a load did, table by table in the order of loading."""

    tables: tuple[TableReport, ...]

    @property
    def changed(self) -> int:
        """Return how many rows were inserted or updated."""
        return sum(table.inserted + table.updated for table in self.tables)

    def lines(self) -> tuple[str, ...]:
        """Return one line per table, for people."""
        return tuple(
            f"{t.table}: {t.inserted} new, {t.updated} changed, {t.unchanged} as before"
            for t in self.tables
        )


def load(
    session: Session,
    *,
    invented: bool = False,
    data: ReferenceData | None = None,
    now: datetime | None = None,
) -> SeedReport:
    """Insert or update all reference data; the caller commits.

    `invented` adds the jurisdictions marked invented, with their copy of the offences; only the
    demonstration asks for it. Raises `SeedError` (file and line) for wrong tables and
    `ProcedureChanged` where a published procedure version no longer reads as it was stored.
    """
    data = data or read()
    moment = now or datetime.now(UTC)
    return SeedReport(
        (
            load_procedures(session, moment),
            _jurisdictions(session, data, invented),
            _institutions(session, data),
            _aliases(session, data),
            _territories(session, data),
            _offences(session, data, invented),
            _reasons(session, data),
        )
    )


def load_procedures(session: Session, now: datetime) -> TableReport:
    """Publish every bundled procedure version that is not published yet.

    A bundled version below one that this installation published itself is left out: its cases
    stay where they are.
    """
    inserted = unchanged = 0
    for name in procedures.names():
        try:
            new = publish(session, procedures.load(name), now)[1]
        except VersionTooLow:
            new = False
        inserted += new
        unchanged += not new
    return TableReport("procedure_version", inserted, 0, unchanged)


def alias_key(text: str) -> str:
    """Fold a name for comparison: case, accents, blanks, hyphens and Khmer coeng variants."""
    folded = unicodedata.normalize("NFKD", text).casefold().replace("្ដ", "្ត")
    return "".join(char for char in folded if char.isalnum() or "\u1780" <= char <= "\u17dd")


def _upsert(
    session: Session,
    model: type[_Model],
    key_columns: tuple[str, ...],
    wanted: Iterable[Mapping[str, Any]],
) -> tuple[TableReport, dict[Hashable, _Model]]:
    """Insert or update rows of `model`; return the report and all rows by their key."""
    rows: dict[Hashable, _Model] = {
        tuple(getattr(row, column) for column in key_columns): row
        for row in session.scalars(select(model)).all()
    }
    inserted = updated = unchanged = 0
    for values in wanted:
        key = tuple(values[column] for column in key_columns)
        row = rows.get(key)
        if row is None:
            rows[key] = row = model(**values)
            session.add(row)
            inserted += 1
        elif _assign(row, values):
            updated += 1
        else:
            unchanged += 1
    session.flush()
    return TableReport(str(model.__tablename__), inserted, updated, unchanged), rows


def _assign(row: Base, values: Mapping[str, Any]) -> bool:
    changed = {column: value for column, value in values.items() if getattr(row, column) != value}
    for column, value in changed.items():
        setattr(row, column, value)
    return bool(changed)


def _ids(session: Session, model: type[Any], name: Callable[[Any], Hashable]) -> dict[Any, int]:
    return {name(row): row.id for row in session.scalars(select(model)).all()}


def _jurisdictions(session: Session, data: ReferenceData, invented: bool) -> TableReport:
    return _upsert(
        session,
        Jurisdiction,
        ("code",),
        (
            {
                "code": row.code,
                "name_en": row.name_en,
                "name_km": row.name_km,
                "time_zone": row.time_zone,
                "languages": list(row.languages),
                "procedure_name": row.procedure,
                "invented": row.invented,
            }
            for row in data.jurisdictions
            if invented or not row.invented
        ),
    )[0]


def _institutions(session: Session, data: ReferenceData) -> TableReport:
    jurisdictions = _ids(session, Jurisdiction, lambda row: row.code)
    report, rows = _upsert(
        session,
        Institution,
        ("jurisdiction_id", "code"),
        (
            {
                "jurisdiction_id": jurisdictions[row.jurisdiction],
                "code": row.code,
                "kind": InstitutionKind(row.kind),
                "level": row.level,
                "name_en": row.name_en,
                "name_km": row.name_km,
                "region": row.iso,
                "latitude": row.latitude,
                "longitude": row.longitude,
                "verified": row.verified,
                "remark": "; ".join(filter(None, (row.seat and f"Seat: {row.seat}", row.note)))
                or None,
            }
            for row in data.institutions
        ),
    )
    by_code: dict[str, Institution] = {row.code: row for row in rows.values()}
    for given in data.institutions:
        parent = by_code[given.attached_to].id if given.attached_to else None
        if by_code[given.code].attached_to_id != parent:
            by_code[given.code].attached_to_id = parent
    session.flush()
    return report


def _aliases(session: Session, data: ReferenceData) -> TableReport:
    institutions = _ids(session, Institution, lambda row: row.code)
    return _upsert(
        session,
        InstitutionAlias,
        ("institution_id", "text"),
        (
            {
                "institution_id": institutions[row.institution],
                "text": row.alias,
                "key": alias_key(row.alias),
            }
            for row in data.aliases
        ),
    )[0]


def _territories(session: Session, data: ReferenceData) -> TableReport:
    # What was only decreed would give a court two courts of appeal on the same day; it stays in
    # the tables of the package and in the source line of the territory that is lived by.
    institutions = _ids(session, Institution, lambda row: row.code)
    return _upsert(
        session,
        InstitutionTerritory,
        ("institution_id", "valid_from"),
        (
            {
                "institution_id": institutions[row.institution],
                "appeal_court_id": institutions[row.appeal],
                "valid_from": row.valid_from,
                "valid_to": row.valid_to,
                "source": row.source,
                "verified": row.verified,
            }
            for row in data.territories
            if row.basis is TerritoryBasis.IN_FORCE
        ),
    )[0]


def _offences(session: Session, data: ReferenceData, invented: bool) -> TableReport:
    jurisdictions = _ids(session, Jurisdiction, lambda row: row.code)
    wanted = list(data.offences)
    if invented:
        wanted += invented_offences(data)
    return _upsert(
        session,
        Offence,
        ("jurisdiction_id", "code"),
        (_offence_values(row, jurisdictions[row.jurisdiction]) for row in wanted),
    )[0]


def invented_offences(data: ReferenceData) -> list[OffenceRow]:
    """Return the chargeable Cambodian offences as the law of each invented jurisdiction."""
    return [
        replace(
            row,
            code=row.code.replace("KH-TIPSE", f"{country.code}-ACT", 1),
            jurisdiction=country.code,
            law=INVENTED_LAW,
            verified=False,
            note="Invented law of the demonstration, modelled on a real one",
        )
        for country in data.jurisdictions
        if country.invented
        for row in data.offences
        if row.jurisdiction == "KH" and row.chargeable
    ]


def _offence_values(row: OffenceRow, jurisdiction_id: int) -> dict[str, Any]:
    aggravated = (row.aggravated_min_months, row.aggravated_max_months)
    remarks = []
    if any(aggravated):
        least, most = ("?" if months is None else months for months in aggravated)
        remarks.append(f"Aggravated: {least} to {most} months")
    if row.iccs_by_exploitation:
        remarks.append("ICCS class by form of exploitation (02041 to 02044)")
    if row.note:
        remarks.append(row.note)
    return {
        "jurisdiction_id": jurisdiction_id,
        "code": row.code,
        "law": row.law,
        "article": row.article,
        "offence_class": row.offence_class,
        "category": row.category,
        "iccs": row.iccs,
        "name_en": row.name_en,
        "name_km": row.name_km,
        "trafficking": row.trafficking,
        "child": row.child,
        "penalty_min_months": row.min_months,
        "penalty_max_months": row.max_months,
        "chargeable": row.chargeable,
        "verified": row.verified,
        "remark": ". ".join(remarks) or None,
    }


def _reasons(session: Session, data: ReferenceData) -> TableReport:
    return _upsert(
        session,
        Reason,
        ("purpose", "version", "code"),
        (
            {
                "purpose": row.purpose.value,
                "version": row.version,
                "code": row.code,
                "group_code": row.group.code,
                "group_name_en": row.group.name_en,
                "group_name_km": row.group.name_km,
                "name_en": row.name_en,
                "name_km": row.name_km,
                "definition_en": row.definition_en,
                "definition_km": row.definition_km,
                "lawful": row.lawful,
                "lawful_verified": False,
                "restricted": row.restricted,
                "source_map": row.source_map,
                "khmer_reviewed": False,
                "position": row.position,
            }
            for row in data.reasons
        ),
    )[0]
