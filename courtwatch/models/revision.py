"""Who wrote when: revisions, submissions, jobs, import batches, external keys, audit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from courtwatch.models.meta import Base
from courtwatch.models.vocabulary import BatchStatus


class Revision(Base):
    """One writing transaction. A past moment of the record is a revision number."""

    __tablename__ = "revision"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[str] = mapped_column(String(60))


class Submission(Base):
    """What a client sent, so that the same thing sent twice is carried out once."""

    __tablename__ = "submission"

    uuid: Mapped[str] = mapped_column(String(36), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    payload_sha256: Mapped[str] = mapped_column(String(64))
    result: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]


class Job(Base):
    """An outbox row: work that a committed transaction owes, done by the worker.

    A table and not a queue, because a job must exist if and only if its transaction committed.
    """

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_kind_run_at", "kind", "run_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(80))
    run_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)


class ImportBatch(Base):
    """One run of an import: listed, and undone as a whole."""

    __tablename__ = "import_batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("jurisdiction.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    mapping: Mapped[str] = mapped_column(String(80))
    mapping_sha256: Mapped[str] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(String(400))
    source_sha256: Mapped[str] = mapped_column(String(64))
    status: Mapped[BatchStatus] = mapped_column()
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    summary: Mapped[dict[str, Any] | None] = mapped_column(JSON)


class ExternalKey(Base):
    """Which of our rows a row of a source became."""

    __tablename__ = "external_key"
    __table_args__ = (
        UniqueConstraint("source", "kind", "key"),
        Index("ix_external_key_batch_id_kind", "batch_id", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(30))
    key: Mapped[str] = mapped_column(String(160))
    row_id: Mapped[int]
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"))
    row_sha256: Mapped[str | None] = mapped_column(String(64))


class Audit(Base):
    """Who saw or did what that must be accounted for. Codes only, never a name or a query."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    action: Mapped[str] = mapped_column(String(60), index=True)
    subject: Mapped[str | None] = mapped_column(String(80), index=True)
    detail: Mapped[dict[str, Any] | None] = mapped_column(JSON)


class Redaction(Base):
    """Words that were taken out: where, by whom, why. The words themselves are gone."""

    __tablename__ = "redaction"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    table_name: Mapped[str] = mapped_column(String(60))
    row_id: Mapped[int]
    column_name: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(40))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))


class Correction(Base):
    """One act that put right what was typed or imported wrong. Codes only: words are in notes.

    `row_id` is the row that was wrong (`subject`: event or hearing), `by_id` the one that holds in
    its place: another event, or the hearing itself, whose earlier state is in its past. None:
    nothing does. Who and when stand in the revision.
    """

    __tablename__ = "correction"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    subject: Mapped[str] = mapped_column(String(20))
    row_id: Mapped[int]
    by_id: Mapped[int | None]
    kind: Mapped[str] = mapped_column(String(40))
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
