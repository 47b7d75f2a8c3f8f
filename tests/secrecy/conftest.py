"""The walk: made once, looked at by every test of this directory."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from sqlalchemy import create_engine

import courtwatch.requests
from tests.secrecy.plants import Plant, plant
from tests.secrecy.twins import GROUPS, Group, scrub
from tests.secrecy.walk import (
    Answered,
    Asked,
    Reader,
    addresses,
    keep_searches,
    reader,
)
from tests.secrecy.world import NOW, READERS, World, build

LEADS = ("chan", "rada", "dila", "anan", "reak", "admin", "nobody")
"""Those who ask for everything; the others for what shows a case, and for the lists."""


class _Then(datetime):
    """The clock of requests, stopped: what is compared was asked for at one moment."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return (NOW + timedelta(days=1)).astimezone(tz)


class _Kept(logging.Handler):
    """Everything that is logged."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self.lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(logging.Formatter().format(record))


@contextmanager
def watched(lines: list[str]) -> Iterator[None]:
    """Stop the clock of requests and keep what is logged, only for as long as this asks.

    The record outlives the tests of this directory where workers share the files of others.
    """
    handler, root = _Kept(lines), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(courtwatch.requests, "datetime", _Then)
            yield
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


@dataclass
class Walk:
    """What every reader was answered, with the secrets and in the copy without them."""

    world: World
    plants: list[Plant]
    readers: dict[str, Reader]
    asked: list[Asked]
    pristine: Path
    answers: dict[tuple[str, Asked], Answered] = field(default_factory=dict)
    twins: dict[tuple[str, Asked], Answered] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)

    def ask(self, name: str, asked: list[Asked], into: dict[tuple[str, Asked], Answered]) -> None:
        """Ask as one reader; what is sent comes last, for it may change the record."""
        # A victim can be added without a word: after all that would find another one then.
        for one in sorted(asked, key=lambda one: (one.method == "POST", "/new" in one.path)):
            into[name, one] = self.readers[name].ask(one)

    def of(self, name: str) -> list[Asked]:
        """Return what a reader asks for."""
        return [one for one in self.asked if (name in LEADS or one.brief) and one.by in ("", name)]

    def scrubbed(self, group: Group, *, figures: bool = False) -> None:
        """Put the record without what a group may not see under the application."""
        copy = Path(shutil.copy(self.pristine, self.pristine.with_name("scrubbed.sqlite")))
        engine = create_engine(f"sqlite:///{copy}")  # which does not hold foreign keys
        with engine.begin() as connection:
            scrub(self.world, connection, group, self.plants, figures=figures)
        engine.dispose()
        self.world.become(copy)
        self.world.index()


@pytest.fixture(scope="package")
def record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """Make the record with its secrets, and sign everybody in; nothing is asked yet."""
    directory = tmp_path_factory.mktemp("secrecy")
    log: list[str] = []
    with watched(log):
        world = build(directory)
        readers = {name: reader(world, name) for name in READERS}
        plants = plant(world)
        keep_searches(world, plants)
        pristine = world.keep(directory / "pristine.sqlite")
        asked = addresses(world)
    yield Walk(world, plants, readers, asked, pristine, log=log)
    world.site.engine.dispose()


@pytest.fixture(autouse=True)
def stopped_clock() -> Iterator[None]:
    """Each test of this directory asks at the moment of the record."""
    with watched([]):
        yield


@pytest.fixture(scope="package")
def walk(record: Walk) -> Walk:
    """Ask for everything, as everybody; and again where the secrets never were."""
    with watched(record.log):
        record.world.index()
        for name in READERS:
            record.ask(name, record.of(name), record.answers)
            record.world.become(record.pristine)
        for group in GROUPS:
            record.scrubbed(group)
            for name in group.readers:
                if name in (*LEADS, "lora", "kiri"):
                    record.ask(name, [o for o in record.of(name) if not o.figures], record.twins)
        for group in GROUPS:
            if group.readers[0] in ("rada", "anan", "reak"):
                record.scrubbed(group, figures=True)
                figures = [one for one in record.asked if one.figures]
                record.ask(group.readers[0], figures, record.twins)
        record.world.become(record.pristine)
    return record
