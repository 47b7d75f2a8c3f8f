"""Khmer names and their usual spelling in Latin letters share a key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_index.names import name_keys
from search_index.romanise import romanise
from search_index.sounds import sounds

SPELLINGS = [
    "សុខ",
    "Sok",
    "វុទ្ធី",
    "Vuthy",
    "ដារ៉ា",
    "Dara",
    "ចាន់",
    "Chan",
    "គឹម",
    "Kim",
    "ស្រីមុំ",
    "Sreymom",
    "សំណាង",
    "Samnang",
    "ជា",
    "Chea",
    "សុភា",
    "Sophea",
    "វណ្ណា",
    "Vanna",
    "ច័ន្ទ",
    "Chan",
    "រិទ្ធ",
    "Rith",
    "សុវណ្ណ",
    "Sovann",
    "វិសាល",
    "Visal",
    "ពិសិដ្ឋ",
    "Piseth",
    "បុប្ផា",
    "Bopha",
    "ហេង",
    "Heng",
    "លី",
    "Ly",
    "ម៉េង",
    "Meng",
    "សុផល",
    "Sophal",
    "ចន្ថា",
    "Chantha",
    "សារ៉ាត់",
    "Sarat",
    "ណារិន",
    "Narin",
    "កែវ",
    "Keo",
    "ឡុង",
    "Long",
    "ប៊ុន",
    "Bun",
    "អ៊ុំ",
    "Um",
    "ស៊ីថា",
    "Sitha",
    "ម៉ៅ",
    "Mao",
    "ទេព",
    "Tep",
    "ផល្លា",
    "Phalla",
    "សុខា",
    "Sokha",
    "ពៅ",
    "Pov",
    "យិន",
    "Yin",
    "ញ៉ែម",
    "Nhem",
    "នួន",
    "Nuon",
]
PAIRS = list(zip(SPELLINGS[::2], SPELLINGS[1::2], strict=True))


class TestRomanise:
    @pytest.mark.parametrize(("khmer", "latin"), PAIRS, ids=[latin for _, latin in PAIRS])
    def test_a_name_has_one_key_in_both_scripts(self, khmer: str, latin: str) -> None:
        """A name has one key in both scripts."""
        assert sounds(latin) & name_keys(khmer)

    def test_other_scripts_have_no_spelling(self) -> None:
        """Other scripts have no spelling."""
        assert romanise("Sok") == ()
        assert romanise("") == ()

    @given(st.text(alphabet=st.characters(min_codepoint=0x1780, max_codepoint=0x17DD), max_size=20))
    def test_any_khmer_is_spelled_in_plain_letters(self, text: str) -> None:
        """Any Khmer is spelled in plain letters."""
        for spelled in romanise(text):
            assert spelled.isascii()
            assert spelled == "" or spelled.isalpha()
