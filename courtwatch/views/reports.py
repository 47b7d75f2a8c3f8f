"""Reports: the list of them, one as a page, and its CSV and JSON. All say the same numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from courtwatch.reports.figure_words import value_text
from courtwatch.reports.kinds import REPORTS, Kind, ReportProblem, kind_of
from courtwatch.reports.model import Report, ScopeKind, Unit
from courtwatch.reports.moments import UnknownMoment
from courtwatch.reports.queries import Reader
from courtwatch.reports.registry import Ask
from courtwatch.reports.units import RULES, UNITS, sizes_label
from courtwatch.reports.words import INVENTED
from courtwatch.security.permissions import allows
from courtwatch.services.fact_filters import FactFilters, FilterError
from courtwatch.views import report_tables
from courtwatch.views.report_files import as_file, file_endings
from courtwatch.views.report_form import form
from courtwatch.views.report_tables import addresses, content, hint, href
from courtwatch.web.i18n import say_as
from courtwatch.web.page import Action, SummaryRow

_ = TranslationStringFactory("courtwatch")

MEMORY = "courtwatch.report_memory"
INTERVAL_WORDS = _(
    "Where a table does not name another, an interval is the 95 % Wilson interval of the share: "
    "what the count alone leaves open. No interval says anything of what is missing from the "
    "record."
)


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
    address = addresses(request)
    lines = about(found, say)
    as_of = next(line.value for line in lines if line.key == "known_at")
    contents = [content(request, found, table, say) for table in found.tables]

    def drawn() -> str:
        return report_tables.written(request, found, contents, say, asked, as_of)

    # What stands in a table follows from the report, the address, and who may ask courts.
    key = (request.locale_name, request.script_name, request.query_string, tuple(asked),
           tuple(bool(each.asks) for each in contents))  # fmt: skip
    query = f"?{request.query_string}" if request.query_string else ""
    return {
        "report": found,
        "about": [SummaryRow(line.label, line.value) for line in lines],
        "headlines": [
            (
                value_text(head.figure, head.kind, say),
                head.label,
                href(head.figure, address),
                hint(head.figure, head.kind, say),
            )
            for head in found.headlines
        ],
        "contents": contents,
        "tables": Markup(_memory(request).page(found, key, drawn)),  # noqa: S704  a template's
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
        "as_of": as_of,
        "unit_rule": RULES[found.provenance.unit] if found.provenance.sizes else None,
        "sizes": sizes_label(found.provenance.sizes) if found.provenance.sizes else None,
        "unit_words": UNITS[found.provenance.unit],
        "scope_words": SCOPES[found.provenance.scope.kind],
    }
