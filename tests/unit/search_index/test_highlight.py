from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_index import khmer
from search_index.highlight import ELLIPSIS, highlight, snippets
from search_index.markers import asked
from search_index.tokens import tokenise


def marked(text: str, query: str, field: str | None = None) -> list[str]:
    """The marked pieces only."""
    return [piece for piece, hit in highlight(text, query, field=field) if hit]


class TestHighlight:
    @pytest.mark.parametrize(
        ("text", "query", "pieces"),
        [
            ("The judge delayed twice.", "delay", ["delayed"]),
            ("The judge delayed twice.", '"delay"', []),
            ("The judge held the file.", '"held the file"', ["held the file"]),
            ("Judges, judge!", "judge", ["Judges", "judge"]),
            ("a re-arrest", "rearrest", ["re-arrest"]),
            ("a rearrest", "re-arrest", ["rearrest"]),
            ("Café", "cafe", ["Café"]),
            ("prosecutor and prosecution", "prosec*", ["prosecutor", "prosecution"]),
            ("the procecutor", "prosecutor~", ["procecutor"]),
            ("No. ០១២៣/២០២៣", "123/2023", ["០១២៣/២០២៣"]),
            ("under art. 247 today", "art. 247", ["art. 247"]),
            ("CPC208", "CPC 208", ["CPC208"]),
            ("theft, not arson", "theft -arson", ["theft"]),
            ("closed", "stage:closed", []),
            ("តុលាការបានសម្រេចលើករណីជួញដូរ", "ជួញដូរ", ["ជួញដូរ"]),
            ("តុលា\u200bការ", "តុលាការ", ["តុលា\u200bការ"]),
            ("ខេត្តកណ្ដាល", "កណ្តាល", ["កណ្ដាល"]),
            ("តុលាការសម្រេចករណីជួញដូរ", "តុលាការជួញដូរ", ["តុលាការ", "ជួញដូរ"]),
            ("តុលា", "តុល", []),
        ],
    )
    def test_marks_what_the_query_finds(self, text: str, query: str, pieces: list[str]) -> None:
        """Marks what the query finds."""
        assert marked(text, query) == pieces

    def test_marks_other_spellings_of_a_name_in_names_only(self) -> None:
        """Marks other spellings of a name in names only."""
        assert marked("Sokh Vutthy", "vuthy sok", "name") == ["Sokh Vutthy"]
        assert marked("Sokh Vutthy", "vuthy", "text") == []
        assert marked("Srey Mom", "Sreymom", "name") == ["Srey Mom"]
        assert marked("Sreymom", "Srey Mom", "name") == ["Sreymom"]

    def test_marks_a_name_in_the_other_script(self) -> None:
        """Marks a name in the other script."""
        assert marked("Chan Vuthy", "វុទ្ធី", "name") == ["Vuthy"]
        assert marked("ចាន់ វុទ្ធី", "Vutthy", "name") == ["វុទ្ធី"]
        assert marked("ចាន់ វុទ្ធី", "Sok", "name") == []
        assert marked("ចាន់ វុទ្ធី", "Vuthy", "text") == []

    @pytest.mark.parametrize(
        ("text", "query", "pieces"),
        [
            ("under art. 247 of", "article 247", ["art. 247"]),
            ("តាមមាត្រា ២៤៧ នៃ", "art. 247", ["មាត្រា ២៤៧"]),
            ("see articles 250 to 252.", "article 251", ["articles 250 to 252"]),
            ("see articles 250 to 252.", "article 249", ["articles"]),
            ("0123/2023", "123/23", ["0123/2023"]),
        ],
    )
    def test_marks_articles_and_numbers_written_otherwise(
        self, text: str, query: str, pieces: list[str]
    ) -> None:
        """Marks articles and numbers written otherwise."""
        assert marked(text, query) == pieces

    def test_a_fielded_word_is_marked_in_its_field_only(self) -> None:
        """A fielded word is marked in its field only."""
        assert marked("Kandal", "court:kandal", "court") == ["Kandal"]
        assert marked("Kandal", "court:kandal", "text") == []

    @settings(max_examples=200, deadline=None)
    @given(
        st.text(alphabet=st.sampled_from("abការុំ្តដ\u200b 12-.​"), max_size=40),
        st.text(alphabet=st.sampled_from('abការុំ្តដ 12-"*~'), max_size=12),
    )
    def test_the_pieces_are_the_text_and_no_cluster_is_cut(self, text: str, query: str) -> None:
        """The pieces are the text and no cluster is cut."""
        pieces = highlight(text, query)
        assert "".join(piece for piece, _ in pieces) == text
        borders, at = set(), 0
        for piece, _ in pieces:
            assert piece
            at += len(piece)
            borders.add(at)
        for start, end, _ in khmer.clusters(text):
            assert not any(start < border < end for border in borders)


_TEXT = (
    "delayed re-arrest Re.arrest re arrest o'connor O'Connor's judge's judge CPC208 247 0123/2023 "
    "123/2023 000 0 a a's s Café cafe ការ តុលាការ ៈ អ្នកៈ abៈ ab២ ២៤៧ re\u2010arrest co-op happiness "
    "the held file ² straße inter&un"
)
_WORDS = _TEXT.split()
_ASKED = (
    "delay",
    "rearrest",
    "re-arrest",
    '"held the file"',
    '"a a"',
    '"a s"',
    "123/2023",
    "0",
    "cafe",
    "happy",
    "hap*",
    "judge",
    "oconnor",
    "coop",
    "interun",
    "cpc208",
    "ab2",
    "ការ",
    "judge held",
)


