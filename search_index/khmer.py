"""Khmer spelling: one form for texts that look the same, and where words can be cut.

Khmer is written without spaces between words, and the same word reaches us in several encodings:
with zero-width spaces, with signs in another order, with coeng TA for coeng DA (they look alike),
with a sign typed twice, with a vowel typed as its two halves. The unit here is the *cluster*: a
base with its subscripts, vowels and signs; nothing is ever cut inside one.

What is one spelling: whatever is drawn alike, in whatever order it was typed, and characters that
Unicode discourages for what they stand for. What is not: letters that only sound alike
(ឥ and អិ, ត៌ and ត៍), which are words a person tells apart.

Sources: The Unicode Standard 15, chapter 16.4 (order of signs, U+17A3, U+17A4, U+17A8, U+17B2,
U+17B4, U+17B5, U+17D3); the ambiguities are those of the Khmer Character Specification of SIL
(M. Sok, 2021) and of Unicode L2/22-290.
"""

from __future__ import annotations

import re
from functools import lru_cache

COENG = "\u17d2"
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u17b4\u17b5"
# YUUKALEAPINTU (ៈ) stands for itself: it is typed as a colon too (លេខៈ), and a word before it must
# be found. After some vowels it is a REAHMUK (ះ) typed wrong, and belongs to its cluster.
YUUKALEAPINTU = "\u17c8"
_BASE = "\u1780-\u17b3\u17c8\u17d7\u17dc"
_SIGN = "\u17b4-\u17c7\u17c9-\u17d1\u17d3\u17dd"
_SKIP = "\u200b\u200c\u200d\u2060\ufeff\u00ad"

# Zero-width characters inside a cluster are typing accidents; after it they mark a word break.
# Normalisation of Unicode puts a coeng before U+17DD, whatever letter belongs to it.
_PART = (
    rf"(?:{COENG}[{_SKIP}\u17dd]*[\u1780-\u17b3]|[{_SIGN}]|{COENG}"
    r"|(?<=[\u17b7\u17b9\u17bb\u17c1\u17c4])\u17c8)"
)
# U+17A8 is discouraged: the two letters it stands for are one cluster, so that both are one.
_QUK = rf"\u17a7[{_SKIP}]*\u1780(?![{_SKIP}]*[{_SIGN}{COENG}])"
CLUSTER = rf"(?:{_QUK}|(?:[{_BASE}]|{_PART})(?:[{_SKIP}]*{_PART})*)"
_CLUSTER = re.compile(CLUSTER)
_WITH_SKIPPED = re.compile(rf"[{_SKIP}]*({CLUSTER})[{_SKIP}]*")
_PIECES = re.compile(rf"{COENG}[\u1780-\u17b3]|.", re.DOTALL)
_COENG_MOVED = re.compile(rf"{COENG}\u17dd+([\u1780-\u17b3])")

_SAME_BASE = {
    "\u17a3": "\u17a2",
    "\u17a4": "\u17a2\u17b6",
    "\u17a8": "\u17a7\u1780",
    "\u17b2": "\u17b1",
    "\u17d3": "\u17c6",  # drawn as the nikahit
}
_ABOVE = frozenset("\u17b7\u17b8\u17b9\u17ba\u17be\u17bf\u17d0\u17dd")
_SHIFTERS = frozenset("\u17c9\u17ca")
_UNDER_U = "\u17bb"
_UPPER = frozenset("\u17b7\u17b8\u17b9\u17ba")
_BEFORE_REAHMUK = frozenset("\u17b7\u17b9\u17bb\u17c1\u17c4")


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
    elif "\u17c1" in found and (upper := found & _UPPER):  # E with any vowel above is read as OE
        signs = ["\u17be", *(s for s in signs if s != "\u17c1" and s not in upper)]
    elif {"\u17c1", "\u17b6"} <= found:
        signs = ["\u17c4", *(s for s in signs if s not in "\u17c1\u17b6")]
    found = set(signs)
    if {"\u17be", "\u17b6"} <= found:  # OE with AA looks like OO with II
        signs = ["\u17c4", "\u17b8", *(s for s in signs if s not in "\u17be\u17b6")]
        found = set(signs)
    # Under a sign above, the shifter is drawn like the vowel U and typed as it: ស៊ី / សុី, ញ៉ាំ / ញុាំ.
    is_above = found & _ABOVE or {"\u17b6", "\u17c6"} <= found
    if is_above and (_UNDER_U in found or found & _SHIFTERS):
        signs = ["\u17ca", *(s for s in signs if s != _UNDER_U and s not in _SHIFTERS)]
    if "\u17c8" in found and found & _BEFORE_REAHMUK:  # a colon of two dots for two rings: ឈ្មោៈ
        signs = ["\u17c7" if s == "\u17c8" else s for s in signs]
    return signs


@lru_cache(maxsize=32768)
def normalise_cluster(cluster: str) -> str:
    """The one spelling of a cluster; empty where it is drawn as nothing, like a lone coeng."""
    plain = cluster.translate(_DROP)
    if not plain.strip(COENG):
        return ""
    if len(plain) == 1 or plain == "\u17a7\u1780":
        return _SAME_BASE.get(plain, plain)
    plain = _COENG_MOVED.sub(COENG + r"\1" + "\u17dd", plain).replace("\u17d3", "\u17c6")
    first = plain[0]
    has_base = "\u1780" <= first <= "\u17b3" or first in "\u17c8\u17d7\u17dc"
    base = _SAME_BASE.get(first, first) if has_base and first != "\u17a8" else first * has_base
    pieces = _PIECES.findall(base[1:] + plain[1:] if has_base else plain)
    base = base[:1]
    # Coeng DA and coeng TA are drawn alike; a lone coeng at the end says nothing.
    pieces = ["\u17d2\u178f" if p == "\u17d2\u178a" else p for p in pieces if p != COENG]
    subscripts = [p for p in pieces if p[0] == COENG]
    signs = _vowels([p for p in pieces if p[0] != COENG])
    ordered = sorted(subscripts + signs, key=lambda p: (_rank(p), p))
    kept = [p for i, p in enumerate(ordered) if i == 0 or p != ordered[i - 1]]
    found = base + "".join(kept)
    return _SAME_BASE.get(found, found)  # U+17A8 with signs that say nothing stands alone


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
    """``text`` with every Khmer cluster in its one spelling, without invisible signs around it.

    What is not Khmer stays as it is.
    """
    return _WITH_SKIPPED.sub(lambda match: normalise_cluster(match.group(1)), text)
