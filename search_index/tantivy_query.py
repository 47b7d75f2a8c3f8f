"""A plan -> one tantivy query, so that all finding is done by compiled code.

Phrases, Khmer strings and words of a section are looked up by place. What can't be said so (words
near each other in groups, a phrase that ends in a single Khmer cluster) is narrowed down first
and then verified on the bodies of the candidates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from tantivy import FieldType, Occur, Query

from search_index import khmer
from search_index import plan as p
from search_index.analysis import NUMBER_SECTION
from search_index.documents import OVERDUE
from search_index.operations import fits
from search_index.patterns import (
    ClusterPattern,
    FuzzyPattern,
    NearPattern,
    NumberPattern,
    Pattern,
    PhrasePattern,
    PlacePattern,
    PrefixPattern,
    StemPattern,
)
from search_index.spells import moment_keys
from search_index.tantivy_schema import (
    HEAD,
    JOINED,
    NUMBERS,
    OVERDUE_FACET,
    SECTION_FIELDS,
    TERMS,
    TEXT,
    VALUE_GAP,
    day_field,
    is_khmer,
    token_stream,
)
from search_index.tantivy_snapshot import Snapshot
from search_index.tokens import stem

HEAD_BOOST = 2.0
"""A word in a number, a name or a court counts more than one in free text."""
_REGEX = re.compile(r"[^\w]", re.ASCII)
_Terms = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Unsaid:
    """A pattern that no query says exactly: ``superset`` holds every document that fits."""

    superset: Query | None


def union(parts: Sequence[Query | None]) -> Query | None:
    """Documents in any part; being in several adds up."""
    kept = [part for part in parts if part is not None]
    if len(kept) < 2:
        return kept[0] if kept else None
    return Query.boolean_query([(Occur.Should, part) for part in kept])


def both(parts: Sequence[Query]) -> Query:
    """Documents in all parts."""
    if len(parts) == 1:
        return parts[0]
    return Query.boolean_query([(Occur.Must, part) for part in parts])


def boosted(query: Query | None, boost: float) -> Query | None:
    """A query that counts more or less; with 0 it only selects."""
    if query is None or boost == 1:
        return query
    if not boost:
        return Query.const_score_query(query, 0.0)
    return Query.boost_query(query, boost)


def selecting(query: Query | None) -> Query | None:
    """A query that does not count for relevance."""
    return None if query is None else Query.const_score_query(query, 0.0)


class Compiler:
    """Makes queries for one snapshot and one asker.

    ``weight`` corrects the relevance of terms: see :meth:`Answer.weight`. ``verified`` gives the
    cases among candidates whose body fits a pattern.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        now: datetime,
        weight: Callable[[_Terms], float],
        verified: Callable[[Query, Pattern], Query | None],
    ) -> None:
        self.snapshot = snapshot
        self._now = now
        self._found: dict[str, list[tuple[str, str]]] = {}
        self._weight = weight
        self._verified = verified

    def query(self, node: p.Plan) -> Query | None:
        """The query for a plan; ``None`` if nothing can fit."""
        match node:
            case p.Every():
                return Query.all_query()
            case p.Nothing():
                return None
            case p.Term(text=text, boost=boost):
                return self._term(text, boost)
            case p.TermPrefix(text=text, boost=boost):
                return self._prefix(text, boost)
            case p.TermFuzzy(word=word, distance=distance, boost=boost):
                return self._fuzzy(word, distance, boost)
            case p.Value():
                return selecting(self._value(node))
            case p.Days(field=field, low=low, high=high):
                return selecting(self.days(field, low, high))
            case p.Verified(child=child, pattern=pattern):
                return self._checked(child, pattern)
            case p.Either(children=children):
                return union([self.query(child) for child in children])
            case p.Both() | p.Without():
                return self._conjunction(node)
        raise TypeError(f"no plan: {node!r}")

    def _conjunction(self, node: p.Both | p.Without) -> Query | None:
        clauses: list[tuple[Occur, Query]] = []
        for child in node.children if isinstance(node, p.Both) else (node,):
            if isinstance(child, p.Without):
                excluded = self.query(child.child)
                if excluded is not None:
                    clauses.append((Occur.MustNot, excluded))
            else:
                found = self.query(child)
                if found is None:
                    return None
                clauses.append((Occur.Must, found))
        if all(occur == Occur.MustNot for occur, _ in clauses):
            clauses.append((Occur.Must, Query.const_score_query(Query.all_query(), 0.0)))
        return clauses[0][1] if len(clauses) == 1 else Query.boolean_query(clauses)

    def _value(self, node: p.Value) -> Query | None:
        values = OVERDUE if node.facet == OVERDUE_FACET else self.snapshot.terms(node.facet)
        return self.values(node.facet, [value for value in values if fits(node, value)])

    def values(self, facet: str, values: Iterable[str]) -> Query | None:
        """Documents with any of some values of a facet, at the moment of the request."""
        known = self.snapshot.frequency
        if facet == OVERDUE_FACET:
            values = [key for value in values for key in moment_keys(facet, value, self._now)]
        return self.snapshot.any_of(facet, [value for value in values if known(facet, value)])

    def days(self, field: str, low: int | None, high: int | None) -> Query | None:
        """Documents with a day from ``low`` to ``high``; those without a day are in none."""
        if field == "year":
            first = (low or 0) // 10000
            last = high // 10000 if high is not None else 9999
            years = self.snapshot.terms("year")
            return self.snapshot.any_of("year", [y for y in years if first <= int(y) <= last])
        return Query.range_query(
            self.snapshot.schema,
            day_field(field),
            FieldType.Unsigned,
            max(low or 1, 1),
            None if high is None else max(high, 0),
        )

    # -- terms ---------------------------------------------------------------------------------

    def places(self, text: str) -> list[tuple[str, str]]:
        """(field, term) of a term of the plan, wherever there is such a term."""
        found = self._found.get(text)
        if found is None:
            frequency = self.snapshot.frequency
            if text[0] in "ek":
                term = text[1:]
                found = [(f, term) for f in (TEXT, HEAD, JOINED) if frequency(f, term)]
            else:
                found = [(TERMS, text)] if frequency(TERMS, text) else []
            self._found[text] = found
        return found

    def _term(self, text: str, boost: float) -> Query | None:
        return union(
            [
                self._scored(self.snapshot.term(field, term), field, [(field, term)], boost)
                for field, term in self.places(text)
            ]
        )

    def _scored(self, query: Query, field: str, terms: _Terms, boost: float) -> Query | None:
        if boost:
            boost *= self._weight(terms) * (HEAD_BOOST if field == HEAD else 1.0)
        return boosted(query, boost)

    def _prefix(self, text: str, boost: float) -> Query | None:
        wide = text[0] in "ek"
        fields, prefix = ((TEXT, HEAD, JOINED), text[1:]) if wide else ((TERMS,), text)
        return self._constant([self._beginning(field, prefix) for field in fields], boost)

    def _beginning(self, field: str, prefix: str) -> Query | None:
        if not self.snapshot.begins(field, prefix):
            return None
        return self.snapshot.prefix(field, prefix)

    def _fuzzy(self, word: str, distance: int, boost: float) -> Query | None:
        if word.isdigit():
            return None
        # Each field costs an automaton of its own, with or without words in it.
        fields = [field for field in (TEXT, HEAD, JOINED) if self.snapshot.begins(field, "")]
        return self._constant([self._near(field, word, distance) for field in fields], boost)

    def _near(self, field: str, word: str, distance: int) -> Query:
        return Query.fuzzy_term_query(self.snapshot.schema, field, word, min(distance, 2))

    @staticmethod
    def _constant(parts: Sequence[Query | None], boost: float) -> Query | None:
        found = union(parts)
        return None if found is None else Query.const_score_query(found, boost)

    # -- patterns ------------------------------------------------------------------------------

    def _checked(self, child: p.Plan, pattern: Pattern) -> Query | None:
        said = self.said(pattern, self._boost(child))
        if isinstance(said, Unsaid):
            candidates = self.query(child)
            if candidates is None or said.superset is None:
                return None
            narrow = [candidates] if said.superset is candidates else [candidates, said.superset]
            fitting = self._verified(
                Query.boolean_query([(Occur.Must, part) for part in narrow]), pattern
            )
            return self._joined([candidates, selecting(fitting)])
        if said is None or self._implied(child):
            return said
        return self._joined([self.query(child), selecting(said)])

    @staticmethod
    def _joined(parts: Sequence[Query | None]) -> Query | None:
        kept = [(Occur.Must, part) for part in parts if part is not None]
        return Query.boolean_query(kept) if len(kept) == len(parts) else None

    def _boost(self, child: p.Plan) -> float:
        while isinstance(child, p.Both | p.Either | p.Verified):
            child = child.child if isinstance(child, p.Verified) else child.children[0]
        return child.boost if isinstance(child, p.Term | p.TermPrefix | p.TermFuzzy) else 1.0

    def _implied(self, child: p.Plan) -> bool:
        """True if a document that fits the pattern is a candidate in any case."""
        match child:
            case p.Both(children=children) | p.Either(children=children):
                return all(self._implied(part) for part in children)
            case p.Term(text=text):
                return text[0] != "w"
            case p.Verified():
                return False
        return True

    def said(self, pattern: Pattern, boost: float = 1.0) -> Query | Unsaid | None:
        """The query that says the same as a pattern, if there is one."""
        match pattern:
            case PhrasePattern() | ClusterPattern():
                return self._phrase(pattern, boost)
            case PrefixPattern():
                return self._phrase_prefix(pattern, boost)
            case NumberPattern(parts=parts, open_end=open_end):
                words = parts.split("-")
                if len(words) > 1:
                    # Letters may stand between the parts; few cases have all of them.
                    return Unsaid(Query.all_query())
                if open_end:
                    return self._open_phrase(NUMBERS, words)
                return self._places(NUMBERS, words, 1.0)
            case PlacePattern(key=key):
                return self._term(f"p{key}", boost)
            case StemPattern(root=root, section=section):
                return self._stem(root, SECTION_FIELDS[section], boost)
            case FuzzyPattern(word=word, distance=distance, section=section):
                found = self._near(SECTION_FIELDS[section], word, distance)
                return Query.const_score_query(found, boost)
            case NearPattern():
                return self._within(pattern, boost)

    @staticmethod
    def _fields(section: str | None) -> tuple[str, ...]:
        if section == NUMBER_SECTION:
            return (NUMBERS,)
        return (TEXT, HEAD) if section is None else (SECTION_FIELDS[section],)

    def _phrase(self, pattern: PhrasePattern, boost: float) -> Query | Unsaid | None:
        fields, tokens = self._fields(pattern.section), token_stream(pattern.text).split()
        last = pattern.text.split()[-1]
        if is_khmer(last):
            # The run may go on in the text: without the pair that ends it.
            tokens.pop()
            if len(khmer.clusters(last)) == 1:
                if last != pattern.text:
                    # After a word any pair that begins so would have to follow.
                    return Unsaid(Query.all_query())
                return self._constant([self._beginning(f, f"{last}|") for f in fields], boost)
        return union([self._places(field, tokens, boost) for field in fields])

    def _places(self, field: str, tokens: Sequence[str], boost: float) -> Query | None:
        """Tokens one after the other in a field."""
        if not all(self.snapshot.frequency(field, token) for token in tokens):
            return None
        if len(tokens) == 1:
            found = self.snapshot.term(field, tokens[0])
        else:
            found = Query.phrase_query(self.snapshot.schema, field, list(tokens))
        return self._scored(found, field, [(field, token) for token in tokens], boost)

    def _phrase_prefix(self, pattern: PrefixPattern, boost: float) -> Query | None:
        fields, tokens = self._fields(pattern.section), token_stream(pattern.text).split()
        if len(tokens) == 1:
            return self._constant([self._beginning(field, tokens[0]) for field in fields], boost)
        return union([boosted(self._open_phrase(field, tokens), boost) for field in fields])

    def _open_phrase(self, field: str, tokens: Sequence[str]) -> Query | None:
        *whole, last = tokens
        if not all(self.snapshot.frequency(field, token) for token in whole):
            return None
        if not self.snapshot.begins(field, last):
            return None
        if not whole:
            return Query.const_score_query(self.snapshot.prefix(field, last), 1.0)
        words = [_REGEX.sub(_escape, token) for token in whole]
        return Query.regex_phrase_query(
            self.snapshot.schema, field, [*words, f"{_REGEX.sub(_escape, last)}.*"]
        )

    def _stem(self, root: str, field: str, boost: float) -> Query | None:
        # Porter changes at most the last two letters of what it keeps: see StemPattern.
        head = root[:-2] if len(root) > 3 else root[:-1]
        words = [w for w in self.snapshot.terms(field, head) if w == root or stem(w) == root]
        return self._constant([self.snapshot.any_of(field, words)], boost)

    def _within(self, pattern: NearPattern, boost: float) -> Query | Unsaid | None:
        fields, units = self._fields(pattern.section), pattern.units
        simple = all(not is_khmer(unit) and " " not in unit for unit in units)
        distinct = len(set(units)) == len(units) > 1
        if simple and distinct and len(units) == 2 and pattern.slop <= VALUE_GAP:
            return union(
                [self._either_way(f, units[0], units[1], pattern.slop, boost) for f in fields]
            )
        if not (simple and distinct):
            return Unsaid(Query.all_query())
        # Any two of the words stand within the whole stretch.
        reach = pattern.slop + len(units) - 2
        return Unsaid(
            union(
                [
                    self._joined(
                        [self._either_way(f, one, two, reach, 1.0) for one, two in pairwise(units)]
                    )
                    for f in fields
                ]
            )
        )

    def _either_way(self, field: str, one: str, two: str, slop: int, boost: float) -> Query | None:
        if not (self.snapshot.frequency(field, one) and self.snapshot.frequency(field, two)):
            return None
        weight = [(field, one), (field, two)]
        orders = ([one, two], [two, one])
        found = [
            Query.phrase_query(self.snapshot.schema, field, list(words), slop) for words in orders
        ]
        return self._scored(Query.disjunction_max_query(found), field, weight, boost)


def _escape(match: re.Match[str]) -> str:
    return f"\\{match.group()}" if match.group().isascii() else match.group()
