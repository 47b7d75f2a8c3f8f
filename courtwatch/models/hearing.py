"""Hearings and what monitors observed there. Adjourning lives here and is no step."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from courtwatch.models.meta import Base, Recorded, Versioned
from courtwatch.models.reference import Institution, Reason
from courtwatch.models.vocabulary import HearingStatus, NoteTier, Presence, VoidReason


class Hearing(Versioned, Base):
    """A hearing that was scheduled, held, adjourned or cancelled."""

    __tablename__ = "hearing"
    __table_args__ = (
        Index("ix_hearing_case_id_scheduled_on", "case_id", "scheduled_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_code: Mapped[str] = mapped_column(String(20), unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    institution_id: Mapped[int | None] = mapped_column(
        ForeignKey("institution.id"), index=True
    )
    kind: Mapped[str] = mapped_column(String(30), default="trial")
    scheduled_on: Mapped[date] = mapped_column(index=True)
    scheduled_time: Mapped[str | None] = mapped_column(String(5))
    status: Mapped[HearingStatus] = mapped_column()
    adjournment_reason_id: Mapped[int | None] = mapped_column(ForeignKey("reason.id"))
    next_on: Mapped[date | None]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    batch_id: Mapped[int | None] = mapped_column(
        ForeignKey("import_batch.id"), index=True
    )
    voided: Mapped[bool] = mapped_column(default=False)
    void_reason: Mapped[VoidReason | None] = mapped_column()

    institution: Mapped[Institution | None] = relationship()
    adjournment_reason: Mapped[Reason | None] = relationship()
    prosecutions: Mapped[list[HearingProsecution]] = relationship(
        back_populates="hearing"
    )


class HearingProsecution(Recorded, Base):
    """Which prosecutions a hearing dealt with, and whether the accused was there."""

    __tablename__ = "hearing_prosecution"

    id: Mapped[int] = mapped_column(primary_key=True)
    hearing_id: Mapped[int] = mapped_column(ForeignKey("hearing.id"), index=True)
    prosecution_id: Mapped[int] = mapped_column(
        ForeignKey("prosecution.id"), index=True
    )
    presence: Mapped[Presence] = mapped_column(default=Presence.UNKNOWN)

    hearing: Mapped[Hearing] = relationship(back_populates="prosecutions")


class Assignment(Base):
    """Who is to watch a hearing."""

    __tablename__ = "assignment"

    id: Mapped[int] = mapped_column(primary_key=True)
    hearing_id: Mapped[int] = mapped_column(ForeignKey("hearing.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    status: Mapped[str] = mapped_column(String(20), default="planned")


class ChecklistVersion(Base):
    """A published version of the observation checklist."""

    __tablename__ = "checklist_version"
    __table_args__ = (UniqueConstraint("name", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    version: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))


class Question(Base):
    """One item of a checklist."""

    __tablename__ = "question"
    __table_args__ = (UniqueConstraint("checklist_version_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    checklist_version_id: Mapped[int] = mapped_column(
        ForeignKey("checklist_version.id")
    )
    code: Mapped[str] = mapped_column(String(40))
    part: Mapped[str] = mapped_column(String(20))
    position: Mapped[int]
    text_en: Mapped[str] = mapped_column(Text)
    text_km: Mapped[str | None] = mapped_column(Text)
    answer_type: Mapped[str] = mapped_column(String(20), default="yes_no")
    settings: Mapped[dict[str, Any] | None] = mapped_column(JSON)


class Observation(Versioned, Base):
    """One monitor's record of one hearing."""

    __tablename__ = "observation"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_code: Mapped[str] = mapped_column(String(20), unique=True)
    hearing_id: Mapped[int] = mapped_column(ForeignKey("hearing.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    checklist_version_id: Mapped[int | None] = mapped_column(
        ForeignKey("checklist_version.id")
    )


class Answer(Versioned, Base):
    """An answer: Yes, No, N.A. or Could not observe, with a note."""

    __tablename__ = "answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    observation_id: Mapped[int] = mapped_column(
        ForeignKey("observation.id"), index=True
    )
    prosecution_id: Mapped[int | None] = mapped_column(ForeignKey("prosecution.id"))
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"))
    value: Mapped[str] = mapped_column(String(40))
    note: Mapped[str | None] = mapped_column(Text)


class Note(Recorded, Base):
    """Free text about a case, or about one row of it. Redactable; travels by its tier."""

    __tablename__ = "note"
    __table_args__ = (Index("ix_note_case_id_rev_to", "case_id", "rev_to"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    subject_kind: Mapped[str | None] = mapped_column(String(20))
    subject_id: Mapped[int | None]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    tier: Mapped[NoteTier] = mapped_column(default=NoteTier.ORGANISATION)
    language: Mapped[str | None] = mapped_column(String(5))
    text: Mapped[str] = mapped_column(Text)
    redacted: Mapped[bool] = mapped_column(default=False)
    batch_id: Mapped[int | None] = mapped_column(
        ForeignKey("import_batch.id"), index=True
    )


class Attachment(Recorded, Base):
    """A file that belongs to a case, kept in a store by key."""

    __tablename__ = "attachment"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    tier: Mapped[NoteTier] = mapped_column()
    storage_key: Mapped[str] = mapped_column(String(80), unique=True)
    sha256: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int]
