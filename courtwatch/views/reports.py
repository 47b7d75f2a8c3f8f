"""Reports: the list of them, one as a page, and its CSV and JSON. All say the same numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from pyramid.httpexceptions import HTTPBadRequest, HTTPNotFound
from pyramid.i18n import TranslationStringFactory
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config
from sqlalchemy.orm import Session

from courtwatch.printing.pango import what_to_install
from courtwatch.reports import choices, registry
from courtwatch.reports.about import SCOPES, about
from courtwatch.reports.cache import ReportMemory
from courtwatch.reports.figure_words import interval_text, rests_on, value_text
from courtwatch.reports.kinds import REPORTS, Kind, ReportProblem, kind_of
from courtwatch.reports.model import (
    ColumnKind,
    Figure,
    Opens,
    Report,
    Row,
    RowKind,
    ScopeKind,
    Table,
    Unit,
)
from courtwatch.reports.pictures import Pictures
from courtwatch.reports.queries import Reader, UnknownMoment
from courtwatch.reports.registry import Ask
from courtwatch.reports.units import RULES, UNITS, sizes_label
from courtwatch.reports.words import INVENTED
from courtwatch.security.permissions import allows
from courtwatch.services.fact_filters import UNKNOWN, FactFilters, FilterError
from courtwatch.views import court_replies
from courtwatch.views.report_files import as_file, file_endings
from courtwatch.views.report_form import form
from courtwatch.web.i18n import say_as
from courtwatch.web.page import Action, Cell, Column, SummaryRow

_ = TranslationStringFactory("courtwatch")

MEMORY = "courtwatch.report_memory"
INTERVAL_WORDS = _(
    "An interval is the 95 % Wilson interval of the share: what the count alone leaves open. It "
    "says nothing of what is missing from the record."
)


@dataclass(frozen=True)
class Drawn:
    """A table as the page shows it: words, cells and its chart."""

    table: Table
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    chart: Markup | None
    unknown: str
    shows_definition: bool
    asks: list[Action]


@view_config(
    route_name="reports",
    request_method="GET",
    renderer="reports/index.jinja2",
    permission="report:figure:view",
)
def index(request: Request) -> dict[str, Any]:
    """List the reports."""
    suffix = f"?{request.query_string}" if request.query_string else ""
    return {
        "reports": [
            Action(kind.title, request.route_path("report", report=name) + suffix, kind.lead)
            for name, kind in REPORTS.items()
        ],
        "frozen_href": request.route_path("snapshots")
        if request.has_permission("report:snapshot:view")
        else None,
    }


@view_config(
    route_name="report",
    request_method="GET",
    renderer="reports/report.jinja2",
    permission="report:figure:view",
)
def report(request: Request) -> dict[str, Any]:
    """Show one report; what cannot be answered is refused above the form that asks it."""
    kind = kind_in(request)
    page: dict[str, Any] = {
        "kind": kind,
        "wide": True,
        "values": request.GET,
        "errors": {},
        "report": None,
        "clear_href": request.route_path("report", report=kind.name),
    }
    jurisdiction = _jurisdiction(request)
    official = kind.name == "official"
    page["totals_href"] = _totals_href(request, jurisdiction) if official else None
    page["form"] = form(request, kind, jurisdiction)
    if page["form"].choose:
        return page
    try:
        found = _make(request, kind)
    except (FilterError, ReportProblem, UnknownMoment) as problem:
        request.response.status_int = 400
        page["errors"] = errors_of(problem, kind)
        return page
    return page | shown(request, found)


def _totals_href(request: Request, jurisdiction: str | None) -> str:
    """Return where the official totals are listed that the report sets ours beside."""
    asked = {"jurisdiction": jurisdiction, "as_known_at": request.GET.get("as_known_at", "")}
    query = {name: value for name, value in asked.items() if value}
    return str(request.route_path("reference_totals", _query=query))


@view_config(
    route_name="report_download", request_method="GET", permission="report:figure:download"
)
def download(request: Request) -> Response:
    """Send one report as a file; numbers are never localised."""
    kind = kind_in(request)
    try:
        found = _make(request, kind)
    except (FilterError, ReportProblem, UnknownMoment) as problem:
        say = say_in(request)
        raise HTTPBadRequest(" ".join(map(say, errors_of(problem, kind).values()))) from None
    return as_file(request, found, request.matchdict["format"])


def kind_in(request: Request) -> Kind:
    """Return the kind of report that the address names. Raises HTTPNotFound."""
    try:
        return kind_of(request.matchdict["report"])
    except ReportProblem as problem:
        raise HTTPNotFound(say_in(request)(problem.words)) from None


def say_in(request: Request) -> Callable[[Any], str]:
    """Return what gives the words of a label in the reader's language."""
    return say_as(request, str(request.locale_name))


