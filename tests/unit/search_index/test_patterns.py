from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_index import CaseDocument, bits
from search_index.analysis import analyse
from search_index.patterns import NearPattern, PhrasePattern, one_edit, section_bytes, within

BODY = analyse(
    CaseDocument(
        1,
        "coded",
        names=("Sok Dara", "Kim Ny"),
        texts=("The judge held the file.", "តុលាការខេត្តកណ្ដាល"),
    )
).body


class TestPatterns:
    @pytest.mark.parametrize(
        ("text", "section", "fits"),
        [
            ("held the file", None, True),
            ("eld the file", None, False),
            ("held the fil", None, False),
            ("held the file", "T", True),
            ("held the file", "N", False),
            ("sok dara", "N", True),
            ("dara kim", "N", False),
            ("តុលាការ", None, True),
            ("តុលាកា", None, True),
            ("លាការខេ", None, True),
            ("លាការខ", None, False),
            ("តុល", None, False),
            ("ត", None, False),
        ],
    )
    def test_phrases_keep_words_clusters_and_values_whole(
        self, text: str, section: str | None, fits: bool
    ) -> None:
        """Phrases keep words clusters and values whole."""
        assert PhrasePattern(text, section).matches(BODY) is fits

    @given(
        st.text(alphabet="a កណ្ដាលុំ៖\x1eT\x1f", max_size=30),
        st.text(alphabet="aកណ្ដាលុំ", min_size=1, max_size=4),
        st.sampled_from((None, "T")),
    )
    def test_a_phrase_is_found_where_its_expression_is(
        self, body: str, text: str, section: str | None
    ) -> None:
        """A phrase is found where its regular expression finds it."""
        pattern, content = PhrasePattern(text, section), body.encode()
        part = content if section is None else section_bytes(content, section)
        found = re.search(pattern.expression(), part) is not None
        assert pattern.matches(content) is found

    @pytest.mark.parametrize(
        ("units", "slop", "fits"),
        [
            (("judge", "file"), 2, True),
            (("judge", "file"), 1, False),
            (("file", "judge"), 2, True),
            (("the", "the"), 2, True),
            (("the", "the", "the"), 9, False),
            (("sok", "file"), 50, False),
            (("dara", "kim"), 50, False),
            (("តុលាការ", "កណ្តាល"), 3, True),
            (("តុលាការ", "កណ្តាល"), 1, False),
        ],
    )
    def test_near_words_lie_in_one_stretch_of_one_value(
        self, units: tuple[str, ...], slop: int, fits: bool
    ) -> None:
        """Near words lie in one stretch of one value."""
        assert NearPattern(units, slop).matches(BODY) is fits

    def test_a_section_is_its_own_text(self) -> None:
        """A section is its own text."""
        assert b"sok dara" in section_bytes(BODY, "N")
        assert b"judge" not in section_bytes(BODY, "N")
        assert section_bytes(BODY, "R") == b""

    @pytest.mark.parametrize(
        ("word", "other", "edits"),
        [
            ("judge", "judge", 0),
            ("judge", "jugde", 1),
            ("judge", "fudge", 1),
            ("judge", "jude", 1),
            ("judge", "judges", 1),
            ("judge", "fuge", 2),
            ("judge", "widget", 3),
            ("", "ab", 2),
        ],
    )
    def test_counts_edits(self, word: str, other: str, edits: int) -> None:
        """Counts edits."""
        assert within(word, other, edits)
        assert within(other, word, edits)
        assert edits == 0 or not within(word, other, edits - 1)

    @settings(max_examples=100)
    @given(st.text(alphabet="abc", min_size=1, max_size=5), st.text(alphabet="abc", max_size=6))
    def test_the_strings_one_edit_away_are_those_within_one_edit(
        self, word: str, other: str
    ) -> None:
        """The strings one edit away are those within one edit."""
        assert (other in one_edit(word, "abc") | {word}) == within(word, other, 1)


class TestBits:
    @settings(max_examples=200)
    @given(st.sets(st.integers(0, 499), max_size=300))
    def test_a_set_gives_its_numbers_back_in_order(self, numbers: set[int]) -> None:
        """A set gives its numbers back in order."""
        made = bits.from_numbers(numbers, 500)
        assert list(bits.numbers_of(made)) == sorted(numbers)
        assert made.bit_count() == len(numbers)
        assert made & ~bits.full(500) == 0