class TestWhereToLook:
    @settings(max_examples=200, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(_WORDS), st.sampled_from([" ", " ", "  ", "-", ", ", "", "\n"])
            ),
            max_size=14,
        ),
        st.sampled_from(_ASKED),
        st.booleans(),
    )
    def test_nothing_is_marked_elsewhere(
        self, parts: list[tuple[str, str]], query: str, in_ascii: bool
    ) -> None:
        """What a query marks in a text lies in the pieces that are looked at, and reading them
        alone marks the same."""
        pieces = [word + gap for word, gap in parts if word.isascii() or not in_ascii]
        text = "".join(pieces)
        regions = asked(query, "text").regions(text)
        if regions is None:
            regions = [(0, len(text))]
        # With an article asked for besides, a text is read whole.
        whole = highlight(text, f"{query} article 9999", field="text")
        assert asked(f"{query} article 9999", "text").regions(text) is None
        assert highlight(text, query, field="text") == whole
        at = 0
        for piece, hit in whole:
            inside = any(start <= at and at + len(piece) <= end for start, end in regions)
            assert inside or not hit or " " in piece or "\n" in piece
            at += len(piece)

    def test_a_plain_word_is_looked_for_in_few_places(self) -> None:
        """Only words that begin like it are read, also beside Khmer."""
        wanted = asked("delay", "text")
        text = "the judge delayed it again and again"
        assert wanted.regions(text) == [(10, 17)]
        assert wanted.regions(f"{text} តុលាការ") == [(10, 17)]
        assert wanted.regions(f"{text} តុលាការ Café") == [(10, 17), (45, 49)]


class TestSnippets:
    TEXT = "One two three. " * 30 + "The prosecutor held the file. " + "Four five six. " * 30

    def test_shows_a_passage_around_the_hit(self) -> None:
        """Shows a passage around the hit."""
        (passage,) = snippets(self.TEXT, "prosecutor", width=60)
        shown = "".join(piece for piece, _ in passage)
        assert ("prosecutor", True) in passage
        assert shown.startswith(ELLIPSIS)
        assert shown.endswith(ELLIPSIS)
        assert len(shown) <= 60 + 2 + 12
        assert shown.strip(ELLIPSIS) in self.TEXT

    def test_nothing_found_gives_no_passage(self) -> None:
        """Nothing found gives no passage."""
        assert snippets(self.TEXT, "absent") == []
        assert snippets("", "word") == []

    def test_a_short_text_is_shown_whole(self) -> None:
        """A short text is shown whole."""
        (passage,) = snippets("The prosecutor held the file.", "file")
        assert "".join(piece for piece, _ in passage) == "The prosecutor held the file."

    def test_hits_far_apart_give_several_passages(self) -> None:
        """Hits far apart give several passages."""
        text = "alpha " + "x " * 300 + "alpha " + "y " * 300 + "alpha"
        assert len(snippets(text, "alpha", width=40, most=2)) == 2
        assert len(snippets(text, "alpha", width=40, most=9)) == 3

    @settings(max_examples=150, deadline=None)
    @given(
        st.text(alphabet=st.sampled_from("ការុំ្តដ\u200b ab"), min_size=1, max_size=120),
        st.sampled_from(["ការ", "ត", "a", "ដ*", '"កា រ"']),
        st.integers(5, 40),
    )
    def test_passages_are_cut_between_tokens(self, text: str, query: str, width: int) -> None:
        """Passages are cut between tokens."""
        inside = {i for token in tokenise(text) for i in range(token.start + 1, token.end)}
        for passage in snippets(text, query, width=width):
            shown = "".join(piece for piece, _ in passage).strip(ELLIPSIS)
            assert shown in text
            assert any(hit for _, hit in passage)
            places = [i for i in range(len(text)) if text.startswith(shown, i)]
            assert any(p not in inside and p + len(shown) not in inside for p in places)

    @settings(max_examples=200, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["judge", "re-judge", "judge's", "247", "a", "art.", "12ab", "--"]),
                st.sampled_from([" ", " ", "  ", "\n", ""]),
            ),
            max_size=40,
        ),
        st.booleans(),
        st.integers(5, 80),
    )
    def test_passages_are_the_same_beside_a_foreign_sign(
        self, parts: list[tuple[str, str]], at_the_end: bool, width: int
    ) -> None:
        """Plain texts are read at the borders only; that must not move a border."""
        text = "".join(word + gap for word, gap in parts)
        gap = " " * 30
        plain, other = (
            f"{text}{gap}{sign}" if at_the_end else f"{sign}{gap}{text}" for sign in ".\u00bb"
        )
        found, expected = (snippets(one, "judge", width=width) for one in (plain, other))
        assert [
            [(piece.replace(".", "\u00bb"), hit) for piece, hit in passage] for passage in found
        ] == [
            [(piece.replace(".", "\u00bb"), hit) for piece, hit in passage] for passage in expected
        ]
