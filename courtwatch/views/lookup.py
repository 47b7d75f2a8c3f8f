"""Find what an address names, as far as this person may see it. Else it is not there (404)."""

from __future__ import annotations

from collections.abc import Callable

from pyramid.httpexceptions import HTTPConflict, HTTPForbidden, HTTPNotFound, HTTPSeeOther
from pyramid.request import Request

from courtwatch.models import Case, Event, Hearing, Prosecution
from courtwatch.security.visibility import Level, level_for
from courtwatch.services.finding import case_by_code, hearing_by_code, prosecution_by_code
from courtwatch.services.messages import _
from courtwatch.services.redaction import Found, find
from courtwatch.views.resent import answer_again
from workflows.elements import MOVED_TO_VERSION

WRITERS = frozenset({Level.OWN, Level.NETWORK})


def visible(request: Request, case: Case | None) -> Case:
    """Return the case if this person may see anything of it."""
    if case is None:
        raise HTTPNotFound()
    if level_for(request.dbsession, request.actor, case) in (Level.NONE, Level.EXISTS):
        raise HTTPNotFound()
    return case


def writable(request: Request, case: Case | None) -> Case:
    """Return the case if this person may add to it: their own, or one shared in full."""
    found = visible(request, case)
    if level_for(request.dbsession, request.actor, found) not in WRITERS:
        raise HTTPForbidden()
    return found


def at_rest(request: Request, case: Case) -> Case:
    """Return the case unless it was merged: its record rests until that is taken apart.

    A page leads to the case that holds; what was sent is refused with the reason (409).
    """
    if case.merged_into_id is None:
        return case
    holder = request.dbsession.get_one(Case, case.merged_into_id)
    if request.method == "POST":
        answer_again(request)
        raise HTTPConflict(
            _(
                "This record was merged into the case ${code}: add to that one, or take the merge "
                "apart first.",
                mapping={"code": holder.public_code},
            ).interpolate()
        )
    raise HTTPSeeOther(request.route_path("case", case=holder.public_code))


def own(request: Request, case: Case) -> Case:
    """Return the case if it belongs to this person's organisation."""
    if case.owner_id != request.actor.organisation_id:
        raise HTTPForbidden()
    return case


def own_entry(request: Request, organisation_id: int, case: Case) -> None:
    """Allow only the organisation that made an entry, or that keeps the case, to put it right."""
    if request.actor.organisation_id not in (organisation_id, case.owner_id):
        raise HTTPForbidden()


def case_from(request: Request) -> Case:
    """Return the case that the address names, for adding to it."""
    return at_rest(
        request, writable(request, case_by_code(request.dbsession, request.matchdict["case"]))
    )


def own_case_from(request: Request) -> Case:
    """Return the case that the address names, for its organisation, merged or not."""
    return own(
        request, visible(request, case_by_code(request.dbsession, request.matchdict["case"]))
    )


def prosecution_from(request: Request) -> tuple[Prosecution, Case]:
    """Return the prosecution that the address names, and its case, for adding to it."""
    found = prosecution_by_code(request.dbsession, request.matchdict["prosecution"])
    if found is None:
        raise HTTPNotFound()
    case = writable(request, found[1])
    return found[0], case if found[0].merged_into_id is None else at_rest(request, case)


def hearing_from(
    request: Request, allowed: Callable[[Request, Case | None], Case] = writable
) -> tuple[Hearing, Case]:
    """Return the hearing that the address names, and its case, as far as `allowed`."""
    hearing = hearing_by_code(request.dbsession, request.matchdict["hearing"])
    if hearing is None:
        raise HTTPNotFound()
    case = allowed(request, request.dbsession.get(Case, hearing.case_id))
    return hearing, at_rest(request, case) if allowed is writable else case


def event_from(
    request: Request, allowed: Callable[[Request, Case | None], Case] = writable
) -> tuple[Event, Case]:
    """Return the event that the address names, and its case, as far as `allowed`.

    That a case was moved to another version is no entry of a person's: nobody writes to it.
    """
    event = request.dbsession.get(Event, int(request.matchdict["event"]))
    if event is None or (event.step == MOVED_TO_VERSION and allowed is writable):
        raise HTTPNotFound()
    case = allowed(request, request.dbsession.get(Case, event.case_id))
    return event, at_rest(request, case) if allowed is writable else case


def words_from(request: Request) -> Found:
    """Return the words that the address names, for taking some of them out.

    What this person may not read is not there (404); what belongs to another organisation, which
    neither keeps the case nor wrote the words, is refused (403).
    """
    found = find(
        request.dbsession, request.actor, request.matchdict["kind"], int(request.matchdict["row"])
    )
    if found is None:
        raise HTTPNotFound()
    if not found.may:
        raise HTTPForbidden()
    return found
