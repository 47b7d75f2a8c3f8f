"""Search: the query is posted, the address carries an opaque code and the facets."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther, HTTPServiceUnavailable
from pyramid.request import Request
from pyramid.view import view_config
from sqlalchemy.orm import Session

from courtwatch.models import SavedSearch
from courtwatch.services import search as service
from courtwatch.services.messages import _
from courtwatch.services.outcome_rules import rule_in_brief, rules_in_full, version_of
from courtwatch.services.search import Answer, Found, Search
from courtwatch.views.streaming import stream
from courtwatch.web.i18n import translate
from courtwatch.web.page import Action, Facet, FacetValue, Option, Pagination
from search_index.errors import SearchIndexError
from search_index.index import SearchIndex, Sort, open_index
from search_index.query import ProblemCode, QueryProblem

log = logging.getLogger(__name__)
INDEX = "courtwatch.search_index"
OUT_OF_ORDER = _("Search is out of order; the record itself is not. Ask the administrator.")
FACET_TITLES = {
    "court": _("Court"),
    "stage": _("Stage"),
    "outcome": _("Outcome"),
    "ended_by": _("Ended by"),
    "offence": _("Offence"),
    "reason": _("Reason"),
    "custody": _("Custody"),
    "year": _("Year"),
    "overdue": _("Due date passed"),
    "organisation": _("Organisation"),
}
FIELD_TITLES = {
    "number": _("Case number"),
    "name": _("Accused"),
    "court": _("Court"),
    "offence": _("Offence"),
    "reason": _("Reason"),
    "text": _("Note"),
}
SORTS = (
    Option(Sort.RELEVANCE.value, _("Best match")),
    Option(Sort.LAST_EVENT.value, _("Last event")),
    Option(Sort.REGISTERED.value, _("Registration")),
)
PROBLEMS = {
    ProblemCode.OPEN_QUOTE: _("A quotation mark is not closed"),
    ProblemCode.OPEN_PARENTHESIS: _("A parenthesis is not closed"),
    ProblemCode.CLOSE_PARENTHESIS: _("A parenthesis is closed that was never opened"),
    ProblemCode.OPEN_RANGE: _("A range is not closed; write field:[2025 TO 2026]"),
    ProblemCode.BAD_RANGE: _("A range needs two ends; write field:[2025 TO 2026]"),
    ProblemCode.BAD_DATE: _("A date is not understood; write 2025, 2025-03 or 2025-03-27"),
    ProblemCode.RANGE_FIELD: _("Ranges work on registered, last_event and year"),
    ProblemCode.UNKNOWN_FIELD: _("There is no such field to search in"),
    ProblemCode.EMPTY_FIELD: _("A field needs a word after its colon"),
    ProblemCode.LONELY_OPERATOR: _("AND, OR and NOT need a word on their other side"),
    ProblemCode.INNER_STAR: _("The star must stand at the end of a word"),
    ProblemCode.NO_WORDS: _("There is no word to look for"),
    ProblemCode.TOO_LONG: _("The query is too long"),
}


def _index(request: Request) -> SearchIndex:
    """Return the index of this process: opened once, refreshed by itself."""
    registry = request.registry
    found: SearchIndex | None = registry.get(INDEX)
    if found is None:
        settings = request.settings_
        found = open_index(settings.index_directory, settings.search_engine.value)
        registry[INDEX] = found
    return found


def _forget_index(request: Request, error: SearchIndexError) -> None:
    """Log what is wrong with the index, and open it anew next time; readers get no path."""
    log.error("search index: %s", error)
    request.registry.pop(INDEX, None)


@view_config(
    route_name="search",
    request_method="GET",
    renderer="search/search.jinja2",
    permission="search:record:use",
)
def show(request: Request) -> dict[str, Any]:
    """Show the empty search."""
    return _page(request, None, None, {})


@view_config(route_name="search", request_method="POST", permission="search:record:use")
def ask(request: Request) -> HTTPSeeOther:
    """Keep the typed words under a code, and lead to their results."""
    typed = request.POST.get("query", "").strip()
    kept = service.remember_query(request.dbsession, request.actor, typed, request.now)
    sort = request.POST.get("sort", "")
    query = {"sort": sort} if sort in {o.value for o in SORTS[1:]} else {}
    return HTTPSeeOther(request.route_path("search_results", code=kept.code, _query=query))


def _kept(request: Request) -> SavedSearch:
    found = service.kept_query(request.dbsession, request.actor, request.matchdict["code"])
    if found is None:
        raise HTTPNotFound()
    return found


def _filters(request: Request) -> dict[str, tuple[str, ...]]:
    return {
        name: tuple(dict.fromkeys(request.GET.getall(name)))
        for name in service.facets_of(request.actor)
        if name in request.GET
    }


def _sort(request: Request) -> str:
    wanted = request.GET.get("sort", "")
    return wanted if wanted in {o.value for o in SORTS} else Sort.RELEVANCE.value


@view_config(
    route_name="search_results",
    request_method="GET",
    renderer="search/search.jinja2",
    permission="search:record:use",
)
def results(request: Request) -> dict[str, Any]:
    """Show the results of a kept query."""
    kept = _kept(request)
    filters, sort = _filters(request), _sort(request)
    text = request.GET.get("page", "1")
    number = max(1, min(int(text), 100_000)) if text.isascii() and text.isdigit() else 1
    size = request.settings_.page_size
    try:
        search = Search(request.dbsession, _index(request), request.actor, request.now)
        answer = search.page(kept.query, filters, sort, (number - 1) * size, size)
        words = search.facet_labels(answer.facets)
    except SearchIndexError as error:
        _forget_index(request, error)
        request.response.status_int = 503
        return _page(request, kept, None, filters) | {"errors": {"query": OUT_OF_ORDER}}
    pagination = Pagination(
        number, size, answer.total, lambda page: _address(request, kept, filters, sort, page)
    )
    return _page(request, kept, answer, filters) | {
        "pagination": pagination,
        "facets": _facets(request, kept, answer, filters, sort, words),
        "downloads": _downloads(request, kept, filters, sort),
        "errors": _problem(answer.problem, kept.query),
        "banner": request.banner_for(any(found.invented for found in answer.found)),
    }


def _page(
    request: Request,
    kept: SavedSearch | None,
    answer: Answer | None,
    filters: Mapping[str, tuple[str, ...]],
) -> dict[str, Any]:
    return {
        "page_title": _("Search"),
        "wide": True,
        "values": {"query": kept.query if kept else "", "sort": _sort(request)},
        "errors": {},
        "answer": answer,
        "filters": filters,
        "facets": (),
        "sorts": SORTS,
        "field_titles": FIELD_TITLES,
        "downloads": (),
        "pagination": None,
        "banner": request.banner,
    }


def _problem(problem: QueryProblem | None, query: str) -> dict[str, Any]:
    """Say what is wrong with a query, and where."""
    if problem is None:
        return {}
    where = query[problem.position : problem.position + 20] or query[-20:]
    message = PROBLEMS.get(problem.code)
    words = message if message is not None else problem.message
    return {"query": [words, _("It is at: ${where}", mapping={"where": where})]}


def _address(
    request: Request,
    kept: SavedSearch,
    filters: Mapping[str, tuple[str, ...]],
    sort: str,
    page: int = 1,
) -> str:
    return str(request.route_path("search_results", code=kept.code)) + _query(filters, sort, page)


def _query(filters: Mapping[str, tuple[str, ...]], sort: str, page: int = 1) -> str:
    pairs = [(name, value) for name, values in filters.items() for value in values]
    if sort != Sort.RELEVANCE.value:
        pairs.append(("sort", sort))
    if page > 1:
        pairs.append(("page", str(page)))
    return f"?{urlencode(pairs)}" if pairs else ""


def _facets(
    request: Request,
    kept: SavedSearch,
    answer: Answer,
    filters: Mapping[str, tuple[str, ...]],
    sort: str,
    words: Mapping[tuple[str, str], Any],
) -> list[Facet]:
    groups = []
    for name, title in FACET_TITLES.items():
        values = []
        for code, count in answer.facets.get(name, ()):
            active = code in filters.get(name, ())
            chosen = [v for v in filters.get(name, ()) if v != code]
            chosen += [] if active else [code]
            other = {n: v for n, v in filters.items() if n != name}
            changed = other | ({name: tuple(chosen)} if chosen else {})
            label = words.get((name, code), code)
            href = _address(request, kept, changed, sort)
            values.append(FacetValue(label, count, href, active))
        if values:
            groups.append(Facet(name, title, tuple(values)))
    return groups


def _downloads(
    request: Request, kept: SavedSearch, filters: Mapping[str, tuple[str, ...]], sort: str
) -> list[Action]:
    return [
        Action(
            kind.upper(),
            request.route_path("search_download", code=kept.code, format=kind)
            + _query(filters, sort),
        )
        for kind in ("csv", "json")
    ]


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
        "registered": _iso(document.registered),
        "last_event": _iso(document.last_event),
        "invented_data": found.invented,
        "procedure": version_of(found.procedure),
        "outcome_rule": rule_in_brief(found.procedure, law, of_cases=True),
    }


def _iso(day: int | None) -> str:
    return "" if not day else f"{day // 10000:04d}-{day // 100 % 100:02d}-{day % 100:02d}"


@view_config(route_name="search_download", request_method="GET", permission="search:record:use")
def download(request: Request) -> Any:
    """Send every result, not only a page of them."""
    kept = _kept(request)
    filters, sort, actor = _filters(request), _sort(request), request.actor
    now = request.now
    try:
        index = _index(request)
    except SearchIndexError as error:
        _forget_index(request, error)
        raise HTTPServiceUnavailable(str(translate(OUT_OF_ORDER))) from None
    text = kept.query

    def rows(session: Session) -> Iterator[Mapping[str, Any]]:
        for found in Search(session, index, actor, now).all(text, filters, sort):
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


@view_config(
    route_name="search_help",
    request_method="GET",
    renderer="search/help.jinja2",
    permission="search:record:use",
)
def explain(request: Request) -> dict[str, Any]:
    """Explain the operators, with examples that are tested."""
    return {"page_title": _("How to search"), "examples": EXAMPLES}


EXAMPLES = (
    ("adjourned witness", _("Cases with both words, in any order")),
    ("adjourned OR postponed", _("Cases with at least one of the words")),
    ("witness NOT victim", _("The first word without the second")),
    ('"closed hearing"', _("Exactly these words, one after the other")),
    ('"judge absent"~3', _("These words near each other, at most three words between")),
    ("traffick*", _("Words that begin so")),
    ("Vuthy~", _("Words written almost so")),
    ("name:Sok", _("Names, also in other spellings: Sok, Sokh")),
    ("court:Battambang AND reason:EV1", _("In one field")),
    ("registered:[2025-01 TO 2025-06]", _("Days, months or years from … to")),
    ("តុលាការ", _("A Khmer word, also inside running text")),
)
