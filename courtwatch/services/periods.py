"""Periods as filters write them: a year, a month, a day, or from one of them to another.

`2024`, `2024-05`, `2024-05-17`, `2023-07..2024-06`, `2024..` (from then on), `..2023` (until the
end of then). People may also write `2023-07 to 2024-06`; the sign of two points is the proper form.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from courtwatch.commands.parsing import KHMER_DIGITS

_ONE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_BETWEEN = re.compile(r"\s*(?:\.{2,3}|…|–|—|\bto\b)\s*", re.IGNORECASE)
_TO = ".."

Bounds = tuple[date | None, date | None]
"""The first day, and the first day after it; None where an end is open."""


def proper(text: str) -> str:
    """Return a period in its proper form, with digits 0-9; what is none is left alone."""
    return _BETWEEN.sub(_TO, text.strip().translate(KHMER_DIGITS), count=1)


def bounds(period: str) -> Bounds | None:
    """Return the first day of a period and the first day after it; None if it is no period.

    A period from one to another includes both.
    """
    start, sign, end = period.partition(_TO)
    first = _one(start) if start else None
    if not sign:
        return first
    last = _one(end) if end else None
    if (start and first is None) or (end and last is None) or not (start or end):
        return None
    low, high = first[0] if first else None, last[1] if last else None
    return None if low is not None and high is not None and low >= high else (low, high)


def common(one: str, other: str) -> str | None:
    """Return what is in both periods, as a period; None if nothing is."""
    a, b = bounds(one), bounds(other)
    if a is None or b is None:
        return one if one == other else None
    low = max((day for day in (a[0], b[0]) if day is not None), default=None)
    high = min((day for day in (a[1], b[1]) if day is not None), default=None)
    if low is not None and high is not None and low >= high:
        return None
    for period, own in ((one, a), (other, b)):
        if own == (low, high):
            return period
    last = high - timedelta(days=1) if high is not None else None
    return f"{low.isoformat() if low else ''}{_TO}{last.isoformat() if last else ''}"


def _one(text: str) -> tuple[date, date] | None:
    match = _ONE.fullmatch(text)
    if match is None or not text.isascii():
        return None
    year, month, day = int(match[1]), match[2], match[3]
    if not 1900 <= year <= 2199:
        return None
    try:
        if day is not None:
            first = date(year, int(month), int(day))
            return first, first + timedelta(days=1)
        if month is None:
            return date(year, 1, 1), date(year + 1, 1, 1)
        first = date(year, int(month), 1)
    except ValueError:
        return None
    after = date(year + 1, 1, 1) if first.month == 12 else date(year, first.month + 1, 1)
    return first, after
