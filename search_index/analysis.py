"""Text -> terms, the same for documents and for queries.

A text becomes *tokens*: words (any script with spaces, letters and digits apart) and Khmer
clusters. Terms carry one letter that says what they are:

====  ======================================================================
``e``  a word as written, lower case, accents folded
``s``  the stem of an inflected English word (quotes in a query switch it off)
``k``  two neighbouring Khmer clusters (or the last one and an end mark)
``w``  a whole Khmer word as the segmenter saw it: ranks above a sub-word hit
``n``  key of an accused's name, folding romanisation (see :func:`names.name_keys`)
``p``  how a word of a court's name sounds, neighbours also as one (Kampong, Siemreap)
``a``  an article of law, with and without its law (``a208``, ``acpc208``)
``#``  a part of a case number without leading zeros
``=``  a case number without separators
====  ======================================================================

The *body* is the normalised text of a document by section. Phrases, Khmer words and fields are
verified on it, so that no hit is only probable.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise

from search_index.articles import CUES, KHMER_CUE, articles
from search_index.documents import CaseDocument
from search_index.khmer_words import segment
from search_index.names import name_keys
from search_index.numbers import compact_number, number_parts
from search_index.romanise import romanise
from search_index.sounds import coarse_sound, latin_letters, sounds
from search_index.spells import spell_keys
from search_index.tokens import MAX_TERM, Token, fold_word, groups, render, stem, tokenise

ANALYSIS_VERSION = 5
"""Changes whenever the same document would give other terms; an older index is refused."""

SECTION_MARK = "\x1e"
VALUE_MARK = "\x1f"
RUN_END = "$"

SECTIONS: dict[str, str] = {
    "code": "C",
    "number": "#",
    "name": "N",
    "court": "U",
    "offence": "O",
    "reason": "R",
    "status": "S",
    "text": "T",
}
"""Searchable fields and the letter of their section in the body."""

NUMBER_SECTION = "K"
_BOOST = {"C": 4.0, "#": 4.0, "N": 3.0, "U": 1.5, "O": 1.5, "R": 1.5, "S": 0.5, "T": 1.0}
_MAX_COMPOUND = 12

PREFIXES = frozenset(
    ("re", "non", "pre", "co", "ex", "anti", "sub", "multi", "inter", "mis", "un", "self", "post")
)
"""Beginnings of words that are written together, with a hyphen, or apart (``re arrest``)."""
OF_EVERY_COURT = frozenset(
    ("court", "courts", "provincial", "municipal", "of", "first", "instance", "the", "appeal")
)


def pairs(run: tuple[str, ...]) -> Iterator[str]:
    """Terms of a run of clusters: each with its follower, the last with an end mark."""
    for first, second in zip(run, (*run[1:], RUN_END), strict=True):
        yield f"k{first}|{second}"


@dataclass(frozen=True)
class AnalysedDocument:
    """``terms`` with weights, ``keys`` (exact values, unweighted) and the body for verification."""

    terms: dict[str, float]
    keys: tuple[str, ...]
    body: bytes


def _section_values(document: CaseDocument) -> tuple[tuple[str, tuple[str, ...]], ...]:
    status = (document.stage, document.outcome, *document.ended_by, *document.custody)
    return (
        ("C", (document.code,) if document.code else ()),
        ("#", document.numbers),
        ("N", document.names),
        ("U", document.court + document.court_names),
        ("O", document.offences + document.offence_names),
        ("R", document.reasons + document.reason_names),
        ("S", tuple(value for value in status if value)),
        ("T", document.texts),
    )


_COMPOUND = re.compile(r"[a-z0-9]+(?:(?:(?<=[a-z])'(?=[a-z])|[-/._&+](?=[a-z0-9]))[a-z0-9]+)*")
_PART = re.compile(r"[0-9]+|[a-z]+(?:'[a-z]+)*")


def _ascii_groups(text: str) -> Iterator[tuple[str, ...]]:
    """Compounds of an ASCII text: what :func:`groups` gives, several times faster."""
    for found in _COMPOUND.findall(text.lower()):
        if found.isalpha() or found.isdigit():
            yield (found[:MAX_TERM],)
        else:
            yield tuple(fold_word(part) for part in _PART.findall(found))


_Value = tuple[tuple[tuple[str, int], ...], str, int]


def _analyse_text(text: str) -> _Value:
    """(term, count) pairs, body text and length in tokens of one value."""
    if text.isascii():
        found = list(_ascii_groups(text))
        counts = _word_terms(found)
        body = " ".join(word for group in found for word in group)
        return tuple(counts.items()), body, sum(map(len, found))
    tokens = tokenise(text)
    found = []
    whole: list[str] = []
    runs: list[tuple[str, ...]] = []
    compounds: list[tuple[str, ...]] = []
    for group in groups(tokens):
        words = tuple(token.text for token in group)
        found.append(words)
        if group[0].is_khmer:
            runs.append(words)
            whole += [word for piece in _spaced(text, group) for word in segment(piece)]
        else:
            compounds.append(words)
    counts = _word_terms(compounds)
    for term in chain(chain.from_iterable(map(pairs, runs)), (f"w{w[:MAX_TERM]}" for w in whole)):
        counts[term] = counts.get(term, 0) + 1
    if any(run[-2:] == KHMER_CUE for run in runs):
        for article in articles(found):
            counts[f"a{article}"] = 1
    return tuple(counts.items()), render(tokens), len(tokens)


@lru_cache(maxsize=2048)
def _known_text(text: str) -> _Value:
    """As :func:`_analyse_text`, for names of courts, offences and reasons, which come back in most
    documents."""
    return _analyse_text(text)


@lru_cache(maxsize=256)
def _just_read(text: str) -> _Value:
    """As :func:`_analyse_text`, for what people write: the documents of one case for several
    audiences hold the same. Few, and gone with :func:`forget`, for it may be redacted."""
    return _analyse_text(text)


def _spaced(text: str, run: Sequence[Token]) -> Iterator[tuple[str, ...]]:
    """Pieces of a run between blanks: no word goes over a blank, though a string asked for may."""
    piece: list[str] = []
    end = run[0].end
    for token in run:
        gap = text[end : token.start]
        if gap.strip("\u200b\u200c\u200d\u2060\ufeff\u00ad"):
            yield tuple(piece)
            piece = []
        piece.append(token.text)
        end = token.end
    yield tuple(piece)


def forget() -> None:
    """Let go of every word kept to save time, after a redaction. Cuts of Khmer text hold none."""
    texts = (_known_text, _just_read, place_keys)
    for kept in (*texts, fold_word, stem, _terms_of, sounds, coarse_sound, romanise):
        kept.cache_clear()


@lru_cache(maxsize=65536)
def _terms_of(word: str) -> tuple[str, str]:
    """The term of a word, and that of its stem where it has another."""
    root = stem(word)
    return f"e{word}", f"s{root}" if root != word else ""


def _word_terms(found: Sequence[tuple[str, ...]]) -> dict[str, int]:
    """Terms of compounds of words, with counts."""
    words = Counter(chain.from_iterable(found))
    joined = Counter(
        "".join(group)[:MAX_TERM] for group in found if 1 < len(group) <= _MAX_COMPOUND
    )
    counts: dict[str, int] = {}
    for word, count in words.items():
        plain, root = _terms_of(word)
        counts[plain] = count
        if root:
            counts[root] = counts.get(root, 0) + count
    if not PREFIXES.isdisjoint(words):
        joined.update(_prefixed(found))
    for word, count in joined.items():
        for term in (f"e{word}", f"s{stem(word)}"):
            counts[term] = counts.get(term, 0) + count
    if not CUES.isdisjoint(words):
        counts.update((f"a{article}", 1) for article in articles(found))
    return counts


def _prefixed(found: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """``re arrest`` as one word."""
    for first, second in pairwise(found):
        if len(first) == len(second) == 1 and first[0] in PREFIXES and second[0].isalpha():
            yield (first[0] + second[0])[:MAX_TERM]


@lru_cache(maxsize=2048)
def place_keys(name: str) -> tuple[str, ...]:
    """How the words of a court's name sound, and neighbours written as one (Siemreap)."""
    words = [word for word in map(latin_letters, name.split()) if word]
    words = [word for word in words if word not in OF_EVERY_COURT and len(word) > 2]
    together = (first + second for first, second in pairwise(words))
    return tuple(dict.fromkeys(coarse_sound(word) for word in (*words, *together)))


