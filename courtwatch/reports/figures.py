"""Counts of prosecutions, and the figures that are made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyramid.i18n import TranslationStringFactory

from courtwatch.reports.model import Behind, Figure, Label
from courtwatch.services.fact_filters import FactFilters
from courtwatch.statistics.rates import wilson_interval

_ = TranslationStringFactory("courtwatch")
NO_DENOMINATOR = _("nothing to divide by")


@dataclass(frozen=True)
class Count:
    """How many, and how many of them the reader may open."""

    n: int = 0
    visible: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.n + other.n, self.visible + other.visible)

    def __sub__(self, other: Count) -> Count:
        return Count(self.n - other.n, self.visible - other.visible)


ZERO = Count()
Key = tuple[object, ...]


class Tally:
    """Counts by the values of some named keys: what a grouped query says."""

    def __init__(self, names: tuple[str, ...], counts: Mapping[Key, Count]) -> None:
        self.names = names
        self.counts = dict(counts)

    def sum(self, **wanted: object) -> Count:
        """Return the count where every named key has the wanted value (or is in the set)."""
        places = [(self.names.index(name), value) for name, value in wanted.items()]
        total = Count()
        for key, count in self.counts.items():
            if all(_fits(key[place], value) for place, value in places):
                total += count
        return total

    def values(self, name: str) -> list[object]:
        """Return the values that occur of one key, in the order met."""
        place = self.names.index(name)
        return list(dict.fromkeys(key[place] for key in self.counts))

    def only(self, **wanted: object) -> Tally:
        """Return the part where every named key has the wanted value (or is in the set)."""
        places = [(self.names.index(name), value) for name, value in wanted.items()]
        return Tally(
            self.names,
            {
                key: count
                for key, count in self.counts.items()
                if all(_fits(key[place], value) for place, value in places)
            },
        )

    def along(self, *names: str) -> Tally:
        """Return counts by these keys alone, whatever the others are."""
        places = [self.names.index(name) for name in names]
        found: dict[Key, Count] = {}
        for key, count in self.counts.items():
            kept = tuple([key[place] for place in places])
            found[kept] = found[kept] + count if kept in found else count
        return Tally(names, found)

    def without(self, **unwanted: object) -> Tally:
        """Return the part where no named key has the unwanted value (or is in the set)."""
        places = [(self.names.index(name), value) for name, value in unwanted.items()]
        return Tally(
            self.names,
            {
                key: count
                for key, count in self.counts.items()
                if not any(_fits(key[place], value) for place, value in places)
            },
        )

    def split(self, name: str) -> dict[object, Tally]:
        """Return the parts of every value of one key, each a tally of its own."""
        place = self.names.index(name)
        parts: dict[object, dict[Key, Count]] = {}
        for key, count in self.counts.items():
            parts.setdefault(key[place], {})[key] = count
        return {value: Tally(self.names, counts) for value, counts in parts.items()}

    def by(self, name: str) -> dict[object, Count]:
        """Return counts by one key alone."""
        return {key[0]: count for key, count in self.along(name).counts.items()}


def _fits(value: object, wanted: object) -> bool:
    return value in wanted if isinstance(wanted, (frozenset, set)) else value == wanted


def count_figure(count: Count, filters: FactFilters | None, past: bool = False) -> Figure:
    """Return a count that opens what is behind it; `filters` None: it cannot be listed.

    `past`: how much of it may be opened is not said, because rights are those of today.
    """
    if filters is None or count.n == 0:
        return Figure(count.n)
    return Figure(count.n, behind=Behind(None if past else count.visible, filters))


def share_figure(numerator: int, denominator: int) -> Figure:
    """Return a share with its Wilson interval, or a figure without value that says why."""
    if denominator == 0:
        return Figure(None, numerator, denominator, missing=NO_DENOMINATOR)
    interval = wilson_interval(numerator, denominator)
    return Figure(
        numerator / denominator,
        numerator,
        denominator,
        float(interval.lower),
        float(interval.upper),
    )


def text_figure(label: Label) -> Figure:
    """Return words in the place of a number."""
    return Figure(None, text=label)
