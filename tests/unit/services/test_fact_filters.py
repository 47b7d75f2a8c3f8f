"""Filters over facts: what an address says, and that nothing is lost on the way."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyramid.i18n import TranslationString

from courtwatch.services.account_filters import limit_passed
from courtwatch.services.fact_filters import _CLOSED_SETS, _PERIODS, NAMES, FactFilters, FilterError
from courtwatch.views.list_words import FILTER_WORDS

MOMENTS = st.dates(date(1900, 1, 1), date(2199, 1, 1)).map(
    lambda day: datetime(day.year, day.month, day.day, 17, 30, tzinfo=UTC)
)
PERIODS = st.one_of(
    st.builds(
        lambda year, month: f"{year}-{month:02d}" if month else str(year),
        st.integers(1900, 2199),
        st.integers(0, 12),
    ),
    st.dates(date(1900, 1, 1), date(2199, 12, 31)).map(str),
    st.integers(1900, 2199).map(lambda year: f"{year}.."),
    st.integers(1900, 2199).map(lambda year: f"..{year}-06"),
    st.integers(1900, 2199).map(lambda year: f"{year}-03..{year}-09-15"),
)


def _values(name):
    if name in _CLOSED_SETS:
        return st.sampled_from(_CLOSED_SETS[name])
    if name in _PERIODS:
        return PERIODS
    if name == "pending":
        return st.dates(date(1900, 1, 1), date(2199, 12, 31)).map(str)
    if name == "over_limit":
        limits = st.from_regex(r"[a-z0-9_]{1,20}", fullmatch=True)
        return st.builds(limit_passed, limits, MOMENTS)
    return st.text(
        st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20
    )


@st.composite
def filters(draw):
    """Return any filters that can be asked for."""
    values = {
        name: tuple(draw(st.lists(_values(name), max_size=2, unique=True)))
        for name in draw(st.sets(st.sampled_from(sorted(NAMES - {"known_at"})), max_size=5))
    }
    return FactFilters(**values, known_at=draw(st.none() | st.integers(0, 10**9)))


class TestFactFilters:
    @given(filters())
    def test_an_address_says_what_was_filtered(self, wanted):
        """Reading the address that was written gives the same filters."""
        assert FactFilters.parse(parse_qsl(wanted.to_query())) == wanted

    @given(filters())
    def test_every_filter_makes_a_predicate(self, wanted):
        """Whatever can be parsed can be asked of the database."""
        text = str(wanted.where())
        assert "rev_to" in text
        assert "counted" in text

    def test_other_names_and_empty_values_are_left_alone(self):
        """Sort and page share the address; an empty field of a form is no filter."""
        found = FactFilters.parse(
            [("court", ""), ("sort", "case"), ("page", "2"), ("stage", "held")]
        )
        assert found == FactFilters(stage=("held",))

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("pending", "2024-2-1"), ("pending", "2024-02-30"), ("pending", "1820-01-01"),
            ("over_limit", "detention"), ("over_limit", "detention@2024-13-01T00:00Z"),
            ("over_limit", "De@2024-01-01T00:00Z"), ("dated", "maybe"),
        ],
    )  # fmt: skip
    def test_a_value_that_means_nothing_is_refused(self, name, value):
        with pytest.raises(FilterError):
            FactFilters.parse([(name, value)])

    def test_year_is_an_older_word_for_cohort(self):
        """Links that were sent with it keep working."""
        assert FactFilters.parse([("year", "2024")]) == FactFilters(cohort=("2024",))

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("cohort", "2024-13"), ("cohort", "2024-00"), ("cohort", "24"), ("ended", "x"),
            ("event_code", "4"), ("unresolved", "1"), ("reached", "moon"), ("known_at", "-1"),
            ("known_at", "now"), ("court", "x" * 81), ("share_level", "open"),
        ],
    )  # fmt: skip
    def test_what_cannot_be_used_is_named_and_refused(self, name, value):
        """A filter is never silently dropped: the count would be of something else."""
        with pytest.raises(FilterError) as refused:
            FactFilters.parse([(name, value)])
        assert list(refused.value.problems) == [name]
        assert name in str(refused.value)

    def test_what_is_wrong_can_be_said_in_khmer_and_reads_english_on_the_command_line(self):
        """The page translates the words, `str` fills the English ones in."""
        with pytest.raises(FilterError) as refused:
            FactFilters.parse([("cohort", "2024-13")])
        words = refused.value.problems["cohort"]
        assert isinstance(words, TranslationString)
        assert words.domain == "courtwatch"
        assert str(refused.value) == (
            "cohort: “2024-13” is no period. Write 2024 or 2024-05, a day such as 2024-05-17, or "
            "from and to: 2023-07..2024-06."
        )

    def test_all_wrong_values_are_named_at_once(self):
        """One message for each field."""
        with pytest.raises(FilterError) as refused:
            FactFilters.parse([("cohort", "x"), ("event_code", "x")])
        assert set(refused.value.problems) == {"cohort", "event_code"}

    def test_setting_and_taking_away_leaves_the_rest(self):
        """A link of a figure adds to what is filtered already."""
        base = FactFilters(court=("a",), cohort=("2024",))
        assert base.with_(outcome="held", cohort=None) == FactFilters(
            court=("a",), outcome=("held",)
        )
        assert base.to_query(page=2, sort=None) == "court=a&cohort=2024&page=2"
        assert base.any
        assert not FactFilters().any

    def test_every_filter_has_words(self):
        """The list names each filter that holds."""
        assert {field.name for field in fields(FactFilters)} == set(FILTER_WORDS)
