"""What the database already knows: keys of earlier imports, institutions, offences, reasons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from courtwatch.exchange.errors import ImportFailed
from courtwatch.exchange.mapping import Mapping
from courtwatch.exchange.mapping_reader import MappingFile
from courtwatch.exchange.plan import InstitutionPlan, OffencePlan, Plan
from courtwatch.exchange.quality import Fate, Quality
from courtwatch.exchange.tables import Table
from courtwatch.models import (
    ExternalKey,
    ImportBatch,
    Institution,
    InstitutionAlias,
    Jurisdiction,
    Offence,
    Organisation,
    ProcedureVersion,
    Reason,
)
from courtwatch.models.vocabulary import BatchStatus
from courtwatch.services.procedure_versions import valid_on
from courtwatch.services.seed import alias_key


@dataclass(frozen=True, slots=True)
class Ground:
    """The rows that an import stands on."""

    source: str
    jurisdiction_id: int
    procedure_version_id: int
    procedure_text: str
    organisation_id: int | None
    known_cases: dict[str, int]
    cut_off: date | None


def read_ground(connection: Connection, mapping: Mapping, organisation: str | None) -> Ground:
    """Find jurisdiction, procedure and owner. Raises ImportFailed with what to do."""
    jurisdiction = connection.execute(
        select(Jurisdiction.id).where(Jurisdiction.code == mapping.jurisdiction)
    ).scalar()
    if jurisdiction is None:
        raise ImportFailed(
            f"The database has no jurisdiction {mapping.jurisdiction}. Run: courtwatch init"
        )
    version = connection.execute(
        valid_on(mapping.procedure, datetime.now(UTC).date()).with_only_columns(
            ProcedureVersion.id, ProcedureVersion.text
        )
    ).first()
    if version is None:
        raise ImportFailed(
            f"The database has no procedure {mapping.procedure}. Run: courtwatch init"
        )
    code = organisation or (mapping.owner.code if mapping.owner else None)
    owner = connection.execute(select(Organisation.id).where(Organisation.code == code)).scalar()
    if code is None or (owner is None and (mapping.owner is None or organisation is not None)):
        codes = connection.execute(select(Organisation.code).order_by(Organisation.code)).scalars()
        known = ", ".join(codes) or "(none yet)"
        raise ImportFailed(f"Whose data is it? Give --organisation with one of: {known}.")
    source = f"{mapping.mapping}:{code}"[:60]
    return Ground(
        source, jurisdiction, version.id, version.text, owner,
        _known_cases(connection, source), _last_cut_off(connection, mapping, owner),
    )  # fmt: skip


def _known_cases(connection: Connection, source: str) -> dict[str, int]:
    query = select(ExternalKey.key, ExternalKey.row_id).where(
        ExternalKey.source == source, ExternalKey.kind == "case"
    )
    return {key: row_id for key, row_id in connection.execute(query)}


def _last_cut_off(connection: Connection, mapping: Mapping, owner: int | None) -> date | None:
    query = select(ImportBatch.summary).where(
        ImportBatch.mapping == mapping.mapping,
        ImportBatch.organisation_id == owner,
        ImportBatch.status == BatchStatus.PUBLISHED,
    )
    days = [
        date.fromisoformat(summary["cut_off"])
        for (summary,) in connection.execute(query)
        if summary and summary.get("cut_off")
    ]
    return max(days, default=None)


def unfinished(connection: Connection, ground: Ground, mapping: Mapping) -> list[int]:
    """Return batches of this source that stopped while loading."""
    query = select(ImportBatch.id).where(
        ImportBatch.mapping == mapping.mapping,
        ImportBatch.organisation_id == ground.organisation_id,
        ImportBatch.status == BatchStatus.LOADING,
    )
    return list(connection.execute(query).scalars())


def mark_known(
    connection: Connection, source: str, tables: dict[str, Table], quality: Quality
) -> None:
    """Give rows that were loaded before their fate: unchanged, or rejected where they differ."""
    for table in tables.values():
        if not table.lines:
            continue
        query = select(ExternalKey.key, ExternalKey.row_id, ExternalKey.row_sha256).where(
            ExternalKey.source == source, ExternalKey.kind == table.name
        )
        known = {key: (row_id, digest) for key, row_id, digest in connection.execute(query)}
        if not known:
            continue
        for at in list(table.alive()):
            found = known.get(table.keys[at][:160])
            if found is not None:
                _mark(table, at, found, quality)


def _mark(table: Table, at: int, found: tuple[int, str | None], quality: Quality) -> None:
    row_id, digest = found
    table.ids[at] = row_id
    table.fates[at] = Fate.UNCHANGED
    fates = quality.tables[table.name].fates
    if digest == table.digests[at]:
        fates[Fate.UNCHANGED] += 1
        return
    fates[Fate.REJECTED] += 1
    reason = (
        "was loaded before with other content; undo that batch and import again to take the change"
    )
    quality.find("changed_row", table.name, table.lines[at], None, table.keys[at], reason)
    quality.reject(table.name, table.lines[at], reason)


def ensure_owner(connection: Connection, mapping: Mapping, ground: Ground) -> int:
    """Return the owner's key; makes the organisation that the mapping names."""
    if ground.organisation_id is not None:
        return ground.organisation_id
    assert mapping.owner is not None
    result = connection.execute(
        insert(Organisation).values(
            code=mapping.owner.code, kind=mapping.owner.kind, name_en=mapping.owner.name,
            invented=False,
        )
    )  # fmt: skip
    return int(_key(result))


