"""Accused persons and victims. A victim has no name field at all."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from courtwatch.models.meta import Base, Recorded, Versioned
from courtwatch.models.vocabulary import AgeBand, Sex, YesNoUnknown


class Person(Versioned, Base):
    """An accused: what is needed to count, without the name."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    pseudonym: Mapped[str] = mapped_column(String(40))
    sex: Mapped[Sex] = mapped_column(default=Sex.UNKNOWN)
    age_band: Mapped[AgeBand] = mapped_column(default=AgeBand.UNKNOWN)
    citizenship: Mapped[str | None] = mapped_column(String(2))
    official: Mapped[YesNoUnknown] = mapped_column(default=YesNoUnknown.UNKNOWN)
    related_to_child_victim: Mapped[YesNoUnknown] = mapped_column(
        default=YesNoUnknown.UNKNOWN
    )

    names: Mapped[list[PersonName]] = relationship(back_populates="person")


class PersonName(Recorded, Base):
    """A name of an accused in one script. Redactable; never copied to events or facts."""

    __tablename__ = "person_name"
    __table_args__ = (Index("ix_person_name_key_person_id", "key", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    script: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(String(200))
    key: Mapped[str] = mapped_column(String(200))

    person: Mapped[Person] = relationship(back_populates="names")


class Victim(Versioned, Base):
    """A victim, by pseudonym."""

    __tablename__ = "victim"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    pseudonym: Mapped[str] = mapped_column(String(40))
    sex: Mapped[Sex] = mapped_column(default=Sex.UNKNOWN)
    age_band: Mapped[AgeBand] = mapped_column(default=AgeBand.UNKNOWN)
    citizenship: Mapped[str | None] = mapped_column(String(2))
    exploitation: Mapped[str | None] = mapped_column(String(30))
    civil_party: Mapped[YesNoUnknown] = mapped_column(default=YesNoUnknown.UNKNOWN)
    withdrawn: Mapped[bool] = mapped_column(default=False)


class VictimIdentity(Base):
    """Ciphertext only: laid for the encrypted identity store; nothing writes it before that."""

    __tablename__ = "victim_identity"

    victim_id: Mapped[int] = mapped_column(ForeignKey("victim.id"), primary_key=True)
    cipher: Mapped[bytes] = mapped_column(LargeBinary)
    key_id: Mapped[str] = mapped_column(String(40))
