"""Answers a request on one snapshot of a tantivy index.

What the asker may see, what the query matches and what the filters allow is one boolean query;
total, order and facets are worked out by compiled code. Python sees the hits of a page only.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from tantivy import DocAddress, Occur, Query

from search_index import plan as p
from search_index import query as q
from search_index.documents import OVERDUE
from search_index.explain import FieldFinder, field_finder
from search_index.index import Hit, SearchRequest, Sort
from search_index.patterns import Pattern
from search_index.query import day_bounds
from search_index.ranking import LIKENESS, RERANKED, asked_names, likeness
from search_index.tantivy_query import Compiler, Unsaid, selecting, union
from search_index.tantivy_schema import OVERDUE_FACET, TERMS, sort_field
from search_index.tantivy_snapshot import Snapshot, split_sort_value

_MANY_VALUES = 10_000
_FIELDS_SHOWN = 200
Clauses = list[tuple[Occur, Query]]
Ranked = tuple[float, int, int, DocAddress]
"""Score or day, last event, case, document."""


class Answer:
    """The documents of one request."""

    def __init__(self, snapshot: Snapshot, request: SearchRequest, tree: q.Node) -> None:
        self.snapshot = snapshot
        self.request = request
        self.tree = tree
        self.plan = p.narrowed(p.plan(tree), request.only)
        self._seen, self._sees_all = self._visible()
        self._leaves = list(_leaves(self.plan))
        self._compiler = Compiler(snapshot, request.now, self._weight, self._verified)
        self._matching = None if self._seen is None else self._compiler.query(self.plan)
        self._allowed = {
            name: self._filtered(name, values) for name, values in request.filters.items() if values
        }
        self._query = self._narrowed(None)
        self.total = 0

    # -- what may be found ---------------------------------------------------------------------

    def _visible(self) -> tuple[Clauses | None, bool]:
        """One document per case: of the asker's audiences, and not hidden by a fuller one.

        ``None`` if there is no such document. Said by what is left out where that is less: when
        nothing is left out, nothing has to be looked up. The second is true if what is left out
        is hidden by fuller documents only, so that the asker sees every case there is.
        """
        snapshot, asker = self.snapshot, self.request.audiences

        def having(field: str, values: Iterable[str]) -> list[str]:
            return sorted(value for value in values if snapshot.frequency(field, value))

        def make() -> tuple[Clauses | None, bool]:
            shown = having("audience", asker)
            if not shown:
                return None, False
            others = [name for name in snapshot.terms("audience") if name not in asker]
            hiding = snapshot.any_of("hidden", having("hidden", asker))
            clauses: Clauses = [] if hiding is None else [(Occur.MustNot, hiding)]
            left_out = sum(snapshot.frequency("audience", name) for name in others)
            if left_out * 2 > snapshot.size:
                kept = selecting(snapshot.any_of("audience", shown))
                assert kept is not None
                clauses.append((Occur.Must, kept))
            elif others:
                excluded = snapshot.any_of("audience", others)
                assert excluded is not None
                clauses.append((Occur.MustNot, excluded))
            return clauses, not others

        return snapshot.remembered(("visible", asker), make)

    def _filtered(self, name: str, values: tuple[str, ...]) -> Query | None:
        if name in ("registered", "last_event"):
            return selecting(union([self._span(name, value) for value in values]))
        if name == "case_id":
            numbers = [int(v) for v in values if v.isascii() and v.isdigit() and len(v) < 19]
            return selecting(self.snapshot.any_of("case_id", numbers))
        if name in self.request.only:
            values = tuple(value for value in values if value in self.request.only[name])
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
        return self._seen_of([self._matching, *(query for query in filters if query)])

    def _seen_of(self, parts: Sequence[Query]) -> Query | None:
        """Documents in all parts that the asker may see."""
        if self._seen is None:
            return None
        if len(parts) == 1 and not self._seen:
            return parts[0]
        return Query.boolean_query([*((Occur.Must, part) for part in parts), *self._seen])

    def _verified(self, candidates: Query, pattern: Pattern) -> Query | None:
        """Cases among the candidates, as far as the asker sees them, whose body fits."""
        query = self._seen_of([candidates])
        if query is None:
            return None
        snapshot = self.snapshot
        fitting = [a for a in snapshot.addresses(query) if pattern.matches(snapshot.body(a))]
        cases = [case for _, case in snapshot.days_and_cases("last_event", fitting)]
        return snapshot.any_of("case_id", cases)

    def frequency(self, field: str, term: str) -> int:
        """Documents with a term that the asker may see."""
        if not self.snapshot.frequency(field, term):
            return 0
        query = self._seen_of([self.snapshot.term(field, term)])
        return 0 if query is None else self.snapshot.count(query)

    def bodies(self, made: p.Plan, most: int) -> Iterator[bytes]:
        """Bodies of at most so many documents that fit a plan and that the asker may see."""
        found = self._compiler.query(made)
        query = None if found is None else self._seen_of([found])
        if query is not None:
            hits = self.snapshot.searcher.search(query, most, count=False).hits
            yield from (self.snapshot.body(address) for _, address in hits)

    def _weight(self, terms: Sequence[tuple[str, str]]) -> float:
        """What makes the rarity of terms that among the documents the asker may see.

        The engine knows how rare a term is in the whole index. An order that depended on that
        would tell whether a name stands in records of others.
        """
        if self._sees_all or self._places < 2:
            return 1.0
        snapshot = self.snapshot
        seen = snapshot.remembered(("seen", self.request.audiences), self._count_seen)
        among = everywhere = 0.0
        for field, term in terms:
            having = snapshot.remembered(
                ("having", self.request.audiences, field, term),
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

    def _count_seen(self) -> int:
        query = self._seen_of([Query.all_query()])
        return 0 if query is None else self.snapshot.count(query)

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
        asked = {
            name: {"terms": {"field": name, "size": _MANY_VALUES}}
            for name in names
            if name != OVERDUE_FACET
        }
        answer = self.snapshot.searcher.aggregate(query, asked) if asked else {}
        counts = {
            name: [(bucket["key"], bucket["doc_count"]) for bucket in answer[name]["buckets"]]
            for name in asked
        }
        if OVERDUE_FACET in names:
            counts[OVERDUE_FACET] = list(self._overdue(query))
        for name in names:
            if (only := self.request.only.get(name)) is not None:
                counts[name] = [(value, count) for value, count in counts[name] if value in only]
        return {
            name: tuple(sorted(found, key=lambda item: (-item[1], item[0])))
            for name, found in counts.items()
        }

    def _overdue(self, query: Query) -> Iterator[tuple[str, int]]:
        """Values that hold at the moment of the request: a count each, as they are few."""
        for value in OVERDUE:
            holding = self._compiler.values(OVERDUE_FACET, [value])
            if holding is not None:
                both = Query.boolean_query([(Occur.Must, query), (Occur.Must, holding)])
                if count := self.snapshot.count(both):
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
            limit = self.snapshot.count(self._query)
        if relevance and any(isinstance(leaf, p.Term) for leaf in self._leaves):
            ranked = self._by_relevance(offset, limit)
        else:
            day = Sort.LAST_EVENT if relevance else self.request.sort
            ranked = self._by_day(str(day), offset, limit)
        addresses = [address for *_, address in ranked]
        codes = self.snapshot.codes(addresses) if addresses else []
        shown = self.request.explain and self.request.limit is not None and limit <= _FIELDS_SHOWN
        fields = self._fields([case for _, _, case, _ in ranked], addresses) if shown else {}
        return [
            Hit(case, code, round(score, 4), fields.get(case, ()))
            for (score, _, case, _), code in zip(ranked, codes, strict=True)
        ]

    def _by_day(self, day: str, offset: int, limit: int) -> list[Ranked]:
        assert self._query is not None
        found = self.snapshot.searcher.search(
            self._query, max(limit, 1), offset=offset, order_by_field=sort_field(day)
        )
        self.total = found.count  # type: ignore[attr-defined]
        return [(0.0, *split_sort_value(value), address) for value, address in found.hits[:limit]]

    def _by_relevance(self, offset: int, limit: int) -> list[Ranked]:
        """Equal ones newest first, in stretches of a fixed size so that pages fit together."""
        assert self._query is not None
        wanted = max(math.ceil((offset + limit) / RERANKED), 1) * RERANKED
        found = self.snapshot.searcher.search(self._query, wanted)
        self.total = found.count  # type: ignore[attr-defined]
        first = offset // RERANKED * RERANKED
        hits = found.hits[first:]
        if not hits:
            return []
        days = self.snapshot.days_and_cases("last_event", [address for _, address in hits])
        ranked = [
            # What is left of a correction by rounding must not order equal ones.
            (round(score, 3), *pair, address)
            for (score, address), pair in zip(hits, days, strict=True)
        ]
        ordered: list[Ranked] = []
        for start in range(0, len(ranked), RERANKED):
            stretch = ranked[start : start + RERANKED]
            if first + start == 0:
                stretch = self._by_name(stretch)
            ordered += sorted(stretch, key=lambda item: item[:3], reverse=True)
        return ordered[offset - first : offset - first + limit]

    def _name_terms(self) -> list[str]:
        return [
            leaf.text
            for leaf in self._leaves
            if isinstance(leaf, p.Term)
            and leaf.text.startswith("n")
            and self.snapshot.frequency(TERMS, leaf.text)
        ]

    def _by_name(self, best: list[Ranked]) -> list[Ranked]:
        """Those first whose name is most like the words asked for.

        The key of a name folds many spellings together; among equals the closest one leads.
        """
        terms, words = self._name_terms(), asked_names(self.tree)
        if not terms or not words:
            return best
        named = self._named(terms, [case for _, _, case, _ in best])
        return [
            (
                score + LIKENESS * likeness(words, self.snapshot.body(address))
                if case in named
                else score,
                day,
                case,
                address,
            )
            for score, day, case, address in best
        ]

    def _named(self, terms: Sequence[str], cases: Sequence[int]) -> set[int]:
        """Those of the cases that have a name with a key that was asked for."""
        wanted = self.snapshot.any_of("case_id", cases)
        having = self.snapshot.any_of(TERMS, terms)
        query = self._seen_of([part for part in (wanted, having) if part is not None])
        if query is None:
            return set()
        found = self.snapshot.searcher.search(
            query, len(cases), count=False, order_by_field=sort_field("last_event")
        )
        return {split_sort_value(value)[1] for value, _ in found.hits}

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
        query = self._seen_of([part for part in (wanted, either) if part is not None])
        if query is None:
            return {}
        hits = self.snapshot.searcher.search(query, len(cases), count=False).hits
        days = self.snapshot.days_and_cases("last_event", [a for _, a in hits]) if hits else []
        return {
            case: tuple(field for n, (field, _) in enumerate(parts) if int(score) >> n & 1)
            for (score, _), (_, case) in zip(hits, days, strict=True)
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


def _words_only(node: q.Node) -> bool:
    """True if every document that fits holds one of the words in a searchable field."""
    if isinstance(node, q.And):
        return any(_words_only(child) for child in node.children)
    if isinstance(node, q.Or):
        return bool(node.children) and all(_words_only(child) for child in node.children)
    return isinstance(node, q.Word | q.Phrase | q.Prefix | q.Fuzzy) and node.field is None
