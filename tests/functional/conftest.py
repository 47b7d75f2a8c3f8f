"""The whole application on a fresh SQLite file, with real commits and one user for each role.

The database is migrated and seeded once for a test run and copied for every test. Helpers are in
`tests/functional/site.py`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from webtest import TestApp

from courtwatch.models import Organisation, migrate
from courtwatch.models.engine import begin_writing, make_engine, make_session_factory
from courtwatch.services import accounts, seed
from tests.functional.site import (
    NOW,
    ORGANISATIONS,
    PASSWORD,
    USERS,
    Site,
    make_settings,
    start,
)


@pytest.fixture(scope="session")
def template_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a database with reference data, organisations and users, once."""
    directory = tmp_path_factory.mktemp("template")
    settings = make_settings(directory)
    engine = make_engine(settings.database_url)
    migrate.upgrade(engine)
    with make_session_factory(engine)() as session:
        begin_writing(session)
        seed.load(session)
        hasher = accounts.hasher_of(settings)
        for code, kind, name, contact in ORGANISATIONS:
            session.add(Organisation(code=code, kind=kind, name_en=name, contact=contact))
        session.flush()
        organisations = {o.code: o for o in session.scalars(select(Organisation))}
        for name, organisation, role in USERS:
            accounts.add_user(
                session, hasher, name, PASSWORD, organisations[organisation], role, NOW
            )
        session.commit()
    # Closing the last connection folds the write-ahead log into the file.
    engine.dispose()
    return directory / "courtwatch.sqlite"


@pytest.fixture
def make_site(template_database: Path, tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Give a function that starts the application on a copy of the database, with settings."""
    made: list[Engine] = []

    def make(**more: str) -> Site:
        shutil.copy(template_database, tmp_path / "courtwatch.sqlite")
        settings = make_settings(tmp_path, **more)
        site = start(settings)
        made.append(site.engine)
        return site

    yield make
    for engine in made:
        engine.dispose()


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    """Give the application on a fresh copy of the database."""
    return make_site()


@pytest.fixture
def browser(site: Site) -> TestApp:
    """Give a browser in which nobody is signed in."""
    return site.browser()
