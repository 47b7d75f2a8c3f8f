from __future__ import annotations

import json
from pathlib import Path

import pytest

from search_index import CaseDocument, SearchIndex, SearchRequest, Sort
from search_index.tantivy_index import FILES, TantivyIndex
from search_index.tantivy_schema import VERSION
from tests.unit.search_index.directory_suite import DirectorySuite
from tests.unit.search_index.engine_suite import CODED, EngineSuite


class TestTantivyEngine(EngineSuite):
    """The whole suite, on tantivy."""

    def open(self, path: Path) -> SearchIndex:
        """Open."""
        return TantivyIndex(path)


class TestTantivyDirectory(DirectorySuite):
    """What is on disk and what is said when it is not right."""

    engine = "tantivy"
    version = VERSION

    def impatient(self, path: Path) -> SearchIndex:
        """An index that waits 0.05 s for another writer."""
        return TantivyIndex(path, lock_wait=0.05)

    def contents(self, generation: Path) -> Path:
        """The table of contents."""
        return generation / FILES / "meta.json"

    def words(self, generation: Path) -> Path:
        """A file without which no word is found."""
        return next((generation / FILES).glob("*.term"))

    def postings(self, generation: Path) -> Path:
        """The file that says which documents have a word."""
        return next((generation / FILES).glob("*.idx"))


class TestFewLeftOut:
    """In a large index what an asker may not see is counted off; the answer is the same."""

    def test_answers_are_the_same_however_it_is_worked_out(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Total, order, pages and facets, for askers from whom much, little or nothing is kept."""
        words = ("judge", "delay", "file")
        made = [
            CaseDocument(
                number,
                audience,
                hidden_for=("org:1",) if audience == "coded" and number % 4 == 0 else (),
                code=f"C-{number}",
                court=(f"KH-{number % 3}",),
                stage="closed" if number % 2 else "charged",
                last_event=20200101 + number % 7,
                texts=(" ".join(words[: number % 3 + 1]) * (number % 2 + 1),),
            )
            for number in range(60)
            for audience in ("coded", "org:1", "org:2")[: 3 if number % 4 == 0 else 1]
        ]
        requests = [
            SearchRequest(query, audiences, filters, ("court", "stage"), sort, offset, limit)
            for query in ("judge", "judge delay", "fil*", '"judge delay"', "", "-file", "nobody")
            for audiences in (CODED, CODED | {"org:1"}, CODED | {"org:1", "org:2"})
            for filters in ({}, {"stage": ("closed",)})
            for sort in (Sort.RELEVANCE, Sort.LAST_EVENT)
            for offset, limit in ((0, 20), (20, 20), (7, 5))
        ]
        with TantivyIndex(tmp_path) as index:
            index.write(made)
            # Deleted documents stay in the files for a while, and count for nothing.
            index.write([document for document in made if document.case_id < 9], range(12))
            usual = [index.search(request) for request in requests]
            assert index.counts().deleted > 0
        assert sum(answer.total for answer in usual) > 1000
        monkeypatch.setattr("search_index.tantivy_seen.LARGE", 0)
        monkeypatch.setattr("search_index.tantivy_seen.FEW", 1.0)
        monkeypatch.setattr("search_index.tantivy_seen.FREQUENT", 0)
        with TantivyIndex(tmp_path) as index:
            for request, expected in zip(requests, usual, strict=True):
                assert index.search(request) == expected, request


class TestKilledBeforeItsCommit:
    """What a process leaves that was killed between writing a file and naming it."""

    def test_a_list_of_deletes_is_in_nobodys_way(self, tmp_path: Path) -> None:
        """The next writer counts its operations on from the last commit, to the same name."""
        first = CaseDocument(1, "coded", code="C-1")
        with TantivyIndex(tmp_path) as index:
            index.rebuild([first, CaseDocument(2, "coded", code="C-2")])
            files = tmp_path / (tmp_path / "CURRENT").read_text().strip() / FILES
            contents = json.loads((files / "meta.json").read_text())
            segment = contents["segments"][0]["segment_id"].replace("-", "")
            for ahead in range(1, 9):
                left = files / f"{segment}.{contents['opstamp'] + ahead}.del"
                left.write_bytes(b"cut")
            index.write([first], replaced_case_ids=[2])
            assert list(index.case_keys()) == [(1, "coded")]
            index.write([], replaced_case_ids=[1])
            assert list(index.case_keys()) == []
