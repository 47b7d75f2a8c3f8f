"""Keys by which names and numbers are looked up in the database, where they are out of date.

A key is derived from the words beside it. A version that derives it otherwise leaves older rows
under keys by which nothing is found any more; `courtwatch rebuild --mend` makes them again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from courtwatch.models import CaseNumber, PersonName
from courtwatch.services.fact_inputs import CHUNK
from courtwatch.services.people import stored_name_key
from courtwatch.services.redaction import BLOCK
from search_index.numbers import normalise_case_number


@dataclass(frozen=True)
class StaleKey:
    """A row whose key does not follow from its words, and the key that does."""

    table: str
    row_id: int
    key: str


def stale_numbers(connection: Connection) -> Iterator[StaleKey]:
    """Yield case numbers under a key that is out of date. That of a redacted one is empty."""
    for row in _rows(connection, CaseNumber, CaseNumber.as_given, CaseNumber.normalised):
        text, key = row[1:]
        if BLOCK in text and key == "":
            continue
        if (fresh := normalise_case_number(text)) != key:
            yield StaleKey(CaseNumber.__tablename__, row.id, fresh)


def stale_names(connection: Connection) -> Iterator[StaleKey]:
    """Yield names under a key that is out of date."""
    for row in _rows(connection, PersonName, PersonName.text, PersonName.key):
        text, key = row[1:]
        if (fresh := stored_name_key(text.replace(BLOCK, " "))) != key:
            yield StaleKey(PersonName.__tablename__, row.id, fresh)


def mend(connection: Connection, stale: Iterable[StaleKey]) -> None:
    """Write the keys that follow from the words. Nothing that a person reads changes."""
    columns: dict[str, tuple[Any, Any]] = {
        CaseNumber.__tablename__: (CaseNumber, "normalised"),
        PersonName.__tablename__: (PersonName, "key"),
    }
    for one in stale:
        model, column = columns[one.table]
        connection.execute(update(model).where(model.id == one.row_id).values({column: one.key}))


def _rows(connection: Connection, model: Any, text: Any, key: Any) -> Iterator[Any]:
    """Yield (id, words, key) of the rows that hold now, some at a time."""
    last = 0
    while True:
        query = (
            select(model.id, text, key)
            .where(model.id > last, model.rev_to.is_(None))
            .order_by(model.id)
            .limit(CHUNK)
        )
        rows = list(connection.execute(query))
        if not rows:
            return
        yield from rows
        last = rows[-1].id
