"""Khmer spelling: what is drawn alike is one, and nothing is cut or joined."""

from __future__ import annotations

import unicodedata
from itertools import permutations
from typing import Literal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from search_index import khmer
from search_index.analysis import forget
from search_index.highlight import highlight, snippets
from search_index.khmer_words import Segmenter, segment
from search_index.tokens import has_token, tokenise

BASES = "កខគងចញដតនបពមយរលវសហអឥឧឱ"
SIGNS = "\u17b6\u17b7\u17b8\u17b9\u17ba\u17bb\u17bc\u17bd\u17c1\u17c6\u17c9\u17ca\u17cb\u17cd\u17d0"
SKIPPED = "\u200b\u200c\u200d\u2060\ufeff\u00ad"

KHMER_TEXT = st.text(
    alphabet=st.one_of(
        st.characters(min_codepoint=0x1780, max_codepoint=0x17DD),
        st.sampled_from("\u200b \u200cab0១"),
    ),
    max_size=30,
)
CLUSTER = st.builds(
    lambda base, under, signs: (base, [f"\u17d2{letter}" for letter in under] + signs),
    st.sampled_from(BASES),
    st.lists(st.sampled_from("តដនមរលវយ"), max_size=2),
    st.lists(st.sampled_from(SIGNS), max_size=3),
)


