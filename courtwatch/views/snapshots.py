"""Frozen reports: the list of them, and one as it was and as the record gives it today."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pyramid.httpexceptions import HTTPBadRequest, HTTPNotFound
from pyramid.i18n import TranslationStringFactory
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from courtwatch.models import ReportSnapshot
from courtwatch.printing.pango import what_to_install
from courtwatch.reports.about import moment_text
from courtwatch.reports.snapshot_figures import Difference
from courtwatch.reports.snapshot_list import frozen_by, may_open, snapshot_by_code, snapshots_for
from courtwatch.reports.snapshots import drift, figures_readable, verify
from courtwatch.security.frozen_rights import Audience, reads_frozen_words
from courtwatch.views.report_files import as_file, file_endings
from courtwatch.views.reports import say_in, shown
from courtwatch.views.snapshot_words import (
    address_pairs,
    asked,
    citation,
    identity_rows,
    own_title,
    title_of,
)
from courtwatch.web.page import Action, Cell, Column

_ = TranslationStringFactory("courtwatch")

VIEW = "report:snapshot:view"
MOST_DIFFERENCES = 200
MOST_LISTED = 500
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
                Cell(title_of(each), hint=own_title(request, each)),
                asked(request, each),
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
        "page_title": title_of(found),
        "wide": True,
        "snapshot": found,
        "own_title": own_title(request, found),
        "redactions": _redactions(request, found),
        "verdict": verdict,
        "citation": citation(request, found),
        "lines": identity_rows(request, found),
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
        figures_shown = shown(request, verdict.report, address_pairs(found))
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
    query = [pair for pair in address_pairs(found) if pair[0] != "as_known_at"] + public
    say = say_in(request)
    known_at = drifted.report.provenance.known_at.revision if drifted.report is not None else 0
    moments = {"then": f"r{found.revision_id}", "now": f"r{known_at}"}
    return {
        "page_title": _("Frozen and today"),
        "wide": True,
        "snapshot": found,
        "title": title_of(found),
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
