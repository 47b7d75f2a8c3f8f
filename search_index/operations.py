"""What an engine has to be able to look up: the few operations of which every plan consists."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from search_index.patterns import Pattern

_SEPARATORS = re.compile(r"[\s_-]+")


@dataclass(frozen=True)
class Term:
    """Documents with a term; ``boost`` 0 selects without counting for relevance."""

    text: str
    boost: float = 1.0


@dataclass(frozen=True)
class TermPrefix:
    """Documents with any term that begins so."""

    text: str
    boost: float = 0.5


@dataclass(frozen=True)
class TermFuzzy:
    """Documents with any word at most ``distance`` edits from ``word``."""

    word: str
    distance: int
    boost: float = 0.5


@dataclass(frozen=True)
class Value:
    """Documents with a code in a facet; letter case, blank, ``-`` and ``_`` do not matter."""

    facet: str
    text: str
    is_prefix: bool = False


@dataclass(frozen=True)
class Days:
    """Documents whose day in ``field`` lies from ``low`` to ``high``, both included."""

    field: str
    low: int | None
    high: int | None


@dataclass(frozen=True)
class Every:
    """All documents."""


@dataclass(frozen=True)
class Nothing:
    """No document."""


@dataclass(frozen=True)
class Both:
    """Documents in all children."""

    children: tuple[Plan, ...]


@dataclass(frozen=True)
class Either:
    """Documents in any child; being in several adds up."""

    children: tuple[Plan, ...]


@dataclass(frozen=True)
class Without:
    """Documents not in the child."""

    child: Plan


@dataclass(frozen=True)
class Verified:
    """Documents of ``child`` whose body fits the pattern."""

    child: Plan
    pattern: Pattern


Plan = (
    Term
    | TermPrefix
    | TermFuzzy
    | Value
    | Days
    | Every
    | Nothing
    | Both
    | Either
    | Without
    | Verified
)


def any_of(plans: list[Plan]) -> Plan:
    """Documents in any of these."""
    kept = [made for made in plans if not isinstance(made, Nothing)]
    if not kept:
        return Nothing()
    return kept[0] if len(kept) == 1 else Either(tuple(kept))


def all_of(plans: list[Plan]) -> Plan:
    """Documents in all of these; in none if there are none."""
    if not plans:
        return Nothing()
    return plans[0] if len(plans) == 1 else Both(tuple(plans))


def fold_code(text: str) -> str:
    """A code as a person may type it: letter case, blanks, ``-`` and ``_`` do not matter."""
    return _SEPARATORS.sub("_", text.strip().casefold())


def fits(value: Value, code: str) -> bool:
    """Say whether a code is the one, or begins with what, was asked for."""
    wanted, found = fold_code(value.text), fold_code(code)
    return found.startswith(wanted) if value.is_prefix else found == wanted


def narrowed(node: Plan, only: Mapping[str, frozenset[str]]) -> Plan:
    """The same plan for an asker for whom only these values of a facet exist."""
    match node:
        case Value(facet=facet) if facet in only:
            return any_of([Value(facet, code) for code in sorted(only[facet]) if fits(node, code)])
        case Both(children=children):
            return Both(tuple(narrowed(child, only) for child in children))
        case Either(children=children):
            return Either(tuple(narrowed(child, only) for child in children))
        case Without(child=child):
            return Without(narrowed(child, only))
        case Verified(child=child, pattern=pattern):
            return Verified(narrowed(child, only), pattern)
    return node
