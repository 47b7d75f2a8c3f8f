"""What engines rank by beyond the weights of words."""

from __future__ import annotations

from search_index import query as q
from search_index.analysis import SECTIONS, VALUE_MARK
from search_index.names import similarity
from search_index.patterns import section_bytes

RERANKED = 100
"""So many first hits are looked at together: every page comes from the same order."""
LIKENESS = 2.0
"""What a name exactly as asked for is worth beside the weights of words."""


def asked_names(tree: q.Node) -> str:
    """The words of a query that could be a name."""
    return " ".join(
        leaf.text
        for leaf in q.leaves(tree)
        if isinstance(leaf, q.Word | q.Fuzzy) and leaf.field in (None, "name")
    )


def likeness(words: str, body: bytes) -> float:
    """0..1: how close the closest name of a document is to the words."""
    names = section_bytes(body, SECTIONS["name"]).decode().split(VALUE_MARK)
    return max(similarity(words, name) for name in names)
