"""Databases for tests, made once for each process of a run and copied from then on.

To migrate and seed a file takes half a second. What migrating and seeding themselves do is proved
in `tests/integration/test_database.py` and `test_seed.py`, which make theirs from nothing.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import Engine

from courtwatch.models import migrate
from courtwatch.models.engine import begin_writing, make_engine, make_session_factory
from courtwatch.services import seed


def migrated(path: Path) -> Engine:
    """Make a database without a row at `path`, and return its engine."""
    return _written(path, _contents(seeded=False, invented=False))


def seeded(path: Path, *, invented: bool = False) -> Engine:
    """Make a database with the reference data at `path`, and return its engine.

    invented: with the jurisdiction of the demonstration.
    """
    return _written(path, _contents(seeded=True, invented=invented))


def _written(path: Path, contents: bytes) -> Engine:
    path.write_bytes(contents)
    return make_engine(f"sqlite:///{path}")


@cache
def _contents(*, seeded: bool, invented: bool) -> bytes:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "template.sqlite"
        engine = make_engine(f"sqlite:///{path}")
        migrate.upgrade(engine)
        if seeded:
            with make_session_factory(engine)() as session:
                begin_writing(session)
                seed.load(session, invented=invented)
                session.commit()
        engine.dispose()  # the last connection that closes folds the log into the file
        return path.read_bytes()
