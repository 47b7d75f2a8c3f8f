"""The list of cases: page, CSV and JSON, by the filters in the address."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pyramid.httpexceptions import HTTPBadRequest
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config
from sqlalchemy.orm import Session

from courtwatch.models import ProsecutionFact
from courtwatch.security.permissions import allows
from courtwatch.security.visibility import Viewer, viewer_of
from courtwatch.services import (
    case_choices,
    case_download,
    case_list,
    charge_download,
    labels,
)
from courtwatch.services.case_choices import Choices
from courtwatch.services.case_list import CaseList, Row
from courtwatch.services.fact_filters import FactFilters, FilterError
from courtwatch.services.inexact_days import spans_of
from courtwatch.services.outcome_rules import rules_in_full
from courtwatch.views.filter_words import (
    CHOICE_FIELDS,
    NOT_KNOWN,
    Active,
    active,
    organisations,
    pairs_of,
    words_of,
)
from courtwatch.views.list_words import FILTER_WORDS, PERIOD_HINT
from courtwatch.views.streaming import stream
from courtwatch.web.dates import format_day, format_partial
from courtwatch.web.i18n import translate
from courtwatch.web.page import Action, Cell, Colour, Column, Option, OptionGroup, Pagination
from workflows.event_codes import JUDGMENT, OUTSIDE, WITHOUT
from workflows.procedure import Procedure

_ = case_list._


@view_config(
    route_name="cases",
    request_method="GET",
    renderer="case/list.jinja2",
    permission="record:case:list",
)
def cases(request: Request) -> dict[str, Any]:
    """Show the cases this person may see, with filters, one page of them."""
    available = case_choices.choices(request.dbsession, request.actor)
    sort = _sort(request)
    number = _page_number(request)
    size = request.settings_.page_size
    errors: dict[str, Any] = {}
    filters, found = FactFilters(), case_list.Page((), 0, 0)
    try:
        filters = FactFilters.parse(request.GET.items())
        listing = CaseList(request.dbsession, request.actor)
        found = listing.page(filters, sort, (number - 1) * size, size)
    except FilterError as problem:
        errors = problem.problems
        request.response.status_int = 400
    return {
        "wide": True,
        "errors": errors,
        "values": request.GET,
        "filters": filters,
        "sort": sort,
        "sorts": [Option(name, words) for name, (words, _order) in case_list.SORTS.items()],
        "active": _active(request, filters, available),
        "fields": _fields(request, available),
        "kept": _kept(filters),
        "period_hint": PERIOD_HINT,
        "found": found,
        "columns": _columns(request),
        "rows": [_cells(request, row) for row in found.rows],
        "pagination": Pagination(
            number, size, found.total, lambda page: _address(request, filters, sort, page)
        ),
        "downloads": _downloads(request, filters, sort),
        "may_open": allows(request.identity, "record:case:open"),
        "banner": request.banner_for(case_choices.invented(request.dbsession, filters)),
    }


@view_config(route_name="cases_download", request_method="GET", permission="record:case:download")
def download(request: Request) -> Response:
    """Send all rows that the filters leave and this person may see."""
    law = _law(request)

    def values(_session: Session, rows: Iterator[Row]) -> Iterator[Mapping[str, Any]]:
        for row in rows:
            yield case_download.as_values(row, law)

    unit = "prosecution (one accused in one case)"
    return _send(request, "cases", "Prosecutions", unit, case_download.COLUMNS, values)


@view_config(route_name="charges_download", request_method="GET", permission="record:case:download")
def download_charges(request: Request) -> Response:
    """Send the charges of the same rows, and which became which."""
    law = _law(request)

    def values(session: Session, rows: Iterator[Row]) -> Iterator[Mapping[str, Any]]:
        return charge_download.ChargeRows(session, law).of(rows)

    unit = "charge (one offence against one accused)"
    return _send(request, "charges", "Charges", unit, charge_download.COLUMNS, values)


def _law(request: Request) -> Callable[[Procedure], str]:
    """Return what gives the page on which a procedure's rule of outcomes stands in full."""

    def law(shown: Procedure) -> str:
        version = {"version": str(shown.version)}
        return str(request.route_url("procedure", name=shown.name, _query=version))

    return law


def _send(
    request: Request,
    name: str,
    title: str,
    unit: str,
    columns: Sequence[str],
    values: Callable[[Session, Iterator[Row]], Iterator[Mapping[str, Any]]],
) -> Response:
    """Send what `values` makes of the rows that the filters leave and this person may see."""
    actor, sort = request.actor, _sort(request)
    try:
        filters = FactFilters.parse(request.GET.items())
        rows = CaseList(request.dbsession, actor)
        rows.page(filters, sort, 0, 1)  # a filter that is refused is refused before the first byte
    except FilterError as problem:
        told = " ".join(str(translate(words)) for words in problem.problems.values())
        raise HTTPBadRequest(told) from None
    invented = case_choices.invented(request.dbsession, filters)

    def all_rows(session: Session) -> Iterator[Mapping[str, Any]]:
        return values(session, CaseList(session, actor).stream(filters, sort))

    about = {
        "title": title,
        "unit": unit,
        "invented_data": invented,
        "notice": "Invented data" if invented else None,
        "as_of": request.now.isoformat(timespec="seconds"),
        "filters": dict(_grouped(filters)),
        "outcome_rules": rules_in_full(request.dbsession),
    }
    file = f"courtwatch-{name}" + ("-invented-data" if invented else "")
    return stream(request, file, columns, all_rows, about)


def _sort(request: Request) -> str:
    wanted = request.GET.get("sort", "")
    return wanted if wanted in case_list.SORTS else case_list.DEFAULT_SORT


