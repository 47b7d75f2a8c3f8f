"""A large record for report_bench: the invented country, many times over, with a past.

A demonstration of some 2,500 prosecutions is made as `courtwatch demo` makes it, so that stages,
outcomes, reasons, days and time limits fit each other. It is given a past: one revision a day, and
every fact in up to three states of the record. Then its rows are copied as often as needed with
other keys, the courts, offices and police of eight copies being others: 30 courts become 240. All
in SQL; a million prosecutions take minutes, not the hours of entering them.

What reports read is copied: facts, time limits, cases, prosecutions, victims, hearings. Events,
persons and notes are not: their keys lead to those of the demonstration.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher

from courtwatch.demo import build as demo
from courtwatch.models import migrate
from courtwatch.models.engine import begin_writing, make_engine, make_session_factory
from courtwatch.models.packed import COUNTS, DAYS, KEYS, PLACES, SMALL, WORDS, pack
from courtwatch.services import seed

BASE = 2_500
"""Prosecutions of the demonstration that is copied."""
CLONES = 8
PAST_DAYS = 540
"""How long ago the past is in which reports are asked as known at then."""
_COPIED = (
    "case", "prosecution", "prosecution_case", "charge", "victim", "hearing", "hearing_prosecution",
    "prosecution_fact", "charge_fact", "hearing_fact", "clock",
)  # fmt: skip
_FACTS = ("prosecution_fact", "charge_fact", "hearing_fact", "clock")
_FIRST_REVISION = 10
_FAST = ("journal_mode=OFF", "synchronous=OFF", "foreign_keys=OFF", "cache_size=-262144",
         "temp_store=MEMORY")  # fmt: skip
Fact = dict[str, Any]


def make_record(path: Path, size: int, seed_number: int = 1, base: int = BASE) -> None:
    """Make a database of about `size` prosecutions: whole copies of a country with `base`."""
    path.unlink(missing_ok=True)
    base = min(size, base)
    engine = make_engine(f"sqlite:///{path}")
    migrate.upgrade(engine)
    hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    with make_session_factory(engine)() as session:
        begin_writing(session)
        seed.load(session)
        demo.build(session, hasher, size=base, seed=seed_number)
        session.commit()
    engine.dispose()
    with sqlite3.connect(path) as connection:
        for pragma in _FAST:
            connection.execute(f"PRAGMA {pragma}")
        _give_past(connection)
        indexes = _without_indexes(connection)
        _multiply(connection, size)
        _pack(connection)
        for statement in indexes:
            connection.execute(statement)
    connection.close()
    # The application keeps a write-ahead log; the file says so from the next opening on.
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    connection.close()


# -- a past -------------------------------------------------------------------------------------


def _rows(connection: sqlite3.Connection, table: str) -> list[Fact]:
    cursor = connection.execute(f"SELECT * FROM {table} WHERE rev_to IS NULL")
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def _give_past(connection: sqlite3.Connection) -> None:
    """Spread what the demonstration entered at once over revisions, one a day."""
    people = _rows(connection, "prosecution_fact")
    days = [date.fromisoformat(_begun(fact)) for fact in people]
    first, last = min(days), date(2026, 11, 15)
    revision = _Revisions(first)
    connection.execute("UPDATE revision SET at = ?", (f"{first - timedelta(days=1)} 12:00:00",))
    connection.executemany(
        "INSERT INTO revision (id, at, kind) VALUES (?, ?, 'event')",
        (
            (revision.on(str(day)), f"{day} 12:00:00.000000")
            for day in (first + timedelta(days=n) for n in range((last - first).days + 1))
        ),
    )
    begun = {fact["prosecution_id"]: _begun(fact) for fact in people}
    states = {
        "prosecution_fact": (_of_prosecution(fact) for fact in people),
        "charge_fact": (
            _of_charge(fact, begun[fact["prosecution_id"]])
            for fact in _rows(connection, "charge_fact")
        ),
        "hearing_fact": (_of_hearing(fact) for fact in _rows(connection, "hearing_fact")),
        "clock": ([(begun[fact["prosecution_id"]], fact)] for fact in _rows(connection, "clock")),
    }
    for table, each in states.items():
        made = list(_numbered(revision, each))
        connection.execute(f"DELETE FROM {table}")
        names = list(made[0])
        marks = ", ".join("?" * len(names))
        connection.executemany(
            f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})",
            ([fact[name] for name in names] for fact in made),
        )


class _Revisions:
    """Numbers of revisions by the day of which they are."""

    def __init__(self, first: date) -> None:
        self._first = first

    def on(self, day: str) -> int:
        """Return the revision of a day, the first one for days before."""
        return _FIRST_REVISION + max(0, (date.fromisoformat(day) - self._first).days)


def _begun(fact: Fact) -> str:
    return str(fact["entry_date"] or fact["registered_on"] or fact["last_event_on"])


def _of_prosecution(fact: Fact) -> list[tuple[str, Fact]]:
    """Return (day since which it held, state): as first seen, as charged, as it is."""
    begun = _begun(fact)
    open_ = fact | {
        "stage": fact["entry_stage"], "phase": "proceeding", "live": 1, "suspended": 0,
        "outcome": None, "disposition": None, "event_code": 0, "ended_on": None,
        "ended_by": None, "decided_by_id": None, "reopened": 0, "charged_on": None,
        "trial_on": None, "furthest_stage": fact["entry_stage"], "reason_stated_id": None,
        "reason_assessed_id": None, "live_charges": fact["charges"], "last_event_on": begun,
        "last_verified_on": begun,
    }  # fmt: skip
    found = [(begun, open_)]
    if fact["charged_on"] and fact["charged_on"] > begun:
        charged = {"phase": "charged", "charged_on": fact["charged_on"], "stage": "charged",
                   "furthest_stage": "charged", "last_event_on": fact["charged_on"],
                   "last_verified_on": fact["charged_on"]}  # fmt: skip
        found.append((fact["charged_on"], open_ | charged))
    found.append((str(fact["last_event_on"] or begun), fact))
    return found


def _of_charge(fact: Fact, begun: str) -> list[tuple[str, Fact]]:
    if not fact["disposed_on"] or fact["disposed_on"] <= begun:
        return [(begun, fact)]
    open_ = {"live": 1, "disposition": None, "disposed_on": None, "reason_stated_id": None}
    return [(begun, fact | open_), (fact["disposed_on"], fact)]


def _of_hearing(fact: Fact) -> list[tuple[str, Fact]]:
    held = fact["scheduled_on"]
    if fact["status"] == "scheduled":
        return [("2026-11-15", fact)]
    planned = {"status": "scheduled", "adjournment_reason_id": None, "next_on": None}
    before = str(date.fromisoformat(held) - timedelta(days=21))
    return [(before, fact | planned), (held, fact)]


def _numbered(revision: _Revisions, each: Any) -> Iterator[Fact]:
    """Number the states anew, each held until the next; what held for no day is left out."""
    number = 0
    for states in each:
        since = [revision.on(day) for day, _state in states]
        for place, (_day, state) in enumerate(states):
            later = since[place + 1] if place + 1 < len(states) else None
            if later is not None and later <= since[place]:
                continue
            number += 1
            yield state | {"id": number, "rev_from": since[place], "rev_to": later}


# -- many times over ----------------------------------------------------------------------------


def _without_indexes(connection: sqlite3.Connection) -> list[str]:
    """Drop the indexes of what is copied; return the statements that make them again."""
    marks = ", ".join("?" * len(_COPIED))
    rows = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL "
        f"AND tbl_name IN ({marks})",
        _COPIED,
    ).fetchall()
    for name, _sql in rows:
        connection.execute(f'DROP INDEX "{name}"')
    return [sql for _name, sql in rows]


def _multiply(connection: sqlite3.Connection, size: int) -> None:
    (base,) = connection.execute("SELECT count(*) FROM prosecution").fetchone()
    places = _clone_institutions(connection)
    # One distance for all tables: keys of a copy tell which copy it is.
    highest = [
        connection.execute(f'SELECT max(id) FROM "{table}"').fetchone()[0] for table in _COPIED
    ]
    step = max(number or 0 for number in highest) + 1
    statements = [_copying(connection, table) for table in _COPIED]
    for copy in range(1, max(1, round(size / base))):
        values = {"by": step * copy, "copy": copy, "place": places * (copy % CLONES)}
        for statement in statements:
            connection.execute(statement, values | {"base": step})


def _clone_institutions(connection: sqlite3.Connection) -> int:
    """Copy the institutions of the invented country; return the distance of their keys."""
    (last,) = connection.execute("SELECT max(id) FROM institution").fetchone()
    names = _columns(connection, "institution")
    other = {"id": "id + :by", "code": "code || '-' || :copy",
             "name_en": "name_en || ' ' || :copy",
             "attached_to_id": "attached_to_id + :by"}  # fmt: skip
    chosen = ", ".join(other.get(name, name) for name in names)
    for copy in range(1, CLONES):
        connection.execute(
            f"INSERT INTO institution ({', '.join(names)}) SELECT {chosen} FROM institution "
            "WHERE id <= :last AND jurisdiction_id IN (SELECT id FROM jurisdiction WHERE invented)",
            {"by": last * copy, "copy": copy + 1, "last": last},
        )
    return int(last)


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]


def _copying(connection: sqlite3.Connection, table: str) -> str:
    """Return the statement that copies the rows of the demonstration once more."""
    names = _columns(connection, table)
    other = {"id": "id + :by"}
    for row in connection.execute(f'PRAGMA foreign_key_list("{table}")').fetchall():
        target, column = row[2], row[3]
        if target in _COPIED:
            other[column] = f"{column} + :by"
        elif target == "institution":
            other[column] = f"{column} + :place"
    if "public_code" in names:
        other["public_code"] = "public_code || '.' || :copy"
    chosen = ", ".join(other.get(name, f'"{name}"') for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    return f'INSERT INTO "{table}" ({listed}) SELECT {chosen} FROM "{table}" WHERE id < :base'


def _pack(connection: sqlite3.Connection) -> None:
    """Pack every fact anew: it has other keys than the one it was copied from, or another past."""
    columns = (*DAYS, *KEYS, *WORDS, *PLACES, *SMALL, *COUNTS)

    def packed(*values: Any) -> bytes:
        days = (date.fromisoformat(day) if day else None for day in values[: len(DAYS)])
        return pack(dict(zip(columns, (*days, *values[len(DAYS) :]), strict=True)))

    connection.create_function("packed_again", len(columns), packed)
    connection.execute(f"UPDATE prosecution_fact SET packed = packed_again({', '.join(columns)})")


def counts(path: Path) -> dict[str, int]:
    """Return how many rows the tables of facts have."""
    with sqlite3.connect(path) as connection:
        return {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in _FACTS
        }


def past_revision(path: Path) -> int:
    """Return a revision of about a year and a half before the end of the record."""
    with sqlite3.connect(path) as connection:
        (last,) = connection.execute("SELECT max(id) FROM revision").fetchone()
    return int(last) - PAST_DAYS


if __name__ == "__main__":
    started = time.process_time()
    make_record(Path(sys.argv[1]), int(sys.argv[2]))
    print(counts(Path(sys.argv[1])), f"{time.process_time() - started:.1f} s CPU")
