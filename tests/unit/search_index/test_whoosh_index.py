from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from search_index import CaseDocument, SearchIndex, SearchRequest, open_index
from search_index.whoosh_files import VERSION, DurableStorage
from search_index.whoosh_index import WhooshIndex
from tests.unit.search_index.directory_suite import DirectorySuite
from tests.unit.search_index.engine_suite import CODED, EngineSuite


class TestWhooshEngine(EngineSuite):
    """The whole suite, on Whoosh."""

    def open(self, path: Path) -> SearchIndex:
        """Open."""
        return WhooshIndex(path)


class TestWhooshDirectory(DirectorySuite):
    """What is on disk and what is said when it is not right."""

    engine = "whoosh"
    version = VERSION

    def impatient(self, path: Path) -> SearchIndex:
        """An index that waits 0.05 s for another writer."""
        return WhooshIndex(path, lock_wait=0.05)

    def contents(self, generation: Path) -> Path:
        """The table of contents."""
        return next(generation.glob("*.toc"))

    def words(self, generation: Path) -> Path:
        """A file without which no word is found."""
        return next(generation.glob("*.trm"))

    def postings(self, generation: Path) -> Path:
        """The file that says which documents have a word."""
        return next(generation.glob("*.pst"))

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """The table of contents does not fit; a real limit would have the package leave files."""
        real = DurableStorage.create_file

        def full(storage: DurableStorage, name: str, **more: object) -> object:
            if ".toc" in name:
                raise OSError(errno.ENOSPC, "No space left on device")
            return real(storage, name, **more)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(DurableStorage, "create_file", full)
            yield

    def test_refuses_an_unknown_engine(self, tmp_path: Path) -> None:
        """Refuses an unknown engine."""
        with pytest.raises(ValueError, match=r"sphinx.*whoosh, tantivy"):
            open_index(tmp_path, engine="sphinx")

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
