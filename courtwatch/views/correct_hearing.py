"""Put a hearing right, or take it back: one form, one act."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from courtwatch import labels
from courtwatch.commands.corrections import CorrectHearing, date_values
from courtwatch.commands.parsing import When, parse
from courtwatch.models import Case, Hearing
from courtwatch.models.vocabulary import Presence, VoidReason
from courtwatch.services.finding import accused_of
from courtwatch.services.hearing_corrections import correct_hearing, planned_next
from courtwatch.services.meanwhile import Touched
from courtwatch.services.messages import _
from courtwatch.services.record_hearing import current_rows
from courtwatch.services.severance import called_elsewhere
from courtwatch.services.work import Work
from courtwatch.views import options
from courtwatch.views.correct_event import reason_choices
from courtwatch.views.forms import submit
from courtwatch.views.hearings import COMPARED as OUTCOME
from courtwatch.views.lookup import hearing_from, own_entry
from courtwatch.views.meanwhile import Changes, Compared

PUTS_RIGHT = (
    VoidReason.WRONG_DATE,
    VoidReason.WRONG_COURT,
    VoidReason.WRONG_ACCUSED,
    VoidReason.TYPED_WRONG,
)

COMPARED = (
    Compared("scheduled", _("Day of the hearing"), date=True),
    Compared("time", _("Time")),
    Compared("institution", _("Court"), "courts"),
    Compared("kind", _("Kind of hearing"), "kinds"),
    *OUTCOME,
    Compared("prosecutions", _("Which accused does it concern?"), "accused"),
    Compared("absent", _("Which accused were absent?"), "accused"),
)


def _values(request: Request, hearing: Hearing) -> dict[str, Any]:
    """Return the hearing as it is, as the form shows it."""
    rows = current_rows(request.dbsession, hearing)
    values: dict[str, Any] = date_values("scheduled", When.day(hearing.scheduled_on))
    if hearing.next_on is not None:
        values |= date_values("next", When.day(hearing.next_on))
    return values | {
        "time": hearing.scheduled_time or "",
        "institution": str(hearing.institution_id or ""),
        "kind": hearing.kind,
        "status": hearing.status.value,
        "adjournment_reason": str(hearing.adjournment_reason_id or ""),
        "prosecutions": [str(row.prosecution_id) for row in rows],
        "absent": [str(r.prosecution_id) for r in rows if r.presence is Presence.ABSENT],
        "also_next": "1",
    }


def _page(
    request: Request,
    hearing: Hearing,
    case: Case,
    values: Mapping[str, Any],
    errors: Mapping[str, Any],
) -> dict[str, Any]:
    session, lang = request.dbsession, request.locale_name
    about = [row.prosecution_id for row in current_rows(session, hearing)]
    accused = accused_of(session, request.actor, case)
    accused |= called_elsewhere(session, request.actor, case, about)
    return {
        "page_title": _("Correct a hearing"),
        "case": case,
        "case_href": request.route_path("case", case=case.public_code),
        "hearing": hearing,
        "values": values,
        "errors": errors,
        "reasons": reason_choices(*PUTS_RIGHT),
        "courts": options.institutions(session, case.jurisdiction_id, lang),
        "kinds": options.words(labels.HEARING_KINDS),
        "statuses": options.words(labels.HEARING_STATUSES),
        "adjournment_reasons": options.reasons(session, lang, "adjournment"),
        "accused": [options.Option(str(key), words) for key, words in accused.items()],
        "following": planned_next(session, hearing),
        "banner": request.banner_for(case.jurisdiction.invented),
    }


@view_config(
    route_name="hearing_correct",
    request_method="GET",
    renderer="record/correct_hearing.jinja2",
    permission="record:hearing:correct",
)
def show_correction(request: Request) -> dict[str, Any]:
    """Show the hearing as it is, to be put right or taken back."""
    hearing, case = hearing_from(request)
    own_entry(request, hearing.organisation_id, case)
    return _page(request, hearing, case, _values(request, hearing), {})


@view_config(
    route_name="hearing_correct",
    request_method="POST",
    renderer="record/correct_hearing.jinja2",
    permission="record:hearing:correct",
)
def save_correction(request: Request) -> Any:
    """Put the hearing right in one act."""
    hearing, case = hearing_from(request)
    own_entry(request, hearing.organisation_id, case)

    def act(work: Work, command: CorrectHearing) -> str:
        correct_hearing(work, hearing, command)
        anchor = f"hearing-{hearing.public_code}"
        return str(request.route_path("case", case=case.public_code, _anchor=anchor))

    return submit(
        request,
        "hearing:corrected",
        lambda: parse(CorrectHearing, request.POST, request.today(case.jurisdiction)),
        act,
        lambda errors: _page(request, hearing, case, request.POST, errors),
        _("The hearing was corrected. What was wrong stays visible, with your name and reason."),
        changes=Changes(
            Touched(case.id, rows=frozenset({("hearing", hearing.id)})),
            now=lambda: _values(request, hearing),
            compared=COMPARED,
        ),
    )
