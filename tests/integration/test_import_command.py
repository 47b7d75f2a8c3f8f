"""`courtwatch import`, `batch` and `export`, as a person runs them."""

import csv
import json
from io import StringIO
from pathlib import Path

import pytest

from tests.integration.cook_rows import small_register
from tests.integration.import_site import DATA
from tests.unit.cli.conftest import CommandLine, courtwatch, ini

__all__ = ["courtwatch", "ini"]  # fixtures


@pytest.fixture
def site(courtwatch: CommandLine) -> CommandLine:
    """Give a command line whose database is made."""
    assert courtwatch("init").code == 0
    return courtwatch


@pytest.fixture
def register(tmp_path: Path) -> Path:
    """Give the directory of the small register."""
    return small_register().write(tmp_path / "register")


def test_loads_lists_refuses_twice_and_undoes(
    site: CommandLine, register: Path, tmp_path: Path
) -> None:
    """The whole life of a batch."""
    first = site("import", "cook-county", str(register))
    assert first.code == 0, first.err
    assert "8 read = 8 loaded" in first.out
    assert "courtwatch batch undo 1" in first.err
    assert (tmp_path / "var" / "imports" / "batch-1" / "rejects.csv").is_file()
    again = site("import", "cook-county", str(register))
    assert again.code == 0
    assert "Nothing is new" in again.err
    listed = list(csv.DictReader(StringIO(site("batch", "list", "--format", "csv").out)))
    assert [(row["batch"], row["status"], row["prosecutions"]) for row in listed] == [
        ("1", "published", "8")
    ]
    assert "7 cases voided" in site("batch", "undo", "1").err
    refused = site("batch", "undo", "1")
    assert refused.code == 3
    assert "undone already" in refused.err


def test_a_dry_run_prints_json_and_writes_nothing(site: CommandLine, register: Path) -> None:
    """Machine-readable on stdout, remarks on stderr."""
    result = site("import", "cook-county", str(register), "--dry-run", "--format", "json")
    assert result.code == 0, result.err
    summary = json.loads(result.out)
    assert summary["batch"] is None
    assert summary["tables"]["intake"] == {
        "read": 8, "loaded": 8, "unchanged": 0, "merged": 0, "rejected": 0, "balanced": True,
    }  # fmt: skip
    assert "nothing was written" in result.err
    assert site("batch", "list", "--format", "csv").out.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("cook-county", "nowhere"), 3, "nowhere: there is no such file"),
        (("cook-countie", "."), 3, "cook_county"),
        (("workbook", str(DATA / "ngo_workbook.xlsx")), 3, "Whose data is it?"),
        (("cook-county", str(DATA / "kobo")), 3, "no file for the table 'intake'"),
        (("cook-county",), 2, "PATH"),
    ],
)
def test_says_what_is_wrong_and_leaves_with_the_documented_code(
    site: CommandLine, arguments: tuple[str, ...], code: int, words: str
) -> None:
    """A person can act on the message."""
    result = site("import", *arguments)
    assert (result.code, words in result.err) == (code, True), result.err


def test_exports_what_an_organisation_entered(
    site: CommandLine, register: Path, tmp_path: Path
) -> None:
    """Files, their rows, and a README."""
    site("import", "cook-county", str(register))
    to = tmp_path / "out"
    result = site("export", "--organisation", "cook-county-sao", "--to", str(to), "--format", "csv")
    assert result.code == 0, result.err
    rows = {row["file"]: row["rows"] for row in csv.DictReader(StringIO(result.out))}
    assert rows["accused.csv"] == "8"
    assert (to / "README.txt").is_file()
    again = site("export", "--organisation", "cook-county-sao", "--to", str(to))
    assert again.code == 3
