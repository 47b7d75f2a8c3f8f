"""What every engine keeps on disk, and says when it is not right. Inherited by each engine."""

from __future__ import annotations

import json
import multiprocessing
import resource
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
from tests.unit.search_index.engine_suite import CODED, DOCUMENTS


def generation_of(path: Path) -> Path:
    """Directory of the generation in use."""
    return path / (path / "CURRENT").read_text().strip()


class DirectorySuite(ABC):
    """Inherit, and say what the files of the engine are."""

    engine: str
    version: str

    @abstractmethod
    def impatient(self, path: Path) -> SearchIndex:
        """An index that waits 0.05 s for another writer."""

    @abstractmethod
    def contents(self, generation: Path) -> Path:
        """The table of contents."""

    @abstractmethod
    def words(self, generation: Path) -> Path:
        """A file without which no word is found."""

    @abstractmethod
    def postings(self, generation: Path) -> Path:
        """The file that says which documents have a word."""

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """The kernel refuses to let any file of this process grow beyond a few bytes."""
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    def open(self, path: Path, *, for_rebuild: bool = False) -> SearchIndex:
        """Open or create an index."""
        return open_index(path, self.engine, for_rebuild=for_rebuild)

    def test_open_creates_an_empty_index(self, tmp_path: Path) -> None:
        """Open creates an empty index."""
        with self.open(tmp_path / "new" / "index") as index:
            assert index.counts().documents == 0
            assert index.search(SearchRequest("x", CODED)).total == 0

    def test_refuses_another_version_and_says_what_to_do(self, tmp_path: Path) -> None:
        """Refuses another version and says what to do."""
        with self.open(tmp_path) as index:
            index.write(DOCUMENTS)
        meta = generation_of(tmp_path) / "meta.json"
        meta.write_text(json.dumps({"engine": self.engine, "version": "0.9"}))
        with pytest.raises(IndexOutdated, match=rf"0\.9.*{self.version}.*courtwatch reindex"):
            self.open(tmp_path)
        with self.open(tmp_path, for_rebuild=True) as index:
            index.rebuild(DOCUMENTS)
            assert index.counts().documents == 4
        with self.open(tmp_path) as index:
            assert index.counts().documents == 4

    def test_an_index_of_another_engine_is_outdated_not_corrupt(self, tmp_path: Path) -> None:
        """After the setting was changed the worker builds the index again."""
        other = "whoosh" if self.engine == "tantivy" else "tantivy"
        with open_index(tmp_path, other) as index:
            index.write(DOCUMENTS)
        with pytest.raises(IndexOutdated, match=rf"{other}.*{self.engine}.*courtwatch reindex"):
            self.open(tmp_path)
        with self.open(tmp_path, for_rebuild=True) as index:
            assert index.rebuild(DOCUMENTS) == 4
            assert index.search(SearchRequest("vuthy", CODED)).total == 1

    @pytest.mark.parametrize(
        "damage", ["pointer", "pointer_outside", "meta", "contents", "cut", "segment"]
    )
    def test_says_that_a_damaged_index_is_corrupt(self, tmp_path: Path, damage: str) -> None:
        """Says that a damaged index is corrupt."""
        with self.open(tmp_path) as index:
            index.write(DOCUMENTS)
        generation = generation_of(tmp_path)
        contents = self.contents(generation)
        actions: dict[str, Callable[[], object]] = {
            "pointer": lambda: (tmp_path / "CURRENT").write_text("generation-0099"),
            "pointer_outside": lambda: (tmp_path / "CURRENT").write_text("../elsewhere"),
            "meta": lambda: (generation / "meta.json").unlink(),
            "contents": contents.unlink,
            "cut": lambda: contents.write_bytes(contents.read_bytes()[:40]),
            "segment": self.words(generation).unlink,
        }
        actions[damage]()
        with pytest.raises(IndexCorrupt, match="courtwatch reindex"):
            self.open(tmp_path)
        with self.open(tmp_path, for_rebuild=True) as index:
            assert index.rebuild(DOCUMENTS) == 4
        with self.open(tmp_path) as index:
            assert index.search(SearchRequest("vuthy", CODED)).total == 1

    def test_damaged_postings_are_corrupt_not_a_wrong_answer(self, tmp_path: Path) -> None:
        """Damaged postings are corrupt not a wrong answer."""
        with self.open(tmp_path) as index:
            index.write([CaseDocument(n, "coded", texts=("word " * 5,)) for n in range(50)])
        segment = self.postings(generation_of(tmp_path))
        content = bytearray(segment.read_bytes())
        for at in range(0, len(content), 7):
            content[at] ^= 0x5A
        segment.write_bytes(bytes(content))
        request = SearchRequest("word", CODED, facets=("court",))
        with pytest.raises(IndexCorrupt, match="courtwatch reindex"), self.open(tmp_path) as index:
            index.search(request)

    def test_a_second_writer_is_told_that_the_index_is_locked(self, tmp_path: Path) -> None:
        """A second writer is told that the index is locked."""
        with self.open(tmp_path) as first:
            first.write(DOCUMENTS[:1])
            generations = Generations(tmp_path, self.engine, self.version)
            with generations.writing(0), self.impatient(tmp_path) as second:
                with pytest.raises(IndexLocked, match="another process"):
                    second.write(DOCUMENTS[1:2])
                assert second.search(SearchRequest("", CODED)).total == 1
            first.write(DOCUMENTS[1:2])
            assert first.counts().documents == 2

    def test_one_rebuild_at_a_time(self, tmp_path: Path) -> None:
        """The second is told, and the first is not disturbed."""
        with self.open(tmp_path) as index, self.impatient(tmp_path) as other:
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
        with self.open(tmp_path) as index:
            generations = Generations(tmp_path, self.engine, self.version)
            half = generations.new()
            current = generations.current()
            assert current is not None
            assert generations.remove_old(current, older_than=0) == 0
            (half / "left").touch()
            index.rebuild(DOCUMENTS)
            assert not (half / "left").exists()
            assert index.search(SearchRequest("", CODED)).total == 4

    def test_a_full_disk_is_said_and_leaves_what_was_there(self, tmp_path: Path) -> None:
        """A full disk is said and leaves what was there."""
        with self.open(tmp_path) as index:
            index.write(DOCUMENTS[:1])
            with self.full_disk():
                with pytest.raises(IndexUnwritable, match=r"(?:too large|No space).*unchanged"):
                    index.write(DOCUMENTS[1:2])
                with pytest.raises(IndexUnwritable, match=r"(?:too large|No space).*unchanged"):
                    index.rebuild(DOCUMENTS[1:2])
            assert index.search(SearchRequest("", CODED)).total == 1
            assert len(list(tmp_path.glob("generation-*"))) == 1
            index.write(DOCUMENTS[1:2])
            assert index.search(SearchRequest("", CODED)).total == 2

    def test_a_batch_that_fails_half_way_leaves_nothing(self, tmp_path: Path) -> None:
        """All of a batch or nothing, and whoever comes next can write."""
        with self.open(tmp_path) as index:
            index.write(DOCUMENTS[:1])
            unfit = CaseDocument(3, "coded", texts=(None,))  # type: ignore[arg-type]
            with pytest.raises((TypeError, AttributeError)):
                index.write([DOCUMENTS[1], unfit], replaced_case_ids=[1])
            assert list(index.case_keys()) == [(1, "coded")]
            index.write([DOCUMENTS[1]])
            assert sorted(index.case_keys()) == [(1, "coded"), (2, "coded")]

    def test_old_generations_go_after_their_time(self, tmp_path: Path) -> None:
        """Old generations go after their time."""
        with self.open(tmp_path) as index:
            index.rebuild(DOCUMENTS)
            assert len(list(tmp_path.glob("generation-*"))) == 2
            generations = Generations(tmp_path, self.engine, self.version)
            current = generations.current()
            assert current is not None
            assert generations.remove_old(current, older_than=0) == 1
            assert list(tmp_path.glob("generation-*")) == [current]
            assert index.search(SearchRequest("", CODED)).total == 4

    def test_two_processes_that_open_at_once_make_one_index(self, tmp_path: Path) -> None:
        """Two processes that open at once make one index."""
        context = multiprocessing.get_context("spawn")
        children = [
            context.Process(target=_open_once, args=(tmp_path / "i", self.engine)) for _ in range(3)
        ]
        for child in children:
            child.start()
        for child in children:
            child.join(60)
        assert [child.exitcode for child in children] == [0, 0, 0]
        assert len(list((tmp_path / "i").glob("generation-*"))) == 1

    def test_a_closed_index_says_so(self, tmp_path: Path) -> None:
        """A closed index says so."""
        index = self.open(tmp_path)
        index.close()
        index.close()
        with pytest.raises(ValueError, match="closed"):
            index.search(SearchRequest("x", CODED))

    def test_rebuild_refuses_a_case_twice_for_one_audience(self, tmp_path: Path) -> None:
        """Rebuild refuses a case twice for one audience."""
        with self.open(tmp_path) as index:
            with pytest.raises(ValueError, match="came twice"):
                index.rebuild([DOCUMENTS[0], DOCUMENTS[0]])
            assert len(list(tmp_path.glob("generation-*"))) == 1


def _open_once(path: Path, engine: str) -> None:
    with open_index(path, engine) as index:
        assert index.counts().documents == 0