def analyse(document: CaseDocument) -> AnalysedDocument:
    """Terms, keys and body of a document.

    A weight is the BM25 part that depends on the document (saturated count, damped by length),
    with matches in numbers and names counting more than matches in free text; an engine
    multiplies it with the rarity of the term.
    """
    raw: dict[str, float] = {}
    body: list[str] = []
    length = 0
    for letter, values in _section_values(document):
        if not values:
            continue
        read = _known_text if letter in "UORS" else _just_read
        boost = _BOOST[letter]
        rendered = []
        for value in values:
            counts, text, size = read(value)
            for term, count in counts:
                raw[term] = raw.get(term, 0.0) + boost * count
            rendered.append(text)
            length += size
        body.append(f"{SECTION_MARK}{letter} {f' {VALUE_MARK} '.join(rendered)} ")
    for name in document.names:
        for key in name_keys(name):
            raw[f"n{key}"] = raw.get(f"n{key}", 0.0) + 3.0
    for court in document.court_names:
        for key in place_keys(court):
            raw[f"p{key}"] = 1.0
    numbers = [number_parts(number) for number in document.numbers]
    for parts in numbers:
        for part in parts:
            raw[f"#{part[:MAX_TERM]}"] = 4.0
    for number in document.numbers:
        raw[f"={compact_number(number)[:MAX_TERM]}"] = 6.0
    if numbers:
        joined = VALUE_MARK.join(f"-{'-'.join(parts)}-" for parts in numbers)
        body.append(f"{SECTION_MARK}{NUMBER_SECTION} {joined} ")
    damping = 1.2 * (0.4 + 0.6 * length / 120.0)
    # There are few different weights in a document.
    saturated = {w: round(2.2 * w / (w + damping), 2) for w in set(raw.values())}
    terms = {term: saturated[weight] for term, weight in raw.items()}
    return AnalysedDocument(terms, document_keys(document), "".join(body).encode("utf-8"))


def document_keys(document: CaseDocument) -> tuple[str, ...]:
    """Exact values: case, audience, whom it is hidden for, facet codes, as ``name=value``.

    ``overdue`` by the blocks of time in which it holds (:func:`search_index.spells.spell_keys`).
    """
    keys = [f"case={document.case_id}", f"aud={document.audience}"]
    keys += [f"hide={audience}" for audience in document.hidden_for]
    for facet, codes in document.facet_values().items():
        keys += [f"{facet}={code}" for code in codes]
    for spell in document.overdue:
        keys += spell_keys("overdue", spell)
    return tuple(dict.fromkeys(keys))
