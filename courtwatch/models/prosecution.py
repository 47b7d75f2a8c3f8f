"""Prosecutions and charges. Positions are derived (`workflows.history`), never edited here."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from courtwatch.models.meta import Base, Recorded, Versioned
from courtwatch.models.person import Person
from courtwatch.models.reference import Offence
from courtwatch.models.vocabulary import ChargeKind


class Prosecution(Versioned, Base):
    """One accused in one case: the unit that is counted.

    `registered_on` is the day the prosecution office received it (None: unknown), or the first of
    those that it can have been, up to `registered_to`;
    `entry_date` the day since which this record follows it (delayed entry).
    """

    __tablename__ = "prosecution"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_code: Mapped[str] = mapped_column(String(20), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    registered_on: Mapped[date | None]
    registered_to: Mapped[date | None]
    entry_date: Mapped[date | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("prosecution.id"))
    batch_id: Mapped[int | None] = mapped_column(
        ForeignKey("import_batch.id"), index=True
    )

    person: Mapped[Person] = relationship()
    charges: Mapped[list[Charge]] = relationship(
        back_populates="prosecution", order_by="Charge.id"
    )


class ProsecutionCase(Recorded, Base):
    """Which case a prosecution belongs to, and since when (severance moves it)."""

    __tablename__ = "prosecution_case"
    __table_args__ = (
        Index("ix_prosecution_case_case_id_rev_to", "case_id", "rev_to"),
        Index("ix_prosecution_case_prosecution_id_rev_to", "prosecution_id", "rev_to"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    prosecution_id: Mapped[int] = mapped_column(ForeignKey("prosecution.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))


class Charge(Versioned, Base):
    """One offence against one accused: the unit that holds a position in the procedure."""

    __tablename__ = "charge"

    id: Mapped[int] = mapped_column(primary_key=True)
    prosecution_id: Mapped[int] = mapped_column(
        ForeignKey("prosecution.id"), index=True
    )
    kind: Mapped[ChargeKind] = mapped_column()
    offence_id: Mapped[int | None] = mapped_column(ForeignKey("offence.id"), index=True)
    as_given: Mapped[str | None] = mapped_column(String(300))
    exploitation: Mapped[str | None] = mapped_column(String(30))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("charge.id"))
    rank: Mapped[int] = mapped_column(default=0)
    voided: Mapped[bool] = mapped_column(default=False)

    prosecution: Mapped[Prosecution] = relationship(back_populates="charges")
    offence: Mapped[Offence | None] = relationship()
