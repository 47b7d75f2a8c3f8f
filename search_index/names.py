"""Names of persons: under which keys they are found, and how close one is to what was asked.

In search a name is found by how it sounds (:mod:`search_index.sounds`), in either script, in any
order, written as one word or two, or by its initial; similarity then orders what was found.
:func:`name_key` is the coarser, single key that the database keeps with a name for finding
duplicates. It stays as it is: stored keys would have to be made again.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

from rapidfuzz.fuzz import ratio

from search_index import khmer
from search_index.romanise import romanise
from search_index.sounds import coarse_sound, latin_letters, sound_beginnings, sounds

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
    """The key kept in the database for a name in Latin letters; empty when it has none.

    Coarse: it finds candidates for duplicates, which are then compared.
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
    """Beginnings of keys under which a name is found that begins with ``text``."""
    return frozenset(f"{kind}{begun}" for begun in sound_beginnings(text) for kind in "*+")


def name_words(name: str) -> tuple[str, ...]:
    """Words of a name in Latin letters, lower case, without accents."""
    return tuple(latin for latin in map(latin_letters, _WORD.findall(name)) if latin)


def name_keys(name: str) -> frozenset[str]:
    """What a person is found under: :func:`word_keys` of each word, in either script, neighbours
    written as one (``+``), words as they might be written apart (``*``), and initials (``.``).

    The order of names does not matter.
    """
    keys: set[str] = set()
    for words in (name_words(name), *_latin_spellings(name)):
        for word in words:
            keys |= sounds(word)
            keys.add(f"*{coarse_sound(word)}")
            if len(word) > 1:
                keys.add(f".{word[0]}")
        keys.update(f"+{coarse_sound(first + second)}" for first, second in pairwise(words))
    return frozenset(keys)


def word_keys(word: str) -> tuple[str, ...]:
    """Under which keys one word asked for is looked up; it may be two in the name."""
    found = sounds(word)
    return (*sorted(found), f"+{coarse_sound(word)}") if found else ()


def pair_key(first: str, second: str) -> str:
    """Under which key two words asked for are looked up that may be one in the name."""
    joined = coarse_sound(first + second)
    return f"*{joined}" if joined else ""


def initial_key(text: str) -> str:
    """Under which key an initial (``S.``, ``S``) is looked up; empty if it is none."""
    letter = text.rstrip(".")
    is_initial = len(letter) == 1 and letter.isalpha() and (letter.isupper() or letter != text)
    return f".{latin_letters(letter)}" if is_initial and latin_letters(letter) else ""


def _latin_spellings(name: str) -> list[tuple[str, ...]]:
    """The Khmer words of a name in Latin letters, by every likely spelling."""
    words = [spelled for spelled in map(romanise, name.split()) if spelled]
    most = max(map(len, words), default=0)
    return [tuple(word[min(at, len(word) - 1)] for word in words) for at in range(most)]


def similarity(asked: str, name: str) -> float:
    """0..1: how close a name is to what was asked, whatever the order and spacing of the words.

    In one script the letters are compared, across scripts the sounds; how a name is spelled in
    the other script is a guess, so that this never quite reaches the name as typed.
    """
    latin, other = name_words(asked), name_words(name)
    khmer_asked, khmer_name = _khmer_words(asked), _khmer_words(name)
    likeness = [_likeness(latin, other), _likeness(khmer_asked, khmer_name)]
    if khmer_asked and other and not khmer_name:
        likeness.append(0.95 * _sound_likeness(asked, name))
    if khmer_name and latin and not other:
        likeness.append(0.95 * _sound_likeness(asked, name))
    return max(likeness)


def _khmer_words(text: str) -> tuple[str, ...]:
    words = ("".join(normal for _, _, normal in khmer.clusters(word)) for word in text.split())
    return tuple(word for word in words if word)


def _likeness(left: tuple[str, ...], right: tuple[str, ...]) -> float:
    if not left or not right:
        return 0.0
    direct = max(
        ratio("".join(left), "".join(right)),
        ratio("".join(sorted(left)), "".join(sorted(right))),
    )
    by_word = sum(max(ratio(word, other) for other in right) for word in left) / len(left)
    return float(max(direct, by_word * 0.95)) / 100


def _sound_likeness(asked: str, name: str) -> float:
    """How close the words of a name sound to those asked for, each with its best fit."""
    wanted, offered = ([_word_sounds(word) for word in text.split()] for text in (asked, name))
    wanted = [found for found in wanted if found]
    if not wanted:
        return 0.0
    best = (
        max((ratio(one, two) for word in offered for two in word for one in sought), default=0.0)
        for sought in wanted
    )
    return sum(best) / len(wanted) / 100


def _word_sounds(word: str) -> frozenset[str]:
    spelled = romanise(word) or (word,)
    return frozenset().union(*map(sounds, spelled))
