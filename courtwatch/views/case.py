"""The page of a case."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from pyramid.httpexceptions import HTTPBadRequest, HTTPNotFound, HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from courtwatch import labels
from courtwatch.reports.model import KnownAt
from courtwatch.reports.moments import UnknownMoment
from courtwatch.security.permissions import allows
from courtwatch.security.visibility import level_for
from courtwatch.services.case_codes import MovedTo, case_itself, find_case
from courtwatch.services.case_page import CasePage
from courtwatch.services.case_sight import NotThen
from courtwatch.services.case_view import case_page
from courtwatch.services.messages import _
from courtwatch.views.case_clocks import CaseClocks
from courtwatch.views.case_merged import merged_records
from courtwatch.views.case_parts import Parts
from courtwatch.views.case_past import CasePast, known_at
from courtwatch.views.case_picture import TITLE, picture
from courtwatch.views.case_timeline import Timeline
from courtwatch.views.case_words import text
from courtwatch.views.charge_changes import CHANGE_COLUMNS, change_rows
from courtwatch.views.errors import NotRecordedYet
from courtwatch.views.severance import severed
from courtwatch.web.dates import format_moment
from courtwatch.web.i18n import translate
from courtwatch.web.page import Action, Colour, SummaryRow


@view_config(
    route_name="case",
    request_method="GET",
    renderer="case/page.jinja2",
    permission="record:case:view",
)
def case(request: Request) -> Any:
    """Show a case as far as this person may see it; anything else is not there."""
    shown, at = asked(request)
    parts = Parts(request, shown)
    past = CasePast(request, shown, at)
    timeline = Timeline(parts)
    return {
        "page": shown,
        "labels": labels,
        "identity": _identity(request, shown, parts),
        "actions": _actions(request, shown),
        "charge_columns": parts.charge_columns,
        "accused": [parts.accused(one) for one in shown.accused],
        "clock_columns": CaseClocks.columns,
        "clocks": CaseClocks(shown, at.at if at and at.at else request.now).by_accused(),
        "change_columns": CHANGE_COLUMNS,
        "changes": [change_rows(one) for one in shown.accused],
        "unresolved": parts.unresolved(),
        "hearing_columns": parts.hearing_columns,
        "hearings": [parts.hearing(one) for one in shown.hearings],
        "hearing_notes": parts.hearing_notes(),
        "hearing_corrections": parts.hearing_corrections(),
        "timeline": [timeline.entry(one) for one in shown.events],
        "picture_title": TITLE,
        "picture": picture(shown, parts, _until(request, shown, at), str(request.locale_name)),
        "victim_columns": parts.victim_columns,
        "victims": [parts.victim(one) for one in shown.victims],
        "victim_redactions": parts.victim_redactions(),
        "notes": [parts.note(one) for one in shown.notes],
        "merged": merged_records(request, shown, parts),
        "severed": severed(request, shown),
        "requests": [parts.writer(one) for one in shown.requests],
        "banner": request.banner_for(shown.jurisdiction.invented),
        "past": past,
        "history": past.history(),
        "as_of": past.moment,
        "colour": {1: Colour.BLUE, 2: Colour.ORANGE, 3: Colour.GREY},
    }


def _until(request: Request, shown: CasePage, at: KnownAt | None) -> date:
    """Return the day up to which the page knows: today at the courts, or that of its moment."""
    moment = at.at if at is not None and at.at is not None else request.now
    day: date = moment.astimezone(ZoneInfo(shown.jurisdiction.time_zone)).date()
    return day


def asked(request: Request) -> tuple[CasePage, KnownAt | None]:
    """Return the case that the address names, now or at a past moment; else answer or lead on."""
    session, code = request.dbsession, request.matchdict["case"]
    case = case_itself(session, code)
    visible = case is not None and level_for(session, request.actor, case).listed
    try:
        at = known_at(request, case.jurisdiction) if case is not None and visible else None
    except UnknownMoment as problem:
        raise HTTPBadRequest(str(translate(problem.words, request.locale_name))) from None
    found = find_case(session, code) if at is None else case
    if isinstance(found, MovedTo):
        if not visible:
            raise HTTPNotFound()
        raise _lead_on(request, found)
    revision = at.revision if at is not None else None
    shown = case_page(session, request.actor, found, revision) if found is not None else None
    if isinstance(shown, MovedTo):
        raise _lead_on(request, shown)
    if isinstance(shown, NotThen):
        zone = shown.case.jurisdiction.time_zone
        words = _(
            "This case was not in the record at ${moment}. It came later.",
            mapping={"moment": format_moment(at.at if at else None, zone)},
        )
        raise NotRecordedYet(str(translate(words, request.locale_name)))
    if shown is None:
        raise HTTPNotFound()
    return shown, at


def _lead_on(request: Request, moved: MovedTo) -> HTTPSeeOther:
    """Lead to the case that took another's place, at the moment that was asked for."""
    route = request.matched_route.name
    anchor = {"_anchor": "merged"} if route == "case" else {}
    return HTTPSeeOther(request.route_path(route, case=moved.code, _query=request.GET, **anchor))


