"""Derive facts and keep them true: the flat rows that reports, lists and search read.

`refresh` serves a writing transaction (a few prosecutions), `publish` an import, the
demonstration or `courtwatch rebuild` (hundreds of thousands, in chunks). Both derive the same
rows with the same code (`services.fact_rows`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from courtwatch.models import ChargeFact, Clock, HearingFact, ProsecutionFact
from courtwatch.services.fact_inputs import CHUNK, Lookups, read_lookups
from courtwatch.services.fact_rows import Values, derive_rows
from courtwatch.services.merged_inputs import with_holders
from courtwatch.services.work import Work

ROW = "(row)"
"""Instead of a column: the row is missing, should not be there, or is there several times."""


@dataclass(frozen=True, slots=True)
class FactDifference:
    """A stored fact that does not agree with the record.

    key: the prosecution, charge or hearing of the fact. owner: what has to be derived again to
    mend it, a prosecution or (`hearing_fact`) a hearing. column: `ROW` if the number of rows that
    hold differs; stored and derived are numbers of rows then.
    """

    table: str
    key: int
    owner: int
    column: str
    stored: Any
    derived: Any

    @property
    def of_hearing(self) -> bool:
        """Return whether the owner is a hearing."""
        return self.table == HearingFact.__tablename__


def refresh(work: Work, prosecution_ids: Iterable[int]) -> None:
    """Derive these prosecutions again, close facts that changed, and owe their cases' index.

    One that was merged is derived with the one that it was merged into.
    """
    work.session.flush()
    connection = work.session.connection()
    ids = with_holders(connection, set(prosecution_ids))
    work.owe_index(renew(connection, ids, lambda: work.revision_id))


def renew(connection: Connection, ids: Sequence[int], revision: Callable[[], int]) -> set[int]:
    """Derive these prosecutions again and close facts that changed. Returns their cases."""
    prosecutions, charges, clocks = derive_rows(connection, ids, read_lookups(connection))
    case_ids = {int(row["case_id"]) for row in prosecutions}
    for table, key, rows in (
        (ProsecutionFact.__table__, "prosecution_id", prosecutions),
        (ChargeFact.__table__, "charge_id", charges),
    ):
        case_ids |= _replace(connection, table, key, rows, ids, revision)
    _replace_clocks(connection, clocks, ids, revision)
    return case_ids


def _replace(
    connection: Connection,
    table: Any,
    key: str,
    rows: Sequence[Values],
    prosecution_ids: Sequence[int],
    revision: Callable[[], int],
) -> set[int]:
    """Close stored rows that differ from `rows` and insert these. Returns touched case ids."""
    stored = current(connection, table, key, table.c.prosecution_id, prosecution_ids)
    closing, fresh = compared(stored, {row[key]: row for row in rows})
    close(connection, table, [row["id"] for row in closing], revision)
    if fresh:
        insert_rows(connection, table, fresh, revision())
    return {row["case_id"] for row in (*closing, *fresh)}


def _replace_clocks(
    connection: Connection,
    rows: Sequence[Values],
    prosecution_ids: Sequence[int],
    revision: Callable[[], int],
) -> None:
    """Close stored clocks that differ from `rows` and insert these."""
    table: Any = Clock.__table__
    stored = current(connection, table, "prosecution_id", table.c.prosecution_id, prosecution_ids)
    by_place: dict[Any, list[Values]] = defaultdict(list)
    for held in stored.values():
        for row in held:
            by_place[row["prosecution_id"], row["place"]].append(row)
    derived: dict[Any, Values] = {(row["prosecution_id"], row["place"]): row for row in rows}
    closing, fresh = compared(by_place, derived)
    close(connection, table, [row["id"] for row in closing], revision)
    if fresh:
        insert_rows(connection, table, fresh, revision())


def current(
    connection: Connection, table: Any, key: str, owner: Any, owners: Sequence[int]
) -> dict[int, list[Values]]:
    """Return the rows that hold, by `key`: one each, unless somebody wrote past this module.

    owner: the column by which they are asked for, of these `owners`.
    """
    stored: dict[int, list[Values]] = defaultdict(list)
    for start in range(0, len(owners), CHUNK):
        chunk = owners[start : start + CHUNK]
        query = select(table).where(owner.in_(chunk), table.c.rev_to.is_(None))
        for row in connection.execute(query.order_by(table.c.id)).mappings():
            stored[row[key]].append(dict(row))
    return stored


def compared(
    stored: Mapping[int, Sequence[Values]], derived: Mapping[int, Values]
) -> tuple[list[Values], list[Values]]:
    """Return the stored rows to close and the derived rows to insert."""
    closing: list[Values] = []
    fresh = [row for key, row in derived.items() if key not in stored]
    for key, rows in stored.items():
        row = derived.get(key)
        if row is not None and not differs(rows[-1], row):
            closing += rows[:-1]
            continue
        closing += rows
        if row is not None:
            fresh.append(row)
    return closing, fresh


def close(
    connection: Connection, table: Any, ids: Sequence[int], revision: Callable[[], int]
) -> None:
    """Close these rows."""
    for start in range(0, len(ids), CHUNK):
        closing = update(table).where(table.c.id.in_(ids[start : start + CHUNK]))
        connection.execute(closing.values(rev_to=revision()))


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
        prosecutions, charges, clocks = derive_rows(connection, chunk, lookups)
        insert_rows(connection, ProsecutionFact.__table__, prosecutions, revision_id)
        insert_rows(connection, ChargeFact.__table__, charges, revision_id)
        insert_rows(connection, Clock.__table__, clocks, revision_id)
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
    """Compare the stored facts of prosecutions, charges and clocks with what events say."""
    prosecutions, charges, clocks = derive_rows(connection, ids, lookups)
    for model, key, rows in (
        (ProsecutionFact, "prosecution_id", prosecutions),
        (ChargeFact, "charge_id", charges),
        (Clock, "place", clocks),
    ):
        table: Any = model.__table__
        stored = current(connection, table, key, table.c.prosecution_id, ids)
        flat = (row for found in stored.values() for row in found)
        yield from compare(table, ("prosecution_id", key), flat, rows)


def compare(
    table: Any,
    names: tuple[str, str],
    stored_rows: Iterable[Mapping[Any, Any]],
    derived_rows: Iterable[Values],
) -> Iterator[FactDifference]:
    """Compare rows that hold with derived ones, column by column. names: of owner and key."""
    owner, key = names
    stored: dict[tuple[int, int], list[Mapping[Any, Any]]] = defaultdict(list)
    for found in stored_rows:
        stored[found[owner], found[key]].append(found)
    derived = {(row[owner], row[key]): row for row in derived_rows}
    for place in sorted(stored.keys() | derived.keys()):
        rows, row = stored.get(place, ()), derived.get(place)
        if len(rows) != (row is not None):
            expected = int(row is not None)
            yield FactDifference(table.name, place[1], place[0], ROW, len(rows), expected)
        if row is None or not rows:
            continue
        for column, value in row.items():
            if rows[-1][column] != value:
                found = rows[-1][column]
                yield FactDifference(table.name, place[1], place[0], column, found, value)
