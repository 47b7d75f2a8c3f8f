"""Facets of a search: what the address says, what is offered, what is chosen, what is wrong.

An address carries an opaque code and facets; the typed words stand in neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from pyramid.request import Request

from courtwatch.models import SavedSearch
from courtwatch.services import search as service
from courtwatch.services.messages import _
from courtwatch.services.search import Answer
from courtwatch.views.search_words import DATE_TITLES, FACET_TITLES, SORTS
from courtwatch.web.page import Action, Facet, FacetValue
from search_index.days import day_bounds
from search_index.index import Sort

VALUES_SHOWN = 12
MOST_VALUES = 50
_ENDS = ("from", "to")
_OTHER = ("sort", "page")
Filters = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Chosen:
    """What the address of a search asks for.

    `problems`: what of it is not understood and was left out, by field of the form (`""`: of none).
    `typed`: days as the form sent them; they belong into `filters`.
    """

    filters: dict[str, tuple[str, ...]]
    sort: str
    problems: dict[str, list[Any]] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FacetShown(Facet):
    """A facet as the page shows it: `more` are the values behind "show all", `chosen` says
    how many are chosen."""

    more: tuple[FacetValue, ...] = ()
    chosen: int = 0


def read_filters(request: Request, sent: Any = None) -> Chosen:
    """Return what the address asks for, or (`sent`) a form that carries it on."""
    sent = request.GET if sent is None else sent
    offered = service.facets_of(request.actor)
    filters: dict[str, tuple[str, ...]] = {}
    problems: dict[str, list[Any]] = {}
    typed: dict[str, str] = {}
    for name in dict.fromkeys(sent):
        values = tuple(dict.fromkeys(v for v in sent.getall(name) if v.strip()))
        if name in _OTHER or not values:
            continue
        if name in offered:
            filters[name] = values[:MOST_VALUES]
        elif name in service.DATES:
            good = tuple(value for value in values if _is_span(value))
            if good != values:
                problems.setdefault(f"{name}_from", []).append(_NO_DATE)
            if good:
                filters[name] = good
        elif name.rpartition("_")[0] in service.DATES and name.rpartition("_")[2] in _ENDS:
            typed[name] = values[0].strip()
        elif name in FACET_TITLES:
            told = _("You may not filter by this: ${name}", mapping={"name": FACET_TITLES[name]})
            problems.setdefault("", []).append(told)
        else:
            told = _("There is no filter ${name}.", mapping={"name": name[:40]})
            problems.setdefault("", []).append(told)
    for name in service.DATES:
        _read_days(name, typed, filters, problems)
    wanted = sent.get("sort", "")
    if wanted and wanted not in {one.value for one in SORTS}:
        told = _("There is no order ${name}.", mapping={"name": wanted[:40]})
        problems.setdefault("", []).append(told)
        wanted = ""
    return Chosen(filters, wanted or Sort.RELEVANCE.value, problems, typed)


_NO_DATE = _("This is no date; write 2025, 2025-03 or 2025-03-27.")


def _is_span(value: str) -> bool:
    first, dots, last = value.partition("..")
    if not dots:
        return day_bounds(first) is not None
    ends = [one for one in (first, last) if one]
    return bool(ends) and all(day_bounds(one) is not None for one in ends)


def _read_days(
    name: str,
    typed: Mapping[str, str],
    filters: dict[str, tuple[str, ...]],
    problems: dict[str, list[Any]],
) -> None:
    """Take the two ends of a span of days from the form."""
    ends = {end: typed.get(f"{name}_{end}", "") for end in _ENDS}
    if not any(ends.values()):
        return
    bounds = {end: day_bounds(text) for end, text in ends.items() if text}
    for end, found in bounds.items():
        if found is None:
            problems.setdefault(f"{name}_{end}", []).append(_NO_DATE)
    low, high = bounds.get("from"), bounds.get("to")
    if low and high and low[0] > high[1]:
        told = _("The last day comes before the first.")
        problems.setdefault(f"{name}_to", []).append(told)
    elif None not in bounds.values():
        filters[name] = (f"{_iso(ends['from'])}..{_iso(ends['to'])}",)


def _iso(text: str) -> str:
    """Return a day, month or year in one spelling, for the address."""
    bounds = day_bounds(text) if text else None
    if bounds is None:
        return ""
    year, month, day = bounds[0] // 10000, bounds[0] // 100 % 100, bounds[0] % 100
    parts = [f"{year:04d}", f"{month:02d}", f"{day:02d}"]
    return "-".join(parts[: 1 + bool(month) + bool(day)])


def address_of(
    request: Request, kept: SavedSearch, filters: Filters, sort: str, page: int = 1
) -> str:
    """Return the address of a page of results: the search's code and the facets."""
    path = str(request.route_path("search_results", code=kept.code))
    return path + query_of(filters, sort, page)


