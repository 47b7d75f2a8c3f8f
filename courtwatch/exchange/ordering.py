"""Days that contradict each other: the fewest, least trusted are set aside.

A sentence can't precede the conviction. Where two days of one prosecution say so, one of them is
wrong, and which one shows in the company of all others: of every set of days whose removal leaves
no contradiction, the one with the least trust is taken (a minimum weight vertex cover; the graphs
have a handful of nodes).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

Slot = str
"""A day column, as TABLE.COLUMN."""

Node = tuple[Slot, date]

EXACT_LIMIT = 14
"""Up to so many contradicting days every set is tried; beyond, the worst offender goes first."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """A day that was set aside, and a day that contradicts it."""

    slot: Slot
    day: date
    against: Node


class OrderRules:
    """The pairs of slots of which the first must not be later than the second."""

    def __init__(
        self,
        chains: Iterable[Sequence[Slot]],
        trust: Mapping[Slot, float],
        slack_days: Mapping[Slot, int] | None = None,
    ) -> None:
        self.before: dict[Slot, set[Slot]] = {}
        self.after: dict[Slot, set[Slot]] = {}
        self.trust = dict(trust)
        self.slack = {slot: timedelta(days) for slot, days in (slack_days or {}).items()}
        for chain in chains:
            for first, second in combinations(chain, 2):
                self.before.setdefault(second, set()).add(first)
                self.after.setdefault(first, set()).add(second)

    @property
    def slots(self) -> set[Slot]:
        """All slots that any chain names."""
        return self.before.keys() | self.after.keys()

    def conflicts(self, days: Mapping[Slot, Sequence[date]]) -> list[tuple[Node, Node]]:
        """Return the pairs of days that contradict each other, earlier slot first."""
        found = []
        none = timedelta()
        for first, later in self.after.items():
            slack = self.slack.get(first, none)
            for day in days.get(first, ()):
                for second in later:
                    for other in days.get(second, ()):
                        if day - slack > other:
                            found.append(((first, day), (second, other)))
        return found

    def set_aside(self, days: Mapping[Slot, Sequence[date]]) -> list[SetAside]:
        """Return the days to set aside so that no contradiction is left; empty if there is none.

        The result depends on the days alone, not on their order: ties go to the later slot name.
        """
        conflicts = self.conflicts(days)
        if not conflicts:
            return []
        nodes = sorted({node for pair in conflicts for node in pair})
        cover = self._smallest_cover(nodes, conflicts)
        result = []
        for node in sorted(cover):
            against = next(
                other
                for pair in conflicts
                if node in pair
                for other in pair
                if other != node
            )
            result.append(SetAside(*node, against))
        return result

    def _weight(self, nodes: Iterable[Node]) -> float:
        return sum(self.trust.get(slot, 1.0) for slot, _ in nodes)

    def _smallest_cover(
        self, nodes: Sequence[Node], conflicts: Sequence[tuple[Node, Node]]
    ) -> set[Node]:
        if len(nodes) > EXACT_LIMIT:
            return self._greedy_cover(conflicts)
        best: tuple[float, int, tuple[Node, ...]] | None = None
        for size in range(1, len(nodes) + 1):
            for chosen in combinations(nodes, size):
                taken = set(chosen)
                if all(a in taken or b in taken for a, b in conflicts):
                    rank = (self._weight(chosen), size, chosen)
                    if best is None or rank < best:
                        best = rank
        assert best is not None  # all nodes together always cover
        return set(best[2])

    def _greedy_cover(self, conflicts: Sequence[tuple[Node, Node]]) -> set[Node]:
        left = list(conflicts)
        taken: set[Node] = set()
        while left:
            counts: dict[Node, int] = {}
            for pair in left:
                for node in pair:
                    counts[node] = counts.get(node, 0) + 1
            worst = max(sorted(counts), key=lambda node: counts[node] / self._weight([node]))
            taken.add(worst)
            left = [pair for pair in left if worst not in pair]
        return taken
