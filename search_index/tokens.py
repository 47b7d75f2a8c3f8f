"""Text -> tokens: words (any script with spaces, letters and digits apart) and Khmer clusters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain, repeat
from operator import itemgetter
from typing import NamedTuple

from whoosh.lang.porter import stem as _porter

from search_index import khmer
from search_index.numbers import latin_digits
from search_index.sounds import OTHER_LETTERS

MAX_TERM = 64
"""Letters of a term; a longer word is cut short."""
_TOKEN = re.compile(
    rf"(?P<khmer>{khmer.CLUSTER})"
    r"|(?P<digits>[0-9\u17e0-\u17e9]+|(?:(?![\u1780-\u17ff])\d)+)"
    r"|(?P<word>(?:(?![\u1780-\u17ff])[^\W\d_])(?:(?![\u1780-\u17ff])[^\W\d_]|[\u0300-\u036f])*"
    r"(?:['\u2018\u2019\uff07][^\W\d_]+)*)"
)
_RUN_GAP = re.compile(r"[\s\u200b\u200c\u200d\u2060\ufeff\u00ad]*\Z")
_ASCII_WORD = re.compile(r"[a-z]{4,}\Z")


class Token(NamedTuple):
    """``text[start:end]`` of the source, and its normal form."""

    start: int
    end: int
    text: str
    is_khmer: bool
    joined: bool
    """Khmer: same run as the token before. Word: same compound (``re-arrest``, ``CPC208``)."""


@lru_cache(maxsize=65536)
def fold_word(word: str) -> str:
    """Lower case, accents folded, possessive dropped, Khmer digits as 0-9."""
    folded = latin_digits(word.casefold())
    if not folded.isascii():
        folded = folded.translate(OTHER_LETTERS)
        folded = unicodedata.normalize("NFKD", folded)
        folded = "".join(ch for ch in folded if ch.isalnum() or ch == "'").casefold()
    if folded.endswith("'s"):
        folded = folded[:-2]
    return folded.replace("'", "")[:MAX_TERM]


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Stem of an English word; other words unchanged."""
    return str(_porter(word)) if _ASCII_WORD.match(word) else word


_ASCII_TOKEN = re.compile(r"[0-9]+|[a-z]+(?:'[a-z]+)*")


def _ascii_tokens(text: str) -> list[Token]:
    """Tokens of an ASCII text: what :func:`tokenise` gives, several times faster."""
    found = list(_ASCII_TOKEN.finditer(text.lower()))
    if not found:
        return []
    starts, ends = zip(*map(re.Match.span, found), strict=True)
    words = [fold_word(word) if "'" in word else word[:MAX_TERM] for word in map(_whole, found)]
    joined = [
        start == end or (start - end == 1 and text[end] in "-/._&+")
        for end, start in zip(ends, starts[1:], strict=False)
    ]
    return list(map(Token, starts, ends, words, repeat(False), chain((False,), joined)))


_whole = itemgetter(0)


def tokenise(text: str) -> list[Token]:
    """Tokens of ``text`` with their place in it, in order."""
    if text.isascii():
        return _ascii_tokens(text)
    tokens: list[Token] = []
    last_end, last_khmer = -1, False
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        is_khmer = match.lastgroup == "khmer"
        raw = match.group()
        normal = khmer.normalise_cluster(raw) if is_khmer else fold_word(raw)
        if not normal:
            continue
        joined = False
        if last_end >= 0 and is_khmer == last_khmer:
            gap = text[last_end:start]
            if is_khmer:
                joined = bool(_RUN_GAP.match(gap))
            else:
                joined = gap == "" or (len(gap) == 1 and gap in "-\u2010\u2011/._&+")
        tokens.append(Token(start, end, normal, is_khmer, joined))
        last_end, last_khmer = end, is_khmer
    return tokens


def ascii_spans(lower: str, start: int) -> Iterator[tuple[int, int]]:
    """Where the tokens of an ASCII text are, from ``start`` on: the beginning of one, or a blank.

    The text is in lower case.
    """
    return map(re.Match.span, _ASCII_TOKEN.finditer(lower, start))


def has_token(text: str, start: int, end: int) -> bool:
    """True if there is a token in ``text[start:end]``."""
    return any(
        (khmer.normalise_cluster if match.lastgroup == "khmer" else fold_word)(match.group())
        for match in _TOKEN.finditer(text, start, end)
    )


def groups(tokens: Iterable[Token]) -> Iterator[list[Token]]:
    """Runs of Khmer clusters and compounds of words, in order."""
    current: list[Token] = []
    for token in tokens:
        if current and not token.joined:
            yield current
            current = []
        current.append(token)
    if current:
        yield current


def render(tokens: Iterable[Token]) -> str:
    """Normal text of tokens: words parted by one space, Khmer runs unspaced."""
    parts: list[str] = []
    for token in tokens:
        if parts and not (token.is_khmer and token.joined):
            parts.append(" ")
        parts.append(token.text)
    return "".join(parts)
