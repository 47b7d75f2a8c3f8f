"""What every kind of figure looks like in text, CSV and JSON: the same numbers and reasons."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime

import pytest

from courtwatch.reports import render_csv, render_json, render_text
from courtwatch.reports.figure_words import full_text, interval_text, rests_on
from courtwatch.reports.model import (
    Column,
    ColumnKind,
    Curve,
    Figure,
    KnownAt,
    Provenance,
    Report,
    Row,
    Scope,
    ScopeKind,
    Table,
    Unit,
)
from courtwatch.reports.words import plain

CURVE = Curve(
    "judgment", "Judgment", (30.0, 45.5), (0.1, 0.25), (0.05, None), (0.2, 0.4), (100, 80)
)
TABLE = Table(
    "times",
    "Times",
    (
        Column("days", "Median", ColumnKind.DAYS),
        Column("ratio", "O/E", ColumnKind.RATIO),
        Column("excess", "Excess", ColumnKind.NUMBER),
        Column("share", "Estimated", ColumnKind.PROBABILITY),
        Column("mark", "Mark", ColumnKind.MARK),
    ),
    (
        Row(
            "a",
            "A",
            (
                Figure(412.0, None, 1200, 380.0, None),
                Figure(1.274, None, None, 1.1, 1.5),
                Figure(-3.26),
                Figure(0.1234567, None, 87, 0.1, 0.2),
                Figure(None, text="review", code="review"),
            ),
        ),
        Row("b", "B", (*(Figure(None, missing="too few"),) * 4, Figure(None, text="", code=None))),
    ),
    12,
    "How it is counted",
    "Court",
    curves=(CURVE,),
    x_label="days",
)
REFUSED = Table("flow", "Flow", (), (), 0, "Definition", "Row", refused="The docket is not known.")
REPORT = Report(
    "made_up",
    "Made up",
    "Lead",
    Provenance(
        "KH", "Cambodia", False, Unit.PROSECUTION, Scope(ScopeKind.SHARED),
        KnownAt(1, datetime(2026, 1, 1, tzinfo=UTC), True), (), (), "unknown", "p", "rule",
        datetime(2026, 1, 2, tzinfo=UTC), date(2026, 1, 1), 12,
    ),
    (),
    (TABLE, REFUSED),
    "How it is counted",
)  # fmt: skip


class TestFigureWords:
    @pytest.mark.parametrize(
        ("place", "words", "below"),
        [
            (0, "412 days (380 to beyond the record)", "n = 1,200"),
            (1, "1.27 (1.10 to 1.50)", ""),
            (2, "-3.3", ""),
            (3, "12.3 % (10.0 to 20.0 %)", "n = 87"),
            (4, "review", ""),
        ],
    )
    def test_every_kind_has_its_unit_and_interval(self, place, words, below):
        """Days say days; an end that is not reached says so; a number may be negative."""
        figure, kind = TABLE.rows[0].figures[place], TABLE.columns[place].kind
        assert full_text(figure, kind, plain) == words
        assert rests_on(figure, plain) == below

    @pytest.mark.parametrize("kind", [k for k in ColumnKind if not k.is_text])
    def test_without_answer_it_is_a_dash_without_interval(self, kind):
        """A refused figure never shows a number."""
        assert full_text(Figure(None, 3, 4, 0.1, 0.2, missing="too few"), kind, plain) == "–"
        assert interval_text(Figure(None, lower=0.1, upper=0.2), kind, plain) == ""


class TestFormats:
    def test_csv_and_json_have_the_same_exact_numbers(self):
        """Nothing is rounded; a mark is its code; a refused figure has its reason."""
        lines = list(csv.DictReader(io.StringIO(render_csv.render(REPORT, plain))))
        cells = {(x["table"], x["row"], x["column"]): x for x in lines if x["row_kind"] == "part"}
        data = json.loads(render_json.render(REPORT, plain))
        for row in data["tables"][0]["rows"]:
            for key, figure in row["figures"].items():
                if key == "mark":
                    continue
                line = cells["times", row["key"], key]
                for name in ("value", "lower", "upper", "denominator"):
                    assert line[name] == ("" if figure[name] is None else str(figure[name]))
                assert line["missing"] == figure.get("missing", "")
        assert cells["times", "a", "mark"]["value"] == "review"
        assert data["tables"][0]["rows"][0]["figures"]["mark"]["code"] == "review"

    def test_a_curve_has_every_point_in_csv_and_json(self):
        """Both give time, estimate, limits and who is at risk."""
        lines = list(csv.DictReader(io.StringIO(render_csv.render(REPORT, plain))))
        columns = ("row", "column", "value", "lower", "denominator")
        points = [line for line in lines if line["row_kind"] == render_csv.CURVE]
        assert [tuple(point[name] for name in columns) for point in points] == [
            ("judgment", "30", "0.1", "0.05", "100"), ("judgment", "45.5", "0.25", "", "80"),
        ]  # fmt: skip
        (curve,) = json.loads(render_json.render(REPORT, plain))["tables"][0]["curves"]
        assert curve["x"] == [30.0, 45.5]
        assert curve["lower"] == [0.05, None]
        assert curve["n"] == [100, 80]

    def test_why_there_is_no_answer_stands_in_every_format(self):
        """A refused table and a refused figure are words, never an empty place."""
        text = render_text.render(REPORT, plain)
        assert "– too few" in text
        for written in (text, render_csv.render(REPORT, plain), render_json.render(REPORT, plain)):
            assert "The docket is not known." in written
            assert "too few" in written

    def test_a_curve_with_columns_of_different_length_is_refused(self):
        """A shifted column would say something false at every point."""
        with pytest.raises(ValueError, match="equally long"):
            Curve("x", "X", (1.0, 2.0), (0.5,))
