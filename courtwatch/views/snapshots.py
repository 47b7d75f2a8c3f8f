"""Frozen reports: freeze one, list them, show one as it was and as the record gives it today."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pyramid.httpexceptions import HTTPBadRequest, HTTPNotFound
from pyramid.i18n import TranslationStringFactory
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config
from sqlalchemy.orm import Session

from courtwatch.commands.parsing import Invalid, parse
from courtwatch.commands.snapshots import FreezeReport
from courtwatch.db import reading
from courtwatch.models import ReportSnapshot
from courtwatch.printing.pango import what_to_install
from courtwatch.reports.about import NO_FILTER, SCOPES, moment_text, pairs_text
from courtwatch.reports.kinds import REPORTS, Kind, ReportProblem
from courtwatch.reports.model import ScopeKind, Unit
from courtwatch.reports.queries import UnknownMoment
from courtwatch.reports.snapshot_figures import Difference
from courtwatch.reports.snapshot_list import (
    frozen_by,
    may_open,
    snapshot_by_code,
    snapshots_for,
    who_froze,
)
from courtwatch.reports.snapshots import Words, count, draft, drift, figures_readable, keep, verify
from courtwatch.reports.units import UNITS
from courtwatch.security.frozen_rights import Audience, reads_frozen_words
from courtwatch.services.fact_filters import FilterError
from courtwatch.services.work import Work
from courtwatch.views.forms import submit
from courtwatch.views.report_files import as_file, file_endings
from courtwatch.views.reports import (
    ask_of,
    errors_of,
    for_everybody,
    kind_in,
    say_in,
    shown,
)
from courtwatch.views.resent import sent_before
from courtwatch.web.i18n import LANGUAGES
from courtwatch.web.page import Action, Cell, Column, SummaryRow

_ = TranslationStringFactory("courtwatch")

VIEW = "report:snapshot:view"
MOST_DIFFERENCES = 200
MOST_LISTED = 500
AUDIENCES = {
    Audience.PUBLIC: _("everybody who reads reports and cases here: small numbers are hidden"),
    Audience.NETWORK: _("monitoring organisations"),
    Audience.COORDINATORS: _("coordinators of monitoring organisations"),
    Audience.ORGANISATION: _("your organisation alone"),
    Audience.MINISTRY: _("the ministry"),
    Audience.RESEARCHER: _("researchers"),
}
DIFFERS = _(
    "The record no longer gives the figures that were frozen, so that a file made of it would not "
    "be the snapshot."
)
NOT_READABLE = _(
    "The figures of then are not sent: they were changed in the database, or hold reasons that are "
    "kept from you today."
)


CUT = _("The latest ${n} are listed; older ones open by their identifier.")
LEFT_OUT = _("More that differs and is not shown: ${n}")
NOTHING_DIFFERS = _(
    "Nothing differs: the record as known at ${then} and at ${now} gives the same figures."
)
MOMENTS = _("Frozen as known at ${then}; today is ${now}.")


@view_config(
    route_name="report_freeze",
    renderer="reports/freeze.jinja2",
    permission="report:snapshot:freeze",
)
def freeze_report(request: Request) -> Any:
    """Freeze a report, once the person has read what that means."""
    kind = kind_in(request)
    query = f"?{request.query_string}" if request.query_string else ""

    def page(errors: Mapping[str, Any]) -> dict[str, Any]:
        planned, wrong = _planned(request, kind)
        if wrong:
            request.response.status_int = 400
        return {
            "page_title": _("Freeze this report"),
            "kind": kind,
            "back": request.route_path("report", report=kind.name) + query,
            "lines": _question(request, planned) if planned is not None else [],
            "says": reads_frozen_words(request.actor, request.actor.organisation_id),
            "values": request.POST,
            "errors": {"": list(wrong.values())} if wrong else errors,
            "possible": not wrong,
        }

    if request.method != "POST":
        return page({})

    counted, refused = _counted(request, kind)

    def act(work: Work, command: FreezeReport) -> str:
        if counted is None:
            raise Invalid({"": list(refused.values())})
        snapshot = keep(work, counted, Words(command.title, command.remark))
        return str(request.route_path("snapshot", code=snapshot.code))

    return submit(
        request,
        "report:frozen",
        lambda: parse(FreezeReport, request.POST),
        act,
        page,
        _("The report is frozen."),
        changes=None,
    )


def _planned(request: Request, kind: Kind) -> tuple[ReportSnapshot | None, dict[str, Any]]:
    """Return what would be frozen, or why it can't be."""
    return _as_asked(request, kind, request.dbsession, draft)


