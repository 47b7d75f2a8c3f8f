"""Verification of candidates on the body of a document.

A pattern answers whether a body (see :mod:`search_index.analysis`) really holds what was asked:
words next to each other, a Khmer string that begins and ends at a cluster, a word in a field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from rapidfuzz.distance import OSA

from search_index import khmer
from search_index.analysis import NUMBER_SECTION, SECTION_MARK, SECTIONS, VALUE_MARK
from search_index.sounds import coarse_sound
from search_index.tokens import stem

_MARK = SECTION_MARK.encode()
_VALUE = VALUE_MARK.encode()
# A cluster goes on with a sign or a coeng (U+17B4..U+17D3 but U+17C8, U+17DD) in UTF-8.
_SIGN = rb"\xe1(?:\x9e[\xb4-\xbf]|\x9f[\x80-\x87\x89-\x93\x9d])"
_INSIDE = re.compile(_SIGN)
_NOT_INSIDE = b"(?!" + _SIGN + b")"
_SUBSCRIPT = b"\xe1\x9f\x92"
_NOT_SUBSCRIPT = rb"(?<!\xe1\x9f\x92)"


def _is_khmer(text: str) -> bool:
    return "\u1780" <= text <= "\u17dd\uffff"


def section_bytes(body: bytes, section: str) -> bytes:
    """The part of a body for one section; empty when the document has none."""
    mark = _MARK + section.encode()
    start = body.find(mark)
    if start < 0:
        return b""
    end = body.find(_MARK, start + len(mark))
    return body[start + len(mark) : end if end >= 0 else len(body)]


@dataclass(frozen=True)
class _Searched:
    """A pattern that is one regular expression."""

    text: str
    section: str | None = None

    def expression(self) -> bytes:
        """The regular expression, over UTF-8."""
        raise NotImplementedError

    @cached_property
    def _compiled(self) -> re.Pattern[bytes]:
        return re.compile(self.expression())

    def matches(self, body: bytes) -> bool:
        """True if the body holds it."""
        part = body if self.section is None else section_bytes(body, self.section)
        return self._compiled.search(part) is not None


class PhrasePattern(_Searched):
    """Rendered tokens in this order, whole words and whole clusters."""

    def expression(self) -> bytes:
        """As one regular expression."""
        before, needle, after = self._parts
        return (
            (_NOT_SUBSCRIPT if before else b"")
            + re.escape(needle)
            + (_NOT_INSIDE if after else b"")
        )

    @cached_property
    def _parts(self) -> tuple[bool, bytes, bool]:
        """The bytes that must be there, and whether a cluster must begin and end at their ends."""
        first, last = _is_khmer(self.text[0]), _is_khmer(self.text[-1])
        needle = f"{'' if first else ' '}{self.text}{'' if last else ' '}"
        return first, needle.encode(), last

    def matches(self, body: bytes) -> bool:
        """True if the body holds it: what :meth:`expression` says, ten times faster."""
        before, needle, after = self._parts
        place = body.find(needle)
        if place < 0:
            return False
        if self.section is not None:
            body = section_bytes(body, self.section)
            place = body.find(needle)
        while place >= 0:
            end = place + len(needle)
            if not (before and body[max(place - 3, 0) : place] == _SUBSCRIPT) and not (
                after and _INSIDE.match(body, end)
            ):
                return True
            place = body.find(needle, place + 1)
        return False


class ClusterPattern(PhrasePattern):
    """A Khmer string that begins and ends at the border of a cluster."""


class PrefixPattern(_Searched):
    """Rendered tokens, the last one open at its end."""

    def expression(self) -> bytes:
        """As one regular expression."""
        before = _NOT_SUBSCRIPT if _is_khmer(self.text[0]) else b" "
        return before + re.escape(self.text.encode())


@dataclass(frozen=True)
class NumberPattern:
    """Parts of a case number next to each other (``123-2023`` in ``cr-123-2023``).

    Letters may stand between them: ``123/2023`` is found in ``123/KP/2023``.
    """

    parts: str
    open_end: bool = False

    @cached_property
    def _compiled(self) -> re.Pattern[bytes]:
        joined = rb"-(?:[^-0-9\x1f]+-)*".join(
            re.escape(part.encode()) for part in self.parts.split("-")
        )
        return re.compile(b"-" + joined + (b"" if self.open_end else b"-"))

    def matches(self, body: bytes) -> bool:
        """True if the body holds it."""
        return self._compiled.search(section_bytes(body, NUMBER_SECTION)) is not None


@dataclass(frozen=True)
class StemPattern:
    """A word with this stem in a section."""

    root: str
    section: str

    @cached_property
    def _compiled(self) -> re.Pattern[bytes]:
        # Porter changes at most the last two letters of what it keeps (happy -> happi).
        head = self.root[:-2] if len(self.root) > 3 else self.root[:-1]
        return re.compile(rb" (" + re.escape(head.encode()) + rb"[a-z]*)(?= )")

    def matches(self, body: bytes) -> bool:
        """True if the body holds it."""
        part = section_bytes(body, self.section)
        return any(
            word == self.root or stem(word) == self.root
            for word in (m.decode() for m in self._compiled.findall(part))
        )


@dataclass(frozen=True)
class PlacePattern:
    """A word of a court's name, or two neighbours, with this sound."""

    key: str

    def matches(self, body: bytes) -> bool:
        """True if the body holds it."""
        words = section_bytes(body, SECTIONS["court"]).decode().split()
        pairs = (first + second for first, second in pairwise(words))
        return any(coarse_sound(word) == self.key for word in (*words, *pairs))


