"""The harness of the search benchmark: one question for every engine, answers checked."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from search_index import CaseDocument
from search_index.index import ENGINES

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))

import search_bench  # type: ignore[import-not-found]
from search_aims import aims  # type: ignore[import-not-found]
from search_corpus import (  # type: ignore[import-not-found]
    CLASSES,
    KHMER_WORDS,
    Corpus,
    Question,
    Truth,
    khmer_pattern,
    near_words,
)

SIZE, REPEATS = 40, 2
ANSWERED = ("plain", "quickstart", *ENGINES, "raw", "fts5")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Run every engine that needs no server on a handful of documents; what the run wrote."""
    folder = tmp_path_factory.mktemp("bench")
    arguments = ["--size", str(SIZE), "--repeats", str(REPEATS), "--json", str(folder / "out.json")]
    kept = ["--engines", ",".join(ANSWERED), "--keep", str(folder / "kept")]
    search_bench.main([*arguments, *kept])
    first = json.loads((folder / "out.json").read_text())
    search_bench.main([*arguments, *kept, "--classes", "phrase"])
    again = json.loads((folder / "out.json").read_text())
    for name, one in again["engines"].items():
        assert one["build_cpu"] == first["engines"][name]["build_cpu"], "kept, not built again"
        assert one["cases"]["phrase"] == first["engines"][name]["cases"]["phrase"]
    return first["engines"]


class TestRun:
    def test_every_engine_answers_every_class_it_can(self, told: dict) -> None:
        """As many answers of each class as were asked for; SQLite has no fuzzy words."""
        for name in ANSWERED:
            lacking = {"fuzzy"} if name == "fts5" else set()
            assert set(told[name]["queries"]) == set(CLASSES) - lacking
            assert all(len(took) == REPEATS for took in told[name]["queries"].values())
            if name != "quickstart":  # it asks the index of the plain peer
                assert told[name]["bytes"] > 0
                assert len(told[name]["commits"]) == search_bench.COMMITS

    def test_our_engines_find_what_a_scan_finds(self, told: dict) -> None:
        """In Khmer too, where a word stands inside running text."""
        for name in ENGINES:
            assert told[name]["right"] == dict.fromkeys(CLASSES, REPEATS)

    def test_english_answers_are_the_same_everywhere(self, told: dict) -> None:
        """A figure beside another would mean nothing if the answers differed."""
        for kind in set(CLASSES) - {"Khmer word", "fuzzy"}:
            assert {told[name]["cases"][kind] for name in ANSWERED} == {
                told["whoosh"]["cases"][kind]
            }

    def test_other_documents_are_not_asked_in_a_kept_directory(self, tmp_path: Path) -> None:
        """Figures of two sizes must not be mixed."""
        arguments = ["--engines", "fts5", "--classes", "phrase", "--repeats", "1"]
        search_bench.main([*arguments, "--keep", str(tmp_path), "--size", "10"])
        with pytest.raises(SystemExit, match="other documents"):
            search_bench.main([*arguments, "--keep", str(tmp_path), "--size", "11"])


class TestCorpus:
    def test_a_document_is_the_same_alone_and_in_the_stream(self) -> None:
        """A commit replaces a document by itself; memory need not hold the others."""
        corpus = Corpus(30, 1)
        streamed = list(corpus.documents())
        assert streamed[17] == corpus.document(17)
        assert len({document.texts for document in streamed}) == 30
        words = [len(document.texts[0].split()) for document in streamed]
        assert 120 <= min(words) <= max(words) <= 201
        assert 0 < sum(not document.texts[0].isascii() for document in streamed) < 15

    @pytest.mark.parametrize("kind", CLASSES)
    def test_no_two_questions_are_alike(self, kind: str) -> None:
        """No answer may come from a cache of answers."""
        asked = Corpus(10, 1).questions(kind, 18)
        assert len(set(asked)) == 18
        if kind == "prefix":
            assert len({question.word[:4] for question in asked}) == 18

    def test_the_truth_is_what_reading_one_by_one_gives(self) -> None:
        """The scan looks everything up at once; here each question is read out plainly."""
        corpus = Corpus(80, 1)
        asked = [question for kind in CLASSES for question in corpus.questions(kind, 4)]
        found = Truth(corpus, asked).scan()
        documents = list(corpus.documents())
        assert sum(found.values()) > 60
        for question in asked:
            assert found[question] == sum(fits(question, document) for document in documents)

    def test_khmer_counts_whole_clusters_only(self) -> None:
        """A sign after the word makes it another one."""
        assert khmer_pattern("ការ").search("តុលាការជា")
        assert not khmer_pattern("តុល").search("តុលាការ")
        assert not khmer_pattern("ដាល").search("កណ្ដាល")

    def test_near_words(self) -> None:
        """One letter missing, too many, wrong, or two swapped; not two."""
        words = ["vuthy", "vuty", "vutthy", "vuthi", "vtuhy", "vuti", "dara"]
        assert near_words(words, "vuthy") == {"vuthy", "vuty", "vutthy", "vuthi", "vtuhy"}


