from __future__ import annotations

import errno
import json
import multiprocessing
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from search_index import (
    CaseDocument,
    IndexCorrupt,
    IndexLocked,
    IndexOutdated,
    IndexUnwritable,
    SearchIndex,
    SearchRequest,
    open_index,
)
from search_index.storage import Generations
from search_index.whoosh_files import VERSION, DurableStorage
from search_index.whoosh_index import WhooshIndex
from tests.unit.search_index.engine_suite import CODED, DOCUMENTS, EngineSuite


class TestWhooshEngine(EngineSuite):
    """The whole suite, on Whoosh."""

    def open(self, path: Path) -> SearchIndex:
        """Open."""
        return WhooshIndex(path)


class TestDirectory:
    """What is on disk and what is said when it is not right."""

    def generation(self, path: Path) -> Path:
        """Generation."""
        return path / (path / "CURRENT").read_text().strip()

    def test_open_creates_an_empty_index(self, tmp_path: Path) -> None:
        """Open creates an empty index."""
        with open_index(tmp_path / "new" / "index") as index:
            assert index.counts().documents == 0
            assert index.search(SearchRequest("x", CODED)).total == 0

    def test_refuses_an_unknown_engine(self, tmp_path: Path) -> None:
        """Refuses an unknown engine."""
        with pytest.raises(ValueError, match=r"sphinx.*whoosh"):
            open_index(tmp_path, engine="sphinx")

    def test_refuses_another_version_and_says_what_to_do(self, tmp_path: Path) -> None:
        """Refuses another version and says what to do."""
        with open_index(tmp_path) as index:
            index.write(DOCUMENTS)
        meta = self.generation(tmp_path) / "meta.json"
        meta.write_text(json.dumps({"engine": "whoosh", "version": "0.9"}))
        with pytest.raises(IndexOutdated, match=rf"0\.9.*{VERSION}.*courtwatch reindex"):
            open_index(tmp_path)
        with open_index(tmp_path, for_rebuild=True) as index:
            index.rebuild(DOCUMENTS)
            assert index.counts().documents == 4
        with open_index(tmp_path) as index:
            assert index.counts().documents == 4

    @pytest.mark.parametrize(
        "damage", ["pointer", "pointer_outside", "meta", "toc", "cut", "segment"]
    )
    def test_says_that_a_damaged_index_is_corrupt(self, tmp_path: Path, damage: str) -> None:
        """Says that a damaged index is corrupt."""
        with open_index(tmp_path) as index:
            index.write(DOCUMENTS)
        generation = self.generation(tmp_path)
        toc, segment = next(generation.glob("*.toc")), next(generation.glob("*.trm"))
        actions: dict[str, Callable[[], object]] = {
            "pointer": lambda: (tmp_path / "CURRENT").write_text("generation-0099"),
            "pointer_outside": lambda: (tmp_path / "CURRENT").write_text("../elsewhere"),
            "meta": lambda: (generation / "meta.json").unlink(),
            "toc": toc.unlink,
            "cut": lambda: toc.write_bytes(toc.read_bytes()[:40]),
            "segment": segment.unlink,
        }
        actions[damage]()
        with pytest.raises(IndexCorrupt, match="courtwatch reindex"):
            open_index(tmp_path)
        with open_index(tmp_path, for_rebuild=True) as index:
            assert index.rebuild(DOCUMENTS) == 4
        with open_index(tmp_path) as index:
            assert index.search(SearchRequest("vuthy", CODED)).total == 1

    def test_damaged_postings_are_corrupt_not_a_wrong_answer(self, tmp_path: Path) -> None:
        """Damaged postings are corrupt not a wrong answer."""
        with open_index(tmp_path) as index:
            index.write([CaseDocument(n, "coded", texts=("word " * 5,)) for n in range(50)])
        segment = next(self.generation(tmp_path).glob("*.pst"))
        content = bytearray(segment.read_bytes())
        for at in range(0, len(content), 7):
            content[at] ^= 0x5A
        segment.write_bytes(bytes(content))
        with open_index(tmp_path) as index:
            request = SearchRequest("word", CODED, facets=("court",))
            with pytest.raises(IndexCorrupt, match="courtwatch reindex"):
                index.search(request)

    def test_a_second_writer_is_told_that_the_index_is_locked(self, tmp_path: Path) -> None:
        """A second writer is told that the index is locked."""
        with open_index(tmp_path) as first:
            first.write(DOCUMENTS[:1])
            generations = Generations(tmp_path, "whoosh", VERSION)
            with generations.writing(0), WhooshIndex(tmp_path, lock_wait=0.05) as second:
                with pytest.raises(IndexLocked, match="another process"):
                    second.write(DOCUMENTS[1:2])
                assert second.search(SearchRequest("", CODED)).total == 1
            first.write(DOCUMENTS[1:2])
            assert first.counts().documents == 2

    def test_one_rebuild_at_a_time(self, tmp_path: Path) -> None:
        """The second is told, and the first is not disturbed."""
        with open_index(tmp_path) as index, WhooshIndex(tmp_path, lock_wait=0.05) as other:
            told: list[IndexLocked] = []

            def documents() -> Iterator[CaseDocument]:
                yield DOCUMENTS[0]
                with pytest.raises(IndexLocked) as caught:
                    other.rebuild(DOCUMENTS[1:])
                told.append(caught.value)

            index.rebuild(documents())
            assert len(told) == 1
            assert other.counts().documents == 1

    def test_what_a_killed_rebuild_left_goes_with_the_next(self, tmp_path: Path) -> None:
        """A generation that is being filled is not taken for an old one; a dead one goes."""
        with open_index(tmp_path) as index:
            generations = Generations(tmp_path, "whoosh", VERSION)
            half = generations.new()
            current = generations.current()
            assert current is not None
            assert generations.remove_old(current, older_than=0) == 0
            (half / "left").touch()
            index.rebuild(DOCUMENTS)
            assert not (half / "left").exists()
            assert index.search(SearchRequest("", CODED)).total == 4

    def test_a_full_disk_is_said_and_leaves_what_was_there(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A full disk is said and leaves what was there."""
        with open_index(tmp_path) as index:
            index.write(DOCUMENTS[:1])
            real = DurableStorage.create_file

            def full(self: DurableStorage, name: str, **more: object) -> object:
                if ".toc" in name:
                    raise OSError(errno.ENOSPC, "No space left on device")
                return real(self, name, **more)

            with monkeypatch.context() as patch:
                patch.setattr(DurableStorage, "create_file", full)
                with pytest.raises(IndexUnwritable, match="No space left"):
                    index.write(DOCUMENTS[1:2])
                with pytest.raises(IndexUnwritable, match="No space left"):
                    index.rebuild(DOCUMENTS[1:2])
            assert index.search(SearchRequest("", CODED)).total == 1
            index.write(DOCUMENTS[1:2])
            assert index.search(SearchRequest("", CODED)).total == 2

    def test_old_generations_go_after_their_time(self, tmp_path: Path) -> None:
        """Old generations go after their time."""
        with open_index(tmp_path) as index:
            index.rebuild(DOCUMENTS)
            assert len(list(tmp_path.glob("generation-*"))) == 2
            generations = Generations(tmp_path, "whoosh", VERSION)
            current = generations.current()
            assert current is not None
            assert generations.remove_old(current, older_than=0) == 1
            assert list(tmp_path.glob("generation-*")) == [current]
            assert index.search(SearchRequest("", CODED)).total == 4

    def test_two_processes_that_open_at_once_make_one_index(self, tmp_path: Path) -> None:
        """Two processes that open at once make one index."""
        context = multiprocessing.get_context("spawn")
        children = [context.Process(target=_open_once, args=(tmp_path / "i",)) for _ in range(3)]
        for child in children:
            child.start()
        for child in children:
            child.join(30)
        assert [child.exitcode for child in children] == [0, 0, 0]
        assert len(list((tmp_path / "i").glob("generation-*"))) == 1

    def test_a_closed_index_says_so(self, tmp_path: Path) -> None:
        """A closed index says so."""
        index = open_index(tmp_path)
        index.close()
        index.close()
        with pytest.raises(ValueError, match="closed"):
            index.search(SearchRequest("x", CODED))

    def test_rebuild_refuses_a_case_twice_for_one_audience(self, tmp_path: Path) -> None:
        """Rebuild refuses a case twice for one audience."""
        with open_index(tmp_path) as index:
            with pytest.raises(ValueError, match="came twice"):
                index.rebuild([DOCUMENTS[0], DOCUMENTS[0]])
            assert len(list(tmp_path.glob("generation-*"))) == 1

    def test_rebuild_over_several_segments_keeps_all(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Rebuild over several segments keeps all."""
        monkeypatch.setattr("search_index.whoosh_writing.REBUILD_BATCH", 30)
        with open_index(tmp_path) as index:
            index.rebuild(CaseDocument(n, "coded", texts=(f"w{n} word",)) for n in range(100))
            assert index.counts().segments == 4
            assert index.search(SearchRequest("word", CODED)).total == 100
            assert index.search(SearchRequest("w77", CODED)).hits[0].case_id == 77


def _open_once(path: Path) -> None:
    with open_index(path) as index:
        assert index.counts().documents == 0
