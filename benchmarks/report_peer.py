"""DuckDB on the facts that a report reads: the peer of `report_bench.py`.

A report counts packed columns (`courtwatch.reports.packed_tally`), reads packed columns to work
them out, or asks SQL. The peer is asked for the same: a grouped count of the same columns, the same
columns as arrays, and the very same SQL.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import Engine, Select, case, event, func

from courtwatch.models import ProsecutionFact
from courtwatch.reports import queries
from courtwatch.reports.packed_facts import PackedFacts

ARRAYS = "-- arrays\n"
"""Before a query whose columns are wanted as arrays."""


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Return what `work` returns, and seconds of processor time."""
    before = time.process_time()
    result = work()
    return result, time.process_time() - before


class Asked:
    """Notes what is asked of facts while it is open."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._clauses: list[Any] = []
        self._read: dict[str, None] = {}
        self._counting = 0
        self._undo: list[Callable[[], None]] = []

    def __enter__(self) -> Asked:
        event.listen(self._engine, "before_execute", self._note)
        self._undo.append(lambda: event.remove(self._engine, "before_execute", self._note))
        self._wrap(PackedFacts, "numbers", self._noting)
        self._wrap(PackedFacts, "places", self._noting)
        self._wrap(queries.Population, "tally", self._grouping)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        for undo in self._undo:
            undo()

    def statements(self) -> list[str]:
        """Return what is to be asked of the peer."""
        found = []
        for clause in self._clauses:
            text = _written(clause)
            if "packed" not in text:
                found.append(text)
            elif self._read:
                columns = [getattr(ProsecutionFact, name) for name in self._read]
                found.append(ARRAYS + _written(clause.with_only_columns(*columns)))
        return [text for text in found if _is_of_facts(text)]

    def _note(self, _connection: Any, clause: Any, *_rest: Any) -> None:
        if isinstance(clause, Select):
            self._clauses.append(clause)

    def _wrap(self, kind: type, name: str, around: Callable[[Any], Any]) -> None:
        was = getattr(kind, name)
        setattr(kind, name, around(was))
        self._undo.append(lambda: setattr(kind, name, was))

    def _noting(self, was: Any) -> Any:
        def read(facts: PackedFacts, name: str, *rest: Any) -> Any:
            if not self._counting:
                self._read[name] = None
            return was(facts, name, *rest)

        return read

    def _grouping(self, was: Any) -> Any:
        def count(population: Any, *names: str, **rest: Any) -> Any:
            columns = sql_columns()
            keys = [columns[name] for name in names if name in columns]
            grouped = population.select(*keys, func.count())
            self._clauses.append(grouped.group_by(*keys) if keys else grouped)
            self._counting += 1
            try:
                return was(population, *names, **rest)
            finally:
                self._counting -= 1

        return count


def sql_columns() -> dict[str, Any]:
    """Return the columns by which prosecutions are counted, as SQL has them, by name."""
    fact = ProsecutionFact
    return {
        "code": fact.event_code, "ended_by": fact.ended_by, "outcome": fact.outcome,
        "offence": fact.offence_id, "reason": fact.reason_stated_id,
        "assessed": fact.reason_assessed_id, "decided_by": fact.decided_by_id,
        "court": fact.court_id, "office": fact.prosecution_office_id, "police": fact.police_id,
        "furthest": fact.furthest_stage, "suspended": fact.suspended, "live": fact.live,
        "reopened": fact.reopened, "year": func.extract("year", fact.registered_on),
        "month": func.extract("month", fact.registered_on),
        "end_year": func.extract("year", fact.ended_on),
        "late": case((fact.entry_date > fact.registered_on, 1), else_=0),
    }  # fmt: skip


def _is_of_facts(text: str) -> bool:
    return re.search(r"\b(prosecution_fact|charge_fact|hearing_fact|clock)\b", text) is not None


def _written(clause: Any) -> str:
    """Write a query as DuckDB reads it; empty if it cannot be written so."""
    from sqlalchemy.dialects import postgresql

    try:
        return str(
            clause.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
        )
    except Exception:  # whatever a dialect cannot say is told as "cannot"
        return ""


def ask_peer(path: Path, asked: dict[str, list[str]]) -> dict[str, float | None]:
    """Return the processor time of each report's queries in DuckDB; None where it refuses one."""
    import duckdb

    base = duckdb.connect(":memory:")
    base.execute("SET threads = 1")
    every = " ".join(text for texts in asked.values() for text in texts)
    _fill(base, path, every)
    found: dict[str, float | None] = {}
    for name, texts in asked.items():
        try:
            for text in texts:  # once to warm up, as the page did
                _ask(base, text)
            found[name] = timed(lambda texts=texts: [_ask(base, text) for text in texts])[1]
        except duckdb.Error as error:
            print(f"DuckDB refuses a query of {name}: {str(error)[:200]}", file=sys.stderr)
            found[name] = None
    return found


def _ask(base: Any, text: str) -> Any:
    asked = base.execute(text)
    return asked.fetchnumpy() if text.startswith(ARRAYS) else asked.fetchall()


def _fill(base: Any, path: Path, every: str) -> None:
    """Copy the tables and columns that the queries name."""
    import sqlite3

    import pandas

    connection = sqlite3.connect(path)
    named = set(re.findall(r"\w+", every))
    tables = [
        row[0]
        for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if row[0] in named
    ]
    for table in tables:
        columns = [
            (row[1], _type(row[2]))
            for row in connection.execute(f'PRAGMA table_info("{table}")')
            if row[1] in named
        ]
        listed = ", ".join(f'"{name}"' for name, _kind in columns)
        typed = ", ".join(f'"{name}" {kind}' for name, kind in columns)
        base.execute(f'CREATE TABLE "{table}" ({typed})')
        cursor = connection.execute(f'SELECT {listed} FROM "{table}"')
        while rows := cursor.fetchmany(200_000):
            frame = pandas.DataFrame(rows, columns=[name for name, _kind in columns], dtype=object)
            base.register("frame", frame)
            base.execute(f'INSERT INTO "{table}" SELECT * FROM frame')
            base.unregister("frame")
    connection.close()


def _type(declared: str) -> str:
    for word, kind in (("BOOL", "BOOLEAN"), ("DATETIME", "TIMESTAMP"), ("DATE", "DATE"),
                       ("INT", "BIGINT"), ("FLOAT", "DOUBLE")):  # fmt: skip
        if word in declared.upper():
            return kind
    return "VARCHAR"
