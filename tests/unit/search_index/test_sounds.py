"""Spellings of one Khmer name share a sound, and different names do not."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_index.names import initial_key, name_keys, pair_key, similarity, word_keys
from search_index.sounds import coarse_sound, same_sound, sounds

ONE_NAME = """
Sok/Sokh Sok/Souk Chea/Chhea Vuthy/Vutthy Vuthy/Voothy Kim/Keum Sim/Seum Sreymom/Sreymum
Heng/Heang Heng/Haeng Leang/Leng Eang/Eng Eang/Ieng Nguon/Ngoun Phally/Phaly Sothea/Sotheea
Chan/Chann Ly/Li Ly/Ley Ouk/Uk Ouk/Ok Seng/Saeng Pich/Pech Nhem/Nhim Nhem/Nyem Sim/Sem
Keo/Kaev Keo/Keov Keo/Kev Keo/Kaew Mao/Mau Sao/Sau Meas/Mias Mean/Mien Prak/Brak Prak/Prakh
Sovann/Sovan Sophal/Sophoal Sopheap/Sophiep Bunthoeun/Bunthoeurn Thoeun/Theun Khieu/Khiev
Houn/Hun Horn/Hon Ngor/Ngo Oum/Um Phon/Phorn Pov/Peou Nov/Nou Rithy/Rithi Rith/Rit
Samnang/Somnang Samrith/Somrith Sambath/Sambat Savy/Savi Sitha/Sithar Srey/Srei Suon/Soun
Tuy/Tui Va/Var Veasna/Viasna Vibol/Vibul Vichea/Vichia Vireak/Virak Chhay/Chhai Chhun/Chhoun
Chuon/Chhuon Kong/Korng Long/Lorng Thong/Thorng Phirun/Pirun Ratha/Rotha
Ratanak/Rotanak Reaksmey/Raksmey Huot/Hout Hour/Huor Ek/Aek Lay/Lai Moeun/Moeurn Iv/Eav
Taing/Tang Touk/Tok Yean/Yien Yorn/Yon Yos/Yous You/Yu Kanha/Kanya Kolap/Kulab Pheap/Pheab
Leakhena/Lakhena Theary/Theari Bopha/Bupha Sophea/Sofia Uy/Ouy Sokha/Sokkha Sokhah/Sokha
Vann/Wann Nguyễn/Nguyen Đức/Duc Chamroeun/Chomroeun Borey/Borei Thida/Thyda
"""

TWO_NAMES = """
Rith/Rithy Sok/Sokha Sok/Sao Sok/Sot Chan/Chanthy Chan/Chen Vuth/Vuthy Ly/Ny Ly/Lay Dara/Sara
Dara/Tara Dara/Dary Som/Sim Som/Sam Sim/Sum Heng/Hong Heng/Hang Leng/Long Mao/Mom Pich/Poch
Rin/Ron Ros/Rith Sar/Sor Sen/San Seng/Sang Seng/Song Sin/Sun Tep/Tap Tith/Toth Vann/Von
Yim/Yam Yin/Yun Nary/Nory Bopha/Bora Bora/Borey Chea/Chay Chea/Choa Sophea/Sophy Sophea/Sopha
Kosal/Kesor Kong/Keng Kun/Kin Lim/Lom Meas/Mas Meng/Mong Oum/Im Phal/Phel Phan/Phon Prak/Prek
Sokha/Sakha Sovann/Savann Thy/Thou Touch/Tech Uk/Ek Va/Vy Visal/Vasal Sokhom/Sokhim Sothy/Sotha
Chum/Chim Hun/Hin Long/Leang Tong/Tang Keo/Kao Keo/Kay Leap/Lap Neang/Nang Nov/Nao Korng/Kung
Phirun/Phirum Sorn/Sun Kem/Kam Hak/Hok
"""

COMMON = """
Sok Chea Kim Heng Nguon Ly Ouk Seng Pich Keo Mao Meas Prak Sao Sovann Sophal Sopheap Thoeun
Khieu Hun Horn Ngor Nhem Oum Phan Phon Pov Rith Rithy Samnang Samrith Sambath Savy Sitha Srey
Suon Tep Thavy Theary Tith Try Tuy Vann Veasna Vibol Vichea Vireak Visal Yim Yin Chhay Chhun Chum
Chuon Dara Kong Lim Long Mony Narith Nary Nov Piseth Ratha Reaksmey Sarun Som Sophat Thy Thida
Tola Bora Borey Bona Yos Kheng Leang Huot Hour Kuoch Khun Ek Kry Lay Leakhena Makara Mey Moeun
Neang Ny Peng Phally Puthea Ros Sary Sokun Sokunthea Taing Thong Touch Ung Uy Yorn Sineth Dalin
Somaly Kanha Kunthea Lyda Maly Nimol Bopha Davy Malis Mealea Ravy Sokha Sothun Chan Chanthy Vuthy
"""


def pairs(listed: str) -> list[tuple[str, str]]:
    """``A/B`` -> (A, B)."""
    return [(one, other) for one, _, other in (pair.partition("/") for pair in listed.split())]


class TestSounds:
    @pytest.mark.parametrize(("one", "other"), pairs(ONE_NAME))
    def test_spellings_of_one_name_share_a_sound(self, one: str, other: str) -> None:
        """Spellings of one name share a sound."""
        assert same_sound(one, other), (sounds(one), sounds(other))

    @pytest.mark.parametrize(("one", "other"), pairs(TWO_NAMES))
    def test_different_names_share_none(self, one: str, other: str) -> None:
        """Different names share none."""
        assert not same_sound(one, other), sounds(one) & sounds(other)

    def test_no_common_name_is_taken_for_another(self) -> None:
        """None of 7,260 pairs, each name in its usual spelling."""
        taken = {pair for pair in combinations(COMMON.split(), 2) if same_sound(*pair)}
        assert taken == set()

    @given(st.text(max_size=20))
    def test_any_word_has_few_plain_sounds(self, word: str) -> None:
        """An index term each: they must stay few."""
        found = sounds(word)
        assert len(found) <= 4
        assert all(sound.isascii() and sound.isalpha() and sound.islower() for sound in found)
        assert bool(found) == bool(coarse_sound(word))

    @given(st.text(alphabet="aeioubcdghkmnprstvy", max_size=14))
    def test_a_sound_does_not_depend_on_case_or_doubling(self, word: str) -> None:
        """A sound does not depend on case or doubling."""
        assert sounds(word.upper()) == sounds(word)
        doubled = "".join(ch * 2 if ch in "kmnpst" else ch for ch in word)
        if "ny" not in word and "gn" not in word:
            assert sounds(doubled) == sounds(word)


class TestNameKeys:
    @pytest.mark.parametrize(
        ("asked", "name"),
        [
            ("Sreymom", "Srey Mom"),
            ("Sreymom", "Chhea Srei Mum"),
            ("Sreymom", "ស្រី មុំ"),
            ("Vuthy", "សុខ វុទ្ធី"),
            ("Sok", "សុខវុទ្ធី សុខ"),
        ],
    )
    def test_a_word_finds_a_name_written_apart_or_in_the_other_script(
        self, asked: str, name: str
    ) -> None:
        """A word finds a name written apart or in the other script."""
        assert name_keys(name) & set(word_keys(asked))

    def test_two_words_find_a_name_written_together(self) -> None:
        """Two words find a name written together."""
        assert pair_key("Srei", "Mum") in name_keys("Chea Sreymom")
        assert pair_key("Srei", "Mum") not in name_keys("Srey Mom")

    @pytest.mark.parametrize(
        ("typed", "key"),
        [("S.", ".s"), ("S", ".s"), ("s.", ".s"), ("s", ""), ("So", ""), ("1.", ""), ("", "")],
    )
    def test_an_initial_is_a_capital_or_has_a_point(self, typed: str, key: str) -> None:
        """A small *a* is a word."""
        assert initial_key(typed) == key

    def test_an_initial_is_that_of_a_name_in_either_script(self) -> None:
        """An initial is that of a name in either script."""
        assert {".s", ".v"} <= name_keys("Sok Vuthy") & name_keys("សុខ វុទ្ធី")

    @given(st.text(max_size=30))
    def test_any_name_has_plain_keys(self, name: str) -> None:
        """Any name has plain keys."""
        for key in name_keys(name):
            assert key.isascii()
            assert key.islower()


class TestSimilarity:
    def test_orders_what_the_sounds_found(self) -> None:
        """Orders what the sounds found."""
        assert similarity("Sok Dara", "Sok Dara") == 1.0
        assert similarity("Dara Sok", "Sok Dara") > 0.9
        assert similarity("Sok", "Sok Dara") > similarity("Sok", "Sukh Dara")
        assert similarity("Sreymom", "Srey Mom") == 1.0
        assert similarity("Sok", "") == 0.0

    def test_compares_across_scripts_by_sound(self) -> None:
        """The same name in the other script is closer than a different one, but never quite 1."""
        assert 0.9 < similarity("សុខ វុទ្ធី", "Sok Vuthy") < 1.0
        assert similarity("សុខ វុទ្ធី", "Sok Vuthy") == similarity("Sok Vuthy", "សុខ វុទ្ធី")
        assert similarity("សុខ វុទ្ធី", "Sokh Vutthy") > similarity("សុខ វុទ្ធី", "Sao Vuth")
        assert similarity("សុខ វុទ្ធី", "សុខ វុទ្ធី") == 1.0

    @given(st.text(max_size=30), st.text(max_size=30))
    def test_is_a_share(self, one: str, other: str) -> None:
        """Is a share."""
        assert 0.0 <= similarity(one, other) <= 1.0
