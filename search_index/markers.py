"""What to look for in a text to show where a query is found, and where it can be at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from search_index import khmer
from search_index import query as q
from search_index.analysis import SECTIONS
from search_index.articles import CUES, KHMER_CUE, articles
from search_index.khmer_words import segment
from search_index.names import name_keys, word_keys
from search_index.numbers import looks_like_number, number_readings
from search_index.sounds import coarse_sound
from search_index.tokens import Token, fold_word, groups, tokenise
from search_index.word_tests import (
    begins_with,
    equal_to,
    head_of,
    near_to,
    same_name,
    same_place,
    same_word,
    sounds_as,
)

Span = tuple[int, int]
"""First token and the token after the last."""
_ARTICLE_WINDOW = 8
_LONG = 60
"""A word of so many letters may have been cut short."""
_JOINT = "(?:'s?)?[-/._&+]?"
"""What may stand between the letters of a compound."""
_GAP = "(?:'s)?[^a-z0-9]*"
"""What may stand between two words that follow each other."""
_ODD = re.compile("[^\x00-\x7f\u1780-\u17ff]")
"""Neither ASCII nor Khmer: a letter that may be folded to another one."""


def _plain(text: str) -> str:
    """A number without leading zeros, so that 0123/2023 and 123/2023 are the same."""
    return (text.lstrip("0") or "0") if text.isdigit() else text


class Words:
    """Tokens, and where each of their words stands: a word that comes back is looked at once."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.places: dict[str, list[int]] = {}
        for at, token in enumerate(tokens):
            self.places.setdefault(token.text, []).append(at)
        self._plain: dict[str, list[int]] | None = None

    @property
    def plain(self) -> dict[str, list[int]]:
        """Places by word, numbers without leading zeros."""
        if self._plain is None:
            self._plain = {}
            for word, places in self.places.items():
                self._plain.setdefault(_plain(word), []).extend(places)
        return self._plain


@dataclass(frozen=True)
class Marker:
    """Finds one leaf of a query in tokens: a ``sequence`` of normal forms, one word by a test
    (``accepts``), a compound written together (``joined``), a name written apart (``key``), or
    articles of law."""

    sequence: tuple[str, ...]
    accepts: Callable[[str], bool] | None = None
    joined: str = ""
    key: str = ""
    articles: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    """Keys of a name that may stand in Khmer script."""
    head: str = ""
    """How every word begins that can pass the test; it saves testing the others."""

    def spans(self, words: Words) -> Iterator[Span]:
        """Where it is; a place can come twice."""
        tokens = words.tokens
        if self.articles:
            yield from self._named_articles(tokens)
            return
        if self.names:
            yield from self._khmer_names(tokens)
            return
        if self.accepts is not None:
            head, accepts = self.head, self.accepts
            found = [word for word in words.places if word.startswith(head) and accepts(word)]
            for word in found:
                yield from ((at, at + 1) for at in words.places[word] if not tokens[at].is_khmer)
        else:
            size = len(self.sequence)
            for at in words.plain.get(self.sequence[0], ()):
                if size == 1 or self._follows(tokens, at):
                    yield at, at + size
        if self.joined:
            yield from self._compounds(words)
        if self.key:
            for at, (first, second) in enumerate(pairwise(tokens)):
                if coarse_sound(first.text + second.text) == self.key:
                    yield at, at + 2

    def _follows(self, tokens: Sequence[Token], at: int) -> bool:
        size = len(self.sequence)
        found = tuple(_plain(token.text) for token in tokens[at : at + size])
        return found == self.sequence

    def _named_articles(self, tokens: Sequence[Token]) -> Iterator[Span]:
        """From the word for article to the number."""
        for at, token in enumerate(tokens):
            khmer_cue = at and (tokens[at - 1].text, token.text) == KHMER_CUE
            if not khmer_cue and token.text not in CUES:
                continue
            first = at - 1 if khmer_cue else at
            window = tokens[first : at + _ARTICLE_WINDOW]
            named = [tuple(one.text for one in group) for group in groups(window)]
            if self.articles.isdisjoint(articles(named)):
                continue
            numbers = [n for n, one in enumerate(window) if one.text.isdigit()]
            wanted = [n for n in numbers if window[n].text.lstrip("0") in self.articles]
            yield first, first + (wanted or numbers[-1:])[-1] + 1

    def _khmer_names(self, tokens: Sequence[Token]) -> Iterator[Span]:
        """Names in Khmer script between blanks that sound so."""
        first = 0
        for end in range(1, len(tokens) + 1):
            goes_on = end < len(tokens) and tokens[end].start == tokens[end - 1].end
            if goes_on and tokens[end].joined:
                continue
            if tokens[first].is_khmer:
                name = "".join(token.text for token in tokens[first:end])
                if not self.names.isdisjoint(name_keys(name)):
                    yield first, end
            first = end

    def _compounds(self, words: Words) -> Iterator[Span]:
        """``re-arrest`` for ``rearrest``."""
        tokens = words.tokens
        whole = self.joined
        for word in [w for w in words.places if whole.startswith(w) and w != whole]:
            for at in words.places[word]:
                if tokens[at].is_khmer:
                    continue
                text, end = word, at + 1
                while end < len(tokens) and tokens[end].joined and len(text) < len(self.joined):
                    text += tokens[end].text
                    end += 1
                if text == self.joined:
                    yield at, end


