"""`procedure publish`, `versions` and `move` from the command line."""

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from courtwatch.cli.exit_codes import ExitCode
from courtwatch.demo import build as demo
from courtwatch.models.engine import begin_writing, make_session_factory
from tests.databases import seeded
from tests.procedures import first_cambodia
from tests.unit.cli.conftest import CommandLine, new_file
from workflows.procedure import load


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with an invented country and both versions of cambodia."""
    path = tmp_path_factory.mktemp("country") / "some.sqlite"
    engine = seeded(path)
    with make_session_factory(engine)() as session:
        begin_writing(session)
        demo.build(session, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1), size=30)
        first_cambodia(session)
        session.commit()
    engine.dispose()
    return path


@pytest.fixture
def made(country: Path, courtwatch: CommandLine, ini: Path) -> CommandLine:
    """The command line on a copy of the country."""
    shutil.copy(country, new_file(ini))
    return courtwatch


@pytest.fixture
def third(tmp_path: Path) -> Path:
    """A file that is version 3 of cambodia."""
    path = tmp_path / "third.yaml"
    path.write_text(load("cambodia").text.replace("\nversion: 2\n", "\nversion: 3\n"), "utf-8")
    return path


def test_publishes_once_and_never_another_text(made: CommandLine, third: Path) -> None:
    """Exit codes: 0 new, 0 the same again, 6 another text or a lower version, 3 faults."""
    first = made("procedure", "publish", str(third), "--format", "json")
    assert (first.code, json.loads(first.out)["new"]) == (ExitCode.OK, True)
    again = made("procedure", "publish", str(third), "--format", "json")
    assert (again.code, json.loads(again.out)["new"]) == (ExitCode.OK, False)
    assert "already" in again.err
    text = third.read_text("utf-8")
    third.write_text(text + "# a word\n", "utf-8")
    other = made("procedure", "publish", str(third))
    assert (other.code, other.out) == (ExitCode.REFUSED, "")
    assert "never changes" in other.err
    third.write_text(text.replace("\nversion: 3\n", "\nversion: 0\n"), "utf-8")
    assert made("procedure", "publish", str(third)).code in (
        ExitCode.REFUSED, ExitCode.BAD_INPUT,
    )  # fmt: skip
    third.write_text(text.replace("\nsteps:", "\nstepps:"), "utf-8")
    assert made("procedure", "publish", str(third)).code == ExitCode.BAD_INPUT


def test_lists_versions_with_their_cases(made: CommandLine) -> None:
    """All procedures, or one; a name that is not there is named with those that are."""
    rows = list(csv.DictReader(io.StringIO(made("procedure", "versions", "--format", "csv").out)))
    cases = {(row["procedure"], row["version"]): int(row["cases"]) for row in rows}
    assert cases["cambodia", "1"] == 0
    assert cases["cambodia", "2"] > 10
    assert ("illinois_felony", str(load("illinois_felony").version)) in cases
    one = json.loads(made("procedure", "versions", "cambodia", "--format", "json").out)
    assert [row["version"] for row in one] == [1, 2]
    unknown = made("procedure", "versions", "atlantis")
    assert unknown.code == ExitCode.BAD_INPUT
    assert "cambodia, " in unknown.err


def test_moves_only_when_told_to(made: CommandLine, third: Path) -> None:
    """Without --apply nothing is written and it says so; counts come first."""
    made("procedure", "publish", str(third))
    options = ("--from", "cambodia/2", "--to", "cambodia/3", "--format", "json")
    listed = made("procedure", "move", *options)
    counts = json.loads(listed.out)["counts"]
    assert counts["applied"] is False
    assert counts["cases"] == counts["cases_that_move"] > 10
    assert on(made, 3) == 0
    done = made("procedure", "move", *options, "--apply")
    assert json.loads(done.out)["counts"] == counts | {"applied": True}
    assert on(made, 3) == counts["cases"]
    assert on(made, 2) == 0
    assert made("rebuild").code == ExitCode.OK


def test_moves_the_cases_named_and_prints_what_changes(made: CommandLine) -> None:
    """The text begins with counts; CSV is one table, with the figures beside it."""
    options = ("--from", "cambodia/2", "--to", "cambodia/1")
    plan = json.loads(made("procedure", "move", *options, "--format", "json").out)
    assert plan["changes"]
    text = made("procedure", "move", *options)
    assert text.out.startswith("applied: no\ncases: ")
    assert "add --apply" in text.err
    table = made("procedure", "move", *options, "--format", "csv")
    assert len(list(csv.DictReader(io.StringIO(table.out)))) == len(plan["changes"])
    assert f"cases: {plan['counts']['cases']}\n" in table.err
    code = plan["changes"][0]["case"]
    made("procedure", "move", *options, "--case", code, "--also-with-unresolved", "--apply")
    assert on(made, 1) == 1
    again = made("procedure", "move", *options, "--case", code)
    assert again.code == ExitCode.REFUSED
    assert code in again.err


def test_a_version_that_is_not_there_is_named(made: CommandLine) -> None:
    """With those that are."""
    result = made("procedure", "move", "--from", "cambodia/2", "--to", "cambodia/9")
    assert result.code == ExitCode.BAD_INPUT
    assert "cambodia/1, cambodia/2" in result.err


def on(command: CommandLine, version: int) -> int:
    """Return how many cases are on a version of cambodia."""
    rows = json.loads(command("procedure", "versions", "cambodia", "--format", "json").out)
    return int(next(row["cases"] for row in rows if row["version"] == version))
