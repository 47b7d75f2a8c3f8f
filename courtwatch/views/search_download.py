"""A search in full as CSV or JSON, written while it is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pyramid.httpexceptions import HTTPServiceUnavailable
from pyramid.request import Request
from pyramid.view import view_config
from sqlalchemy.orm import Session

from courtwatch.services.outcome_rules import rule_in_brief, rules_in_full, version_of
from courtwatch.services.search import Found, Search
from courtwatch.services.search_days import written
from courtwatch.views.search import forget_index, index_of, kept_search, without_words
from courtwatch.views.search_filters import read_filters
from courtwatch.views.search_words import OUT_OF_ORDER
from courtwatch.views.streaming import stream
from courtwatch.web.i18n import translate
from search_index.errors import SearchIndexError

COLUMNS = (
    "case",
    "address",
    "court",
    "stage",
    "outcome",
    "offences",
    "reasons",
    "custody",
    "registered",
    "last_event",
    "invented_data",
    "procedure",
    "outcome_rule",
)


def row_of(found: Found, address: str, law: str) -> dict[str, Any]:
    """Return one result as a row of a download. `law`: the page of the case's procedure."""
    document = found.document
    return {
        "case": document.code,
        "address": address,
        "court": " ".join(document.court),
        "stage": document.stage,
        "outcome": document.outcome,
        "offences": " ".join(document.offences),
        "reasons": " ".join(document.reasons),
        "custody": document.custody,
        "registered": written(found.days.registered),
        "last_event": written(found.days.last_event),
        "invented_data": found.invented,
        "procedure": version_of(found.procedure),
        "outcome_rule": rule_in_brief(found.procedure, law, of_cases=True),
    }


@view_config(route_name="search_download", request_method="GET", permission="search:record:use")
def download(request: Request) -> Any:
    """Send every result, not only a page of them."""
    kept = kept_search(request)
    chosen, actor = read_filters(request), request.actor
    now = request.now
    try:
        index = index_of(request)
    except SearchIndexError as error:
        forget_index(request, error)
        raise HTTPServiceUnavailable(str(translate(OUT_OF_ORDER))) from None
    text = kept.query

    def rows(session: Session) -> Iterator[Mapping[str, Any]]:
        with without_words():
            for found in Search(session, index, actor, now).all(text, chosen.filters, chosen.sort):
                shown = found.procedure
                version = {"version": str(shown.version)}
                law = request.route_url("procedure", name=shown.name, _query=version)
                yield row_of(found, request.route_url("case", case=found.document.code), law)

    invented = request.identity.invented
    about = {
        "title": "Search results",
        "invented_data": invented,
        "notice": "Invented data" if invented else None,
        "as_of": request.now.isoformat(timespec="seconds"),
        "outcome_rules": rules_in_full(request.dbsession, of_cases=True),
    }
    name = "courtwatch-search" + ("-invented-data" if invented else "")
    return stream(request, name, COLUMNS, rows, about)
