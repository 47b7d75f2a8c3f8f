"""Periods: what they include, and what two of them have in common."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtwatch.services.periods import bounds, common, proper

DAYS = st.dates(date(2019, 11, 1), date(2022, 3, 1))
ONE = st.one_of(
    DAYS.map(str), DAYS.map(lambda day: f"{day:%Y-%m}"), DAYS.map(lambda day: f"{day:%Y}")
)
PERIODS = st.one_of(
    ONE,
    ONE.map(lambda one: f"{one}.."),
    ONE.map(lambda one: f"..{one}"),
    st.tuples(ONE, ONE).map(lambda two: f"{min(two)}..{max(two)}"),
).filter(lambda period: bounds(period) is not None)


def within(day, period):
    """Say whether a day lies in a period, by its bounds."""
    found = bounds(period)
    assert found is not None
    first, after = found
    return (first is None or day >= first) and (after is None or day < after)


class TestPeriods:
    @given(PERIODS, PERIODS, DAYS)
    def test_common_days_are_those_of_both(self, one, other, day):
        """A figure narrowed by two periods lists exactly what fits both."""
        both = common(one, other)
        fits = within(day, one) and within(day, other)
        assert (both is not None and within(day, both)) == fits

    @given(PERIODS, PERIODS)
    def test_a_period_inside_another_keeps_its_words(self, one, other):
        """2024-05 within 2024 stays 2024-05, so that addresses stay short."""
        both = common(one, other)
        for period in (one, other):
            if both is not None and bounds(both) == bounds(period):
                assert both in (one, other)

    @pytest.mark.parametrize(
        ("written", "first", "last"),
        [
            ("2024", date(2024, 1, 1), date(2024, 12, 31)),
            ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
            ("2024-12-31", date(2024, 12, 31), date(2024, 12, 31)),
            ("2023-07..2024-06", date(2023, 7, 1), date(2024, 6, 30)),
            ("2023-07 to 2024", date(2023, 7, 1), date(2024, 12, 31)),
            ("2023 – 2024-01-05", date(2023, 1, 1), date(2024, 1, 5)),
        ],
    )
    def test_both_ends_belong_to_it(self, written, first, last):
        """As people write it: from and to are included."""
        found = bounds(proper(written))
        assert found == (first, last + timedelta(days=1))

    @pytest.mark.parametrize(
        "written",
        ["", "..", "24", "2024-13", "2024-02-30", "2024..2023", "2024..x", "last year", "1899",
         "2024-1", "２０２４"],
    )  # fmt: skip
    def test_refuses_what_is_no_period(self, written):
        """No guess is made: the person is told what to write."""
        assert bounds(proper(written)) is None

    @pytest.mark.parametrize(
        ("typed", "meant"),
        [("២០២៤", "2024"), ("២០២៣-០៧ to ២០២៤-០៦", "2023-07..2024-06"), (" ២០២៤.. ", "2024..")],
    )
    def test_digits_are_typed_on_khmer_keyboards_too(self, typed, meant):
        """The proper form has those of addresses."""
        assert proper(typed) == meant
        assert bounds(proper(typed)) == bounds(meant)
