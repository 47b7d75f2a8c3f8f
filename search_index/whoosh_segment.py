"""One segment of a Whoosh index, with what has been read of it.

A segment never changes apart from deletions, so whatever was decoded stays valid as long as the
segment lives; a commit only adds a new, small one.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, Generic, TypeVar

from whoosh.reading import TermNotFound

from search_index import bits
from search_index.patterns import Pattern, one_edit, within
from search_index.spells import moment_keys
from search_index.whoosh_files import read_postings

Postings = tuple["array[int]", "array[float]"]
_EMPTY: Postings = (array("I"), array("f"))
_CACHED_SETS = 600
_CACHED_LISTS = 200
_MAX_EXPANSION = 20_000


K = TypeVar("K")
V = TypeVar("V")


class UnreadableSegment(Exception):
    """Files of a segment are damaged; the index turns this into IndexCorrupt."""


class _Recent(OrderedDict[K, V], Generic[K, V]):
    """The most recently used entries."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def fetch(self, key: K, make: Callable[[], V]) -> V:
        if key in self:
            self.move_to_end(key)
            return self[key]
        value = self[key] = make()
        if len(self) > self.size:
            self.popitem(last=False)
        return value


class SegmentView:
    """Reads one segment. Not safe for threads: the index locks around it."""

    def __init__(self, reader: Any) -> None:
        self.reader = reader
        self.name = str(reader.segment().segment_id())
        self.size: int = reader.doc_count_all()
        self.alive = 0
        self.deleted = 0
        self._sets: _Recent[Any, int] = _Recent(_CACHED_SETS)
        self._lists: _Recent[str, Postings] = _Recent(_CACHED_LISTS)
        self._columns: dict[str, Any] = {}
        self._orders: dict[str, tuple[list[int], list[int]]] = {}
        self._facets: dict[str, dict[str, int]] = {}
        self._words: tuple[set[str], str] | None = None
        self._by_letter: dict[str, list[str]] = {}
        self.take_deletions(reader.segment())

    def take_deletions(self, segment: Any) -> None:
        """Note which documents are deleted by now, as a newer table of contents says."""
        gone = list(segment.deleted_docs())
        self.deleted = len(gone)
        mask = bits.full(self.size)
        self.alive = mask & ~bits.from_numbers(gone, self.size) if gone else mask

    def close(self) -> None:
        """Release the files."""
        self._columns.clear()
        self.reader.close()

    def postings(self, term: str) -> Postings:
        """(document numbers, weights) of a term, deleted documents included."""
        return self._lists.fetch(term, lambda: self._read("terms", term))

    def _read(self, field: str, term: str) -> Postings:
        try:
            return read_postings(self.reader.postings(field, term.encode()))
        except (TermNotFound, KeyError):
            return _EMPTY
        except Exception as error:  # a damaged pickle raises whatever its bytes happen to mean
            raise UnreadableSegment(f"postings of a term: {error}") from error

    def remembered(self, key: Any, make: Callable[[], int]) -> int:
        """A set worked out before for the same key, or ``make()``."""
        return self._sets.fetch(key, make)

    def with_term(self, term: str) -> int:
        """Documents with a term."""
        return self.remembered(
            ("term", term), lambda: bits.from_numbers(self.postings(term)[0], self.size)
        )

    def with_key(self, key: str) -> int:
        """Documents with an exact value."""
        return self.remembered(
            ("key", key), lambda: bits.from_numbers(self._read("keys", key)[0], self.size)
        )

    def numbers_with_key(self, key: str) -> Iterable[int]:
        """Document numbers with a key, uncached: for finding what a write replaces."""
        return self._read("keys", key)[0]

    def facet(self, name: str) -> dict[str, int]:
        """Set of documents for every value of a facet."""
        if name not in self._facets:
            prefix = f"{name}="
            keys = [key.decode() for key in self.reader.expand_prefix("keys", prefix.encode())]
            self._facets[name] = {
                key[len(prefix) :]: bits.from_numbers(self._read("keys", key)[0], self.size)
                for key in keys
            }
        return self._facets[name]

    def holding(self, name: str, value: str, moment: datetime) -> int:
        """Documents for which a value of a facet that holds for a time does so at a moment."""
        return reduce(or_, map(self.with_key, moment_keys(name, value, moment)), 0)

    def beginning(self, prefix: str) -> int:
        """Documents with any term that begins so."""
        return self.remembered(("prefix", prefix), lambda: self._beginning(prefix))

    def _beginning(self, prefix: str) -> int:
        flags = bytearray(b"0") * self.size
        for count, term in enumerate(self.reader.expand_prefix("terms", prefix.encode())):
            if count >= _MAX_EXPANSION:
                break
            for number in self._read("terms", term.decode())[0]:
                flags[number] = 49
        flags.reverse()
        return int(flags, 2) if self.size else 0

    def words_near(self, word: str, distance: int) -> list[str]:
        """Words of this segment at most ``distance`` edits from ``word``, itself left out.

        Two edits keep the first letter: who mistypes twice seldom mistypes that.
        """
        words, letters = self._vocabulary()
        if distance == 1:
            return sorted(words.intersection(one_edit(word, letters)) - {word})
        return [
            other
            for other in self._by_letter.get(word[0], ())
            if abs(len(other) - len(word)) <= distance
            and other != word
            and within(word, other, distance)
        ]

    def _vocabulary(self) -> tuple[set[str], str]:
        """All words of the segment, and the letters they are made of."""
        if self._words is None:
            words = {
                word
                for term in self.reader.expand_prefix("terms", b"e")
                if (word := term.decode()[1:]) and not word.isdigit()
            }
            for word in words:
                self._by_letter.setdefault(word[0], []).append(word)
            self._words = words, "".join(sorted(set().union(*words)))
        return self._words

    def column(self, name: str) -> Any:
        """Reader of a column, or for numbers an array of all values."""
        if name not in self._columns:
            try:
                reader: Any = self.reader.column_reader(name, translate=False)
                if name in ("case_id", "fingerprint", "registered", "last_event"):
                    reader = array("q", (reader[number] for number in range(self.size)))
            except Exception as error:  # as above
                raise UnreadableSegment(f"column {name}: {error}") from error
            self._columns[name] = reader
        return self._columns[name]

    def body(self, number: int) -> bytes:
        """Normalised text of a document by section."""
        return bytes(self.column("body")[number])

    def text(self, name: str, number: int) -> str:
        """A short text column of a document."""
        return bytes(self.column(name)[number]).decode()

    def order(self, name: str) -> tuple[list[int], list[int]]:
        """(days ascending, their document numbers) for a date column."""
        if name not in self._orders:
            values = self.column(name)
            numbers = sorted(range(self.size), key=self.column("case_id").__getitem__)
            numbers.sort(key=values.__getitem__)
            self._orders[name] = ([values[number] for number in numbers], numbers)
        return self._orders[name]

    def between(self, name: str, low: int | None, high: int | None) -> int:
        """Documents with a day from ``low`` to ``high``; those without a day are in none."""

        def make() -> int:
            days, numbers = self.order(name)
            first = bisect_left(days, max(low or 1, 1))
            last = bisect_right(days, high) if high is not None else len(days)
            return bits.from_numbers(numbers[first:last], self.size)

        return self.remembered(("days", name, low, high), make)

    def verified(self, candidates: int, pattern: Pattern) -> int:
        """Those of the candidates whose body fits the pattern."""
        matches, body = pattern.matches, self.body
        found = [number for number in bits.numbers_of(candidates) if matches(body(number))]
        return bits.from_numbers(found, self.size)
