"""Why a document was found: the fields that hold the words of the query."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from search_index import plan as p
from search_index import query as q
from search_index.analysis import SECTIONS
from search_index.names import name_key
from search_index.patterns import NumberPattern, Pattern, section_bytes


def fields_found(body: bytes, tree: q.Node) -> tuple[str, ...]:
    """Names of the searchable fields of a body in which a query finds something."""
    return tuple(
        field
        for field, letter in SECTIONS.items()
        if any(pattern.matches(body) for pattern in _patterns(tree, field))
        or (field == "name" and _has_name(section_bytes(body, letter), tree))
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


def _has_name(part: bytes, tree: q.Node) -> bool:
    keys = _name_keys(tree)
    if not keys or not part:
        return False
    words = part.decode().split()
    found = {name_key(word) for word in words}
    found |= {name_key(a + b) for a, b in pairwise(words)}
    return not keys.isdisjoint(found)


@lru_cache(maxsize=512)
def _name_keys(tree: q.Node) -> frozenset[str]:
    words = [
        leaf.text
        for leaf in q.leaves(tree)
        if isinstance(leaf, q.Word | q.Fuzzy) and leaf.field in (None, "name")
    ]
    keys = {name_key(word) for word in words if word.isalpha()}
    keys |= {name_key(a + b) for a, b in pairwise(words) if (a + b).isalpha()}
    return frozenset(key for key in keys if key)
