"""A report as a workbook: a sheet that says what it rests on, then one sheet for each table.

Numbers are numbers and dates are dates, so that a spreadsheet can go on with them; everything
else is text, also where it looks like a formula. The same report gives the same bytes.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from pyramid.i18n import TranslationStringFactory

from courtwatch.exchange.formulas import reads_as_formula
from courtwatch.reports.about import Say, about, data_label, moment_text
from courtwatch.reports.model import (
    ColumnKind,
    Curve,
    Figure,
    Label,
    Provenance,
    Report,
    RowKind,
    Table,
)

_ = TranslationStringFactory("courtwatch")

ABOUT_SHEET = "About"
"""Names of sheets are codes: they do not change with the language."""
HEADING_ROW = 3
"""Of a table's sheet: above it stand its title and whose figures they are, of which moment."""
_NAME_LENGTH = 31
_FORBIDDEN_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
_FORBIDDEN_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_CELL_LENGTH = 32_767
_WIDEST, _NARROWEST = 60, 8
_PACKED_ON = (1980, 1, 1, 0, 0, 0)
"""The day that entries of the archive carry: when it was packed is nothing of the report."""

_COUNTS = "#,##0"
_SHARES = "0.0%"
_FORMATS = {
    ColumnKind.COUNT: _COUNTS,
    ColumnKind.SHARE: _SHARES,
    ColumnKind.PROBABILITY: _SHARES,
    ColumnKind.DAYS: _COUNTS,
    ColumnKind.RATIO: "0.00",
    ColumnKind.NUMBER: "0.0",
    ColumnKind.P_VALUE: "0.000",
}
_DAY, _MOMENT, _TEXT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "@"

LOWER = _("${column}: lower end of the 95 % interval")
UPPER = _("${column}: upper end of the 95 % interval")
NUMERATOR = _("${column}: so many")
DENOMINATOR = _("${column}: of")
RESTS_ON = _("${column}: n")
CODE = _("Code")
REMARK = _("Remark")
NO_ANSWER = _("No answer, because")


@dataclass(frozen=True)
class _Column:
    """One column of a sheet: its heading, how its numbers are written, and its values."""

    heading: str
    form: str
    values: tuple[Any, ...]


def render(report: Report, say: Say) -> bytes:
    """Return the workbook as bytes."""
    from openpyxl import Workbook

    book = Workbook()
    del book[book.sheetnames[0]]
    writer = _Writer(book)
    sheets = _sheet_names(report)
    _about(writer, report, say, sheets)
    for table in report.tables:
        _table(writer, report, table, say, sheets[table.key])
        if table.curves:
            _curves(writer, report, table, say, sheets[f"{table.key} curve"])
    at = report.provenance.known_at.at or datetime(1980, 1, 1, tzinfo=UTC)
    book.properties.creator = "Courtwatch"
    book.properties.title = say(report.title)
    book.properties.created = _plain_moment(at)
    packed = io.BytesIO()
    book.save(packed)
    return _packed_again(packed, _plain_moment(at))


class _Writer:
    """Writes cells. Whatever is no number, day or moment is text, and nothing is a formula."""

    def __init__(self, book: Any) -> None:
        from openpyxl.styles import Alignment, Font

        self.book = book
        self._bold = Font(bold=True)
        self._wrapped = Alignment(wrap_text=True, vertical="top")

    def sheet(self, name: str) -> Any:
        """Add a sheet."""
        return self.book.create_sheet(name)

    def put(
        self, sheet: Any, row: int, column: int, value: Any, form: str = "", bold: bool = False,
        wrapped: bool = False,
    ) -> None:  # fmt: skip
        """Write one cell; None and '' stay empty."""
        if value is None or value == "":
            return
        cell = sheet.cell(row, column)
        if isinstance(value, datetime):
            cell.value, cell.number_format = _plain_moment(value), _MOMENT
        elif isinstance(value, date):
            cell.value, cell.number_format = value, _DAY
        elif isinstance(value, (int, float)):
            cell.value, cell.number_format = value, form or "General"
        else:
            text = _FORBIDDEN_IN_XML.sub("", str(value))[:_CELL_LENGTH]
            cell.value = text
            cell.data_type, cell.number_format = "s", _TEXT
            # A spreadsheet asks again what a cell is when somebody edits it.
            cell.quotePrefix = reads_as_formula(text)
        if bold:
            cell.font = self._bold
        if wrapped:
            cell.alignment = self._wrapped


