"""Answers a request on one snapshot of a tantivy index.

What the asker may see, what the query matches and what the filters allow is one boolean query;
total, order and facets are worked out by compiled code. Python sees the hits of a page only.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from operator import itemgetter

from tantivy import DocAddress, Query

from search_index import plan as p
from search_index import query as q
from search_index.documents import OVERDUE
from search_index.explain import FieldFinder, field_finder
from search_index.index import Hit, SearchRequest, Sort
from search_index.patterns import Pattern
from search_index.query import day_bounds
from search_index.ranking import LIKENESS, RERANKED, asked_names, likeness
from search_index.tantivy_query import Compiler, Unsaid, both, selecting, union
from search_index.tantivy_schema import OVERDUE_FACET, TERMS, case_of, sort_field
from search_index.tantivy_seen import Seen
from search_index.tantivy_snapshot import Snapshot

_FIELDS_SHOWN = 200
STRETCH = 20
"""Among so many hits in a row equal ones are put in order: a page."""
Ranked = tuple[float, int, DocAddress]
"""Score, day and case as one number, document."""
_score_and_day = itemgetter(0, 1)


class Answer:
    """The documents of one request."""

    def __init__(self, snapshot: Snapshot, request: SearchRequest, tree: q.Node) -> None:
        self.snapshot = snapshot
        self.request = request
        self.tree = tree
        made = p.plan(tree)
        self.plan = p.narrowed(made, request.only) if request.only else made
        self._seen = Seen.for_asker(snapshot, request.audiences)
        self._leaves = list(_leaves(self.plan))
        self._compiler = Compiler(snapshot, request.now, self._weight, self._verified)
        self._matching = None if self._seen.nothing else self._compiler.query(self.plan)
        self._allowed = {
            name: self._filtered(name, values) for name, values in request.filters.items() if values
        }
        self._query = self._narrowed(None)
        self.total = 0

    # -- what may be found ---------------------------------------------------------------------

    def _filtered(self, name: str, values: tuple[str, ...]) -> Query | None:
        if name in ("registered", "last_event"):
            return selecting(union([self._span(name, value) for value in values]))
        if name == "case_id":
            numbers = [int(v) for v in values if v.isascii() and v.isdigit() and len(v) < 19]
            return selecting(self.snapshot.any_of("case_id", numbers))
        if name in self.request.only:
            values = tuple(value for value in values if self._exists(name, value))
        return selecting(self._compiler.values(name, values))

    def _span(self, name: str, value: str) -> Query | None:
        first, _, last = value.partition("..")
        low, high = day_bounds(first), day_bounds(last or first)
        if (first and low is None) or (last and high is None):
            return None
        if ".." in value:
            return self._compiler.days(
                name, low[0] if low else None, high[1] if last and high else None
            )
        return self._compiler.days(name, low[0], high[1]) if low and high else None

    def _narrowed(self, without: str | None) -> Query | None:
        """Matching documents that pass all filters but the one on ``without``."""
        filters = [query for name, query in self._allowed.items() if name != without]
        if self._matching is None or any(query is None for query in filters):
            return None
        return both([self._matching, *(query for query in filters if query is not None)])

    def _verified(self, candidates: Query, pattern: Pattern) -> Query | None:
        """Cases among the candidates, as far as the asker sees them, whose body fits."""
        snapshot = self.snapshot
        found = snapshot.addresses(self._seen.of(candidates))
        fitting = [address for address in found if pattern.matches(snapshot.body(address))]
        values = snapshot.values(sort_field("last_event"), fitting) if fitting else []
        return snapshot.any_of("case_id", [case_of(value) for value in values])

    def frequency(self, field: str, term: str) -> int:
        """Documents with a term that the asker may see."""
        if not self.snapshot.frequency(field, term):
            return 0
        return 0 if self._seen.nothing else self._seen.count(self.snapshot.term(field, term))

    def bodies(self, made: p.Plan, most: int) -> Iterator[bytes]:
        """Bodies of at most so many documents that fit a plan and that the asker may see."""
        found = self._compiler.query(made)
        if found is not None and not self._seen.nothing:
            hits = self.snapshot.searcher.search(self._seen.of(found), most, count=False).hits
            yield from (self.snapshot.body(address) for _, address in hits)

    def _weight(self, terms: Sequence[tuple[str, str]]) -> float:
        """What makes the rarity of terms that among the documents the asker may see.

        The engine knows how rare a term is in the whole index. An order that depended on that
        would tell whether a name stands in records of others.
        """
        if self._seen.everything or self._places < 2:
            return 1.0
        snapshot = self.snapshot
        asker = self.request.audiences
        seen = snapshot.remembered(("visible", asker), lambda: self._seen.count(Query.all_query()))
        among = everywhere = 0.0
        for field, term in terms:
            having = snapshot.remembered(
                ("having", asker, field, term),
                lambda field=field, term=term: self.frequency(field, term),  # type: ignore[misc]
            )
            among += snapshot.rarity(having, seen)
            everywhere += snapshot.rarity(snapshot.frequency(field, term), snapshot.size)
        return among / everywhere

    @cached_property
    def _places(self) -> int:
        """Parts of the query that count for relevance: terms wherever there are such terms."""
        return sum(
            len(self._compiler.places(leaf.text)) if isinstance(leaf, p.Term) else 1
            for leaf in self._leaves
        )

    def release(self) -> None:
        """Let go of what refers back to this: memory is freed at once, not by a collection."""
        del self._compiler

    # -- facets --------------------------------------------------------------------------------

    def facets(self) -> dict[str, tuple[tuple[str, int], ...]]:
        """For each facet asked for (value, cases), most frequent first."""
        wanted = dict.fromkeys(self.request.facets)
        found: dict[str, tuple[tuple[str, int], ...]] = {}
        together = [name for name in wanted if name not in self._allowed]
        for names in (together, *([name] for name in wanted if name in self._allowed)):
            if names:
                query = self._narrowed(names[0])
                found |= self._counted(query, names)
        return {name: found[name] for name in wanted}

    def _counted(
        self, query: Query | None, names: Sequence[str]
    ) -> dict[str, tuple[tuple[str, int], ...]]:
        if query is None:
            return {name: () for name in names}
        columns = [name for name in names if name != OVERDUE_FACET]
        counts = self._seen.facets(query, columns) if columns else {}
        if OVERDUE_FACET in names:
            counts[OVERDUE_FACET] = dict(self._overdue(query))
        return {
            name: tuple(
                sorted(
                    (item for item in values.items() if self._exists(name, item[0])),
                    key=lambda item: (-item[1], item[0]),
                )
            )
            for name, values in counts.items()
        }

    def _exists(self, facet: str, value: str) -> bool:
        """False if a value is not to be known to this asker."""
        return facet not in self.request.only or value in self.request.only[facet]

    def _overdue(self, query: Query) -> Iterator[tuple[str, int]]:
        """Values that hold at the moment of the request: a count each, as they are few."""
        for value in OVERDUE:
            holding = self._compiler.values(OVERDUE_FACET, [value])
            count = 0 if holding is None else self._seen.count(both([query, holding]))
            if count:
                yield value, count

    # -- order ---------------------------------------------------------------------------------

    def hits(self) -> list[Hit]:
        """The page asked for, in order; sets ``total``."""
        if self._query is None:
            return []
        offset, limit = self.request.offset, self.request.limit
        if limit is not None:
            limit = min(limit, self.snapshot.size)
        relevance = self.request.sort == Sort.RELEVANCE
        if limit is None:
            limit = self._seen.count(self._query)
        if relevance and any(isinstance(leaf, p.Term) for leaf in self._leaves):
            ranked = self._by_relevance(offset, limit)
        else:
            day = Sort.LAST_EVENT if relevance else self.request.sort
            ranked = self._by_day(str(day), offset, limit)
        cases = [case_of(value) for _, value, _ in ranked]
        addresses = [address for _, _, address in ranked]
        codes = self.snapshot.codes(addresses) if addresses else []
        explained = self.request.explain and limit <= _FIELDS_SHOWN
        fields = self._fields(cases, addresses) if explained else {}
        return [
            Hit(case, code, score, fields.get(case, ()))
            for case, code, (score, _, _) in zip(cases, codes, ranked, strict=True)
        ]

    def _by_day(self, day: str, offset: int, limit: int) -> list[Ranked]:
        assert self._query is not None
        page = self._seen.page(
            self._query, offset, max(limit, 1), by=sort_field(day), known=self._known
        )
        self.total = page.total
        return [(0.0, value, address) for value, address in page.hits[:limit]]

    @cached_property
    def _known(self) -> int | None:
        """How many documents fit, if the query comes down to one term and none is deleted."""
        if self.snapshot.has_deleted or self._places != 1:
            return None
        return self._frequency or None

    @cached_property
    def _frequency(self) -> int:
        """Documents with the most frequent word, if the query is one of words and nothing else."""
        if self._allowed or not _terms_only(self.plan):
            return 0
        terms = [leaf.text for leaf in self._leaves if isinstance(leaf, p.Term)]
        found = [place for text in terms for place in self._compiler.places(text)]
        return max((self.snapshot.frequency(field, term) for field, term in found), default=0)

    def _by_relevance(self, offset: int, limit: int) -> list[Ranked]:
        """Equal ones newest first, in stretches of a fixed size so that pages fit together."""
        assert self._query is not None
        names = self._name_terms()
        size = RERANKED if names else STRETCH
        first = offset // size * size
        wanted = max(math.ceil((offset + limit) / size) * size - first, size)
        page = self._seen.page(
            self._query, first, wanted, frequency=self._frequency, known=self._known
        )
        self.total = page.total
        if not page.hits:
            return []
        values = page.values
        if not values:
            addresses = [address for _, address in page.hits]
            values = self.snapshot.values(sort_field("last_event"), addresses)
        # What is left of a correction by rounding must not order equal ones.
        ranked = [
            (round(score, 3), value, address)
            for (score, address), value in zip(page.hits, values, strict=True)
        ]
        ordered: list[Ranked] = []
        for start in range(0, len(ranked), size):
            stretch = ranked[start : start + size]
            if names and first + start == 0:
                stretch = self._by_name(stretch, names)
            stretch.sort(key=_score_and_day, reverse=True)
            ordered += stretch
        return ordered[offset - first : offset - first + limit]

    def _name_terms(self) -> list[str]:
        return [
            leaf.text
            for leaf in self._leaves
            if isinstance(leaf, p.Term)
            and leaf.text.startswith("n")
            and self.snapshot.frequency(TERMS, leaf.text)
        ]

    def _by_name(self, best: list[Ranked], terms: Sequence[str]) -> list[Ranked]:
        """Those first whose name is most like the words asked for.

        The key of a name folds many spellings together; among equals the closest one leads.
        """
        words = asked_names(self.tree)
        if not words:
            return best
        named = self._named(terms, [case_of(value) for _, value, _ in best])
        return [
            (
                score + LIKENESS * likeness(words, self.snapshot.body(address))
                if case_of(value) in named
                else score,
                value,
                address,
            )
            for score, value, address in best
        ]

    def _named(self, terms: Sequence[str], cases: Sequence[int]) -> set[int]:
        """Those of the cases that have a name with a key that was asked for."""
        wanted = self.snapshot.any_of("case_id", cases)
        having = self.snapshot.any_of(TERMS, terms)
        if wanted is None or having is None:
            return set()
        found = self.snapshot.searcher.search(
            self._seen.of(both([wanted, having])),
            len(cases),
            count=False,
            order_by_field=sort_field("last_event"),
        )
        return {case_of(value) for value, _ in found.hits}

    # -- why found -----------------------------------------------------------------------------

    def _fields(
        self, cases: Sequence[int], addresses: Sequence[DocAddress]
    ) -> dict[int, tuple[str, ...]]:
        """The fields of each case in which the words are.

        One query over the cases of the page: every field counts a power of two of its own, so
        that the score says which ones fit.
        """
        finder = field_finder(self.tree)
        names = self._name_terms()
        if not cases:
            return {}
        parts: list[tuple[str, Query]] = []
        for field, patterns in finder.patterns:
            said = [self._compiler.said(pattern) for pattern in patterns]
            if any(isinstance(one, Unsaid) for one in said):
                return self._looked_up(finder, names, cases, addresses)
            found = union([one for one in said if not isinstance(one, Unsaid)])
            if field == "name" and names:
                found = union([found, self.snapshot.any_of(TERMS, names)])
            if found is not None:
                parts.append((field, found))
        if not parts:
            return {}
        if len(parts) == 1 and _words_only(self.tree):
            return dict.fromkeys(cases, (parts[0][0],))
        return self._scored_fields(parts, cases)

    def _scored_fields(
        self, parts: Sequence[tuple[str, Query]], cases: Sequence[int]
    ) -> dict[int, tuple[str, ...]]:
        wanted = selecting(self.snapshot.any_of("case_id", cases))
        either = union(
            [Query.const_score_query(query, float(1 << n)) for n, (_, query) in enumerate(parts)]
        )
        if wanted is None or either is None:
            return {}
        query = self._seen.of(both([wanted, either]))
        hits = self.snapshot.searcher.search(query, len(cases), count=False).hits
        values = self.snapshot.values(sort_field("last_event"), [a for _, a in hits])
        return {
            case_of(value): tuple(f for n, (f, _) in enumerate(parts) if int(score) >> n & 1)
            for (score, _), value in zip(hits, values, strict=True)
        }

    def _looked_up(
        self,
        finder: FieldFinder,
        names: Sequence[str],
        cases: Sequence[int],
        addresses: Sequence[DocAddress],
    ) -> dict[int, tuple[str, ...]]:
        named = self._named(names, cases) if names else set()
        return {
            case: finder.fields(self.snapshot.body(address), has_name=case in named)
            for case, address in zip(cases, addresses, strict=True)
        }


def _leaves(node: p.Plan) -> Iterator[p.Term | p.TermPrefix | p.TermFuzzy]:
    """Leaves that count for relevance."""
    match node:
        case p.Term() | p.TermPrefix() | p.TermFuzzy():
            if node.boost:
                yield node
        case p.Both(children=children) | p.Either(children=children):
            for child in children:
                yield from _leaves(child)
        case p.Verified(child=child):
            yield from _leaves(child)


def _terms_only(node: p.Plan) -> bool:
    """True for a term, and for any of some terms."""
    if isinstance(node, p.Either):
        return all(_terms_only(child) for child in node.children)
    return isinstance(node, p.Term) and node.boost > 0


def _words_only(node: q.Node) -> bool:
    """True if every document that fits holds one of the words in a searchable field."""
    if isinstance(node, q.And):
        return any(_words_only(child) for child in node.children)
    if isinstance(node, q.Or):
        return bool(node.children) and all(_words_only(child) for child in node.children)
    return isinstance(node, q.Word | q.Phrase | q.Prefix | q.Fuzzy) and node.field is None
