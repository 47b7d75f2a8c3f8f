"""Why a document was found: the fields that hold the words of the query."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from search_index import plan as p
from search_index import query as q
from search_index.analysis import SECTIONS
from search_index.patterns import NumberPattern, Pattern


def fields_found(body: bytes, tree: q.Node, *, has_name: bool = False) -> tuple[str, ...]:
    """Names of the searchable fields of a body in which a query finds something.

    ``has_name`` says that the engine found the document by the key of a name, which may be
    spelled otherwise, even in the other script.
    """
    return tuple(
        field
        for field in SECTIONS
        if (field == "name" and has_name)
        or any(pattern.matches(body) for pattern in _patterns(tree, field))
    )


@lru_cache(maxsize=512)
def _patterns(tree: q.Node, field: str) -> tuple[Pattern, ...]:
    """What would have to fit if the words were asked for in this field only."""
    found: list[Pattern] = []
    for leaf in q.leaves(tree):
        if isinstance(leaf, q.Word | q.Phrase | q.Prefix | q.Fuzzy):
            if leaf.field not in (None, field):
                continue
            found += _of_plan(p.plan(replace(leaf, field=field)), field)
    return tuple(dict.fromkeys(found))


def _of_plan(made: p.Plan, field: str) -> Iterator[Pattern]:
    match made:
        case p.Verified(pattern=pattern):
            yield pattern
        case p.Both(children=children) | p.Either(children=children):
            for child in children:
                yield from _of_plan(child, field)
        case p.Term(text=text) if text[0] == "#" and field == "number":
            yield NumberPattern(text[1:])