def _counted(request: Request, kind: Kind) -> tuple[ReportSnapshot | None, dict[str, Any]]:
    """Count what is to be frozen, or return why it can't be; neither where the form can't be kept.

    On a session of its own that reads, before the request begins to write: counting may take
    seconds, and others write meanwhile.
    """
    try:
        parse(FreezeReport, request.POST)
    except Invalid as problem:
        return None, dict(problem.errors)
    with reading(request.registry) as session:
        if sent_before(request, session):
            return None, {}
        return _as_asked(request, kind, session, count)


def _as_asked(
    request: Request, kind: Kind, session: Session, prepare: Callable[..., ReportSnapshot]
) -> tuple[ReportSnapshot | None, dict[str, Any]]:
    """Prepare what the address asks to freeze, or return why it can't be frozen."""
    language = str(request.locale_name)
    try:
        ask, public = ask_of(request, session), for_everybody(request)
        return prepare(session, request.actor, kind.name, ask, request.now, public, language), {}
    except (FilterError, ReportProblem, UnknownMoment) as problem:
        return None, dict(errors_of(problem, kind))


@view_config(
    route_name="snapshots",
    request_method="GET",
    renderer="reports/snapshots.jinja2",
    permission=VIEW,
)
def snapshots(request: Request) -> dict[str, Any]:
    """List the snapshots that the reader may open."""
    found = snapshots_for(request.dbsession, request.actor, MOST_LISTED)
    return {
        "page_title": _("Frozen reports"),
        "wide": True,
        "columns": [
            Column(_("Identifier")),
            Column(_("Report")),
            Column(_("What was asked")),
            Column(_("As known at")),
            Column(_("Frozen")),
            Column(_("By")),
        ],
        "rows": [
            (
                Cell(each.code, request.route_path("snapshot", code=each.code)),
                Cell(_title(each), hint=_own_title(request, each)),
                _asked(request, each),
                f"r{each.revision_id}",
                moment_text(each.frozen_at),
                frozen_by(request.actor, each),
            )
            for each in found
        ],
        "cut": _(CUT, mapping={"n": str(MOST_LISTED)}) if len(found) == MOST_LISTED else None,
    }


@view_config(
    route_name="snapshot", request_method="GET", renderer="reports/snapshot.jinja2", permission=VIEW
)
def snapshot(request: Request) -> dict[str, Any]:
    """Show a snapshot: its identity, whether it still stands, and the report."""
    found = _found(request)
    verdict = verify(request.dbsession, found, request.now)
    path = request.route_path
    files = [
        Action(
            written.upper(),
            path("snapshot_download", code=found.code, format=written),
            found.code,
        )
        for written in file_endings()
    ]
    figures = Action(_("Figures of then (JSON)"), path("snapshot_figures", code=found.code))
    page = {
        "page_title": _title(found),
        "wide": True,
        "snapshot": found,
        "own_title": _own_title(request, found),
        "redactions": _redactions(request, found),
        "verdict": verdict,
        "citation": _citation(request, found),
        "lines": _lines(request, found),
        "difference_rows": _rows(verdict.differences),
        "difference_columns": _COLUMNS,
        "left_out": _left_out(verdict.differences),
        "today_href": path("snapshot_today", code=found.code)
        if verdict.intact and verdict.readable
        else None,
        "report": None,
        "downloads": [*(files if verdict.same else []), *([figures] if verdict.readable else [])],
    }
    if verdict.report is not None and verdict.intact:
        figures_shown = shown(request, verdict.report, _address_pairs(found))
        page |= {key: value for key, value in figures_shown.items() if key not in page}
        page |= {"report": verdict.report, "freeze_href": None, "no_pdf": what_to_install()}
    return page


