"""Cells for spreadsheets, and the account of an import."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtwatch.exchange.bulk import new_code
from courtwatch.exchange.formulas import safe_cell
from courtwatch.exchange.quality import Fate, Quality, TableCount
from courtwatch.models.meta import CODE_ALPHABET


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+1", "-1+1", "@A1", "|calc", "%0A", " =1", "\ufeff=1", "\x00=1", "\t=1", "\r=",
        "\tx",
    ],
)
def test_makes_a_formula_harmless(text: str) -> None:
    """Also behind what a spreadsheet skips."""
    assert safe_cell(text) == "'" + text.replace("\x00", "")


@pytest.mark.parametrize("value", ["plain", "a=b", "ខ្មែរ", "", -1, 1.5, None, True])
def test_leaves_the_rest_alone(value: object) -> None:
    """Numbers are numbers, also negative ones."""
    assert safe_cell(value) == value


@given(st.text())
def test_no_text_reads_as_a_formula(text: str) -> None:
    """Whatever it is."""
    assert str(safe_cell(text)).lstrip("\ufeff\x00 \t\r\n\u00a0\u200b")[:1] not in set("=+-@|%")


def test_codes_look_like_codes_and_differ() -> None:
    """The form that addresses use."""
    codes = {new_code("C") for _ in range(5_000)}
    assert len(codes) == 5_000
    assert all(len(c) == 10 and set(c[2:]) <= set(CODE_ALPHABET) for c in codes)


class TestQuality:
    def make(self) -> Quality:
        """Return a small account."""
        quality = Quality()
        quality.tables["intake"] = TableCount("intake", "one accused", read=3)
        quality.tables["intake"].fates.update({Fate.LOADED: 2, Fate.REJECTED: 1})
        quality.find("impossible_day", "intake", 7, "arrest_date", "=2109", "left unknown")
        quality.find_many("clock_shift", "intake", "arrest_date", 36_190, "all", "moved")
        return quality

    def test_counts_a_repeated_anomaly_as_often_as_it_stands_for(self) -> None:
        """One line of the list may stand for a whole column."""
        assert self.make().count_of("clock_shift") == 36_190

    def test_says_when_rows_are_missing(self) -> None:
        """The report must not hide it."""
        quality = self.make()
        assert quality.balanced
        assert "3 read = 2 loaded" in quality.text()
        quality.tables["intake"].read = 4
        assert not quality.balanced
        assert "4 read IS NOT" in quality.text()

    def test_lists_every_finding_as_csv_without_formulas(self, tmp_path: Path) -> None:
        """With the number of rows that it stands for."""
        self.make().write_csv(tmp_path / "a.csv")
        with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        assert [row["value"] for row in rows] == ["'=2109", "all"]
        assert rows[1]["rows"] == "36190"
