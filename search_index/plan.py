"""Query tree -> what an engine has to look up.

The plan consists of a few operations every engine can do: look up a term, a beginning, a near
spelling or an exact value, combine them, and verify candidates on the body of the document.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from search_index import khmer
from search_index import query as q
from search_index.analysis import (
    NUMBER_SECTION,
    SECTIONS,
    Token,
    fold_word,
    groups,
    pairs,
    render,
    stem,
    tokenise,
)
from search_index.documents import FACETS
from search_index.names import name_beginnings, name_key
from search_index.numbers import compact_number, looks_like_number, number_parts
from search_index.patterns import (
    ClusterPattern,
    FuzzyPattern,
    NearPattern,
    NumberPattern,
    Pattern,
    PhrasePattern,
    PrefixPattern,
    StemPattern,
)
from search_index.romanise import romanise

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


def plan(node: q.Node) -> Plan:
    """What to look up for a query tree."""
    if isinstance(node, q.And):
        return _conjunction(node)
    if isinstance(node, q.Or):
        return Either(tuple(plan(child) for child in node.children))
    if isinstance(node, q.Not):
        return Without(plan(node.child))
    if isinstance(node, q.Everything):
        return Every()
    if isinstance(node, q.Range):
        return Days(node.field, node.low, node.high)
    if isinstance(node, q.Word):
        return _any_of([*_values(node.field, node.text), _word(node.text, node.field)])
    if isinstance(node, q.Phrase):
        return _any_of([*_values(node.field, node.text), _phrase(node)])
    if isinstance(node, q.Prefix):
        found = _values(node.field, node.text, is_prefix=True)
        return _any_of([*found, _prefix(node.text, node.field)])
    return _fuzzy(node)


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
            return _any_of([Value(facet, code) for code in sorted(only[facet]) if fits(node, code)])
        case Both(children=children):
            return Both(tuple(narrowed(child, only) for child in children))
        case Either(children=children):
            return Either(tuple(narrowed(child, only) for child in children))
        case Without(child=child):
            return Without(narrowed(child, only))
        case Verified(child=child, pattern=pattern):
            return Verified(narrowed(child, only), pattern)
    return node


def _conjunction(node: q.And) -> Plan:
    """All children; neighbouring words may also be one name written apart (Srey Mom)."""
    children: list[Plan] = []
    for index, child in enumerate(node.children):
        made = plan(child)
        joins = [_joined_name(node.children[index - 1], child)] if index else []
        if index + 1 < len(node.children):
            joins.append(_joined_name(child, node.children[index + 1]))
        alternatives = [Term(f"n{key}", 0.4) for key in joins if key]
        children.append(_any_of([made, *alternatives]))
    return Both(tuple(children))


def _joined_name(first: q.Node, second: q.Node) -> str:
    if not (isinstance(first, q.Word) and isinstance(second, q.Word)):
        return ""
    if first.field not in (None, "name") or second.field not in (None, "name"):
        return ""
    if not (first.text.isalpha() and second.text.isalpha()):
        return ""
    return name_key(first.text + second.text)


def _values(field: str | None, text: str, *, is_prefix: bool = False) -> list[Plan]:
    return [Value(field, text, is_prefix)] if field in FACETS else []


def _any_of(plans: list[Plan]) -> Plan:
    kept = [made for made in plans if not isinstance(made, Nothing)]
    if not kept:
        return Nothing()
    return kept[0] if len(kept) == 1 else Either(tuple(kept))


def _all_of(plans: list[Plan]) -> Plan:
    if not plans:
        return Nothing()
    return plans[0] if len(plans) == 1 else Both(tuple(plans))


def section_of(field: str | None) -> str | None:
    """Letter of the body section for a field; ``None`` means anywhere, ``""`` that there is
    none (a field of codes only)."""
    return None if field is None else SECTIONS.get(field, "")


def _word(text: str, field: str | None) -> Plan:
    """A word typed without quotes; it can analyse to several tokens (``re-arrest``, Khmer)."""
    section = section_of(field)
    if section == "":
        return Nothing()
    made = [_group(list(group), section, exact=False) for group in groups(tokenise(text))]
    plans = [_all_of(made)]
    if section in (None, "#") and looks_like_number(text):
        plans.append(_number(text))
    return _any_of(plans)


def _group(group: list[Token], section: str | None, *, exact: bool) -> Plan:
    words = tuple(token.text for token in group)
    if group[0].is_khmer:
        return _khmer(words, section, exact=exact)
    if len(words) == 1:
        return _english(words[0], section, exact=exact)
    together = Verified(
        _all_of([Term(f"e{word}") for word in words]), PhrasePattern(render(group), section)
    )
    joined = "".join(words)
    plans: list[Plan] = [together, Term(f"e{joined}", 2.0)]
    if not exact:
        plans.append(Term(f"s{stem(joined)}", 0.6))
    if section is not None:
        # The body holds the words of a compound apart.
        apart = PhrasePattern(joined, section)
        plans[1:] = [Verified(made, apart) for made in plans[1:]]
    return _any_of(plans)


def _in_section(made: Plan, section: str | None, words: str) -> Plan:
    return made if section is None else Verified(made, PhrasePattern(words, section))


def _english(word: str, section: str | None, *, exact: bool) -> Plan:
    plain = _in_section(Term(f"e{word}"), section, word)
    if exact:
        return plain
    plans: list[Plan] = [plain]
    root = stem(word)
    stems: list[Plan] = [Term(f"s{root}", 0.6)]
    if root != word:
        stems.append(Term(f"e{root}", 0.6))
    if word.isalpha() and word.isascii():
        made = _any_of(stems)
        plans.append(made if section is None else Verified(made, StemPattern(root, section)))
    if section in (None, "N"):
        key = name_key(word) if word.isalpha() else ""
        if key:
            plans.append(Term(f"n{key}", 0.5))
    return _any_of(plans)


def _khmer(run: tuple[str, ...], section: str | None, *, exact: bool) -> Plan:
    """A Khmer string anywhere in running text; as a whole word it counts more.

    Typed without spaces several words can stand in one run: documents that have them apart
    follow after those that have them together.
    """
    text = "".join(run)
    pattern = ClusterPattern(text, section)
    if len(run) == 1:
        candidates: Plan = TermPrefix(f"k{run[0]}|", 0.2)
    else:
        candidates = _all_of([Term(pair, 0.3 / len(run)) for pair in list(pairs(run))[:-1]])
    together: Plan = Verified(candidates, pattern) if len(run) > 2 or section else candidates
    whole: Plan = Term(f"w{text}", 2.0)
    plans = [together, whole if section is None else Verified(whole, pattern)]
    if section in (None, "N") and not exact and 1 < len(run) < 8:
        keys = sorted({key for spelled in romanise(text) if (key := name_key(spelled))})
        plans.extend(Term(f"n{key}", 0.4) for key in keys)
    if not exact and len(run) > 3:
        words = khmer.segment(run)
        split = [tuple(c for _, _, c in khmer.clusters(word)) for word in words]
        if len(split) > 1 and all(len(part) > 1 for part in split):
            plans.append(_all_of([_khmer(part, section, exact=True) for part in split]))
    return _any_of(plans)


def _number(text: str) -> Plan:
    parts = number_parts(text)
    plans: list[Plan] = [Term(f"={compact_number(text)}")]
    terms: list[Plan] = [Term(f"#{part}") for part in parts]
    if len(parts) == 1:
        plans.extend(terms)
    elif parts:
        plans.append(Verified(Both(tuple(terms)), NumberPattern("-".join(parts))))
    return _any_of(plans)


def _phrase(node: q.Phrase) -> Plan:
    section = section_of(node.field)
    if section == "":
        return Nothing()
    tokens = tokenise(node.text)
    if not tokens:
        return Nothing()
    made = [_candidates(group) for group in groups(tokens)]
    if node.slop is not None:
        units = tuple(render(group) for group in groups(tokens))
        if not any(token.is_khmer for token in tokens):
            units = tuple(token.text for token in tokens)
        return Verified(_all_of(made), NearPattern(units, node.slop, section))
    if len(tokens) == 1 and section is None:
        return _group(tokens, None, exact=True)
    found: Plan = Verified(_all_of(made), PhrasePattern(render(tokens), section))
    if section in (None, "#") and looks_like_number(node.text):
        return _any_of([found, _number(node.text)])
    return found


def _candidates(group: list[Token]) -> Plan:
    """Documents that have all parts of a group somewhere."""
    words = tuple(token.text for token in group)
    if not group[0].is_khmer:
        return _all_of([Term(f"e{word}") for word in words])
    if len(words) == 1:
        return TermPrefix(f"k{words[0]}|", 0.2)
    return _all_of([Term(pair, 0.3 / len(words)) for pair in list(pairs(words))[:-1]])


def _prefix(text: str, field: str | None) -> Plan:
    section = section_of(field)
    tokens = tokenise(text)
    if section == "" or not tokens:
        return Nothing()
    if section == "N" and len(tokens) == 1 and (begun := name_beginnings(tokens[0].text)):
        # As a whole name is found in other romanisations, so is its beginning.
        return _any_of([TermPrefix(f"n{key}") for key in sorted(begun)])
    if any(token.is_khmer for token in tokens):
        return _any_of([_word(text, field), *_khmer_beginning(text, section)])
    last = tokens[-1].text
    before: list[Plan] = [Term(f"e{token.text}") for token in tokens[:-1]]
    made = _all_of([*before, TermPrefix(f"e{last}")])
    if len(tokens) > 1 or section is not None:
        made = Verified(made, PrefixPattern(render(tokens), section))
    plans = [made]
    if len(tokens) > 1 and section is None:
        plans.append(TermPrefix(f"e{''.join(token.text for token in tokens)}"))
    if section in (None, "#") and looks_like_number(text):
        plans.append(TermPrefix(f"={compact_number(text)}"))
        parts = number_parts(text)
        if len(parts) == 1:
            plans.append(TermPrefix(f"#{parts[0]}"))
        elif parts:
            whole: list[Plan] = [Term(f"#{part}") for part in parts[:-1]]
            found = Both((*whole, TermPrefix(f"#{parts[-1]}")))
            plans.append(Verified(found, NumberPattern("-".join(parts), open_end=True)))
    return _any_of(plans)


def _khmer_beginning(text: str, section: str | None) -> list[Plan]:
    """Names in Latin letters that begin as this Khmer text is written there."""
    if section != "N":
        return []
    keys = sorted({key for spelled in romanise(text) if (key := name_key(spelled))})
    return [TermPrefix(f"n{key}", 0.3) for key in keys if len(key) > 1]


def _fuzzy(node: q.Fuzzy) -> Plan:
    section = section_of(node.field)
    tokens = tokenise(node.text)
    if section == "" or not tokens:
        return Nothing()
    if len(tokens) > 1 or tokens[0].is_khmer:
        return _word(node.text, node.field)
    word = fold_word(node.text)
    made: Plan = _any_of([Term(f"e{word}"), TermFuzzy(word, node.distance)])
    if section is not None:
        made = Verified(made, FuzzyPattern(word, node.distance, section))
    if section in (None, "N") and name_key(word):
        return _any_of([made, Term(f"n{name_key(word)}", 0.5)])
    return made


__all__ = [
    "NUMBER_SECTION",
    "Both",
    "Days",
    "Either",
    "Every",
    "Nothing",
    "Plan",
    "Term",
    "TermFuzzy",
    "TermPrefix",
    "Value",
    "Verified",
    "Without",
    "fits",
    "fold_code",
    "narrowed",
    "plan",
]
