"""A fresh SQLite file with reference data, and the small record in it."""

from __future__ import annotations

import shutil

import pytest

from courtwatch.models import migrate
from courtwatch.models.engine import make_engine, make_session_factory
from courtwatch.services import seed
from tests.unit.reports.scene import NOW, Scene, small_record


@pytest.fixture(scope="session")
def reports_template(tmp_path_factory):
    """Migrate and seed one database for the whole run."""
    path = tmp_path_factory.mktemp("reports") / "template.sqlite"
    engine = make_engine(f"sqlite:///{path}")
    migrate.upgrade(engine)
    with make_session_factory(engine)() as session:
        seed.load(session, invented=True, now=NOW)
        session.commit()
    engine.dispose()
    return path


@pytest.fixture
def session(reports_template, tmp_path):
    """A session on a copy of the seeded database."""
    path = tmp_path / "record.sqlite"
    shutil.copy(reports_template, path)
    engine = make_engine(f"sqlite:///{path}")
    with make_session_factory(engine)() as session:
        yield session
    engine.dispose()


@pytest.fixture
def scene(session):
    """Write prosecutions."""
    return Scene(session)


@pytest.fixture
def record(scene):
    """The scene with the small record in it; `.found` names its prosecutions."""
    scene.found = small_record(scene)
    return scene
