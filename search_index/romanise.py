"""Khmer names in Latin letters, roughly, so that one key finds both scripts.

The spelling is that of identity papers rather than of a standard (សុខ Sok, វុទ្ធី Vuthy, ជា Chea).
Only its :func:`search_index.sounds.sounds` are ever used, which fold what is left uncertain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from search_index import khmer

_FIRST_SERIES = {
    letter: spelled
    for pair in [
        "ក-k",
        "ខ-kh",
        "ច-ch",
        "ឆ-chh",
        "ដ-d",
        "ឋ-th",
        "ណ-n",
        "ត-t",
        "ថ-th",
        "ប-b",
        "ផ-ph",
        "ស-s",
        "ហ-h",
        "ឡ-l",
        "អ-",
    ]
    for letter, _, spelled in (pair.partition("-"),)
}
_SECOND_SERIES = {
    letter: spelled
    for pair in [
        "គ-k",
        "ឃ-kh",
        "ង-ng",
        "ជ-ch",
        "ឈ-chh",
        "ញ-nh",
        "ឌ-d",
        "ឍ-th",
        "ទ-t",
        "ធ-th",
        "ន-n",
        "ព-p",
        "ភ-ph",
        "ម-m",
        "យ-y",
        "រ-r",
        "ល-l",
        "វ-v",
        "ឝ-s",
        "ឞ-s",
    ]
    for letter, _, spelled in (pair.partition("-"),)
}
_CONSONANTS = _FIRST_SERIES | _SECOND_SERIES
_INDEPENDENT = {
    letter: spelled
    for pair in [
        "ឥ-i",
        "ឦ-i",
        "ឧ-u",
        "ឩ-u",
        "ឪ-ov",
        "ឫ-ri",
        "ឬ-ri",
        "ឭ-li",
        "ឮ-li",
        "ឯ-e",
        "ឰ-ai",
        "ឱ-o",
        "ឳ-au",
    ]
    for letter, _, spelled in (pair.partition("-"),)
}
# vowel: (after a consonant of the first series, of the second)
_VOWELS = {
    "\u17b6": ("a", "ea"),
    "\u17b7": ("i", "i"),
    "\u17b8": ("ey", "i"),
    "\u17b9": ("eu", "i"),
    "\u17ba": ("eu", "eu"),
    "\u17bb": ("o", "u"),
    "\u17bc": ("o", "ou"),
    "\u17bd": ("uo", "uo"),
    "\u17be": ("eu", "eu"),
    "\u17bf": ("eu", "eu"),
    "\u17c0": ("ie", "ie"),
    "\u17c1": ("e", "e"),
    "\u17c2": ("e", "e"),
    "\u17c3": ("ai", "ey"),
    "\u17c4": ("o", "o"),
    "\u17c5": ("au", "ov"),
    "\u17d0": ("a", "oa"),
}
_SONORANTS = frozenset("ងញនមយរលវ")
_FINAL = {"b": "p", "d": "t"}
_NIKAHIT, _REAHMUK = "\u17c6", "\u17c7"
_MUUSIKATOAN, _TRIISAP, _SHORT_I, _SANNYA = "\u17c9", "\u17ca", "\u17b7", "\u17d0"
_OO = "\u17c4"
_DOUBLING = frozenset("ងញណនមកចដតទបព")
"""Bases that close the syllable before when another letter stands under them (វណ្ណា, គន្ធា)."""


class _Read(NamedTuple):
    consonants: tuple[str, ...]
    vowel: str
    doubles: bool


class _Way(NamedTuple):
    """One way to spell where usage differs."""

    inherent: str
    ta: str
    closing: str
    inherits: bool


_VOWEL_OR_NIKAHIT = re.compile("[\u17b6-\u17c8\u17d0]")


def _ways(clusters: list[str]) -> Iterator[_Way]:
    """The ways in which this word can differ at all."""
    bare = any(not _VOWEL_OR_NIKAHIT.search(cluster) for cluster in clusters[1:])
    sonorant = any(cluster[0] in _SONORANTS for cluster in clusters[1:])
    has_ta = any("ត" in cluster for cluster in clusters)
    choices = product(
        "ao",
        "td" if has_ta else "t",
        ("some", "none", "all") if bare else ("some",),
        (True, False) if sonorant else (True,),
    )
    return (_Way(*choice) for choice in choices)


@lru_cache(maxsize=4096)
def romanise(word: str) -> tuple[str, ...]:
    """Likely spellings of a Khmer word; empty when it is not Khmer.

    There are several where the unwritten vowel is spelled *a* by some and *o* by others, where
    ត is spoken *d* (តារា Dara), where a consonant without a vowel may close the syllable before it
    or begin one of its own (ម៉េងហួរ Meng-hour, មករា Ma-ka-ra), and where a sonorant takes the series
    of the syllable before or not (វាសនា Veas-na, ស្រីនាង Srey-neang).
    """
    found: list[str] = []
    for _, _, cluster in khmer.clusters(word):
        if cluster == khmer.YUUKALEAPINTU and found:
            found[-1] += cluster
        else:
            found.append(cluster)
    if not found:
        return ()
    return tuple(dict.fromkeys(_spell(found, way) for way in _ways(found)))


def _spell(clusters: list[str], way: _Way) -> str:
    read = []
    first_series = False
    for cluster in clusters:
        one, first_series = _read(cluster, first_series and way.inherits, way)
        read.append(one)
    spelled: list[str] = []
    closable = False
    for at, (consonants, vowel, _) in enumerate(read):
        following = read[at + 1] if at + 1 < len(read) else None
        is_last = following is None
        if is_last and closable and len(consonants) > 1 and clusters[at][-1] == _SHORT_I:
            spelled.append(_FINAL.get(consonants[0], consonants[0]))  # សក្តិ Sak
        elif vowel:
            if vowel in ("a", "oa") and clusters[at][-1] == _SANNYA and _is_bare(following, "y"):
                vowel = "ai" if vowel == "a" else "e"  # ជ័យ Chey
            spelled.append("".join(consonants) + vowel)
            closable = True
        elif closable and _closes(following, way.closing):
            # A consonant after a vowel closes the syllable; what is written under it is silent.
            spelled.append(_FINAL.get(consonants[0], consonants[0]))
            closable = False
        else:
            spelled.append("".join(consonants) + way.inherent)
            closable = True
    # ាំង is spoken as a long vowel with ng.
    return "".join(spelled).replace("amng", "ang")


def _is_bare(read: _Read | None, consonant: str) -> bool:
    return read is not None and not read.vowel and read.consonants == (consonant,)


def _closes(following: _Read | None, closing: str) -> bool:
    if following is None or closing == "all":
        return True
    return closing == "some" and bool(following.vowel) and not following.doubles


def _read(cluster: str, after_first_series: bool, way: _Way) -> tuple[_Read, bool]:
    """Consonants in order, the vowel as spelled after their series, and if that is the first."""
    base = cluster[0]
    if base in _INDEPENDENT:
        return _Read(("",), _INDEPENDENT[base], False), True
    under = [cluster[at + 1] for at, sign in enumerate(cluster[:-1]) if sign == khmer.COENG]
    consonants = [
        way.ta if letter == "ត" else _CONSONANTS.get(letter, "") for letter in (base, *under)
    ]
    if consonants[0] == "b" and (under or _MUUSIKATOAN in cluster):
        consonants[0] = "p"
    if consonants[0] == "d" and len(consonants) > 1 and consonants[1] == "th":
        consonants[0] = "t"
    # A sonorant takes the series of what stands under it, or before it in the word.
    strong = [letter for letter in (base, *under) if letter not in _SONORANTS]
    first = strong[-1] in _FIRST_SERIES if strong else after_first_series
    vowel = ""
    for sign in cluster[1:]:
        if sign in (_MUUSIKATOAN, _TRIISAP):
            first = sign == _MUUSIKATOAN
        elif sign == _OO and first:
            vowel += "ao" if way.inherent == "a" else "o"
        elif sign in _VOWELS:
            vowel += _VOWELS[sign][not first]
        elif sign == _NIKAHIT:
            vowel = (vowel or ("am" if first else "um")).removesuffix("m") + "m"
        elif sign == _REAHMUK:
            vowel = vowel or ("ah" if first else "eah")
        elif sign == khmer.YUUKALEAPINTU:
            vowel = vowel or ("ak" if first else "eak")
    return _Read(tuple(consonants), vowel, bool(under) and base in _DOUBLING), first