@view_config(
    route_name="snapshot_today",
    request_method="GET",
    renderer="reports/snapshot_today.jinja2",
    permission=VIEW,
)
def today(request: Request) -> dict[str, Any]:
    """Show what has become of the frozen figures: the same question, asked today."""
    found = _found(request)
    verdict = verify(request.dbsession, found, request.now)
    drifted = drift(request.dbsession, found, verdict, request.now)
    public = [("suppressed", "yes")] if found.audience == Audience.PUBLIC else []
    query = [pair for pair in _address_pairs(found) if pair[0] != "as_known_at"] + public
    say = say_in(request)
    known_at = drifted.report.provenance.known_at.revision if drifted.report is not None else 0
    moments = {"then": f"r{found.revision_id}", "now": f"r{known_at}"}
    return {
        "page_title": _("Frozen and today"),
        "wide": True,
        "snapshot": found,
        "title": _title(found),
        "drift": drifted,
        "why": say(drifted.why) if drifted.why is not None else "",
        "same_words": _(NOTHING_DIFFERS, mapping=moments),
        "moments": _(MOMENTS, mapping=moments),
        "stands": verdict.same,
        "causes": verdict.causes,
        "difference_rows": _rows(drifted.differences),
        "difference_columns": _COLUMNS,
        "left_out": _left_out(drifted.differences),
        "report_href": request.route_path("report", report=found.report, _query=query),
        "banner": request.banner_for(drifted.report.provenance.invented)
        if drifted.report is not None
        else request.banner,
    }


_COLUMNS = (
    Column(_("Table")),
    Column(_("Row")),
    Column(_("Column")),
    Column(_("Frozen"), True),
    Column(_("Today"), True),
)


def _left_out(differences: Sequence[Difference]) -> Any:
    more = len(differences) - MOST_DIFFERENCES
    return _(LEFT_OUT, mapping={"n": f"{more:,}"}) if more > 0 else None


def _rows(differences: Sequence[Difference]) -> list[tuple[Any, ...]]:
    return [
        (each.table, each.row, each.column, each.then[:80], each.now[:80])
        for each in differences[:MOST_DIFFERENCES]
    ]


@view_config(route_name="snapshot_download", request_method="GET", permission=VIEW)
def download(request: Request) -> Response:
    """Send a snapshot as a file, in the language that it was frozen in.

    As long as the record still gives its figures.
    """
    found = _found(request)
    verdict = verify(request.dbsession, found, request.now)
    if not verdict.same or verdict.report is None:
        say = say_in(request)
        raise HTTPBadRequest(" ".join([say(DIFFERS), *(say(cause) for cause in verdict.causes)]))
    return as_file(request, verdict.report, request.matchdict["format"], found.language)


@view_config(route_name="snapshot_figures", request_method="GET", permission=VIEW)
def figures(request: Request) -> Response:
    """Send the figures as they were frozen, byte by byte: their SHA-256 is the checksum."""
    found = _found(request)
    if not figures_readable(request.dbsession, found):
        raise HTTPBadRequest(say_in(request)(NOT_READABLE))
    invented = "-invented-data" if json.loads(found.figures)["invented"] else ""
    name = f"courtwatch-{found.report}-{found.code}-figures{invented}.json"
    return Response(
        body=found.figures.encode("utf-8"),
        headerlist=[
            ("Content-Type", "application/json; charset=utf-8"),
            ("Content-Disposition", f'attachment; filename="{name}"'),
        ],
    )


