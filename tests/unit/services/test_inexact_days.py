"""A span of days survives being written as ISO 8601-2 writes it, and is written as shortly."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtwatch.services.inexact_days import Span, read, write


@given(st.dates(date(1950, 1, 1), date(2099, 1, 1)), st.integers(0, 800), st.booleans())
def test_what_is_written_reads_as_it_was(first: date, days: int, about: bool) -> None:
    span = Span(first, first + timedelta(days=days), about)
    assert read(write(span)) == span
    assert " " not in write(span)
    assert "=" not in write(span)


@given(st.integers(1950, 2099), st.integers(1, 12), st.booleans())
def test_months_and_years_survive(year: int, month: int, about: bool) -> None:
    first = date(year, month, 1)
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    assert read(write(Span(first, last, about))) == Span(first, last, about)
    whole = Span(date(year, 1, 1), date(year, 12, 31), about)
    assert write(whole) == f"{year}{'~' if about else ''}"
    assert read(write(whole)) == whole


@pytest.mark.parametrize(
    ("first", "last", "about", "expected"),
    [
        (date(2025, 3, 1), date(2025, 3, 31), False, "2025-03"),
        (date(2019, 1, 1), date(2019, 12, 31), True, "2019~"),
        (date(2025, 3, 5), date(2025, 3, 5), True, "2025-03-05~"),
        (date(2025, 3, 5), date(2025, 3, 5), False, "2025-03-05"),
        (date(2025, 3, 10), date(2025, 3, 31), False, "2025-03-10/2025-03-31"),
    ],
)
def test_is_written_as_the_standard_says(
    first: date, last: date, about: bool, expected: str
) -> None:
    assert write(Span(first, last, about)) == expected


def test_refuses_what_it_never_wrote() -> None:
    with pytest.raises(ValueError):
        read("soon")
