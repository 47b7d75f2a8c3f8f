"""Why a document was found: the fields that hold the words of the query."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from search_index import plan as p
from search_index import query as q
from search_index.analysis import SECTIONS
from search_index.patterns import NumberPattern, Pattern


@dataclass(frozen=True)
class FieldFinder:
    """Made once for a query, asked for every hit."""

    patterns: tuple[tuple[str, tuple[Pattern, ...]], ...]

    def fields(self, body: bytes, *, has_name: bool = False) -> tuple[str, ...]:
        """Names of the searchable fields of a body in which the query finds something.

        ``has_name`` says that the engine found the document by the key of a name, which may be
        spelled otherwise, even in the other script.
        """
        return tuple(
            field
            for field, patterns in self.patterns
            if (field == "name" and has_name) or any(pattern.matches(body) for pattern in patterns)
        )


@lru_cache(maxsize=256)
def field_finder(tree: q.Node) -> FieldFinder:
    """What would have to fit if the words were asked for in one field only, for each field."""
    leaves = [
        leaf for leaf in q.leaves(tree) if isinstance(leaf, q.Word | q.Phrase | q.Prefix | q.Fuzzy)
    ]
    found = []
    for field in SECTIONS:
        patterns = [
            pattern
            for leaf in leaves
            if leaf.field in (None, field)
            for pattern in _of_plan(p.plan(replace(leaf, field=field)), field)
        ]
        found.append((field, tuple(dict.fromkeys(patterns))))
    return FieldFinder(tuple(found))


def _of_plan(made: p.Plan, field: str) -> Iterator[Pattern]:
    match made:
        case p.Verified(pattern=pattern):
            yield pattern
        case p.Both(children=children) | p.Either(children=children):
            for child in children:
                yield from _of_plan(child, field)
        case p.Term(text=text) if text[0] == "#" and field == "number":
            yield NumberPattern(text[1:])
