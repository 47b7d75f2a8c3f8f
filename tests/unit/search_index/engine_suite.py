"""What every search engine must do. The test class of an engine inherits this suite."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from search_index import CaseDocument, SearchIndex, SearchRequest, Sort
from search_index.spells import Spell
from search_index.storage import state_of
from tests.unit.search_index import language_cases

CODED = frozenset({"coded"})
# Each example cleans up after itself, and the suite is inherited by every engine.
SHARED = (HealthCheck.function_scoped_fixture, HealthCheck.differing_executors)
DUE = datetime(2024, 5, 1, 17, tzinfo=UTC)

DOCUMENTS = (
    CaseDocument(
        1,
        "coded",
        code="k7f2qx",
        numbers=("លេខ ០១២៣/២០២៣ ក.ព",),
        names=("Sok Vutthy", "សុខ វុទ្ធី"),
        court=("KH-12-CFI",),
        court_names=("Phnom Penh Municipal Court", "សាលាដំបូងរាជធានីភ្នំពេញ"),
        stage="on_trial",
        offences=("LSHT-10",),
        offence_names=("Unlawful removal with purpose",),
        organisation="3",
        custody=("detained",),
        overdue=(Spell("detention", DUE), Spell("unknown", DUE - timedelta(days=30), DUE)),
        year=2023,
        registered=20230512,
        last_event=20240110,
        texts=(
            "The judge held the file; the accused was re-arrested under art. 247.",
            "តុលាការបានសម្រេចលើករណីជួញដូរមនុស្សនៅខេត្តកណ្ដាល។",
        ),
    ),
    CaseDocument(
        2,
        "coded",
        code="p3m9ta",
        numbers=("CR-2022-000451",),
        names=("Chhea Srey Mom",),
        court=("KH-08-CFI",),
        court_names=("Kandal Provincial Court", "សាលាដំបូងខេត្តកណ្ដាល"),
        stage="closed",
        outcome="acquitted",
        ended_by=("court",),
        offences=("LSHT-10", "LSHT-15"),
        offence_names=("Unlawful removal with purpose", "Selling of a human being"),
        reasons=("EV-1",),
        reason_names=("Insufficient evidence",),
        year=2022,
        registered=20220301,
        last_event=20230930,
        texts=(
            "Hearings delayed twice by the prosecutor. Detention limit, CPC 208, exceeded.",
            "ចៅក្រម​បាន​លើកពេល​សវនាការ",
        ),
    ),
    CaseDocument(
        3,
        "coded",
        code="w8d4hn",
        numbers=("0077/2021",),
        names=("Keum Sokh Dara",),
        court=("KH-12-CFI",),
        court_names=("Phnom Penh Municipal Court",),
        stage="closed",
        outcome="held_without_processing",
        ended_by=("prosecutor",),
        offences=("LSHT-25",),
        offence_names=("Procurement",),
        reasons=("SE-2",),
        reason_names=("Settlement with the family",),
        year=2021,
        registered=20210000,
        last_event=20210700,
        texts=("Café owner; the naïve witness withdrew. Delay of the judge.", "មេធាវីសុំដោះលែង"),
    ),
    CaseDocument(4, "coded", code="z1b6cv", year=2020, registered=20200105, stage="charged"),
)

QUERIES: tuple[tuple[str, set[int]], ...] = (
    ("", {1, 2, 3, 4}),
    ("*", {1, 2, 3, 4}),
    # English words, stemmed unless quoted
    ("judge", {1, 3}),
    ("delay", {2, 3}),
    ("delaying", {2, 3}),
    ('"delay"', {3}),
    ('"delayed"', {2}),
    ("hearing", {2}),
    ("cafe naive", {3}),
    ("CAFÉ", {3}),
    ("nothing-of-the-kind", set()),
    # Operators
    ("judge OR prosecutor", {1, 2, 3}),
    ("judge AND delay", {3}),
    ("judge delay", {3}),
    ("judge NOT delay", {1}),
    ("judge -delay", {1}),
    ("NOT judge", {2, 4}),
    ("(judge OR hearings) -café", {1, 2}),
    ('"held the file"', {1}),
    ('"file held"', set()),
    ('"judge file"~3', {1}),
    ('"file judge"~3', {1}),
    ('"judge arrested"~2', set()),
    ("prosec*", {2, 3}),
    ("prosec* text:hear*", {2}),
    ("procecutor~", {2, 3}),
    ("prosecuter~2", {2, 3}),
    # Hyphens, articles of law
    ("re-arrested", {1}),
    ("rearrested", {1}),
    ("re-arrest", {1}),
    ("art. 247", {1}),
    ("art.247", {1}),
    ("CPC 208", {2}),
    ("cpc208", {2}),
    ('"CPC 208"', {2}),
    # Fields
    ('court:"Phnom Penh"', {1, 3}),
    ("court:KH-08-CFI", {2}),
    ("court:kh-12*", {1, 3}),
    ("court:កណ្ដាល", {2}),
    ("stage:closed", {2, 3}),
    ('stage:"on trial"', {1}),
    ("outcome:acquitted OR stage:charged", {2, 4}),
    ("offence:lsht-15", {2}),
    ("offence:selling", {2}),
    ("offence:sell", {2}),
    ("text:removal", set()),
    ("reason:settlement", {3}),
    ("custody:detained", {1}),
    ("overdue:detention", {1}),
    ("overdue:det*", {1}),
    ("overdue:unknown", set()),
    ("ended_by:prosecutor", {3}),
    ("name:judge", set()),
    ("text:judg*", {1, 3}),
    ("text:jugde~", {1, 3}),
    ("name:(sok OR chea)", {1, 2, 3}),
    # Dates
    ("registered:2022", {2}),
    ("registered:2023-05", {1}),
    ("registered:2023-05-12", {1}),
    ("registered:12/05/2023", {1}),
    ("registered:[2021 TO 2022]", {2, 3}),
    ("registered:[2022-03-01 TO *]", {1, 2}),
    ("registered:[* TO 2021]", {3, 4}),
    ("registered:{2021 TO 2023}", {2}),
    ("registered:[2021 TO 2023}", {2, 3}),
    ("registered:>2021", {1, 2}),
    ("registered:<=2021", {3, 4}),
    ("registered:2021..2022-03", {2, 3}),
    ("year:>2021", {1, 2}),
    ("year:{2020 TO *]", {1, 2, 3}),
    ("registered:{2022 TO 2022}", set()),
    ("reason:*", {2, 3}),
    ("-reason:*", {1, 4}),
    ("last_event:*", {1, 2, 3}),
    ("overdue:*", {1}),
    (r"judge \-delay", {3}),
    (r"judge \NOT delay", set()),
    ("judge –delay", {1}),
    ("（judge　OR　hearings）　－café", {1, 2}),
    ("last_event:[2021-07 TO 2023-09-30]", {2, 3}),
    ("year:[2020 TO 2021]", {3, 4}),
    ("year:២០២១", {3}),
    # Numbers: as given, normalised, in part
    ("០១២៣/២០២៣", {1}),
    ("0123/2023", {1}),
    ("123/2023", {1}),
    ("number:123", {1}),
    ('"No. 123/2023"', {1}),
    ("CR-2022-000451", {2}),
    ("cr2022000451", {2}),
    ("2022-451", {2}),
    ("451", {2}),
    ("number:00045*", {2}),
    ("cr20220*", {2}),
    ("77/2021", {3}),
    ("k7f2qx", {1}),
    ("code:K7F2QX", {1}),
    # Names in any romanisation and order
    ("Sokh Vuthy", {1}),
    ("vuthy sok", {1}),
    ("Sreymom", {2}),
    ("Srey Mom Chea", {2}),
    ("Chea Sreymom", {2}),
    ("Kim", {3}),
    ("name:Vuthy", {1}),
    ("name:Vut*", {1}),  # a beginning too
    ("name:keu*", {3}),
    ("name:sreym*", {2}),
    ("name:Che*", {2}),
    ("name:ស្រី*", {2}),
    ("name:និង*", set()),
    ("សុខ", {1, 3}),  # and Sokh in Latin letters
    # Khmer words in running text
    ("តុលាការ", {1}),
    ("ជួញដូរ", {1}),
    ("មនុស្ស", {1}),
    ("ខេត្តកណ្ដាល", {1, 2}),
    ("សវនាការ", {2}),
    ("ដោះលែង", {3}),
    ("មេធាវី", {3}),
    ("តុលាការ ជួញដូរ", {1}),
    ("តុលាការជួញដូរ", {1}),
    ("តុលាការ OR សវនាការ", {1, 2}),
    ("តុលាការ -ជួញដូរ", set()),
    ('"បានសម្រេច"', {1}),
    ("ព្រះរាជអាជ្ញា", set()),
    ("judge តុលាការ", {1}),
    # The same words in other spellings
    ("តុលា\u200bការ", {1}),
    ("ខេត្តកណ្តាល", {1, 2}),  # coeng TA for coeng DA
    ("ជួញ\u200bដូរ\u200b", {1}),
    ("សុំដោះលែង", {3}),
    ("សំុដោះលែង", {3}),  # nikahit before the vowel
    # A part of a cluster is not found
    ("តល", set()),
)


class EngineSuite:
    """Inherit, and define the fixture ``place`` by :meth:`open`."""

    def open(self, path: Path) -> SearchIndex:
        """Open or create an index of the engine under test."""
        raise NotImplementedError

    @pytest.fixture
    def index(self, tmp_path: Path) -> Iterator[SearchIndex]:
        """Index."""
        with self.open(tmp_path / "index") as index:
            yield index

    @pytest.fixture
    def filled(self, index: SearchIndex) -> SearchIndex:
        """Filled."""
        index.write(DOCUMENTS)
        return index

    @staticmethod
    def find(
        index: SearchIndex, query: str, audiences: frozenset[str] = CODED, **more: object
    ) -> list[int]:
        """Case ids in the order of the answer."""
        request = SearchRequest(query, audiences, limit=None, **more)  # type: ignore[arg-type]
        results = index.search(request)
        assert results.total == len(results.hits)
        return [hit.case_id for hit in results.hits]

    @staticmethod
    def files_with(path: Path, word: str) -> set[Path]:
        """Files that hold the bytes of a word."""
        return {
            file
            for file in path.rglob("*")
            if file.is_file() and word.encode() in file.read_bytes()
        }

    # -- finding -------------------------------------------------------------------------------

    @pytest.mark.parametrize(("query", "expected"), QUERIES, ids=[repr(q) for q, _ in QUERIES])
    def test_finds_exactly_the_expected_cases(
        self, filled: SearchIndex, query: str, expected: set[int]
    ) -> None:
        """Finds exactly the expected cases."""
        found = self.find(filled, query)
        assert sorted(found) == sorted(expected)

    def test_finds_the_same_in_many_segments(self, index: SearchIndex) -> None:
        """Finds the same in many segments."""
        for document in DOCUMENTS:
            index.write([document])
        for query, expected in QUERIES:
            assert set(self.find(index, query)) == expected, query

    def test_finds_in_both_languages(self, index: SearchIndex) -> None:
        """Every question of the evaluation set has its answer, in order where one is given."""
        index.write(language_cases.DOCUMENTS)
        wrong = []
        for query, expected in language_cases.QUESTIONS:
            found = self.find(index, query)
            if (tuple(found) if isinstance(expected, tuple) else set(found)) != expected:
                wrong.append((query, expected, found))
        assert wrong == []

    def test_ranks_a_whole_khmer_word_above_a_part_of_one(self, index: SearchIndex) -> None:
        """Ranks a whole khmer word above a part of one."""
        index.write(
            [
                CaseDocument(1, "coded", texts=("សំណុំរឿងត្រូវបានបិទ",), last_event=20250101),
                CaseDocument(2, "coded", texts=("រឿងនេះពិបាក",), last_event=20200101),
            ]
        )
        assert self.find(index, "រឿង") == [2, 1]

    def test_ranks_the_name_as_typed_above_its_variants(self, index: SearchIndex) -> None:
        """Ranks the name as typed above its variants."""
        index.write(
            [
                CaseDocument(1, "coded", names=("Sokh Dara",), last_event=20250101),
                CaseDocument(2, "coded", names=("Sok Dara",), last_event=20200101),
            ]
        )
        assert self.find(index, "Sok") == [2, 1]
        assert self.find(index, "name:Sokh") == [1, 2]

    def test_finds_a_name_in_the_other_script(self, index: SearchIndex) -> None:
        """Finds a name in the other script."""
        index.write(
            [
                CaseDocument(1, "coded", names=("ស្រីមុំ សុខ",)),
                CaseDocument(2, "coded", names=("Vuthy Chan",)),
            ]
        )
        for query in ("Sreymom", "Srey Mom", "sok sreymom", "name:Sokh"):
            assert self.find(index, query) == [1], query
        for query in ("វុទ្ធី", "name:វុទ្ធី", "ចាន់ វុទ្ធី"):
            assert self.find(index, query) == [2], query

    def test_orders_variants_of_a_name_by_likeness(self, index: SearchIndex) -> None:
        """Orders variants of a name by likeness."""
        index.write(
            [
                CaseDocument(1, "coded", names=("Voothee Chan",), last_event=20250101),
                CaseDocument(2, "coded", names=("Vutthy Chan",), last_event=20200101),
                CaseDocument(3, "coded", names=("Chan Vuthi",), last_event=20240101),
            ]
        )
        assert self.find(index, "Vuthy")[-1] == 1
        assert set(self.find(index, "Vuthy")) == {1, 2, 3}
        pages = [
            index.search(SearchRequest("Vuthy", CODED, offset=n, limit=1)).hits[0].case_id
            for n in range(3)
        ]
        assert pages == self.find(index, "Vuthy")

    def test_ranks_the_form_as_typed_above_other_forms(self, filled: SearchIndex) -> None:
        """Ranks the form as typed above other forms."""
        assert self.find(filled, "delay") == [3, 2]
        assert self.find(filled, "delayed") == [2, 3]

    def test_finds_a_khmer_word_of_one_cluster(self, index: SearchIndex) -> None:
        """Finds a khmer word of one cluster."""
        index.write([CaseDocument(1, "coded", texts=("លោកទៅទីក្រុង",)), CaseDocument(2, "coded")])
        assert self.find(index, "ទី") == [1]

    def test_says_in_which_fields_the_words_are(self, filled: SearchIndex) -> None:
        """Says in which fields the words are."""

        def fields(query: str) -> dict[int, tuple[str, ...]]:
            hits = filled.search(SearchRequest(query, CODED, explain=True)).hits
            return {hit.case_id: hit.fields for hit in hits}

        assert fields("removal") == {1: ("offence",), 2: ("offence",)}
        assert fields("vuthy") == {1: ("name",)}
        assert fields("កណ្ដាល") == {1: ("text",), 2: ("court",)}
        assert fields("123/2023") == {1: ("number",)}
        assert fields("Sreymom") == {2: ("name",)}
        assert fields("សុខ") == {1: ("name",), 3: ("name",)}
        assert fields("stage:charged") == {4: ()}

    def test_gives_the_public_code(self, filled: SearchIndex) -> None:
        """Gives the public code."""
        (hit,) = filled.search(SearchRequest("vutthy", CODED)).hits
        assert (hit.case_id, hit.code) == (1, "k7f2qx")
        assert hit.score > 0

    # -- order, pages, filters, facets ---------------------------------------------------------

    def test_sorts_by_day_newest_first_undated_last(self, filled: SearchIndex) -> None:
        """Sorts by day newest first undated last."""
        assert self.find(filled, "", sort=Sort.LAST_EVENT) == [1, 2, 3, 4]
        assert self.find(filled, "", sort=Sort.REGISTERED) == [1, 2, 3, 4]
        filled.write([replace(DOCUMENTS[3], registered=20250101)])
        assert self.find(filled, "", sort=Sort.REGISTERED) == [4, 1, 2, 3]

    @pytest.mark.parametrize("sort", list(Sort))
    def test_pages_put_together_are_the_whole(self, index: SearchIndex, sort: Sort) -> None:
        """Pages put together are the whole."""
        made = [
            CaseDocument(n, "coded", last_event=20240101 + n % 3, texts=("word " * (n % 4 + 1),))
            for n in range(53)
        ]
        index.write(made[:30])
        index.write(made[30:])
        whole = self.find(index, "word", sort=sort)
        assert len(whole) == len(set(whole)) == 53
        paged: list[int] = []
        for offset in range(0, 60, 7):
            request = SearchRequest("word", CODED, sort=sort, offset=offset, limit=7)
            results = index.search(request)
            assert results.total == 53
            paged += [hit.case_id for hit in results.hits]
        assert paged == whole

    def test_facets_count_cases(self, filled: SearchIndex) -> None:
        """Facets count cases."""
        results = filled.search(SearchRequest("", CODED, facets=("court", "stage", "year")))
        assert results.facets["court"] == (("KH-12-CFI", 2), ("KH-08-CFI", 1))
        assert results.facets["stage"] == (("closed", 2), ("charged", 1), ("on_trial", 1))
        assert dict(results.facets["year"]) == {"2020": 1, "2021": 1, "2022": 1, "2023": 1}

    def test_filters_any_value_within_a_facet_and_all_facets_together(
        self, filled: SearchIndex
    ) -> None:
        """Filters any value within a facet and all facets together."""
        assert self.find(filled, "", filters={"year": ("2022", "2023")}) == [1, 2]
        both = {"year": ("2022", "2021"), "court": ("KH-12-CFI",)}
        assert self.find(filled, "", filters=both) == [3]
        assert self.find(filled, "", filters={"stage": ()}) == [1, 2, 3, 4]
        assert self.find(filled, "", filters={"stage": ("unheard_of",)}) == []
        assert self.find(filled, "", filters={"registered": ("2022..2023-05",)}) == [1, 2]
        assert self.find(filled, "", filters={"case_id": ("3", "1")}) == [1, 3]
        assert self.find(filled, "", filters={"code": ("p3m9ta",)}) == [2]

    def test_a_facet_disregards_its_own_filter(self, filled: SearchIndex) -> None:
        """A facet disregards its own filter."""
        request = SearchRequest(
            "", CODED, filters={"stage": ("closed",)}, facets=("stage", "court")
        )
        results = filled.search(request)
        assert results.total == 2
        assert dict(results.facets["stage"]) == {"closed": 2, "charged": 1, "on_trial": 1}
        assert dict(results.facets["court"]) == {"KH-12-CFI": 1, "KH-08-CFI": 1}

    def test_facets_follow_the_query(self, filled: SearchIndex) -> None:
        """Facets follow the query."""
        results = filled.search(SearchRequest("judge", CODED, facets=("stage",)))
        assert dict(results.facets["stage"]) == {"on_trial": 1, "closed": 1}

    # -- wrong queries -------------------------------------------------------------------------

    def test_what_is_overdue_is_asked_of_a_moment(self, filled: SearchIndex) -> None:
        """The same index answers for every moment: nothing is written when a limit passes."""
        minute = timedelta(minutes=1)
        for now, expected in (
            (DUE - timedelta(days=30) - minute, ()),
            (DUE - minute, (("unknown", 1),)),
            (DUE, (("detention", 1),)),
            (DUE + timedelta(days=9000), (("detention", 1),)),
        ):
            request = SearchRequest("", CODED, facets=("overdue",), now=now)
            assert filled.search(request).facets["overdue"] == expected
            held = [value for value, _count in expected]
            for value in ("detention", "act", "unknown"):
                hits = [1] if value in held else []
                chosen = replace(request, filters={"overdue": (value,)})
                assert [hit.case_id for hit in filled.search(chosen).hits] == hits
                typed = replace(request, query=f"overdue:{value}")
                assert [hit.case_id for hit in filled.search(typed).hits] == hits
        both = replace(request, filters={"overdue": ("act", "detention"), "year": ("2023",)})
        assert filled.search(both).total == 1

    def test_values_that_do_not_exist_for_the_asker_tell_nothing(self, index: SearchIndex) -> None:
        """Neither a count nor a filter nor a typed field tells a value from one that nobody has."""
        index.write(
            CaseDocument(number, "coded", organisation=code, year=2022)
            for number, code in ((1, "3"), (2, "7"), (3, "7"))
        )
        facets = ("organisation", "year")
        only = {"organisation": frozenset({"3"})}
        asked: tuple[tuple[str, dict[str, tuple[str, ...]], list[int]], ...] = (
            ("", {}, [1, 2, 3]),
            ("organisation:3", {}, [1]),
            ("organisation:7", {}, []),
            ("organisation:(3 OR 7)", {}, [1]),
            ("organisation:*", {}, [1]),
            ("-organisation:7", {}, [1, 2, 3]),
            ("", {"organisation": ("7",)}, []),
            ("", {"organisation": ("7", "3")}, [1]),
            ("", {"organisation": ("7",), "year": ("2022",)}, []),
        )
        for query, filters, expected in asked:
            found = index.search(SearchRequest(query, CODED, filters, facets, only=only))
            assert sorted(hit.case_id for hit in found.hits) == expected, (query, filters)
            assert {value for value, _count in found.facets["organisation"]} <= {"3"}
        every = index.search(SearchRequest("", CODED, facets=facets))
        assert dict(every.facets["organisation"]) == {"3": 1, "7": 2}

    def test_says_where_a_query_is_wrong_and_answers_what_it_understood(
        self, filled: SearchIndex
    ) -> None:
        """Says where a query is wrong and answers what it understood."""
        results = filled.search(SearchRequest("judge colour:red (", CODED))
        assert results.problem is not None
        assert results.problem.position == 6
        assert "colour" in results.problem.message
        assert "court" in results.problem.message
        unclosed = filled.search(SearchRequest('judge "held the', CODED))
        assert unclosed.problem is not None
        assert [hit.case_id for hit in unclosed.hits] == [1]

    def test_a_query_without_a_word_shows_nothing(self, filled: SearchIndex) -> None:
        """A query without a word shows nothing."""
        for query in ("-", '"', "AND", "registered:yesterday", "()"):
            results = filled.search(SearchRequest(query, CODED))
            assert results.total == 0, query
            assert results.problem is not None, query

    @settings(max_examples=150, deadline=None, suppress_health_check=SHARED)
    @given(
        st.text(
            alphabet=st.sampled_from("ab judge\"'()[]{}~*:-+TOANDRN017/.\\កណ្ដាលុំ\u200b\x1e\x1f"),
            max_size=40,
        )
    )
    @example('"\u17d2 \u17d2')
    @example('name:"\u17d2 \u17d2 \u1780"')
    def test_no_query_raises(self, filled: SearchIndex, query: str) -> None:
        """No query raises."""
        for sort in Sort:
            request = SearchRequest(query, CODED, facets=("court",), sort=sort, explain=True)
            assert 0 <= filled.search(request).total <= len(DOCUMENTS)

    def test_suggests_a_spelling_that_has_hits(self, filled: SearchIndex) -> None:
        """Suggests a spelling that has hits."""
        results = filled.search(SearchRequest("procecutor settlment", CODED))
        assert results.total == 0
        assert results.suggestion == "prosecutor settlement"
        assert self.find(filled, "prosecutor settlement") == [3]
        assert filled.search(SearchRequest("xqzzyqx", CODED)).suggestion is None
        assert filled.search(SearchRequest("judge", CODED)).suggestion is None

    def test_orders_by_the_rules(self, index: SearchIndex) -> None:
        """What docs/search.md says comes first does."""
        index.write(language_cases.ORDERED_DOCUMENTS)
        found = [(query, tuple(self.find(index, query))) for query, _ in language_cases.ORDERS]
        assert found == list(language_cases.ORDERS)

    def test_suggests_what_was_meant_in_both_languages(self, index: SearchIndex) -> None:
        """Words, names, Khmer and case numbers; never for a query that has hits."""
        index.write(language_cases.DOCUMENTS)
        wrong = []
        for query, expected in language_cases.MEANT:
            results = index.search(SearchRequest(query, CODED))
            if results.suggestion != expected or (expected and not self.find(index, expected)):
                wrong.append((query, expected, results.suggestion))
        assert wrong == []

    def test_suggests_nothing_from_records_of_others(self, index: SearchIndex) -> None:
        """Of words, names, Khmer and numbers that stand in the records of others only."""
        hidden = (replace(each, audience="org:2") for each in language_cases.DOCUMENTS)
        index.write([*hidden, CaseDocument(99, "coded", texts=("nothing",))])
        for query, _ in language_cases.MEANT:
            assert index.search(SearchRequest(query, CODED)).suggestion is None, query

    # -- changes -------------------------------------------------------------------------------

    def test_a_new_document_replaces_the_old_one(self, filled: SearchIndex) -> None:
        """A new document replaces the old one."""
        filled.write([replace(DOCUMENTS[0], texts=("quite different",))])
        assert self.find(filled, "different") == [1]
        assert self.find(filled, "art. 247") == []
        assert sorted(filled.case_keys()) == [(n, "coded") for n in (1, 2, 3, 4)]

    def test_the_index_says_which_documents_it_holds(self, index: SearchIndex) -> None:
        """By their fingerprints, over segments, changes and merges."""
        index.write(DOCUMENTS[:2])
        index.write([replace(DOCUMENTS[0], outcome="convicted"), *DOCUMENTS[2:]])
        index.write([CaseDocument(9, "org:2", texts=("gone",))])
        index.write([], replaced_case_ids=[9])
        held = [replace(DOCUMENTS[0], outcome="convicted"), *DOCUMENTS[1:]]
        expected = sorted((d.case_id, d.audience, d.fingerprint()) for d in held)
        assert sorted(index.fingerprints()) == expected
        index.compact(purge=True)
        assert sorted(index.fingerprints()) == expected
        index.rebuild(DOCUMENTS[1:])
        assert sorted(index.fingerprints()) == sorted(
            (d.case_id, d.audience, d.fingerprint()) for d in DOCUMENTS[1:]
        )

    def test_the_last_of_two_documents_with_one_key_stays(self, index: SearchIndex) -> None:
        """The last of two documents with one key stays."""
        index.write([CaseDocument(1, "coded", texts=("first",)), CaseDocument(1, "coded")])
        assert self.find(index, "") == [1]
        assert self.find(index, "first") == []

    def test_a_replaced_case_loses_all_its_documents(self, index: SearchIndex) -> None:
        """A replaced case loses all its documents."""
        index.write([CaseDocument(1, "coded"), CaseDocument(1, "org:2"), CaseDocument(2, "coded")])
        index.write([CaseDocument(1, "network")], replaced_case_ids=[1])
        assert sorted(index.case_keys()) == [(1, "network"), (2, "coded")]
        index.write([], replaced_case_ids=[1, 2, 99])
        assert list(index.case_keys()) == []
        assert self.find(index, "") == []

    def test_one_audience_of_a_case_is_replaced_alone(self, index: SearchIndex) -> None:
        """One audience of a case is replaced alone."""
        index.write([CaseDocument(1, "coded"), CaseDocument(1, "org:2", texts=("kept",))])
        index.write([CaseDocument(1, "coded", texts=("new",))])
        assert sorted(index.case_keys()) == [(1, "coded"), (1, "org:2")]
        assert self.find(index, "kept", frozenset({"org:2"})) == [1]

    def test_another_reader_follows_commits(self, index: SearchIndex, tmp_path: Path) -> None:
        """Another reader follows commits."""
        with self.open(tmp_path / "index") as reader:
            assert self.find(reader, "") == []
            for number in range(1, 6):
                index.write([CaseDocument(number, "coded", texts=(f"word{number}",))])
                assert self.find(reader, f"word{number}") == [number]
                assert reader.counts().documents == number
            index.compact()
            assert len(self.find(reader, "")) == 5

    def test_compaction_keeps_every_answer(self, index: SearchIndex) -> None:
        """Compaction keeps every answer."""
        for document in DOCUMENTS * 3:
            index.write([document])
        before = {query: self.find(index, query) for query, _ in QUERIES}
        assert index.compact() > 0
        assert index.counts().segments <= 5
        for query, expected in QUERIES:
            assert sorted(self.find(index, query)) == sorted(before[query]) == sorted(expected)

    def test_many_small_commits_stay_few_segments(self, index: SearchIndex) -> None:
        """Many small commits stay few segments."""
        for number in range(60):
            index.write([CaseDocument(number, "coded", texts=("word",))])
            index.compact()
        assert index.counts().documents == 60
        assert index.counts().segments <= 10
        assert len(self.find(index, "word")) == 60

    def test_purging_takes_words_out_of_the_files(self, index: SearchIndex, tmp_path: Path) -> None:
        """Purging takes words out of the files."""
        secret = "unrepeatableword"
        index.write([CaseDocument(n, "coded", texts=("filler",)) for n in range(10)])
        index.write([CaseDocument(10, "coded", texts=(secret,)), CaseDocument(11, "coded")])
        index.write([CaseDocument(10, "coded", texts=("redacted",))])
        before = self.files_with(tmp_path / "index", secret)
        assert before, "it would be found if it were there"
        index.compact(purge=True)
        assert index.counts().deleted == 0
        assert self.find(index, secret) == []
        assert self.find(index, "redacted") == [10]
        assert self.files_with(tmp_path / "index", secret) == set()
        assert not any(path.exists() for path in before)

    def test_purging_removes_what_a_killed_process_left(
        self, filled: SearchIndex, tmp_path: Path
    ) -> None:
        """Killed between the commit of a purge and the removal of the old files, say: the purge
        is asked for again, finds nothing to rewrite, and must take the files away all the same."""
        filled.write([CaseDocument(9, "coded", texts=("unrepeatableword",))])
        place = tmp_path / "index"
        held = {file: file.read_bytes() for file in place.rglob("*") if file.is_file()}
        filled.write([CaseDocument(9, "coded", texts=("redacted",))])
        filled.compact(purge=True)
        kept = {file for file in place.rglob("*") if file.is_file()}
        back = [file for file in held if file not in kept and ".toc" not in file.name]
        assert back
        for file in back:
            file.write_bytes(held[file])
        filled.compact(purge=True)
        assert {file for file in place.rglob("*") if file.is_file()} <= kept
        assert self.find(filled, "redacted") == [9]
        assert len(self.find(filled, "")) == 5

    # -- rebuild -------------------------------------------------------------------------------

    def test_rebuild_replaces_everything(self, filled: SearchIndex, tmp_path: Path) -> None:
        """Rebuild replaces everything."""
        seen: list[int] = []
        with self.open(tmp_path / "index") as reader:
            assert filled.rebuild(DOCUMENTS[:2], seen.append) == 2
            assert self.find(filled, "") == [1, 2]
            assert self.find(reader, "") == [1, 2]
        assert seen[-1] == 2
        with self.open(tmp_path / "index") as again:
            assert self.find(again, "vutthy") == [1]
            again.write([DOCUMENTS[2]])
            assert self.find(again, "") == [1, 2, 3]

    def test_the_old_index_answers_until_the_new_one_is_ready(
        self, filled: SearchIndex, tmp_path: Path
    ) -> None:
        """The old index answers until the new one is ready."""
        with self.open(tmp_path / "index") as reader:
            answers: list[list[int]] = []

            def documents() -> Iterator[CaseDocument]:
                yield DOCUMENTS[0]
                answers.append(self.find(reader, ""))
                yield DOCUMENTS[1]

            filled.rebuild(documents())
            assert answers == [[1, 2, 3, 4]]
            assert self.find(reader, "") == [1, 2]

    def test_the_old_index_takes_writes_until_the_new_one_is_ready(
        self, filled: SearchIndex, tmp_path: Path
    ) -> None:
        """Whoever writes meanwhile sees by the state that the new index may lack it."""
        place = tmp_path / "index"
        before = state_of(place)
        with self.open(place) as worker:
            during: list[tuple[str, bool]] = []

            def documents() -> Iterator[CaseDocument]:
                yield DOCUMENTS[0]
                worker.write([CaseDocument(7, "coded", texts=("meanwhile",))])
                worker.compact(purge=True)
                during.append(state_of(place))
                assert self.find(filled, "meanwhile") == [7]
                yield DOCUMENTS[1]

            filled.rebuild(documents())
            assert during == [(before[0], True)]
            assert self.find(worker, "") == [1, 2]
            after = state_of(place)
            assert after[0] != before[0]
            assert (before[1], after[1]) == (False, False)
            worker.write([CaseDocument(7, "coded", texts=("meanwhile",))])
            assert self.find(filled, "meanwhile") == [7]

    def test_a_failed_rebuild_leaves_the_old_index(
        self, filled: SearchIndex, tmp_path: Path
    ) -> None:
        """A failed rebuild leaves the old index."""

        def documents() -> Iterator[CaseDocument]:
            yield DOCUMENTS[0]
            raise RuntimeError("the database went away")

        with pytest.raises(RuntimeError, match="went away"):
            filled.rebuild(documents())
        assert self.find(filled, "") == [1, 2, 3, 4]
        filled.write([replace(DOCUMENTS[0], texts=("afterwards",))])
        assert self.find(filled, "afterwards") == [1]

    def test_threads_search_while_one_writes(self, index: SearchIndex) -> None:
        """Threads search while one writes."""
        index.write([CaseDocument(n, "coded", texts=("word",)) for n in range(20)])
        problems: list[str] = []
        stop = threading.Event()

        def ask() -> None:
            while not stop.is_set():
                found = self.find(index, "word")
                if len(found) < 20 or len(set(found)) != len(found):
                    problems.append(f"{len(found)} cases")

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        for number in range(20, 30):
            index.write([CaseDocument(number, "coded", texts=("word",))])
            index.write([CaseDocument(number - 20, "coded", texts=("word again",))])
        index.compact()
        stop.set()
        for thread in threads:
            thread.join()
        assert problems == []
        assert len(self.find(index, "word")) == 30

    # -- audiences -----------------------------------------------------------------------------

    ASKERS: tuple[frozenset[str], ...] = (
        frozenset({"coded"}),
        frozenset({"coded", "official"}),
        frozenset({"coded", "network"}),
        frozenset({"coded", "network", "org:1"}),
        frozenset({"coded", "network", "org:2"}),
        frozenset({"coded", "network", "org:1", "org:2"}),
    )

    @staticmethod
    def secrets() -> list[CaseDocument]:
        """Cases of every share level, each document holding a word only its audience may see."""
        fuller = {
            "coded": ("official", "network", "org:1"),
            "official": ("network", "org:1"),
            "network": ("org:1",),
            "org:1": (),
        }
        shared = [
            CaseDocument(
                1,
                audience,
                hidden,
                code=f"code{audience.replace(':', '')}",
                names=(f"Name{audience.replace(':', '')}",),
                numbers=(f"{len(hidden)}99/2020",),
                court=("KH-1", f"court-{audience}"),
                stage=f"stage-{audience}",
                reasons=(f"reason-{audience}",),
                organisation=f"organisation-{audience}",
                registered=20200000 + len(hidden),
                texts=(f"secret{audience.replace(':', '')} common",),
            )
            for audience, hidden in fuller.items()
        ]
        private = CaseDocument(2, "org:2", code="private", stage="stage-private", texts=("common",))
        coded = [
            CaseDocument(3, "coded", ("org:2",), code="coded3", texts=("common",)),
            CaseDocument(3, "org:2", code="coded3", texts=("common mine",)),
        ]
        return [*shared, private, *coded]

    @pytest.mark.parametrize("asker", ASKERS, ids=lambda asker: "+".join(sorted(asker)))
    def test_every_asker_matches_one_document_per_case(
        self, index: SearchIndex, asker: frozenset[str]
    ) -> None:
        """Every asker matches one document per case."""
        index.write(self.secrets())
        expected = [1, 3] if "org:2" not in asker else [1, 2, 3]
        assert sorted(self.find(index, "", asker)) == expected
        assert sorted(self.find(index, "common", asker)) == expected
        best = next(a for a in ("org:1", "network", "official", "coded") if a in asker)
        for audience in ("coded", "official", "network", "org:1"):
            tag = audience.replace(":", "")
            queries = (
                f"secret{tag}",
                f"secre* secret{tag}",
                f'"secret{tag} common"',
                f"name:Name{tag}",
                f"code{tag}",
                f"stage:stage-{audience}",
            )
            for query in queries:
                found = self.find(index, query, asker)
                assert found == ([1] if audience == best else []), (query, asker)

    @pytest.mark.parametrize("asker", ASKERS, ids=lambda asker: "+".join(sorted(asker)))
    def test_no_output_tells_what_the_asker_may_not_see(
        self, index: SearchIndex, asker: frozenset[str]
    ) -> None:
        """Facets, suggestions, codes and totals hold nothing of a fuller or a foreign document."""
        index.write(self.secrets())
        best = next(a for a in ("org:1", "network", "official", "coded") if a in asker)
        forbidden = {"coded", "official", "network", "org:1"} - {best}
        facets = ("court", "stage", "reason", "organisation")
        queries = ("", "common", "secretcodex", "secretofficia", "secretnetwor", "secretorg", "-x")
        for query in queries:
            results = index.search(SearchRequest(query, asker, facets=facets))
            shown = repr(results)
            for audience in forbidden:
                tag = audience.replace(":", "")
                for leak in (f"stage-{audience}", f"court-{audience}", f"secret{tag}'"):
                    assert leak not in shown, (query, leak)
                assert f"code{tag}'" not in shown
            if "org:2" not in asker:
                assert "private" not in shown

    def test_relevance_tells_nothing_of_documents_of_others(self, index: SearchIndex) -> None:
        """How rare a word is counts among what the asker sees: else the order of two own cases
        would tell whether a name stands in records of others."""
        asker = frozenset({"coded", "org:1"})
        own = [("amber", 1), ("birch", 2), ("cedar birch", 3), ("amber cedar", 4)]
        index.write(CaseDocument(n, "org:1", texts=(f"{text} stands here",)) for text, n in own)
        index.write([CaseDocument(n, "coded", texts=("other words here",)) for n in range(5, 9)])

        def scores(query: str) -> dict[int, float]:
            hits = index.search(SearchRequest(query, asker)).hits
            return {hit.case_id: hit.score for hit in hits}

        queries = ("amber OR birch", "amber OR cedar", '"birch stands" OR amber', "birc* OR amber")
        before = [scores(query) for query in queries]
        for start, word in ((100, "amber"), (200, "birch")):
            index.write(
                CaseDocument(n, "org:2", texts=(f"{word} stands here",))
                for n in range(start, start + 40)
            )
            for query, expected in zip(queries, before, strict=True):
                assert scores(query) == pytest.approx(expected, rel=0.05), (word, query)

    def test_no_audience_sees_nothing(self, index: SearchIndex) -> None:
        """No audience sees nothing."""
        index.write(self.secrets())
        results = index.search(SearchRequest("", frozenset(), facets=("court", "stage")))
        assert (results.total, results.hits) == (0, ())
        assert all(counts == () for counts in results.facets.values())
        assert index.search(SearchRequest("comon", frozenset())).suggestion is None

    @settings(max_examples=15, deadline=None, suppress_health_check=SHARED)
    @given(
        st.lists(
            st.lists(
                st.tuples(st.integers(1, 6), st.sampled_from(["a", "b", "c"]), st.booleans()),
                max_size=5,
            ),
            max_size=6,
        )
    )
    def test_after_any_changes_the_index_holds_what_was_last_written(
        self, index: SearchIndex, batches: list[list[tuple[int, str, bool]]]
    ) -> None:
        """After any changes the index holds what was last written."""
        expected: dict[int, str] = {}
        index.write([], replaced_case_ids=range(10))
        for batch in batches:
            documents: dict[int, CaseDocument] = {}
            removed = []
            for case_id, word, keep in batch:
                removed.append(case_id)
                documents.pop(case_id, None)
                expected.pop(case_id, None)
                if keep:
                    documents[case_id] = CaseDocument(case_id, "coded", texts=(word,))
                    expected[case_id] = word
            index.write(documents.values(), removed)
            if len(batch) % 2:
                index.compact()
        for word in "abc":
            wanted = {case_id for case_id, written in expected.items() if written == word}
            assert set(self.find(index, word)) == wanted
        assert sorted(index.case_keys()) == sorted((n, "coded") for n in expected)
