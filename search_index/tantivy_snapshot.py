"""One committed state of a tantivy index, with what has been learned about it.

A state never changes, so whatever was looked up stays valid as long as it lives.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

import tantivy
from tantivy import Occur, Query

from search_index.tantivy_schema import CODE_PARTS, case_of, day_of, sort_field, unpack_code

V = TypeVar("V")
_REMEMBERED = 20_000
_LISTED = 100
Addresses = list[tantivy.DocAddress]


class Snapshot:
    """A searcher and its schema. Safe for threads."""

    def __init__(self, searcher: tantivy.Searcher, schema: tantivy.Schema, size: int) -> None:
        self.searcher = searcher
        self.schema = schema
        self.size = size
        """Documents, deleted ones included."""
        self.has_deleted = size > searcher.num_docs
        self._known: dict[Hashable, object] = {}

    def remembered(self, key: Hashable, make: Callable[[], V]) -> V:
        """What was made before for the same key, or ``make()``."""
        try:
            return self._known[key]  # type: ignore[return-value]
        except KeyError:
            return self._keep(key, make())

    def _keep(self, key: Hashable, value: V) -> V:
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        self._known[key] = value
        return value

    # -- terms ---------------------------------------------------------------------------------

    def frequency(self, field: str, term: str) -> int:
        """Documents with a term, deleted ones included; 0 means that there is none."""
        known = self._known.get((field, term))
        if known is None:
            known = self._keep((field, term), self.searcher.doc_freq(field, term))
        return known  # type: ignore[return-value]

    def begins(self, field: str, prefix: str) -> bool:
        """True if any term begins so."""
        return self.remembered(
            ("begins", field, prefix),
            lambda: bool(self.searcher.terms_with_prefix(field, prefix, limit=1)),
        )

    def terms(self, field: str, prefix: str = "") -> list[str]:
        """Terms that begin so, those of deleted documents included."""
        return self.remembered(
            ("terms", field, prefix),
            lambda: [term for term, _ in self.searcher.terms_with_prefix(field, prefix)],
        )

    def rarity(self, having: int, everything: int) -> float:
        """Inverse document frequency as tantivy works it out."""
        return math.log(1 + (everything - having + 0.5) / (having + 0.5))

    # -- queries -------------------------------------------------------------------------------

    def term(self, field: str, value: str | int) -> Query:
        """Documents with a term."""
        return Query.term_query(self.schema, field, value, "freq")

    def key(self, field: str, value: str | int) -> Query:
        """Documents with an exact value."""
        return Query.term_query(self.schema, field, value, "basic")

    def any_of(self, field: str, values: Iterable[str | int]) -> Query | None:
        """Documents with any of some exact values."""
        wanted = list(values)
        if not wanted:
            return None
        if len(wanted) == 1:
            return self.key(field, wanted[0])
        if len(wanted) > _LISTED:
            return Query.term_set_query(self.schema, field, wanted)
        # A set is looked up by a walk through all terms: a few are quicker one by one.
        each = [(Occur.Should, self.key(field, value)) for value in wanted]
        return Query.const_score_query(Query.boolean_query(each), 1.0)

    def prefix(self, field: str, prefix: str) -> Query:
        """Documents with any term that begins so."""
        return Query.fuzzy_term_query(self.schema, field, prefix, 0, True, True)

    def count(self, query: Query) -> int:
        """Documents that fit, without working out any relevance."""
        found = self.searcher.search(Query.const_score_query(query, 0.0), 1)
        return int(found.count)  # type: ignore[attr-defined]

    def addresses(self, query: Query) -> Addresses:
        """All documents that fit, in the order of the files."""
        count = self.count(query)
        if not count:
            return []
        found = self.searcher.search(query, count, count=False)
        return sorted((a for _, a in found.hits), key=lambda a: (a.segment_ord, a.doc))

    # -- documents -----------------------------------------------------------------------------

    def days_and_cases(self, day: str, addresses: Addresses) -> list[tuple[int, int]]:
        """(day, case) of documents."""
        return [
            (day_of(value), case_of(value)) for value in self.values(sort_field(day), addresses)
        ]

    def values(self, field: str, addresses: Addresses) -> list[int]:
        """A number of each document."""
        return self.searcher.fast_field_values(field, addresses)  # type: ignore[return-value]

    def codes(self, addresses: Addresses) -> list[str]:
        """Public codes of documents."""
        first, second = (self.values(part, addresses) for part in CODE_PARTS)
        return [
            unpack_code(one, two) if one else self.searcher.doc(address).get_first("code") or ""
            for one, two, address in zip(first, second, addresses, strict=True)
        ]

    def body(self, address: tantivy.DocAddress) -> bytes:
        """Normalised text of a document by section."""
        return self.stored("body", address)

    def stored(self, field: str, address: tantivy.DocAddress) -> bytes:
        """A stored field of a document."""
        value = self.searcher.doc(address).get_first(field)
        return bytes(value) if value else b""