class TestSpelling:
    @pytest.mark.parametrize(
        ("typed", "same"),
        [
            ("តុលា\u200bការ", "តុលាការ"),  # zero-width space
            ("តុលា\u200cការ", "តុលាការ"),
            ("កណ្ដាល", "កណ្តាល"),  # coeng DA, coeng TA
            ("ក\u17b6\u17b6រ", "ក\u17b6រ"),  # a vowel twice
            ("ស\u17c6\u17bb", "ស\u17bb\u17c6"),  # order of vowel and nikahit
            ("ព\u17d2រ\u17c7", "ព\u17d2រ\u17c7"),
            ("ស\u17d2ត\u17d2រ\u17b8", "ស\u17d2រ\u17d2ត\u17b8"),  # RO after the other subscript
            ("ដ\u17c1\u17b8រ", "ដ\u17beរ"),  # two halves of OE
            ("ដ\u17b8\u17c1រ", "ដ\u17beរ"),
            ("ក\u17c1\u17b6ះ", "ក\u17c4ះ"),  # two halves of OO
            ("ស\u17ca\u17b8", "ស\u17bb\u17b8"),  # shifter drawn like U
            ("ក\u17b4", "ក"),  # invisible inherent vowel
            ("\u17b2យ", "\u17b1យ"),
            ("\u17a3", "\u17a2"),
            ("ញុាំ", "ញ៉ាំ"),  # the vowel U for the shifter under AA with nikahit
            ("ស៊័រ", "សុ័រ"),  # and under samyok sannya
            ("ប៊ឿ", "បុឿ"),
            ("កេិត", "កើត"),  # E with a vowel above for OE
            ("កិេត", "កើត"),
            ("កើា", "កោី"),  # drawn alike
            ("គេេ", "គែ"),  # two E for AE
            ("ឈ្មោៈ", "ឈ្មោះ"),  # a colon of two dots for two rings
            ("ឨ", "ឧក"),  # discouraged
            ("ឤ", "អា"),
            ("ឲ្យ", "ឱ្យ"),
            ("ក៓", "កំ"),  # bathamasat for nikahit
            ("ក\u17b5ក\u17b4", "កក"),
            ("ក្រ្ត", "ក្ត្រ"),  # RO typed first
            ("ព្ដ", "ព្ត"),
            ("ក្\u200cត", "ក្ត"),  # joiner inside the cluster
            ("ក\u200d្ត", "ក្ត"),
            ("ព៌ា", "ពា៌"),  # robat before or after the vowel
            ("ត៌៌", "ត៌"),
            ("ក្", "ក"),  # a coeng of which nothing came
            ("ក្្ត", "ក្ត"),
            ("ក\u17dd្ត", "ក្\u17ddត"),  # as Unicode's own normalisation orders it
        ],
    )
    def test_what_is_drawn_alike_is_one(self, typed: str, same: str) -> None:
        """What is drawn alike is one."""
        assert khmer.normalise(typed) == khmer.normalise(same)
        assert len(khmer.clusters(typed)) == len(khmer.clusters(same))

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("តុលា", "តុល"),
            ("កា", "គា"),
            ("ដា", "តា"),
            ("អិ", "ឥ"),
            ("អុ", "ឧ"),
            ("កុំ", "កំ"),
            ("កី", "កិ"),
            ("កៅ", "កោ"),
            ("ត្រ", "តរ"),
            ("ធម៌", "ធម៍"),
            ("ប៉ុ", "ប៊ុ"),
            ("កុះ", "កុ"),
            ("ឧកា", "ឨា"),
            ("គណៈ", "គណ"),
        ],
    )
    def test_what_is_drawn_otherwise_is_another(self, one: str, other: str) -> None:
        """What is drawn otherwise is another."""
        assert khmer.normalise(one) != khmer.normalise(other)

    def test_cuts_between_clusters_only(self) -> None:
        """Cuts between clusters only."""
        found = [normal for _, _, normal in khmer.clusters("ព្រះរាជអាជ្ញា")]
        assert found == ["ព្រះ", "រា", "ជ", "អា", "ជ្ញា"]

    @pytest.mark.parametrize("text", ["\u17d2", "\u17d2\u17d2", "\u17d2\u200b\u17d2 \u17d2"])
    def test_a_coeng_without_a_letter_is_no_cluster(self, text: str) -> None:
        """It is drawn as nothing: one alone was a cluster, two together were none."""
        assert khmer.clusters(text) == []
        assert khmer.normalise(text).strip() == ""
        assert tokenise(text) == []
        assert not has_token(text, 0, len(text))

    @given(KHMER_TEXT)
    @example("\u17a8\u17d2")  # the letter alone became two only the second time
    def test_normalising_twice_changes_nothing_more(self, text: str) -> None:
        """Normalising twice changes nothing more."""
        once = khmer.normalise(text)
        assert khmer.normalise(once) == once

    @settings(max_examples=150)
    @given(CLUSTER, st.data())
    def test_the_order_in_which_signs_were_typed_does_not_matter(
        self, cluster: tuple[str, list[str]], data: st.DataObject
    ) -> None:
        """Every permutation of the signs of a cluster, with joiners strewn in, is one spelling."""
        base, signs = cluster
        spelled = {khmer.normalise(base + "".join(order)) for order in permutations(signs)}
        assert len(spelled) == 1
        strewn = base
        for sign in data.draw(st.permutations(signs)):
            strewn += data.draw(st.sampled_from(["", *SKIPPED])) + sign
        assert {khmer.normalise(strewn)} == spelled
        assert len(khmer.clusters(strewn)) == 1

    @given(CLUSTER, st.data())
    def test_a_sign_typed_twice_is_typed_once(
        self, cluster: tuple[str, list[str]], data: st.DataObject
    ) -> None:
        """But for E, of which two are drawn as AE."""
        base, signs = cluster
        again = [sign for sign in signs if sign != "\u17c1" and data.draw(st.booleans())]
        doubled = [*signs, *again]
        assert khmer.normalise(base + "".join(doubled)) == khmer.normalise(base + "".join(signs))

    @given(st.lists(CLUSTER, min_size=1, max_size=6))
    def test_clusters_are_neither_joined_nor_cut(self, typed: list[tuple[str, list[str]]]) -> None:
        """As many clusters come out as went in, each from the place where it stood."""
        parts = [base + "".join(signs) for base, signs in typed]
        text = "".join(parts)
        found = khmer.clusters(text)
        if "ឧក" not in text:  # the two letters of U+17A8 are one
            assert [text[start:end] for start, end, _ in found] == parts
        again = khmer.clusters(khmer.normalise(text))
        assert [normal for _, _, normal in again] == [normal for _, _, normal in found]

    @given(KHMER_TEXT)
    def test_clusters_lie_in_the_text_in_order(self, text: str) -> None:
        """Clusters lie in the text in order."""
        last = 0
        for start, end, normal in khmer.clusters(text):
            assert last <= start < end <= len(text)
            assert khmer.normalise_cluster(text[start:end]) == normal
            last = end

    @given(KHMER_TEXT, st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
    def test_a_normal_form_of_unicode_makes_no_difference(
        self, text: str, form: Literal["NFC", "NFD", "NFKC", "NFKD"]
    ) -> None:
        """A normal form of Unicode makes no difference."""
        assert khmer.normalise(unicodedata.normalize(form, text)) == khmer.normalise(text)

    @given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
    def test_text_without_khmer_is_unchanged(self, text: str) -> None:
        """Text without Khmer is unchanged."""
        text = "".join(ch for ch in text if not "\u1780" <= ch <= "\u17ff")
        assert khmer.normalise(text) == text
        assert khmer.normalise(f"a\u200bb{text}ក\u200b") == f"a\u200bb{text}".rstrip(SKIPPED) + "ក"


class TestWords:
    TEXT = "តុលាការបានសម្រេចលើករណីជួញដូរមនុស្ស"

    @staticmethod
    def run(text: str) -> tuple[str, ...]:
        """Clusters of a text."""
        return tuple(normal for _, _, normal in khmer.clusters(text))

    def test_cuts_into_words_of_whole_clusters(self) -> None:
        """Cuts into words of whole clusters."""
        words = segment(self.run(self.TEXT))
        assert "".join(words) == "".join(self.run(self.TEXT))
        assert {"តុលាការ", "ជួញដូរ", "មនុស្ស"} <= set(words)

    @settings(max_examples=60)
    @given(KHMER_TEXT)
    def test_words_joined_are_the_run(self, text: str) -> None:
        """Words joined are the run, and each is a join of its clusters."""
        run = self.run(text)
        words = segment(run)
        assert "".join(words) == "".join(run)
        assert len(words) <= len(run)

    def test_the_same_text_is_cut_once(self) -> None:
        """A case that is indexed again asks the model about what is new only."""
        segmenter = Segmenter()
        run = self.run(self.TEXT)
        first = segmenter.words(run)
        assert segmenter.words(run) == first
        assert segmenter.asked == 1
        segmenter.words(run[2:])
        assert segmenter.asked == 2

    def test_remembers_a_bounded_number_the_latest_used(self) -> None:
        """Remembers a bounded number, the latest used."""
        segmenter = Segmenter(remembered=2)
        one, two, three = (self.run(text) for text in ("តុលាការ", "មនុស្ស", "ជួញដូរ"))
        for run in (one, two, one, three, one):
            segmenter.words(run)
        assert (segmenter.asked, len(segmenter)) == (3, 2)
        segmenter.words(two)
        assert segmenter.asked == 4

    def test_what_is_remembered_holds_no_word(self) -> None:
        """A redacted word can't be read, nor a guess be tried, from what is kept of its text."""
        segmenter, other = Segmenter(), Segmenter()
        for each in (segmenter, other):
            each.words(self.run(self.TEXT))
        ((key, cuts),) = segmenter._cuts.items()
        assert not any(word.encode() in key + cuts for word in segment(self.run(self.TEXT)))
        assert (len(key), len(cuts)) == (16, len(segmenter.words(self.run(self.TEXT))))
        assert key not in other._cuts

    def test_forgetting_lets_go_of_single_words_too(self) -> None:
        """Forgetting lets go of single words too."""
        from search_index.tokens import fold_word

        fold_word("Unrepeatable")
        forget()
        assert fold_word.cache_info().currsize == 0


WORDS = ["តុលាការ", "ញុាំ", "ឈ្មោៈ", "លេខៈ", "ស្ត្រី", "ក្\u200cត", "ឨ", "a", "b2", " ", "។", "\u200b"]


class TestMarks:
    @settings(max_examples=150)
    @given(
        st.lists(st.sampled_from(WORDS), max_size=12).map("".join),
        st.sampled_from(["ការ", "លេខ", "តុលាការ", "ស្ត្រី", "a", '"ឧក"', "ឈ្មោះ", "ក*"]),
        st.integers(3, 30),
    )
    def test_no_passage_and_no_mark_cuts_what_is_shown_together(
        self, text: str, query: str, width: int
    ) -> None:
        """Neither between base and sign, nor before a sign that is a token of its own."""
        whole = [(token.start, token.end) for token in tokenise(text) if token.is_khmer]
        for place, (start, end) in enumerate(whole):
            if text[start] == khmer.YUUKALEAPINTU and place and whole[place - 1][1] == start:
                whole[place - 1 : place + 1] = [(0, 0), (whole[place - 1][0], end)]
        for pieces in [highlight(text, query), *snippets(text, query, width=width)]:
            shown = "".join(piece for piece, _ in pieces).strip("\u2026")
            at = text.find(shown)
            assert at >= 0
            for piece, _ in pieces:
                if piece == "\u2026":
                    continue
                for border in (at, at + len(piece)):
                    assert not any(start < border < end for start, end in whole), (pieces, border)
                at += len(piece)

    def test_a_word_before_a_colon_is_marked(self) -> None:
        """A word before a colon is marked."""
        assert highlight("លេខៈ ១២", "លេខ") == [("លេខៈ", True), (" ១២", False)]
