"""Sever an accused and move them to another case; what the two case pages say of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from courtwatch import labels
from courtwatch.commands.parsing import Invalid, parse
from courtwatch.commands.severance import MoveAccused, Target
from courtwatch.models import Case, Prosecution
from courtwatch.services.case_page import CasePage
from courtwatch.services.finding import accused_of
from courtwatch.services.meanwhile import Touched
from courtwatch.services.messages import _
from courtwatch.services.severance import Moved, move_accused, moves_of
from courtwatch.services.work import Work
from courtwatch.views import options
from courtwatch.views.case_picker import NOTHING_PICKED, Picked, pick
from courtwatch.views.case_words import when
from courtwatch.views.forms import submit
from courtwatch.views.lookup import at_rest, own, prosecution_from
from courtwatch.views.meanwhile import Changes
from courtwatch.web.page import Option

TARGETS = (
    Option(Target.NEW, _("A new case, opened for this accused")),
    Option(Target.EXISTING, _("A case that is in the record")),
)


def _found(request: Request) -> tuple[Prosecution, Case]:
    """Return the prosecution and its case; only who keeps the case may move anybody out of it."""
    prosecution, case = prosecution_from(request)
    return prosecution, own(request, at_rest(request, case))


def _page(
    request: Request,
    values: Mapping[str, Any],
    errors: Mapping[str, Any],
    picked: Picked = NOTHING_PICKED,
) -> dict[str, Any]:
    prosecution, case = _found(request)
    session, lang = request.dbsession, request.locale_name
    return {
        "page_title": _("Move to another case"),
        "case": case,
        "case_href": request.route_path("case", case=case.public_code),
        "accused": accused_of(session, request.actor, case).get(
            prosecution.id, prosecution.public_code
        ),
        "values": values,
        "errors": errors,
        "picked": picked,
        "targets": TARGETS,
        "courts": options.institutions(session, case.jurisdiction_id, lang),
        "issuers": options.words(labels.NUMBER_ISSUERS),
        "sources": options.words(labels.SOURCES),
        "reliabilities": options.words(labels.RELIABILITIES),
        "banner": request.banner_for(case.jurisdiction.invented),
    }


@view_config(
    route_name="accused_move",
    request_method="GET",
    renderer="record/move.jinja2",
    permission="record:accused:move",
)
def show(request: Request) -> dict[str, Any]:
    """Show the form. A severed file stays at its court unless somebody says otherwise.

    Without a court the accused would be missing from its figures.
    """
    _prosecution, case = _found(request)
    values = {"number_issuer": "court", "source": "told", "reliability": "medium"}
    if case.court_id is not None:
        values["court"] = str(case.court_id)
    return _page(request, values, {})


@view_config(
    route_name="accused_move",
    request_method="POST",
    renderer="record/move.jinja2",
    permission="record:accused:move",
)
def save(request: Request) -> Any:
    """Move the accused, and lead to the case where they are now."""
    prosecution, case = _found(request)

    existing = request.POST.get("target") == Target.EXISTING
    picked = pick(request, "other", request.POST) if existing else NOTHING_PICKED

    def read() -> MoveAccused:
        if picked.error is not None:
            raise Invalid({"other": picked.error})
        sent = {**request.POST, "other": picked.code or ""}
        return parse(MoveAccused, sent, request.today(case.jurisdiction))

    def act(work: Work, command: MoveAccused) -> str:
        to = move_accused(work, prosecution, case, command)
        return str(request.route_path("case", case=to.public_code))

    return submit(
        request,
        "accused:moved",
        read,
        act,
        lambda errors: _page(request, request.POST, errors, picked),
        _("The accused was moved to this case."),
        changes=Changes(Touched(case.id, frozenset({prosecution.id}))),
    )


def severed(request: Request, page: CasePage) -> list[dict[str, Any]]:
    """Return who came into a case from another and who left it, as its page says it."""
    moves = moves_of(request.dbsession, request.actor, page.case, page.revision)
    here = {one.code for one in page.accused}
    return [_words(request, one, here) for one in moves]


def _words(request: Request, one: Moved, here: set[str]) -> dict[str, Any]:
    event = one.event
    anchor = f"prosecution-{one.prosecution}"
    return {
        "came": one.came,
        "other": one.other,
        "href": request.route_path("case", case=one.other, _anchor=None if one.came else anchor),
        "anchor": anchor if one.came and one.prosecution in here else None,
        "code": one.prosecution,
        "accused": one.accused,
        "day": when(event.occurred_from, event.occurred_to, event.precision) if event else None,
    }
