"""Did you mean: for a query without hits, a spelling that has some.

Words of notes by letters, names by sound, Khmer by clusters, case numbers by digits. Whatever is
suggested was read in a document that the asker may see, or stands there as a word: nothing that
occurs in records of others only is ever suggested.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple, Protocol

from search_index import khmer
from search_index import query as q
from search_index.analysis import SECTIONS, VALUE_MARK, pairs
from search_index.khmer_words import segment
from search_index.names import name_keys, similarity
from search_index.numbers import looks_like_number
from search_index.operations import Plan, Term, TermPrefix, all_of, any_of
from search_index.patterns import one_edit, section_bytes
from search_index.plan import plan
from search_index.sounds import sounds
from search_index.tokens import groups, tokenise

_TRIED = 4
_READ = 40
"""Bodies read for one place where something may be wrong."""
_LONGEST_RUN = 8
_SHORT_RUN = 4
"""In a shorter run another cluster must be like the one that was typed."""
_LETTERS_OF_SOUNDS = "abcdeghijklmnoprstuv"
_INSIDE = rf"(?<!{khmer.COENG})", rf"(?![\u17b4-\u17c7\u17c9-\u17d1\u17d3\u17dd{khmer.COENG}])"


class Bodies(Protocol):
    """Bodies of at most so many documents that fit a plan and that the asker may see."""

    def __call__(self, made: Plan, most: int) -> Iterator[bytes]:
        """Read them."""


class Asker(NamedTuple):
    """What can be looked up for one asker.

    ``frequency`` counts the documents with a word *that the asker may see*. ``near`` gives the
    words within an edit distance, of whatever documents.
    """

    frequency: Callable[[str], int]
    near: Callable[[str, int], set[str]]
    bodies: Bodies


class _Wrong(NamedTuple):
    """A place in the query, and what may have been meant, the likeliest first."""

    start: int
    end: int
    meant: list[str]


def corrections(text: str, tree: q.Node, asker: Asker) -> Iterator[str]:
    """Corrected queries, the most promising first; the engine tries whether they have hits."""
    wrong: list[_Wrong] = []
    for leaf in q.leaves(tree):
        if isinstance(leaf, q.Word | q.Phrase):
            start = text.find(leaf.text, leaf.position)
            if start >= 0:
                wrong += _in_leaf(leaf, start, asker)
    if not wrong:
        return
    tried = set()
    for choice in range(_TRIED):
        replaced = text
        # From the back, so that the places in front stay right.
        for place in sorted(wrong, reverse=True):
            better = place.meant[min(choice, len(place.meant) - 1)]
            replaced = replaced[: place.start] + better + replaced[place.end :]
        if replaced not in tried:
            tried.add(replaced)
            yield replaced


def _in_leaf(leaf: q.Word | q.Phrase, start: int, asker: Asker) -> Iterator[_Wrong]:
    is_number = looks_like_number(leaf.text) and leaf.field in (None, "number")
    if is_number and (meant := list(_numbers(leaf, asker))):
        yield _Wrong(start, start + len(leaf.text), meant)
        return
    for group in groups(tokenise(leaf.text)):
        if group[0].is_khmer:
            found = _khmer(tuple(token.text for token in group), asker)
            if found:
                yield _Wrong(start + group[0].start, start + group[-1].end, found)
            continue
        for token in group:
            if found := _word(token.text, leaf.field, asker):
                yield _Wrong(start + token.start, start + token.end, found)


def _finds(leaf: q.Node, asker: Asker) -> bool:
    """True if this alone has hits, so that it is not what is wrong."""
    return next(asker.bodies(plan(leaf), 1), None) is not None


# -- words and names ---------------------------------------------------------------------------


def _word(word: str, field: str | None, asker: Asker) -> list[str]:
    if len(word) < 3 or not word.isalpha() or _finds(q.Word(word, field), asker):
        return []
    if field == "name":
        return _names(word, asker)
    found = _nearest(word, asker)
    return found or (_names(word, asker) if field is None else [])


def _nearest(word: str, asker: Asker) -> list[str]:
    if not word.isascii():
        return []
    for distance in (1, 2) if len(word) > 4 else (1,):
        found = [(asker.frequency(other), other) for other in asker.near(word, distance)]
        ranked = sorted((item for item in found if item[0]), key=lambda item: (-item[0], item[1]))
        if ranked:
            return [other for _, other in ranked]
    return []


def _names(word: str, asker: Asker) -> list[str]:
    """Names that nearly sound so, as they are spelled in the records, the closest first."""
    keys = {key for sound in sounds(word) for key in one_edit(sound, _LETTERS_OF_SOUNDS)}
    found: Counter[str] = Counter()
    for body in asker.bodies(any_of([Term(f"n{key}") for key in sorted(keys)]), _READ):
        names = section_bytes(body, SECTIONS["name"]).decode().replace(VALUE_MARK, " ")
        latin = (name for name in names.split() if name.isascii())
        found.update(name for name in latin if not keys.isdisjoint(name_keys(name)))
    return sorted(found, key=lambda name: (-similarity(word, name), -found[name], name))


# -- case numbers --------------------------------------------------------------------------------


def _numbers(leaf: q.Word | q.Phrase, asker: Asker) -> Iterator[str]:
    """The number with two digits swapped, then with one wrong, missing or too many."""
    number = leaf.text
    if _finds(q.Word(number, "number"), asker):
        return
    found = 0
    for other in _digit_slips(number):
        if _finds(q.Word(other, "number"), asker):
            yield other
            found += 1
            if found == _TRIED:
                return


def _digit_slips(number: str) -> Iterator[str]:
    digits = [at for at, sign in enumerate(number) if sign.isdigit()]
    if not 3 <= len(digits) <= 14:
        return
    seen = {number}
    for made in (_swapped(number, digits), _changed(number, digits)):
        for other in made:
            if other not in seen:
                seen.add(other)
                yield other


def _swapped(number: str, digits: list[int]) -> Iterator[str]:
    for one, two in pairwise(digits):
        signs = list(number)
        signs[one], signs[two] = signs[two], signs[one]
        yield "".join(signs)


def _changed(number: str, digits: list[int]) -> Iterator[str]:
    zero = "\u17e0" if "\u17e0" <= number[digits[0]] <= "\u17e9" else "0"
    for at in digits:
        yield number[:at] + number[at + 1 :]
        for digit in (chr(ord(zero) + value) for value in range(10)):
            yield number[:at] + digit + number[at + 1 :]
            yield number[:at] + digit + number[at:]


# -- Khmer ---------------------------------------------------------------------------------------


def _khmer(run: tuple[str, ...], asker: Asker) -> list[str]:
    """The run with one cluster wrong, missing or too many, as it stands in the records."""
    if _finds(q.Phrase("".join(run)), asker):
        return []
    if len(run) <= _LONGEST_RUN:
        return _one_cluster(run, asker)
    # Long runs hold several words; the first that stands nowhere is looked at.
    words = [tuple(c for _, _, c in khmer.clusters(word)) for word in segment(run)]
    for at, word in enumerate(words):
        if len(word) > 1 and not _finds(q.Phrase("".join(word)), asker):
            before, after = ("".join(map("".join, part)) for part in (words[:at], words[at + 1 :]))
            return [before + found + after for found in _one_cluster(word, asker)]
    return []


def _one_cluster(run: tuple[str, ...], asker: Asker) -> list[str]:
    if len(run) < 2:
        return []
    found: Counter[str] = Counter()
    alike: set[str] = set()
    for at, cluster in enumerate(run):
        before, after = run[:at], run[at + 1 :]
        # Inside the run two clusters may stand for this one, or none.
        often = "{0,2}" if before and after else "{1}"
        wanted = re.compile(
            f"{_INSIDE[0]}{''.join(before)}((?:{khmer.CLUSTER}){often}){''.join(after)}{_INSIDE[1]}"
        )
        for body in asker.bodies(_around(before, after), _READ):
            for match in wanted.finditer(body.decode()):
                likeness = _alike(cluster, match.group(1))
                if likeness == 2:
                    alike.add(match.group())
                if likeness or len(run) > _SHORT_RUN:
                    found[match.group()] += 1
    return sorted(found, key=lambda text: (text not in alike, -found[text], text))[:_TRIED]


def _alike(cluster: str, other: str) -> int:
    """2 for the same base, with one cluster more or none at all; 1 for the same signs; else 0."""
    clusters = [found for _, _, found in khmer.clusters(other)]
    if not clusters or cluster in clusters:
        return 2
    if len(clusters) > 1:
        return 0
    if other[0] == cluster[0]:
        return 2
    return int(len(cluster) > 1 and other[1:] == cluster[1:])


def _around(before: tuple[str, ...], after: tuple[str, ...]) -> Plan:
    """Documents that hold what stands before and after a cluster."""
    found: list[Plan] = []
    for part in (before, after):
        if len(part) == 1:
            found.append(TermPrefix(f"k{part[0]}|"))
        if len(part) > 1:
            found += [Term(pair) for pair in list(pairs(part))[:-1]]
    return all_of(found)