def query_of(filters: Filters, sort: str, page: int = 1) -> str:
    """Return what stands behind the path, with its question mark."""
    pairs = pairs_of(filters, sort)
    if page > 1:
        pairs.append(("page", str(page)))
    return f"?{urlencode(pairs)}" if pairs else ""


def pairs_of(filters: Filters, sort: str) -> list[tuple[str, str]]:
    """Return filters and order as an address or form carries them."""
    pairs = [(name, value) for name, values in filters.items() for value in values]
    if sort != Sort.RELEVANCE.value:
        pairs.append(("sort", sort))
    return pairs


def without(filters: Filters, name: str, value: str) -> dict[str, tuple[str, ...]]:
    """Return the filters but for one value."""
    left = {n: tuple(v for v in vs if (n, v) != (name, value)) for n, vs in filters.items()}
    return {n: vs for n, vs in left.items() if vs}


class Shown:
    """Facets, chosen filters and orders of one page of results, each with its address."""

    def __init__(
        self,
        request: Request,
        kept: SavedSearch,
        chosen: Chosen,
        answer: Answer,
        words: Mapping[tuple[str, str], Any],
    ) -> None:
        self.request = request
        self.kept = kept
        self.chosen = chosen
        self.answer = answer
        self.words = words

    def _address(self, filters: Filters, sort: str | None = None) -> str:
        return address_of(self.request, self.kept, filters, sort or self.chosen.sort)

    def facets(self) -> list[FacetShown]:
        """Return every facet with its values: chosen ones first, then the most frequent."""
        found = []
        for name, title in FACET_TITLES.items():
            values = list(self._values(name))
            if values:
                shown, more = values[:VALUES_SHOWN], values[VALUES_SHOWN:]
                chosen = len(self.chosen.filters.get(name, ()))
                found.append(FacetShown(name, title, tuple(shown), tuple(more), chosen))
        return found

    def _values(self, name: str) -> Iterator[FacetValue]:
        filters = self.chosen.filters
        counts = dict(self.answer.facets.get(name, ()))
        chosen = filters.get(name, ())
        for code in chosen:
            href = self._address(without(filters, name, code))
            yield FacetValue(self._label(name, code), counts.get(code, 0), href, True)
        codes: Sequence[str] = [code for code in counts if code not in chosen]
        if name == "year":
            codes = sorted(codes, reverse=True)
        for code in codes:
            href = self._address({**filters, name: (*chosen, code)})
            yield FacetValue(self._label(name, code), counts[code], href)

    def _label(self, name: str, code: str) -> Any:
        return self.words.get((name, code), code)

    def chips(self) -> list[Action]:
        """Return the chosen filters in words, each with the address without it."""
        found = []
        for name, values in self.chosen.filters.items():
            title = FACET_TITLES.get(name) or DATE_TITLES[name]
            for value in values:
                label = span_words(value) if name in DATE_TITLES else self._label(name, value)
                href = self._address(without(self.chosen.filters, name, value))
                found.append(Action(title, href, about=label))
        return found

    def unknown(self) -> list[Any]:
        """Say of chosen values that no case has, as far as this person may see."""
        return [
            _(
                "No case that you may see has this: ${facet} ${value}",
                mapping={"facet": FACET_TITLES[name], "value": value[:60]},
            )
            for name, values in self.chosen.filters.items()
            if name in FACET_TITLES
            for value in values
            if (name, value) not in self.words
            and value not in dict(self.answer.facets.get(name, ()))
        ]

    def sorts(self) -> list[tuple[Any, str, bool]]:
        """Return the orders: words, address, and whether it is this one."""
        return [
            (
                one.label,
                self._address(self.chosen.filters, one.value),
                one.value == self.chosen.sort,
            )
            for one in SORTS
        ]


def span_words(value: str) -> Any:
    """Return a span of days in words."""
    first, dots, last = value.partition("..")
    if not dots:
        return first
    if first and last:
        return _("${first} to ${last}", mapping={"first": first, "last": last})
    if first:
        return _("from ${first}", mapping={"first": first})
    return _("until ${last}", mapping={"last": last})


def day_values(filters: Filters) -> dict[str, str]:
    """Return what the form of days shows for the filters of an address."""
    found = {}
    for name in service.DATES:
        values = filters.get(name, ())
        if len(values) == 1:
            first, dots, last = values[0].partition("..")
            found[f"{name}_from"], found[f"{name}_to"] = first, last if dots else first
    return found
