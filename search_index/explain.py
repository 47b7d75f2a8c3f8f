"""Why a document was found: the fields that hold the words of the query."""

from __future__ import annotations

from search_index import query as q
from search_index.analysis import SECTIONS, tokenise
from search_index.highlight import marked_tokens
from search_index.patterns import section_bytes


def fields_found(body: bytes, tree: q.Node) -> tuple[str, ...]:
    """Names of the searchable fields of a body in which a query finds something."""
    if not any(not isinstance(leaf, q.Range | q.Everything) for leaf in q.leaves(tree)):
        return ()
    found = []
    for field, letter in SECTIONS.items():
        part = section_bytes(body, letter)
        if part and marked_tokens(tokenise(part.decode()), tree, field):
            found.append(field)
    return tuple(found)
