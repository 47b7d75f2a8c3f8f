"""Turning cells into values: days with their precision, numbers, coded words.

A converter keeps what it has seen: registers repeat the same dates and words thousands of times.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from courtwatch.exchange.text import folded, tidy, western_digits
from courtwatch.models.vocabulary import AgeBand, Precision


class BadValue(ValueError):
    """A cell holds something its column cannot hold; the message says what is allowed."""


class Day(NamedTuple):
    """When something happened: a span of days, how exact, and the time of day if given."""

    first: date
    last: date
    precision: Precision = Precision.DAY
    time: str | None = None

    @property
    def exact(self) -> bool:
        """True when the very day is known."""
        return self.precision is Precision.DAY


_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?)?Z?")
_SLASHED = re.compile(
    r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})"
    r"(?:,? (\d{1,2}):(\d{2})(?::\d{2})?(?: ?([AaPp])\.?[Mm])?)?"
)
_MONTH = re.compile(r"(?:(\d{1,2})[/.\-](\d{4})|(\d{4})[/.\-](\d{1,2}))")
_YEAR = re.compile(r"\d{4}")
_KHMER = re.compile(r"(?:ថ្ងៃទី)?\s*(\d{1,2})\s*(?:ខែ)?\s*([\u1780-\u17d3]+)\s*(?:ឆ្នាំ)?\s*(\d{4})")
KHMER_MONTHS = {
    "មករា": 1, "កុម្ភៈ": 2, "កុម្ភះ": 2, "មីនា": 3, "មេសា": 4, "ឧសភា": 5, "មិថុនា": 6,
    "កក្កដា": 7, "សីហា": 8, "កញ្ញា": 9, "តុលា": 10, "វិច្ឆិកា": 11, "ធ្នូ": 12,
}  # fmt: skip
_KHMER_MONTH = re.compile(r"(?:ខែ)?\s*([\u1780-\u17d3]+?)\s*(?:ឆ្នាំ)?\s*(\d{4})")
_ENGLISH_MONTH = re.compile(r"([A-Za-z]{3,9})\.?,? (\d{4})")
ENGLISH_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_ABOUT = re.compile(r"(?:about|around|approx\.|circa|ca\.|c\.|~|ប្រហែលជា|ប្រហែល)\s*", re.IGNORECASE)
_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a cell has no time zone


def _moment(
    year: str, month: str, day: str, hour: str | None, minute: str | None, half: str | None = None
) -> datetime:
    hours = int(hour or 0)
    if half:
        if not 1 <= hours <= 12:
            raise ValueError("hour must be in 1..12")
        hours = hours % 12 + (12 if half in "Pp" else 0)
    return datetime(int(year), int(month), int(day), hours, int(minute or 0))  # noqa: DTZ001


def _iso(text: str) -> datetime | None:
    match = _ISO.fullmatch(text)
    return _moment(*match.groups()) if match else None


def _slashed(month_first: bool) -> Callable[[str], datetime | None]:
    def parse(text: str) -> datetime | None:
        match = _SLASHED.fullmatch(text)
        if not match:
            return None
        one, two, year, hour, minute, half = match.groups()
        month, day = (one, two) if month_first else (two, one)
        return _moment(year, month, day, hour, minute, half)

    return parse


def _khmer(text: str) -> datetime | None:
    match = _KHMER.fullmatch(text)
    if not match or match[2] not in KHMER_MONTHS:
        return None
    return _moment(match[3], str(KHMER_MONTHS[match[2]]), match[1], None, None)


_MOMENTS: dict[str, Callable[[str], datetime | None]] = {
    "iso": _iso,
    "mdy": _slashed(True),
    "dmy": _slashed(False),
    "khmer": _khmer,
}
DAY_FORMATS = (*_MOMENTS, "month", "year", "serial")
"""iso 2019-03-01[ 22:55], mdy 3/1/2019[ 10:55 PM], dmy 1/3/2019, khmer ១ មីនា ២០១៩ (in words),
month 03/2019 or March 2019 or មីនា ២០១៩, year 2019, serial: the day number that spreadsheets keep.
Each may have "about" or ប្រហែល in front: it is a guess then."""


def parse_day(raw: Any, formats: Iterable[str], shift: timedelta = timedelta()) -> Day:
    """Return the day that a cell tells, its clock moved by `shift`. Raises BadValue."""
    formats = tuple(formats)
    if isinstance(raw, datetime):
        return _day_of(raw.replace(tzinfo=None) + shift)
    if isinstance(raw, date):
        return Day(raw, raw)
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        if raw < 10_000:
            raw = str(int(raw))
        elif "serial" in formats and raw < 80_000:
            return _day_of(_EXCEL_EPOCH + timedelta(days=raw) + shift)
    text = western_digits(tidy(str(raw)))
    guessed = _ABOUT.match(text)
    if guessed is not None and guessed.end() < len(text):
        day = parse_day(text[guessed.end() :], formats, shift)
        return Day(day.first, day.last, Precision.ABOUT)
    try:
        for name in formats:
            parse = _MOMENTS.get(name)
            moment = parse(text) if parse else None
            if moment is not None:
                return _day_of(moment + shift)
        coarse = _coarse_day(text, formats)
    except ValueError as error:
        raise BadValue(f"'{text}' is no day of the calendar ({error})") from None
    if coarse is None:
        raise BadValue(f"'{text}' is not a date written as {' or '.join(formats)}")
    return coarse


def _day_of(moment: datetime) -> Day:
    time = f"{moment:%H:%M}" if moment.hour or moment.minute else None
    return Day(moment.date(), moment.date(), Precision.DAY, time)


def _coarse_day(text: str, formats: tuple[str, ...]) -> Day | None:
    if "month" in formats and (found := _month_of(text)) is not None:
        first = date(*found, 1)
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return Day(first, last, Precision.MONTH)
    if "year" in formats and _YEAR.fullmatch(text):
        return Day(date(int(text), 1, 1), date(int(text), 12, 31), Precision.YEAR)
    return None


def _month_of(text: str) -> tuple[int, int] | None:
    """Return year and month, written in digits or with the month in words."""
    if match := _MONTH.fullmatch(text):
        month, year = (match[1], match[2]) if match[1] else (match[4], match[3])
        return int(year), int(month)
    if match := _ENGLISH_MONTH.fullmatch(text):
        named = match[1].lower()
        fitting = [n for n, name in enumerate(ENGLISH_MONTHS, 1) if name.startswith(named)]
        return (int(match[2]), fitting[0]) if len(fitting) == 1 else None
    if (match := _KHMER_MONTH.fullmatch(text)) and match[1] in KHMER_MONTHS:
        return int(match[2]), KHMER_MONTHS[match[1]]
    return None


def parse_number(raw: Any) -> float:
    """Return the number in a cell (Khmer digits and thousands' commas too). Raises BadValue."""
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        return float(raw)
    text = western_digits(tidy(str(raw))).replace(",", "")
    try:
        return float(text)
    except ValueError:
        raise BadValue(f"'{text}' is not a number") from None


def parse_text(raw: Any) -> str:
    """Return the text of a cell; whole numbers without the '.0' that spreadsheets add."""
    if isinstance(raw, str):
        return tidy(raw)
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    if isinstance(raw, datetime):
        return raw.isoformat(sep=" ")
    return tidy(str(raw))


def age_band(years: float | None) -> AgeBand:
    """Return the band of an age in years; an age below 0 or above 110 is unknown."""
    if years is None or not 0 <= years <= 110:
        return AgeBand.UNKNOWN
    floors = (
        (50, AgeBand.FROM_50), (35, AgeBand.FROM_35), (25, AgeBand.FROM_25),
        (18, AgeBand.FROM_18), (16, AgeBand.FROM_16), (14, AgeBand.FROM_14),
    )  # fmt: skip
    return next((band for floor, band in floors if years >= floor), AgeBand.UNDER_14)


@dataclass(slots=True)
class Words:
    """A vocabulary at work: words of the source -> codes of ours.

    A word that fits only without regard to case, spaces and digits is a typing variant.
    unknown: 'keep' takes the word itself, 'blank' nothing, 'reject' refuses the row.
    """

    name: str
    exact: dict[str, str]
    unknown: str = "reject"
    _folded: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self._folded = {folded(word): code for word, code in self.exact.items()}

    def look_up(self, word: str) -> tuple[str | None, str | None]:
        """Return (code, note): note is None, 'variant' or 'unknown'. Raises BadValue."""
        if word in self.exact:
            return self.exact[word], None
        code = self._folded.get(folded(word))
        if code is not None:
            return code, "variant"
        if self.unknown == "reject":
            known = ", ".join(sorted(self.exact)[:12]) + (", ..." if len(self.exact) > 12 else "")
            raise BadValue(f"'{word}' is not in the vocabulary '{self.name}' (known: {known})")
        return (word if self.unknown == "keep" else None), "unknown"
