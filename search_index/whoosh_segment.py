"""One segment of a Whoosh index, with what has been read of it.

A segment never changes apart from deletions, so whatever was worked out stays valid as long as
the segment lives; a commit only adds a new, small one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, Generic, TypeVar

import numpy as np

from search_index import bits
from search_index.patterns import Pattern, one_edit, within
from search_index.spells import moment_keys
from search_index.whoosh_files import COLUMNS, NUMBERS
from search_index.whoosh_postings import Damaged, PostingReader, Postings

_CACHED_SETS = 600
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
    """Reads one segment. Not safe for threads: the index locks around it.

    All files are opened at once: a later commit may remove them, and what is open stays readable.
    """

    def __init__(self, storage: Any, segment: Any) -> None:
        self.name = str(segment.segment_id())
        self.size: int = segment.doc_count_all()
        self.alive = bits.full(self.size)
        self.deleted = 0
        self.lists = PostingReader(storage, segment)
        self._files: dict[str, Any] = {}
        self._lengths: dict[str, int] = {}
        for name in COLUMNS:
            file = segment.codec().column_filename(segment, name)
            if storage.file_exists(file):
                self._lengths[name] = storage.file_length(file)
                self._files[name] = storage.open_file(file)
        self._sets: _Recent[Any, int] = _Recent(_CACHED_SETS)
        self._columns: dict[str, Any] = {}
        self._orders: dict[str, tuple[Any, Any, Any]] = {}
        self._facets: dict[str, dict[str, int]] = {}
        self._words: tuple[set[str], str] | None = None
        self._by_letter: dict[str, list[str]] = {}
        self.take_deletions(segment)

    def take_deletions(self, segment: Any) -> None:
        """Note which documents are deleted by now, as a newer table of contents says."""
        if segment.deleted_count() != self.deleted:
            gone = list(segment.deleted_docs())
            self.deleted = len(gone)
            self.alive = bits.full(self.size) & ~bits.from_numbers(gone, self.size)

    def close(self) -> None:
        """Release the files."""
        self._columns.clear()
        self.lists.close()
        for file in self._files.values():
            file.close()

    def postings(self, term: str) -> Postings:
        """(document numbers, weights in hundredths) of a term, deleted documents included."""
        return self._read("terms", term)

    def _read(self, field: str, term: str) -> Postings:
        try:
            return self.lists.postings(field, term.encode())
        except Exception as error:  # damaged bytes raise whatever they happen to mean
            raise UnreadableSegment(f"postings of a term: {error}") from error

    def everything(self, field: str) -> Iterator[tuple[bytes, Postings]]:
        """All terms of a field with their postings."""
        try:
            yield from self.lists.beginning(field, b"")
        except Damaged as error:
            raise UnreadableSegment(str(error)) from error

    def _set(self, field: str, term: str) -> int:
        documents, _ = self._read(field, term)
        try:
            return bits.from_numbers(documents, self.size)
        except IndexError as error:
            raise UnreadableSegment(f"postings of a term: {error}") from error

    def remembered(self, key: Any, make: Callable[[], int]) -> int:
        """A set worked out before for the same key, or ``make()``."""
        return self._sets.fetch(key, make)

    def with_term(self, term: str) -> int:
        """Documents with a term."""
        return self.remembered(("term", term), lambda: self._set("terms", term))

    def with_key(self, key: str) -> int:
        """Documents with an exact value."""
        return self.remembered(("key", key), lambda: self._set("keys", key))

    def numbers_with_key(self, key: str) -> list[int]:
        """Document numbers with a key, uncached: for finding what a write replaces."""
        found: list[int] = self._read("keys", key)[0].tolist()
        return found

    def facet(self, name: str) -> dict[str, int]:
        """Set of documents for every value of a facet."""
        if name not in self._facets:
            prefix = f"{name}="
            self._facets[name] = {
                key.decode()[len(prefix) :]: bits.from_numbers(documents, self.size)
                for key, (documents, _) in self.lists.beginning("keys", prefix.encode())
            }
        return self._facets[name]

    def holding(self, name: str, value: str, moment: datetime) -> int:
        """Documents for which a value of a facet that holds for a time does so at a moment."""
        return reduce(or_, map(self.with_key, moment_keys(name, value, moment)), 0)

    def beginning(self, prefix: str) -> int:
        """Documents with any term that begins so."""
        return self.remembered(("prefix", prefix), lambda: self._beginning(prefix))

    def _beginning(self, prefix: str) -> int:
        flags = np.zeros(self.size, dtype=np.bool_)
        found = self.lists.beginning("terms", prefix.encode())
        for count, (_, (documents, _)) in enumerate(found):
            if count >= _MAX_EXPANSION:
                break
            flags[documents] = True
        return bits.from_flags(flags)

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
                for term in self.lists.words("terms", b"e")
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
                self._columns[name] = self._open_column(name)
            except Exception as error:  # as above
                raise UnreadableSegment(f"column {name}: {error}") from error
        return self._columns[name]

    def _open_column(self, name: str) -> Any:
        file, length = self._files[name], self._lengths[name]
        kind = NUMBERS.get(name)
        if kind is None:
            return COLUMNS[name].reader(file, 0, length, self.size)
        # Zeros at the end are not written.
        values = np.zeros(self.size, dtype=np.int64)
        count = length // np.dtype(kind).itemsize
        values[:count] = file.numbers(0, kind, count)
        return values

    def body(self, number: int) -> bytes:
        """Normalised text of a document by section."""
        return bytes(self.column("body")[number])

    def text(self, name: str, number: int) -> str:
        """A short text column of a document."""
        return bytes(self.column(name)[number]).decode()

    def order(self, name: str) -> tuple[Any, Any, Any]:
        """For a date column: (days ascending, their documents, place of each document in them).

        Documents of one day stand by case, so that the place alone says which comes first.
        """
        if name not in self._orders:
            values = self.column(name)
            numbers = np.lexsort((self.column("case_id"), values)).astype(np.int32)
            places = np.empty(self.size, dtype=np.int32)
            places[numbers] = np.arange(self.size, dtype=np.int32)
            self._orders[name] = (values[numbers], numbers, places)
        return self._orders[name]

    def between(self, name: str, low: int | None, high: int | None) -> int:
        """Documents with a day from ``low`` to ``high``; those without a day are in none."""

        def make() -> int:
            days, numbers, _ = self.order(name)
            first = int(np.searchsorted(days, max(low or 1, 1), "left"))
            last = len(days) if high is None else int(np.searchsorted(days, high, "right"))
            return bits.from_numbers(numbers[first:last], self.size)

        return self.remembered(("days", name, low, high), make)

    def verified(self, candidates: int, pattern: Pattern) -> int:
        """Those of the candidates whose body fits the pattern."""
        numbers = bits.numbers_of(candidates)
        fits = map(pattern.matches, self.column("body").many(numbers))
        kept = np.fromiter(fits, dtype=np.bool_, count=len(numbers))
        return bits.from_numbers(numbers[kept], self.size)
