"""Names of persons: one key for the many ways a Khmer name is written in Latin letters.

Romanisation of Khmer is not standardised: Sok/Sokh, Chea/Chhea, Vuthy/Vutthy, Kim/Keum,
Sreymom/Srey Mom. The key folds aspirated consonants, doubled letters and the vowels that
stand for one Khmer vowel. It finds too much on purpose; similarity then orders what was found.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise

from search_index.romanise import romanise

_WORD = re.compile(r"[^\W\d_]+")
_CONSONANTS: tuple[tuple[str, str], ...] = (
    ("chh", "c"),
    ("ch", "c"),
    ("dj", "c"),
    ("kh", "k"),
    ("gh", "k"),
    ("th", "t"),
    ("ph", "p"),
    ("bh", "p"),
    ("sh", "s"),
    ("nh", "n"),
    ("gn", "n"),
    ("ck", "k"),
    ("q", "k"),
    ("x", "s"),
    ("z", "s"),
    ("w", "v"),
    ("j", "c"),
)
_DOUBLED = re.compile(r"([bcdfghjklmnpqrstvwxz])\1+")
_VOWELS = re.compile(r"[aeiouy]+")
_FRONT = frozenset(
    ("i", "e", "y", "ee", "ey", "ei", "ie", "eu", "ii", "iy", "oe", "eo", "yi", "ye", "eei", "eiy")
)
_BACK = frozenset(("o", "u", "oo", "ou", "uo", "uu", "oa", "ua", "oua", "uor"))
_DIPHTHONG = frozenset(("ea", "ia", "eah", "iea", "eea", "ya", "eya", "iya"))
_OPEN = frozenset(("a", "aa"))
_CLOSING = frozenset(("ao", "au", "aou", "aow"))
_HALF_TYPED = {"b": "h", "c": "hk", "d": "j", "g": "hn"}
"""Consonants that have another key together with the letter that may follow."""


def _latin(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(ch for ch in decomposed if "a" <= ch <= "z")


def _fold_vowels(match: re.Match[str]) -> str:
    group = match.group()
    if group in _FRONT:
        return "i"
    if group in _BACK:
        return "u"
    if group in _DIPHTHONG:
        return "e"
    if group in _OPEN:
        return "a"
    if group in _CLOSING:
        return "au"
    return group


@lru_cache(maxsize=65536)
def name_key(word: str) -> str:
    """Key of one name in Latin letters; empty when it has none.

    Two spellings of one Khmer name have the same key: ``name_key("Vuthy") ==
    name_key("Vutthy")``.
    """
    key = _latin(word)
    if not key:
        return ""
    key = _DOUBLED.sub(r"\1", key)
    for spelling, letter in _CONSONANTS:
        key = key.replace(spelling, letter)
    key = _DOUBLED.sub(r"\1", key)
    if len(key) > 2 and key.endswith("h"):
        key = key[:-1]
    key = _VOWELS.sub(_fold_vowels, key)
    # An h that is left after a vowel is silent ("Sokhah", "Sarah").
    return re.sub(r"(?<=[aeiu])h(?![aeiu])", "", key)


def name_beginnings(text: str) -> frozenset[str]:
    """Beginnings of keys that a name may have which begins with ``text`` in Latin letters.

    What is typed last may be half a sound: ``Che`` begins *Chet* and *Chea*, whose vowels have
    different keys, and ``G`` may become *Gh*. Finds too much on purpose, as :func:`name_key`.
    """
    latin = _latin(text)
    vowel = latin[len(latin.rstrip("aeiouy")) :]
    before = latin[: len(latin) - len(vowel)]
    if not vowel:
        typed = [latin, *(latin + more for more in _HALF_TYPED.get(latin[-1:], ""))]
        return frozenset(filter(None, map(name_key, typed)))
    groups = (_FRONT, _BACK, _DIPHTHONG, _OPEN, _CLOSING)
    longer = {group for known in groups for group in known if group.startswith(vowel)}
    # A group of vowels that is none of these stays in the key as it is written.
    as_written = name_key(before + "a")[:-1] + vowel
    return frozenset({as_written, name_key(latin), *(name_key(before + one) for one in longer)})


def name_words(name: str) -> tuple[str, ...]:
    """Words of a name in Latin letters, lower case, without accents."""
    return tuple(latin for latin in (_latin(word) for word in _WORD.findall(name)) if latin)


def name_keys(name: str) -> frozenset[str]:
    """Keys under which a person is found: each word, and neighbours written as one.

    ``Srey Mom`` is therefore found as ``Sreymom``; the order of names does not matter.
    """
    keys = set(_spelling_keys(name_words(name)))
    # Khmer names have a key by every likely spelling in Latin letters.
    khmer_words = [romanise(word) for word in name.split()]
    for spelling in range(max(map(len, khmer_words), default=0)):
        keys |= set(
            _spelling_keys(tuple(word[spelling] for word in khmer_words if len(word) > spelling))
        )
    return frozenset(keys)


def _spelling_keys(words: tuple[str, ...]) -> Iterator[str]:
    for word in words:
        yield from filter(None, (name_key(word),))
    for first, second in pairwise(words):
        yield from filter(None, (name_key(first + second),))


def similarity(asked: str, name: str) -> float:
    """0..1: how close a name is to what was asked, whatever the order and spacing of the words."""
    left, right = name_words(asked), name_words(name)
    if not left or not right:
        return 0.0
    direct = max(
        SequenceMatcher(None, "".join(left), "".join(right)).ratio(),
        SequenceMatcher(None, "".join(sorted(left)), "".join(sorted(right))).ratio(),
    )
    by_word = sum(
        max(SequenceMatcher(None, word, other).ratio() for other in right) for word in left
    ) / len(left)
    return max(direct, by_word * 0.95)
