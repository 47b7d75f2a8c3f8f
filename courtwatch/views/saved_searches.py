"""Saved searches: keep one under a name, see what is new in it, say that it was seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.view import view_config

from courtwatch.commands.parsing import Invalid
from courtwatch.models import SavedSearch
from courtwatch.services import search as searching
from courtwatch.services.messages import _
from courtwatch.services.saved_searches import (
    NameRefused,
    News,
    SavedSearches,
    filters_gone,
    filters_of,
    saved_search,
    saved_searches,
)
from courtwatch.services.search import Search
from courtwatch.services.work import Work
from courtwatch.views.forms import submit
from courtwatch.views.resent import answer_again
from courtwatch.views.saving import look_field, look_in, saving
from courtwatch.views.search import forget_index, index_of
from courtwatch.views.search_filters import address_of, read_filters, span_words
from courtwatch.views.search_words import DATE_TITLES, FACET_TITLES, FIELD_TITLES, OUT_OF_ORDER
from courtwatch.web.dates import format_moment
from courtwatch.web.page import Pagination
from search_index.errors import SearchIndexError

MAY = "search:record:use"
ONLY = ("new", "changed")
OWN = None
"""What a form of this page rests on: a search that nobody else sees or changes."""


def _mine(request: Request) -> SavedSearch:
    """Return the search that the address names, of this very person. Else it is not there."""
    found = saved_search(request.dbsession, request.actor, request.matchdict["code"])
    if found is None:
        if request.method == "POST":
            answer_again(request)  # the first sending may have deleted it
        raise HTTPNotFound()
    return found


def _searches(request: Request) -> SavedSearches:
    return SavedSearches(request.dbsession, index_of(request), request.actor, request.now)


@view_config(
    route_name="saved_searches",
    request_method="GET",
    renderer="search/saved_list.jinja2",
    permission=MAY,
)
def show_all(request: Request) -> dict[str, Any]:
    """List the person's saved searches with what is new in each."""
    mine = saved_searches(request.dbsession, request.actor)
    rows = []
    try:
        searches = _searches(request)
        for one in mine:
            rows.append(_row(request, one, searches.news(one)))
    except SearchIndexError as error:
        forget_index(request, error)
        rows = [_row(request, one, None) for one in mine]
    broken = bool(mine) and rows[-1]["news"] is None
    return {
        "page_title": _("Saved searches"),
        "rows": rows,
        "errors": {"": OUT_OF_ORDER} if broken else {},
    }


def _row(request: Request, saved: SavedSearch, news: News | None) -> dict[str, Any]:
    path = request.route_path
    return {
        "name": saved.name,
        "href": path("saved_search", code=saved.code),
        "looks_for": _looks_for(request, saved),
        "news": news,
        "since": format_moment(saved.looked_at) if saved.looked_at else "",
        "rename_href": path("saved_search_rename", code=saved.code),
        "delete_href": path("saved_search_delete", code=saved.code),
    }


def _looks_for(request: Request, saved: SavedSearch) -> list[tuple[Any, list[Any]]]:
    """Return what a search looks for: its words, and its facets in words."""
    filters = {
        name: values
        for name, values in filters_of(saved).items()
        if name not in filters_gone(saved, request.actor)
    }
    words = Search(request.dbsession, index_of(request), request.actor).facet_labels(
        {name: [(value, 0) for value in values] for name, values in filters.items()}
    )
    told: list[tuple[Any, list[Any]]] = [(_("Words"), [saved.query])] if saved.query else []
    for name, values in filters.items():
        if name in DATE_TITLES:
            told.append((DATE_TITLES[name], [span_words(value) for value in values]))
        else:
            shown = [words.get((name, value), value) for value in values]
            told.append((FACET_TITLES[name], shown))
    return told


@view_config(
    route_name="saved_searches",
    request_method="POST",
    renderer="search/saved_name.jinja2",
    permission=MAY,
)
def save(request: Request) -> Any:
    """Keep the search of a page of results under a name."""
    code = request.POST.get("code", "")
    kept = searching.kept_query(request.dbsession, request.actor, code)
    if kept is None:
        raise HTTPNotFound()
    chosen = read_filters(request, request.POST)
    filters, sort = chosen.filters, chosen.sort
    look = look_in(request)

    def act(work: Work, command: str) -> str:
        saved = _refusing(
            request, lambda: _searches(request).save(kept.query, filters, sort, command, look)
        )
        work.audit("saved_search:kept", saved.code)
        return str(request.route_path("saved_search", code=saved.code))

    def again(errors: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "page_title": _("Save this search"),
            "action": request.route_path("saved_searches"),
            "back": address_of(request, kept, filters, sort),
            "values": request.POST,
            "errors": errors,
            "saving": saving(code, filters, sort, look_field(look)),
        }

    return submit(
        request,
        "saved_search:kept",
        lambda: request.POST.get("name", ""),
        act,
        again,
        _("The search is saved. From now on you see here what is new in it."),
        changes=OWN,
    )


