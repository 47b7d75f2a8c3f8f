"""How many segments there are, and what work merging them is. No time is measured."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from whoosh.writing import SegmentWriter

from search_index import CaseDocument, IndexCorrupt, SearchRequest
from search_index.whoosh_index import WhooshIndex
from search_index.whoosh_writing import Merge
from tests.unit.search_index.engine_suite import CODED, DOCUMENTS


def written(patch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of all segments that are written from now on."""
    sizes: list[int] = []
    commit = SegmentWriter.commit

    def counted(writer: SegmentWriter, *args: object, **more: object) -> None:
        commit(writer, *args, **more)
        sizes.append(writer.doc_count())

    patch.setattr(SegmentWriter, "commit", counted)
    return sizes


def test_single_commits_leave_few_segments_and_never_rewrite_a_large_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """200 commits of one document on 1,000: a handful of segments, work in proportion."""
    with WhooshIndex(tmp_path) as index:
        index.rebuild(CaseDocument(n, "coded", texts=("old word",)) for n in range(1000))
        sizes = written(monkeypatch)
        most = 0
        for n in range(200):
            index.write([CaseDocument(n, "coded", texts=(f"new{n} word",))])
            most = max(most, index.counts().segments)
        assert most <= 8
        assert max(sizes) <= 70
        assert sum(sizes) <= 200 * 12
        for query, found in (("old", 800), ("word", 1000), ("new77", 1)):
            assert index.search(SearchRequest(query, CODED)).total == found


def test_compaction_leaves_a_large_segment_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small segments become one; the large one beside them is not written again."""
    with WhooshIndex(tmp_path) as index:
        index.rebuild(CaseDocument(n, "coded", texts=("old word",)) for n in range(1000))
        for start in range(2000, 2500, 100):
            index.write(
                CaseDocument(n, "coded", texts=("new word",)) for n in range(start, start + 100)
            )
        sizes = written(monkeypatch)
        assert index.compact() == 5
        assert sizes == [500]
        assert index.counts().segments == 2
        assert index.compact() == 0
        assert index.search(SearchRequest("word", CODED)).total == 1500


def test_a_merge_keeps_what_is_written_meanwhile(tmp_path: Path) -> None:
    """What is deleted from merging segments stays deleted; what is added stays."""
    with WhooshIndex(tmp_path, lock_wait=0.05) as index:
        for start in range(0, 600, 100):
            index.write(
                CaseDocument(n, "coded", texts=("first word",)) for n in range(start, start + 100)
            )
        fill = Merge.fill

        def slow(merge: Merge) -> None:
            fill(merge)
            index.write([CaseDocument(5, "coded", texts=("second word",))], [6])
            index.write([CaseDocument(700, "coded", texts=("third word",))])
            assert index.search(SearchRequest("second", CODED)).total == 1

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Merge, "fill", slow)
            assert index.compact() == 6
        assert index.counts().segments == 3
        assert index.counts().deleted == 2
        for query, found in (("first", 598), ("second", 1), ("third", 1), ("word", 600)):
            assert index.search(SearchRequest(query, CODED)).total == found
        with WhooshIndex(tmp_path) as other:
            assert sorted(other.case_keys()) == sorted(index.case_keys())
        assert index.compact(purge=True) == 1
        assert index.counts().deleted == 0
        assert index.search(SearchRequest("word", CODED)).total == 600


def test_a_merge_gives_way_to_a_rebuild(tmp_path: Path) -> None:
    """A merge whose segments are of a generation that is gone changes nothing."""
    with WhooshIndex(tmp_path) as index:
        index.write([CaseDocument(n, "coded", texts=("word",)) for n in range(9)])
        index.write([CaseDocument(0, "coded", texts=("word",))])
        fill = Merge.fill

        def overtaken(merge: Merge) -> None:
            fill(merge)
            with WhooshIndex(tmp_path, for_rebuild=True) as other:
                other.rebuild(DOCUMENTS)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Merge, "fill", overtaken)
            assert index.compact(purge=True) == 0
        assert index.search(SearchRequest("", CODED)).total == 4


def test_a_merge_that_died_leaves_nothing_that_matters(tmp_path: Path) -> None:
    """Its directory is emptied by the next one, and no reader looks into it."""
    with WhooshIndex(tmp_path) as index:
        index.write([CaseDocument(n, "coded", texts=("word",)) for n in range(9)])
        index.write([CaseDocument(0, "coded", texts=("other",))])

        def dies(merge: Merge, files: object) -> bool:
            raise KeyboardInterrupt

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Merge, "finish", dies)
            patch.setattr(Merge, "close", lambda merge: None)
            with pytest.raises(KeyboardInterrupt):
                index.compact(purge=True)
        assert list(tmp_path.glob("generation-*/merging/*.trm"))
        with WhooshIndex(tmp_path) as other:
            assert other.search(SearchRequest("word", CODED)).total == 8
            other.write([CaseDocument(20, "coded", texts=("more",))])
            assert other.compact() == 3
        assert index.search(SearchRequest("", CODED)).total == 10
        assert not list(tmp_path.glob("generation-*/merging"))


def test_damaged_postings_are_said_by_a_merge(tmp_path: Path) -> None:
    """Whoever merges is told to rebuild, and what is there stays as it is."""
    with WhooshIndex(tmp_path) as index:
        index.write([CaseDocument(n, "coded", texts=("word",)) for n in range(9)])
        index.write([CaseDocument(0, "coded", texts=("other",))])
        damaged = max(tmp_path.glob("generation-*/*.pst"), key=lambda file: file.stat().st_size)
        damaged.write_bytes(bytes(255 - byte for byte in damaged.read_bytes()))
        with pytest.raises(IndexCorrupt, match="courtwatch reindex"):
            index.compact(purge=True)
        assert index.counts().segments == 2


def test_equal_scores_come_by_day_and_case_whatever_the_segments(tmp_path: Path) -> None:
    """The pages are the same in one segment and in many, the first and later ones alike."""
    documents = [
        CaseDocument(n, "coded", last_event=20200101 + n * 7 % 5, texts=("word",))
        for n in range(300)
    ]
    order = sorted(documents, key=lambda d: (-(d.last_event or 0), -d.case_id))
    expected = [document.case_id for document in order]
    with WhooshIndex(tmp_path / "one") as one, WhooshIndex(tmp_path / "many") as many:
        one.rebuild(documents)
        for start in range(0, 300, 75):
            many.write(documents[start : start + 75])
        assert many.counts().segments == 4
        for index, query in product((one, many), ("word", "wor*", "", "word~")):
            pages = [
                index.search(SearchRequest(query, CODED, offset=at, limit=40)).hits
                for at in range(0, 300, 40)
            ]
            assert [hit.case_id for page in pages for hit in page] == expected, query
