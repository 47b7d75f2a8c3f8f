"""A report as PDF: the same words and numbers as its page, with its charts, for paper.

The document is made of the finished report alone. WeasyPrint may read our own static files and
nothing else: no network, no file of the machine. The same report gives the same bytes.
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from string import ascii_lowercase
from threading import Lock
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from pyramid.i18n import TranslationStringFactory

from courtwatch.printing.breaks import with_breaks
from courtwatch.printing.charts import printable
from courtwatch.printing.pango import PdfProblem, what_to_install
from courtwatch.reports.about import Line, Say, about, moment_text
from courtwatch.reports.figure_words import below, reasons, value_text
from courtwatch.reports.model import ColumnKind, Report, Row, RowKind, Table
from courtwatch.reports.pictures import Pictures
from courtwatch.reports.quoted import with_language
from courtwatch.reports.words import INVENTED

_ = TranslationStringFactory("courtwatch")

INTERVAL_WORDS = _(
    "An interval is the 95 % Wilson interval of the share: what the count alone leaves open. It "
    "says nothing of what is missing from the record."
)
MOST_CELLS = 4_000
"""What one PDF may hold. Time and memory grow with it: docs/reports.md says how much it takes."""
WIDE_FROM = 15
"""A table with so many columns is printed across: it begins a page, and what follows the next."""

SHEETS = frozenset({"scorecard"})
"""Reports that are handed over on a few sheets: side by side what fits, a definition said once."""
BESIDE = 5
"""A table of at most so many columns stands beside its chart on a sheet, a wider one below."""
SHORT_NAME = 20
"""Letters of a year, a quarter, an age."""
SHORT = 10
"""A table of at most two columns and more rows than this is printed in two halves."""

_one_at_a_time = Lock()
"""A PDF takes a hundred times the memory of its page: two at once are not worth it."""


@dataclass(frozen=True)
class Printed:
    """A table as it is printed."""

    table: Table
    title: str
    rows: tuple[Row, ...]
    drawings: tuple[Markup, ...]
    wide: bool
    definition: str
    named: bool
    """Whether what its rows are takes more than a word: many columns leave no room for it."""
    notes: dict[str, str]
    """What is said below the table, once, by the words: the letters that stand for them."""

    @property
    def parted(self) -> bool:
        """Say whether some rows stand under others, and are moved in."""
        kinds = {row.kind for row in self.rows} - {RowKind.TOTAL}
        return RowKind.DETAIL in kinds and len(kinds) > 1

    @property
    def across(self) -> bool:
        """Say whether the table needs the whole width of a sheet."""
        return len(self.table.columns) > BESIDE

    @property
    def halves(self) -> tuple[tuple[Row, ...], ...]:
        """Return the rows in two lots, to stand side by side; in one where that is no use."""
        if self.drawings or len(self.table.columns) > 2 or len(self.rows) <= SHORT:
            return (self.rows,)
        middle = (len(self.rows) + 1) // 2
        return (self.rows[:middle], self.rows[middle:])


def render(report: Report, say: Say, language: str = "en") -> bytes:
    """Return the report as PDF.

    Raises PdfProblem where Pango is missing or the report is too large for paper.
    """
    missing = what_to_install()
    if missing is not None:
        raise missing
    cells = count_cells(report)
    if cells > MOST_CELLS:
        raise PdfProblem(
            _(
                "This report has ${cells} cells; a PDF holds at most ${most}. Choose fewer courts "
                "or a shorter period, or take it as XLSX, CSV or JSON, which have no limit.",
                mapping={"cells": f"{cells:,}", "most": f"{MOST_CELLS:,}"},
            )
        )
    html = page(report, say, language)
    with _one_at_a_time:
        return _write(html)


def count_cells(report: Report) -> int:
    """Return how many cells the tables of a report have."""
    return sum((len(t.columns) + 1) * len(tuple(t.every_row())) for t in report.tables)


def page(report: Report, say: Say, language: str) -> str:
    """Return the HTML that is printed, with line breaks between Khmer words."""
    title = say(report.title)
    invented = say(INVENTED) if report.provenance.invented else ""
    if invented:
        title = f"{title} ({invented})"
    known = report.provenance.known_at
    moment = say(
        _(
            "As known at ${moment}, r${revision}",
            mapping={"moment": moment_text(known.at), "revision": str(known.revision)},
        )
    )
    frozen = report.provenance.frozen
    if frozen is not None:
        moment = " · ".join([moment, frozen.code, frozen.checksum])
    bare = without_lists(report)
    pictures = Pictures(bare, say, language, lambda filters: "")
    sheet = report.name in SHEETS
    said: dict[str, str] = {}
    text: str = _template().render(
        report=bare,
        title=title,
        invented=invented,
        moment=moment,
        language=language,
        about=_halved(about(report, say)) if sheet else [about(report, say)],
        sheet=sheet,
        tables=[_printed(table, pictures, say, sheet, said) for table in bare.tables],
        interval_words=say(INTERVAL_WORDS),
        share=ColumnKind.SHARE,
        say=say,
        quoting=lambda label: with_language(label, say, with_breaks),
        _=lambda words: say(_(words)),
        value=lambda figure, kind: value_text(figure, kind, say),
        below=lambda figure, kind: below(figure, kind, say),
    )
    return text


def without_lists(report: Report) -> Report:
    """Return the report without the lists behind its figures: paper opens nothing."""

    def row(each: Row) -> Row:
        return replace(each, figures=tuple(replace(f, behind=None) for f in each.figures))

    return replace(
        report,
        headlines=tuple(
            replace(h, figure=replace(h.figure, behind=None)) for h in report.headlines
        ),
        tables=tuple(
            replace(
                table,
                rows=tuple(map(row, table.rows)),
                total=None if table.total is None else row(table.total),
            )
            for table in report.tables
        ),
    )


def _printed(
    table: Table, pictures: Pictures, say: Say, sheet: bool, said: dict[str, str]
) -> Printed:
    title = say(table.title)
    if table.subject is not None:
        title = f"{say(table.subject)}: {title}"
    chart = pictures.draw(table)
    drawings = () if chart is None else printable(chart, sheet)
    definition = say(table.definition)
    if sheet and said.setdefault(definition, title) != title:
        definition = say(_("Defined as in “${table}”.", mapping={"table": said[definition]}))
    wide = not sheet and len(table.columns) >= WIDE_FROM
    rows = tuple(table.every_row())
    named = max((len(say(row.label)) for row in rows), default=0) > SHORT_NAME
    notes = _notes(table, rows, say)
    return Printed(table, title, rows, drawings, wide, definition, named, notes)


def _notes(table: Table, rows: Sequence[Row], say: Say) -> dict[str, str]:
    """Return why cells have no answer, and what is said of several rows, with a letter for each.

    In its cell each of them would make a row four lines high.
    """
    remarks = Counter(say(row.remark) for row in rows if row.remark is not None)
    repeated = [words for words, times in remarks.items() if times > 1]
    return {words: letters(place) for place, words in enumerate([*repeated, *reasons(table, say)])}


def letters(place: int) -> str:
    """Return a, b, ... z, aa, ab, ... for 0, 1, ..."""
    before, last = divmod(place, len(ascii_lowercase))
    return (letters(before - 1) if before else "") + ascii_lowercase[last]


def _halved(lines: Sequence[Line]) -> list[Sequence[Line]]:
    """Return the lines in two lots of about the same length on paper."""
    whole, length = sum(len(line.value) + 40 for line in lines), 0
    for place, line in enumerate(lines):
        length += len(line.value) + 40
        if 2 * length >= whole:
            return [lines[: place + 1], lines[place + 1 :]]
    return [lines]


def _finalize(value: Any) -> Any:
    """Give what is printed its line breaks; markup that was drawn already is left alone."""
    return with_breaks(value) if type(value) is str else value


@cache
def _template() -> Any:
    environment = Environment(
        loader=PackageLoader("courtwatch", "templates/print"),
        autoescape=True,
        finalize=_finalize,
        undefined=StrictUndefined,
    )
    return environment.get_template("report.jinja2")


def _write(html: str) -> bytes:
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import FatalURLFetchingError

    fetcher = _fetcher()
    fonts = FontConfiguration()
    css = files("courtwatch").joinpath("templates/print/report.css").read_text("utf-8")
    style = CSS(string=css, url_fetcher=fetcher, font_config=fonts, base_url="static:")
    # The identifier of a PDF is random otherwise, and the bytes new each time.
    identifier = hashlib.sha256(html.encode()).digest()[:16]
    with _refusing_faults():
        try:
            pdf = HTML(string=html, url_fetcher=fetcher, base_url="static:").write_pdf(
                stylesheets=[style], font_config=fonts, pdf_identifier=identifier
            )
        except FatalURLFetchingError as refused:  # no Exception, so that WeasyPrint passes it on
            raise RuntimeError(str(refused)) from None
    assert isinstance(pdf, bytes)
    return pdf


@cache
def _fetcher() -> Any:
    """Return what WeasyPrint fetches with: our own static files, by their logical names."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    from courtwatch.printing.static_files import read_static

    class OwnFilesOnly(URLFetcher):
        def fetch(self, url: str, headers: Any = None) -> Any:
            try:
                return URLFetcherResponse(url, read_static(url))
            except LookupError as refused:
                raise FatalURLFetchingError(str(refused)) from None

    return OwnFilesOnly()


@contextmanager
def _refusing_faults() -> Iterator[None]:
    """Raise what WeasyPrint only logs: a chart that is left out would be missed by nobody."""
    found: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(record.getMessage())

    logger = logging.getLogger("weasyprint")
    keeper = Keeper(logging.ERROR)
    logger.addHandler(keeper)
    try:
        yield
    finally:
        logger.removeHandler(keeper)
    if found:
        raise RuntimeError(f"the PDF would be incomplete: {found[0]}")
