"""The days of every prosecution that a report counts, as columns of numbers.

A report on time needs each prosecution's days, and a million objects take a minute. So a fact
holds them packed (`models.packed`), and numpy reads all of them at once: days as days since 1970,
everything else as small codes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Integer, String, case, or_, type_coerce
from sqlalchemy.orm import InstrumentedAttribute

from courtwatch.models import ProsecutionFact
from courtwatch.models.packed import COUNTS, KEYS, PLACES, SMALL, WORDS, number_of
from courtwatch.models.packed import NEVER as LEAST
from courtwatch.reports.queries import Population
from courtwatch.services.inexact_days import read

Days = NDArray[np.int32]
Codes = NDArray[np.int32]
Flags = NDArray[np.bool_]

NEVER = np.int32(LEAST)
"""A day that is not known."""
SEXES = PLACES["sex"]
AGE_BANDS = PLACES["age_band"]
"""Both end with 'unknown'."""
_INEXACT = "(inexact)"


@dataclass(frozen=True)
class ClockRows:
    """Columns (n,): days since 1970 or NEVER; `code` 0..3; keys of offence and court, 0 unknown.

    `inexact` says, of the rows whose place is its key, which days are not exact and within which
    bounds they lie (`services.inexact_days`). `more` has what was asked for beside all that.
    """

    days: dict[str, Days]
    code: Codes
    offence: Codes
    court: Codes
    sex: Codes
    age_band: Codes
    suspended: Flags
    visible: Flags
    inexact: dict[int, str]
    more: dict[str, Codes] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Return how many prosecutions there are."""
        return int(self.code.size)


@dataclass(frozen=True)
class Key:
    """A column of numbers to read beside the usual ones: 0 where there is none."""

    column: Any


@dataclass(frozen=True)
class Word:
    """A column of words to read as their places in `words`; behind the last for any other."""

    column: Any
    words: tuple[str, ...]


def read_rows(
    population: Population,
    names: Sequence[str],
    bounded: Sequence[str] = (),
    more: Mapping[str, Key | Word] | None = None,
) -> ClockRows:
    """Read the days called `names`, and everything else, of a population: one query.

    `inexact` is read where it says something of a day in `bounded`; `more` names further columns.
    Those that are not packed cost a third of the whole each.
    """
    fact = ProsecutionFact
    wanted = more or {}
    beside = {name: each for name, each in wanted.items() if _packed_name(each) is None}
    columns = {name: _as_handed_out(each) for name, each in beside.items()}
    if bounded:
        said = or_(*(fact.inexact.contains(name) for name in bounded))
        columns[_INEXACT] = case((said, fact.inexact))
    facts, visible, values = population.read_packed(columns)

    def column(name: str, each: Key | Word) -> Codes:
        packed = _packed_name(each)
        if packed is None:
            return _numbers(each, values[name])
        if isinstance(each, Key):
            return facts.numbers(packed)
        return facts.places(packed, each.words)

    return ClockRows(
        days={name: facts.numbers(name) for name in names},
        code=facts.numbers("event_code"),
        offence=facts.numbers("offence_id"),
        court=facts.numbers("court_id"),
        sex=facts.numbers("sex"),
        age_band=facts.numbers("age_band"),
        suspended=facts.numbers("suspended") == 1,
        visible=visible,
        inexact={place: said for place, said in enumerate(values.get(_INEXACT, ())) if said},
        more={name: column(name, each) for name, each in wanted.items()},
    )


def _packed_name(each: Key | Word) -> str | None:
    """Return by what name a column is packed; None for one that is not."""
    column = each.column
    if not isinstance(column, InstrumentedAttribute) or column.class_ is not ProsecutionFact:
        return None
    packed = (*KEYS, *SMALL, *COUNTS) if isinstance(each, Key) else WORDS
    return column.key if column.key in packed else None


def _as_handed_out(each: Key | Word) -> Any:
    """Return a column as the driver hands it out: a million conversions take a second."""
    return type_coerce(each.column, Integer if isinstance(each, Key) else String)


def _numbers(each: Key | Word, values: Sequence[Any]) -> Codes:
    if isinstance(each, Key):
        return np.array([value or 0 for value in values], np.int32)
    places = {word: place for place, word in enumerate(each.words)}
    last = len(each.words)
    return np.array([places.get(value, last) for value in values], np.int32)


@lru_cache(maxsize=100_000)
def bounds(text: str) -> tuple[int, int]:
    """Return the first and last day, since 1970, of what `inexact_days.write` wrote."""
    span = read(text)
    return number_of(span.first), number_of(span.last)


def spans_of(text: str) -> dict[str, tuple[int, int]]:
    """Return the first and last possible day of every column that is not exact."""
    pairs = (part.partition("=") for part in text.split())
    return {name: bounds(written) for name, _sign, written in pairs}
