"""Record hearings and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from courtwatch import labels
from courtwatch.commands.hearings import RecordHearing, RecordOutcome
from courtwatch.commands.parsing import parse
from courtwatch.models import Case, Hearing
from courtwatch.models.vocabulary import HearingStatus
from courtwatch.services.finding import accused_of
from courtwatch.services.meanwhile import Touched
from courtwatch.services.messages import _
from courtwatch.services.record_hearing import record_hearing, record_outcome
from courtwatch.services.work import Work
from courtwatch.views import options
from courtwatch.views.forms import submit
from courtwatch.views.lookup import case_from, hearing_from, visible
from courtwatch.views.meanwhile import Changes, Compared

COMPARED = (
    Compared("status", _("What became of it?"), "statuses"),
    Compared("adjournment_reason", _("Reason for adjournment"), "adjournment_reasons"),
    Compared("next", _("Next date"), date=True),
)


def _accused(request: Request, case: Case) -> list[options.Option]:
    return [
        options.Option(str(key), words)
        for key, words in accused_of(request.dbsession, request.actor, case).items()
    ]


def _page(
    request: Request,
    case: Case,
    values: Mapping[str, Any],
    errors: Mapping[str, Any],
    hearing: Hearing | None = None,
) -> dict[str, Any]:
    session, lang = request.dbsession, request.locale_name
    statuses = dict(labels.HEARING_STATUSES)
    if hearing is not None:
        del statuses[HearingStatus.SCHEDULED]
    return {
        "page_title": _("Record a hearing") if hearing is None else _("What became of it"),
        "case": case,
        "case_href": request.route_path("case", case=case.public_code),
        "hearing": hearing,
        "values": values,
        "errors": errors,
        "courts": options.institutions(session, case.jurisdiction_id, lang),
        "kinds": options.words(labels.HEARING_KINDS),
        "statuses": options.words(statuses),
        "adjournment_reasons": options.reasons(session, lang, "adjournment"),
        "accused": _accused(request, case),
        "tiers": options.words(labels.NOTE_TIERS),
        "banner": request.banner_for(case.jurisdiction.invented),
    }


@view_config(
    route_name="hearing_add",
    request_method="GET",
    renderer="record/hearing.jinja2",
    permission="record:hearing:record",
)
def show(request: Request) -> dict[str, Any]:
    """Show the empty form of a hearing."""
    case = case_from(request)
    values: dict[str, Any] = {
        "kind": "trial",
        "tier": "organisation",
        "institution": str(case.court_id or ""),
        "prosecutions": [option.value for option in _accused(request, case)],
    }
    return _page(request, case, values, {})


@view_config(
    route_name="hearing_add",
    request_method="POST",
    renderer="record/hearing.jinja2",
    permission="record:hearing:record",
)
def save(request: Request) -> Any:
    """Record the hearing."""
    case = case_from(request)

    def act(work: Work, command: RecordHearing) -> str:
        record_hearing(work, case, command)
        return str(request.route_path("case", case=case.public_code))

    return submit(
        request,
        "hearing:recorded",
        lambda: parse(RecordHearing, request.POST, request.today(case.jurisdiction)),
        act,
        lambda errors: _page(request, case, request.POST, errors),
        _("The hearing was recorded."),
        changes=None,
    )


@view_config(route_name="hearing", request_method="GET", permission="record:case:view")
def lead_to_case(request: Request) -> Any:
    """A hearing is shown on the page of its case."""
    hearing, case = hearing_from(request, visible)
    anchor = f"hearing-{hearing.public_code}"
    return HTTPSeeOther(request.route_path("case", case=case.public_code, _anchor=anchor))


@view_config(
    route_name="hearing_outcome",
    request_method="GET",
    renderer="record/outcome.jinja2",
    permission="record:hearing:record",
)
def show_outcome(request: Request) -> dict[str, Any]:
    """Show the form that says what became of a hearing."""
    hearing, case = hearing_from(request)
    return _page(request, case, _values(hearing), {}, hearing)


def _values(hearing: Hearing) -> dict[str, Any]:
    """Return what is known of the outcome, as the form shows it."""
    values: dict[str, Any] = {"adjournment_reason": hearing.adjournment_reason_id}
    if hearing.status is not HearingStatus.SCHEDULED:
        values["status"] = hearing.status
    if hearing.next_on:
        values |= {
            "next-day": hearing.next_on.day,
            "next-month": hearing.next_on.month,
            "next-year": hearing.next_on.year,
        }
    return values


@view_config(
    route_name="hearing_outcome",
    request_method="POST",
    renderer="record/outcome.jinja2",
    permission="record:hearing:record",
)
def save_outcome(request: Request) -> Any:
    """Record what became of a hearing."""
    hearing, case = hearing_from(request)

    def act(work: Work, command: RecordOutcome) -> str:
        record_outcome(work, hearing, command)
        return str(request.route_path("case", case=case.public_code))

    return submit(
        request,
        "hearing:outcome_recorded",
        lambda: parse(RecordOutcome, request.POST, request.today(case.jurisdiction)),
        act,
        lambda errors: _page(request, case, request.POST, errors, hearing),
        _("The outcome of the hearing was recorded."),
        changes=Changes(
            Touched(case.id, rows=frozenset({("hearing", hearing.id)})),
            now=lambda: _values(hearing),
            compared=COMPARED,
        ),
    )
