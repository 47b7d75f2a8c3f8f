"""What courts were asked about figures that are marked for review, and what they answered."""

from __future__ import annotations

from datetime import date

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from courtwatch.models.meta import Base, Recorded
from courtwatch.models.people import Organisation
from courtwatch.models.reference import Institution


class CourtInquiry(Recorded, Base):
    """That an organisation sent an institution the cases behind a figure of its own.

    `decision` names the outcome that was compared, `filters` (name, value) what was counted,
    `known_at` the revision of the record of then; `marks` what was marked: ended, unresolved.
    Which cases they were follows from these. Never changed; a wrong one is closed.
    """

    __tablename__ = "court_inquiry"
    __table_args__ = (
        Index("ix_court_inquiry_jurisdiction_id_rev_to", "jurisdiction_id", "rev_to"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_code: Mapped[str] = mapped_column(String(20), unique=True)
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("jurisdiction.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    decision: Mapped[str] = mapped_column(String(60))
    marks: Mapped[str] = mapped_column(String(20))
    filters: Mapped[list[list[str]]] = mapped_column(JSON)
    known_at: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    cases: Mapped[int]
    sent_on: Mapped[date]

    institution: Mapped[Institution] = relationship()
    organisation: Mapped[Organisation] = relationship()


class CourtReply(Recorded, Base):
    """What an institution answered. A better reading of it closes the row and adds another."""

    __tablename__ = "court_reply"

    id: Mapped[int] = mapped_column(primary_key=True)
    inquiry_id: Mapped[int] = mapped_column(ForeignKey("court_inquiry.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    received_on: Mapped[date]
    language: Mapped[str] = mapped_column(String(2))
    text: Mapped[str] = mapped_column(Text)
    redacted: Mapped[bool] = mapped_column(default=False)

    inquiry: Mapped[CourtInquiry] = relationship()
