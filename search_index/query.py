"""What a person types -> a small query tree.

``parse`` never raises: a wrong query gives the tree of what can be understood and one
:class:`QueryProblem` that says where and what is wrong. Operators::

    theft weapon          both words            theft OR robbery     either
    theft -weapon         without a word        NOT weapon           the same
    (a OR b) c            groups                "hold the file"      these words, as written
    "judge delay"~3       near each other       traffick*            beginning
    Vuthy~                spelled nearly so     court:"Phnom Penh"   in one field
    registered:[2020 TO 2021-06]                day, month or year
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from search_index.numbers import latin_digits

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
    RANGE_FIELD = "range_field"
    UNKNOWN_FIELD = "unknown_field"
    EMPTY_FIELD = "empty_field"
    LONELY_OPERATOR = "lonely_operator"
    INNER_STAR = "inner_star"
    NO_WORDS = "no_words"
    TOO_LONG = "too_long"


@dataclass(frozen=True)
class QueryProblem:
    """``position`` is the 0-based character of the query where the problem starts."""

    position: int
    message: str
    code: ProblemCode
    value: str = ""


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
    """The tree, and the first problem met on the way."""

    tree: Node
    problem: QueryProblem | None = None


def day_bounds(text: str) -> tuple[int, int] | None:
    """First and last number yyyymmdd of a day, month or year; ``None`` if it is none.

    ``2023`` -> (20230000, 20231299); ``2023-05`` -> (20230500, 20230599). Also 31/12/2023 as
    dates are written in Cambodia, and Khmer digits.
    """
    plain = latin_digits(text.strip())
    parts = plain.replace("/", "-").replace(".", "-").split("-")
    if not all(part.isascii() and part.isdigit() for part in parts) or len(parts) > 3:
        return None
    if len(parts) == 1 and len(plain) == 8:
        parts = [plain[:4], plain[4:6], plain[6:]]
    if len(parts) == 3 and len(parts[2]) == 4:
        parts.reverse()
    if len(parts[0]) != 4 or any(len(part) > 2 for part in parts[1:]):
        return None
    year, month, day = (int(part) for part in (*parts, "0", "0")[:3])
    if month > 12 or day > 31 or (len(parts) > 1 and not month) or (len(parts) > 2 and not day):
        return None
    if len(parts) == 1:
        return year * 10000, year * 10000 + 1299
    if len(parts) == 2:
        return year * 10000 + month * 100, year * 10000 + month * 100 + 99
    exact = year * 10000 + month * 100 + day
    return exact, exact


def parse(text: str) -> ParsedQuery:
    """The tree of a query, and the first problem found in it. Never raises."""
    from search_index.query_parser import Parser

    return Parser(text).run()


def leaves(node: Node, *, positive_only: bool = True) -> tuple[Node, ...]:
    """Words, phrases, prefixes, ... of a tree; by default not those that must be absent."""
    if isinstance(node, And | Or):
        return tuple(leaf for child in node.children for leaf in leaves(child))
    if isinstance(node, Not):
        return () if positive_only else leaves(node.child, positive_only=False)
    return (node,)
