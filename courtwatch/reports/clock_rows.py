"""The days of every prosecution that a report counts, as columns of numbers.

A report on time needs each prosecution's days, and a million objects take a minute. So SQL writes
one short text of fixed width for each row, and numpy reads all of them at once: days as days since
1970, everything else as small codes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import String, case, cast, func, literal, or_, type_coerce

from courtwatch.models import ProsecutionFact
from courtwatch.models.vocabulary import AgeBand, Sex
from courtwatch.reports.queries import Population
from courtwatch.services.inexact_days import read

Days = NDArray[np.int32]
Codes = NDArray[np.int32]
Flags = NDArray[np.bool_]

NEVER = np.int32(-(2**31))
"""A day that is not known."""
SEXES = tuple(str(sex) for sex in Sex)
AGE_BANDS = tuple(str(band) for band in AgeBand)
"""Both end with 'unknown'."""
_KEY_WIDTH = 7
_DAY_WIDTH = 10
_END = ord("\n")


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
    """A column of keys to read beside the usual ones: 0 where there is none."""

    column: Any
    width: int = _KEY_WIDTH


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
    The answer is one text: a row of it costs a tenth of what a row of a result does.
    """
    fact = ProsecutionFact
    tail: Any = literal("")
    if bounded:
        said = or_(*(fact.inexact.contains(name) for name in bounded))
        tail = case((said, fact.inexact), else_="")
    columns = [
        *((getattr(fact, name), "%10s") for name in names),
        (fact.offence_id, "%07d"),
        (fact.court_id, "%07d"),
        (fact.event_code, "%d"),
        (_place(fact.sex, SEXES), "%s"),
        (_place(fact.age_band, AGE_BANDS), "%s"),
        (_flag(fact.suspended.is_(True)), "%s"),
        (_flag(population.visible()), "%s"),
        *((_more(each), f"%0{_width(each)}d") for each in (more or {}).values()),
        (tail, "%s"),
    ]
    session = population.session
    packed = _printed(columns) if session.get_bind().dialect.name == "sqlite" else _joined(columns)
    text = session.scalar(population.select(func.aggregate_strings(packed, "\n"))) or ""
    widths = {name: _width(each) for name, each in (more or {}).items()}
    return _columns(text.encode("ascii"), names, widths)


def _width(column: Key | Word) -> int:
    return column.width if isinstance(column, Key) else len(str(len(column.words)))


def _more(column: Key | Word) -> Any:
    if isinstance(column, Key):
        return column.column
    places = {word: place for place, word in enumerate(column.words)}
    if not places:
        return literal(0)
    return case(places, value=column.column, else_=len(column.words))


Packed = list[tuple[Any, str]]


def _printed(columns: Packed) -> Any:
    """Write columns by SQLite's `printf`, which pads what is not known: a third faster."""
    values = [type_coerce(column, String) for column, _form in columns]
    return func.printf("".join(form for _column, form in columns), *values)


def _joined(columns: Packed) -> Any:
    """Write columns by functions that every database has."""
    parts: list[Any] = []
    for column, form in columns:
        if form == "%10s":
            parts.append(func.coalesce(cast(column, String), " " * _DAY_WIDTH))
        elif form.startswith("%0"):
            parts.append(_padded(column, int(form[2:-1])))
        else:
            parts.append(cast(column, String))
    packed: Any = parts[0]
    for part in parts[1:]:
        packed = packed.concat(part)
    return packed


def _flag(condition: Any) -> Any:
    return case((condition, "1"), else_="0")


def _padded(column: Any, width: int) -> Any:
    """Write a key with leading zeros; 0 where there is none."""
    text = cast(func.coalesce(column, 0), String)
    return func.substr(literal("0" * width).concat(text), -width)


def _place(column: Any, words: tuple[str, ...]) -> Any:
    return case({word: str(number) for number, word in enumerate(words)}, value=column,
                else_=str(len(words) - 1))  # fmt: skip


def _columns(text: bytes, names: Sequence[str], widths: Mapping[str, int]) -> ClockRows:
    """Cut the text into columns: rows of one width, once what is longer is set apart."""
    width = len(names) * _DAY_WIDTH + 2 * _KEY_WIDTH + 5 + sum(widths.values())
    buffer = np.frombuffer(text + b"\n" if text else b"", np.uint8)
    ends = np.flatnonzero(buffer == _END)
    starts = np.append(0, ends[:-1] + 1)[: ends.size]
    longer = np.flatnonzero(ends - starts > width)
    inexact = {
        int(place): text[starts[place] + width : ends[place]].decode("ascii") for place in longer
    }
    if longer.size:
        kept = np.ones(buffer.size, bool)
        for place in longer:
            kept[starts[place] + width : ends[place]] = False
        buffer = buffer[kept]
    table = buffer.reshape(-1, width + 1)
    at = 0

    def digits(count: int) -> NDArray[np.uint8]:
        nonlocal at
        found = table[:, at : at + count] - np.uint8(ord("0"))
        at += count
        return found

    days = {name: _days(digits(_DAY_WIDTH)) for name in names}
    offence, court = _number(digits(_KEY_WIDTH)), _number(digits(_KEY_WIDTH))
    code, sex, age_band, suspended, visible = digits(5).T.astype(np.int32)
    found = {name: _number(digits(each)) for name, each in widths.items()}
    return ClockRows(
        days, code, offence, court, sex, age_band, suspended == 1, visible == 1, inexact, found
    )


def _number(digits: NDArray[np.uint8]) -> Codes:
    found = np.zeros(len(digits), np.int32)
    for column in digits.T:
        found = found * 10 + column
    return found


def _days(digits: NDArray[np.uint8]) -> Days:
    """Read YYYY-MM-DD less the sign of zero as days since 1970-01-01; blanks are NEVER."""
    year, month, day = (_number(digits[:, a:b]) for a, b in ((0, 4), (5, 7), (8, 10)))
    # Days of the Gregorian calendar from a March 1st: Hinnant, chrono-compatible date algorithms.
    early = year - (month <= 2)
    cycle = np.floor_divide(early, 400)
    of_cycle = early - cycle * 400
    of_year = (153 * (month + np.where(month > 2, -3, 9)) + 2) // 5 + day - 1
    of_era = of_cycle * 365 + of_cycle // 4 - of_cycle // 100 + of_year
    found = (cycle * 146097 + of_era - 719468).astype(np.int32)
    return np.where(digits[:, 0] > 9, NEVER, found).astype(np.int32)


def number_of(day: date) -> int:
    """Return a day as days since 1970-01-01."""
    return day.toordinal() - date(1970, 1, 1).toordinal()


@lru_cache(maxsize=100_000)
def bounds(text: str) -> tuple[int, int]:
    """Return the first and last day, since 1970, of what `inexact_days.write` wrote."""
    span = read(text)
    return number_of(span.first), number_of(span.last)


def spans_of(text: str) -> dict[str, tuple[int, int]]:
    """Return the first and last possible day of every column that is not exact."""
    pairs = (part.partition("=") for part in text.split())
    return {name: bounds(written) for name, _sign, written in pairs}
