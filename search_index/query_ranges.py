"""Days and ranges of days in a query."""

from __future__ import annotations

import re

from search_index import query as q
from search_index.days import Bounds, after, before, day_bounds
from search_index.query_reading import Reading, shown

_ENDS = re.compile(r"\s*(.*?)\s+TO(?:\s+(.*?))?\s*\Z", re.DOTALL)
_COMPARED = re.compile(r"(>=|<=|=>|=<|>|<|=|\u2265|\u2264)\s*")
_EXAMPLE = "registered:[2020 TO 2021-06]"
_OPEN = ("", "*")
_QUOTES = '"\u201c\u201d\u201e\u00ab\u00bb'
"""Quotation marks around a date mean nothing."""


class _NoDate(Exception):
    """What stands where a date should is none; the problem is noted."""


class RangeReading(Reading):
    """What may stand after ``registered:``, ``last_event:`` and ``year:``."""

    def _has_range(self, field: str, start: int) -> bool:
        """Say whether a field holds days; note the problem if not."""
        if field in q.RANGE_FIELDS:
            return True
        allowed = ", ".join(q.RANGE_FIELDS)
        self._say(
            start,
            q.ProblemCode.RANGE_FIELD,
            f"A range from-to works for {allowed}, not for {field}.",
            field,
        )
        return False

    def _range(self, field: str, start: int) -> q.Node | None:
        """[a TO b], {a TO b}, [a TO b}: square brackets include the end, curly ones do not."""
        opening = self.at
        ends = [at for at in (self.text.find(sign, opening) for sign in "]}") if at >= 0]
        if not ends:
            self.at = len(self.text)
            self._say(
                opening,
                q.ProblemCode.OPEN_RANGE,
                f"This {self.text[opening]} is not closed. Write, for example: {_EXAMPLE}.",
            )
            return None
        end = min(ends)
        self.at = end + 1
        content = self.text[opening + 1 : end]
        if not self._has_range(field, start):
            return None
        match = _ENDS.match(" " + content)
        if not match:
            self._say(
                opening,
                q.ProblemCode.BAD_RANGE,
                f"A range needs TO between its ends, for example: {_EXAMPLE}.",
                content,
            )
            return self._one_day(field, content, opening)
        sides = (match.group(1), match.group(2) or "")
        excluded = (self.text[opening] == "{", self.text[end] == "}")
        return self._between(field, sides, excluded, start, opening)

    def _between(
        self,
        field: str,
        sides: tuple[str, str],
        excluded: tuple[bool, bool],
        start: int,
        position: int,
    ) -> q.Node | None:
        try:
            low, high = (self._bounds(side, position) for side in sides)
        except _NoDate:
            return None
        if low and high and low[0] > high[0] and low[1] > high[1]:
            self._say(
                position,
                q.ProblemCode.BACKWARD_RANGE,
                "The second end of this range comes before the first; it was read the other way "
                "round.",
            )
            low, high, excluded = high, low, excluded[::-1]
        if not self._count(start):
            return None
        years = field == "year"
        first = last = None
        if low:
            first = after(low, years=years) if excluded[0] else low[0]
        if high:
            last = before(high, years=years) if excluded[1] else high[1]
        if first is not None and last is not None and first > last:
            return q.Or(())  # nothing lies between ends that are both left out
        return q.Range(field, first, last, start)

    def _bounds(self, text: str, position: int) -> Bounds | None:
        """What a date covers; None for an open end. Raises _NoDate, with a problem noted."""
        plain = shown(text).strip().strip(_QUOTES)
        if plain in _OPEN:
            return None
        if plain.endswith("*"):  # 2023-* is 2023
            plain = plain.rstrip("*").rstrip("-/.")
        bounds = day_bounds(plain)
        if bounds is not None:
            return bounds
        self._say(
            position,
            q.ProblemCode.BAD_DATE,
            f"{shown(text).strip()!r} is not a date. Write 2023, 2023-05 or 2023-05-31.",
            text.strip(),
        )
        raise _NoDate

    def _comparison(self, field: str, start: int) -> q.Node | None:
        """registered:>2024, registered:<=2024-03"""
        match = _COMPARED.match(self.text, self.at)
        assert match
        sign, opening = match.group(1), self.at
        self.at = match.end()
        value = self._until('()"', spaces=True)
        if not self._has_range(field, start):
            return None
        try:
            bounds = self._bounds(value, opening)
        except _NoDate:
            return None
        if bounds is None:
            self._say(
                opening,
                q.ProblemCode.BAD_DATE,
                f"A date must stand after {sign}, for example: {field}:{sign}2024.",
                value,
            )
        if bounds is None or not self._count(start):
            return None
        years = field == "year"
        if sign == "=":
            return q.Range(field, *bounds, start)
        if sign == ">":
            return q.Range(field, after(bounds, years=years), None, start)
        if sign == "<":
            return q.Range(field, None, before(bounds, years=years), start)
        if sign in (">=", "=>", "\u2265"):
            return q.Range(field, bounds[0], None, start)
        return q.Range(field, None, bounds[1], start)

    def _day(self, field: str, text: str, position: int) -> q.Node | None:
        """A day, month or year, or 2020..2021."""
        first, dots, last = text.partition("..")
        if dots:
            return self._between(field, (first, last), (False, False), position, position)
        return self._one_day(field, text, position)

    def _one_day(self, field: str, text: str, position: int) -> q.Node | None:
        try:
            bounds = self._bounds(text, position)
        except _NoDate:
            return None
        if not self._count(position):
            return None
        low, high = bounds or (None, None)
        return q.Range(field, low, high, position)


def compares(text: str) -> bool:
    """Say whether a value begins with a sign of comparison."""
    return _COMPARED.match(text) is not None
