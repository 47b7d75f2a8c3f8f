"""What every table shares: naming of constraints, types, and the two ways a row keeps its past.

A row that is only ever added and closed carries `rev_from` and `rev_to` itself (`Recorded`).
A row that other rows point at, and that may be edited, keeps its earlier states in a twin table
`<name>_history` (`Versioned`), written by the flush listener in `courtwatch.models.history`, so
that foreign keys stay real. Docs: adr/0002.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import (
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    MetaData,
    String,
    TypeDecorator,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# No vowels and no look-alikes: a code read over the telephone is neither a word nor ambiguous.
CODE_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"
CODE_LENGTH = 8


def new_public_code(prefix: str) -> str:
    """Return a random public code such as `C-7KQ2XW9B` (8 characters, about 38 bits)."""
    return f"{prefix}-" + "".join(
        secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH)
    )


class UTCDateTime(TypeDecorator[datetime]):
    """An aware moment, kept in UTC. Raises ValueError for a naive one."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        """Turn an aware moment into the naive UTC that the database keeps."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs a time zone, got {value!r}")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give the stored moment its time zone back."""
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UTCDateTime(),
        # Words are kept as themselves, readable in the database, and checked on the way in.
        StrEnum: Enum(
            StrEnum,
            native_enum=False,
            length=20,
            values_callable=lambda words: [word.value for word in words],
        ),
    }

    def __repr__(self) -> str:
        """Name the class and the key only: a repr ends up in logs, where no name may be."""
        return f"<{type(self).__name__} {getattr(self, 'id', '?')}>"


class Recorded:
    """A row that is added once and closed once: valid for rev_from <= revision < rev_to."""

    @declared_attr
    def rev_from(cls) -> Mapped[int]:
        """Return the revision that added the row."""
        return mapped_column(ForeignKey("revision.id"))

    @declared_attr
    def rev_to(cls) -> Mapped[int | None]:
        """Return the revision that closed the row; None while it holds."""
        return mapped_column(ForeignKey("revision.id"), default=None)


class Versioned:
    """A row that is edited in place; its earlier states go to `<table>_history`."""

    @declared_attr
    def rev_from(cls) -> Mapped[int]:
        """Return the revision since which the row reads as it does."""
        return mapped_column(ForeignKey("revision.id"))


def names_columns(length: int = 200) -> tuple[Any, Any]:
    """Return the columns for an English (required) and a Khmer (optional) name."""
    return mapped_column(String(length)), mapped_column(String(length), default=None)
