"""Cases, their numbers, who else may see them, and which look alike."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from courtwatch.models.meta import Base, Recorded, Versioned
from courtwatch.models.people import Organisation
from courtwatch.models.reference import Institution, Jurisdiction, ProcedureVersion
from courtwatch.models.vocabulary import LinkDecision, PairHolds, PairKind, ShareLevel


class Case(Versioned, Base):
    """A court file. Its organisation chooses the share level at every moment."""

    __tablename__ = "case"
    __table_args__ = (Index("ix_case_owner_id_share_level", "owner_id", "share_level"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_code: Mapped[str] = mapped_column(String(20), unique=True)
    jurisdiction_id: Mapped[int] = mapped_column(
        ForeignKey("jurisdiction.id"), index=True
    )
    procedure_version_id: Mapped[int] = mapped_column(
        ForeignKey("procedure_version.id")
    )
    owner_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    court_id: Mapped[int | None] = mapped_column(
        ForeignKey("institution.id"), index=True
    )
    share_level: Mapped[ShareLevel] = mapped_column()
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"))
    batch_id: Mapped[int | None] = mapped_column(
        ForeignKey("import_batch.id"), index=True
    )
    installation: Mapped[str] = mapped_column(String(40), default="local")

    jurisdiction: Mapped[Jurisdiction] = relationship()
    procedure_version: Mapped[ProcedureVersion] = relationship()
    owner: Mapped[Organisation] = relationship()
    court: Mapped[Institution | None] = relationship()


class CaseNumber(Recorded, Base):
    """A number given by police, prosecutor, investigating judge or court."""

    __tablename__ = "case_number"
    __table_args__ = (
        Index("ix_case_number_normalised_case_id", "normalised", "case_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    issuer_kind: Mapped[str] = mapped_column(String(20))
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    as_given: Mapped[str] = mapped_column(String(120))
    normalised: Mapped[str] = mapped_column(String(120))


class CaseGrant(Recorded, Base):
    """A case opened to one more organisation."""

    __tablename__ = "case_grant"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    grantee_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    scope: Mapped[str] = mapped_column(String(20))


class CaseLink(Recorded, Base):
    """What was decided about two cases: the same, or not.

    Of two that are the same, `a_id` is the case that holds and `b_id` the one merged into it
    (`case.merged_into_id`) for as long as the row holds.
    """

    __tablename__ = "case_link"
    __table_args__ = (UniqueConstraint("a_id", "b_id", "rev_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    a_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    b_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    decision: Mapped[LinkDecision] = mapped_column()


class MergePair(Recorded, Base):
    """Two rows of merged cases that are one thing: read as the kept one, counted once.

    Holds as long as its `CaseLink` does. Nothing of the rows themselves changes.
    """

    __tablename__ = "merge_pair"
    __table_args__ = (
        Index("ix_merge_pair_kind_kept_id", "kind", "kept_id"),
        Index("ix_merge_pair_kind_merged_id", "kind", "merged_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("case_link.id"), index=True)
    kind: Mapped[PairKind] = mapped_column()
    kept_id: Mapped[int]
    merged_id: Mapped[int]
    holds: Mapped[PairHolds] = mapped_column(default=PairHolds.RULE)


class AccessRequest(Base):
    """Someone found that a private case exists and asked for it; its owner is told."""

    __tablename__ = "access_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    seen_revision_id: Mapped[int | None] = mapped_column(ForeignKey("revision.id"))
