"""The interface every search engine keeps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import TracebackType

from search_index.documents import CaseDocument
from search_index.query import QueryProblem


class Sort(StrEnum):
    """Order of hits; the newest day first, equal ones by case number inside the database."""

    RELEVANCE = "relevance"
    LAST_EVENT = "last_event"
    REGISTERED = "registered"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class SearchRequest:
    """A question and who asks it.

    ``audiences`` are those of the asker; only their documents exist for this request.
    ``filters`` maps a facet (or ``code``, ``case_id``) to the values allowed: any of them within
    a facet, all facets together. Filters on ``registered`` and ``last_event`` take a day, month
    or year or ``from..to``. ``limit=None`` gives every hit. ``now`` is the moment, aware, at which
    the facet ``overdue`` is asked for. With ``explain`` each hit says in which fields the words
    are; who reads the passages from the database does not need it.

    ``only`` names, for a facet, the values that exist for this asker: others are neither counted
    nor found by a filter or a typed field, and nothing tells that they exist.
    """

    query: str = ""
    audiences: frozenset[str] = frozenset()
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    facets: tuple[str, ...] = ()
    sort: str = Sort.RELEVANCE
    offset: int = 0
    limit: int | None = 20
    now: datetime = field(default_factory=_now)
    only: Mapping[str, frozenset[str]] = field(default_factory=dict)
    explain: bool = False


@dataclass(frozen=True)
class Hit:
    """One case. ``fields``, if asked for, are the searchable fields that hold the words."""

    case_id: int
    code: str
    score: float
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class SearchResults:
    """``facets``: for each facet asked for, (value, cases) with the most frequent first.

    The counts of a facet disregard the filter on that facet itself, so that a second value can
    be added to it. ``suggestion`` is a query that would have hits, when this one has none.
    """

    total: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    problem: QueryProblem | None = None
    suggestion: str | None = None


@dataclass(frozen=True)
class IndexCounts:
    """``documents`` live ones, ``deleted`` not yet compacted, ``bytes`` on disk."""

    documents: int
    deleted: int
    segments: int
    bytes: int


class SearchIndex(ABC):
    """Writes and finds case documents. One process writes, any number read.

    Errors are :class:`search_index.errors.SearchIndexError`.
    """

    @abstractmethod
    def write(
        self, documents: Iterable[CaseDocument], replaced_case_ids: Iterable[int] = ()
    ) -> None:
        """Write one batch, durable on return: all of it or nothing.

        Every document of the cases in ``replaced_case_ids`` goes; so does an older document with
        the case and audience of a new one. Of two new ones with the same case and audience the
        last stays. Raises IndexLocked when another process writes.
        """

    @abstractmethod
    def search(self, request: SearchRequest) -> SearchResults:
        """Answer a request on the newest committed state. A wrong query gives ``problem``."""

    @abstractmethod
    def rebuild(
        self,
        documents: Iterable[CaseDocument],
        progress: Callable[[int], None] | None = None,
    ) -> int:
        """Build everything again beside the index in use, then swap; number of documents.

        Until the swap the old index answers and takes writes; if it fails, the old one stays.
        Whoever writes meanwhile has to write the same again afterwards, because the new index may
        have read the record before (see :func:`search_index.storage.state_of`). ``progress`` is
        called with the number of documents written so far. Works on a corrupt or outdated index.
        Raises IndexLocked when another process rebuilds.
        """

    @abstractmethod
    def compact(self, *, purge: bool = False) -> int:
        """Merge small segments; with ``purge`` also rewrite every segment that holds deleted
        documents, so that redacted words leave the files. Number of segments merged.

        The worker calls it from a thread of its own while others write and search: a merge that
        takes long must not keep them waiting.
        """

    @abstractmethod
    def counts(self) -> IndexCounts:
        """Size of the index."""

    @abstractmethod
    def case_keys(self) -> Iterator[tuple[int, str]]:
        """(case_id, audience) of every live document."""

    @abstractmethod
    def fingerprints(self) -> Iterator[tuple[int, str, int]]:
        """(case_id, audience, :meth:`CaseDocument.fingerprint`) of every live document, as it was
        when the iteration began."""

    @abstractmethod
    def refresh(self) -> bool:
        """Take notice of commits now (``search`` does it by itself); True if there were any."""

    @abstractmethod
    def close(self) -> None:
        """Release files. A closed index can't be used again."""

    def __enter__(self) -> SearchIndex:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


ENGINES: tuple[str, ...] = ("whoosh", "tantivy")


def open_index(
    path: str | Path, engine: str = "whoosh", *, for_rebuild: bool = False
) -> SearchIndex:
    """Open the index in directory ``path``; an empty one is created if there is none.

    ``for_rebuild`` opens without looking at what is there, so that ``rebuild`` can replace an
    index that is corrupt or outdated. Never open a directory that came from another
    installation: the postings of Whoosh are pickles. Raises IndexCorrupt, IndexOutdated, or
    ValueError for an unknown engine.
    """
    if engine not in ENGINES:
        allowed = ", ".join(ENGINES)
        raise ValueError(f"There is no search engine {engine!r}. Allowed: {allowed}.")
    if engine == "tantivy":
        from search_index.tantivy_index import TantivyIndex

        return TantivyIndex(Path(path), for_rebuild=for_rebuild)
    from search_index.whoosh_index import WhooshIndex

    return WhooshIndex(Path(path), for_rebuild=for_rebuild)
