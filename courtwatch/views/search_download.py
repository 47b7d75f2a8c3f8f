"""A search in full as CSV or JSON, written while it is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pyramid.httpexceptions import HTTPServiceUnavailable
from pyramid.request import Request
from pyramid.view import view_config
from sqlalchemy.orm import Session

from courtwatch.services.outcome_rules import rule_in_brief, rules_in_full, version_of
from courtwatch.services.search import Found, Search
from courtwatch.services.search_days import written
from courtwatch.views.search import forget_index, index_of, kept_search, without_words
from courtwatch.views.search_filters import query_of, read_filters
from courtwatch.views.search_words import OUT_OF_ORDER
from courtwatch.views.streaming import stream
from courtwatch.web.i18n import translate
from search_index.errors import SearchIndexError

FIELDS = {
    "case": "code of the case",
    "address": "address of its page",
    "numbers": "case numbers, where you may read them; several are parted by ;",
    "court": "codes of its courts, parted by blanks",
    "stage": "where it stands, by the procedure",
    "outcome": "how it ended, by the procedure; empty while it has not",
    "ended_by": "who ended it, parted by blanks",
    "offences": "codes of the offences, parted by blanks",
    "reasons": "codes of the reasons that you may read, parted by blanks",
    "custody": "custody of its accused, parted by blanks",
    "overdue": "detention, act, unknown: limits that had passed, or may have, at as_of",
    "registered": "first registration, as exactly as it is known: 2025-03-27, 2025-03, 2019~",
    "last_event": "last event of all accused, likewise",
    "invented_data": "whether it is made up for demonstration",
    "procedure": "procedure and version by which it is read",
    "outcome_rule": "by which rule the outcome of its accused becomes that of the case",
}
"""Columns of a download, in order, with what they hold."""


def row_of(found: Found, address: str, law: str, now: datetime) -> dict[str, Any]:
    """Return one result as a row of a download. `law`: the page of the case's procedure."""
    document = found.document
    return {
        "case": document.code,
        "address": address,
        "numbers": "; ".join(document.numbers),
        "court": " ".join(document.court),
        "stage": document.stage,
        "outcome": document.outcome,
        "ended_by": " ".join(document.ended_by),
        "offences": " ".join(document.offences),
        "reasons": " ".join(document.reasons),
        "custody": " ".join(document.custody),
        "overdue": " ".join(
            sorted({spell.value for spell in document.overdue if spell.holds(now)})
        ),
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
                address = request.route_url("case", case=found.document.code)
                yield row_of(found, address, law, now)

    invented = request.identity.invented
    about = {
        "title": "Search results",
        "invented_data": invented,
        "notice": "Invented data" if invented else None,
        "as_of": now.isoformat(timespec="seconds"),
        "search": request.route_url("search_results", code=kept.code)
        + query_of(chosen.filters, chosen.sort),
        "filters": {name: list(values) for name, values in chosen.filters.items()},
        "order": chosen.sort,
        "fields": FIELDS,
        "outcome_rules": rules_in_full(request.dbsession, of_cases=True),
    }
    name = "courtwatch-search" + ("-invented-data" if invented else "")
    return stream(request, name, tuple(FIELDS), rows, about)
