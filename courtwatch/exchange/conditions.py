"""Conditions of a mapping at work: does `when` hold for this row?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Protocol

from courtwatch.exchange.mapping import When
from courtwatch.exchange.tables import Table

Test = Callable[[int, date | None], bool]
"""A condition: (row, day of the event or None) -> whether it holds."""


class Context(Protocol):
    """What conditions may ask beyond the row itself."""

    def prosecution_of(self, table: str, row: int) -> int | None:
        """Return the prosecution of a row."""

    def has_rows(self, table: str, prosecution: int) -> bool:
        """Return whether a prosecution has rows in a table."""

    def days_of(self, slot: str, prosecution: int) -> list[date]:
        """Return the trusted days of a prosecution in TABLE.COLUMN."""


def compile_when(when: When, table: Table, context: Context) -> Test:
    """Return one test for all conditions of `when`."""
    tests = [_compile(column, wanted, table, context) for column, wanted in when.items()]
    if not tests:
        return lambda row, day: True
    if len(tests) == 1:
        return tests[0]
    return lambda row, day: all(test(row, day) for test in tests)


def _compile(column: str, wanted: list[Any], table: Table, context: Context) -> Test:
    head, dot, tail = column.partition(".")
    if not dot:
        return _value_test(table.columns[column], wanted)
    if head == "has":
        return _presence_test(tail, wanted, table.name, context)
    return _day_test(column, wanted, table.name, context)


def _value_test(values: list[Any], wanted: list[Any]) -> Test:
    known, blank = "known" in wanted, "blank" in wanted or None in wanted
    codes = {str(value) for value in wanted if value not in ("known", "blank", None)}

    def test(row: int, day: date | None) -> bool:
        value = values[row]
        if value is None:
            return blank
        return known or (value if type(value) is str else str(value)) in codes

    return test


def _presence_test(other: str, wanted: list[Any], table: str, context: Context) -> Test:
    yes = any(value is True or value == "yes" for value in wanted)

    def test(row: int, day: date | None) -> bool:
        prosecution = context.prosecution_of(table, row)
        return prosecution is not None and context.has_rows(other, prosecution) == yes

    return test


def _day_test(slot: str, wanted: list[Any], table: str, context: Context) -> Test:
    allowed = set(wanted)

    def test(row: int, day: date | None) -> bool:
        prosecution = context.prosecution_of(table, row)
        days = context.days_of(slot, prosecution) if prosecution is not None else []
        if not days:
            return "none" in allowed
        if day is None:
            return "unknown" in allowed
        other = min(days)
        return ("before" if other < day else "after" if other > day else "same") in allowed

    return test


__all__ = ["Context", "Test", "compile_when"]