def _of_word(text: str, kind: str | None) -> Iterator[Marker]:
    if looks_like_number(text):
        yield from _of_articles(text)
        for parts, _ in number_readings(text)[1:]:
            yield Marker(parts)
    for group in groups(tokenise(text)):
        words = tuple(_plain(token.text) for token in group)
        if group[0].is_khmer:
            yield from _of_khmer(words)
            if kind == "name":
                yield Marker(("",), sounds_as("".join(words)))
        elif len(words) > 1:
            joined = "".join(token.text for token in group)
            yield Marker(words)
            yield Marker((joined,), equal_to(joined), head=joined)
            yield Marker((joined,), same_word(joined), joined=joined, head=head_of(joined))
        elif words[0].isdigit():
            yield Marker(words)
        elif kind == "name" and (key := coarse_sound(words[0])):
            yield Marker(("",), names=frozenset(word_keys(words[0])))
            yield Marker(words, same_name(words[0]), key=key)
        elif kind == "court" and (key := coarse_sound(words[0])):
            yield Marker(words, same_place(words[0]), key=key)
        else:
            yield Marker(words, same_word(words[0]), joined=words[0], head=head_of(words[0]))


def _of_khmer(run: tuple[str, ...]) -> Iterator[Marker]:
    """The run as it stands, and the words in it where they stand apart."""
    yield Marker(run)
    if len(run) > 3:
        for word in segment(run):
            parts = tuple(cluster for _, _, cluster in khmer.clusters(word))
            if 1 < len(parts) < len(run):
                yield Marker(parts)


def _of_articles(text: str) -> Iterator[Marker]:
    named = [tuple(token.text for token in group) for group in groups(tokenise(text))]
    if found := frozenset(article for article in articles(named) if article[0].isdigit()):
        yield Marker(("",), articles=found)


def _of_leaf(leaf: q.Node, kind: str | None) -> Iterator[Marker]:
    match leaf:
        case q.Word(text=text):
            yield from _of_word(text, kind)
        case q.Phrase(text=text, slop=slop):
            tokens = tokenise(text)
            if slop is None and tokens:
                yield Marker(tuple(_plain(token.text) for token in tokens))
            elif slop is not None:
                for group in groups(tokens):
                    yield Marker(tuple(_plain(token.text) for token in group))
        case q.Prefix(text=text):
            tokens = tokenise(text)
            if tokens and any(token.is_khmer for token in tokens):
                yield from _of_word(text, kind)
            elif tokens:
                begun = tokens[-1].text
                yield Marker((begun,), begins_with(begun), head=begun)
        case q.Fuzzy(text=text, distance=distance):
            yield Marker((fold_word(text),), near_to(fold_word(text), distance))


def _neighbours(tree: q.Node, field: str | None) -> Iterator[Marker]:
    """Srey Mom for Sreymom; ``article 247`` for ``art. 247``."""
    words = [leaf.text for leaf in q.leaves(tree) if isinstance(leaf, q.Word)]
    for first, second in pairwise(words):
        if looks_like_number(second):
            yield from _of_articles(f"{first} {second}")
        elif field == "name" and first.isalpha() and second.isalpha():
            yield Marker((first + second,), same_name(first + second))
        elif field == "court" and first.isalpha() and second.isalpha():
            yield Marker((first + second,), same_place(first + second))


_WITHIN = re.compile("['/._&+-](?=[a-z0-9])")
"""A sign within a compound: what :data:`_JOINT` stands for ends so, or there is nothing."""
_Clue = tuple[str, str, bool]
"""How it is written plainly, an expression for where it begins, and whether it may go on over
blanks."""


