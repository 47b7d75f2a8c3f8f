"""Every setting of Courtwatch: parsed and checked once, then carried as one frozen value.

The ini file's section `[app:main]` holds them, with the prefix `courtwatch.`; the database
address is `sqlalchemy.url`. A wrong value and an unknown name are refused at the start, because a
mistyped `courtwatch.serve_beyond_lopback` that is silently ignored is worse than no start.

`docs/settings.md` is generated from `SETTINGS` (`make docs`).
"""

from __future__ import annotations

import configparser
import difflib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import plaster
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

SECTION = "app:main"
PREFIX = "courtwatch."
DATABASE_URL = "sqlalchemy.url"


class SettingsError(Exception):
    """The settings cannot be used; the message names file, line, value and what is allowed."""


class WorkerMode(StrEnum):
    """Where the worker runs that writes the index and does what can wait."""

    THREAD = "thread"
    PROCESS = "process"
    NONE = "none"


class SearchEngine(StrEnum):
    """The full-text engine behind `search_index.open_index`."""

    WHOOSH = "whoosh"
    TANTIVY = "tantivy"


@dataclass(frozen=True)
class Settings:
    """The settings of one installation. See `SETTINGS` for what each means."""

    source: str
    database_url: str
    data_directory: Path
    index_directory: Path
    installation: str
    search_engine: SearchEngine
    worker: WorkerMode
    worker_poll_seconds: int
    worker_batch: int
    serve_beyond_loopback: bool
    secure_cookies: bool
    session_hours: int
    password_time_cost: int
    password_memory_mib: int
    sign_in_attempts: int
    report_cache_seconds: int
    page_size: int

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, str], source: str) -> Settings:
        """Return the settings in `mapping`, the items of `[app:main]`.

        `source` is the path of the ini file (or any words, in a test): it names the place in
        errors, and relative paths are taken from its directory. Names without the prefix
        `courtwatch.` belong to the libraries and are left alone.

        Raises SettingsError.
        """
        place = _Place(source)
        _refuse_unknown(mapping, place)
        values: dict[str, Any] = {}
        for setting in SETTINGS:
            text = mapping.get(setting.name, setting.default)
            if text is None:
                raise SettingsError(f"{place.of(setting.name)} is missing. {setting.allowed}")
            try:
                values[setting.attribute] = setting.parse(str(text).strip(), place.directory)
            except ValueError as error:
                shown = "" if setting.secret else f" = {str(text).strip()!r}"
                why = f"{error} " if str(error) else ""
                raise SettingsError(
                    f"{place.of(setting.name)}{shown} cannot be used. {why}{setting.allowed}"
                ) from None
        return cls(source=source, **values)

    @property
    def open_serving(self) -> bool:
        """Return whether machines other than this one are served; every page then says so."""
        return self.serve_beyond_loopback


