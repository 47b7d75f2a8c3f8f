"""Cells become days, numbers, words and bands; what does not fit is said."""

from datetime import date, timedelta
from datetime import time as datetime_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtwatch.exchange.values import BadValue, Day, Words, age_band, parse_day, parse_number
from courtwatch.models.vocabulary import AgeBand, Precision

NOON = date(2019, 3, 1)
ALL = ("iso", "mdy", "khmer", "month", "year", "serial")


class TestDays:
    @pytest.mark.parametrize(
        ("raw", "formats", "expected"),
        [
            ("2019-03-01", ["iso"], Day(date(2019, 3, 1), date(2019, 3, 1))),
            ("3/1/2019 12:00:00 AM", ["mdy"], Day(date(2019, 3, 1), date(2019, 3, 1))),
            ("3/1/2019 12:30 PM", ["mdy"], Day(NOON, NOON, Precision.DAY, "12:30")),
            ("01/03/2019", ["dmy"], Day(date(2019, 3, 1), date(2019, 3, 1))),
            ("៣ កុម្ភៈ ២០២៣", ["khmer"], Day(date(2023, 2, 3), date(2023, 2, 3))),
            ("ថ្ងៃទី៣ ខែកុម្ភៈ ឆ្នាំ២០២៣", ["khmer"], Day(date(2023, 2, 3), date(2023, 2, 3))),
            ("០១/០៣/២០១៩", ["dmy"], Day(date(2019, 3, 1), date(2019, 3, 1))),
            ("02/2020", ["month"], Day(date(2020, 2, 1), date(2020, 2, 29), Precision.MONTH)),
            ("12-2020", ["month"], Day(date(2020, 12, 1), date(2020, 12, 31), Precision.MONTH)),
            (2020, ["year"], Day(date(2020, 1, 1), date(2020, 12, 31), Precision.YEAR)),
            ("March 2025", ["month"], Day(date(2025, 3, 1), date(2025, 3, 31), Precision.MONTH)),
            ("mar. 2025", ["month"], Day(date(2025, 3, 1), date(2025, 3, 31), Precision.MONTH)),
            ("ខែមីនា ឆ្នាំ២០២៥", ["month"], Day(date(2025, 3, 1), date(2025, 3, 31), Precision.MONTH)),
            ("មីនា ២០២៥", ["month"], Day(date(2025, 3, 1), date(2025, 3, 31), Precision.MONTH)),
            ("about 2019", ["year"], Day(date(2019, 1, 1), date(2019, 12, 31), Precision.ABOUT)),
            ("~ 03/2019", ["month"], Day(date(2019, 3, 1), date(2019, 3, 31), Precision.ABOUT)),
            ("ប្រហែល ២០១៩", ["year"], Day(date(2019, 1, 1), date(2019, 12, 31), Precision.ABOUT)),
            ("circa 5/3/2019", ["dmy"], Day(date(2019, 3, 5), date(2019, 3, 5), Precision.ABOUT)),
            (43525, ["serial"], Day(date(2019, 3, 1), date(2019, 3, 1))),
            (date(2019, 3, 1), ["iso"], Day(date(2019, 3, 1), date(2019, 3, 1))),
        ],
    )  # fmt: skip
    def test_reads(self, raw: object, formats: list[str], expected: Day) -> None:
        """Each way of writing a day that a mapping can allow."""
        assert parse_day(raw, formats) == expected

    @pytest.mark.parametrize("raw", ["2019-02-30", "31/31/2019", "soon", "2019-13-01"])
    def test_refuses(self, raw: str) -> None:
        """With the value in the message."""
        with pytest.raises(BadValue, match=raw.replace("/", ".")):
            parse_day(raw, ["iso", "dmy"])

    def test_moves_the_clock_across_midnight(self) -> None:
        """03:23 four hours ahead was 23:23 of the day before."""
        day = parse_day("2018-11-13 03:23:00", ["iso"], timedelta(hours=-4))
        assert day == Day(date(2018, 11, 12), date(2018, 11, 12), Precision.DAY, "23:23")

    @given(st.dates(date(1000, 1, 1)), st.times())
    def test_reads_what_iso_writes(self, day: date, time: datetime_time) -> None:
        """Day and minute survive."""
        found = parse_day(f"{day} {time:%H:%M:%S}", ["iso"])
        assert found.first == day
        assert (found.time or "00:00") == f"{time:%H:%M}"

    @given(st.text(max_size=30))
    def test_never_fails_otherwise_than_by_saying_so(self, text: str) -> None:
        """Whatever stands in the cell."""
        try:
            day = parse_day(text, ALL)
        except BadValue:
            return
        assert day.first <= day.last


class TestWords:
    words = Words("result", {"Plea Of Guilty": "plea", "ប្រុស": "male"})

    def test_finds_a_word_as_it_is(self) -> None:
        """Without a note."""
        assert self.words.look_up("Plea Of Guilty") == ("plea", None)

    @pytest.mark.parametrize("word", ["plea of  guilty", "PLEA OF GUILTY "])
    def test_finds_a_typing_variant_and_says_so(self, word: str) -> None:
        """Case and blanks do not make another word."""
        assert self.words.look_up(word) == ("plea", "variant")

    def test_finds_khmer_with_a_zero_width_space(self) -> None:
        """They are invisible and everywhere."""
        assert self.words.look_up("ប្រុស\u200b") == ("male", "variant")

    @pytest.mark.parametrize(
        ("unknown", "expected"), [("keep", ("New", "unknown")), ("blank", (None, "unknown"))]
    )
    def test_does_with_an_unknown_word_what_the_mapping_says(
        self, unknown: str, expected: tuple[str | None, str]
    ) -> None:
        """Keep it, or leave it unknown; both are noted."""
        assert Words("w", {"Old": "old"}, unknown).look_up("New") == expected

    def test_refuses_an_unknown_word_by_default(self) -> None:
        """And says which are known."""
        with pytest.raises(BadValue, match=r"'New'.*known: Old"):
            Words("w", {"Old": "old"}).look_up("New")


def test_reads_khmer_and_grouped_numbers() -> None:
    """As workbooks have them."""
    assert parse_number("១,២៣៤") == 1234
    with pytest.raises(BadValue, match="many"):
        parse_number("many")


@pytest.mark.parametrize(
    ("years", "band"),
    [(13, AgeBand.UNDER_14), (14, AgeBand.FROM_14), (17, AgeBand.FROM_16), (18, AgeBand.FROM_18),
     (49, AgeBand.FROM_35), (50, AgeBand.FROM_50), (137, AgeBand.UNKNOWN), (None, AgeBand.UNKNOWN)],
)  # fmt: skip
def test_gives_the_age_band(years: float | None, band: AgeBand) -> None:
    """An impossible age is unknown, not old."""
    assert age_band(years) is band
