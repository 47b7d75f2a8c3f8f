"""Frozen reports: what was asked, of which moment, and the figures that came out, for good."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, event
from sqlalchemy.orm import Mapped, mapped_column

from courtwatch.models.meta import Base


class ReportSnapshot(Base):
    """A report as it was frozen. Rows are only ever added; redaction alone takes words out.

    `figures` are the question and its figures by keys (`reports.snapshots.figures_of`), `checksum`
    their SHA-256. `audience` says for which kind of reader it was counted, and who may open it;
    `withheld` which reasons were kept from them. `revision_id` is the moment of the record.
    `title` and `remark` are words of who froze it, for their own organisation, and in no figure.
    """

    __tablename__ = "report_snapshot"
    __table_args__ = (Index("ix_report_snapshot_audience", "audience"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    checksum: Mapped[str] = mapped_column(String(64))
    report: Mapped[str] = mapped_column(String(40))
    filters: Mapped[list[list[str]]] = mapped_column(JSON)
    options: Mapped[dict[str, str]] = mapped_column(JSON)
    scope: Mapped[str] = mapped_column(String(20))
    unit: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(2))
    audience: Mapped[str] = mapped_column(String(20))
    withheld: Mapped[list[str]] = mapped_column(JSON)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    software: Mapped[str] = mapped_column(String(40))
    figures: Mapped[str] = mapped_column(Text)
    title: Mapped[str | None] = mapped_column(String(120))
    remark: Mapped[str | None] = mapped_column(Text)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    frozen_at: Mapped[datetime]


class FrozenForGood(RuntimeError):
    """Somebody tried to change or delete a frozen report."""


@event.listens_for(ReportSnapshot, "before_update")
@event.listens_for(ReportSnapshot, "before_delete")
def _refuse(mapper: Any, connection: Any, snapshot: ReportSnapshot) -> None:
    raise FrozenForGood(f"the snapshot {snapshot.code} is frozen: freeze the report again instead")
