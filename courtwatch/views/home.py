"""Home: what needs attention, by role."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from courtwatch import labels
from courtwatch.models.vocabulary import Role
from courtwatch.reports.deadline_question import make_question
from courtwatch.reports.queries import Reader
from courtwatch.security.permissions import allows
from courtwatch.services import home as services
from courtwatch.services.deadlines import Deadlines
from courtwatch.services.home import HearingDue
from courtwatch.services.messages import _
from courtwatch.services.work import Work
from courtwatch.services.worklist import STALE_DAYS
from courtwatch.views.forms import submit
from courtwatch.web.dates import format_day, format_moment
from courtwatch.web.page import Action, Cell, Column


@view_config(route_name="home", request_method="GET", renderer="home.jinja2")
def home(request: Request) -> dict[str, Any]:
    """Show what waits for this person."""
    session, actor = request.dbsession, request.actor
    page: dict[str, Any] = {"attention": None, "overview": None, "state": None}
    page["deadlines"] = _deadlines(request)
    if allows(request.identity, "record:case:open"):
        today = {one.id: request.today(one) for one in services.jurisdictions(session)}
        page |= _attention(request, services.attention(session, actor, today))
    elif allows(request.identity, "record:case:list"):
        page["overview"] = services.overview(session, actor)
    if allows(request.identity, "system:state:view"):
        page["state"] = services.system_state(session)
        last = page["state"].last_revision
        page["last_revision"] = format_moment(last) if last else _("Nothing was written yet")
    return {
        **page,
        "role": labels.ROLES[Role(request.identity.role)],
        "links": _links(request),
        "may_go": allows(request.identity, "search:record:use"),
    }


def _deadlines(request: Request) -> dict[str, Any] | None:
    """Return how many persons are over a limit of detention or close to one.

    Of a monitoring organisation's own cases; of all that others may see.
    """
    if not allows(request.identity, "record:deadline:view"):
        return None
    own = allows(request.identity, "record:case:open")
    query = {"organisation": request.identity.organisation_code} if own else {}
    question = make_question(
        request.dbsession, query, request.now, reader=Reader(request.actor)
    )
    if question is None:
        return None
    over, soon = Deadlines(request.dbsession, request.actor, question).count()
    href = request.route_path("deadlines", _query=query)
    return {"over": over, "soon": soon, "days": question.days, "href": href}


def _attention(request: Request, found: services.Attention) -> dict[str, Any]:
    code = request.identity.organisation_code
    cases = request.route_path
    return {
        "attention": found,
        "without_outcome": [_hearing(request, one) for one in found.without_outcome.items],
        "ahead": [_hearing(request, one) for one in found.ahead.items],
        "hearing_columns": [Column(_("Day")), Column(_("Case")), Column(_("Court"))],
        "asked": [
            {
                "case": one.case_code,
                "href": cases("case", case=one.case_code),
                "organisation": one.organisation.name(request.locale_name),
                "contact": one.organisation.contact or "",
                "at": format_moment(one.at),
            }
            for one in found.asked.items
        ],
        "stale_days": STALE_DAYS,
        "stale_href": cases("worklist"),
        "unresolved_href": cases("review"),
        "open_href": cases("cases", _query={"organisation": code, "live": "yes"}),
    }


def _hearing(request: Request, one: HearingDue) -> list[Any]:
    lang = request.locale_name
    day = format_day(one.day) + (f", {one.time}" if one.time else "")
    kind = labels.label(labels.HEARING_KINDS, one.kind)
    return [
        Cell(day, href=request.route_path("hearing_outcome", hearing=one.code), hint=kind),
        Cell(
            one.accused or one.case_code,
            href=request.route_path("case", case=one.case_code),
            hint=one.case_code if one.accused else "",
        ),
        one.court.name(lang) if one.court else "–",
    ]


def _links(request: Request) -> list[Action]:
    offered = (
        (_("Open a case"), "open_case", "record:case:open"),
        (_("Deadlines"), "deadlines", "record:deadline:view"),
        (_("Worklist"), "worklist", "record:worklist:view"),
        (_("Entries to review"), "review", "record:review:view"),
        (_("Cases that look alike"), "duplicates", "record:case:merge"),
        (_("Look for another organisation’s case"), "access_request", "record:case:find"),
        (_("Search"), "search", "search:record:use"),
        (_("Saved searches"), "saved_searches", "search:record:use"),
        (_("Reports"), "reports", "report:figure:view"),
        (_("Procedures: stages, steps and time limits"), "procedures", "reference:procedure:view"),
        (_("Check the record for faults"), "integrity", "integrity:finding:view"),
        (_("Coverage: who watches which court"), "coverage", "coverage:entry:view"),
        (_("Download all that my organisation entered"), "my_data", "organisation:data:download"),
    )
    return [
        Action(label, request.route_path(route))
        for label, route, permission in offered
        if allows(request.identity, permission)
    ]


@view_config(route_name="home", request_method="POST", permission="record:case:open")
def mark_seen(request: Request) -> Any:
    """Note that the organisation has read who asked about its private cases."""

    def act(work: Work, command: None) -> str:
        services.mark_requests_seen(work)
        return str(request.route_path("home"))

    return submit(
        request,
        "access_request:seen",
        lambda: None,
        act,
        lambda errors: {},
        _("The questions are marked as read."),
        changes=None,
    )
