"""Axes, widths of text, wrapping."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtwatch.charts.scale import clusters, ellipsis, nice_axis, text_width, wrap
from courtwatch.charts.svg import element, number, percent

texts = st.lists(
    st.sampled_from(
        ["ក", "ភ្នំ", "ពេ", "ញ៉ាំ", "\u200b", " ", "\t", "a", "W", "-", "/", "e\u0301", "漢"]
    ),
    max_size=60,
).map("".join)


class TestAxis:
    @given(st.floats(0, 1e9), st.integers(2, 8))
    def test_holds_the_largest_value_with_few_round_ticks(self, largest, most):
        """The axis reaches over the data, starts at 0 and has at most the steps asked for."""
        axis = nice_axis(largest, most)
        assert axis.top >= largest * (1 - 1e-9)
        assert axis.ticks[0] == 0
        assert len(axis.ticks) <= most + 1
        assert 0 <= axis.place(largest) <= 1

    @given(st.floats(0, 1))
    def test_a_share_never_gets_an_axis_beyond_its_cap(self, largest):
        """No tick says 120 %."""
        axis = nice_axis(largest, at_most=1.0)
        assert axis.top <= 1
        assert max(axis.ticks) <= 1

    @pytest.mark.parametrize("largest", [float("nan"), float("inf"), -1.0])
    def test_refuses_what_is_no_end(self, largest):
        """An axis to nowhere is an error."""
        with pytest.raises(ValueError):
            nice_axis(largest)


class TestText:
    @given(texts)
    def test_clusters_lose_nothing(self, text):
        """Cutting into clusters and joining again gives the same text."""
        assert "".join(clusters(text)) == text

    def test_a_khmer_stack_stays_whole(self):
        """A consonant, its subscript and its vowel are one piece."""
        assert clusters("ភ្នំពេញ") == ["ភ្នំ", "ពេ", "ញ"]

    @given(texts, st.floats(30, 400))
    def test_ellipsis_fits(self, text, width):
        """What is cut fits its room and says that it is cut."""
        short = ellipsis(text, width)
        assert text_width(short) <= width + 1e-6
        assert short == text or short.endswith("…")

    @given(texts, st.floats(40, 400), st.integers(1, 4))
    def test_wrapped_lines_fit_and_never_cut_a_cluster(self, text, width, lines):
        """No line is too wide, none starts with a combining sign, none more than allowed."""
        wrapped = wrap(text, width, lines)
        assert 1 <= len(wrapped) <= lines
        for line in wrapped:
            assert text_width(line) <= width + 1e-6
            assert not line or unicodedata.category(line[0]) not in ("Mn", "Mc")

    @given(st.text("abc déក", max_size=40))
    def test_wrapping_with_room_loses_no_letter(self, text):
        """With enough lines every letter is there, in order."""
        wrapped = wrap(text, 60, lines=50)
        assert "".join("".join(wrapped).split()) == "".join(text.split())

    def test_a_sign_stays_with_its_number(self):
        """A line that ends in '-' would make -0.7 read 0.7; a hyphen inside a word may end one."""
        lines = wrap("Rate: -0.7 (-1.2 to -0.1) cross-border", 60, lines=20)
        assert [line for line in lines if line.endswith("-")] == ["cross-"]


class TestWriting:
    def test_refuses_style_attributes(self):
        """The content security policy would drop them without a word."""
        with pytest.raises(ValueError, match="style"):
            element("rect", style="fill:red")

    @pytest.mark.parametrize("value", [float("nan"), float("inf")])
    def test_refuses_what_is_no_number(self, value):
        """'NaN' in an attribute makes a browser draw something else."""
        with pytest.raises(ValueError):
            number(value)

    def test_refuses_places_outside(self):
        """A bar beyond the paper is a bug."""
        with pytest.raises(ValueError):
            percent(1.2)