def load_settings(config_uri: str) -> Settings:
    """Return the settings of an ini file, such as `development.ini`. Raises SettingsError."""
    path = config_uri.split("#", 1)[0]
    if not Path(path).is_file():
        raise SettingsError(
            f"There is no settings file {path}. Name one with: courtwatch -c FILE ..."
        )
    try:
        found = plaster.get_settings(config_uri, SECTION)
    except (configparser.Error, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is no settings file: {error}") from None
    if not found:
        raise SettingsError(f"{path} has no section [{SECTION}], which holds the settings.")
    return Settings.from_mapping(found, path)


# --- How each kind of value is read -----------------------------------------------------------


@dataclass(frozen=True)
class Setting:
    """One setting: its name in the file, how it is read, and the words that explain it."""

    name: str
    default: str | None
    allowed: str
    meaning: str
    parse: Callable[[str, Path], object]
    secret: bool = False

    @property
    def attribute(self) -> str:
        """Return the name of the attribute of Settings that holds it."""
        return "database_url" if self.name == DATABASE_URL else self.name.removeprefix(PREFIX)


def _setting(
    name: str,
    default: str | None,
    kind: tuple[Callable[[str, Path], object], str],
    meaning: str,
    secret: bool = False,
) -> Setting:
    parse, allowed = kind
    full_name = name if name == DATABASE_URL else PREFIX + name
    return Setting(full_name, default, allowed, meaning, parse, secret)


def _whole_number(low: int, high: int) -> tuple[Callable[[str, Path], object], str]:
    def parse(text: str, directory: Path) -> int:
        number = int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None
        if number is None or not low <= number <= high:
            raise ValueError
        return number

    return parse, f"Allowed: a whole number from {low} to {high}."


def _yes_no() -> tuple[Callable[[str, Path], object], str]:
    def parse(text: str, directory: Path) -> bool:
        if text.lower() not in ("true", "false"):
            raise ValueError
        return text.lower() == "true"

    return parse, "Allowed: true, false."


def _one_of(words: type[StrEnum]) -> tuple[Callable[[str, Path], object], str]:
    def parse(text: str, directory: Path) -> StrEnum:
        return words(text)

    def parse_plainly(text: str, directory: Path) -> StrEnum:
        try:
            return parse(text, directory)
        except ValueError:
            raise ValueError from None  # the enum's own words name a Python class

    return parse_plainly, f"Allowed: {', '.join(word.value for word in words)}."


def _path() -> tuple[Callable[[str, Path], object], str]:
    def parse(text: str, directory: Path) -> Path:
        if not text:
            raise ValueError
        return Path(os.path.normpath(directory / Path(text).expanduser()))

    return parse, "Allowed: a directory; a relative one counts from the settings file."


def _short_name() -> tuple[Callable[[str, Path], object], str]:
    def parse(text: str, directory: Path) -> str:
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", text):
            raise ValueError
        return text

    return parse, "Allowed: 1 to 40 lower-case letters, digits and hyphens."


def _database_url() -> tuple[Callable[[str, Path], object], str]:
    def parse(text: str, directory: Path) -> str:
        try:
            url = make_url(text)
        except ArgumentError:
            raise ValueError from None
        if url.get_backend_name() not in ("sqlite", "postgresql"):
            raise ValueError
        return text

    return parse, (
        "Allowed: an SQLAlchemy address of SQLite (sqlite:///%(here)s/var/courtwatch.sqlite) "
        "or PostgreSQL (postgresql+psycopg://user@host/name)."
    )


class _Place:
    """Where the settings came from: for the words of an error."""

    def __init__(self, source: str) -> None:
        self.source = source
        path = Path(source)
        self.directory = path.resolve().parent if path.is_file() else Path.cwd()
        self._lines: list[str] = []
        if path.is_file():
            self._lines = path.read_text(encoding="utf-8", errors="replace").splitlines()

    def of(self, name: str) -> str:
        """Return `file, line 7, section [app:main]: name`."""
        section = ""
        for number, line in enumerate(self._lines, 1):
            heading = re.match(r"\[(.+?)\]", line)
            if heading:
                section = heading[1]
            key = re.split(r"[=:]", line, maxsplit=1)[0].strip()
            if section == SECTION and key == name:
                return f"{self.source}, line {number}, section [{SECTION}]: {name}"
        return f"{self.source}, section [{SECTION}]: {name}"


def _refuse_unknown(mapping: Mapping[str, str], place: _Place) -> None:
    known = [setting.name for setting in SETTINGS]
    for name in mapping:
        if name in known or not name.startswith((PREFIX, "sqlalchemy.")):
            continue
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {close[0]}?" if close else f"Known: {', '.join(known)}."
        raise SettingsError(f"{place.of(name)} is no setting of Courtwatch. {hint}")


# --- The settings -----------------------------------------------------------------------------

SETTINGS: tuple[Setting, ...] = (
    _setting(
        DATABASE_URL, None, _database_url(),
        "The database, which holds all that was entered. Back it up.",
        secret=True,
    ),
    _setting(
        "data_directory", "var", _path(),
        "Where Courtwatch keeps its own files: locks, reject lists of imports, attachments.",
    ),
    _setting(
        "index_directory", "var/index", _path(),
        "The search index. It can be thrown away: `courtwatch reindex` makes it again.",
    ),
    _setting(
        "installation", "unnamed", _short_name(),
        "The name of this installation. Every record remembers where it was entered.",
    ),
    _setting(
        "search_engine", "whoosh", _one_of(SearchEngine),
        "The engine behind the search page.",
    ),
    _setting(
        "worker", "thread", _one_of(WorkerMode),
        "Who writes the search index. `thread`: one thread of the web server, for one machine "
        "and for trying it out. `process`: a service of its own, `courtwatch worker`, beside "
        "several web processes. `none`: nobody; what is recorded is not found until a worker runs.",
    ),
    _setting(
        "worker_poll_seconds", "1", _whole_number(1, 60),
        "How long the worker waits before it looks by itself. A commit on the same machine wakes "
        "it at once; this is for other machines, and for jobs that are tried again.",
    ),
    _setting(
        "worker_batch", "200", _whole_number(1, 5000),
        "How many cases the worker indexes at once.",
    ),
    _setting(
        "serve_beyond_loopback", "false", _yes_no(),
        "Whether machines other than this one are served. Until the security work has passed, "
        "every page then carries a banner that says so. `false` refuses to start on another "
        "address and refuses every request that comes from, or is addressed to, another machine.",
    ),
    _setting(
        "secure_cookies", "true", _yes_no(),
        "Whether the session cookie travels over https only. `false` is for http on this machine.",
    ),
    _setting(
        "session_hours", "12", _whole_number(1, 168),
        "How many hours after signing in a person has to sign in again.",
    ),
    _setting(
        "password_time_cost", "3", _whole_number(1, 20),
        "Work factor of stored passwords (argon2id): passes over the memory.",
    ),
    _setting(
        "password_memory_mib", "64", _whole_number(1, 1024),
        "Work factor of stored passwords (argon2id): memory for one check, in MiB.",
    ),
    _setting(
        "sign_in_attempts", "10", _whole_number(3, 100),
        "How many wrong passwords an account may be tried with in 15 minutes.",
    ),
    _setting(
        "report_cache_seconds", "60", _whole_number(0, 60),
        "How old a report from the cache may be (it says as of when). 0: never cached.",
    ),
    _setting(
        "page_size", "50", _whole_number(10, 200),
        "How many rows a list shows on one page.",
    ),
)
