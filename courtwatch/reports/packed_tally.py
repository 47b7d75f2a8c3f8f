"""Counts by columns that are packed: what a grouped query says, without grouping a million rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from courtwatch.models.packed import NEVER, PLACES
from courtwatch.reports.figures import Count, Tally
from courtwatch.reports.law import Law
from courtwatch.reports.packed_facts import PackedFacts
from workflows import event_codes

Codes = NDArray[np.int64]
Words = Mapping[str, Set[str]]
_DIRECT = 4_000_000
"""Up to so many combinations are counted in an array of all; more are sorted."""


@dataclass(frozen=True)
class Coded:
    """A column as codes 0..k-1, in the order in which a database sorts its values; these."""

    codes: Codes
    values: Sequence[Any]


class Unpacked(LookupError):
    """A column holds a word that is not known: which it is can't be told from what is packed."""


def words_of(law: Law, charges: bool = False) -> Words:
    """Return the words that the procedures in use have for each packed column of words.

    The outcome of `charges` is their disposition.
    """
    ends = law.dispositions if charges else law.outcomes
    actors = {end.ended_by for end in ends.values() if end.ended_by}
    return {"outcome": set(ends), "furthest_stage": set(law.stages), "ended_by": actors}


def tally(
    facts: PackedFacts,
    visible: NDArray[np.bool_],
    words: Words,
    names: tuple[str, ...],
    flags: Mapping[str, NDArray[np.bool_]] | None = None,
) -> Tally:
    """Count facts, and those of them that are `visible`, by columns of `queries.Population`.

    `flags` are further columns, counted as 1 and 0. Raises Unpacked where a column has a word that
    is not among `words`.
    """
    return counted(visible, names, [_coded(facts, words, flags or {}, name) for name in names])


def counted(visible: NDArray[np.bool_], names: tuple[str, ...], columns: Sequence[Coded]) -> Tally:
    """Count facts, and those of them that are `visible`, by columns that stand beside it."""
    key = np.zeros(visible.size, np.int64)
    size = 1
    for column in columns:
        key = key * len(column.values) + column.codes
        size *= len(column.values)
    if size <= _DIRECT:
        counts = np.bincount(key, minlength=size)
        seen = np.bincount(key[visible], minlength=size)
        found = np.flatnonzero(counts)
        counts, seen = counts[found], seen[found]
    else:
        found, inverse, counts = np.unique(key, return_inverse=True, return_counts=True)
        seen = np.bincount(inverse[visible], minlength=found.size)
    keys = []
    for column in reversed(columns):
        found, places = np.divmod(found, len(column.values))
        keys.append([column.values[place] for place in places.tolist()])
    rows = zip(*reversed(keys), strict=True) if keys else [()] * len(counts)
    numbers = zip(counts.tolist(), seen.tolist(), strict=True)
    return Tally(names, {row: Count(n, s) for row, (n, s) in zip(rows, numbers, strict=True)})


def _coded(
    facts: PackedFacts, words: Words, flags: Mapping[str, NDArray[np.bool_]], name: str
) -> Coded:
    if name in flags:
        return Coded(flags[name].astype(np.int64), (0, 1))
    if name in _WORDS:
        return coded_words(facts, _WORDS[name], words[_WORDS[name]])
    if name in _KEYS:
        return keys_of(facts.numbers(_KEYS[name]))
    if name in _YEARS:
        return years_of(facts.numbers(_YEARS[name]))
    if name in _FLAGS:
        return Coded(facts.numbers(_FLAGS[name]).astype(np.int64), (False, True))
    if name == "code":
        return code_of(facts)
    if name == "late":
        first, came = facts.numbers("entry_date"), facts.numbers("registered_on")
        late = (first > came) & (came != NEVER)
        return Coded(late.astype(np.int64), (0, 1))
    return months_of(facts.numbers("registered_on"))


_FLAGS = {"suspended": "suspended", "reopened": "reopened", "live": "live"}
_YEARS = {"year": "registered_on", "end_year": "ended_on"}
_KEYS = {
    "offence": "offence_id", "reason": "reason_stated_id", "assessed": "reason_assessed_id",
    "decided_by": "decided_by_id", "court": "court_id", "office": "prosecution_office_id",
    "police": "police_id",
}  # fmt: skip
_WORDS = {"outcome": "outcome", "furthest": "furthest_stage", "ended_by": "ended_by"}


def coded_words(facts: PackedFacts, column: str, known: Set[str]) -> Coded:
    """Code a column of words. Raises Unpacked where one is not known."""
    words = sorted(known)
    places = facts.places(column, words).astype(np.int64)
    none = places == len(words)
    if (facts.rows[column][none] != 0).any():
        raise Unpacked(column)
    return Coded(np.where(none, 0, places + 1), (None, *words))


def keys_of(keys: NDArray[np.int32]) -> Coded:
    """Code keys of rows: 0, none, comes first also where nobody has none."""
    there = np.zeros(int(keys.max(initial=0)) + 1, bool)
    there[keys] = True
    there[0] = True
    values = np.flatnonzero(there)
    codes = np.cumsum(there) - 1
    return Coded(codes[keys].astype(np.int64), (None, *values[1:].tolist()))


def code_of(facts: PackedFacts) -> Coded:
    """Code how a prosecution ended, as a number."""
    return Coded(facts.numbers("event_code").astype(np.int64), event_codes.ALL)


def place_of(facts: PackedFacts, name: str) -> Coded:
    """Code a column of `models.packed.PLACES`, whose words stand there in order of name."""
    return Coded(facts.numbers(name).astype(np.int64), PLACES[name])


def told(values: Sequence[str]) -> Coded:
    """Code words that were read beside what is packed."""
    words = sorted(set(values))
    place = {word: at for at, word in enumerate(words)}
    return Coded(np.fromiter(map(place.__getitem__, values), np.int64, len(values)), words)


def calendar_years(days: NDArray[np.int32]) -> Codes:
    """Return the year of each day, 0 where none is known."""
    known = days != NEVER
    return np.where(known, _year(_dated(days)), 0)


def years_of(days: NDArray[np.int32]) -> Coded:
    """Code days by their year, None where none is known."""
    return _calendar(days, _year)


def months_of(days: NDArray[np.int32]) -> Coded:
    """Code days by their month, 1 to 12, None where none is known."""
    return _calendar(days, lambda known: known.astype("datetime64[M]").astype(np.int64) % 12 + 1)


def _year(dates: NDArray[np.datetime64]) -> Codes:
    return dates.astype("datetime64[Y]").astype(np.int64) + 1970


def _dated(days: NDArray[np.int32]) -> NDArray[np.datetime64]:
    """Return numbers of days as dates, any where none is known."""
    return np.where(days != NEVER, days, 0).astype("datetime64[D]")


def _calendar(days: NDArray[np.int32], read: Callable[[Any], Codes]) -> Coded:
    known = days != NEVER
    values = read(_dated(days))
    if not known.any():
        return Coded(np.zeros(days.size, np.int64), (None,))
    first, last = int(values[known].min()), int(values[known].max())
    return Coded(np.where(known, values - first + 1, 0), (None, *range(first, last + 1)))
