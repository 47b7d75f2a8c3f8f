"""`courtwatch rebuild` finds whatever was written past the events, and mends it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from courtwatch.cli import run
from courtwatch.cli.exit_codes import ExitCode
from courtwatch.models import Prosecution
from courtwatch.models.engine import begin_writing, make_engine, make_session_factory
from courtwatch.services.fact_differences import all_differences, mend, stretches
from courtwatch.services.facts import FactDifference
from courtwatch.services.work import SYSTEM, Work
from tests.integration.test_demo import INI

FACTS = ("prosecution_fact", "charge_fact", "hearing_fact", "clock")
KEYS = {"clock": "id"}
"""The column that tells the rows of a table apart, where it is not the one it is named for."""
COLUMNS = {name: Prosecution.metadata.tables[name].columns.keys() for name in FACTS}
LIVE = "rev_to is null and {key} = (select min({key}) from {table} where rev_to is null {also})"


def one(table: str, also: str = "") -> str:
    """Return the condition of the first fact that holds and is so."""
    key = KEYS.get(table) or table.removesuffix("_fact") + "_id"
    return LIVE.format(table=table, key=key, also=f"and {also}" if also else "")


def copied(table: str, **changed: str) -> str:
    """Return the statement that adds a copy of the first fact that holds, with some changes."""
    columns = [column for column in COLUMNS[table] if column != "id"]
    values = [changed.get(name, name) for name in columns]
    return (
        f"insert into {table} ({', '.join(columns)}) "
        f"select {', '.join(values)} from {table} where {one(table)}"
    )


ROW = "(row)"
SATISFIED = "satisfied_at is not null"
FALSIFIED = {
    "stage": (
        f"update prosecution_fact set stage = 'nowhere' where {one('prosecution_fact')}",
        {("prosecution_fact", "stage")},
    ),
    "outcome": (
        "update prosecution_fact set outcome = 'acquitted', event_code = 1 "
        f"where {one('prosecution_fact', 'event_code = 2')}",
        {("prosecution_fact", "outcome"), ("prosecution_fact", "event_code")},
    ),
    "day of the end": (
        "update prosecution_fact set ended_on = date(ended_on, '-1 day') "
        f"where {one('prosecution_fact', 'ended_on is not null')}",
        {("prosecution_fact", "ended_on")},
    ),
    "day of the end, unknown": (
        "update prosecution_fact set ended_on = null "
        f"where {one('prosecution_fact', 'ended_on is not null')}",
        {("prosecution_fact", "ended_on")},
    ),
    "custody": (
        f"update prosecution_fact set custody = 'nowhere' where {one('prosecution_fact')}",
        {("prosecution_fact", "custody")},
    ),
    "what is shared": (
        f"update prosecution_fact set share_level = 'hidden' where {one('prosecution_fact')}",
        {("prosecution_fact", "share_level")},
    ),
    "position of a charge": (
        f"update charge_fact set stage = 'nowhere' where {one('charge_fact')}",
        {("charge_fact", "stage")},
    ),
    "whether a charge counts": (
        f"update charge_fact set counted = not counted where {one('charge_fact')}",
        {("charge_fact", "counted")},
    ),
    "hearing": (
        "update hearing_fact set scheduled_on = date(scheduled_on, '+1 day'), status = 'moved' "
        f"where {one('hearing_fact')}",
        {("hearing_fact", "scheduled_on"), ("hearing_fact", "status")},
    ),
    "day on which a clock runs out": (
        f"update clock set due_at = datetime(due_at, '+1 day') "
        f"where {one('clock', 'due_at is not null')}",
        {("clock", "due_at")},
    ),
    "start of a clock": (
        "update clock set started_at = datetime(started_at, '-1 hour'), unknown = not unknown "
        f"where {one('clock', 'started_at is not null')}",
        {("clock", "started_at"), ("clock", "unknown")},
    ),
    "end of a clock": (
        f"update clock set ended = 'never', satisfied_at = null where {one('clock', SATISFIED)}",
        {("clock", "ended"), ("clock", "satisfied_at")},
    ),
    "limit of a clock": (
        f"update clock set time_limit = 'nowhere' where {one('clock')}",
        {("clock", "time_limit")},
    ),
    "clock of another accused": (
        "update clock set prosecution_id = (select max(id) from prosecution), place = 99 "
        f"where {one('clock')}",
        {("clock", ROW)},
    ),
    "charge of another accused": (
        "update charge_fact set prosecution_id = (select max(id) from prosecution) "
        f"where {one('charge_fact')}",
        {("charge_fact", ROW)},
    ),
    **{
        f"{table}, missing": (f"delete from {table} where {one(table)}", {(table, ROW)})
        for table in FACTS
    },
    **{
        f"{table}, closed": (
            f"update {table} set rev_to = rev_from where {one(table)}",
            {(table, ROW)},
        )
        for table in FACTS
    },
    **{f"{table}, twice": (copied(table), {(table, ROW)}) for table in FACTS},
    "prosecution_fact, of nobody": (
        copied("prosecution_fact", prosecution_id="987654"),
        {("prosecution_fact", ROW)},
    ),
    "charge_fact, of nobody": (
        copied("charge_fact", charge_id="987654", prosecution_id="987654"),
        {("charge_fact", ROW)},
    ),
    "charge_fact, of no charge": (
        copied("charge_fact", charge_id="987654"),
        {("charge_fact", ROW)},
    ),
    "clock, of nobody": (copied("clock", prosecution_id="987654"), {("clock", ROW)}),
    "hearing_fact, of no hearing": (
        copied("hearing_fact", hearing_id="987654"),
        {("hearing_fact", ROW)},
    ),
}


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an invented country once; return its directory."""
    directory = tmp_path_factory.mktemp("country")
    (directory / "demo.ini").write_text(INI, encoding="utf-8")
    ini = str(directory / "demo.ini")
    assert run(["-c", ini, "init"]) == 0
    assert run(["-c", ini, "demo", "--size", "60", "--seed", "3"]) == 0
    return directory


