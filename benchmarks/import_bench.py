"""How long does an import take, next to the least that could be done?

Prints the time of importing a source (without the search index) as a ratio to reading the same
files with `csv` and inserting as many rows, the very same ones, into the same tables and indexes
with raw `sqlite3`, in the same run. Wall time and processor time; on a machine that does other
things at once the latter says more. The aim is 8.

    python benchmarks/import_bench.py [DIRECTORY]
"""

from __future__ import annotations

import csv
import os
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from courtwatch.exchange import mapping_reader
from courtwatch.exchange.import_result import ImportResult
from courtwatch.exchange.loader import Importer
from courtwatch.models import migrate
from courtwatch.models.engine import begin_writing, make_engine, make_session_factory
from courtwatch.services import seed

AIM = 8.0
# What the application sets on its own connections, so that both write as safely.
PRAGMAS = (
    "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY",
    "cache_size=-65536", "secure_delete=ON",
)  # fmt: skip


def source_directory() -> Path:
    """Return the directory of the register; ends with words where there is none."""
    shared = Path(os.environ.get("COURTWATCH_SHARED", Path(__file__).parents[2] / "shared"))
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else shared / "data" / "cook_county_2019"
    if not directory.is_dir():
        sys.exit(f"There is no {directory}. Name the directory of the register.")
    return directory


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """Return what `work` returns, wall seconds and processor seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, time.perf_counter() - wall, time.process_time() - cpu


def fresh(path: Path) -> Any:
    """Make a database with reference data."""
    engine = make_engine(f"sqlite:///{path}")
    migrate.upgrade(engine)
    with make_session_factory(engine)() as session:
        begin_writing(session)
        seed.load(session)
        session.commit()
    return engine


def read_with_csv(directory: Path) -> int:
    """Read all files with the standard library; returns the rows."""
    rows = 0
    for path in sorted(directory.glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as stream:
            rows += sum(1 for _ in csv.reader(stream)) - 1
    return rows


def statements(path: Path) -> tuple[list[str], dict[str, list[Any]]]:
    """Return the schema of a database and all rows of its tables."""
    with sqlite3.connect(path) as connection:
        schema = [
            sql
            for (sql,) in connection.execute(
                "select sql from sqlite_master where sql is not null and name not like 'sqlite_%' "
                "order by type desc"
            )
        ]
        names = [
            name
            for (name,) in connection.execute(
                "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"
            )
        ]
        rows = {name: connection.execute(f'select * from "{name}"').fetchall() for name in names}
    return schema, rows


def insert_raw(path: Path, schema: list[str], tables: dict[str, list[Any]]) -> int:
    """Insert rows with `executemany`, one transaction per table; returns the rows."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("PRAGMA foreign_keys=OFF")  # the tables come in no particular order
    for sql in schema:
        connection.execute(sql)
    written = 0
    for name, rows in tables.items():
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(f'insert into "{name}" values ({marks})', rows)
            connection.execute("COMMIT")
            written += len(rows)
    connection.close()
    return written


def main() -> None:
    """Run both and print the ratio."""
    directory = source_directory()
    with tempfile.TemporaryDirectory() as place:
        database = Path(place) / "import.sqlite"
        engine = fresh(database)
        importer = Importer(engine, mapping_reader.load("cook-county"), directory)
        result: ImportResult
        result, wall, cpu = timed(importer.run)
        engine.dispose()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        read, read_wall, read_cpu = timed(lambda: read_with_csv(directory))
        schema, tables = statements(database)
        written, raw_wall, raw_cpu = timed(
            lambda: insert_raw(Path(place) / "raw.sqlite", schema, tables)
        )
    parts = ", ".join(f"{part} {seconds:.1f}" for part, seconds in result.seconds.items())
    print(f"rows read {read:,}; rows written {written:,}; peak memory {memory:,.0f} MiB")
    print(f"import       {wall:8.1f} s wall  {cpu:8.1f} s processor   ({parts})")
    print(f"csv          {read_wall:8.1f} s wall  {read_cpu:8.1f} s processor")
    print(f"raw sqlite3  {raw_wall:8.1f} s wall  {raw_cpu:8.1f} s processor")
    ratio, cpu_ratio = wall / (read_wall + raw_wall), cpu / (read_cpu + raw_cpu)
    print(f"ratio        {ratio:8.1f}   wall  {cpu_ratio:8.1f}   processor   (aim: {AIM:g})")


if __name__ == "__main__":
    main()
