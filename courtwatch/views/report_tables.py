"""The tables of a report as a page shows them: charts, cells, and where their figures lead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup
from pyramid.i18n import TranslationStringFactory
from pyramid.renderers import render
from pyramid.request import Request

from courtwatch.reports.figure_words import below, value_text
from courtwatch.reports.kinds import kind_of
from courtwatch.reports.model import ColumnKind, Figure, Opens, Report, Row, RowKind, Table
from courtwatch.reports.pictures import Pictures
from courtwatch.reports.quoted import with_language
from courtwatch.reports.words import INVENTED
from courtwatch.services.fact_filters import UNKNOWN, FactFilters
from courtwatch.views import court_replies
from courtwatch.web.page import Action, Cell, Column

_ = TranslationStringFactory("courtwatch")
Say = Callable[[Any], str]
Address = Callable[[FactFilters], str]


@dataclass(frozen=True)
class Content:
    """What the list of contents says of a table; `asks` lead to the courts that may be asked."""

    table: Table
    title: str
    asks: list[Action]


@dataclass(frozen=True)
class Drawn:
    """A table as the page shows it: words, cells and its chart.

    `own_definition`: it is not that of the report, which paper has once.
    """

    table: Table
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    chart: Markup | None
    unknown: str
    own_definition: bool
    asks: list[Action]


def content(request: Request, found: Report, table: Table, say: Say) -> Content:
    """Return what the list of contents says of a table."""
    title = say(table.title)
    if table.subject is not None:
        title = f"{say(table.subject)}: {title}"
    return Content(table, title, court_replies.links(request, found, table))


def written(
    request: Request,
    found: Report,
    contents: Sequence[Content],
    say: Say,
    asked: Sequence[tuple[str, str]],
    as_of: str,
) -> str:
    """Write the tables of a report as HTML: what takes the time of a long page."""
    address = addresses(request)
    pictures = Pictures(found, say, request.locale_name, address)
    values = {
        "tables": [
            _drawn(found, each, pictures, say, address, _opener(request, each.table, asked))
            for each in contents
        ],
        "report": found,
        "as_of": as_of,
        "invented_words": INVENTED,
    }
    return str(render("courtwatch:templates/reports/tables.jinja2", values, request))


def _drawn(
    found: Report,
    content: Content,
    pictures: Pictures,
    say: Say,
    address: Address,
    opens: Callable[[Row], str | None],
) -> Drawn:
    table = content.table
    columns = (
        Column(table.row_label),
        *(Column(column.label, not column.kind.is_text) for column in table.columns),
    )
    unknown = ""
    if table.unknown is not None:
        unknown = f"{say(table.unknown_label)}: {value_text(table.unknown, ColumnKind.SHARE, say)}"
        if table.unknown.denominator:
            unknown += f" ({hint(table.unknown, ColumnKind.SHARE, say)})"
    return Drawn(
        table,
        content.title,
        columns,
        tuple(_cells(row, table, say, address, opens(row)) for row in table.every_row()),
        pictures.draw(table),
        unknown,
        table.definition != found.definition,
        content.asks,
    )


def _opener(
    request: Request, table: Table, asked: Sequence[tuple[str, str]]
) -> Callable[[Row], str | None]:
    """Return what says where a row of a table leads: its case, or the scorecard of its court."""
    if table.opens is None:
        return lambda row: None
    if table.opens is Opens.CASE:
        return lambda row: str(request.route_path("case", case=row.key))
    # A scorecard asks for its court alone, under the same filters.
    left = {"court", "unit", *(option.name for option in kind_of("scorecard").options)}
    rest = [(name, value) for name, value in asked if name not in left]
    path = request.route_path("report", report="scorecard", _query=rest)
    more = "&" if rest else "?"

    def scorecard(row: Row) -> str | None:
        if row.kind is RowKind.TOTAL or row.key == UNKNOWN:
            return None
        return f"{path}{more}{urlencode({'court': row.key})}"

    return scorecard


def _cells(
    row: Row, table: Table, say: Say, address: Address, opened: str | None
) -> tuple[Cell, ...]:
    return (
        Cell(row.label, opened, "" if row.remark is None else with_language(row.remark, say)),
        *(
            Cell(with_language(figure.text, say))
            if column.kind.is_text
            else Cell(
                value_text(figure, column.kind, say),
                href(figure, address),
                hint(figure, column.kind, say),
            )
            for column, figure in zip(table.columns, row.figures, strict=True)
        ),
    )


def hint(figure: Figure, kind: ColumnKind, say: Say) -> str:
    """Return what stands below a figure: interval and counts, or why there is no answer.

    Of a count, how many of it are open to the reader.
    """
    if figure.value is None:
        return say(figure.missing)
    told = "; ".join(below(figure, kind, say))
    if (
        kind is ColumnKind.COUNT
        and figure.behind is not None
        and figure.behind.visible not in (None, figure.value)
    ):
        opens = say(_("${n} open to you", mapping={"n": f"{figure.behind.visible:,}"}))
        # Paper opens nothing.
        return Markup('{}<span class="cw-no-print">{}</span>').format(told and f"{told}; ", opens)
    return told


def addresses(request: Request) -> Address:
    """Return what says where the list of cases stands that filters choose."""
    path = request.route_path("cases")
    return lambda filters: f"{path}?{filters.to_query()}"


def href(figure: Figure, address: Address) -> str | None:
    """Return where the cases of a figure are listed; None where none opens."""
    if figure.behind is None or figure.behind.visible == 0:
        return None
    return address(figure.behind.filters)
