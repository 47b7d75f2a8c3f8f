"""Derive facts and keep them true: the flat rows that reports, lists and search read.

`refresh` serves a writing transaction (a few prosecutions), `publish` an import, the
demonstration or `courtwatch rebuild` (hundreds of thousands, in chunks). Both derive the same
rows with the same code (`services.fact_rows`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, insert, select, update

from courtwatch.models import ChargeFact, ProsecutionFact
from courtwatch.services.fact_inputs import CHUNK, Lookups, read_lookups
from courtwatch.services.fact_rows import Values, derive_rows
from courtwatch.services.work import Work


@dataclass(frozen=True)
class FactDifference:
    """A stored fact that does not agree with its events."""

    table: str
    key: int
    prosecution_id: int
    column: str
    stored: Any
    derived: Any


def refresh(work: Work, prosecution_ids: Iterable[int]) -> None:
    """Derive these prosecutions again, close facts that changed, and owe their cases' index."""
    ids = sorted(set(prosecution_ids))
    work.session.flush()
    connection = work.session.connection()
    prosecutions, charges = derive_rows(connection, ids, read_lookups(connection))
    case_ids = set()
    for table, key, rows in (
        (ProsecutionFact.__table__, "prosecution_id", prosecutions),
        (ChargeFact.__table__, "charge_id", charges),
    ):
        case_ids |= _replace(connection, table, key, rows, ids, lambda: work.revision_id)
    work.owe_index(case_ids | {row["case_id"] for row in prosecutions})


def _replace(
    connection: Connection,
    table: Any,
    key: str,
    rows: Sequence[Values],
    prosecution_ids: Sequence[int],
    revision: Callable[[], int],
) -> set[int]:
    """Close stored rows that differ from `rows` and insert these. Returns touched case ids."""
    stored = _current(connection, table, key, prosecution_ids)
    derived = {row[key]: row for row in rows}
    gone = [k for k, row in stored.items() if k not in derived or differs(row, derived[k])]
    fresh = [row for k, row in derived.items() if k not in stored or k in set(gone)]
    touched = {stored[k]["case_id"] for k in gone} | {row["case_id"] for row in fresh}
    if gone:
        closing = update(table).where(table.c[key].in_(gone), table.c.rev_to.is_(None))
        connection.execute(closing.values(rev_to=revision()))
    if fresh:
        connection.execute(insert(table), [row | {"rev_from": revision()} for row in fresh])
    return touched


def _current(
    connection: Connection, table: Any, key: str, prosecution_ids: Sequence[int]
) -> dict[int, Values]:
    stored: dict[int, Values] = {}
    for start in range(0, len(prosecution_ids), CHUNK):
        chunk = prosecution_ids[start : start + CHUNK]
        query = select(table).where(table.c.prosecution_id.in_(chunk), table.c.rev_to.is_(None))
        for row in connection.execute(query).mappings():
            stored[row[key]] = dict(row)
    return stored


def differs(stored: Values, derived: Values) -> bool:
    """Say whether a stored row differs from the derived one."""
    return any(stored[column] != value for column, value in derived.items())


def publish(
    connection: Connection,
    revision_id: int,
    prosecution_ids: Sequence[int],
    progress: Callable[[int], None] = lambda done: None,
) -> int:
    """Insert the facts of new prosecutions, in chunks; none of them may have facts yet.

    Returns how many prosecution facts were written. `progress` is told how many are done. The
    caller commits, so that all appear at once.
    """
    lookups = read_lookups(connection)
    written = 0
    step = CHUNK * 4
    for start in range(0, len(prosecution_ids), step):
        chunk = prosecution_ids[start : start + step]
        prosecutions, charges = derive_rows(connection, chunk, lookups)
        insert_rows(connection, ProsecutionFact.__table__, prosecutions, revision_id)
        insert_rows(connection, ChargeFact.__table__, charges, revision_id)
        written += len(prosecutions)
        progress(len(chunk))
    return written


def insert_rows(
    connection: Connection, table: Any, rows: Sequence[Values], revision_id: int
) -> None:
    """Insert fact rows under a revision."""
    if rows:
        connection.execute(insert(table), [row | {"rev_from": revision_id} for row in rows])


def differences(
    connection: Connection, ids: Sequence[int], lookups: Lookups
) -> Iterator[FactDifference]:
    """Compare stored facts with what the events say, column by column."""
    prosecutions, charges = derive_rows(connection, ids, lookups)
    for table, key, rows in (
        (ProsecutionFact.__table__, "prosecution_id", prosecutions),
        (ChargeFact.__table__, "charge_id", charges),
    ):
        assert isinstance(table, Table)
        stored = _current(connection, table, key, ids)
        derived = {row[key]: row for row in rows}
        for k in sorted(stored.keys() | derived.keys()):
            owner = (derived.get(k) or stored[k])["prosecution_id"]
            if k not in derived or k not in stored:
                yield FactDifference(table.name, k, owner, "(row)", k in stored, k in derived)
                continue
            for column, value in derived[k].items():
                if stored[k][column] != value:
                    yield FactDifference(table.name, k, owner, column, stored[k][column], value)
