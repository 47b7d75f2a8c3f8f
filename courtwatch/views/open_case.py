"""Open a case: likely matches first, then the case. And ask who holds a case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from courtwatch import labels
from courtwatch.commands.cases import FindCase, OpenCase
from courtwatch.commands.parsing import Invalid, parse
from courtwatch.models import Jurisdiction
from courtwatch.models.vocabulary import ShareLevel
from courtwatch.services.choices import jurisdiction_for
from courtwatch.services.messages import _
from courtwatch.services.open_case import (
    TooManyFinds,
    find_elsewhere,
    find_matches,
    open_case,
    procedure_for,
)
from courtwatch.services.standing import procedure_of
from courtwatch.services.work import Work
from courtwatch.views import options
from courtwatch.views.forms import submit

UNKNOWN_ACCUSED = {
    "sex": "unknown",
    "age_band": "unknown",
    "official": "unknown",
    "related_to_child_victim": "unknown",
    "civil_party": "unknown",
    "source": "told",
    "stage": "start",
}
"""What the empty form says of a person: nothing is guessed."""


class MatchesFound(Invalid):
    """Cases were found that may be the same; the person must say that they are not."""

    def __init__(self, matches: list[Any]) -> None:
        super().__init__(
            {"matches_checked": _("Look at the cases below, then say that yours is another one")}
        )
        self.matches = matches


def _jurisdiction(request: Request, values: Mapping[str, Any]) -> Jurisdiction:
    """Return the jurisdiction of the form: chosen, else the one this organisation works in."""
    chosen = str(values.get("jurisdiction", ""))
    return jurisdiction_for(request.dbsession, chosen, request.actor.organisation_id)


def accused_choices(request: Request, jurisdiction: Jurisdiction, procedure: Any) -> dict[str, Any]:
    """Return the choices of the fields about an accused."""
    lang = request.locale_name
    return {
        "stages": options.stages(procedure, lang),
        "sexes": options.words(labels.SEXES),
        "age_bands": options.words(labels.AGE_BANDS),
        "yes_no": options.words(labels.YES_NO),
        "offences": options.offences(request.dbsession, jurisdiction.id, lang),
        "exploitations": options.words(labels.EXPLOITATIONS),
        "sources": options.words(labels.SOURCES),
    }


def _page(
    request: Request, values: Mapping[str, Any], errors: Mapping[str, Any], matches: list[Any]
) -> dict[str, Any]:
    jurisdiction = _jurisdiction(request, values)
    procedure = procedure_of(procedure_for(request.dbsession, jurisdiction, request.now))
    lang = request.locale_name
    return {
        "page_title": _("Open a case"),
        "values": values,
        "errors": errors,
        "matches": matches,
        "jurisdiction": jurisdiction,
        "jurisdictions": options.jurisdictions(request.dbsession, lang),
        "courts": options.institutions(request.dbsession, jurisdiction.id, lang),
        "issuers": options.words(labels.NUMBER_ISSUERS),
        "share_levels": options.words(labels.SHARE_LEVELS, labels.SHARE_LEVEL_HINTS),
        "banner": request.banner_for(jurisdiction.invented),
        **accused_choices(request, jurisdiction, procedure),
    }


@view_config(
    route_name="open_case",
    request_method="GET",
    renderer="record/open_case.jinja2",
    permission="record:case:open",
)
def show(request: Request) -> dict[str, Any]:
    """Show the empty form; other choices follow the jurisdiction in the address."""
    values = UNKNOWN_ACCUSED | {"share_level": ShareLevel.PRIVATE, "number_issuer": "court"}
    return _page(request, values | dict(request.GET), {}, [])


@view_config(
    route_name="open_case",
    request_method="POST",
    renderer="record/open_case.jinja2",
    permission="record:case:open",
)
def save(request: Request) -> Any:
    """Open the case, or show likely matches, or what is wrong."""
    matches: list[Any] = []
    today = request.today(_jurisdiction(request, request.POST))

    def act(work: Work, command: OpenCase) -> str:
        found = [] if command.matches_checked else find_matches(work, command)
        if found:
            matches.extend(found)
            raise MatchesFound(found)
        case = open_case(work, command)
        return str(request.route_path("case", case=case.public_code))

    return submit(
        request,
        "case:opened",
        lambda: parse(OpenCase, request.POST, today),
        act,
        lambda errors: _page(request, request.POST, errors, matches),
        _("The case is open. Record what happened next."),
        changes=None,
    )


@view_config(
    route_name="access_request",
    request_method="GET",
    renderer="record/find_case.jinja2",
    permission="record:case:find",
)
def ask(request: Request) -> dict[str, Any]:
    """Show the form that asks whether another organisation holds a case."""
    return _ask_page(request, {}, {}, None)


@view_config(
    route_name="access_request",
    request_method="POST",
    renderer="record/find_case.jinja2",
    permission="record:case:find",
)
def answer(request: Request) -> dict[str, Any]:
    """Say who holds a case with this number at this court; its owner is told."""
    try:
        command = parse(FindCase, request.POST)
        matches = find_elsewhere(request.work("case:asked_for"), command)
    except Invalid as problem:
        request.response.status_int = 400
        return _ask_page(request, request.POST, problem.errors, None)
    except TooManyFinds as limit:
        request.response.status_int = 429
        return _ask_page(request, request.POST, {"": limit.words}, None)
    return _ask_page(request, request.POST, {}, matches)


def _ask_page(
    request: Request,
    values: Mapping[str, Any],
    errors: Mapping[str, Any],
    matches: list[Any] | None,
) -> dict[str, Any]:
    jurisdiction = _jurisdiction(request, values)
    return {
        "page_title": _("Does another organisation hold this case?"),
        "values": values,
        "errors": errors,
        "matches": matches,
        "courts": options.institutions(request.dbsession, jurisdiction.id, request.locale_name),
        "banner": request.banner_for(jurisdiction.invented),
    }
