"""Did you mean: for a query without hits, a spelling that has some."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from search_index import query as q
from search_index.analysis import fold_word, stem

_TRIED = 4


def corrections(
    text: str,
    tree: q.Node,
    frequency: Callable[[str], int],
    near: Callable[[str, int], set[str]],
) -> Iterator[str]:
    """Corrected queries, the most promising first.

    ``frequency`` counts the documents with a word *that the asker may see*: a word that occurs
    nowhere else is never suggested. ``near`` gives the words within an edit distance.
    """
    words = [
        leaf
        for leaf in q.leaves(tree)
        if isinstance(leaf, q.Word) and leaf.text.isalpha() and leaf.text.isascii()
    ]
    wrong: list[tuple[q.Word, list[str]]] = []
    for leaf in words:
        word = fold_word(leaf.text)
        if len(word) < 3 or frequency(word) or frequency(stem(word)):
            continue
        found = _nearest(word, frequency, near)
        if found:
            wrong.append((leaf, found))
    if not wrong:
        return
    for choice in range(_TRIED):
        replaced = text
        # From the back, so that the places in front stay right.
        for leaf, found in sorted(wrong, key=lambda pair: -pair[0].position):
            place = replaced.find(leaf.text, leaf.position)
            if place >= 0:
                better = found[min(choice, len(found) - 1)]
                replaced = replaced[:place] + better + replaced[place + len(leaf.text) :]
        yield replaced


def _nearest(
    word: str, frequency: Callable[[str], int], near: Callable[[str, int], set[str]]
) -> list[str]:
    for distance in (1, 2) if len(word) > 4 else (1,):
        found = [(frequency(other), other) for other in near(word, distance)]
        ranked = sorted((item for item in found if item[0]), key=lambda item: (-item[0], item[1]))
        if ranked:
            return [other for _, other in ranked]
    return []
