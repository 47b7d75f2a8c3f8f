"""Khmer names in Latin letters, roughly, so that one key finds both scripts.

The spelling is that of identity papers rather than of a standard (សុខ Sok, វុទ្ធី Vuthy, ជា Chea).
Only its :func:`search_index.names.name_key` is ever used, which folds what is left uncertain.
"""

from __future__ import annotations

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
    "\u17c4": ("ao", "o"),
    "\u17c5": ("au", "ov"),
    "\u17d0": ("a", "oa"),
}
_SONORANTS = frozenset("ងញនមយរលវ")
_FINAL = {"b": "p", "d": "t", "v": "o"}
_NIKAHIT, _REAHMUK, _MUUSIKATOAN, _TRIISAP = "\u17c6", "\u17c7", "\u17c9", "\u17ca"


def romanise(word: str) -> tuple[str, ...]:
    """Likely spellings of a Khmer word; empty when it is not Khmer.

    There are two where the unwritten vowel is spelled *a* by some and *o* by others.
    """
    found = [cluster for _, _, cluster in khmer.clusters(word)]
    if not found:
        return ()
    return tuple(dict.fromkeys(_spell(found, inherent) for inherent in "ao"))


def _spell(clusters: list[str], inherent: str) -> str:
    spelled: list[str] = []
    closable, first_series = False, False
    read = []
    for cluster in clusters:
        consonants, vowel, first_series = _read(cluster, first_series)
        read.append((consonants, vowel))
    for index, (consonants, vowel) in enumerate(read):
        follows_bare = index + 1 < len(read) and not read[index + 1][1]
        if vowel:
            spelled.append("".join(consonants) + vowel)
            closable = True
        elif closable and not follows_bare:
            # A consonant after a vowel closes the syllable; what is written under it is silent.
            spelled.append(_FINAL.get(consonants[0], consonants[0]))
            closable = False
        else:
            spelled.append("".join(consonants) + inherent)
            closable = True
    return "".join(spelled)


def _read(cluster: str, after_first_series: bool) -> tuple[list[str], str, bool]:
    """Consonants in order, the vowel as spelled after their series, and if that is the first."""
    base = cluster[0]
    if base in _INDEPENDENT:
        return [""], _INDEPENDENT[base], True
    under = [cluster[at + 1] for at, sign in enumerate(cluster[:-1]) if sign == khmer.COENG]
    consonants = [_CONSONANTS.get(letter, "") for letter in (base, *under)]
    if under and consonants[0] == "b":
        consonants[0] = "p"
    # A sonorant takes the series of what stands under it, or before it in the word.
    strong = [letter for letter in (base, *under) if letter not in _SONORANTS]
    first = strong[-1] in _FIRST_SERIES if strong else after_first_series
    vowel = ""
    for sign in cluster[1:]:
        if sign in (_MUUSIKATOAN, _TRIISAP):
            first = sign == _MUUSIKATOAN
        elif sign in _VOWELS:
            vowel += _VOWELS[sign][not first]
        elif sign == _NIKAHIT:
            vowel = (vowel or ("am" if first else "um")).removesuffix("m") + "m"
        elif sign == _REAHMUK:
            vowel = vowel or ("ah" if first else "eah")
    return consonants, vowel, first
