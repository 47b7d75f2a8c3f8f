"""What the guides quote of the invented country is what the program says of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from courtwatch.cli import run
from tests.integration.test_demo import INI

CASE_STUDY = Path(__file__).parents[2] / "docs" / "case-study-cook-county.md"
ARMS = {"files held": "held", "dismissed": "dismissed_by_court", "non-suit": "non_suit"}
SAID = {"review": "review", "not marked: missed": "none", "insufficient data": "insufficient"}


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[dict[str, Any]]]:
    """Rows of each table of the report on institutions, of the country that `make run` makes."""
    place = tmp_path_factory.mktemp("country")
    ini, out = place / "demo.ini", place / "institutions.json"
    ini.write_text(INI, encoding="utf-8")
    asked = ["report", "institutions", "--jurisdiction", "XD", "--to", str(out)]
    for words in (["init"], ["demo"], asked):
        assert run(["-c", str(ini), *words]) == 0
    found = json.loads(out.read_text(encoding="utf-8"))
    return {table["key"]: table["rows"] for table in found["tables"]}


def quoted() -> list[tuple[str, ...]]:
    """Return the cells of the case study's table of those that were made to fail."""
    text = CASE_STUDY.read_text(encoding="utf-8").split("| institution | ended so, of |")[1]
    rows = [line for line in text.split("\n\n")[0].splitlines()[2:] if line.startswith("|")]
    return [tuple(cell.strip() for cell in row.strip("|").split("|")) for row in rows]


def row_of(rows: list[dict[str, Any]], province: str) -> dict[str, Any]:
    """Return the figures of the institution of a province."""
    (found,) = [row["figures"] for row in rows if province in row["label"].split()]
    figures: dict[str, Any] = found
    return figures


def number(figure: Mapping[str, Any], digits: int) -> str:
    """Return a figure as the case study writes it."""
    return f"{figure['value']:.{digits}f}"


def test_the_case_study_quotes_the_comparison_as_it_is(tables):
    """A rule that moves the figures moves those that are quoted, too."""
    assert len(quoted()) == 5
    for who, ended, weighted, ratio, mark in quoted():
        place = re.fullmatch(r".*, (\w+): (.*)", who)
        assert place is not None
        province, arm = place.groups()
        row = row_of(tables[ARMS[arm]], province)
        assert ended == f"{row['ended']['value']} of {row['n']['value']}"
        assert weighted == f"{number(row['observed'], 1)}, {number(row['expected'], 1)}"
        value = row["ratio"]
        assert ratio == f"{value['value']:.2f} ({value['lower']:.2f} to {value['upper']:.2f})"
        assert row["mark"]["code"] == SAID[mark]


def test_three_that_were_made_to_fail_are_marked_and_one_answered(tables):
    """And nobody else; so says the guide to the demonstration."""
    marked = {
        (arm, row["label"])
        for arm in ("not_referred", *ARMS.values())
        for row in tables[arm]
        for mark in ("mark", "unresolved_mark")
        if row["figures"][mark]["code"] == "review"
    }
    office = "Prosecution Office of the {} Court of First Instance"
    assert marked == {
        ("held", office.format("Anukor")),
        ("held", office.format("Trasekvong")),
        ("dismissed_by_court", "Mekhalin Provincial Court"),
    }
    assert [row["label"] for row in tables["replies"]] == ["Mekhalin Provincial Court"]
