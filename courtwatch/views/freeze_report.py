"""Freeze a report: what that means, counting it, and keeping it under an identifier."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pyramid.i18n import TranslationStringFactory
from pyramid.request import Request
from pyramid.view import view_config
from sqlalchemy.orm import Session

from courtwatch.commands.parsing import Invalid, parse
from courtwatch.commands.snapshots import FreezeReport
from courtwatch.db import reading
from courtwatch.models import ReportSnapshot
from courtwatch.reports.kinds import Kind, ReportProblem
from courtwatch.reports.moments import UnknownMoment
from courtwatch.reports.snapshots import Words, count, draft, keep
from courtwatch.security.frozen_rights import reads_frozen_words
from courtwatch.services.fact_filters import FilterError
from courtwatch.services.work import Work
from courtwatch.views.forms import submit
from courtwatch.views.reports import ask_of, errors_of, for_everybody, kind_in
from courtwatch.views.resent import sent_before
from courtwatch.views.snapshot_words import question_rows

_ = TranslationStringFactory("courtwatch")


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
            "lines": question_rows(request, planned) if planned is not None else [],
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
