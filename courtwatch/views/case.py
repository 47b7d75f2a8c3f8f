"""The page of a case."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from courtwatch import labels
from courtwatch.security.permissions import allows
from courtwatch.services.case_page import CasePage, MovedTo, find_case
from courtwatch.services.case_view import case_page
from courtwatch.services.messages import _
from courtwatch.views import case_parts
from courtwatch.views.case_timeline import Timeline
from courtwatch.web.page import Action, Colour, SummaryRow


@view_config(
    route_name="case",
    request_method="GET",
    renderer="case/page.jinja2",
    permission="record:case:view",
)
def case(request: Request) -> Any:
    """Show a case as far as this person may see it; anything else is not there."""
    found = find_case(request.dbsession, request.matchdict["case"])
    if isinstance(found, MovedTo):
        return HTTPSeeOther(request.route_path("case", case=found.code))
    shown = case_page(request.dbsession, request.actor, found) if found is not None else None
    if shown is None:
        raise HTTPNotFound()
    parts = case_parts.Parts(request, shown)
    timeline = Timeline(parts)
    return {
        "page": shown,
        "labels": labels,
        "identity": _identity(request, shown, parts),
        "actions": _actions(request, shown),
        "charge_columns": parts.charge_columns,
        "accused": [parts.accused(one) for one in shown.accused],
        "unresolved": parts.unresolved(),
        "hearing_columns": parts.hearing_columns,
        "hearings": [parts.hearing(one) for one in shown.hearings],
        "hearing_notes": parts.hearing_notes(),
        "hearing_corrections": parts.hearing_corrections(),
        "timeline": [timeline.entry(one) for one in shown.events],
        "victim_columns": parts.victim_columns,
        "victims": [parts.victim(one) for one in shown.victims],
        "notes": [parts.note(one) for one in shown.notes],
        "requests": [parts.writer(one) for one in shown.requests],
        "banner": request.banner_for(shown.jurisdiction.invented),
        "as_of": parts.moment(request.now),
        "colour": {1: Colour.BLUE, 2: Colour.ORANGE, 3: Colour.GREY},
    }


def _identity(request: Request, shown: CasePage, parts: case_parts.Parts) -> list[SummaryRow]:
    """Return the bar that says which case this is."""
    lang = request.locale_name
    numbers = [
        f"{number} ({case_parts.text(labels.label(labels.NUMBER_ISSUERS, issuer))})"
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
        may_share = allows(request.identity, "record:case:share")
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
    procedure = f"{case_parts.text(shown.procedure.title)} ({shown.procedure.version})"
    href = request.route_path("procedure", name=shown.procedure.name)
    rows.append(SummaryRow(_("Procedure"), procedure, href=href))
    return rows


def _actions(request: Request, shown: CasePage) -> list[Action]:
    """Return what this person may add to the case as a whole."""
    if not shown.writable:
        return []
    offered = (
        (_("Record a hearing"), "hearing_add", "record:hearing:record"),
        (_("Checked, nothing changed"), "checked", "record:step:record"),
        (_("Add a note"), "note_add", "record:note:add"),
        (_("Add an accused"), "accused_add", "record:accused:add"),
        (_("Add a victim"), "victim_add", "record:victim:add"),
    )
    return [
        Action(label, request.route_path(route, case=shown.code))
        for label, route, permission in offered
        if allows(request.identity, permission)
    ]
