"""Organisations, their users, and what they watch."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from courtwatch.models.meta import Base, names_columns
from courtwatch.models.reference import Institution, Named, Offence
from courtwatch.models.vocabulary import OrganisationKind, Role


class Organisation(Named, Base):
    """An NGO, ministry, research group, or the operator of this installation."""

    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[OrganisationKind] = mapped_column()
    name_en: Mapped[str] = names_columns()[0]
    name_km: Mapped[str | None] = names_columns()[1]
    contact: Mapped[str | None] = mapped_column(String(200))
    invented: Mapped[bool] = mapped_column(default=False)


class User(Base):
    """A person who signs in. The name is the sign-in name."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    display_name: Mapped[str | None] = mapped_column(String(120))
    password_hash: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(5), default="en")
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]

    memberships: Mapped[list[Membership]] = relationship(back_populates="user")


class Membership(Base):
    """What a user is in an organisation."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("user_id", "organisation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    role: Mapped[Role] = mapped_column()

    user: Mapped[User] = relationship(back_populates="memberships")
    organisation: Mapped[Organisation] = relationship()


class UserSession(Base):
    """A signed-in browser. The cookie holds the token; the table only its hash."""

    __tablename__ = "session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    csrf_token: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)

    user: Mapped[User] = relationship()


class SignInAttempt(Base):
    """A refused sign-in, kept for a while to slow guessing down. The name is hashed."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index("ix_sign_in_attempt_name_sha256_at", "name_sha256", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name_sha256: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class Coverage(Base):
    """Which organisation watches which court, for which offence, in which period."""

    __tablename__ = "coverage"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    offence_id: Mapped[int | None] = mapped_column(ForeignKey("offence.id"))
    period_from: Mapped[date | None]
    period_to: Mapped[date | None]
    contact: Mapped[str | None] = mapped_column(String(200))
    remark: Mapped[str | None] = mapped_column(Text)

    organisation: Mapped[Organisation] = relationship()
    institution: Mapped[Institution] = relationship()
    offence: Mapped[Offence | None] = relationship()


class SavedSearch(Base):
    """A search that a person typed, or (`name`) keeps; its address carries only the opaque code.

    `filters` and `sort` are those of a kept one. What its owner has seen: `seen` are the cases that
    it found when they last looked (`services.seen_cases`), `looked_at_change` the last change that
    the index knew of then, `looked_as` the audiences that they belonged to.
    """

    __tablename__ = "saved_search"
    __table_args__ = (UniqueConstraint("user_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    name: Mapped[str | None] = mapped_column(String(120))
    query: Mapped[str] = mapped_column(Text)
    filters: Mapped[dict[str, list[str]] | None] = mapped_column(JSON)
    sort: Mapped[str | None] = mapped_column(String(20))
    created_at: Mapped[datetime]
    looked_at: Mapped[datetime | None]
    looked_at_change: Mapped[int | None]
    looked_as: Mapped[str | None] = mapped_column(String(200))
    seen: Mapped[bytes | None] = mapped_column(LargeBinary)


class IndexedDocument(Base):
    """When what one audience may see of one case changed last. Written by the worker alone.

    `digest` of all that the audience may see, None once it may see nothing any more; `changed` is
    the number of the change, counted by the worker over all cases (`services.indexed_documents`).
    No foreign key: a case that an undone import takes back leaves its row here for those to whom
    it disappeared.
    """

    __tablename__ = "indexed_document"
    __table_args__ = {"sqlite_with_rowid": False}

    case_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    audience: Mapped[str] = mapped_column(String(30), primary_key=True)
    digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    changed: Mapped[int] = mapped_column(index=True)