def _sheet_names(report: Report) -> dict[str, str]:
    """Return the name of each table's sheet: its key, cut to what a workbook takes, once each."""
    taken = {ABOUT_SHEET.casefold()}
    found: dict[str, str] = {}
    for table in report.tables:
        for key in (table.key, *((f"{table.key} curve",) if table.curves else ())):
            base = _FORBIDDEN_IN_NAMES.sub("_", key)
            name, place = base[:_NAME_LENGTH], 1
            while name.casefold() in taken:
                place += 1
                name = f"{base[: _NAME_LENGTH - len(str(place)) - 1]}~{place}"
            taken.add(name.casefold())
            found[key] = name
    return found


def _about(writer: _Writer, report: Report, say: Say, sheets: dict[str, str]) -> None:
    """Write what every figure rests on, what opens the report, and what each sheet holds."""
    sheet = writer.sheet(ABOUT_SHEET)
    lines: list[tuple[Any, ...]] = [(say(report.title),), (say(report.lead),), ()]
    typed = _typed(report.provenance)
    lines += [(say(each.label), typed.get(each.key, each.value)) for each in about(report, say)]
    if report.provenance.known_at.at is not None:
        lines.append((say(_("Moment of that revision (UTC)")), report.provenance.known_at.at))
    lines += [("", say(each)) for each in (*report.warnings, *report.notes)]
    row = 0
    for row, line in enumerate(lines, 1):
        for column, value in enumerate(line, 1):
            writer.put(sheet, row, column, value, _COUNTS, bold=row == 1, wrapped=column == 2)
    headings = [
        say(_("Sheet or figure")), say(_("What it is")), "n", say(_("Not known")),
        say(_("Not known: share")), say(LOWER).replace("${column}: ", ""),
        say(UPPER).replace("${column}: ", ""), say(_("so many")), say(_("of")),
        say(_("Definition")), say(_("Remark")),
    ]  # fmt: skip
    row += 2
    heading_row = row
    for column, text in enumerate(headings, 1):
        writer.put(sheet, row, column, text, bold=True, wrapped=True)
    for head in report.headlines:
        row += 1
        figure = head.figure
        parts = (figure.lower, figure.upper, figure.numerator, figure.denominator)
        form = _FORMATS.get(head.kind, "")
        writer.put(sheet, row, 1, head.key)
        writer.put(sheet, row, 2, say(head.label), wrapped=True)
        writer.put(sheet, row, 3 if head.kind is ColumnKind.COUNT else 5, figure.value, form)
        for column, value in enumerate(parts, 6):
            writer.put(sheet, row, column, value, form if column < 8 else _COUNTS)
        writer.put(sheet, row, 11, say(figure.missing) if figure.value is None else "")
    for table in report.tables:
        row += 1
        unknown = table.unknown
        writer.put(sheet, row, 1, sheets[table.key])
        writer.put(sheet, row, 2, _title(table, say), wrapped=True)
        writer.put(sheet, row, 3, table.n, _COUNTS)
        if unknown is not None:
            writer.put(sheet, row, 4, say(table.unknown_label), wrapped=True)
            parts = (unknown.lower, unknown.upper, unknown.numerator, unknown.denominator)
            for column, value in enumerate((unknown.value, *parts), 5):
                writer.put(sheet, row, column, value, _SHARES if column < 8 else _COUNTS)
        writer.put(sheet, row, 10, say(table.definition), wrapped=True)
        words = (table.heading, table.refused, *table.notes)
        writer.put(sheet, row, 11, " ".join(say(each) for each in words if each), wrapped=True)
    sheet.freeze_panes = "B2"
    for letter, width in zip("ABCDEFGHIJK", (28, 60, 10, 24, 12, 12, 12, 10, 10, 60, 60),
                             strict=True):  # fmt: skip
        sheet.column_dimensions[letter].width = width
    _for_print(sheet, heading_row)


