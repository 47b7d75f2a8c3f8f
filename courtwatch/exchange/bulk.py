"""Inserting hundreds of thousands of rows without paying for each value."""

from __future__ import annotations

import os
from datetime import date
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Date, DateTime, Table, insert

from courtwatch.models.meta import CODE_ALPHABET, CODE_LENGTH

Row = dict[str, Any]


@lru_cache(maxsize=4096)
def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def insert_rows(connection: Connection, table: Table, rows: list[Row]) -> None:
    """Insert rows that all have the same columns; dates become strings in place on SQLite.

    SQLite takes the values as they are: words of closed sets are strings, and SQLAlchemy keeps a
    date as its ISO form. Handing them to the driver ourselves saves half of the time. A table
    with moments (time zones) goes the ordinary way, as does any other database.
    """
    if not rows:
        return
    moments = any(isinstance(column.type, DateTime) for column in table.columns)
    if connection.dialect.name != "sqlite" or moments:
        connection.execute(insert(table), rows)
        return
    keys = list(rows[0])
    compiled = insert(table).compile(dialect=connection.dialect, column_keys=keys)
    order = compiled.positiontup
    assert order is not None
    days = [key for key in keys if isinstance(table.c[key].type, Date)]
    for day in days:
        for row in rows:
            row[day] = _iso(row[day])
    as_tuple = itemgetter(*order)
    connection.exec_driver_sql(str(compiled), [as_tuple(row) for row in rows])


_FAIR = 256 - 256 % len(CODE_ALPHABET)
_pool: list[str] = []


def new_code(prefix: str) -> str:
    """Return a random public code, as `models.new_public_code` does, from random bytes in bulk."""
    if len(_pool) < CODE_LENGTH:
        # Bytes beyond the last whole multiple would favour the first letters.
        _pool.extend(
            CODE_ALPHABET[byte % len(CODE_ALPHABET)] for byte in os.urandom(65536) if byte < _FAIR
        )
    code = "".join(_pool[-CODE_LENGTH:])
    del _pool[-CODE_LENGTH:]
    return f"{prefix}-{code}"
