"""Printed results: aligned for eyes, exact for programs, harmless for spreadsheets."""

import csv
import io
import json
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courtwatch.cli.output import Format, progress, write_record, write_rows

COLUMNS = ("name", "count")


def test_text_aligns_khmer_by_what_a_terminal_shows(capsys: pytest.CaptureFixture[str]) -> None:
    """Vowel signs above and below a consonant take no column."""
    write_rows(COLUMNS, [("ភ្នំពេញ", 5), ("abc", 12)], Format.TEXT)
    assert capsys.readouterr().out.splitlines() == [
        "name   count",
        "ភ្នំពេញ      5",
        "abc       12",
    ]


def test_csv_makes_a_formula_harmless_and_leaves_numbers_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A cell that a spreadsheet would run arrives as text; -1 stays a number."""
    write_rows(COLUMNS, [("=1+1", -1)], Format.CSV)
    assert capsys.readouterr().out == "name,count\n'=1+1,-1\n"


def test_json_keeps_khmer_readable_and_dates_exact(capsys: pytest.CaptureFixture[str]) -> None:
    """Other programs read it, and people can."""
    write_record({"name": "ភ្នំពេញ", "day": date(2024, 5, 1)}, Format.JSON)
    out = capsys.readouterr().out
    assert "ភ្នំពេញ" in out
    assert json.loads(out)["day"] == "2024-05-01"


@given(
    rows=st.lists(
        st.tuples(
            st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\0")),
            st.integers(),
        ),
        max_size=5,
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_csv_loses_nothing_but_gains_an_apostrophe(
    capsys: pytest.CaptureFixture[str], rows: list[tuple[str, int]]
) -> None:
    """Whatever the text (quotes, commas, line breaks), every cell can be read back."""
    capsys.readouterr()
    write_rows(COLUMNS, rows, Format.CSV)
    read = list(csv.reader(io.StringIO(capsys.readouterr().out, newline="")))[1:]
    assert [(text.removeprefix("'"), int(count)) for text, count in read] == [
        (text.removeprefix("'"), count) for text, count in rows
    ]


def test_progress_is_silent_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    """A log is not filled with bars."""
    with progress("Loading", 3) as advance:
        advance(3)
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""
