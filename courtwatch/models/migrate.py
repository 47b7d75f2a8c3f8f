"""Run migrations, and say in plain words when database and code do not fit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect

from courtwatch.models import Base

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


class DatabaseStateError(Exception):
    """The database does not fit the code; the message says which way and what to do."""


class DatabaseMissing(DatabaseStateError):
    """There are no tables yet."""


class DatabaseOlder(DatabaseStateError):
    """Migrations are pending."""


class DatabaseNewer(DatabaseStateError):
    """The database was written by a newer Courtwatch."""


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


@cache
def _known(directory: Path) -> tuple[str, frozenset[str]]:
    """Return the newest migration and all of them: the scripts are read once in a process."""
    scripts = ScriptDirectory(str(directory))
    newest = scripts.get_current_head()
    assert newest is not None
    return newest, frozenset(script.revision for script in scripts.walk_revisions())


def head() -> str:
    """Return the identifier of the newest migration that this code knows."""
    return _known(MIGRATIONS)[0]


def current(engine: Engine) -> str | None:
    """Return the migration that the database stands at; None for an empty database."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to `revision`. Raises DatabaseNewer rather than touch a newer one."""
    found = current(engine)
    if found is not None:
        _refuse_unknown(found)
    _run(engine, command.upgrade, revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the database back to `revision` ('base' empties it)."""
    _run(engine, command.downgrade, revision)


def _run(engine: Engine, action: Any, revision: str) -> None:
    with engine.connect() as connection:
        with _references_unwatched(connection):
            action(_config(connection), revision)
            connection.commit()
        if connection.dialect.name == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise DatabaseStateError(f"the migration left broken references: {broken[:5]}")


@contextmanager
def _references_unwatched(connection: Connection) -> Iterator[None]:
    """Let SQLite recreate a table that others point at, which is how it alters one.

    The pragma does nothing inside a transaction, so it goes to the driver before one begins.
    """
    driver: Any = connection.connection.dbapi_connection
    if connection.dialect.name != "sqlite":
        yield
        return
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        if connection.in_transaction():
            connection.rollback()
        driver.execute("PRAGMA foreign_keys=ON")


def _refuse_unknown(found: str) -> None:
    if found not in _known(MIGRATIONS)[1]:
        raise DatabaseNewer(
            f"The database stands at migration {found}, which this version of Courtwatch does not "
            f"know (its newest is {head()}). Run the newer Courtwatch that wrote it, or restore "
            "a backup made before the upgrade."
        )


def check(engine: Engine) -> None:
    """Raise DatabaseMissing, DatabaseOlder or DatabaseNewer unless database and code fit."""
    found = current(engine)
    if found is None:
        with engine.connect() as connection:
            tables = inspect(connection).get_table_names()
        hint = "is empty" if not tables else "holds tables that Courtwatch did not make"
        raise DatabaseMissing(f"The database {hint}. Run: courtwatch init")
    _refuse_unknown(found)
    if found != head():
        raise DatabaseOlder(
            f"The database stands at migration {found}, this version needs {head()}. "
            "Make a backup, then run: courtwatch init"
        )


def pending_changes(engine: Engine) -> list[Any]:
    """Return what the models have and the migrated database has not; empty when they agree."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))
