"""Where a line of Khmer may end: zero-width spaces between words, for print only.

Khmer is written without spaces, and the layout engine under WeasyPrint shapes it but knows no
words. The words are those of the search's segmenter. What is printed gets the breaks, the data
never do: a CSV with zero-width spaces in it would match nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from search_index.khmer import clusters
from search_index.khmer_words import segment

BREAK = "\u200b"
_LONGEST = 200
"""Clusters of a run that are cut at once: a text without end costs no more than its length."""


def with_breaks(text: str) -> str:
    """Return `text` with a zero-width space between two Khmer words that touch.

    Nothing else is changed: no character is reordered, and none comes inside a cluster. Text that
    has breaks already gets no second one in the same place.
    """
    if not any("\u1780" <= sign <= "\u17ff" for sign in text):
        return text
    borders: list[int] = []
    for run in _runs(text):
        place = 0
        for word in segment(tuple(normal for _start, _end, normal in run)):
            # A word is a join of whole clusters: count them off.
            length = len(word)
            while length > 0 and place < len(run):
                length -= len(run[place][2])
                place += 1
            if place < len(run):
                borders.append(run[place][0])
    parts, before = [], 0
    for border in borders:
        parts.append(text[before:border])
        before = border
    return BREAK.join([*parts, text[before:]])


def _runs(text: str) -> Iterator[list[tuple[int, int, str]]]:
    """Yield stretches of clusters that touch."""
    run: list[tuple[int, int, str]] = []
    for cluster in clusters(text):
        if run and (cluster[0] != run[-1][1] or len(run) == _LONGEST):
            # Where a long stretch is cut only because it is long, its halves still touch.
            yield run
            run = []
        run.append(cluster)
    if run:
        yield run