def fits(question: Question, document: CaseDocument) -> Any:
    """Say by the plainest means whether a question should find a document."""
    text = document.texts[0]
    padded = f" {text} "
    match question.kind:
        case "two-term AND":
            return f" {question.word} " in padded and f" {question.other} " in padded
        case "phrase":
            return f" {question.word} {question.other} " in padded
        case "prefix":
            return f" {question.word[:4]}" in padded
        case "date range":
            return question.low <= (document.registered or 0) // 100 <= question.high
        case "fuzzy":
            return bool(near_words(text.split(), question.word))
        case "Khmer word":
            assert question.word in KHMER_WORDS
            return khmer_pattern(question.word).search(text) is not None
    return f" {question.word} " in padded


@dataclass
class Took:
    """Figures of an engine that takes as long for each class."""

    title: str
    each: float
    commits: list[float] = field(default_factory=list)
    right: dict[str, int] = field(default_factory=dict)

    def p50(self, kind: str) -> float | None:
        """Median."""
        return self.each

    def p95(self, kind: str) -> float | None:
        """Slow ones."""
        return self.each * 2


class TestAims:
    def test_four_times_is_met_and_less_is_not(self) -> None:
        """Twenty times in rare term and date sort."""
        kinds = ("phrase", "rare term")
        lines = list(aims({"whoosh": Took("o", 1), "plain": Took("p", 4)}, kinds, 100_000, 5))
        assert [line[:7] for line in lines if "times" in line] == ["met    ", "NOT MET"]
        lines = list(aims({"whoosh": Took("o", 1), "plain": Took("p", 3.9)}, kinds, 100_000, 5))
        assert [line[:7] for line in lines if "times" in line] == ["NOT MET", "NOT MET"]

    def test_tantivy_beside_raw_tantivy(self) -> None:
        """The larger of twice, and half a millisecond more."""
        for mine, raw, met in ((0.6, 0.2, True), (0.8, 0.2, False), (4, 2, True), (4.1, 2, False)):
            engines = {"tantivy": Took("t", mine), "raw": Took("r", raw)}
            (line,) = aims(engines, ("phrase",), 100_000, 5)
            assert line.startswith("met") is met

    def test_a_million_asks_for_the_slow_ones(self) -> None:
        """Five of a hundred may take longer than 50 ms, no more."""
        for each, met in ((24, True), (26, False)):
            *_, line = aims({"tantivy": Took("t", each)}, ("phrase",), 1_000_000, 5)
            assert line.startswith("met") is met

    def test_wrong_khmer_is_not_met(self) -> None:
        """Fast and wrong is wrong."""
        kinds = ("Khmer word",)
        right = Took("o", 1, right={"Khmer word": 5})
        assert next(aims({"whoosh": right}, kinds, 100_000, 5)).startswith("met")
        assert next(aims({"whoosh": right}, kinds, 100_000, 6)).startswith("NOT MET")


def test_quantiles_are_values_that_were_measured() -> None:
    """The median of four is the second; p95 of twenty the nineteenth."""
    assert search_bench.quantile([4, 1, 3, 2], 0.5) == 2
    assert search_bench.quantile(list(range(1, 21)), 0.95) == 19
    assert search_bench.quantile([], 0.5) is None