def _identity(request: Request, shown: CasePage, parts: Parts) -> list[SummaryRow]:
    """Return the bar that says which case this is."""
    lang = request.locale_name
    numbers = [
        f"{number} ({text(labels.label(labels.NUMBER_ISSUERS, issuer))})"
        for issuer, number in shown.numbers
    ]
    rows = [
        SummaryRow(_("Case code"), shown.code),
        SummaryRow(_("Court"), shown.court.name(lang) if shown.court else _("Not known")),
        SummaryRow(_("Jurisdiction"), shown.jurisdiction.name(lang)),
    ]
    redact = [
        action
        for (_issuer, number), words in zip(shown.numbers, shown.number_words, strict=True)
        for action in parts.redact(words, _("Redact number"), number)
    ]
    may_add = shown.writable and allows(request.identity, "record:number:add")
    if shown.sight.numbers:
        add = Action(_("Add a number"), request.route_path("case_number_add", case=shown.code))
        rows.insert(
            1,
            SummaryRow(
                _("Case numbers"),
                numbers or _("None recorded"),
                ((add,) if may_add else ()) + tuple(redact),
                hint="; ".join(filter(None, map(parts.taken_out, shown.number_words))),
            ),
        )
    if shown.owner is not None:
        contact = "" if shown.own else (shown.owner.contact or "")
        rows.append(SummaryRow(_("Kept by"), shown.owner.name(lang), hint=contact))
    if shown.share_level is not None:
        change = Action(_("Change"), request.route_path("case_share", case=shown.code))
        may_share = shown.writable and allows(request.identity, "record:case:share")
        hint = labels.SHARE_LEVEL_HINTS[shown.share_level]
        rows.append(
            SummaryRow(
                _("Sharing"),
                labels.SHARE_LEVELS[shown.share_level],
                (change,) if may_share else (),
                hint=hint,
            )
        )
    if shown.grantees:
        rows.append(SummaryRow(_("Also opened to"), list(shown.grantees)))
    procedure = f"{text(shown.procedure.title)} ({shown.procedure.version})"
    version = {"version": str(shown.procedure.version)}
    href = request.route_path("procedure", name=shown.procedure.name, _query=version)
    rows.append(SummaryRow(_("Procedure"), procedure, href=href))
    return rows


def _actions(request: Request, shown: CasePage) -> list[Action]:
    """Return what this person may add to the case as a whole."""
    if not shown.writable:
        return []
    offered = (
        (_("Record a hearing"), "hearing_add", "record:hearing:record"),
        (_("Record a judgment"), "judgment_add", "record:step:record"),
        (_("Checked, nothing changed"), "checked", "record:step:record"),
        (_("Add a note"), "note_add", "record:note:add"),
        (_("Add an accused"), "accused_add", "record:accused:add"),
        (_("Add a victim"), "victim_add", "record:victim:add"),
        (_("Recorded twice?"), "case_alike", "record:case:merge"),
    )
    return [
        Action(label, request.route_path(route, case=shown.code))
        for label, route, permission in offered
        if allows(request.identity, permission)
    ]
