"""The review list: entries without a legal place, what would give them one, and doubtful days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.view import view_config

from courtwatch.commands.parsing import Invalid
from courtwatch.models import Case
from courtwatch.services import review as services
from courtwatch.services.finding import prosecution_by_code
from courtwatch.services.labels import disposition_label, step_label
from courtwatch.services.messages import _
from courtwatch.services.resolutions import resolutions
from courtwatch.services.resolve import resolve
from courtwatch.services.review import EntryToReview
from courtwatch.services.standing import procedure_of
from courtwatch.services.work import Work
from courtwatch.views.case_words import text, when
from courtwatch.views.forms import submit
from courtwatch.views.lookup import event_from, own
from courtwatch.views.review_words import entry_shown
from courtwatch.web.page import Cell, Column, Pagination

PER_PAGE = 10
CONTRADICTIONS_SHOWN = 50


@view_config(
    route_name="review",
    request_method="GET",
    renderer="review/list.jinja2",
    permission="record:review:view",
)
def review(request: Request) -> dict[str, Any]:
    """Show the entries to review of the organisation's own cases."""
    session = request.dbsession
    mine = services.own_cases(request.actor)
    total = services.count_prosecutions(session, mine)
    number = _page_number(request)
    keys = services.prosecutions_to_review(session, mine, (number - 1) * PER_PAGE, PER_PAGE)
    entries = list(services.entries_of(session, keys))
    told = services.told_differently(session, mine)
    cases = services.cases_by_key(
        session, [*(one.event.case_id for one in told), *(one.event.case_id for one in entries)]
    )
    invented = any(case.jurisdiction.invented for case in cases.values())
    return {
        "page_title": _("Entries to review"),
        "entries": _shown(request, entries, cases),
        "pagination": Pagination(number, PER_PAGE, total, lambda page: _address(request, page)),
        "columns": [Column(_("Entry")), Column(_("Case")), Column(_("What the sources say"))],
        "told": [
            _told(request, one, cases[one.event.case_id]) for one in told[:CONTRADICTIONS_SHOWN]
        ],
        "told_total": len(told),
        "errors": {},
        "banner": request.banner_for(invented),
    }


def _page_number(request: Request) -> int:
    asked = request.GET.get("page", "1")
    return min(int(asked), 1_000_000) or 1 if asked.isascii() and asked.isdigit() else 1


def _address(request: Request, page: int) -> str:
    return str(request.route_path("review", _query={"page": page} if page > 1 else None))


def _shown(
    request: Request, entries: Sequence[EntryToReview], cases: Mapping[int, Case]
) -> list[dict[str, Any]]:
    accused = services.called(request.dbsession, {entry.prosecution_id for entry in entries})
    return [
        entry_shown(
            entry,
            cases[entry.event.case_id],
            accused[entry.prosecution_id],
            resolutions(entry),
        )
        for entry in entries
    ]


def _told(request: Request, one: services.Told, case: Case) -> list[Any]:
    event, procedure = one.event, procedure_of(case.procedure_version)
    said = []
    if one.days:
        spans = [(a.occurred_from, a.occurred_to, a.precision) for a in one.accounts]
        said.append(" / ".join(when(*span) for span in dict.fromkeys(spans) if span[0]))
    if one.ends:
        ends = dict.fromkeys(disposition_label(procedure, a.disposition) for a in one.accounts)
        said.append(" / ".join(text(end) for end in ends if end is not None))
    return [
        Cell(
            step_label(procedure, event.step),
            href=request.route_path("event_choose", event=event.id),
            hint=when(event.occurred_from, event.occurred_to, event.precision),
        ),
        Cell(case.public_code, href=request.route_path("case", case=case.public_code)),
        " · ".join(said),
    ]


@view_config(
    route_name="review_entry",
    request_method="GET",
    renderer="review/entry.jinja2",
    permission="record:review:view",
)
def review_entry(request: Request) -> dict[str, Any]:
    """Show one entry to review."""
    return _entry_page(request, {})


@view_config(
    route_name="review_entry",
    request_method="POST",
    renderer="review/entry.jinja2",
    permission="record:entry:resolve",
)
def resolve_entry(request: Request) -> Any:
    """Give an entry its legal place in the way that was clicked."""
    event, _case, key = named_entry(request)

    def read() -> str:
        chosen = str(request.POST.get("way") or "")
        if not chosen:
            raise Invalid({"": _("Choose what holds")})
        return chosen

    def act(work: Work, chosen: str) -> str:
        resolve(work, event.id, key, chosen)
        return str(request.route_path("review"))

    return submit(
        request,
        "entry:resolved",
        read,
        act,
        lambda errors: _entry_page(request, errors),
        _("The entry was reviewed. What was there before stays visible in its case."),
        changes=None,  # `resolve` tries the way again and refuses one that holds no longer
    )


def named_entry(request: Request) -> tuple[Any, Case, int]:
    """Return the entry, its case and the prosecution that the address names, of one's own case."""
    event, case = event_from(request)
    own(request, case)
    found = prosecution_by_code(request.dbsession, request.matchdict["prosecution"])
    if found is None or found[1].id != case.id:
        raise HTTPNotFound()
    return event, case, found[0].id


def _entry_page(request: Request, errors: Mapping[str, Any]) -> dict[str, Any]:
    event, case, key = named_entry(request)
    entry = services.entry_to_review(request.dbsession, event.id, key)
    return {
        "page_title": _("Entry to review"),
        "entries": _shown(request, [entry], {case.id: case}) if entry is not None else [],
        "event": event,
        "case": case,
        "errors": errors,
        "banner": request.banner_for(case.jurisdiction.invented),
    }
