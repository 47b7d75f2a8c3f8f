"""Search: the query is posted, the address carries an opaque code and the facets."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config
from sqlalchemy.exc import SQLAlchemyError

from courtwatch.models import SavedSearch
from courtwatch.services import search as service
from courtwatch.services.messages import _
from courtwatch.services.search import Answer, Search
from courtwatch.views.saving import look_of, saving
from courtwatch.views.search_filters import (
    Chosen,
    Shown,
    address_of,
    day_values,
    pairs_of,
    query_of,
    read_filters,
)
from courtwatch.views.search_words import (
    DATE_TITLES,
    FACET_TITLES,
    FIELD_TITLES,
    OUT_OF_ORDER,
    PROBLEMS,
    SORTS,
)
from courtwatch.web.page import Action, Pagination
from search_index.errors import SearchIndexError
from search_index.highlight import Fragment
from search_index.index import SearchIndex, open_index
from search_index.query import QueryProblem

log = logging.getLogger(__name__)
INDEX = "courtwatch.search_index"
LONGEST = 4000


def index_of(request: Request) -> SearchIndex:
    """Return the index of this process: opened once, refreshed by itself."""
    registry = request.registry
    found: SearchIndex | None = registry.get(INDEX)
    if found is None:
        settings = request.settings_
        found = open_index(settings.index_directory, settings.search_engine.value)
        registry[INDEX] = found
    return found


def forget_index(request: Request, error: SearchIndexError) -> None:
    """Log what is wrong with the index, and open it anew next time; readers get no path."""
    log.error("search index: %s", error)
    request.registry.pop(INDEX, None)


def kept_search(request: Request) -> SavedSearch:
    """Return the query that the address names, if this very person typed it. Else 404."""
    found = service.kept_query(request.dbsession, request.actor, request.matchdict["code"])
    if found is None:
        raise HTTPNotFound()
    return found


class SearchFailed(Exception):
    """Something went wrong while searching. Its text holds no word that was typed."""


@contextmanager
def without_words() -> Iterator[None]:
    """Replace an unforeseen error by one that says where it came from, and nothing that was typed.

    The text of an error goes into the log, and may hold a piece of the query.
    """
    try:
        yield
    except (SearchIndexError, SQLAlchemyError):
        raise  # their texts hold no values
    except Exception as error:
        where = "".join(traceback.format_tb(error.__traceback__))
        raise SearchFailed(f"{type(error).__name__} at\n{where}") from None


@view_config(
    route_name="search",
    request_method="GET",
    renderer="search/search.jinja2",
    permission="search:record:use",
)
def show(request: Request) -> dict[str, Any]:
    """Show the empty search."""
    return _page(request, None, Chosen({}, ""))


@view_config(route_name="search", request_method="POST", permission="search:record:use")
def ask(request: Request) -> HTTPSeeOther:
    """Keep the typed words under a code, and lead to their results."""
    typed = request.POST.get("query", "").strip()[:LONGEST]
    kept = service.remember_query(request.dbsession, request.actor, typed, request.now)
    sort = request.POST.get("sort", "")
    query = {"sort": sort} if sort in {o.value for o in SORTS[1:]} else {}
    return HTTPSeeOther(request.route_path("search_results", code=kept.code, _query=query))


@view_config(
    route_name="search_results",
    request_method="GET",
    renderer="search/search.jinja2",
    permission="search:record:use",
)
def results(request: Request) -> Any:
    """Show the results of a kept query."""
    kept, chosen = kept_search(request), read_filters(request)
    if chosen.typed and not chosen.problems:  # the form of days has an address of its own
        return HTTPSeeOther(address_of(request, kept, chosen.filters, chosen.sort))
    number, size = _page_number(request), request.settings_.page_size
    look = look_of(request)
    try:
        search = Search(request.dbsession, index_of(request), request.actor, request.now)
        with without_words():
            answer = search.page(kept.query, chosen.filters, chosen.sort, (number - 1) * size, size)
        asked = {
            name: [*answer.facets.get(name, ()), *((v, 0) for v in chosen.filters.get(name, ()))]
            for name in answer.facets
        }
        words = search.facet_labels(asked)
    except SearchIndexError as error:
        forget_index(request, error)
        request.response.status_int = 503
        return _page(request, kept, chosen) | {"errors": {"query": OUT_OF_ORDER}}
    pagination = Pagination(
        number,
        size,
        answer.total,
        lambda page: address_of(request, kept, chosen.filters, chosen.sort, page),
    )
    shown = Shown(request, kept, chosen, answer, words)
    unknown = shown.unknown()
    return _page(request, kept, chosen, answer) | {
        "pagination": pagination,
        "facets": shown.facets(),
        "chips": shown.chips(),
        "orders": shown.sorts(),
        "downloads": _downloads(request, kept, chosen),
        "saving": saving(kept.code, chosen.filters, chosen.sort, look),
        "errors": _errors(chosen, answer, unknown),
        "marked_query": marked(kept.query, answer.problems),
        "banner": request.banner_for(any(found.invented for found in answer.found)),
    }


def _page_number(request: Request) -> int:
    text = request.GET.get("page", "1")
    known = text.isascii() and text.isdigit() and len(text) < 7
    return max(1, int(text)) if known else 1


def _page(
    request: Request, kept: SavedSearch | None, chosen: Chosen, answer: Answer | None = None
) -> dict[str, Any]:
    query = kept.query if kept else ""
    return {
        "page_title": _("Search"),
        "wide": True,
        "values": {"query": query} | day_values(chosen.filters) | chosen.typed,
        "errors": {},
        "answer": answer,
        "query": query,
        "filters": chosen.filters,
        "sort": chosen.sort,
        "kept_pairs": _kept_pairs(chosen),
        "days_open": bool(chosen.typed) or any(name in chosen.filters for name in DATE_TITLES),
        "here": request.route_path("search_results", code=kept.code) if kept else "",
        "facets": (),
        "chips": (),
        "orders": (),
        "field_titles": FIELD_TITLES,
        "marked_query": (),
        "downloads": (),
        "pagination": None,
        "banner": request.banner,
    }


def _kept_pairs(chosen: Chosen) -> list[tuple[str, str]]:
    """Return what the form of days carries along: facets and order."""
    facets = {n: vs for n, vs in chosen.filters.items() if n not in DATE_TITLES}
    return pairs_of(facets, chosen.sort) if chosen.sort else []


def _errors(chosen: Chosen, answer: Answer, unknown: list[Any]) -> dict[str, Any]:
    """Say what of the query and of the address was not understood."""
    errors: dict[str, Any] = {}
    if answer.problems:
        errors["query"] = [problem_words(problem) for problem in answer.problems]
    errors |= chosen.problems
    if unknown:
        errors[""] = [*errors.get("", ()), *unknown]
    return errors


def problem_words(problem: QueryProblem) -> Any:
    """Return what is wrong at one place of a query, and at which character."""
    return _(
        "${problem} (at character ${place})",
        mapping={
            "problem": PROBLEMS.get(problem.code, problem.message),
            "place": problem.position + 1,
        },
    )


def marked(query: str, problems: tuple[QueryProblem, ...]) -> tuple[Fragment, ...]:
    """Return a query in pieces, each with whether it is one that was not understood."""
    pieces: list[Fragment] = []
    at = 0
    for problem in problems:
        start = max(problem.position, at)
        end = min(max(problem.position + problem.length, start), len(query))
        if end <= start:
            continue
        pieces += [(query[at:start], False)] if start > at else []
        pieces.append((query[start:end], True))
        at = end
    if not pieces:
        return ()
    return (*pieces, (query[at:], False)) if at < len(query) else tuple(pieces)


def _downloads(request: Request, kept: SavedSearch, chosen: Chosen) -> list[Action]:
    return [
        Action(
            kind.upper(),
            request.route_path("search_download", code=kept.code, format=kind)
            + query_of(chosen.filters, chosen.sort),
        )
        for kind in ("csv", "json")
    ]


__all__ = [
    "FACET_TITLES",
    "FIELD_TITLES",
    "INDEX",
    "OUT_OF_ORDER",
    "SORTS",
    "address_of",
    "forget_index",
    "index_of",
    "kept_search",
    "marked",
    "problem_words",
    "without_words",
]