def _found(request: Request) -> ReportSnapshot:
    """Return the snapshot of the address. To whom it is not open, it is not there."""
    found = snapshot_by_code(request.dbsession, request.matchdict["code"])
    if found is None or not may_open(request.actor, found):
        raise HTTPNotFound()
    return found


def _title(found: Any) -> Any:
    return REPORTS[found.report].title if found.report in REPORTS else found.report


def _own_title(request: Request, found: Any) -> str:
    """Return what its organisation calls it, to that organisation."""
    return found.title or "" if reads_frozen_words(request.actor, found.organisation_id) else ""


def _address_pairs(found: ReportSnapshot) -> list[tuple[str, str]]:
    """Return the question as an address of the report has it."""
    return [
        *((name, value) for name, value in found.filters),
        *((name, value) for name, value in found.options.items() if value),
        ("scope", found.scope),
        ("unit", found.unit),
        ("as_known_at", str(found.revision_id)),
    ]


def _asked(request: Request, found: Any) -> str:
    """Return the filters and options of a snapshot in words."""
    pairs = [
        *((name, value) for name, value in found.filters if name != "jurisdiction"),
        *((name, value) for name, value in found.options.items() if value),
    ]
    say = say_in(request)
    said = pairs_text(pairs, say) or say(NO_FILTER)
    return f"{', '.join(v for n, v in found.filters if n == 'jurisdiction')}; {said}"


def _question(request: Request, found: ReportSnapshot) -> list[SummaryRow]:
    """Return the lines that say what is frozen, and for whom."""
    languages = {language.code: language.name for language in LANGUAGES}
    return [
        SummaryRow(_("What was asked"), _asked(request, found)),
        SummaryRow(_("Counting unit"), UNITS[Unit(found.unit)]),
        SummaryRow(_("Scope"), SCOPES[ScopeKind(found.scope)]),
        SummaryRow(_("As known at"), f"r{found.revision_id}"),
        SummaryRow(_("Who may open it"), AUDIENCES[Audience(found.audience)]),
        SummaryRow(_("Language of its files"), languages.get(found.language, found.language)),
    ]


def _lines(request: Request, found: ReportSnapshot) -> list[SummaryRow]:
    """Return the identity of a snapshot, with the words of those who froze it where they read."""
    lines = [
        SummaryRow(_("Identifier"), found.code),
        SummaryRow(_("Checksum (SHA-256)"), found.checksum),
        SummaryRow(_("Frozen"), moment_text(found.frozen_at)),
        SummaryRow(_("Frozen by"), who_froze(request.dbsession, request.actor, found)),
        SummaryRow(_("Version of Courtwatch"), found.software),
        *_question(request, found),
    ]
    if found.remark and reads_frozen_words(request.actor, found.organisation_id):
        lines.append(SummaryRow(_("Remark of your organisation"), found.remark))
    return lines


def _redactions(request: Request, found: ReportSnapshot) -> list[Action]:
    """Return where words of a snapshot are taken out, for those who may."""
    own = reads_frozen_words(request.actor, found.organisation_id)
    if not own or not request.has_permission("record:words:redact"):
        return []
    kinds = (
        ("snapshottitle", found.title, _("Redact the title")),
        ("snapshotremark", found.remark, _("Redact the remark")),
    )
    return [
        Action(label, request.route_path("redact", kind=kind, row=found.id))
        for kind, text, label in kinds
        if text
    ]


def _citation(request: Request, found: ReportSnapshot) -> str:
    """Return what to quote: enough to find the figures and to check them."""
    say = say_in(request)
    return say(
        _(
            "Courtwatch, “${title}”, frozen ${day}, record r${revision}, ${code}, SHA-256 ${sum}. "
            "${address}",
            mapping={
                "title": say(_title(found)),
                "day": found.frozen_at.date().isoformat(),
                "revision": str(found.revision_id),
                "code": found.code,
                "sum": found.checksum,
                "address": request.route_url("snapshot", code=found.code),
            },
        )
    )