def _key(result: Any) -> Any:
    return result.inserted_primary_key[0]


class Resolver:
    """Finds, and where the mapping says so makes, what the plan names."""

    def __init__(self, connection: Connection, jurisdiction_id: int, quality: Quality) -> None:
        self.connection = connection
        self.jurisdiction_id = jurisdiction_id
        self.quality = quality
        self.made: dict[str, int] = {"institution": 0, "offence": 0}

    def institutions(self, plans: list[InstitutionPlan], make: bool) -> list[int | None]:
        """Return the key of each planned institution; None: unknown, and listed."""
        by_code, by_name = self._known_institutions()
        found: list[int | None] = []
        for plan in plans:
            key = by_code.get(plan.code) or by_code.get(plan.name)
            key = key or by_name.get((plan.kind.value, alias_key(plan.name)))
            if key is None and plan.create:
                self.made["institution"] += 1
                if make:
                    key = self._make_institution(plan)
            elif key is None:
                self.quality.find(
                    "unknown_institution", "(institutions)", None, plan.kind.value, plan.name,
                    "left unknown; add an alias or a word to the mapping",
                )  # fmt: skip
            found.append(key)
        return found

    def _known_institutions(self) -> tuple[dict[str, int], dict[tuple[str, str], int]]:
        here = Institution.jurisdiction_id == self.jurisdiction_id
        by_code: dict[str, int] = {}
        by_name: dict[tuple[str, str], int] = {}
        for row in self.connection.execute(select(Institution.__table__).where(here)):
            by_code[row.code] = row.id
            for name in (row.name_en, row.name_km):
                if name:
                    by_name.setdefault((row.kind.value, alias_key(name)), row.id)
        aliases = (
            select(InstitutionAlias.text, Institution.id, Institution.kind)
            .join(Institution, Institution.id == InstitutionAlias.institution_id)
            .where(here)
        )
        for alias, key, kind in self.connection.execute(aliases):
            by_name.setdefault((kind.value, alias_key(alias)), key)
        return by_code, by_name

    def _make_institution(self, plan: InstitutionPlan) -> int:
        result = self.connection.execute(
            insert(Institution).values(
                jurisdiction_id=self.jurisdiction_id, code=plan.code, kind=plan.kind,
                level=plan.level, name_en=plan.name, preliminary_only=plan.preliminary_only,
                verified=False, remark=plan.remark,
            )
        )  # fmt: skip
        return int(_key(result))

    def offences(self, plans: list[OffencePlan], make: bool) -> list[int | None]:
        """Return the key of each planned offence; None: unknown, and listed."""
        query = select(Offence.code, Offence.id).where(
            Offence.jurisdiction_id == self.jurisdiction_id
        )
        known = {code: key for code, key in self.connection.execute(query)}
        found: list[int | None] = []
        for plan in plans:
            key = known.get(plan.code)
            if key is None and plan.create:
                self.made["offence"] += 1
                if make:
                    key = known[plan.code] = self._make_offence(plan)
            elif key is None:
                self.quality.find(
                    "unknown_offence", "(offences)", None, None, plan.code, "left unknown"
                )
            found.append(key)
        return found

    def _make_offence(self, plan: OffencePlan) -> int:
        result = self.connection.execute(
            insert(Offence).values(
                jurisdiction_id=self.jurisdiction_id, code=plan.code, law=plan.law,
                article=plan.article, offence_class=plan.offence_class, category=plan.category,
                name_en=plan.title, trafficking=plan.trafficking, child=False, chargeable=True,
                penalty_min_months=plan.penalty[0], penalty_max_months=plan.penalty[1],
                verified=False,
            )
        )  # fmt: skip
        return int(_key(result))

    def reasons(self, purpose: str) -> dict[str, int]:
        """Return the keys of the newest version of each reason, by code."""
        query = (
            select(Reason.code, Reason.id)
            .where(Reason.purpose == purpose)
            .order_by(Reason.version)
        )
        return {code: key for code, key in self.connection.execute(query)}


def check_reasons(file: MappingFile, plan: Plan, ended: set[str], adjourned: set[str]) -> None:
    """Raise ImportFailed for reason codes of the mapping that the database does not have."""
    used = {
        reason
        for case in plan.cases
        for prosecution in case.prosecutions
        for event in prosecution.events
        for target in event.targets
        for reason in (target.reason, target.assessed)
        if reason is not None
    }
    moved = {h.adjournment_reason for c in plan.cases for h in c.hearings if h.adjournment_reason}
    missing = sorted((used - ended) | (moved - adjourned))
    if missing:
        raise ImportFailed(
            f"{file.path}: the mapping uses reason codes that the database does not have: "
            f"{', '.join(missing)}. Correct the mapping, or run: courtwatch init"
        )