def _memory(request: Request) -> ReportMemory:
    """Return this process's memory of reports, made on first use."""
    memory: ReportMemory | None = request.registry.get(MEMORY)
    if memory is None:
        memory = ReportMemory(request.settings_.report_cache_seconds)
        request.registry[MEMORY] = memory
    return memory


def _jurisdiction(request: Request, session: Session | None = None) -> str | None:
    """Return the jurisdiction asked for, or the reader's usual one: invented for the invented."""
    asked = request.GET.get("jurisdiction")
    if asked:
        return str(asked)
    return choices.usual_jurisdiction(
        session or request.dbsession, request.identity.invented, Reader(request.actor)
    )


def ask_of(request: Request, session: Session | None = None) -> Ask:
    """Return what the address asks for. Raises FilterError. `session`: to read by, if another."""
    filters = FactFilters.parse(request.GET.items())
    if not filters.jurisdiction:
        usual = _jurisdiction(request, session)
        filters = filters.with_(jurisdiction=usual) if usual else filters
    return Ask(
        filters,
        _word(request, "scope", ScopeKind),
        _word(request, "unit", Unit) or Unit.PROSECUTION,
        request.GET.get("as_known_at", "").strip(),
        options=request.GET,
    )


def _make(request: Request, kind: Kind) -> Report:
    """Make the report that the address asks for. Raises FilterError, ReportProblem and
    UnknownMoment."""
    ask = ask_of(request)
    return registry.make(
        request.dbsession, kind.name, ask, _reader(request), request.now, _memory(request)
    )


def _reader(request: Request) -> Reader:
    return Reader(request.actor, for_everybody(request))


def for_everybody(request: Request) -> bool:
    """Say whether `suppressed=yes` is asked for: a report without small numbers, for everybody.

    Raises FilterError for another word, and for whoever may not.
    """
    asked = request.GET.get("suppressed", "").strip()
    if asked not in ("", "yes", "no"):
        allowed = _("suppressed: “${value}” is not known. Allowed: yes, no.")
        words = _(allowed, mapping={"value": asked})
        raise FilterError({"suppressed": words})
    public: bool = asked == "yes"
    if public and not allows(request.identity, "report:suppressed:view"):
        raise FilterError({"suppressed": _("You may not ask for this.")})
    return public


def _word(request: Request, name: str, words: Any) -> Any:
    text = request.GET.get(name, "").strip()
    if not text:
        return None
    try:
        return words(text)
    except ValueError:
        allowed = ", ".join(word.value for word in words)
        words = _(
            "${name}: “${value}” is not known. Allowed: ${allowed}.",
            mapping={"name": name, "value": text, "allowed": allowed},
        )
        raise FilterError({name: words}) from None


def errors_of(problem: FilterError | ReportProblem | UnknownMoment, kind: Kind) -> dict[str, str]:
    """Return what is wrong with a question, by field."""
    if isinstance(problem, FilterError):
        return problem.problems
    field = "as_known_at" if isinstance(problem, UnknownMoment) else "jurisdiction"
    if isinstance(problem, ReportProblem) and kind.needs:
        field = kind.needs[0]
    return {field: problem.words}


