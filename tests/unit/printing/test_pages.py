"""Where a report on paper is cut: no chart through its letters, no heading without its table."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from functools import partial

import pytest
from fontTools.ttLib import TTFont
from pypdf import PageObject, PdfReader

from courtwatch.printing import pdf
from courtwatch.printing.static_files import read_static
from courtwatch.reports.model import (
    ChartKind,
    Column,
    ColumnKind,
    Figure,
    Report,
    Row,
    RowKind,
    Table,
)
from courtwatch.reports.words import plain
from tests.unit.printing.test_pdf import needs_pango, report  # noqa: F401
from tests.unit.reports.conftest import record_template, reports_template  # noqa: F401

WHY = "fewer than thirty were followed"


def table(rows: int, columns: int = 2, **given) -> Table:
    """Make a table of shares of `rows` courts."""
    figure = Figure(0.25, 10, 40, 0.1, 0.5)
    return Table(
        "t", "A table of courts",
        tuple(Column(f"c{n}", f"Column {n}", ColumnKind.SHARE) for n in range(columns)),
        tuple(
            Row(f"r{n}", f"Court number {n:02}", (figure,) * columns) for n in range(rows)
        ),
        rows, "What is counted in this table.", "Court", **given,
    )  # fmt: skip


def pages_of(of: Report, *tables: Table, language: str = "en") -> list[PageObject]:
    """Print a report of these tables."""
    written = pdf.render(replace(of, tables=tables), partial(plain, language=language), language)
    return list(PdfReader(io.BytesIO(written)).pages)


def text_of(page: PageObject) -> str:
    return " ".join(page.extract_text().split())


def smallest(pages: list[PageObject]) -> float:
    """Return the size (pt) of the smallest words: not of a note's letter, nor of what is unseen."""
    sizes: list[float] = []

    def see(text: str, outer: list[float], inner: list[float], _font: object, size: float) -> None:
        scale = math.hypot(outer[0], outer[1]) * math.hypot(inner[2], inner[3])
        if len(text.strip()) > 1 and size * scale > 2:
            sizes.append(size * scale)

    for page in pages:
        page.extract_text(visitor_text=see)
    return min(sizes)


def places(page: PageObject) -> list[tuple[float, str]]:
    """Return how high above the lower edge of a page (pt) each piece of its text stands."""
    found: list[tuple[float, str]] = []

    def see(text: str, outer: list[float], inner: list[float], _font: object, _size: float) -> None:
        if text.strip():
            found.append((outer[3] * inner[5] + outer[5], text.strip()))

    page.extract_text(visitor_text=see)
    return found


@needs_pango
class TestPages:
    def test_a_chart_of_many_rows_is_cut_between_its_drawings(self, report):  # noqa: F811
        """Its letters would run over the number of the page, and out of it."""
        long = table(60, chart=ChartKind.BARS, chart_columns=("c0",))
        pages = pages_of(report, long)
        found = [(y, text) for page in pages for y, text in places(page)]
        below = {text for y, text in found if y < 45}
        assert all(" / " in text or "As known at" in text for text in below), below
        said = " ".join(text_of(page) for page in pages)
        for row in long.rows:
            assert said.count(plain(row.label)) == 2, "in the chart and in the table"

    @pytest.mark.parametrize("name", ["ends", "scorecard"])
    @pytest.mark.parametrize("language", ["en", "km"])
    def test_no_words_are_too_small_to_read(self, report, name, language):  # noqa: F811
        """7 pt, in charts a little less; a scorecard was once set in 5.4 to fit on five pages."""
        drawn = table(6, chart=ChartKind.BARS, chart_columns=("c0",))
        wide = replace(table(3, 9), key="wide")
        pages = pages_of(replace(report, name=name), drawn, wide, language=language)
        assert smallest(pages) >= 6.6

    def test_words_stay_with_their_chart(self, report):  # noqa: F811
        """A heading alone at the end of a page belongs to nothing."""
        one = table(12, chart=ChartKind.BARS, chart_columns=("c0",))
        for filling in range(20, 40, 4):
            first = replace(table(filling), key="first", title="Before it")
            pages = [text_of(page) for page in pages_of(report, first, one)]
            place = next(n for n, page in enumerate(pages) if "A table of courts" in page)
            assert "What is counted in this table." in pages[place]
            assert "25.0 % (10.0 to 50.0 %)" in pages[place]

    def test_only_a_table_of_twenty_columns_is_printed_across(self, report):  # noqa: F811
        """And what follows begins an upright page: its lines would be as long as the paper."""
        wide, after = table(3, 20), replace(table(3, 12), key="after", title="What follows")
        pages = pages_of(report, wide, after)
        across = [float(page.mediabox.width) > 800 for page in pages]
        titled = {name: next(n for n, page in enumerate(pages) if name in text_of(page))
                  for name in (wide.title, after.title)}  # fmt: skip
        assert across[titled["A table of courts"]]
        assert not across[titled["What follows"]]

    def test_why_there_is_no_answer_is_said_once(self, report):  # noqa: F811
        """In each cell it would make a row four lines high."""
        few = table(30)
        rows = tuple(
            replace(row, figures=(row.figures[0], Figure(None, missing=WHY))) for row in few.rows
        )
        said = " ".join(text_of(page) for page in pages_of(report, replace(few, rows=rows)))
        assert said.count(WHY) == 1

    def test_letters_go_on_behind_z(self):
        assert [pdf.letters(n) for n in (0, 25, 26, 51, 52)] == ["a", "z", "aa", "az", "ba"]

    def test_rows_are_moved_in_only_under_others(self, report):  # noqa: F811
        details = tuple(replace(row, kind=RowKind.DETAIL) for row in table(2).rows)
        alone = replace(report, tables=(replace(table(2), rows=details),))
        under = replace(report, tables=(replace(table(2), rows=(*table(1).rows, *details)),))
        assert " parted" not in pdf.page(alone, plain, "en")
        assert " parted" in pdf.page(under, plain, "en")


def test_the_khmer_fonts_have_blanks():
    """Without them lines are laid out with blanks of no width, and printed over the edge."""
    for weight in (400, 700):
        font = TTFont(io.BytesIO(read_static(f"static:noto-sans-khmer-{weight}.woff2")))
        for blank in (" ", "\N{NO-BREAK SPACE}"):
            assert font["hmtx"][font.getBestCmap()[ord(blank)]][0] > 200


@pytest.mark.parametrize("columns", [2, 12])
def test_an_interval_is_not_torn_apart(report, columns):  # noqa: F811
    """'10.0 to' may end a line, '10.0' may not."""
    html = pdf.page(replace(report, tables=(table(2, columns),)), plain, "en")
    assert "10.0\N{NO-BREAK SPACE}to 50.0\N{NO-BREAK SPACE}%" in html