class Site:
    """A copy of the country that a test may falsify."""

    def __init__(self, directory: Path) -> None:
        self.file = directory / "demo.sqlite"
        self.ini = str(directory / "demo.ini")
        self.engine = make_engine(f"sqlite:///{self.file}")

    def sql(self, statement: str) -> int:
        """Write past everything; return how many rows it touched."""
        with sqlite3.connect(self.file) as connection:
            return connection.execute(statement).rowcount

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Return the rows of a query."""
        with sqlite3.connect(self.file) as connection:
            return connection.execute(query).fetchall()

    def differences(self) -> list[FactDifference]:
        """Derive everything again, as the command does."""
        with self.engine.connect() as connection:
            return list(all_differences(connection))

    def mend(self, found: list[FactDifference]) -> None:
        """Mend what was found, as the command does."""
        with make_session_factory(self.engine)() as session:
            begin_writing(session)
            work = Work(session, SYSTEM, "facts:rebuilt")
            for of_hearings in (False, True):
                mend(work, of_hearings, {f.owner for f in found if f.of_hearing is of_hearings})
            session.commit()

    def rebuild(self, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, set]:
        """Run the command; return its exit code and the kinds of differences that it lists."""
        capsys.readouterr()
        code = run(["-c", self.ini, "rebuild", "--format", "json", *options])
        listed = json.loads(capsys.readouterr().out)
        return code, {(found["table"], found["column"]) for found in listed}


@pytest.fixture
def site(country: Path, tmp_path: Path) -> Iterator[Site]:
    """Give a copy of the country."""
    shutil.copytree(country, tmp_path / "copy")
    made = Site(tmp_path / "copy")
    yield made
    made.engine.dispose()


def test_nothing_differs_in_what_was_only_recorded(site, capsys):
    """What an invented country published is what its events say, and there is something of each."""
    assert site.rebuild(capsys) == (0, set())
    for table in FACTS:
        assert site.rows(f"select count(*) from {table} where rev_to is null")[0][0] > 20


@pytest.mark.parametrize(("statement", "expected"), FALSIFIED.values(), ids=FALSIFIED.keys())
def test_what_was_falsified_is_found_and_mended(site, statement, expected):
    """Each falsehood is found, alone; mending closes the false row and leaves the past alone."""
    before = {table: site.rows(f"select count(*) from {table}") for table in FACTS}
    assert site.sql(statement) == 1
    found = site.differences()
    assert {(each.table, each.column) for each in found} == expected
    site.mend(found)
    assert site.differences() == []
    for table in FACTS:
        if "delete" not in statement:
            assert site.rows(f"select count(*) from {table}") >= before[table]


def test_the_command_says_what_it_finds_and_mends_it(site, capsys):
    """One falsehood of each table: the exit code says that something differs until it is mended."""
    falsified = ("stage", "position of a charge", "hearing", "day on which a clock runs out")
    expected = set().union(*(FALSIFIED[name][1] for name in falsified))
    assert {table for table, _ in expected} == set(FACTS)
    for name in falsified:
        assert site.sql(FALSIFIED[name][0]) == 1
    assert site.rebuild(capsys) == (ExitCode.REFUSED, expected)
    assert site.rebuild(capsys, "--mend") == (0, expected)
    assert site.rebuild(capsys) == (0, set())
    revisions = site.rows("select kind from revision order by id desc limit 1")
    assert revisions == [("facts:rebuilt",)]


def test_keys_that_are_out_of_date_are_made_again(site, capsys):
    """As after an upgrade that derives the keys of names and numbers otherwise."""
    keys = (
        "select key from person_name order by id",
        "select normalised from case_number order by id",
    )
    before = [site.rows(query) for query in keys]
    assert site.sql("update person_name set key = 'old' where id % 2") > 20
    assert site.sql("update case_number set normalised = 'old' where id % 2") > 20
    assert site.rebuild(capsys) == (ExitCode.REFUSED, set())
    assert site.rebuild(capsys, "--mend") == (0, set())
    assert [site.rows(query) for query in keys] == before
    assert site.rebuild(capsys) == (0, set())


def test_everything_wrong_at_once_is_counted_and_mended(site, capsys):
    """More differences than are listed are counted all the same, and all are mended."""
    facts = site.sql("update charge_fact set stage = 'nowhere', live = 1 - live")
    assert facts > 60
    site.sql("delete from hearing_fact")
    code, found = site.rebuild(capsys)
    assert (code, found) == (
        ExitCode.REFUSED, {("charge_fact", "stage"), ("charge_fact", "live")}
    )  # fmt: skip
    capsys.readouterr()
    run(["-c", site.ini, "rebuild", "--mend"])
    said = capsys.readouterr().err
    held = site.rows("select count(*) from hearing where not voided")[0][0]
    assert f"hearing_fact.(row): {held:,}" in said
    assert site.rebuild(capsys) == (0, set())


def test_short_stretches_find_the_same(site):
    """Where a stretch ends makes no difference, and no number is between two stretches."""
    site.sql(f"update prosecution_fact set stage = 'nowhere' where {one('prosecution_fact')}")
    site.sql("delete from charge_fact where charge_id % 7 = 0")
    site.sql(FALSIFIED["prosecution_fact, of nobody"][0])
    site.sql(FALSIFIED["charge of another accused"][0])
    with site.engine.connect() as connection:
        whole = list(all_differences(connection))
        assert len(whole) > 10
        assert set(all_differences(connection, size=3)) == set(whole)
        found = list(stretches(connection, Prosecution, 7))
    assert found[0].first is None
    assert found[-1].last is None
    assert [a.last for a in found[:-1]] == [b.first for b in found[1:]]
    assert max(len(stretch.ids) for stretch in found) == 7
    ids = [each for stretch in found for each in stretch.ids]
    assert ids == [row[0] for row in site.rows("select id from prosecution order by id")]


def test_progress_tells_all(site):
    """What is told as done is what there is."""
    done: list[int] = []
    with site.engine.connect() as connection:
        assert list(all_differences(connection, done.append, size=10)) == []
    there = site.rows("select (select count(*) from prosecution) + (select count(*) from hearing)")
    assert [(sum(done),)] == there
