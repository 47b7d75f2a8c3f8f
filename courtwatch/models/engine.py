"""Engines and sessions: SQLite set up for several processes, or PostgreSQL.

SQLite runs in WAL with synchronous FULL. A transaction that will write begins with
BEGIN IMMEDIATE (`session.info["writes"] = True` or `begin_writing`), because a deferred one whose
snapshot was overtaken fails at once, whatever the busy timeout.
"""

from __future__ import annotations

import sqlite3

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker

BUSY_TIMEOUT_SECONDS = 30
WRITES = "courtwatch.writes"


def make_engine(url: str) -> Engine:
    """Return an engine for `url` (an SQLAlchemy database URL)."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True, hide_parameters=True)
    engine = create_engine(
        parsed,
        connect_args={"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
        hide_parameters=True,  # values may be names; they belong in no message and no log
    )
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: sqlite3.Connection, record: object) -> None:
    connection.isolation_level = None  # we send BEGIN ourselves
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-65536",
        "secure_delete=ON",  # redacted words must leave the file, not only the row
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def make_session_factory(engine: Engine) -> sessionmaker[Session]:
    """Return a factory of sessions that do not expire what they loaded on commit."""
    return sessionmaker(bind=engine, expire_on_commit=False)


def begin_writing(session: Session) -> None:
    """Start the session's transaction as a writing one; waits for other writers.

    Must come before the first query of the transaction.
    """
    session.connection(execution_options={WRITES: True})


def empty_log(engine: Engine) -> bool:
    """Move the write-ahead log of SQLite into the database file and cut it to nothing.

    The log holds earlier pages, and with them words that a redaction took out. Returns False if a
    reader still needs it. Another database looks after its own log: True.
    """
    if engine.dialect.name != "sqlite":
        return True
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        row = cursor.fetchone()  # busy, pages in the log, pages moved
        cursor.close()
    finally:
        connection.close()
    return row is not None and row[0] == 0
