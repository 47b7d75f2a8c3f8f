"""A fresh SQLite file with reference data, and the small record in it."""

from __future__ import annotations

import shutil
from contextlib import contextmanager

import pytest

from courtwatch.models.engine import make_engine, make_session_factory
from tests.databases import seeded
from tests.unit.reports.scene import Scene, small_record


@pytest.fixture(scope="session")
def reports_template(tmp_path_factory):
    """Migrate and seed one database for the whole run."""
    path = tmp_path_factory.mktemp("reports") / "template.sqlite"
    seeded(path, invented=True).dispose()
    return path


@pytest.fixture(scope="session")
def record_template(reports_template, tmp_path_factory):
    """Write the small record once for the whole run; return the file and its prosecutions."""
    path = tmp_path_factory.mktemp("record") / "template.sqlite"
    with opened(reports_template, path) as session:
        found = small_record(Scene(session))
    return path, found


@contextmanager
def opened(template, path):
    """Open a session on a copy of a database."""
    shutil.copy(template, path)
    engine = make_engine(f"sqlite:///{path}")
    with make_session_factory(engine)() as session:
        yield session
        session.rollback()
        session.connection().exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()


@pytest.fixture
def session(reports_template, tmp_path):
    """A session on a copy of the seeded database."""
    with opened(reports_template, tmp_path / "seeded.sqlite") as session:
        yield session


@pytest.fixture
def scene(session):
    """Write prosecutions."""
    return Scene(session)


@pytest.fixture
def record(record_template, tmp_path):
    """A scene with the small record in it; `.found` names its prosecutions."""
    template, found = record_template
    with opened(template, tmp_path / "record.sqlite") as session:
        scene = Scene(session)
        scene.found = found
        yield scene