def _clue(marker: Marker) -> str | None:
    """An expression that is found, from its beginning on, in every ASCII text in which the marker
    is; empty if it is in none, ``None`` if there is no such expression."""
    if marker.articles or marker.names or marker.key:
        return None
    if marker.accepts is None and not marker.joined:
        if not all(word.isascii() for word in marker.sequence):
            return ""
        if not all(0 < len(word) < _LONG and word.isalnum() for word in marker.sequence):
            return None
        return _GAP.join(
            f"0*{word}" if word.isdigit() else "'?".join(word) for word in marker.sequence
        )
    if not marker.head or max(len(marker.head), len(marker.joined)) >= _LONG:
        return None
    if not marker.head.isascii():
        return ""
    if not marker.head.isalnum() or (marker.joined and not marker.joined.startswith(marker.head)):
        return None
    return (_JOINT if marker.joined else "'?").join(marker.head)


@lru_cache(maxsize=512)
def _compiled(expression: str) -> re.Pattern[str]:
    """Few texts need one: making it takes longer than looking through a page of texts."""
    return re.compile(expression)


@dataclass(frozen=True)
class Asked:
    """What a query looks for in one field."""

    markers: tuple[Marker, ...]
    clues: tuple[_Clue, ...] | None
    """Where it can be in a text; ``None`` if it may be anywhere."""
    mixed: bool
    """False if that holds for ASCII texts only."""
    known: dict[str, list[tuple[int, int, int]]] = field(default_factory=dict, compare=False)
    """What is marked in pieces of text that were read: on a page the same words come back."""

    def regions(self, text: str) -> list[tuple[int, int]] | None:
        """Pieces of the text, between blanks, outside of which there is nothing to mark."""
        if self.clues is None or not (self.mixed or text.isascii()):
            return None
        found: set[tuple[int, int]] = set()
        lower = text.lower()
        if not text.isascii():
            if len(lower) != len(text):
                return None
            found.update(_pieces(text, (match.span() for match in _ODD.finditer(text))))
        compounds: list[tuple[int, int]] | None = None
        for plain, expression, wide in self.clues:
            if wide:
                found.update(_pieces(lower, _overlapping(_compiled(expression), lower)))
                continue
            found.update(_pieces(lower, _written(plain, lower)))
            if compounds is None:
                compounds = list(_pieces(lower, (m.span() for m in _WITHIN.finditer(lower))))
            if compounds:
                pattern = _compiled(expression)
                found.update(piece for piece in compounds if pattern.search(lower, *piece))
        return sorted(found)


def _written(plain: str, text: str) -> Iterator[Span]:
    at = text.find(plain)
    while at >= 0:
        end = at + len(plain)
        yield at, end
        at = text.find(plain, end)


def _overlapping(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    match = pattern.search(text)
    while match:
        yield match.span()
        match = pattern.search(text, match.start() + 1)


def _pieces(text: str, spans: Iterable[Span]) -> Iterator[tuple[int, int]]:
    """What lies between blanks around each of the spans, which are in order."""
    end = -1
    for first, last in spans:
        if last > end:
            start = text.rfind(" ", 0, first) + 1
            end = text.find(" ", last)
            end = len(text) if end < 0 else end
            yield start, end


@lru_cache(maxsize=256)
def asked(query: str | q.Node, kind: str | None) -> Asked:
    """What to look for in a text of a field."""
    tree = q.parse(query).tree if isinstance(query, str) else query
    found: list[Marker] = []
    for leaf in q.leaves(tree):
        of = getattr(leaf, "field", None)
        if of is not None and (of not in SECTIONS or kind not in (None, of)):
            continue
        found.extend(_of_leaf(leaf, kind or of))
    found.extend(_neighbours(tree, kind))
    markers = tuple(marker for marker in found if marker.sequence)
    made = [(marker, _clue(marker)) for marker in markers]
    if any(clue is None for _, clue in made):
        return Asked(markers, None, mixed=False)
    clues = tuple(
        (marker.head or marker.sequence[0], clue, _is_wide(marker)) for marker, clue in made if clue
    )
    # Khmer letters are no letters of Latin words, but Khmer digits are digits.
    words = [marker.head or marker.sequence[0] for marker in markers]
    mixed = all(word.isascii() and word.isalpha() for word in words) and not any(
        wide for _, _, wide in clues
    )
    return Asked(markers, clues, mixed)


def _is_wide(marker: Marker) -> bool:
    return marker.accepts is None and len(marker.sequence) > 1
