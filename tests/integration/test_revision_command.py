"""`courtwatch revision list`: who wrote when, newest first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from courtwatch.cli import run
from courtwatch.cli.exit_codes import ExitCode
from tests.functional.site import make_settings
from tests.integration.test_worker import Office


@pytest.fixture
def ini(tmp_path: Path) -> Path:
    """Give the settings of an office whose monitor has opened three cases."""
    office = Office(make_settings(tmp_path))
    for name in ("Sok Dara", "Chea Vuthy", "Chan Thy"):
        office.open(name)
    office.engine.dispose()
    path = tmp_path / "some.ini"
    path.write_text(
        "[app:main]\nuse = egg:courtwatch\n"
        f"sqlalchemy.url = {office.settings.database_url}\n"
        f"courtwatch.data_directory = {tmp_path}\n"
        f"courtwatch.index_directory = {tmp_path}/index\n",
        encoding="utf-8",
    )
    return path


def listed(ini: Path, capsys: pytest.CaptureFixture[str], *options: str) -> list[dict[str, Any]]:
    """Return what `revision list` prints as JSON."""
    capsys.readouterr()
    assert run(["-c", str(ini), "revision", "list", "--format", "json", *options]) == ExitCode.OK
    rows: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return rows


def test_names_organisation_user_and_kind_newest_first(
    ini: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every opened case is one revision; no name of an accused is in the list."""
    rows = listed(ini, capsys)
    opened = [row for row in rows if row["kind"] == "case:opened"]
    assert len(opened) == 3
    assert {(row["organisation"], row["user"]) for row in opened} == {("lotus", "mony")}
    numbers = [row["revision"] for row in rows]
    assert numbers == sorted(numbers, reverse=True)
    assert set(rows[0]) == {"revision", "at", "organisation", "user", "kind"}


def test_the_limit_keeps_the_newest(ini: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One row is the last thing that was written."""
    assert listed(ini, capsys, "--limit", "1") == listed(ini, capsys)[:1]


def test_a_limit_of_nothing_is_refused(ini: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The allowed range is said."""
    assert run(["-c", str(ini), "revision", "list", "--limit", "0"]) == ExitCode.USAGE
    assert "x>=1" in capsys.readouterr().err


def test_a_missing_database_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the command that makes one."""
    path = tmp_path / "empty.ini"
    path.write_text(
        "[app:main]\nuse = egg:courtwatch\nsqlalchemy.url = sqlite:///%(here)s/none.sqlite\n",
        encoding="utf-8",
    )
    assert run(["-c", str(path), "revision", "list"]) == ExitCode.DATABASE
    assert "init" in capsys.readouterr().err
