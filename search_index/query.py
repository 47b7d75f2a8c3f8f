r"""What a person types -> a small query tree.

``parse`` never raises: a wrong query gives the tree of what can be understood and a
:class:`QueryProblem` for each place that is wrong. Operators::

    theft weapon          both words            theft OR robbery     either
    theft -weapon         without a word        NOT weapon           the same
    (a OR b) c            groups                "hold the file"      these words, as written
    "judge delay"~3       near each other       traffick*            beginning
    Vuthy~                spelled nearly so     court:"Phnom Penh"   in one field
    registered:[2020 TO 2021-06]                day, month or year, the ends included
    registered:{2020 TO *]  registered:>2020    without the end; > >= < <= and 2020..2021, too
    reason:*              with any value        \-word  \AND        no operator

Curly quotation marks, dashes and full-width signs are read as those of the keyboard.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from search_index.days import day_bounds

MAX_LENGTH = 1000
MAX_DEPTH = 40
MAX_NODES = 120

FIELD_ALIASES: dict[str, str] = {
    "code": "code",
    "number": "number",
    "no": "number",
    "case": "number",
    "name": "name",
    "accused": "name",
    "court": "court",
    "stage": "stage",
    "outcome": "outcome",
    "ended_by": "ended_by",
    "endedby": "ended_by",
    "offence": "offence",
    "offense": "offence",
    "charge": "offence",
    "reason": "reason",
    "custody": "custody",
    "overdue": "overdue",
    "organisation": "organisation",
    "organization": "organisation",
    "org": "organisation",
    "year": "year",
    "registered": "registered",
    "last_event": "last_event",
    "updated": "last_event",
    "status": "status",
    "text": "text",
    "note": "text",
    "notes": "text",
}
"""What may be written before a colon, and the field that is meant."""

FIELDS: tuple[str, ...] = tuple(dict.fromkeys(FIELD_ALIASES.values()))
RANGE_FIELDS: tuple[str, ...] = ("registered", "last_event", "year")


class ProblemCode(StrEnum):
    """Kinds of problems, so that a page can say them in its own language."""

    OPEN_QUOTE = "open_quote"
    OPEN_PARENTHESIS = "open_parenthesis"
    CLOSE_PARENTHESIS = "close_parenthesis"
    OPEN_RANGE = "open_range"
    BAD_RANGE = "bad_range"
    BAD_DATE = "bad_date"
    BACKWARD_RANGE = "backward_range"
    RANGE_FIELD = "range_field"
    UNKNOWN_FIELD = "unknown_field"
    EMPTY_FIELD = "empty_field"
    LONELY_OPERATOR = "lonely_operator"
    INNER_STAR = "inner_star"
    QUOTED_STAR = "quoted_star"
    LONELY_STAR = "lonely_star"
    TOO_FAR = "too_far"
    BAD_VALUE = "bad_value"
    NO_WORDS = "no_words"
    TOO_LONG = "too_long"


@dataclass(frozen=True)
class QueryProblem:
    """``position`` is the 0-based character of the query where the problem starts; ``length`` says
    how many characters it concerns, 0 at the end of the query."""

    position: int
    message: str
    code: ProblemCode
    value: str = ""
    length: int = 0


@dataclass(frozen=True)
class Word:
    """A word; it may analyse to several tokens (``re-arrest``, Khmer)."""

    text: str
    field: str | None = None
    position: int = 0


@dataclass(frozen=True)
class Phrase:
    """Words as written, in this order; with ``slop``: within that many words of each other."""

    text: str
    field: str | None = None
    slop: int | None = None
    position: int = 0


@dataclass(frozen=True)
class Prefix:
    """The beginning of a word."""

    text: str
    field: str | None = None
    position: int = 0


@dataclass(frozen=True)
class Fuzzy:
    """A word spelled nearly so: at most ``distance`` letters differ."""

    text: str
    distance: int = 1
    field: str | None = None
    position: int = 0


@dataclass(frozen=True)
class Range:
    """Days ``low`` to ``high``, both included, as yyyymmdd; ``None`` is open."""

    field: str
    low: int | None
    high: int | None
    position: int = 0


@dataclass(frozen=True)
class And:
    """All of the children."""

    children: tuple[Node, ...]


@dataclass(frozen=True)
class Or:
    """Without children it matches nothing: a query in which no word was understood."""

    children: tuple[Node, ...]


@dataclass(frozen=True)
class Not:
    """Whatever does not fit the child."""

    child: Node


@dataclass(frozen=True)
class Everything:
    """The empty query and ``*``: every document."""


Node = Word | Phrase | Prefix | Fuzzy | Range | And | Or | Not | Everything


@dataclass(frozen=True)
class ParsedQuery:
    """The tree, and the problems met on the way, from left to right."""

    tree: Node
    problems: tuple[QueryProblem, ...] = ()

    @property
    def problem(self) -> QueryProblem | None:
        """The first problem."""
        return self.problems[0] if self.problems else None


def parse(text: str) -> ParsedQuery:
    """The tree of a query, and the problems found in it. Never raises."""
    from search_index.query_parser import Parser

    return Parser(text).run()


def leaves(node: Node, *, positive_only: bool = True) -> tuple[Node, ...]:
    """Words, phrases, prefixes, ... of a tree; by default not those that must be absent."""
    if isinstance(node, And | Or):
        return tuple(leaf for child in node.children for leaf in leaves(child))
    if isinstance(node, Not):
        return () if positive_only else leaves(node.child, positive_only=False)
    return (node,)


__all__ = [
    "FIELDS",
    "FIELD_ALIASES",
    "MAX_DEPTH",
    "MAX_LENGTH",
    "MAX_NODES",
    "RANGE_FIELDS",
    "And",
    "Everything",
    "Fuzzy",
    "Node",
    "Not",
    "Or",
    "ParsedQuery",
    "Phrase",
    "Prefix",
    "ProblemCode",
    "QueryProblem",
    "Range",
    "Word",
    "day_bounds",
    "leaves",
    "parse",
]
