"""Find what an address names, as far as this person may see it. Else it is not there (404)."""

from __future__ import annotations

from collections.abc import Callable

from pyramid.httpexceptions import HTTPForbidden, HTTPNotFound
from pyramid.request import Request

from courtwatch.models import Case, Event, Hearing, Prosecution
from courtwatch.security.visibility import Level, level_for
from courtwatch.services.finding import case_by_code, hearing_by_code, prosecution_by_code
from courtwatch.services.redaction import Found, find
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
    return writable(request, case_by_code(request.dbsession, request.matchdict["case"]))


def prosecution_from(request: Request) -> tuple[Prosecution, Case]:
    """Return the prosecution that the address names, and its case, for adding to it."""
    found = prosecution_by_code(request.dbsession, request.matchdict["prosecution"])
    if found is None:
        raise HTTPNotFound()
    return found[0], writable(request, found[1])


def hearing_from(
    request: Request, allowed: Callable[[Request, Case | None], Case] = writable
) -> tuple[Hearing, Case]:
    """Return the hearing that the address names, and its case, as far as `allowed`."""
    hearing = hearing_by_code(request.dbsession, request.matchdict["hearing"])
    if hearing is None:
        raise HTTPNotFound()
    return hearing, allowed(request, request.dbsession.get(Case, hearing.case_id))


def event_from(
    request: Request, allowed: Callable[[Request, Case | None], Case] = writable
) -> tuple[Event, Case]:
    """Return the event that the address names, and its case, as far as `allowed`.

    That a case was moved to another version is no entry of a person's: nobody writes to it.
    """
    event = request.dbsession.get(Event, int(request.matchdict["event"]))
    if event is None or (event.step == MOVED_TO_VERSION and allowed is writable):
        raise HTTPNotFound()
    return event, allowed(request, request.dbsession.get(Case, event.case_id))


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
