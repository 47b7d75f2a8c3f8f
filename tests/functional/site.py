"""The running application as a test drives it: browsers, database, settings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session, sessionmaker
from webtest import TestApp

from courtwatch import make_app
from courtwatch.models import Organisation, User
from courtwatch.models.engine import begin_writing, make_session_factory
from courtwatch.models.vocabulary import OrganisationKind, Role
from courtwatch.settings import Settings

PASSWORD = "correct horse battery"
NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Phnom_Penh")

ORGANISATIONS = (
    ("lotus", OrganisationKind.NGO, "Lotus Legal Aid", "office@lotus.example"),
    ("river", OrganisationKind.NGO, "River Monitors", "office@river.example"),
    ("justice", OrganisationKind.MINISTRY, "Ministry of Justice", None),
    ("campus", OrganisationKind.RESEARCH, "Campus Research", None),
    ("operator", OrganisationKind.OPERATOR, "Operator", None),
)
USERS = (
    ("mony", "lotus", Role.MONITOR),
    ("chan", "lotus", Role.COORDINATOR),
    ("rith", "river", Role.MONITOR),
    ("rada", "river", Role.COORDINATOR),
    ("anan", "justice", Role.ANALYST),
    ("reak", "campus", Role.RESEARCHER),
    ("admin", "operator", Role.ADMINISTRATOR),
)


def today() -> date:
    """Return the day at the courts: asked anew each time, because a run may last past midnight."""
    return datetime.now(UTC).astimezone(ZONE).date()


@dataclass
class Site:
    """The running application, its database, and a browser for whoever is asked for."""

    app: Any
    engine: Engine
    settings: Settings
    sessions: sessionmaker[Session]
    organisations: dict[str, int] = field(default_factory=dict)
    users: dict[str, int] = field(default_factory=dict)

    def browser(self) -> TestApp:
        """Return a browser with no cookies."""
        return TestApp(self.app, extra_environ={"REMOTE_ADDR": "127.0.0.1"})

    def sign_in(self, name: str) -> TestApp:
        """Return a browser in which `name` is signed in, through the real form."""
        return sign_in(self.browser(), name)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session to look into the database."""
        with self.sessions() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session that commits, to set a scene."""
        with self.sessions() as session:
            begin_writing(session)
            yield session
            session.commit()


def start(settings: Settings) -> Site:
    """Start the application on the database that the settings name."""
    app = make_app(settings)
    engine = app.registry["courtwatch.engine"]
    sessions = make_session_factory(engine)
    site = Site(app, engine, settings, sessions)
    with sessions() as session:
        site.organisations = {o.code: o.id for o in session.scalars(select(Organisation))}
        site.users = {u.name: u.id for u in session.scalars(select(User))}
    return site


def sign_in(browser: TestApp, name: str, password: str = PASSWORD) -> TestApp:
    """Sign `name` in by filling in the form; return the same browser."""
    form = browser.get("/sign-in").forms[0]
    form["name"], form["password"] = name, password
    form.submit(status=303)
    return browser


def csrf_token(browser: TestApp, path: str = "/") -> str:
    """Return the token that forms of this browser's session carry."""
    match = re.search(r'name="csrf_token" value="([0-9a-f]{64})"', browser.get(path).text)
    assert match, f"no form on {path}"
    return match[1]


def make_settings(directory: Path, **more: str) -> Settings:
    """Return the settings of a test: everything below `directory`, cheap passwords, no worker."""
    return Settings.from_mapping(
        {
            "sqlalchemy.url": f"sqlite:///{directory}/courtwatch.sqlite",
            "courtwatch.data_directory": str(directory),
            "courtwatch.index_directory": str(directory / "index"),
            "courtwatch.installation": "test",
            "courtwatch.worker": "none",
            "courtwatch.secure_cookies": "false",
            "courtwatch.password_time_cost": "1",
            "courtwatch.password_memory_mib": "1",
            **{f"courtwatch.{name}": value for name, value in more.items()},
        },
        "tests",
    )


@contextmanager
def counted_queries(engine: Engine) -> Iterator[list[str]]:
    """Collect every statement sent to the database, to show that none is sent for each row."""
    statements: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
