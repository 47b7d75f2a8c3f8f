"""`courtwatch unresolved` lists what an import left, and what would give it a place."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from courtwatch.cli import run
from courtwatch.cli.exit_codes import ExitCode
from tests.functional.imported import batch_of, imported
from tests.functional.scene import make_case, step
from tests.functional.site import Site


@pytest.fixture
def ini(site: Site, tmp_path: Path) -> Path:
    """Give the settings of a database with two batches that left an entry each."""
    for day in (date(2025, 3, 1), date(2025, 3, 2)):
        made = make_case(site, name="Sok Dara", number=f"{day.day}/2025")
        step(site, made, "receive_complaint", date(2025, 2, 1))
        imported(site, made, "open_trial", day, batch=batch_of(site))
    path = tmp_path / "some.ini"
    path.write_text(
        "[app:main]\nuse = egg:courtwatch\n"
        f"sqlalchemy.url = {site.settings.database_url}\n"
        f"courtwatch.data_directory = {tmp_path}\n",
        encoding="utf-8",
    )
    return path


def output(ini: Path, capsys: Any, *options: str) -> str:
    """Run the command and return what it prints as its result."""
    capsys.readouterr()
    assert run(["-c", str(ini), "unresolved", *options]) == ExitCode.OK
    return str(capsys.readouterr().out)


def test_lists_each_entry_with_what_would_give_it_a_place(ini: Path, capsys: Any) -> None:
    """In codes: no name, no number."""
    text = output(ini, capsys, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["batch"] for row in rows] == ["1", "2"]
    assert {(row["step"], row["stage"]) for row in rows} == {("open_trial", "prosecutor_review")}
    assert all("first_seen:indicted" in row["resolutions"].split() for row in rows)
    assert all("is not possible at" in row["why"] for row in rows)
    assert "Sok Dara" not in text
    assert "1/2025" not in text


def test_one_batch_and_json(ini: Path, capsys: Any) -> None:
    """Only what that import left."""
    (row,) = json.loads(output(ini, capsys, "--batch", "2", "--format", "json"))
    assert (row["batch"], row["from"]) == (2, "2025-03-02")
    assert json.loads(output(ini, capsys, "--batch", "9", "--format", "json")) == []
