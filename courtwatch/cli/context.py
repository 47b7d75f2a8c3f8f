"""What a command works with: settings, engine and sessions, each made when first asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from courtwatch.settings import Settings, load_settings

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session, sessionmaker

    from search_index.index import SearchIndex


class CliContext:
    """The settings file that was named, and what follows from it."""

    def __init__(self, config_uri: str) -> None:
        self.config_uri = config_uri

    @cached_property
    def settings(self) -> Settings:
        """Return the settings. Raises SettingsError."""
        return load_settings(self.config_uri)

    @cached_property
    def unchecked_engine(self) -> Engine:
        """Return the engine, whatever the database holds: for `init`, `status` and checks."""
        from courtwatch.models.engine import make_engine

        self.settings.data_directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        return make_engine(self.settings.database_url)

    @cached_property
    def engine(self) -> Engine:
        """Return the engine of a database that fits this code. Raises DatabaseStateError."""
        from courtwatch.models import migrate

        if not self.database_exists:
            raise migrate.DatabaseMissing(
                f"There is no database at {self.database_file}. "
                f"Run: courtwatch -c {self.config_uri} init"
            )
        migrate.check(self.unchecked_engine)
        return self.unchecked_engine

    @property
    def database_file(self) -> Path | None:
        """Return the file of an SQLite database; None for a server or one in memory."""
        from sqlalchemy.engine import make_url

        url = make_url(self.settings.database_url)
        if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
            return None
        return Path(str(url.database))

    @property
    def database_exists(self) -> bool:
        """Return whether there is a database to connect to; connecting would make an empty one."""
        path = self.database_file
        return path is None or path.is_file()

    @cached_property
    def session_factory(self) -> sessionmaker[Session]:
        """Return the factory of sessions on `engine`."""
        from courtwatch.models.engine import make_session_factory

        return make_session_factory(self.engine)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session that is rolled back at the end."""
        with self.session_factory() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session that commits at the end, or rolls everything back on an error."""
        from courtwatch.models.engine import begin_writing

        with self.session_factory() as session:
            begin_writing(session)
            yield session
            session.commit()

    def open_index(self) -> SearchIndex:
        """Return the search index that the settings name. Raises what `open_index` raises."""
        from search_index.index import open_index

        return open_index(
            self.settings.index_directory, engine=self.settings.search_engine.value
        )

    def close(self) -> None:
        """Let go of the database."""
        if "unchecked_engine" in self.__dict__:
            self.unchecked_engine.dispose()


pass_context = click.make_pass_decorator(CliContext)
