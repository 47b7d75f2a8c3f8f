"""Courtwatch: the web application. `main` is what the paste entry point calls.

What the web needs is imported when the application is made: `courtwatch import` and its like run
without it.
"""

from __future__ import annotations

import threading
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.registry import Registry
    from pyramid.router import Router
    from sqlalchemy import Engine

    from courtwatch.settings import Settings

# Pyramid 2.1 imports pkg_resources; setuptools 81 is the last that has it (docs/adr/0004).
warnings.filterwarnings("ignore", "pkg_resources is deprecated", UserWarning)

SETTINGS_KEY = "courtwatch.settings"

# The order matters: what comes later uses what came before.
INCLUDES = (
    "pyramid_tm",
    "courtwatch.db",
    "courtwatch.web.headers",
    "courtwatch.web.i18n",
    "courtwatch.web.assets",
    "courtwatch.web.jinja",
    "courtwatch.security",
    "courtwatch.requests",
    "courtwatch.page_frame",
    "courtwatch.routes",
)


def main(global_config: dict[str, str], **settings: str) -> Router:
    """Return the WSGI application, or end the process with words a person can act on."""
    from courtwatch.models.migrate import DatabaseStateError
    from courtwatch.serving import check_listen
    from courtwatch.settings import Settings, SettingsError
    from courtwatch.web.assets import AssetError

    try:
        checked = Settings.from_mapping(settings, global_config.get("__file__", "settings"))
        check_listen(global_config, checked)
        app = make_app(checked, settings)
    except (SettingsError, DatabaseStateError, AssetError) as error:
        raise SystemExit(f"Courtwatch cannot start. {error}") from None
    threading.Thread(target=_read_procedures, args=(app.registry,), daemon=True).start()
    return app


def _read_procedures(registry: Registry) -> None:
    """Read the procedures beside the start: the first reader of a case need not wait for it."""
    from sqlalchemy import select

    from courtwatch.db import reading
    from courtwatch.models import ProcedureVersion
    from courtwatch.services.labels import Names

    with reading(registry) as session:
        Names(session).need(procedures=session.scalars(select(ProcedureVersion.id)))


def make_app(settings: Settings, pyramid_settings: dict[str, Any] | None = None) -> Router:
    """Return the WSGI application for checked settings.

    Raises DatabaseStateError where the database and this code do not fit, AssetError where the
    static files were not built.
    """
    from pyramid.config import Configurator

    engine = open_database(settings.database_url)
    config = Configurator(
        settings={"tm.manager_hook": "pyramid_tm.explicit_manager", **(pyramid_settings or {})}
    )
    config.registry[SETTINGS_KEY] = settings
    config.registry["courtwatch.engine"] = engine
    for include in INCLUDES:
        config.include(include)
    config.scan("courtwatch.views")
    _include_worker(config)
    return config.make_wsgi_app()


def open_database(url: str) -> Engine:
    """Return an engine on a database that fits this code. Raises DatabaseStateError."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import DatabaseError

    from courtwatch.models import migrate
    from courtwatch.models.engine import make_engine

    parsed = make_url(url)
    name = parsed.database
    on_disk = parsed.get_backend_name() == "sqlite" and name and name != ":memory:"
    if on_disk and not Path(str(name)).is_file():  # opening it would make an empty one
        raise migrate.DatabaseMissing(f"There is no database at {name}. Run: courtwatch init")
    engine = make_engine(url)
    try:
        migrate.check(engine)
    except DatabaseError as error:
        engine.dispose()
        raise migrate.DatabaseStateError(
            f"The database {parsed.render_as_string(hide_password=True)} cannot be opened: "
            f"{error.orig}. Check the setting sqlalchemy.url and that the server runs."
        ) from None
    except migrate.DatabaseStateError:
        engine.dispose()
        raise
    return engine


def _include_worker(config: Configurator) -> None:
    """Include the worker, which starts a thread where the settings ask for one."""
    if find_spec("courtwatch.worker") is not None:
        config.include("courtwatch.worker")
