"""Send a court the cases behind a figure marked for review, and enter what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.view import view_config

from courtwatch.commands.court_replies import LONGEST, RecordReply, SendCases
from courtwatch.commands.parsing import parse
from courtwatch.models import CourtInquiry, CourtReply, Institution
from courtwatch.reports import registry
from courtwatch.reports.comparison import FILTER_OF
from courtwatch.reports.comparison_tables import POOLED, decision_of
from courtwatch.reports.institution_words import MARKS
from courtwatch.reports.institutions import PERIODS
from courtwatch.reports.law import Law, read_law
from courtwatch.reports.model import Figure, Report, Row, ScopeKind, Table
from courtwatch.reports.moments import UnknownMoment
from courtwatch.reports.queries import Reader
from courtwatch.reports.registry import Ask, ReportProblem
from courtwatch.reports.replies import counted_words
from courtwatch.security.permissions import allows
from courtwatch.services import court_replies as services
from courtwatch.services.court_replies import ENDED, UNRESOLVED
from courtwatch.services.fact_filters import FactFilters, FilterError
from courtwatch.services.labels import named
from courtwatch.services.messages import _
from courtwatch.services.work import Work
from courtwatch.views.forms import submit
from courtwatch.web.dates import format_day
from courtwatch.web.page import Action, Cell, Column, Option, SummaryRow

REVIEW = "review"
LANGUAGES = {"en": _("English"), "km": _("Khmer")}
_MARKED = {"mark": ENDED, "unresolved_mark": UNRESOLVED}


@dataclass(frozen=True)
class Asked:
    """One row of the report, and what of it is marked, of which way to end prosecutions."""

    report: Report
    decision: str
    table: Table
    row: Row
    institution: Institution
    filters: FactFilters
    marks: tuple[str, ...]


def marks_of(table: Table, row: Row) -> tuple[str, ...]:
    """Return what of a row of the report on institutions is marked for review."""
    columns = {column.key: place for place, column in enumerate(table.columns)}
    return tuple(
        mark
        for key, mark in _MARKED.items()
        if key in columns and row.figures[columns[key]].code == REVIEW
    )


def links(request: Request, report: Report, table: Table) -> list[Action]:
    """Return, for those who may send them, the pages of the institutions marked in a table."""
    p = report.provenance
    if report.name != "institutions" or not p.known_at.latest:
        return []
    # A court is asked about the shared record: a figure of one organisation's cases would tell it
    # and every reader of the answer who keeps them.
    if p.scope.kind is ScopeKind.OWN or any(name == "organisation" for name, _v in p.filters):
        return []
    if not allows(request.identity, "report:inquiry:view"):
        return []
    if decision_of(table) is None:
        return []
    # A figure of all years stands in the report of all years: there is what the court is asked.
    key, query = table.key.removesuffix(POOLED), list(request.GET.items())
    if key != table.key:
        query = [(name, value) for name, value in query if name not in PERIODS]
    return [
        Action(
            row.label,
            request.route_path("court_ask", decision=key, institution=row.key, _query=query),
        )
        for row in table.rows
        if marks_of(table, row)
    ]


@view_config(
    route_name="court_ask",
    request_method="GET",
    renderer="reports/court_ask.jinja2",
    permission="report:inquiry:view",
)
def ask(request: Request) -> dict[str, Any]:
    """Show the cases behind a marked figure, as a list that can be printed and sent."""
    return _ask_page(request, _asked(request), {}, {})


@view_config(
    route_name="court_ask",
    request_method="POST",
    renderer="reports/court_ask.jinja2",
    permission="report:inquiry:send",
)
def send(request: Request) -> Any:
    """Record that the court was sent its cases."""
    asked = _asked(request)
    today = request.today(asked.institution.jurisdiction)

    def act(work: Work, command: SendCases) -> str:
        row = services.send_cases(
            work,
            command,
            asked.institution,
            asked.decision,
            asked.marks,
            asked.filters,
            asked.report.provenance.known_at.revision,
            _sent(request, asked).cases,
            today,
        )
        return str(request.route_path("court_inquiry", code=row.public_code))

    return submit(
        request,
        "inquiry:sent",
        lambda: parse(SendCases, request.POST, today),
        act,
        lambda errors: _ask_page(request, asked, request.POST, errors),
        _("It was recorded that the cases were sent."),
        changes=None,
    )


@view_config(
    route_name="court_inquiry",
    request_method="GET",
    renderer="reports/court_inquiry.jinja2",
    permission="report:inquiry:view",
)
def inquiry(request: Request) -> dict[str, Any]:
    """Show what was sent and what was answered, with what was entered before."""
    return _inquiry_page(request, _inquiry(request), {}, {})


@view_config(
    route_name="court_inquiry",
    request_method="POST",
    renderer="reports/court_inquiry.jinja2",
    permission="report:inquiry:send",
)
def answer(request: Request) -> Any:
    """Enter what the court answered; an earlier entry stays readable below it."""
    found = _inquiry(request)
    today = request.today(found.institution.jurisdiction)

    def act(work: Work, command: RecordReply) -> str:
        services.record_reply(work, found, command, today)
        return str(request.route_path("court_inquiry", code=found.public_code))

    return submit(
        request,
        "inquiry:answered",
        lambda: parse(RecordReply, request.POST, today),
        act,
        lambda errors: _inquiry_page(request, found, request.POST, errors),
        _("The answer was recorded."),
        changes=None,  # the answer before stays readable: nothing is overwritten
    )


def _asked(request: Request) -> Asked:
    """Return the row that the address names, of the shared record as it stands now."""
    try:
        filters = FactFilters.parse(request.GET.items()).with_(share_level=None)
        report = registry.make(
            request.dbsession, "institutions", Ask(filters), Reader(request.actor), request.now
        )
        table = report.table(request.matchdict["decision"])
    except (FilterError, ReportProblem, UnknownMoment, KeyError):
        raise HTTPNotFound(_("There is no such figure.")) from None
    decision = decision_of(table)
    if filters.organisation or decision is None or table.key.endswith(POOLED):
        raise HTTPNotFound(_("There is no such figure."))
    code = request.matchdict["institution"]
    row = next((each for each in table.rows if each.key == code), None)
    institution = services.institution_of(request.dbsession, report.provenance.jurisdiction, code)
    if row is None or institution is None:
        raise HTTPNotFound(_("There is no such figure."))
    filters = filters.with_(jurisdiction=report.provenance.jurisdiction)
    return Asked(report, decision, table, row, institution, filters, marks_of(table, row))


def _sent(request: Request, asked: Asked) -> services.Sent:
    law = read_law(request.dbsession, asked.institution.jurisdiction)
    wanted = services.behind(
        asked.filters, _column(asked.institution), asked.row.key, asked.decision, asked.marks,
        _here(law, asked.decision),
    )  # fmt: skip
    return services.cases_to_send(request.dbsession, request.actor, asked.institution, wanted)


def _here(law: Law, decision: str) -> frozenset[str]:
    """Return the stages at which this way of ending is not decided yet."""
    found = (each for each in law.decisions() if each.outcome.name == decision)
    return frozenset().union(*(law.here(each) for each in found))


def _column(institution: Institution) -> str:
    return FILTER_OF[str(institution.kind)]


def _ask_page(
    request: Request, asked: Asked, values: Mapping[str, Any], errors: Mapping[str, Any]
) -> dict[str, Any]:
    figures = dict(zip((c.key for c in asked.table.columns), asked.row.figures, strict=True))
    earlier = services.inquiries_of(request.dbsession, asked.institution, asked.decision)
    return {
        "values": values,
        "errors": errors,
        "institution": named(asked.institution),
        "about": asked.table.title,
        "marked": bool(asked.marks),
        "marks": [
            SummaryRow(_("Ended so"), _mark(figures["mark"])),
            SummaryRow(_("Ratio"), _ratio(figures["ratio"])),
            SummaryRow(_("Unresolved"), _mark(figures["unresolved_mark"])),
            SummaryRow(_("Ratio of unresolved"), _ratio(figures["unresolved_ratio"])),
        ],
        "sent": _sent(request, asked),
        "may_send": allows(request.identity, "report:inquiry:send") and bool(asked.marks),
        "action": request.path_qs,
        "earlier": [
            Action(
                _("Sent on ${day}", mapping={"day": format_day(each.sent_on)}),
                request.route_path("court_inquiry", code=each.public_code),
            )
            for each in earlier
        ],
        "report_href": request.route_path("report", report="institutions"),
        "banner": request.banner_for(asked.report.provenance.invented),
    }


def _mark(figure: Figure) -> Any:
    return MARKS[figure.code or ""]


def _ratio(figure: Figure) -> str:
    if figure.value is None:
        return "–"
    ends = [f"{end:.2f}" for end in (figure.lower, figure.upper) if end is not None]
    return f"{figure.value:.2f}" + (f" ({' – '.join(ends)})" if ends else "")


def _inquiry(request: Request) -> CourtInquiry:
    found = services.inquiry_of(request.dbsession, request.matchdict["code"])
    if found is None:
        raise HTTPNotFound(_("There is no such inquiry."))
    return found


def _inquiry_page(
    request: Request, found: CourtInquiry, values: Mapping[str, Any], errors: Mapping[str, Any]
) -> dict[str, Any]:
    session = request.dbsession
    own = found.organisation_id == request.actor.organisation_id
    may = own and allows(request.identity, "report:inquiry:send")
    law = read_law(session, found.institution.jurisdiction)
    filters = FactFilters.parse([(name, value) for name, value in found.filters])
    wanted = services.behind(
        FactFilters(**{**filters.__dict__, "known_at": found.known_at}),
        _column(found.institution), found.institution.code, found.decision, found.marks.split(),
        _here(law, found.decision),
    )  # fmt: skip
    _revision, who = services.entered(session, request.actor, found)
    about = [
        SummaryRow(_("Institution"), named(found.institution)),
        SummaryRow(_("About"), law.outcome_label(found.decision)),
        SummaryRow(_("Counted"), counted_words(found)),
        SummaryRow(_("As known at"), f"r{found.known_at}"),
        SummaryRow(_("Sent on"), format_day(found.sent_on)),
        SummaryRow(_("Organisation"), named(found.organisation)),
    ]
    if own:
        about.append(SummaryRow(_("Cases behind it, open to the sender"), str(found.cases)))
    if who:
        about.append(SummaryRow(_("Entered by"), who))
    replies = services.replies_of(session, found, closed=True)
    return {
        "values": values,
        "errors": errors,
        "found": found,
        "about": about,
        "sent": services.cases_to_send(session, request.actor, found.institution, wanted),
        "columns": [
            Column(_("Received")), Column(_("Language")), Column(_("Answer")),
            Column(_("Entered")),
        ],
        "rows": [_reply_row(request, reply) for reply in replies],
        "redactions": [
            Action(
                _("Take words out of the answer of ${day}",
                  mapping={"day": format_day(reply.received_on)}),
                request.route_path("redact", kind="reply", row=reply.id),
            )
            for reply in replies
            if may and reply.rev_to is None
        ],
        "may_answer": may,
        "written_in": [Option(code, words) for code, words in LANGUAGES.items()],
        "longest": LONGEST,
        "report_href": request.route_path("report", report="institutions"),
        "banner": request.banner_for(found.institution.jurisdiction.invented),
    }  # fmt: skip


def _reply_row(request: Request, reply: CourtReply) -> list[Any]:
    revision, who = services.entered(request.dbsession, request.actor, reply)
    entered = format_day(revision.at.date())
    return [
        format_day(reply.received_on),
        LANGUAGES[reply.language],
        Cell(
            reply.text,
            hint="" if reply.rev_to is None else _("replaced by a later entry"),
            lang=reply.language,
        ),
        Cell(entered, hint=who or ""),
    ]
