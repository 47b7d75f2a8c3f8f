"""Official totals on record: what others published, which the reports set ours beside."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pyramid.httpexceptions import HTTPBadRequest, HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config
from sqlalchemy.orm import Session

from courtwatch.commands.parsing import KHMER_DIGITS
from courtwatch.models import Jurisdiction
from courtwatch.reports.moments import UnknownMoment, moment
from courtwatch.reports.official_totals import COUNTED, STAGES
from courtwatch.reports.queries import jurisdiction_of
from courtwatch.services import reference_list as totals
from courtwatch.services.messages import _
from courtwatch.services.reference_list import ALL_COURTS, Asked
from courtwatch.services.reference_totals import COLUMNS, line_of, period_of
from courtwatch.views.streaming import stream
from courtwatch.web.dates import format_moment
from courtwatch.web.i18n import translate
from courtwatch.web.page import Action, Cell, Column, Option, Pagination

PER_PAGE = 50
AT_ONCE = 500
FILTERS = ("jurisdiction", "source", "year", "court", "as_known_at")
BY_OPERATOR = _("by whoever runs the system")
NOT_A_YEAR = _("“${given}” is no year. Write 2024.")


@dataclass(frozen=True)
class _Question:
    """What the address asks; `errors` by field where it can't be asked."""

    jurisdiction: Jurisdiction
    asked: Asked
    errors: Mapping[str, Any]


@view_config(
    route_name="reference_totals",
    request_method="GET",
    renderer="reports/reference_totals.jinja2",
    permission="report:figure:view",
)
def reference_totals(request: Request) -> dict[str, Any]:
    """List the official totals on record, some to a page."""
    found = totals.jurisdictions(request.dbsession)
    about = _kept(request, "jurisdiction", "as_known_at")
    page: dict[str, Any] = {
        "back": request.route_path("report", report="official", _query=about),
        "jurisdictions": [Option(one.code, one.name(request.locale_name)) for one in found],
        "values": request.GET,
        "errors": {},
        "question": None,
        "clear_href": request.route_path("reference_totals"),
    }
    question = _question(request, request.dbsession, found)
    if question is None:
        return page
    if question.errors:
        request.response.status_int = 400
    asked = question.asked
    total = 0 if question.errors else totals.count(request.dbsession, asked)
    number = _page_number(request, total)
    some = totals.rows(request.dbsession, asked, PER_PAGE, (number - 1) * PER_PAGE) if total else []
    choices = totals.choices(request.dbsession, asked.jurisdiction_id, asked.revision)
    courts = [Option(code, name.get(request.locale_name)) for code, name in choices.courts]
    query = _kept(request)
    return page | {
        "question": question,
        "values": {**request.GET, "jurisdiction": question.jurisdiction.code},
        "errors": question.errors,
        "sources": [Option(source, source) for source in choices.sources],
        "years": [Option(str(year), str(year)) for year in choices.years],
        "courts": [Option(ALL_COURTS, _("Totals of no single court")), *courts],
        "columns": _COLUMNS,
        "rows": [_cells(request, question.jurisdiction, row) for row in some],
        "pagination": Pagination(
            number,
            PER_PAGE,
            total,
            lambda page: request.route_path(
                "reference_totals", _query=query | ({"page": str(page)} if page > 1 else {})
            ),
        ),
        "downloads": [
            Action(
                name.upper(),
                request.route_path("reference_totals_download", format=name, _query=query),
                _("Official totals"),
            )
            for name in ("csv", "json")
        ]
        if total
        else [],
        "banner": request.banner_for(question.jurisdiction.invented),
    }


@view_config(
    route_name="reference_totals_download",
    request_method="GET",
    permission="report:figure:download",
)
def download(request: Request) -> Response:
    """Send the totals asked for. As CSV it is a file that `courtwatch reference import` reads."""
    question = _question(request, request.dbsession, totals.jurisdictions(request.dbsession))
    if question is None:
        raise HTTPNotFound()
    if question.errors:
        words = [text for found in question.errors.values() for text in found]
        raise HTTPBadRequest(" ".join(translate(each, request.locale_name) for each in words))
    asked, invented = question.asked, question.jurisdiction.invented

    def values(session: Session) -> Iterator[Mapping[str, Any]]:
        start = 0
        while some := totals.rows(session, asked, AT_ONCE, start):
            for total, court, offence, _revision, _organisation in some:
                codes = (court.code if court else "", offence.code if offence else "")
                yield dict(zip(COLUMNS, line_of(total, *codes), strict=True))
            start += AT_ONCE

    about = {
        "title": "Official totals on record",
        "jurisdiction": question.jurisdiction.code,
        "invented_data": invented,
        "as_known_at": asked.revision,
        "as_of": request.now.isoformat(timespec="seconds"),
    }
    name = "courtwatch-official-totals" + ("-invented-data" if invented else "")
    return stream(request, name, COLUMNS, values, about)


def _question(request: Request, session: Session, found: list[Jurisdiction]) -> _Question | None:
    """Return what the address asks; None where no total was ever taken in.

    Raises HTTPNotFound where there is no such jurisdiction.
    """
    code = request.GET.get("jurisdiction", "")
    invented = request.identity.invented
    usual = sorted(found, key=lambda one: one.invented != invented)
    jurisdiction = jurisdiction_of(session, code) if code else next(iter(usual), None)
    if jurisdiction is None:
        if code:
            raise HTTPNotFound()
        return None
    errors: dict[str, Any] = {}
    revision = None
    try:
        written = request.GET.get("as_known_at", "").strip()
        known_at = moment(session, written, jurisdiction.time_zone, request.now)
        revision = None if known_at.latest else known_at.revision
    except UnknownMoment as problem:
        errors["as_known_at"] = [problem.words]
    year = request.GET.get("year", "").strip().translate(KHMER_DIGITS)
    if year and not (re.fullmatch(r"[0-9]{4}", year) and 1900 <= int(year) <= 2200):
        errors["year"] = [_(NOT_A_YEAR, mapping={"given": year})]
        year = ""
    asked = Asked(
        jurisdiction.id,
        revision,
        request.GET.get("source", "").strip(),
        int(year) if year else None,
        request.GET.get("court", "").strip(),
    )
    return _Question(jurisdiction, asked, errors)


def _kept(request: Request, *names: str) -> dict[str, str]:
    """Return what the address asks, or of it what is named."""
    return {name: request.GET[name] for name in names or FILTERS if request.GET.get(name)}


def _page_number(request: Request, total: int) -> int:
    text = request.GET.get("page", "1")
    wanted = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 1
    return max(1, min(wanted, -(-total // PER_PAGE)))


_COLUMNS = (
    Column(_("Period")),
    Column(_("Source")),
    Column(_("Court, offence")),
    Column(_("Stage")),
    Column(_("They count")),
    Column(_("Total"), numeric=True),
    Column(_("Taken in")),
)


def _cells(request: Request, jurisdiction: Jurisdiction, row: Any) -> tuple[Any, ...]:
    total, court, offence, revision, organisation = row
    lang = request.locale_name
    return (
        period_of(total.period_from, total.period_to),
        Cell(total.source, hint=total.remark or ""),
        Cell(
            court.name(lang) if court else _("All courts"),
            hint=offence.name(lang) if offence else _("All offences"),
        ),
        STAGES.get(total.stage or "", total.stage or "–"),
        COUNTED.get(total.unit, total.unit),
        f"{total.count:,}",
        Cell(
            format_moment(revision.at, jurisdiction.time_zone),
            hint=organisation or BY_OPERATOR,
        ),
    )
