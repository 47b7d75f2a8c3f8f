"""Khmer spelling: one form for texts that look the same, and where words can be cut.

Khmer is written without spaces between words, and the same word reaches us in several encodings:
with zero-width spaces, with signs in another order, with coeng TA for coeng DA (they look alike),
with a sign typed twice, with a vowel typed as its two halves. The unit here is the *cluster*: a
base with its subscripts, vowels and signs; nothing is ever cut inside one.

Source: The Unicode Standard 15, chapter 16.4 (order of signs); the ambiguities are those listed in
the Khmer generic syllabary note by SIL and in Unicode L2/22-290.
"""

from __future__ import annotations

import re
from functools import lru_cache

COENG = "\u17d2"
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u17b4\u17b5"
_BASE = "\u1780-\u17b3\u17d7\u17dc"
_SIGN = "\u17b4-\u17d1\u17d3\u17dd"
_SKIP = "\u200b\u200c\u200d\u2060\ufeff\u00ad"

# Zero-width characters inside a cluster are typing accidents; after it they mark a word break.
_PART = rf"(?:{COENG}[{_SKIP}]*[\u1780-\u17b3]|[{_SIGN}]|{COENG})"
CLUSTER = rf"(?:[{_BASE}]|{_PART})(?:[{_SKIP}]*{_PART})*"
_CLUSTER = re.compile(CLUSTER)
_PIECES = re.compile(rf"{COENG}[\u1780-\u17b3]|.", re.DOTALL)

_SAME_BASE = {"\u17a3": "\u17a2", "\u17a4": "\u17a2\u17b6", "\u17b2": "\u17b1"}
_ABOVE_VOWELS = frozenset("\u17b7\u17b8\u17b9\u17ba\u17be")
_SHIFTERS = frozenset("\u17c9\u17ca")
_UNDER_U = "\u17bb"


def _rank(piece: str) -> int:
    """Position of a piece in a cluster: subscripts, RO last, robat, shifter, vowels, signs."""
    if piece[0] == COENG:
        return 1 if piece == "\u17d2\u179a" else 0
    if piece == "\u17cc":
        return 2
    if piece in _SHIFTERS:
        return 3
    if "\u17b6" <= piece <= "\u17c5":
        return 4
    if piece in "\u17c7\u17c8":
        return 6
    return 5


def _vowels(signs: list[str]) -> list[str]:
    """Two halves of a vowel become the vowel; the order of the halves does not matter."""
    found = set(signs)
    if signs.count("\u17c1") >= 2:  # two E side by side look like AE
        signs = ["\u17c2", *(s for s in signs if s != "\u17c1")]
    elif {"\u17c1", "\u17b8"} <= found:
        signs = ["\u17be", *(s for s in signs if s not in "\u17c1\u17b8")]
    elif {"\u17c1", "\u17b6"} <= found:
        signs = ["\u17c4", *(s for s in signs if s not in "\u17c1\u17b6")]
    found = set(signs)
    # Under a vowel above, the shifter is drawn like the vowel U and typed as it: ស៊ី / សុី.
    if found & _ABOVE_VOWELS and (_UNDER_U in found or found & _SHIFTERS):
        signs = ["\u17ca", *(s for s in signs if s != _UNDER_U and s not in _SHIFTERS)]
    return signs


@lru_cache(maxsize=32768)
def normalise_cluster(cluster: str) -> str:
    """The one spelling of a cluster."""
    plain = cluster.translate(_DROP)
    if not plain:
        return ""
    if len(plain) == 1:
        return _SAME_BASE.get(plain, plain)
    first = plain[0]
    has_base = "\u1780" <= first <= "\u17b3" or first in "\u17d7\u17dc"
    base = _SAME_BASE.get(first, first) if has_base else ""
    pieces = _PIECES.findall(base[1:] + plain[1:] if has_base else plain)
    base = base[:1]
    # Coeng DA and coeng TA are drawn alike; a lone coeng at the end says nothing.
    pieces = ["\u17d2\u178f" if p == "\u17d2\u178a" else p for p in pieces if p != COENG]
    subscripts = [p for p in pieces if p[0] == COENG]
    signs = _vowels([p for p in pieces if p[0] != COENG])
    ordered = sorted(subscripts + signs, key=lambda p: (_rank(p), p))
    kept = [p for i, p in enumerate(ordered) if i == 0 or p != ordered[i - 1]]
    return base + "".join(kept)


_DROP = dict.fromkeys(map(ord, INVISIBLE))


def clusters(text: str) -> list[tuple[int, int, str]]:
    """(start, end, normal form) of every cluster of the Khmer in ``text``; the rest is skipped."""
    found = []
    for match in _CLUSTER.finditer(text):
        normal = normalise_cluster(match.group())
        if normal:
            found.append((match.start(), match.end(), normal))
    return found


def normalise(text: str) -> str:
    """``text`` with every Khmer cluster in its one spelling and invisible signs removed."""
    spelled = _CLUSTER.sub(lambda match: normalise_cluster(match.group()), text)
    return spelled.translate(_DROP)


def segment(run: tuple[str, ...]) -> tuple[str, ...]:
    """Words of a run of normalised clusters, by the bundled model of khmercut.

    The model is loaded on first use (about 80 ms). A word is a join of whole clusters.
    """
    if len(run) < 2:
        return run
    return _segment("".join(run))


@lru_cache(maxsize=8192)
def _segment(text: str) -> tuple[str, ...]:
    import khmercut

    words: list[str] = []
    for word in khmercut.tokenize(text):
        # The model may cut before a sign that our normal form keeps with its base.
        if words and word and (word[0] == COENG or "\u17b6" <= word[0] <= "\u17d3"):
            words[-1] += word
        elif word.strip():
            words.append(word.strip())
    return tuple(words)
