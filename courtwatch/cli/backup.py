"""`courtwatch backup`: a copy of the database that is known to be whole."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import click

from courtwatch.cli.context import CliContext, pass_context
from courtwatch.cli.exit_codes import BadInput, Refused
from courtwatch.cli.output import say


@click.command()
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@pass_context
def command(context: CliContext, target: Path) -> None:
    """Copy the database into TARGET while it is in use, and check the copy.

    To restore: stop Courtwatch, put TARGET in the place of the database, remove the files
    beside it that end in -wal and -shm, run `courtwatch init`, then `courtwatch reindex`.
    """
    source = context.database_file
    if source is None:
        raise Refused("This database is on a PostgreSQL server. Copy it with: pg_dump -Fc")
    if not source.is_file():
        raise BadInput(f"There is no database at {source}.")
    if target.exists():
        raise Refused(f"{target} exists already; a backup never replaces a file.")
    partial = target.with_name(target.name + ".partial")
    partial.unlink(missing_ok=True)
    try:
        copy(source, partial)
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
    say(f"Copied the database into {target} ({target.stat().st_size:,} bytes) and checked it.")


def copy(source: Path, target: Path) -> None:
    """Copy an SQLite database in use, readable by its owner only; raise unless it is whole."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as original,
        closing(sqlite3.connect(target)) as copied,
    ):
        original.backup(copied, pages=4096)
        # The copy is one file, that may lie on a read-only medium.
        copied.execute("PRAGMA journal_mode=DELETE")
        found = copied.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(f"database disk image is malformed: {found}")
    with target.open("rb") as written:
        os.fsync(written.fileno())