@dataclass(frozen=True)
class FuzzyPattern:
    """A word at most ``distance`` edits away, in a section."""

    word: str
    distance: int
    section: str

    def matches(self, body: bytes) -> bool:
        """True if the body holds it."""
        words = section_bytes(body, self.section).decode().split()
        return any(within(self.word, other, self.distance) for other in words)


@dataclass(frozen=True)
class NearPattern:
    """All units within a stretch of (their number + ``slop``) words, in any order.

    A Khmer cluster counts as one word, because words are not separated.
    """

    units: tuple[str, ...]
    slop: int
    section: str | None = None

    def matches(self, body: bytes) -> bool:
        """True if the body holds it."""
        part = body if self.section is None else section_bytes(body, self.section)
        return any(
            self._near(value.decode())
            for section in part.split(_MARK)
            for value in section.split(_VALUE)
            if all(unit in value for unit in self._bytes)
        )

    @cached_property
    def _bytes(self) -> tuple[bytes, ...]:
        return tuple(unit.encode() for unit in self.units)

    @cached_property
    def _sizes(self) -> dict[tuple[str, ...], int]:
        """Sequences of words or clusters to find, and how often each is needed."""
        needed: dict[tuple[str, ...], int] = {}
        for unit in self.units:
            sequence = tuple(_units(unit))
            needed[sequence] = needed.get(sequence, 0) + 1
        return needed

    def _near(self, value: str) -> bool:
        words = value.split() if value.isascii() else list(_units(value))
        places: list[tuple[int, int, tuple[str, ...]]] = []
        for sequence, needed in self._sizes.items():
            size, first = len(sequence), sequence[0]
            starts = [at for at, word in enumerate(words) if word == first]
            if size > 1:
                starts = [at for at in starts if tuple(words[at : at + size]) == sequence]
            if len(starts) < needed:
                return False
            places += [(at, at + size, sequence) for at in starts]
        places.sort()
        width = sum(len(sequence) * count for sequence, count in self._sizes.items()) + self.slop
        return any(self._complete(places, first, width) for first in range(len(places)))

    def _complete(
        self, places: list[tuple[int, int, tuple[str, ...]]], first: int, width: int
    ) -> bool:
        missing = dict(self._sizes)
        for start, end, sequence in places[first:]:
            if start > places[first][0] + width:
                break
            if end <= places[first][0] + width and missing[sequence]:
                missing[sequence] -= 1
        return not any(missing.values())


def _units(text: str) -> Iterator[str]:
    for word in text.split():
        if _is_khmer(word[0]):
            yield from (normal for _, _, normal in khmer.clusters(word))
        else:
            yield word


def one_edit(word: str, letters: str) -> set[str]:
    """Every string one letter away: dropped, swapped, changed or added."""
    halves = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    found = {head + tail[1:] for head, tail in halves if tail}
    found |= {head + tail[1] + tail[0] + tail[2:] for head, tail in halves if len(tail) > 1}
    for letter in letters:
        found |= {head + letter + tail[1:] for head, tail in halves if tail}
        found |= {head + letter + tail for head, tail in halves}
    return found


@lru_cache(maxsize=65536)
def within(word: str, other: str, distance: int) -> bool:
    """True if at most ``distance`` letters have to be added, dropped, changed or swapped."""
    # Optimal string alignment: as Levenshtein, and two neighbours that are swapped count once.
    return OSA.distance(word, other, score_cutoff=distance) <= distance


Pattern = (
    PhrasePattern
    | ClusterPattern
    | PrefixPattern
    | NumberPattern
    | StemPattern
    | PlacePattern
    | FuzzyPattern
    | NearPattern
)
