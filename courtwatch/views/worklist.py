"""The worklist: open prosecutions that nobody has looked at for long, and the check of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from pyramid.httpexceptions import HTTPBadRequest
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config
from sqlalchemy.orm import Session

from courtwatch import labels
from courtwatch.services import labels as names
from courtwatch.services.fact_filters import FilterError
from courtwatch.services.home import jurisdictions
from courtwatch.services.messages import _
from courtwatch.services.work import Work
from courtwatch.services.worklist import (
    CHECKED_BY,
    MOST_DAYS,
    STALE_DAYS,
    Item,
    Worklist,
    check_today,
)
from courtwatch.views import options
from courtwatch.views.case_words import text
from courtwatch.views.forms import submit
from courtwatch.views.streaming import stream
from courtwatch.web.dates import format_day
from courtwatch.web.page import Action, Cell, Column, Pagination

PER_PAGE = 25
COLUMNS = (
    "case", "prosecution", "accused", "case_numbers", "court", "court_name", "stage", "custody",
    "last_event_on", "last_verified_on", "days_since_verified",
)  # fmt: skip


@view_config(
    route_name="worklist",
    request_method="GET",
    renderer="worklist.jinja2",
    permission="record:worklist:view",
)
def worklist(request: Request) -> dict[str, Any]:
    """Show what nobody has looked at for long, longest first."""
    return _page(request, request.GET, {})


@view_config(
    route_name="worklist",
    request_method="POST",
    renderer="worklist.jinja2",
    permission="record:worklist:view",
)
def save_check(request: Request) -> Any:
    """Record that a case was checked today and nothing had changed."""
    today = _today(request)

    def act(work: Work, command: tuple[str, str]) -> str:
        check_today(work, *command, today)
        query = {name: request.GET[name] for name in ("days", "page") if request.GET.get(name)}
        return str(request.route_path("worklist", _query=query))

    return submit(
        request,
        "case:checked",
        lambda: (request.POST.get("case", ""), request.POST.get("source", "")),
        act,
        lambda errors: _page(request, request.POST, errors),
        _("Recorded: checked, nothing changed."),
        changes=None,
    )


@view_config(
    route_name="worklist_download", request_method="GET", permission="record:worklist:view"
)
def download(request: Request) -> Response:
    """Send the whole worklist."""
    actor, today = request.actor, _today(request)
    try:
        days = read_days(request.GET)
    except FilterError as problem:
        told = " ".join(str(text(words)) for words in problem.problems.values())
        raise HTTPBadRequest(told) from None

    def values(session: Session) -> Iterator[Mapping[str, Any]]:
        for item in Worklist(session, actor, today, days).items():
            yield _values(item)

    invented = request.identity.invented
    about = {
        "title": "Open prosecutions not verified for long",
        "unit": "prosecution (one accused in one case)",
        "not_verified_for_days": days,
        "invented_data": invented,
        "notice": "Invented data" if invented else None,
        "as_of": request.now.isoformat(timespec="seconds"),
    }
    name = "courtwatch-worklist" + ("-invented-data" if invented else "")
    return stream(request, name, COLUMNS, values, about)


def read_days(given: Mapping[str, str]) -> int:
    """Return for how long nobody may have looked. Raises FilterError."""
    days = given.get("days", "").strip() or str(STALE_DAYS)
    if not (days.isascii() and days.isdigit() and len(days) < 5 and int(days) <= MOST_DAYS):
        raise FilterError(
            {"days": _("Enter a number of days from 0 to ${n}", mapping={"n": str(MOST_DAYS)})}
        )
    return int(days)


def _today(request: Request) -> dict[int, date]:
    return {one.id: request.today(one) for one in jurisdictions(request.dbsession)}


def _page(request: Request, values: Mapping[str, Any], errors: Mapping[str, Any]) -> dict[str, Any]:
    days = STALE_DAYS
    try:
        days = read_days(request.GET)
    except FilterError as problem:
        errors = dict(errors) | problem.problems
        request.response.status_int = 400
    found = Worklist(request.dbsession, request.actor, _today(request), days)
    kept = {"days": str(days)} if days != STALE_DAYS else {}

    def address(page: int) -> str:
        query = kept | ({"page": str(page)} if page > 1 else {})
        return str(request.route_path("worklist", _query=query))

    given, total = request.GET.get("page", "1"), found.count()
    wanted = int(given) if given.isascii() and given.isdigit() and len(given) < 8 else 1
    number = max(1, min(wanted, -(-total // PER_PAGE)))
    items = found.items((number - 1) * PER_PAGE, PER_PAGE)
    return {
        "wide": True,
        "errors": errors,
        "values": {"source": "told"} | dict(values) | {"days": request.GET.get("days", str(days))},
        "days": days,
        "columns": [
            Column(_("Case and accused")),
            Column(_("Court")),
            Column(_("Stage")),
            Column(_("Last verified")),
            Column(_("Check")),
        ],
        "items": [(_cells(request, item), item.row) for item in items],
        "sources": options.words({one: labels.SOURCES[one] for one in CHECKED_BY}),
        "pagination": Pagination(number, PER_PAGE, total, address),
        "here": address(number),
        "downloads": [
            Action(kind.upper(), request.route_path("worklist_download", format=kind, _query=kept))
            for kind in ("csv", "json")
        ],
    }


def _cells(request: Request, item: Item) -> list[Any]:
    row, fact = item.row, item.row.fact
    return [
        Cell(
            row.accused,
            href=request.route_path("case", case=row.case_code),
            hint=" · ".join([row.case_code, *row.numbers]),
        ),
        names.named(row.court) or "–",
        names.stage_label(row.procedure, fact.stage) or _("Nothing recorded yet"),
        Cell(_("Never"), hint=_("no dated entry"))
        if item.days is None
        else Cell(
            format_day(item.verified_on),
            hint=_("${n} days ago", mapping={"n": f"{item.days:,}"}),
        ),
    ]


def _values(item: Item) -> dict[str, Any]:
    row, fact = item.row, item.row.fact
    return {
        "case": row.case_code,
        "prosecution": row.prosecution_code,
        "accused": row.accused,
        "case_numbers": "; ".join(row.numbers),
        "court": row.court.code if row.court else None,
        "court_name": row.court.name_en if row.court else None,
        "stage": fact.stage,
        "custody": fact.custody,
        "last_event_on": fact.last_event_on,
        "last_verified_on": fact.last_verified_on,
        "days_since_verified": item.days,
    }
