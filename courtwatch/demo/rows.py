"""Rows on their way into the database: keys handed out here, inserted by Core in chunks."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select

from courtwatch.models.meta import CODE_ALPHABET, CODE_LENGTH, Base

FLUSH_ROWS = 20_000


class Rows:
    """Collects rows by table and inserts them in the order in which tables refer to each other.

    Keys are counted up from the largest that is there, so that rows can name each other before
    they are inserted and the same seed gives the same rows.
    """

    def __init__(self, connection: Connection, tables: Iterable[type[Base]]) -> None:
        self._connection = connection
        self._tables: dict[str, Table] = {}
        self._next: dict[str, int] = {}
        self.later = False
        """Whether rows that are queued now belong to a later moment: `flush` keeps them apart."""
        self._waiting: dict[bool, dict[str, list[dict[str, Any]]]] = {False: {}, True: {}}
        self.inserted: dict[str, int] = {}
        for model in tables:
            table = model.__table__
            assert isinstance(table, Table)
            self._tables[table.name] = table
            for waiting in self._waiting.values():
                waiting[table.name] = []
            self.inserted[table.name] = 0
            largest = connection.execute(select(func.max(table.c.id))).scalar()
            self._next[table.name] = (largest or 0) + 1

    def add(self, table: str, **values: Any) -> int:
        """Queue a row; return its key. Every row of one table must name the same columns."""
        key = self._next[table]
        self._next[table] = key + 1
        values["id"] = key
        self._waiting[self.later][table].append(values)
        return key

    @property
    def full(self) -> bool:
        """Say whether enough rows wait to be worth inserting."""
        return any(len(rows) >= FLUSH_ROWS for rows in self._waiting[False].values())

    def flush(self, later: bool = False) -> None:
        """Insert all waiting rows of one moment, referred-to tables first; the earlier first."""
        for name, rows in self._waiting[later].items():
            if rows:
                self._connection.execute(insert(self._tables[name]), rows)
                self.inserted[name] += len(rows)
                rows.clear()


class Codes:
    """Public codes drawn from the seed; unlike random ones they repeat with it."""

    def __init__(self, rng: Random, taken: Iterable[str] = ()) -> None:
        self._rng = rng
        self._taken = set(taken)

    def new(self, prefix: str) -> str:
        """Return a code that was not drawn before."""
        while True:
            code = f"{prefix}-" + "".join(self._rng.choices(CODE_ALPHABET, k=CODE_LENGTH))
            if code not in self._taken:
                self._taken.add(code)
                return code
