"""Khmer spelling, names, case numbers and terms."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_index import CaseDocument
from search_index.analysis import _ascii_groups, analyse
from search_index.names import name_beginnings, name_keys
from search_index.numbers import compact_number, normalise_case_number, number_parts
from search_index.tokens import fold_word, groups, render, tokenise

_CONSONANTS = (
    "ch",
    "chh",
    "kh",
    "th",
    "ph",
    "b",
    "bh",
    "dj",
    "gh",
    "gn",
    "nh",
    "ng",
    *"srmnkvwldtpj",
)
_VOWELS = ("ea", "eu", "oeu", "ou", "oa", "ao", "ia", "iea", "uo", "ey", "ee", "aou", *"aeiouy")
_SYLLABLE = st.tuples(st.sampled_from(_CONSONANTS), st.sampled_from(_VOWELS)).map("".join)


class TestNames:
    @given(
        st.lists(_SYLLABLE, min_size=1, max_size=3),
        st.sampled_from(("", "h", "n", "k", "th", "ng")),
        st.data(),
    )
    def test_every_beginning_of_a_name_begins_a_key_of_it(
        self, parts: list[str], end: str, data: st.DataObject
    ) -> None:
        """Whoever types a name letter by letter finds it from the first letter on."""
        name = "".join(parts) + end
        typed = name[: data.draw(st.integers(1, len(name)))]
        begun = name_beginnings(typed)
        assert any(key.startswith(one) for key in name_keys(name) for one in begun)


class TestCaseNumbers:
    @pytest.mark.parametrize(
        ("given_as", "normal"),
        [
            ("0123/2023", "123-2023"),
            ("លេខ ០១២៣/២០២៣", "123-2023"),
            ("សំណុំរឿងលេខ០១២៣/២០២៣", "123-2023"),
            ("សំណុំរឿងព្រហ្មទណ្ឌលេខ: ០១២៣/២០២៣", "123-2023"),
            ("No. 123-2023", "123-2023"),
            ("no 123 / 2023", "123-2023"),
            ("N° 0123/2023", "123-2023"),
            ("№ 123/2023", "123-2023"),
            ("Case No. 123/2023", "123-2023"),
            ("Criminal case 123/2023", "123-2023"),
            ("#123/2023", "123-2023"),
            ("CR-2022-000451", "cr-2022-451"),
            ("cr 2022 451", "cr-2022-451"),
            ("NOV-12/2020", "nov-12-2020"),
            ("០១២៣/២០២៣ ក.ព", "123-2023-ក-ព"),
            ("123\u200b/2023", "123-2023"),
            ("0", "0"),
            ("No.", "no"),
            ("—", ""),
            ("", ""),
        ],
    )
    def test_one_spelling(self, given_as: str, normal: str) -> None:
        """One spelling."""
        assert normalise_case_number(given_as) == normal

    def test_different_numbers_stay_different(self) -> None:
        """Different numbers stay different."""
        numbers = ["123/2023", "1232/023", "12/32023", "123/2022", "KP 123/2023"]
        assert len({normalise_case_number(number) for number in numbers}) == len(numbers)

    def test_without_separators_zeros_stay(self) -> None:
        """Without separators zeros stay."""
        assert compact_number("CR-2022-000451") == "cr2022000451"
        assert number_parts("CR-2022-000451") == ("cr", "2022", "451")

    @given(st.text(max_size=30))
    def test_normalising_twice_changes_nothing_more(self, text: str) -> None:
        """Normalising twice changes nothing more."""
        once = normalise_case_number(text)
        twice = normalise_case_number(once)
        assert normalise_case_number(twice) == twice


class TestTokens:
    @given(st.text(max_size=80))
    def test_tokens_lie_in_the_text_in_order(self, text: str) -> None:
        """Tokens lie in the text in order."""
        last = 0
        for token in tokenise(text):
            assert last <= token.start < token.end <= len(text)
            assert token.text
            last = token.end

    @given(st.text(alphabet=st.characters(max_codepoint=127), max_size=80))
    def test_the_fast_way_for_ascii_gives_the_same(self, text: str) -> None:
        """The fast way for ascii gives the same."""
        slow = [tuple(token.text for token in group) for group in groups(tokenise(text))]
        assert list(_ascii_groups(text)) == slow

    @given(st.text(max_size=80).map(lambda text: unicodedata.normalize("NFKC", text)))
    def test_the_body_gives_the_same_tokens_again(self, text: str) -> None:
        """The body gives the same tokens again."""
        words = [token.text for token in tokenise(text)]
        again = [token.text for token in tokenise(render(tokenise(text)))]
        assert again == words

    @pytest.mark.parametrize(
        ("word", "folded"),
        [("Café", "cafe"), ("prosecutor's", "prosecutor"), ("don't", "dont"), ("២០២៣", "2023")],
    )
    def test_folds_words(self, word: str, folded: str) -> None:
        """Folds words."""
        assert fold_word(word) == folded

    def test_a_name_weighs_more_than_free_text(self) -> None:
        """A name weighs more than free text."""
        terms = analyse(CaseDocument(1, "coded", names=("Dara",), texts=("apple",))).terms
        assert terms["edara"] > terms["eapple"]

    def test_a_term_weighs_less_in_a_longer_document(self) -> None:
        """A term weighs less in a longer document."""
        short = analyse(CaseDocument(1, "coded", texts=("apple pie",))).terms
        long = analyse(CaseDocument(1, "coded", texts=("apple " + "pie " * 200,))).terms
        assert short["eapple"] > long["eapple"]

    @settings(max_examples=60, deadline=None)
    @given(st.text(max_size=60), st.text(max_size=20))
    def test_any_text_can_be_indexed(self, text: str, name: str) -> None:
        """Any text can be indexed."""
        analysed = analyse(CaseDocument(1, "coded", names=(name,), numbers=(name,), texts=(text,)))
        analysed.body.decode()
        assert all(weight > 0 for weight in analysed.terms.values())
        assert all(len(term.encode()) < 600 for term in analysed.terms)