def _refusing(request: Request, act: Any) -> Any:
    """Carry something out; what is refused becomes a message at its field."""
    try:
        return act()
    except NameRefused as refused:
        raise Invalid({"name": refused.words}) from None
    except SearchIndexError as error:
        forget_index(request, error)
        raise Invalid({"": OUT_OF_ORDER}) from None


@view_config(
    route_name="saved_search",
    request_method="GET",
    renderer="search/saved.jinja2",
    permission=MAY,
)
def show(request: Request) -> dict[str, Any]:
    """Show what is new in a saved search. Looking marks nothing: the person says so."""
    saved = _mine(request)
    return _news_page(request, saved, {})


def _news_page(request: Request, saved: SavedSearch, errors: Mapping[str, Any]) -> dict[str, Any]:
    only = request.GET.get("only", "")
    page: dict[str, Any] = {
        "page_title": saved.name,
        "wide": True,
        "saved": saved,
        "since": format_moment(saved.looked_at) if saved.looked_at else "",
        "only": only if only in ONLY else "",
        "field_titles": FIELD_TITLES,
        "gone": [FACET_TITLES[name] for name in filters_gone(saved, request.actor)],
        "all_href": address_of(request, saved, filters_of(saved), saved.sort or ""),
        "here": request.route_path("saved_search", code=saved.code),
        "errors": errors,
        "news": None,
    }
    try:
        news = _searches(request).news(saved)
        cases = {"new": news.new, "changed": news.changed}.get(only, news.cases)
        size = request.settings_.page_size
        pagination = Pagination(
            _page_number(request), size, len(cases), lambda number: _href(request, saved, number)
        )
        some = cases[(pagination.page - 1) * size : pagination.page * size]
        search = Search(request.dbsession, index_of(request), request.actor, request.now)
        found = search.found(some, saved.query)
    except SearchIndexError as error:
        forget_index(request, error)
        request.response.status_int = 503
        return page | {"errors": {"": OUT_OF_ORDER}}
    return page | {
        "looks_for": _looks_for(request, saved),
        "news": news,
        "new": frozenset(news.new),
        "found": found,
        "look": look_field(news.look),
        "pagination": pagination,
        "banner": request.banner_for(any(one.invented for one in found))
        if found
        else request.banner,
    }


def _page_number(request: Request) -> int:
    text = request.GET.get("page", "1")
    return max(1, min(int(text), 100_000)) if text.isascii() and text.isdigit() else 1


def _href(request: Request, saved: SavedSearch, number: int) -> str:
    query = {"only": request.GET["only"]} if request.GET.get("only") in ONLY else {}
    if number > 1:
        query["page"] = str(number)
    return str(request.route_path("saved_search", code=saved.code, _query=query))


@view_config(
    route_name="saved_search_seen",
    request_method="POST",
    renderer="search/saved.jinja2",
    permission=MAY,
)
def mark_seen(request: Request) -> Any:
    """Take for seen what the page that was sent had shown, not what came since."""
    saved = _mine(request)
    look = look_in(request)

    def act(work: Work, command: None) -> str:
        _refusing(request, lambda: _searches(request).mark(saved, look))
        return str(request.route_path("saved_search", code=saved.code))

    return submit(
        request,
        "saved_search:seen",
        lambda: None,
        act,
        lambda errors: _news_page(request, saved, errors),
        _("Marked as seen."),
        changes=OWN,
    )


@view_config(route_name="saved_search_rename", renderer="search/saved_name.jinja2", permission=MAY)
def rename(request: Request) -> Any:
    """Give a saved search another name."""
    saved = _mine(request)
    back = request.route_path("saved_search", code=saved.code)

    def page(errors: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "page_title": _("Rename this search"),
            "action": None,
            "back": back,
            "values": request.POST if request.method == "POST" else {"name": saved.name},
            "errors": errors,
            "saving": None,
        }

    if request.method != "POST":
        return page({})

    def act(work: Work, command: str) -> str:
        _refusing(request, lambda: _searches(request).rename(saved, command))
        return str(back)

    return submit(
        request,
        "saved_search:renamed",
        lambda: request.POST.get("name", ""),
        act,
        page,
        _("The search has its new name."),
        changes=OWN,
    )


@view_config(
    route_name="saved_search_delete", renderer="search/saved_delete.jinja2", permission=MAY
)
def delete(request: Request) -> Any:
    """Delete a saved search, once the person says so again."""
    saved = _mine(request)

    def page(errors: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "page_title": _("Delete this search?"),
            "name": saved.name,
            "back": request.route_path("saved_search", code=saved.code),
            "errors": errors,
        }

    if request.method != "POST":
        return page({})

    def act(work: Work, command: None) -> str:
        work.session.delete(saved)
        return str(request.route_path("saved_searches"))

    return submit(
        request,
        "saved_search:deleted",
        lambda: None,
        act,
        page,
        _("The search is deleted. No case was."),
        changes=OWN,
    )