def _page_number(request: Request) -> int:
    text = request.GET.get("page", "1")
    return min(int(text), 1_000_000) or 1 if text.isascii() and text.isdigit() else 1


def _address(request: Request, filters: FactFilters, sort: str, page: int = 1) -> str:
    query = filters.to_query(
        sort=None if sort == case_list.DEFAULT_SORT else sort, page=None if page == 1 else page
    )
    return str(request.route_path("cases")) + (f"?{query}" if query else "")


def _downloads(request: Request, filters: FactFilters, sort: str) -> list[Action]:
    query = filters.to_query(sort=None if sort == case_list.DEFAULT_SORT else sort)
    suffix = f"?{query}" if query else ""
    kinds = ("csv", "json")
    prosecutions = [
        Action(kind.upper(), request.route_path("cases_download", format=kind) + suffix)
        for kind in kinds
    ]
    charges = [
        Action(
            _("Charges, ${format}", mapping={"format": kind.upper()}),
            request.route_path("charges_download", format=kind) + suffix,
        )
        for kind in kinds
    ]
    return prosecutions + charges


def _grouped(filters: FactFilters) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in filters.pairs():
        grouped.setdefault(name, []).append(value)
    return grouped


# --- Filters ----------------------------------------------------------------------------------

_WORD_FIELDS = (
    "live", "event_code", "sex", "age_band", "source", "reliability", "unresolved",
)  # fmt: skip
_TEXT_FIELDS = ("cohort", "ended")


def _fields(request: Request, available: list[Choices]) -> list[dict[str, Any]]:
    """Return the fields of the filter form: name, label, and what can be chosen."""
    fields: list[dict[str, Any]] = []
    if len(available) > 1:
        codes = [Option(c.jurisdiction.code, labels.named(c.jurisdiction)) for c in available]
        fields.append(_field("jurisdiction", codes))
    for name in CHOICE_FIELDS:
        groups = [
            OptionGroup(
                labels.named(one.jurisdiction),
                tuple(Option(value, label) for value, label in pairs_of(one, name)),
            )
            for one in available
        ]
        choice = list(groups[0].options) if len(groups) == 1 else groups
        fields.append(_field(name, [*choice, NOT_KNOWN]))
    for name in _WORD_FIELDS:
        fields.append(_field(name, words_of(name)))
    if viewer_of(request.actor) is Viewer.NETWORK:
        fields.append(_field("organisation", organisations(request)))
        fields.append(_field("share_level", words_of("share_level")))
    fields += [_field(name, None) for name in _TEXT_FIELDS]
    return fields


def _field(name: str, choices: list[Any] | None) -> dict[str, Any]:
    return {"name": name, "label": FILTER_WORDS[name], "choices": choices}


def _kept(filters: FactFilters) -> list[tuple[str, str]]:
    """Return filters that the form has no field for (a report's link set them), to be kept."""
    shown = {*CHOICE_FIELDS, *_WORD_FIELDS, *_TEXT_FIELDS}
    shown |= {"jurisdiction", "organisation", "share_level"}
    return [(name, value) for name, value in filters.pairs() if name not in shown]


def _active(request: Request, filters: FactFilters, available: list[Choices]) -> list[Active]:
    """Return the filters that hold, in words, each with the address without it."""

    def without(one: tuple[str, str]) -> str:
        rest = FactFilters.parse([pair for pair in filters.pairs() if pair != one])
        return _address(request, rest, _sort(request))

    return active(request, available, filters.pairs(), without)


# --- Rows -------------------------------------------------------------------------------------


def _columns(request: Request) -> list[Column]:
    return [
        Column(_("Case and accused")),
        Column(_("Court")),
        Column(_("Stage or outcome")),
        Column(_("Offence")),
        Column(_("Last event")),
    ]


def _cells(request: Request, row: Row) -> list[Any]:
    fact = row.fact
    lang = request.locale_name
    hint = " · ".join([row.case_code, *row.numbers])
    if row.organisation is not None:
        hint += f" · {row.organisation.name(lang)}"
    return [
        Cell(row.accused, href=request.route_path("case", case=row.case_code), hint=hint),
        labels.named(row.court) or "–",
        _standing(row),
        labels.named(row.offence) or "–",
        Cell(_day(fact, "last_event_on") if fact.last_event_on else "–", hint=_checked(row)),
    ]


def _checked(row: Row) -> Any:
    """Say when an open prosecution was last looked at, where that was after its last event."""
    fact = row.fact
    if not fact.live or fact.last_verified_on in (None, fact.last_event_on):
        return ""
    return _("checked: ${day}", mapping={"day": _day(fact, "last_verified_on")})


def _day(fact: ProsecutionFact, column: str) -> str:
    """Return a day of a fact with the precision that is known."""
    span = spans_of(fact).get(column)
    if span is None:
        return format_day(getattr(fact, column))
    return format_partial(span.first, span.last, span.about)


def _standing(row: Row) -> Cell:
    fact = row.fact
    outcome = labels.outcome_label(row.procedure, fact.outcome)
    stage = labels.stage_label(row.procedure, fact.stage)
    if fact.unresolved:
        hint: Any = _("Entries to review: ${n}", mapping={"n": fact.unresolved})
    elif outcome is not None and fact.live:
        hint = stage
    elif outcome is not None and fact.ended_on is not None:
        hint = _day(fact, "ended_on")
    else:
        hint = labels.custody_label(row.procedure, fact.custody)
    if outcome is None:
        return Cell(stage or _("Nothing recorded yet"), hint=hint or "")
    return Cell(outcome, hint=hint or "", colour=_COLOURS.get(fact.event_code))


_COLOURS = {JUDGMENT: Colour.BLUE, WITHOUT: Colour.ORANGE, OUTSIDE: Colour.GREY}
