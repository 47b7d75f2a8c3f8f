"""How a name sounds: spellings of one Khmer name in Latin letters share a sound.

Romanisation of Khmer is not standardised, and one letter stands for several vowels: *o* is written
for what others write *or* or *u*, *e* for *ae* or *i*. A word therefore has a small set of sounds,
and two spellings are one name if the sets meet. So *Kong* meets *Korng* and *Kung*, but *Korng* and
*Kung* stay apart; one folding key for each word would merge them all.

What is folded, and why, by spelling (the vowels after their two series as in the table of the
Documentation Center of Cambodia, *Spelling Names of Persons and Places*, 1998):

- consonants: with or without *h* (Sok/Sokh), doubled (Vuthy/Vutthy), *b d g* at the end spoken as
  *p t k* (Pheab), *br-* as *pr-*, *ny nh*, *f ph*, *w v*; *r* and *h* after a vowel are silent
  (Sitha/Sithar, Sorn/Son);
- vowels: *y ey ei ee*; *ea ia ie*; *eu oeu oe*; *uo ua*; *ou* as *u* or *uo* (Nguon/Ngoun);
  *ai ay*; *ao au*; *eo aev ev* (Keo/Kaev); *am om* before a consonant (Samnang/Somnang).

What is not: a vowel more (Rith/Rithy, Sok/Sokha), *a* and *o* elsewhere (Sar/Sor), *d* and *t* or
*b* and *p* at the beginning (Dara/Tara).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import product

OTHER_LETTERS = str.maketrans(
    {"đ": "d", "ð": "d", "ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i", "ß": "ss"}
    | dict.fromkeys("\u2018\u2019\u02bc\uff07", "'")
)
"""Letters that are no letter with an accent, and the apostrophes."""
_DIGRAPHS = (
    ("chh", "c"),
    ("tch", "c"),
    ("ch", "c"),
    ("dj", "c"),
    ("tj", "c"),
    ("ck", "k"),
    ("gn", "n"),
    ("j", "c"),
    ("q", "k"),
    ("x", "s"),
    ("z", "s"),
    ("f", "p"),
    ("w", "v"),
)
_BARE_C = re.compile(r"c(?!h)")
_DOUBLED = re.compile(r"([bcdfghjklmnpqrstvz])\1+")
_BREATHED = re.compile(r"(?<=[bcdgklmnprstv])h")
_NY = re.compile(r"(?<=n)y(?=[aeou])")
_CONSONANT_Y = re.compile(r"(?:^|(?<=[aou]))y(?=[aeiou])")
_PIECE = re.compile(r"[aeiouy]+(?:[vhr](?![aeiouy]))?|[^aeiouy]+")
_FINE = 2
"""Vowels told apart in a word; later ones are folded coarsely, so that no word has many sounds."""

_SPELLINGS: dict[str, tuple[str, ...]] = {
    "i": ("i", "y", "ii", "ee", "yi", "iy", "ey", "ei", "eey", "eei", "ih", "yh", "eyh"),
    "e i": ("e", "eh"),
    "e": ("ae", "aeh", "aer"),
    "e eu": ("er",),
    "ia i": ("ie", "ye", "ieh", "ier"),
    "ia": (
        *("ia", "ea", "eah", "ear", "iea", "eea", "ya", "iya", "eya", "yea", "iar", "iah", "iyea"),
        *("yar", "yah"),
    ),
    "a": ("a", "aa", "ah", "ar", "aar", "aah"),
    "o a": ("oa", "oah", "oar"),
    "o u": ("o", "oh", "oo"),
    "o": ("or",),
    "u": ("u", "uu", "uh", "ur"),
    "u uo": ("ou", "ouh", "our"),
    "uo": ("uo", "ua", "uor", "uoh", "oua", "uar", "uah", "uoa"),
    "eu": ("eu", "oeu", "oe", "oer", "oeur", "eur", "euh", "ue", "ueu", "oeo", "eeu"),
    "ev": ("eo", "ev", "eov", "aev", "aeo", "eoh", "aeov"),
    "iv iev": ("iv",),
    "iev": ("iev", "ieu", "ieo", "eav", "eau", "iau", "iaov", "eiv"),
    "ov": ("ov", "eou", "oeuv", "aov", "ouv"),
    "au": ("au", "ao", "aou", "av", "auv", "aoh", "aau"),
    "ai": ("ai", "ay", "aiy", "aye", "aai", "aay", "ayh", "aih"),
    "ui": ("ui", "uy", "ouy", "oui", "uuy"),
    "oi": ("oi", "oy", "ooy"),
    "eui": ("euy", "eui", "oeuy", "oeui"),
}
_VOWELS = {group: sound.split() for sound, groups in _SPELLINGS.items() for group in groups}
_COARSE = {"e": "i", "eu": "i", "o": "u", "uo": "u", "ia": "i", "ov": "u", "iev": "iv"}


def latin_letters(text: str) -> str:
    """The letters a-z of a text, accents folded, lower case."""
    if text.isascii():
        return "".join(filter(str.isalpha, text)).lower()
    folded = unicodedata.normalize("NFKD", text.casefold().translate(OTHER_LETTERS))
    return "".join(ch for ch in folded if "a" <= ch <= "z")


@lru_cache(maxsize=16384)
def sounds(word: str) -> frozenset[str]:
    """The sounds of one word; none if it has no Latin letter.

    ``sounds("Vuthy") & sounds("Vutthy")`` is not empty: one name.
    """
    read = _readings(word, _FINE)
    return frozenset("".join(parts) for parts in product(*read)) if read else frozenset()


@lru_cache(maxsize=16384)
def coarse_sound(word: str) -> str:
    """One sound for a word, with all vowels folded coarsely; empty without a Latin letter.

    For what needs less care than a name alone: two words written as one, and places.
    """
    return "".join(parts[0] for parts in _readings(word, 0))


def _readings(word: str, fine: int) -> list[tuple[str, ...]]:
    letters = latin_letters(word)
    if not letters:
        return []
    pieces = _pieces(letters)
    vowels = 0
    read: list[tuple[str, ...]] = []
    for at, piece in enumerate(pieces):
        if piece[0] not in "aeiouy":
            read.append((piece,))
            continue
        found = _read_vowel(pieces, at)
        vowels += 1
        if vowels > fine:
            found = (_COARSE.get(found[0], found[0]),)
        read.append(found)
    return read


def _pieces(letters: str) -> list[str]:
    """Consonants in one spelling, and groups of vowels as written, in order."""
    text = _DOUBLED.sub(r"\1", letters)
    text = _BARE_C.sub("k", text.replace("tch", "ch"))
    for spelling, letter in _DIGRAPHS:
        text = text.replace(spelling, letter)
    text = _NY.sub("", _BREATHED.sub("", text))
    text = _DOUBLED.sub(r"\1", text)
    if text.startswith("br"):
        text = "p" + text[1:]
    # A consonant y is written j, which is no other letter of a sound.
    pieces = _PIECE.findall(_CONSONANT_Y.sub("j", text))
    last = pieces[-1]
    if len(pieces) > 1 and last[0] not in "aeiouy" and not last.endswith("ng"):
        pieces[-1] = last[:-1] + {"b": "p", "d": "t", "g": "k"}.get(last[-1], last[-1])
    return pieces


def _read_vowel(pieces: list[str], at: int) -> tuple[str, ...]:
    group = pieces[at]
    before = pieces[at - 1] if at else ""
    after = pieces[at + 1] if at + 1 < len(pieces) else ""
    if group not in _VOWELS:
        return (group,)
    found = tuple(_VOWELS[group])
    if group == "ou" and not after:
        return ("u", "ov")
    if after and group == "o" and after[0] == "m" and len(after) > 1:
        return ("a",)  # Somnang, Kompong: written as Samnang, Kampong too
    if group == "o" and before == "r" and after == "t":
        return ("o", "a")  # Rotha, Rotanak and Ratha, Ratanak
    if found == ("ia",) and after.startswith("ng"):
        return ("ia", "e")  # Heang and Heng
    if found == ("ia",) and after[:1] == "k":
        return ("ia", "a")  # Vireak and Virak
    if found == ("ai",) and after.startswith("ng"):
        return ("ai", "a")  # Taing and Tang
    if found == ("eu",) and (after[:1] == "m" or after.startswith("ng")):
        return ("eu", "i")  # Keum and Kim
    return found


_HALF_TYPED = {"b": ("h",), "c": ("h", "k"), "d": ("j",), "g": ("h", "n"), "t": ("ch", "j")}
"""Letters that have another sound together with those that may follow."""


def sound_beginnings(text: str) -> frozenset[str]:
    """Beginnings of :func:`coarse_sound` that a word may have which begins with ``text``.

    What is typed last may be half a sound: ``Che`` begins *Chet* and *Chea*, ``G`` may become
    *Gh*, ``Som`` *Somnang*. Finds too much on purpose.
    """
    latin = latin_letters(text)
    before = latin.rstrip("aeiouy")
    vowel = latin[len(before) :]
    if not vowel:
        typed = [latin, *(latin + more for more in _HALF_TYPED.get(latin[-1:], ()))]
        # As in the middle of a word: followed by a vowel, or by a consonant.
        inner = [coarse_sound(latin + "a")[:-1], coarse_sound(latin + "na")[:-2]]
        found = {*map(coarse_sound, typed), *inner, "p" if latin == "b" else ""}
        return frozenset(filter(None, found))
    found = {coarse_sound(latin), coarse_sound(before + "a")[:-1] + vowel}
    for at in range(len(vowel)):
        # What stands before a y that is a consonant is a vowel of its own.
        head, tail = before + vowel[:at], vowel[at:]
        if at and not head.endswith("y"):
            continue
        longer = [group for group in _VOWELS if group.startswith(tail)]
        found |= {coarse_sound(head + group) for group in longer}
    if vowel[-1] == "o":
        found.add(coarse_sound(latin[:-1] + "a"))
    if vowel[-1] == "y":
        found.add(coarse_sound(latin[:-1]) + ("" if before.endswith("n") else "j"))
    return frozenset(filter(None, found))


def same_sound(word: str, other: str) -> bool:
    """True if two spellings can be one name."""
    return not sounds(word).isdisjoint(sounds(other))
