"""Marks in a text what a query found there. The text comes from the database, not the index.

Cuts fall between words and between Khmer clusters only, so no sign is ever parted from its base.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from search_index import khmer
from search_index import query as q
from search_index.analysis import SECTIONS, Token, fold_word, groups, stem, tokenise
from search_index.articles import CUES, KHMER_CUE, articles
from search_index.khmer_words import segment
from search_index.names import name_keys, word_keys
from search_index.numbers import looks_like_number, number_readings
from search_index.patterns import within
from search_index.sounds import coarse_sound, same_sound, sounds

Fragment = tuple[str, bool]
Span = tuple[int, int]
"""First token and the token after the last."""
ELLIPSIS = "\u2026"
_ARTICLE_WINDOW = 8


def _plain(text: str) -> str:
    """A number without leading zeros, so that 0123/2023 and 123/2023 are the same."""
    return (text.lstrip("0") or "0") if text.isdigit() else text


class _Words:
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
class _Marker:
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

    def spans(self, words: _Words) -> Iterator[Span]:
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

    def _compounds(self, words: _Words) -> Iterator[Span]:
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


def _same_word(word: str) -> Callable[[str], bool]:
    root = stem(word)

    def accepts(other: str) -> bool:
        return other == word or stem(other) == root

    return accepts


def _head(word: str) -> str:
    """What all words with the stem of this one begin with."""
    root = stem(word)
    # Porter changes at most the last two letters of what it keeps (happy -> happi).
    head = root[:-2] if len(root) > 3 else root[:-1]
    while not word.startswith(head):
        head = head[:-1]
    return head


def _same_name(word: str) -> Callable[[str], bool]:
    def accepts(other: str) -> bool:
        return other == word or same_sound(other, word)

    return accepts


def _sounds_as(khmer_name: str) -> Callable[[str], bool]:
    keys = name_keys(khmer_name)

    def accepts(other: str) -> bool:
        return not keys.isdisjoint(sounds(other))

    return accepts


def _same_place(word: str) -> Callable[[str], bool]:
    key, like = coarse_sound(word), _same_word(word)

    def accepts(other: str) -> bool:
        return like(other) or (len(other) > 2 and coarse_sound(other) == key)

    return accepts


def _equal(word: str) -> Callable[[str], bool]:
    def accepts(other: str) -> bool:
        return other == word

    return accepts


def _of_word(text: str, kind: str | None) -> Iterator[_Marker]:
    if looks_like_number(text):
        yield from _of_articles(text)
        for parts, _ in number_readings(text)[1:]:
            yield _Marker(parts)
    for group in groups(tokenise(text)):
        words = tuple(_plain(token.text) for token in group)
        if group[0].is_khmer:
            yield from _of_khmer(words)
            if kind == "name":
                yield _Marker(("",), _sounds_as("".join(words)))
        elif len(words) > 1:
            joined = "".join(token.text for token in group)
            yield _Marker(words)
            yield _Marker((joined,), _equal(joined))
            yield _Marker((joined,), _same_word(joined), joined=joined)
        elif words[0].isdigit():
            yield _Marker(words)
        elif kind == "name" and (key := coarse_sound(words[0])):
            yield _Marker(("",), names=frozenset(word_keys(words[0])))
            yield _Marker(words, _same_name(words[0]), key=key)
        elif kind == "court" and (key := coarse_sound(words[0])):
            yield _Marker(words, _same_place(words[0]), key=key)
        else:
            yield _Marker(words, _same_word(words[0]), joined=words[0], head=_head(words[0]))


def _of_khmer(run: tuple[str, ...]) -> Iterator[_Marker]:
    """The run as it stands, and the words in it where they stand apart."""
    yield _Marker(run)
    if len(run) > 3:
        for word in segment(run):
            parts = tuple(cluster for _, _, cluster in khmer.clusters(word))
            if 1 < len(parts) < len(run):
                yield _Marker(parts)


def _begins(head: str) -> Callable[[str], bool]:
    def accepts(other: str) -> bool:
        return other.startswith(head)

    return accepts


def _near(word: str, distance: int) -> Callable[[str], bool]:
    def accepts(other: str) -> bool:
        return within(word, other, distance)

    return accepts


def _of_articles(text: str) -> Iterator[_Marker]:
    named = [tuple(token.text for token in group) for group in groups(tokenise(text))]
    if found := frozenset(article for article in articles(named) if article[0].isdigit()):
        yield _Marker(("",), articles=found)


def _of_leaf(leaf: q.Node, kind: str | None) -> Iterator[_Marker]:
    match leaf:
        case q.Word(text=text):
            yield from _of_word(text, kind)
        case q.Phrase(text=text, slop=slop):
            tokens = tokenise(text)
            if slop is None and tokens:
                yield _Marker(tuple(_plain(token.text) for token in tokens))
            elif slop is not None:
                for group in groups(tokens):
                    yield _Marker(tuple(_plain(token.text) for token in group))
        case q.Prefix(text=text):
            tokens = tokenise(text)
            if tokens and any(token.is_khmer for token in tokens):
                yield from _of_word(text, kind)
            elif tokens:
                yield _Marker((tokens[-1].text,), _begins(tokens[-1].text))
        case q.Fuzzy(text=text, distance=distance):
            yield _Marker((fold_word(text),), _near(fold_word(text), distance))


@lru_cache(maxsize=256)
def _markers(query: str | q.Node, field: str | None) -> tuple[_Marker, ...]:
    tree = q.parse(query).tree if isinstance(query, str) else query
    found: list[_Marker] = []
    for leaf in q.leaves(tree):
        asked = getattr(leaf, "field", None)
        if asked is not None and (asked not in SECTIONS or field not in (None, asked)):
            continue
        found.extend(_of_leaf(leaf, field or asked))
    found.extend(_neighbours(tree, field))
    return tuple(found)


def _neighbours(tree: q.Node, field: str | None) -> Iterator[_Marker]:
    """Srey Mom for Sreymom; ``article 247`` for ``art. 247``."""
    words = [leaf.text for leaf in q.leaves(tree) if isinstance(leaf, q.Word)]
    for first, second in pairwise(words):
        if looks_like_number(second):
            yield from _of_articles(f"{first} {second}")
        elif field == "name" and first.isalpha() and second.isalpha():
            yield _Marker((first + second,), _same_name(first + second))
        elif field == "court" and first.isalpha() and second.isalpha():
            yield _Marker((first + second,), _same_place(first + second))


def marked_tokens(
    tokens: Sequence[Token], query: str | q.Node, field: str | None = None
) -> set[int]:
    """Places of the tokens that a query finds."""
    words = _Words(tokens)
    return {
        at
        for marker in _markers(query, field)
        if marker.sequence
        for first, end in marker.spans(words)
        for at in range(first, end)
    }


def highlight(text: str, query: str, *, field: str | None = None) -> list[Fragment]:
    """``text`` in pieces, each with whether the query found it there.

    Joined, the pieces are ``text`` again. ``field`` says which field the text is (``name``,
    ``court``, ``text``, ...), so that ``name:sok`` marks names only and other spellings of a name
    are marked in names.
    """
    tokens = tokenise(text)
    return _fragments(text, tokens, marked_tokens(tokens, query, field), 0, len(text))


def _fragments(
    text: str, tokens: Sequence[Token], marked: set[int], start: int, end: int
) -> list[Fragment]:
    pieces: list[Fragment] = []
    at = start
    places = [i for i in sorted(marked) if tokens[i].start >= start and tokens[i].end <= end]
    for run in _runs(text, tokens, places):
        first, last = tokens[run[0]].start, tokens[_last(tokens, run[-1], end)].end
        if first > at:
            pieces.append((text[at:first], False))
        pieces.append((text[first:last], True))
        at = last
    if at < end:
        pieces.append((text[at:end], False))
    return pieces


def _runs(text: str, tokens: Sequence[Token], places: Sequence[int]) -> list[list[int]]:
    """Neighbouring places that are marked as one, because only a blank or a sign parts them."""
    runs: list[list[int]] = []
    for place in places:
        if runs and runs[-1][-1] == place - 1:
            gap = text[tokens[place - 1].end : tokens[place].start]
            if not gap.strip(" -\u200b/."):
                runs[-1].append(place)
                continue
        runs.append([place])
    return runs


def _last(tokens: Sequence[Token], place: int, end: int) -> int:
    """The token with which a mark ends: a sign that is a token of its own goes with its base."""
    return place + 1 if _goes_on(tokens, place) and tokens[place + 1].end <= end else place


def _goes_on(tokens: Sequence[Token], at: int) -> bool:
    """True if a sign follows that is a token of its own and still is shown with this one."""
    return (
        at + 1 < len(tokens)
        and tokens[at + 1].text == khmer.YUUKALEAPINTU
        and tokens[at + 1].start == tokens[at].end
    )


def snippets(
    text: str, query: str, *, width: int = 160, most: int = 2, field: str | None = None
) -> list[list[Fragment]]:
    """Up to ``most`` passages of about ``width`` characters around what the query found.

    Empty when it found nothing here. An ellipsis stands where a passage was cut out.
    """
    tokens = tokenise(text)
    marked = sorted(marked_tokens(tokens, query, field))
    passages: list[tuple[int, int]] = []
    for place in marked:
        if passages and tokens[place].end <= passages[-1][1]:
            continue
        if len(passages) == most:
            break
        passages.append(_window(text, tokens, place, width, passages[-1][1] if passages else 0))
    return [_cut(text, tokens, set(marked), start, end) for start, end in passages]


def _window(
    text: str, tokens: Sequence[Token], place: int, width: int, earliest: int
) -> tuple[int, int]:
    """Borders of a passage around a token, between tokens."""
    centre = (tokens[place].start + tokens[place].end) // 2
    wanted = max(earliest, centre - width // 2)
    first = place
    while first > 0 and tokens[first - 1].start >= wanted:
        first -= 1
    if first and _goes_on(tokens, first - 1):
        first -= 1
    start = tokens[first].start if first else min(tokens[0].start, max(earliest, 0))
    if first == 0 and tokens[0].start - earliest < width // 2:
        start = earliest if earliest == 0 else tokens[0].start
    last = place
    while last + 1 < len(tokens) and tokens[last + 1].end <= start + width:
        last += 1
    if _goes_on(tokens, last):
        last += 1
    end = tokens[last].end
    if last + 1 == len(tokens) and len(text) - end < 20:
        end = len(text)
    return start, end


def _cut(
    text: str, tokens: Sequence[Token], marked: set[int], start: int, end: int
) -> list[Fragment]:
    pieces = _fragments(text, tokens, marked, start, end)
    if start > 0:
        pieces.insert(0, (ELLIPSIS, False))
    if end < len(text):
        pieces.append((ELLIPSIS, False))
    return pieces
