from __future__ import annotations

from pathlib import Path

from search_index import SearchIndex
from search_index.tantivy_index import FILES, TantivyIndex
from search_index.tantivy_schema import VERSION
from tests.unit.search_index.directory_suite import DirectorySuite
from tests.unit.search_index.engine_suite import EngineSuite


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