def shown(
    request: Request, found: Report, asked: Sequence[tuple[str, str]] | None = None
) -> dict[str, Any]:
    """Return what the page shows of a finished report. `asked`: what was, if not the address."""
    if asked is None:
        asked = [(name, value) for name, value in request.GET.items() if value]
    say = say_in(request)

    def address(filters: FactFilters) -> str:
        return f"{request.route_path('cases')}?{filters.to_query()}"

    pictures = Pictures(found, say, request.locale_name, address)
    query = f"?{request.query_string}" if request.query_string else ""
    return {
        "report": found,
        "about": [SummaryRow(line.label, line.value) for line in about(found, say)],
        "headlines": [
            (
                value_text(head.figure, head.kind, say),
                head.label,
                _href(head.figure, address),
                _hint(head.figure, head.kind, say),
            )
            for head in found.headlines
        ],
        "tables": [
            _drawn(
                found,
                table,
                pictures,
                say,
                address,
                _opener(request, table, asked),
                court_replies.links(request, found, table),
            )
            for table in found.tables
        ],
        "downloads": [
            Action(
                written.upper(),
                request.route_path("report_download", report=found.name, format=written) + query,
                found.title,
            )
            for written in file_endings()
        ],
        "no_pdf": what_to_install(),
        "interval_words": INTERVAL_WORDS,
        "invented_words": INVENTED,
        "freeze_href": request.route_path("report_freeze", report=found.name) + query
        if request.has_permission("report:snapshot:freeze")
        else None,
        "banner": request.banner_for(found.provenance.invented),
        "as_of": next(line.value for line in about(found, say) if line.key == "known_at"),
        "unit_rule": RULES[found.provenance.unit] if found.provenance.sizes else None,
        "sizes": sizes_label(found.provenance.sizes) if found.provenance.sizes else None,
        "unit_words": UNITS[found.provenance.unit],
        "scope_words": SCOPES[found.provenance.scope.kind],
    }


def _drawn(
    found: Report,
    table: Table,
    pictures: Pictures,
    say: Callable[[Any], str],
    address: Callable[[FactFilters], str],
    opens: Callable[[Row], str | None],
    asks: list[Action],
) -> Drawn:
    title = say(table.title)
    if table.subject is not None:
        title = f"{say(table.subject)}: {title}"
    columns = (
        Column(table.row_label),
        *(Column(column.label, not column.kind.is_text) for column in table.columns),
    )
    unknown = ""
    if table.unknown is not None:
        unknown = f"{say(table.unknown_label)}: {value_text(table.unknown, ColumnKind.SHARE, say)}"
        if table.unknown.denominator:
            unknown += f" ({_hint(table.unknown, ColumnKind.SHARE, say)})"
    return Drawn(
        table,
        title,
        columns,
        tuple(_cells(row, table, say, address, opens(row)) for row in table.every_row()),
        pictures.draw(table),
        unknown,
        table.definition != found.definition,
        asks,
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

    def scorecard(row: Row) -> str | None:
        if row.kind is RowKind.TOTAL or row.key == UNKNOWN:
            return None
        query = [*rest, ("court", row.key)]
        return str(request.route_path("report", report="scorecard", _query=query))

    return scorecard


def _cells(
    row: Row,
    table: Table,
    say: Callable[[Any], str],
    address: Callable[[FactFilters], str],
    href: str | None,
) -> tuple[Cell, ...]:
    return (
        Cell(row.label, href, row.remark or ""),
        *(
            Cell(say(figure.text))
            if column.kind.is_text
            else Cell(
                value_text(figure, column.kind, say),
                _href(figure, address),
                _hint(figure, column.kind, say),
            )
            for column, figure in zip(table.columns, row.figures, strict=True)
        ),
    )


def _hint(figure: Figure, kind: ColumnKind, say: Callable[[Any], str]) -> str:
    """Return what stands below a figure: interval and counts, or why there is no answer.

    Of a count, how many of it are open to the reader.
    """
    if figure.value is None:
        return say(figure.missing)
    # A unit alone on a line of its own would be read as belonging to nothing.
    parts = [interval_text(figure, kind, say).replace(" %", "\N{NO-BREAK SPACE}%")]
    if kind is not ColumnKind.COUNT:
        parts.append(rests_on(figure, say))
    elif figure.behind is not None and figure.behind.visible not in (None, figure.value):
        parts.append(say(_("${n} open to you", mapping={"n": f"{figure.behind.visible:,}"})))
    return "; ".join(part for part in parts if part)


def _href(figure: Figure, address: Callable[[FactFilters], str]) -> str | None:
    if figure.behind is None or figure.behind.visible == 0:
        return None
    return address(figure.behind.filters)
