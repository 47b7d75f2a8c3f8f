"""A report on paper: its numbers read back, its fonts inside, nothing fetched, the same bytes."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from dataclasses import replace
from functools import partial
from typing import Any, cast

import pytest
from markupsafe import Markup
from pypdf import PdfReader

from courtwatch.printing import pango, pdf
from courtwatch.printing.breaks import BREAK
from courtwatch.printing.charts import printable
from courtwatch.printing.static_files import RefusedAddress, read_static
from courtwatch.reports import registry, render_csv, render_json
from courtwatch.reports.figure_words import value_text
from courtwatch.reports.model import Frozen
from courtwatch.reports.queries import Reader
from courtwatch.reports.words import plain
from courtwatch.services.fact_filters import FactFilters
from tests.functional.site import NOW
from tests.unit.reports.conftest import opened, record_template, reports_template  # noqa: F401

needs_pango = pytest.mark.skipif(
    bool(pango.missing_packages()),
    reason=f"no Pango: apt-get install {' '.join(pango.missing_packages())}",
)


@pytest.fixture(scope="module")
def report(record_template, tmp_path_factory):  # noqa: F811
    """The report `ends` of the small record."""
    template, _found = record_template
    with opened(template, tmp_path_factory.mktemp("pdf") / "record.sqlite") as session:
        ask = registry.Ask(FactFilters.parse([("jurisdiction", "KH")]))
        return registry.make(session, "ends", ask, Reader())


@pytest.fixture(scope="module")
def printed(report):
    """Its PDF in English."""
    return pdf.render(report, plain)


def words_of(written: bytes) -> str:
    """Return the text of all pages, blanks folded."""
    pages = PdfReader(io.BytesIO(written)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


@needs_pango
class TestPaper:
    def test_says_every_number_of_the_page(self, report, printed):
        """Each figure stands in its row, in the order of its columns."""
        words = words_of(printed)
        compared = 0
        for table in report.tables:
            place = words.index(plain(table.title))
            for row in table.every_row():
                for column, figure in zip(table.columns, row.figures, strict=True):
                    text = value_text(figure, column.kind, plain)
                    if text and not column.kind.is_text:
                        place = words.index(text, place)
                        compared += 1
        assert compared > 20

    def test_side_by_side_nothing_is_lost_either(self, report):
        """A sheet has charts beside tables and halves of tables: rows that fell off are missed."""
        sheet = replace(report, name=next(iter(pdf.SHEETS)))
        words = words_of(pdf.render(sheet, plain))
        for table in sheet.tables:
            place = words.index(plain(table.title))
            for row in table.every_row():
                for column, figure in zip(table.columns, row.figures, strict=True):
                    if text := value_text(figure, column.kind, plain):
                        place = words.index(" ".join(text.split()), place)

    def test_every_page_says_what_it_is(self, report, printed):
        """A page that is torn out still says title, moment and that it is not for publication."""
        pages = PdfReader(io.BytesIO(printed)).pages
        assert len(pages) > 1
        for number, page in enumerate(pages, 1):
            text = page.extract_text()
            assert plain(report.title) in text
            assert "Not for publication" in text
            assert "As known at 20" in text
            assert f"{number} / {len(pages)}" in text

    def test_repeats_the_heads_of_a_table_on_each_page(self, report):
        table = report.tables[0]
        row = table.rows[0]
        long = replace(table, rows=tuple(replace(row, key=str(n)) for n in range(60)), chart=None)
        pages = PdfReader(io.BytesIO(pdf.render(replace(report, tables=(long,)), plain))).pages
        head = plain(table.columns[-1].label)
        found = [page for page in pages if head in " ".join(page.extract_text().split())]
        assert len(found) >= 3

    def test_carries_its_fonts_and_is_the_same_bytes_again(self, report):
        say = partial(plain, language="km")
        written = pdf.render(report, say, "km")
        assert written == pdf.render(report, say, "km")
        fonts = {
            str(font.get_object()["/BaseFont"])
            for page in PdfReader(io.BytesIO(written)).pages
            for font in cast(Any, page)["/Resources"]["/Font"].values()
        }
        assert any("Noto-Sans-Khmer" in font for font in fonts), fonts

    def test_the_identity_of_a_snapshot_stands_on_every_page(self, report):
        frozen = Frozen("F-7K2M9QXA", "0" * 64, NOW)
        provenance = replace(report.provenance, frozen=frozen)
        words = words_of(pdf.render(replace(report, provenance=provenance), plain))
        assert words.count("F-7K2M9QXA") > 2

    def test_reads_no_file_of_the_machine_and_no_network(self):
        for address in ("file:///etc/hostname", "http://127.0.0.1:1/x.png"):
            with pytest.raises(RuntimeError, match="static files of Courtwatch only"):
                pdf._write(f'<img src="{address}">')

    def test_is_imported_only_when_a_pdf_is_made(self):
        """Start-up and the worker do not pay for it."""
        code = "import sys, courtwatch, courtwatch.worker, courtwatch.views.reports as _v\n"
        code += "sys.exit('weasyprint' in sys.modules)"
        subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)


class TestWithoutPango:
    def test_says_what_to_install(self, report, monkeypatch):
        """The exact words for apt, of what is missing only."""
        first, *rest = pango.LIBRARIES
        monkeypatch.setattr(pango, "LIBRARIES", (("libnot-there.so.0", first[1]), *rest))
        pango.missing_packages.cache_clear()
        try:
            with pytest.raises(pango.PdfProblem, match=r"apt-get install libpango-1\.0-0\b"):
                pdf.render(report, plain)
        finally:
            monkeypatch.undo()
            pango.missing_packages.cache_clear()


class TestBounds:
    def test_what_is_too_large_is_refused_with_a_way_out(self, report, monkeypatch):
        monkeypatch.setattr(pdf, "MOST_CELLS", 10)
        monkeypatch.setattr(pdf, "what_to_install", lambda: None)
        with pytest.raises(pango.PdfProblem, match="at most 10.*XLSX"):
            pdf.render(report, plain)

    def test_breaks_are_in_the_page_and_never_in_the_data(self, report):
        say = partial(plain, language="km")
        assert BREAK in pdf.page(report, say, "km")
        assert BREAK not in render_csv.render(report, say)
        assert BREAK not in render_json.render(report, say)

    def test_only_static_files_have_an_address(self):
        assert read_static("static:noto-sans-khmer-400.woff2")[:4] == b"wOF2"
        for address in ("static:../settings.py", "static:", "file:///etc/passwd", "manifest.json"):
            with pytest.raises(RefusedAddress):
                read_static(address)


class TestCharts:
    def test_words_are_taken_out_of_the_drawing_and_keep_their_place(self):
        """Also inside a drawing within the drawing, and at its end."""
        chart = Markup(
            '<svg xmlns="http://www.w3.org/2000/svg" height="100" font-size="14"><rect/>'
            '<text x="10%" y="20">A &amp; <title>long</title></text>'
            '<svg x="50%" y="10" width="20%">'
            '<text x="100%" y="20" text-anchor="end" font-weight="bold">ខ</text></svg></svg>'
        )
        html = str(printable(chart))
        assert "<text" not in html
        assert re.search(
            r'left: 66\.00px; top: 4\.66px;[^>]*translateX\(0%\)">A &amp; </span>', html
        )
        assert re.search(
            r"left: 462\.00px; top: 14\.66px;[^>]*bold;[^>]*translateX\(-100%\)\">ខ</span>", html
        )
