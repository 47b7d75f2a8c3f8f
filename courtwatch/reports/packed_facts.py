"""What is packed of many facts, read at once: columns of numbers for numpy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select
from sqlalchemy.orm import Session

from courtwatch.models.packed import (
    COUNTS,
    DAYS,
    KEYS,
    NEVER,
    PLACES,
    SMALL,
    WIDTH,
    WORDS,
    day_of,
    fingerprint,
    number_of,
)

_TYPE = np.dtype(
    [
        *((name, "<i4") for name in (*DAYS, *KEYS)),
        *((name, "<u4") for name in WORDS),
        *((name, "u1") for name in (*PLACES, *SMALL)),
        *((name, "<u2") for name in COUNTS),
    ]
)
assert _TYPE.itemsize == WIDTH
_CHUNK = 500  # below the 700 objects at which Python looks for garbage: a third faster


@dataclass(frozen=True)
class PackedFacts:
    """Columns (n,) by the names of `models.packed`."""

    rows: NDArray[Any]

    @property
    def n(self) -> int:
        """Return how many facts there are."""
        return len(self.rows)

    def only(self, chosen: NDArray[np.bool_]) -> PackedFacts:
        """Return some of them."""
        return PackedFacts(self.rows[chosen])

    def numbers(self, name: str) -> NDArray[np.int32]:
        """Return a column of days, keys, small numbers or counts."""
        return self.rows[name].astype(np.int32)

    def places(self, name: str, words: Sequence[str]) -> NDArray[np.int32]:
        """Return a column of words as their places in `words`; behind the last for any other.

        `words` are those of the procedures in use, so that no other stands there. Raises
        ValueError where two of them have one fingerprint, or one has that of none.
        """
        prints = np.array([fingerprint(word) for word in words], np.uint32)
        order = np.argsort(prints)
        known = prints[order]
        if (known[1:] == known[:-1]).any() or not known.all():
            raise ValueError(f"Two words of {name} have one fingerprint: pack them otherwise.")
        if not known.size:
            return np.zeros(self.n, np.int32)
        column = np.ascontiguousarray(self.rows[name])
        at = np.minimum(np.searchsorted(known, column), known.size - 1)
        return np.where(known[at] == column, order[at], known.size).astype(np.int32)

    def last_day(self, not_after: date) -> date | None:
        """Return the last day of an event or a check, `not_after` at the latest."""
        limit = number_of(not_after)
        last = NEVER
        for name in ("last_event_on", "last_verified_on"):
            days = self.rows[name]
            last = max(last, int(np.max(days, where=days <= limit, initial=NEVER)))
        return None if last == NEVER else day_of(last)


def from_bytes(packed: bytes) -> PackedFacts:
    """Return the columns of facts that are packed one behind another."""
    return PackedFacts(np.frombuffer(packed, _TYPE))


def among(keys: NDArray[np.int32], wanted: Sequence[int]) -> NDArray[np.bool_]:
    """Say of each key whether it is one of `wanted`."""
    return np.isin(keys, np.array(wanted, np.int64))


def distinct(keys: NDArray[np.int32]) -> int:
    """Return how many different keys there are: sorted, which is faster than `numpy.unique`."""
    return int(np.count_nonzero(np.diff(np.sort(keys), prepend=-1)))


def read_packed(session: Session, query: Select[Any]) -> tuple[PackedFacts, list[Sequence[Any]]]:
    """Read a query whose first column is what is packed; return the others beside it, in order.

    Raises ValueError where a fact was stored past `services.facts`, without what is packed of it.
    """
    parts: list[bytes] = []
    columns: list[list[Any]] = [[] for _ in list(query.selected_columns)[1:]]
    for packed, *others in _chunks(session, query):
        if set(map(len, packed)) != {WIDTH}:
            raise ValueError("Nothing is packed of some facts: run “courtwatch rebuild --mend”.")
        parts.append(b"".join(packed))
        for column, values in zip(columns, others, strict=True):
            column.extend(values)
    return from_bytes(b"".join(parts)), list(columns)


def read_columns(session: Session, query: Select[Any]) -> list[Sequence[Any]]:
    """Return the columns of a query as the driver hands them out."""
    columns: list[list[Any]] = [[] for _ in query.selected_columns]
    for chunk in _chunks(session, query):
        for column, values in zip(columns, chunk, strict=True):
            column.extend(values)
    return list(columns)


def _chunks(session: Session, query: Select[Any]) -> Iterator[tuple[Sequence[Any], ...]]:
    """Give the columns of some rows at a time.

    The driver's own rows: what SQLAlchemy makes of a million of them takes three seconds more.
    """
    result = session.connection().execute(query)
    while rows := result.cursor.fetchmany(_CHUNK):
        yield tuple(zip(*rows, strict=True))
    result.close()
