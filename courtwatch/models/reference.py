"""Reference data: jurisdictions, procedures, institutions, offences, reasons."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from courtwatch.models.meta import Base, Recorded, names_columns
from courtwatch.models.vocabulary import InstitutionKind


class Named:
    """A row with an English name and, where there is one, a Khmer name."""

    name_en: Mapped[str]
    name_km: Mapped[str | None]

    def name(self, language: str = "en") -> str:
        """Return the name in `language` ('en' or 'km'), English where there is no other."""
        return (self.name_km if language == "km" else None) or self.name_en


class Jurisdiction(Named, Base):
    """A country or county whose courts are followed. `invented` marks a demonstration."""

    __tablename__ = "jurisdiction"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name_en: Mapped[str] = names_columns()[0]
    name_km: Mapped[str | None] = names_columns()[1]
    time_zone: Mapped[str] = mapped_column(String(60))
    languages: Mapped[list[str]] = mapped_column(JSON)
    procedure_name: Mapped[str] = mapped_column(String(60))
    invented: Mapped[bool] = mapped_column(default=False)


class ProcedureVersion(Base):
    """A published version of a procedure; text and checksum never change."""

    __tablename__ = "procedure_version"
    __table_args__ = (UniqueConstraint("name", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    version: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date | None]
    published_at: Mapped[datetime]


class Institution(Named, Base):
    """A police unit, prosecution office or court."""

    __tablename__ = "institution"
    __table_args__ = (
        UniqueConstraint("jurisdiction_id", "code"),
        Index("ix_institution_jurisdiction_id_kind", "jurisdiction_id", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("jurisdiction.id"))
    code: Mapped[str] = mapped_column(String(60))
    kind: Mapped[InstitutionKind] = mapped_column()
    level: Mapped[int | None]
    name_en: Mapped[str] = names_columns()[0]
    name_km: Mapped[str | None] = names_columns()[1]
    region: Mapped[str | None] = mapped_column(String(40))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    attached_to_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    preliminary_only: Mapped[bool] = mapped_column(default=False)
    verified: Mapped[bool] = mapped_column(default=False)
    remark: Mapped[str | None] = mapped_column(Text)

    jurisdiction: Mapped[Jurisdiction] = relationship()
    aliases: Mapped[list[InstitutionAlias]] = relationship(back_populates="institution")


class InstitutionAlias(Base):
    """Another spelling under which an institution is looked for."""

    __tablename__ = "institution_alias"
    __table_args__ = (UniqueConstraint("institution_id", "text"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    text: Mapped[str] = mapped_column(String(200))
    key: Mapped[str] = mapped_column(String(200), index=True)

    institution: Mapped[Institution] = relationship(back_populates="aliases")


class InstitutionTerritory(Base):
    """Which court an institution's decisions are appealed to, from when to when."""

    __tablename__ = "institution_territory"

    id: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[int] = mapped_column(
        ForeignKey("institution.id"), index=True
    )
    appeal_court_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    source: Mapped[str] = mapped_column(String(200))
    verified: Mapped[bool] = mapped_column(default=False)


class Offence(Named, Base):
    """An offence that a charge may name."""

    __tablename__ = "offence"
    __table_args__ = (UniqueConstraint("jurisdiction_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("jurisdiction.id"))
    code: Mapped[str] = mapped_column(String(80))
    law: Mapped[str] = mapped_column(String(80))
    article: Mapped[str] = mapped_column(String(80))
    offence_class: Mapped[str | None] = mapped_column(String(20))
    category: Mapped[str | None] = mapped_column(String(80))
    iccs: Mapped[str | None] = mapped_column(String(10))
    name_en: Mapped[str] = names_columns(300)[0]
    name_km: Mapped[str | None] = names_columns(300)[1]
    trafficking: Mapped[bool] = mapped_column(default=False)
    child: Mapped[bool] = mapped_column(default=False)
    penalty_min_months: Mapped[int | None]
    penalty_max_months: Mapped[int | None]
    chargeable: Mapped[bool] = mapped_column(default=True)
    verified: Mapped[bool] = mapped_column(default=False)
    remark: Mapped[str | None] = mapped_column(Text)


class Reason(Named, Base):
    """Why a charge ended, or why a hearing was adjourned (`purpose`).

    `lawful` is S statutory, D discretionary, N not a ground in law; it is unverified until a
    lawyer has confirmed it and is never shown in public. `restricted` marks allegations of
    settlement, threat and integrity (groups ST and TI).
    """

    __tablename__ = "reason"
    __table_args__ = (UniqueConstraint("purpose", "version", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[int | None] = mapped_column(ForeignKey("jurisdiction.id"))
    purpose: Mapped[str] = mapped_column(String(20))
    version: Mapped[int] = mapped_column(default=1)
    code: Mapped[str] = mapped_column(String(20))
    group_code: Mapped[str] = mapped_column(String(10))
    group_name_en: Mapped[str] = mapped_column(String(120))
    group_name_km: Mapped[str | None] = mapped_column(String(120))
    name_en: Mapped[str] = names_columns()[0]
    name_km: Mapped[str | None] = names_columns()[1]
    definition_en: Mapped[str | None] = mapped_column(Text)
    definition_km: Mapped[str | None] = mapped_column(Text)
    lawful: Mapped[str | None] = mapped_column(String(1))
    lawful_verified: Mapped[bool] = mapped_column(default=False)
    restricted: Mapped[bool] = mapped_column(default=False)
    source_map: Mapped[str | None] = mapped_column(String(200))
    khmer_reviewed: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)


class ReferenceTotal(Recorded, Base):
    """An official count that ours can be set beside.

    One holds for a source, period, stage, unit, institution and offence (None: all of them); a
    newer figure closes the older, so that a report of a past moment knows what was told by then.
    `stage` and `unit` are the words of `services.reference_totals`.
    """

    __tablename__ = "reference_total"

    id: Mapped[int] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("jurisdiction.id"))
    source: Mapped[str] = mapped_column(String(200))
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    period_from: Mapped[date]
    period_to: Mapped[date]
    offence_id: Mapped[int | None] = mapped_column(ForeignKey("offence.id"))
    stage: Mapped[str | None] = mapped_column(String(60))
    unit: Mapped[str] = mapped_column(String(20))
    count: Mapped[int]
    remark: Mapped[str | None] = mapped_column(Text)


class ReportCache(Base):
    """A finished report, by report, filters, scope, revision and date."""

    __tablename__ = "report_cache"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    made_at: Mapped[datetime] = mapped_column(index=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
