"""Khmer gets its line breaks between words, and nothing else of a text changes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from courtwatch.printing.breaks import BREAK, with_breaks
from search_index.khmer import clusters

KHMER = st.text(st.sampled_from([*map(chr, range(0x1780, 0x17DE)), "a", " ", "\u200b", "1"]))
TEXTS = st.lists(
    st.sampled_from(["តុលាការ", "ជំនុំជម្រះ", "ព្រះរាជអាជ្ញា", "ឧក្រិដ្ឋកម្ម", " ", "Art. 10", "២០២៦", "–"])
).map("".join)


class TestBreaks:
    def test_words_of_a_sentence_come_apart(self) -> None:
        """The layout engine breaks lines at spaces only: without breaks this is one word."""
        broken = with_breaks("លើកលែងចោទប្រកាន់ដោយចៅក្រមស៊ើបសួរ")
        assert len(broken.split(BREAK)) >= 4
        assert "ដោយ" in broken.split(BREAK)

    @given(st.one_of(KHMER, TEXTS))
    def test_adds_breaks_and_changes_nothing_else(self, text: str) -> None:
        """No sign is lost, reordered or normalised: what is read aloud stays what was written."""
        broken = with_breaks(text)
        assert broken.replace(BREAK, "") == text.replace(BREAK, "")
        assert with_breaks(text.replace(BREAK, "")).count(BREAK) <= len(text)

    @given(st.one_of(KHMER, TEXTS).map(lambda text: text.replace(BREAK, "")))
    def test_never_breaks_inside_a_cluster(self, text: str) -> None:
        """A sign that is torn from its base is drawn on a dotted circle."""
        borders = {start for start, _end, _normal in clusters(text)}
        place = 0
        for part in with_breaks(text).split(BREAK)[:-1]:
            place += len(part)
            assert place in borders

    def test_other_scripts_are_left_alone(self) -> None:
        assert with_breaks("Ends without judgment, 66.7 %") == "Ends without judgment, 66.7 %"
