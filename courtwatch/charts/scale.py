"""From values to places: round axis ticks, estimated widths of text, wrapping.

Nothing measures text on the server, so widths are estimated, a little too wide rather than too
narrow: text that is cut or wrapped too early is a blemish, text over text is unreadable.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

NARROW = 286.0
"""Width in px that every chart must still be legible in: a page of 320 px less its margins."""

BOLD = 1.15
"""How much wider bold letters are: as many Latin words are in DejaVu Sans, a wide face."""

_COENG = "\u17d2"
_ZERO_WIDTH_SPACE = "\u200b"


@dataclass(frozen=True)
class Axis:
    """A linear axis from ``low`` to ``top`` with ticks, all in the unit of the values."""

    top: float
    ticks: tuple[float, ...]
    low: float = 0.0

    def place(self, value: float) -> float:
        """Share 0..1 of the axis at which ``value`` lies; beyond the ends it is clipped."""
        return min(1.0, max(0.0, (value - self.low) / (self.top - self.low)))


def nice_axis(largest: float, most: int = 5, at_most: float | None = None) -> Axis:
    """An axis from 0 that holds ``largest``, with at most ``most`` steps of 1, 2 or 5 x 10^k.

    ``at_most`` caps it (1.0 for shares). Raises ValueError when ``largest`` is not finite or
    negative.
    """
    if not math.isfinite(largest) or largest < 0:
        raise ValueError(f"an axis cannot end at {largest}")
    if largest < 1e-12:
        largest = 1.0
    magnitude = 10.0 ** math.floor(math.log10(largest / most))
    step = next(
        magnitude * factor for factor in (1, 2, 5, 10) if magnitude * factor * most >= largest
    )
    count = math.ceil(largest / step - 1e-9)
    top = count * step
    if at_most is not None and top > at_most:
        top = at_most
    ticks = tuple(round(step * k, 12) for k in range(count + 1) if step * k <= top * (1 + 1e-9))
    return Axis(top, ticks)


def clusters(text: str) -> list[str]:
    """Text in pieces that may not be cut: a letter with its signs, a Khmer stack with coeng."""
    if text.isascii():
        return list(text)
    pieces: list[str] = []
    for character in text:
        joined = pieces and (
            unicodedata.category(character) in ("Mn", "Mc", "Me")
            or character in "\u200c\u200d"
            or pieces[-1].endswith((_COENG, "\u200d"))
        )
        if joined:
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces


@lru_cache(maxsize=4096)
def _cluster_width(cluster: str, size: float) -> float:
    width = 0.0
    for before, character in pairwise(" " + cluster):
        category = unicodedata.category(character)
        if category in ("Mn", "Me", "Cf"):
            continue
        if category == "Mc":
            width += 0.55
        elif before == _COENG:
            width += 0.3
        elif unicodedata.east_asian_width(character) in "WF":
            width += 1.05
        elif "\u1780" <= character <= "\u17ff":
            width += 0.75
        elif character in "MW@%—…":
            width += 0.95
        elif character in " ilj.,:;'|!()[]":
            width += 0.36
        elif character.isupper():
            width += 0.72
        elif ord(character) < 0x250:
            width += 0.57
        else:
            width += 0.85
    return width * size


def text_width(text: str, size: float = 14, bold: bool = False) -> float:
    """Estimated width in px of a line in a common sans-serif face of ``size`` px."""
    size = size * BOLD if bold else size
    return sum([_cluster_width(cluster, size) for cluster in clusters(text)])


def ellipsis(text: str, width: float, size: float = 14) -> str:
    """Text cut to ``width`` px between clusters, with '…' where something is missing."""
    if text_width(text, size) <= width:
        return text
    room = width - text_width("…", size)
    kept = ""
    for cluster in clusters(text):
        wide = _cluster_width(cluster, size)
        if wide > room:
            break
        room -= wide
        kept += cluster
    return kept.rstrip() + "…"


def _words(text: str) -> list[str]:
    """Pieces after which a line may end; blanks stay at the end of their piece.

    The sign of a number is no hyphen: it stays with its number.
    """
    words: list[str] = []
    current = ""
    for character in text:
        inside = current[-1:].isalnum()
        current += character
        ends = character.isspace() or character in (_ZERO_WIDTH_SPACE, "/")
        if ends or (character == "-" and inside):
            words.append(current)
            current = ""
    return [*words, current] if current else words


def wrap(
    text: str, width: float, lines: int = 2, size: float = 14, bold: bool = False
) -> list[str]:
    """Text in at most ``lines`` lines of ``width`` px; the last is cut with '…' if need be.

    Breaks after blanks, zero-width spaces and hyphens; a word too long for a line (Khmer running
    text has no blanks) breaks between clusters.
    """
    size = size * BOLD if bold else size
    pieces = [
        piece
        for word in _words(" ".join(text.split(" ")))
        for piece in ([word] if text_width(word.rstrip(), size) <= width else clusters(word))
    ]
    result: list[str] = []
    current = ""
    for position, piece in enumerate(pieces):
        if current.strip() and text_width((current + piece).rstrip(), size) > width:
            if len(result) == lines - 1:
                rest = current + "".join(pieces[position:])
                return [*result, ellipsis(rest.strip(), width, size)]
            result.append(current.strip())
            current = ""
        current += piece
    return (
        [*result, ellipsis(current.strip(), width, size)]
        if current.strip() or not result
        else result
    )
