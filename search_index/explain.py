"""Why a document was found: the fields that hold the words of the query."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from search_index import plan as made
from search_index import query as q
from search_index.analysis import NUMBER_SECTION, SECTION_MARK, SECTIONS
from search_index.patterns import NumberPattern, Pattern

_MARK = SECTION_MARK.encode()


@dataclass(frozen=True)
class FieldFinder:
    """Made once for a query, asked for every hit."""

    patterns: tuple[tuple[str, tuple[Pattern, ...]], ...]

    def fields(self, body: bytes, *, has_name: bool = False) -> tuple[str, ...]:
        """Names of the searchable fields of a body in which the query finds something.

        ``has_name`` says that the engine found the document by the key of a name, which may be
        spelled otherwise, even in the other script.
        """
        parts = {part[:1].decode(): _MARK + part for part in body.split(_MARK)[1:]}
        found = []
        for field, patterns in self.patterns:
            part = parts.get(SECTIONS[field], b"")
            if field == "number":
                part += parts.get(NUMBER_SECTION, b"")
            if (field == "name" and has_name) or (part and any(p.matches(part) for p in patterns)):
                found.append(field)
        return tuple(found)


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
            for pattern in _of_plan(made.plan(replace(leaf, field=field)), field)
        ]
        found.append((field, tuple(dict.fromkeys(patterns))))
    return FieldFinder(tuple(found))


def _of_plan(node: made.Plan, field: str) -> Iterator[Pattern]:
    match node:
        case made.Verified(pattern=pattern):
            yield pattern
        case made.Both(children=children) | made.Either(children=children):
            for child in children:
                yield from _of_plan(child, field)
        case made.Term(text=text) if text[0] == "#" and field == "number":
            yield NumberPattern(text[1:])
