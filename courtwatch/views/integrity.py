"""Check the record: kinds of faults with their counts, and the cases of each.

Monitors and coordinators look at their own organisation's cases; whoever runs the system at the
kinds of the database, of which counts are shown and no row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config
from sqlalchemy.orm import Session

from courtwatch import labels
from courtwatch.security.permissions import allows
from courtwatch.services.integrity.check import Check, read_in_full
from courtwatch.services.integrity.kinds import Kind, Severity
from courtwatch.services.integrity.registry import KINDS
from courtwatch.services.integrity.telling import Teller, Told
from courtwatch.services.messages import _, in_english
from courtwatch.views.streaming import stream
from courtwatch.web.dates import format_day
from courtwatch.web.page import Action, Cell, Colour, Column, Pagination

PER_PAGE = 50
AT_ONCE = 500
COLUMNS = (
    "kind", "severity", "case", "prosecution", "hearing", "event", "since", "finding",
)  # fmt: skip
_COLOURS = {
    Severity.WRONG: Colour.RED,
    Severity.DOUBTFUL: Colour.YELLOW,
    Severity.TO_DO: Colour.BLUE,
}
_NEEDS = {"case_share": "record:case:share"}
"""Pages where a finding is mended that not everybody who sees it may open."""

_MEND = {
    "hearing_outcome": _("Enter the outcome"),
    "hearing_correct": _("Correct the hearing"),
    "hearing_add": _("Add a hearing"),
    "event_correct": _("Correct the entry"),
    "event_choose": _("Choose which source holds"),
    "step_choose": _("Record a step"),
    "charge_add": _("Add a charge"),
    "checked": _("Checked: nothing changed"),
    "case_number_add": _("Add a number"),
    "accused_add": _("Add an accused"),
    "case_share": _("Change who sees it"),
    "case": _("Open the case"),
}


@view_config(
    route_name="integrity",
    request_method="GET",
    permission="integrity:finding:view",
    renderer="integrity/index.jinja2",
)
def index(request: Request) -> dict[str, Any]:
    """Show how many findings there are of each kind."""
    check = _check(request, request.dbsession)
    counted = [(kind, check.count(kind)) for kind in _kinds(request)]
    order = list(Severity)
    found = sorted(
        ((kind, count) for kind, count in counted if count),
        key=lambda item: order.index(item[0].severity),
    )
    return {
        "columns": [Column(_("Kind")), Column(_("How bad")), Column(_("Found"), numeric=True)],
        "rows": [_count_cells(request, kind, count) for kind, count in found],
        "wrong": sum(count for kind, count in found if kind.severity is Severity.WRONG),
        "clean": [
            Action(kind.title, request.route_path("integrity_kind", kind=kind.code))
            for kind, count in counted
            if not count
        ],
        "of_cases": _of_cases(request),
    }


@view_config(
    route_name="integrity_kind",
    request_method="GET",
    permission="integrity:finding:view",
    renderer="integrity/kind.jinja2",
)
def one_kind(request: Request) -> dict[str, Any]:
    """Show what a kind means, its cases, and how each is mended."""
    kind = _kind(request)
    check = _check(request, request.dbsession)
    total = check.count(kind)
    number = _page_number(request, total)
    told: Sequence[Told] = ()
    if kind.about_cases:
        findings = check.findings(kind, PER_PAGE, (number - 1) * PER_PAGE)
        procedures = check.context.procedures
        teller = Teller(request.dbsession, procedures, request.locale_name, format_day)
        told = teller.tell(kind, findings)
    return {
        "kind": kind,
        "severity": labels.SEVERITIES[kind.severity],
        "colour": _COLOURS[kind.severity],
        "who": labels.MENDERS[kind.who],
        "total": total,
        "columns": [Column(_("Case")), Column(_("Finding")), Column(_("Since")), Column(_("Mend"))],
        "rows": [_finding_cells(request, one) for one in told],
        "pagination": Pagination(
            number,
            PER_PAGE,
            total,
            lambda page: request.route_path(
                "integrity_kind", kind=kind.code, _query={"page": page} if page > 1 else {}
            ),
        ),
        "downloads": [
            Action(
                name.upper(),
                request.route_path("integrity_download", kind=kind.code, format=name),
                kind.title,
            )
            for name in ("csv", "json")
        ],
        "command": f"courtwatch check --kind {kind.code}",
    }


@view_config(
    route_name="integrity_download", request_method="GET", permission="integrity:finding:view"
)
def download(request: Request) -> Response:
    """Send all findings of a kind as CSV or JSON, with codes and English words."""
    kind = _kind(request)
    if not kind.about_cases:
        raise HTTPNotFound()
    invented = request.identity.invented

    def values(session: Session) -> Iterator[Mapping[str, Any]]:
        check = _check(request, session)
        teller = Teller(session, check.context.procedures)
        findings = check.every(kind)
        while some := list(islice(findings, AT_ONCE)):
            for told in teller.tell(kind, some):
                yield told.columns() | {"finding": in_english(told.words)}

    about = {
        "title": str(kind.title),
        "kind": kind.code,
        "explanation": str(kind.explanation),
        "mend": str(kind.mend),
        "invented_data": invented,
        "as_of": request.now.isoformat(timespec="seconds"),
    }
    name = f"courtwatch-check-{kind.code}" + ("-invented-data" if invented else "")
    return stream(request, name, COLUMNS, values, about)


def _of_cases(request: Request) -> bool:
    """Say whether this person keeps cases; whoever runs the system sees none."""
    return allows(request.identity, "record:case:open")


def _check(request: Request, session: Session) -> Check:
    actor = request.actor
    if not _of_cases(request):
        return Check(session, request.now)
    return Check(session, request.now, actor.organisation_id, read_in_full(actor))


def _kinds(request: Request) -> list[Kind]:
    of_cases = _of_cases(request)
    return [kind for kind in KINDS.values() if kind.about_cases is of_cases and not kind.costly]


def _kind(request: Request) -> Kind:
    code = request.matchdict["kind"]
    for kind in _kinds(request):
        if kind.code == code:
            return kind
    raise HTTPNotFound()


def _page_number(request: Request, total: int) -> int:
    text = request.GET.get("page", "1")
    wanted = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 1
    return max(1, min(wanted, -(-total // PER_PAGE)))


def _count_cells(request: Request, kind: Kind, count: int) -> list[Any]:
    return [
        Cell(kind.title, href=request.route_path("integrity_kind", kind=kind.code)),
        Cell(labels.SEVERITIES[kind.severity], colour=_COLOURS[kind.severity]),
        count,
    ]


def _finding_cells(request: Request, told: Told) -> list[Any]:
    label, href = _mending(request, told)
    return [
        Cell(
            told.case,
            href=request.route_path("case", case=told.case),
            hint=told.prosecution or told.hearing or "",
        ),
        told.words,
        format_day(told.since) if told.since else "–",
        Cell(label, href=href),
    ]


def _mending(request: Request, told: Told) -> tuple[Any, str]:
    """Return the words and address of the form where a finding is mended."""
    route = told.kind.route or "case"
    part: dict[str, Any] = {"case": told.case}
    if route.startswith("hearing_") and route != "hearing_add":
        part = {"hearing": told.hearing}
    elif route.startswith("event_"):
        part = {"event": told.event}
    elif route in ("step_choose", "charge_add"):
        part = {"prosecution": told.prosecution}
    if None in part.values() or not allows(request.identity, _NEEDS.get(route, "record:case:view")):
        route, part = "case", {"case": told.case}
    return _MEND[route], request.route_path(route, **part)
