"""Answers a request on the segments of a Whoosh index.

Everything is a set of document numbers per segment: what the asker may see, what the query
matches, what the filters allow. Counts and facets are sizes of intersections; relevance is
worked out for documents that are in the result only.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import repeat
from operator import or_
from typing import Any

import numpy as np

from search_index import bits
from search_index import plan as p
from search_index import query as q
from search_index.analysis import SECTIONS, VALUE_MARK
from search_index.documents import OVERDUE
from search_index.index import Hit, SearchRequest, Sort
from search_index.names import similarity
from search_index.patterns import section_bytes
from search_index.query import day_bounds
from search_index.whoosh_postings import HUNDREDTHS
from search_index.whoosh_segment import SegmentView

_RERANKED = 100
_LIKENESS = 2.0
Ranked = tuple[float, int, int, int, int]
"""(score or day, last event, case, segment, document): sorts as hits are shown, backwards."""


def _best(view: SegmentView, numbers: Any, scores: Any, wanted: int) -> tuple[Any, Any]:
    """The ``wanted`` documents with the highest scores; of equal ones the newest."""
    if len(numbers) <= wanted:
        return numbers, scores
    least = np.partition(scores, len(scores) - wanted)[len(scores) - wanted]
    above = np.flatnonzero(scores > least)
    level = np.flatnonzero(scores == least)
    missing = wanted - len(above)
    if missing < len(level):
        places = view.order("last_event")[2][numbers[level]]
        level = level[np.argpartition(-places, missing - 1)[:missing]]
    chosen = np.concatenate((above, level))
    return numbers[chosen], scores[chosen]


class Answer:
    """The documents of one request, by segment."""

    def __init__(self, views: Sequence[SegmentView], request: SearchRequest, tree: q.Node) -> None:
        self.views = views
        self.request = request
        self.plan = p.narrowed(p.plan(tree), request.only)
        self.words = " ".join(
            leaf.text
            for leaf in q.leaves(tree)
            if isinstance(leaf, q.Word | q.Fuzzy) and leaf.field in (None, "name")
        )
        self.name_terms = {
            leaf.text
            for leaf in self._leaves(self.plan)
            if isinstance(leaf, p.Term) and leaf.text.startswith("n")
        }
        self.visible = [self._visible(view) for view in views]
        self._everything = sum(seen.bit_count() for seen in self.visible)
        self.matching = [
            self._match(self.plan, view) & seen if seen else 0
            for view, seen in zip(views, self.visible, strict=True)
        ]
        self.allowed = {
            name: [self._filtered(view, name, values) for view in views]
            for name, values in request.filters.items()
            if values
        }
        self.found = self._narrowed(None)
        self.total = sum(found.bit_count() for found in self.found)

    def _narrowed(self, without: str | None) -> list[int]:
        """Matching documents that pass all filters but the one on ``without``."""
        result = list(self.matching)
        for name, sets in self.allowed.items():
            if name != without:
                result = [a & b for a, b in zip(result, sets, strict=True)]
        return result

    def _visible(self, view: SegmentView) -> int:
        """One document per case: of the asker's audiences, and not hidden by a fuller one."""
        audiences = sorted(self.request.audiences)
        key = ("visible", tuple(audiences))

        def make() -> int:
            shown = reduce(or_, (view.with_key(f"aud={name}") for name in audiences), 0)
            hidden = reduce(or_, (view.with_key(f"hide={name}") for name in audiences), 0)
            return shown & ~hidden

        return view.remembered(key, make) & view.alive

    def bodies(self, made: p.Plan, most: int) -> Iterator[bytes]:
        """Bodies of at most so many documents that fit a plan and that the asker may see."""
        for view, seen in zip(self.views, self.visible, strict=True):
            for number in bits.numbers_of(self._match(made, view) & seen):
                if not most:
                    return
                most -= 1
                yield view.body(number)

    # -- matching ------------------------------------------------------------------------------

    def _match(self, node: p.Plan, view: SegmentView) -> int:
        """Documents of a segment that fit; may hold deleted ones, the caller masks them."""
        match node:
            case p.Every():
                return bits.full(view.size)
            case p.Nothing():
                return 0
            case p.Term(text=text):
                return view.with_term(text)
            case p.TermPrefix(text=text):
                return view.beginning(text)
            case p.TermFuzzy(word=word, distance=distance):
                return view.remembered(node, lambda: self._near(view, word, distance))
            case p.Value():
                return self._with_value(view, node)
            case p.Days(field=field, low=low, high=high):
                return self._in_days(view, field, low, high)
            case p.Without(child=child):
                return bits.full(view.size) & ~self._match(child, view)
            case p.Verified(child=child, pattern=pattern):
                return view.remembered(
                    node, lambda: view.verified(self._match(child, view), pattern)
                )
            case p.Either(children=children):
                return reduce(or_, (self._match(child, view) for child in children), 0)
            case p.Both(children=children):
                result = bits.full(view.size)
                for child in children:
                    result &= self._match(child, view)
                    if not result:
                        break
                return result
        raise TypeError(f"no plan: {node!r}")

    @staticmethod
    def _near(view: SegmentView, word: str, distance: int) -> int:
        return reduce(or_, (view.with_term(f"e{w}") for w in view.words_near(word, distance)), 0)

    def _with_value(self, view: SegmentView, node: p.Value) -> int:
        members = self._members(view, node.facet).items()
        return reduce(or_, (found for code, found in members if p.fits(node, code)), 0)

    @staticmethod
    def _in_days(view: SegmentView, field: str, low: int | None, high: int | None) -> int:
        if field != "year":
            return view.between(field, low, high)
        first = (low or 0) // 10000
        last = (high // 10000) if high is not None else 9999
        years = view.facet("year").items()
        return reduce(or_, (found for year, found in years if first <= int(year) <= last), 0)

    def _filtered(self, view: SegmentView, name: str, values: tuple[str, ...]) -> int:
        if name in self.request.only:
            values = tuple(value for value in values if value in self.request.only[name])
        if name in ("registered", "last_event"):
            return reduce(or_, (self._span(view, name, value) for value in values), 0)
        if name == "overdue":
            held = self._members(view, name)
            return reduce(or_, (held.get(value, 0) for value in values), 0)
        key = "case" if name == "case_id" else name
        if key == "code":
            wanted = {value.encode() for value in values}
            codes = view.column("code")
            return bits.from_numbers(
                (n for n in bits.numbers_of(view.alive).tolist() if codes[n] in wanted), view.size
            )
        return reduce(or_, (view.with_key(f"{key}={value}") for value in values), 0)

    @staticmethod
    def _span(view: SegmentView, name: str, value: str) -> int:
        first, _, last = value.partition("..")
        low, high = day_bounds(first), day_bounds(last or first)
        if (first and low is None) or (last and high is None):
            return 0
        if ".." in value:
            return view.between(name, low[0] if low else None, high[1] if last and high else None)
        return view.between(name, low[0], high[1]) if low and high else 0

    def _members(self, view: SegmentView, facet: str) -> dict[str, int]:
        """Documents for every value of a facet, at the moment of the request."""
        if facet != "overdue":
            return view.facet(facet)
        return {value: view.holding(facet, value, self.request.now) for value in OVERDUE}

    # -- facets --------------------------------------------------------------------------------

    def facet(self, name: str) -> tuple[tuple[str, int], ...]:
        """(value, cases), most frequent first, as far as the asker may see them."""
        counts: dict[str, int] = {}
        only = self.request.only.get(name)
        for view, found in zip(self.views, self._narrowed(name), strict=True):
            if not found:
                continue
            for value, members in self._members(view, name).items():
                count = (members & found).bit_count()
                if count and (only is None or value in only):
                    counts[value] = counts.get(value, 0) + count
        return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    # -- order ---------------------------------------------------------------------------------

    def hits(self) -> list[Ranked]:
        """The page asked for, in order."""
        limit = self.request.limit
        wanted = self.total if limit is None else min(self.request.offset + limit, self.total)
        if self.request.sort == Sort.RELEVANCE:
            ranked = self._by_relevance(wanted)
        else:
            ranked = self._by_day(str(self.request.sort), wanted)
        return ranked[self.request.offset : wanted]

    def _by_day(self, name: str, wanted: int) -> list[Ranked]:
        ranked: list[Ranked] = []
        for segment, (view, found) in enumerate(zip(self.views, self.found, strict=True)):
            days, cases = view.column(name), view.column("case_id")
            ranked += [
                (int(days[n]), 0, int(cases[n]), segment, n)
                for n in self._newest(view, found, name, wanted)
            ]
        return heapq.nlargest(wanted, ranked)

    @staticmethod
    def _newest(view: SegmentView, found: int, name: str, wanted: int) -> Sequence[int]:
        """The documents found with the newest days, at most ``wanted``."""
        if not found:
            return ()
        _, newest, places = view.order(name)
        count = found.bit_count()
        if count * 16 < view.size:
            numbers = bits.numbers_of(found)
            if count > wanted:
                numbers = numbers[np.argpartition(-places[numbers], wanted - 1)[:wanted]]
        else:
            numbers = newest[::-1]
            numbers = numbers[bits.flags_of(found, view.size)[numbers]][:wanted]
        listed: list[int] = numbers.tolist()
        return listed

    def _by_relevance(self, wanted: int) -> list[Ranked]:
        leaves = list(self._leaves(self.plan))
        if not leaves:
            return [
                (0.0, int(day), case, segment, number)
                for day, _, case, segment, number in self._by_day("last_event", wanted)
            ]
        # Every page comes from the same order, so the first hits are always looked at together.
        wanted = max(wanted, min(_RERANKED, self.total))
        rarities = [self._rarity(leaf) for leaf in leaves]
        # Most spellings that a word could have are in no document.
        leaves = [leaf for leaf, rarity in zip(leaves, rarities, strict=True) if rarity]
        factors = [
            rarity * leaf.boost for leaf, rarity in zip(leaves, filter(None, rarities), strict=True)
        ]
        ranked: list[Ranked] = []
        for segment, (view, found) in enumerate(zip(self.views, self.found, strict=True)):
            if not found:
                continue
            numbers = bits.numbers_of(found)
            scores = self._scores(view, found, leaves, factors)[numbers]
            numbers, scores = _best(view, numbers, scores, wanted)
            days, cases = view.column("last_event")[numbers], view.column("case_id")[numbers]
            ranked += zip(
                scores.tolist(),
                days.tolist(),
                cases.tolist(),
                repeat(segment),
                numbers.tolist(),
                strict=False,
            )
        best = heapq.nlargest(wanted, ranked)
        return self._by_name(best) + best[_RERANKED:]

    def _by_name(self, best: Sequence[Ranked]) -> list[Ranked]:
        """The first hits again, those first whose name is most like the words asked for.

        The key of a name folds many spellings together; among equals the closest one leads.
        """
        first = list(best[:_RERANKED])
        if not self.name_terms or not self.words:
            return first
        named = [
            reduce(or_, (view.with_term(term) for term in self.name_terms), 0)
            for view in self.views
        ]
        if not any(named):
            return first
        reranked = []
        for score, day, case, segment, number in first:
            if named[segment] >> number & 1:
                score += _LIKENESS * self._likeness(self.views[segment].body(number))
            reranked.append((score, day, case, segment, number))
        return sorted(reranked, reverse=True)

    def has_name(self, segment: int, number: int) -> bool:
        """True if the document has a name with a key that was asked for."""
        view = self.views[segment]
        return any(view.with_term(term) >> number & 1 for term in self.name_terms)

    def _likeness(self, body: bytes) -> float:
        names = section_bytes(body, SECTIONS["name"]).decode().split(VALUE_MARK)
        return max(similarity(self.words, name) for name in names)

    def _leaves(self, node: p.Plan) -> Iterator[p.Term | p.TermPrefix | p.TermFuzzy]:
        match node:
            case p.Term() | p.TermPrefix() | p.TermFuzzy():
                if node.boost:
                    yield node
            case p.Both(children=children) | p.Either(children=children):
                for child in children:
                    yield from self._leaves(child)
            case p.Verified(child=child):
                yield from self._leaves(child)

    def _rarity(self, leaf: p.Term | p.TermPrefix | p.TermFuzzy) -> float:
        """Inverse document frequency among the documents the asker may see; 0 if none has it."""
        having = 0
        for view, seen in zip(self.views, self.visible, strict=True):
            if members := self._match(leaf, view):
                having += (members & seen).bit_count()
        if not having:
            return 0.0
        everything = self._everything
        return math.log(1 + (everything - having + 0.5) / (having + 0.5))

    def _scores(
        self,
        view: SegmentView,
        found: int,
        leaves: Sequence[p.Term | p.TermPrefix | p.TermFuzzy],
        factors: Sequence[float],
    ) -> Any:
        """Relevance by document number; documents outside ``found`` may hold anything."""
        scores = np.zeros(view.size)
        for leaf, factor in zip(leaves, factors, strict=True):
            if not isinstance(leaf, p.Term):
                scores[bits.numbers_of(self._match(leaf, view) & found)] += factor
                continue
            numbers, weights = view.postings(leaf.text)
            scores[numbers] += weights * (factor / HUNDREDTHS)
        return scores

    def as_hits(self, ranked: Sequence[Ranked]) -> list[Hit]:
        """Hits with what a page needs of the columns."""
        relevance = self.request.sort == Sort.RELEVANCE
        return [
            Hit(case, self.views[segment].text("code", number), round(score, 4) if relevance else 0)
            for score, _, case, segment, number in ranked
        ]
