"""What every kind of figure looks like in text, CSV and JSON: the same numbers and reasons."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from courtwatch.exchange.formulas import reads_as_formula
from courtwatch.reports import render_csv, render_json, render_text, render_xlsx
from courtwatch.reports.figure_words import full_text, interval_text, rests_on
from courtwatch.reports.figures import text_figure
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


    @pytest.mark.parametrize(
        "kind", [ColumnKind.NUMBER, ColumnKind.RATIO, ColumnKind.DAYS, ColumnKind.SHARE]
    )
    def test_what_rounds_to_nothing_has_no_sign(self, kind):
        assert "-" not in full_text(Figure(-0.0004), kind, plain)
        assert "-" in full_text(Figure(-7.0), kind, plain)


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

    def test_several_remarks_are_told_apart_in_the_text(self):
        """Rows of one name, each of another year: a star beside all would say nothing."""
        rows = tuple(replace(TABLE.rows[0], remark=year) for year in ("2025", "2024", "2025"))
        lines = render_text.render(replace(REPORT, tables=(replace(TABLE, rows=rows),)), plain)
        marked = [line.split("  ")[0] for line in lines.splitlines() if "412 days" in line]
        assert [name.rpartition(" ")[2] for name in marked] == ["*1", "*2", "*1"]
        assert "*1 2025" in lines
        assert "*2 2024" in lines

    def test_a_text_of_several_lines_keeps_its_row(self):
        """A court answers in paragraphs: in the text they stand in one line of the table."""
        *numbers, _mark = TABLE.rows[0].figures
        row = replace(TABLE.rows[0], figures=(*numbers, text_figure("First.\nSecond.")))
        report = replace(REPORT, tables=(replace(TABLE, rows=(row,)),))
        lines = render_text.render(report, plain).splitlines()
        (line,) = [each for each in lines if "First." in each]
        assert line.endswith("First. Second.")

    def test_no_words_of_others_steer_the_terminal(self):
        """An answer that moves the cursor up could write other figures over those of the table."""
        *numbers, _mark = TABLE.rows[0].figures
        said = "Held\x1b[9A\x1b[2K 0\x08\x9b\u202e%001\u200b\u1780"
        row = replace(TABLE.rows[0], figures=(*numbers, text_figure(said)), remark="\x1b]0;x\x07")
        told = render_text.render(replace(REPORT, tables=(replace(TABLE, rows=(row,)),)), plain)
        assert not {*told} & {*"\x1b\x07\x08\x9b\u202e"}
        assert "Held[9A[2K 0%001\u200b\u1780" in told

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


def workbook(report):
    """Read a report's workbook again."""
    return load_workbook(io.BytesIO(render_xlsx.render(report, plain)))


def with_words(words):
    """Return the report with these words wherever somebody's words may stand."""
    row = replace(TABLE.rows[0], label=words, remark=words)
    table = replace(TABLE, title=words, subject=words, definition=words, rows=(row,))
    provenance = replace(REPORT.provenance, jurisdiction_name=words, coverage=words)
    return replace(REPORT, tables=(table,), provenance=provenance, notes=(words,))


class TestWorkbook:
    def test_has_a_sheet_for_each_table_and_one_that_says_what_they_rest_on(self):
        """Headings stay in sight; curves have a sheet of their own."""
        book = workbook(REPORT)
        assert book.sheetnames == ["About", "times", "times curve", "flow"]
        assert [sheet.freeze_panes for sheet in book] == ["B2", "B4", "B4", "B4"]
        about = {row[0]: row[1] for row in book["About"].iter_rows(values_only=True)}
        assert about["Counted"] == 12
        assert about["Record reaches to"] == datetime(2026, 1, 1)  # noqa: DTZ001  workbooks know no zones
        assert about["Counted at"] == datetime(2026, 1, 2)  # noqa: DTZ001
        assert "The docket is not known." in str(book["flow"]["A2"].value)
        assert all(d.width >= 8 for s in book for d in s.column_dimensions.values())

    def test_numbers_are_numbers(self):
        """A share is kept exact and shown in per cent; a reason stands where no number is."""
        sheet = workbook(REPORT)["times"]
        headings = [cell.value for cell in sheet[3]]
        place = headings.index("Estimated") + 1
        assert sheet.cell(4, place).value == 0.1234567
        assert sheet.cell(4, place).number_format == "0.0%"
        assert sheet.cell(4, headings.index("Median: n") + 1).value == 1200
        assert "Median: too few" in sheet.cell(5, headings.index("No answer, because") + 1).value

    @settings(max_examples=30)
    @given(
        st.text(min_size=1, max_size=12), st.sampled_from(["=", "+", "-", "@", "\t=", "#N/A", ""])
    )
    @example("\x1f", "")
    def test_words_are_never_a_formula(self, words, start):
        """Whatever a name begins with, the cell is text and says just that."""
        said = render_xlsx._FORBIDDEN_IN_XML.sub("", start + words)
        packed = render_xlsx.render(with_words(start + words), plain)
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            for name in archive.namelist():
                assert b"<f>" not in archive.read(name), name
        cell = load_workbook(io.BytesIO(packed))["times"]["A4"]
        assert cell.data_type == ("s" if said else "inlineStr")
        # XML has one kind of line end.
        assert (cell.value or "") == said.replace("\r\n", "\n").replace("\r", "\n")
        if reads_as_formula(said):
            assert cell.quotePrefix

    def test_the_same_report_gives_the_same_bytes(self):
        """Nothing of the workbook says when it was packed."""
        packed = render_xlsx.render(REPORT, plain)
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            assert {item.date_time for item in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            core = archive.read("docProps/core.xml").decode()
        assert re.findall(r"(\d{4}-\d\d-\d\dT[\d:]+Z)<", core) == ["2026-01-01T00:00:00Z"] * 2

    def test_sheets_have_names_that_a_workbook_takes(self):
        """Long keys, signs that are not allowed, and keys that differ only in capitals."""
        keys = ("a" * 40, "a" * 41, "by[x]:*?/y", "About", "TIMES", "times")
        tables = tuple(replace(REFUSED, key=key) for key in keys)
        names = workbook(replace(REPORT, tables=tables)).sheetnames
        assert len({name.casefold() for name in names}) == 7
        assert all(len(name) <= 31 for name in names)