def _typed(p: Provenance) -> dict[str, Any]:
    """Return the lines above a report that are a number or a day."""
    found: dict[str, Any] = {} if p.n is None else {"n": p.n}
    if p.data_until is not None:
        found["data_until"] = p.data_until
    if p.known_at.latest:
        found["made_at"] = p.made_at.replace(microsecond=0)
    return found


def _table(writer: _Writer, report: Report, table: Table, say: Say, name: str) -> None:
    rows = list(table.every_row())
    columns = [
        _Column(say(table.row_label), _TEXT, tuple(say(row.label) for row in rows)),
        *_figure_columns(table, say),
        _Column(say(REMARK), _TEXT, tuple(say(row.remark) for row in rows)),
        _Column(say(NO_ANSWER), _TEXT, tuple(_missing(table, row.figures, say) for row in rows)),
        _Column(say(CODE), _TEXT, tuple(row.key for row in rows)),
    ]
    totals = {place for place, row in enumerate(rows) if row.kind is RowKind.TOTAL}
    remark = say(table.refused) if table.refused is not None else ""
    _sheet(writer, report, _title(table, say), say, name, columns, totals, remark)


def _figure_columns(table: Table, say: Say) -> Iterator[_Column]:
    """Return the figures, then interval and counts where a column has them."""
    for place, column in enumerate(table.columns):
        figures = [row.figures[place] for row in table.every_row()]
        if column.kind.is_text:
            yield _Column(say(column.label), _TEXT, tuple(say(f.text) for f in figures))
            continue
        form = _FORMATS[column.kind]
        yield _Column(say(column.label), form, tuple(f.value for f in figures))
        if column.kind is ColumnKind.COUNT:
            continue
        of = DENOMINATOR if column.kind is ColumnKind.SHARE else RESTS_ON
        yield from (
            _Column(_about_column(words, column.label, say), form_, tuple(map(part, figures)))
            for words, form_, part in _parts(form, of)
        )


def _parts(form: str, of: Label) -> tuple[tuple[Label, str, Callable[[Figure], Any]], ...]:
    return (
        (LOWER, form, lambda f: f.lower),
        (UPPER, form, lambda f: f.upper),
        (NUMERATOR, _COUNTS, lambda f: f.numerator),
        (of, _COUNTS, lambda f: f.denominator),
    )


def _about_column(words: Label, column: Label, say: Say) -> str:
    return say(_(words, mapping={"column": say(column)}))


def _missing(table: Table, figures: tuple[Figure, ...], say: Say) -> str:
    """Return why figures of a row have no answer, by column."""
    found = [
        f"{say(column.label)}: {say(figure.missing)}"
        for column, figure in zip(table.columns, figures, strict=True)
        if figure.value is None and not column.kind.is_text and figure.missing is not None
    ]
    return "; ".join(found)


def _curves(writer: _Writer, report: Report, table: Table, say: Say, name: str) -> None:
    """Write every point of a table's curves."""
    points = [point for curve in table.curves for point in _points(curve, say)]
    values = list(zip(*points, strict=True)) or [()] * 8
    headings = (
        (say(_("Curve")), _TEXT), (say(table.x_label), "General"), (say(_("Name")), _TEXT),
        (say(_("Value")), "General"), (say(_("Lower end of the 95 % interval")), "General"),
        (say(_("Upper end of the 95 % interval")), "General"), ("n", _COUNTS), (say(CODE), _TEXT),
    )  # fmt: skip
    columns = [
        _Column(heading, form, tuple(column))
        for (heading, form), column in zip(headings, values, strict=True)
    ]
    _sheet(writer, report, _title(table, say), say, name, columns)


