"""What one asker may see of a snapshot, and the quickest way to keep to it.

A document is left out when it belongs to another audience, or when the asker has a fuller one of
the same case. Usually that is said within the query. A query of frequent words in a large index
from which few documents are left out runs without that, because the engine then reads postings
in blocks; what is left out is counted off, and taken from among the first hits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tantivy import DocAddress, Occur, Query

from search_index.tantivy_schema import case_of, is_outdone, sort_field
from search_index.tantivy_snapshot import Snapshot

LARGE = 30_000
FEW = 0.1
_FIRST = 400
FREQUENT = 5_000
_AT_ONCE = 2_000
_MANY_VALUES = 10_000
Counts = dict[str, dict[str, int]]
"""Documents by facet and value."""


@dataclass(frozen=True)
class Page:
    """``hits`` are (score or value of the column, document), ``values`` what the column of the
    last event holds for each if that was read."""

    total: int
    hits: Sequence[tuple[Any, DocAddress]]
    values: Sequence[int] = ()


class Seen:
    """See :meth:`for_asker`."""

    def __init__(self, snapshot: Snapshot, asker: frozenset[str]) -> None:
        def having(field: str, values: Iterable[str]) -> list[str]:
            return sorted(value for value in values if snapshot.frequency(field, value))

        self._snapshot = snapshot
        shown = having("audience", asker)
        others = [name for name in snapshot.terms("audience") if name not in asker]
        hiding = having("hidden", asker)
        self.nothing = not shown
        """There is no document for this asker."""
        self.everything = not others
        """What is left out is hidden by fuller documents only: no case is unknown."""
        left_out = [("audience", others), ("hidden", hiding)]
        parts = [snapshot.any_of(field, values) for field, values in left_out]
        excluded = [part for part in parts if part is not None]
        self._other = bool(others)
        number = sum(snapshot.frequency(f, value) for f, values in left_out for value in values)
        self._share = number / max(snapshot.size, 1)
        self._clauses = [(Occur.MustNot, part) for part in excluded]
        kept = snapshot.any_of("audience", shown)
        if kept is not None and sum(snapshot.frequency("audience", n) for n in others) * 2 > (
            snapshot.size
        ):
            self._clauses = self._clauses[1:] if others else self._clauses
            self._clauses.append((Occur.Must, Query.const_score_query(kept, 0.0)))
        self._left_out = None
        if excluded:
            either = [(Occur.Should, part) for part in excluded]
            self._left_out = excluded[0] if len(excluded) == 1 else Query.boolean_query(either)
        self._counts_off = bool(excluded) and self._share <= FEW and snapshot.size >= LARGE

    @classmethod
    def for_asker(cls, snapshot: Snapshot, asker: frozenset[str]) -> Seen:
        """What the asker may see, worked out once for a snapshot."""
        return snapshot.remembered(("seen", asker), lambda: cls(snapshot, asker))

    def of(self, query: Query) -> Query:
        """Documents that fit and that the asker may see."""
        if not self._clauses:
            return query
        return Query.boolean_query([(Occur.Must, query), *self._clauses])

    def _hidden(self, query: Query) -> Query:
        assert self._left_out is not None
        return Query.boolean_query([(Occur.Must, query), (Occur.Must, self._left_out)])

    def count(self, query: Query) -> int:
        """Documents that fit and that the asker may see."""
        return self._snapshot.count(self.of(query))

    def page(
        self,
        query: Query,
        offset: int,
        limit: int,
        *,
        by: str | None = None,
        frequency: int = 0,
        known: int | None = None,
    ) -> Page:
        """Documents from ``offset`` on, by relevance or by a column.

        Of a query of words only ``frequency`` says how many documents have the most frequent
        one, and ``known`` how many fit, left out or not, where that needs no counting.
        """
        searcher, more = self._snapshot.searcher, offset + limit
        if by is None and self._counts_off and frequency > FREQUENT and more <= _FIRST:
            asked = more + int(more * self._share * 2) + 10
            # Counting what a search finds costs little more than the search.
            found = searcher.search(query, asked, count=known is None)
            every = found.count if known is None else known  # type: ignore[attr-defined]
            less = self._snapshot.count(self._hidden(query))
            page = self._without_hidden(found.hits)
            if len(page.hits) >= min(more, every - less):
                return Page(every - less, page.hits[offset:more], page.values[offset:more])
        if self._clauses:
            known = None
        found = searcher.search(
            self.of(query), limit, count=known is None, offset=offset, order_by_field=by
        )
        every = found.count if known is None else known  # type: ignore[attr-defined]
        return Page(every, found.hits)

    def _without_hidden(self, hits: Sequence[tuple[Any, DocAddress]]) -> Page:
        values = self._snapshot.values(sort_field("last_event"), [address for _, address in hits])
        suspect = values if self._other else [value for value in values if is_outdone(value)]
        cases = self._snapshot.any_of("case_id", sorted({case_of(value) for value in suspect}))
        if cases is None:
            return Page(0, hits, values)
        found = self._snapshot.searcher.search(self._hidden(cases), _AT_ONCE, count=False)
        hidden = {(a.segment_ord, a.doc) for _, a in found.hits}
        if len(hidden) == _AT_ONCE:
            return Page(0, ())
        kept = [
            (hit, value)
            for hit, value in zip(hits, values, strict=True)
            if (hit[1].segment_ord, hit[1].doc) not in hidden
        ]
        return Page(0, [hit for hit, _ in kept], [value for _, value in kept])

    def facets(self, query: Query, names: Sequence[str]) -> Counts:
        """Documents that fit and that the asker may see, by facet and value."""
        asked: dict[str, Any] = {
            name: {"terms": {"field": name, "size": _MANY_VALUES}} for name in names
        }
        answer = self._snapshot.searcher.aggregate(self.of(query), asked)
        return {
            name: {bucket["key"]: bucket["doc_count"] for bucket in answer[name]["buckets"]}
            for name in names
        }