def _points(curve: Curve, say: Say) -> Iterator[tuple[Any, ...]]:
    nothing: tuple[None, ...] = (None,) * len(curve.x)
    for x, name, value, lower, upper, n in zip(
        curve.x, curve.names or nothing, curve.estimate, curve.lower or nothing,
        curve.upper or nothing, curve.n or nothing, strict=True,
    ):  # fmt: skip
        yield say(curve.label), x, name, value, lower, upper, n, curve.key


def _sheet(
    writer: _Writer, report: Report, title: str, say: Say, name: str, columns: list[_Column],
    bold: frozenset[int] | set[int] = frozenset(), remark: str = "",
) -> None:  # fmt: skip
    """Write one sheet: title, whose figures, headings that stay in sight, rows."""
    sheet = writer.sheet(name)
    writer.put(sheet, 1, 1, title, bold=True)
    writer.put(sheet, 2, 1, _line(report.provenance, say, remark))
    # A column without a single value says nothing; the first names the rows.
    shown = [column for place, column in enumerate(columns) if not place or any(
        value not in (None, "") for value in column.values)]  # fmt: skip
    for place, column in enumerate(shown, 1):
        writer.put(sheet, HEADING_ROW, place, column.heading, bold=True, wrapped=True)
        for at, value in enumerate(column.values):
            writer.put(sheet, HEADING_ROW + 1 + at, place, value, column.form, bold=at in bold)
        letter = sheet.cell(HEADING_ROW, place).column_letter
        sheet.column_dimensions[letter].width = _width(column)
    sheet.freeze_panes = f"B{HEADING_ROW + 1}"
    _for_print(sheet, HEADING_ROW)


SMALL_HIDDEN = _("Small numbers are hidden")


def _line(p: Provenance, say: Say, remark: str) -> str:
    """Return whose figures these are, of which moment: a sheet that is copied out says it too."""
    scope = say(p.scope.organisation_name) if p.scope.organisation_name else p.scope.kind.value
    parts = [
        say(data_label(p)),
        f"{say(p.jurisdiction_name)} ({p.jurisdiction})",
        scope,
        f"{moment_text(p.known_at.at)}, r{p.known_at.revision}",
        say(SMALL_HIDDEN if p.suppressed else _("Not for publication")),
        remark,
    ]
    return "; ".join(part for part in parts if part)


def _title(table: Table, say: Say) -> str:
    title = say(table.title)
    return f"{say(table.subject)}: {title}" if table.subject is not None else title


def _width(column: _Column) -> float:
    """Return how wide a column is to be, in letters: its values whole, its heading wrapped."""
    longest = max((_letters(value) for value in column.values), default=0)
    return float(min(max(longest, _letters(column.heading) / 3, _NARROWEST) + 2, _WIDEST))


def _letters(value: Any) -> int:
    """Return how many letters wide a value is; signs that stand on others have no width."""
    if isinstance(value, (int, float)):
        return len(f"{value:,.1f}") if value >= 1 else 7
    return sum(1 for sign in str(value or "") if unicodedata.category(sign) not in ("Mn", "Cf"))


def _for_print(sheet: Any, heading_row: int) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    if heading_row == HEADING_ROW:
        sheet.print_title_rows = f"{heading_row}:{heading_row}"


def _plain_moment(at: datetime) -> datetime:
    """Return a moment as workbooks keep it: UTC, to the second, without a zone."""
    moment = at.astimezone(UTC) if at.tzinfo else at
    return moment.replace(tzinfo=None, microsecond=0)


def _packed_again(packed: io.BytesIO, modified: datetime) -> bytes:
    """Return the workbook without the time of packing: the library writes it in two places."""
    written = io.BytesIO()
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(written, "w") as new:
        for name in sorted(old.namelist()):
            content = old.read(name)
            if name == "docProps/core.xml":
                content = re.sub(
                    rb"(<dcterms:modified[^>]*>)[^<]*",
                    rb"\g<1>" + modified.strftime("%Y-%m-%dT%H:%M:%SZ").encode(),
                    content,
                )
            entry = zipfile.ZipInfo(name, _PACKED_ON)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, content)
    return written.getvalue()
