"""Putting documents into a tantivy index, and writing small or half-empty segments again.

The engine merges segments by itself, from eight of about one size on. What it does not offer is
to merge now, or to drop deleted documents from the files now; both are done by adding the live
documents of a segment again and deleting the old ones in the same commit: a segment without a
live document is removed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType

import tantivy

from search_index.documents import CaseDocument
from search_index.storage import fsync_directory
from search_index.tantivy_files import Segment, disk
from search_index.tantivy_schema import document_key, make_document, read_source
from search_index.tantivy_snapshot import Snapshot

BATCH_MEMORY = 50_000_000
REBUILD_MEMORY = 128_000_000
"""Bytes the engine may use before it writes a segment; given back after each batch."""
_MERGE_FROM = 4
_SMALL = 64
_MIDDLE = 1024
_CHUNK = 500
REWRITTEN = 2_000
"""Documents written again in one go: about a second of work."""


class Writer:
    """One commit: ``with Writer(...) as writer: ...; writer.commit()``.

    Without ``commit`` nothing of it stays. The lock of the engine is given back in any case.
    """

    def __init__(self, path: Path, files: Path, index: tantivy.Index, memory: int) -> None:
        self._path = path
        self._files = files
        self._schema = index.schema
        with disk(path):
            self._writer = index.writer(memory, 1)

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            with disk(self._path):
                self._writer.wait_merging_threads()
                fsync_directory(self._files)
            return
        for end in (self._writer.rollback, self._writer.wait_merging_threads):
            try:
                end()
            except BaseException:  # noqa: S112  the first error is the one to tell
                continue

    def add(self, document: CaseDocument) -> None:
        """Add a document."""
        made = make_document(document)
        with disk(self._path):
            self._writer.add_document(made)

    def delete(self, field: str, values: Sequence[str | int]) -> None:
        """Delete every document added before that has any of the values."""
        with disk(self._path):
            if len(values) == 1:
                self._writer.delete_documents_by_term(field, values[0])
            elif values:
                query = tantivy.Query.term_set_query(self._schema, field, values)
                self._writer.delete_documents_by_query(query)

    def commit(self, *, tidy: bool = False) -> None:
        """Make everything durable; with ``tidy`` also remove files of no use at once."""
        with disk(self._path):
            self._writer.commit()
            if tidy:
                self._writer.garbage_collect_files()


def fill(
    writer: Writer,
    documents: Iterable[CaseDocument],
    progress: Callable[[int], None] | None,
) -> int:
    """Add documents to an empty index; number of them.

    A second document with the case and audience of an earlier one raises ValueError: in a
    stream the earlier one is written already.
    """
    done = 0
    seen: set[tuple[int, str]] = set()
    for document in documents:
        key = (document.case_id, document.audience)
        if key in seen:
            raise ValueError(f"case {key[0]} came twice for audience {key[1]!r}")
        seen.add(key)
        writer.add(document)
        done += 1
        if done % 500 == 0 and progress:
            progress(done)
    if progress:
        progress(done)
    return done


def crowded(segments: Sequence[Segment]) -> set[int]:
    """Numbers of the smallest segments, where there are too many of them."""
    small = {n for n, segment in enumerate(segments) if segment.size < _SMALL}
    return small if len(small) >= _MERGE_FROM else set()


def to_rewrite(segments: Sequence[Segment], *, purge: bool) -> set[int]:
    """Numbers of segments of a size class that has too many, with all smaller ones; half-empty
    ones. With ``purge`` also every one that holds a deleted document."""
    classes: dict[int, list[int]] = {}
    for number, segment in enumerate(segments):
        if segment.size < _MIDDLE:
            size_class = int(math.log(max(segment.size, _SMALL) / _SMALL, 4))
            classes.setdefault(size_class, []).append(number)
    top = max((c for c, members in classes.items() if len(members) >= _MERGE_FROM), default=-1)
    chosen = {n for c, members in classes.items() if c <= top for n in members}
    for number, segment in enumerate(segments):
        if (purge and segment.deleted) or segment.deleted * 2 > segment.size:
            chosen.add(number)
    return chosen


def rewrite(
    writer: Writer, snapshot: Snapshot, segments: Sequence[Segment], chosen: Iterable[int]
) -> int:
    """Add live documents of the chosen segments again, the smallest segments first, and delete
    them where they were; about :data:`REWRITTEN` of them. Number of them."""
    done = 0
    for number in sorted(chosen, key=lambda n: segments[n].size):
        for batch in _live(snapshot, number, segments[number].size):
            if done >= REWRITTEN:
                return done
            documents = [read_source(snapshot.stored("source", address)) for address in batch]
            writer.delete("key", [document_key(d.case_id, d.audience) for d in documents])
            for document in documents:
                writer.add(document)
            done += len(batch)
    return done


def _live(snapshot: Snapshot, number: int, size: int) -> Iterator[list[tantivy.DocAddress]]:
    """Live documents of a segment, in pieces."""
    for start in range(0, size, _CHUNK):
        end = min(start + _CHUNK, size)
        places = [tantivy.DocAddress(number, n) for n in range(start, end)]
        pairs = snapshot.days_and_cases("last_event", places)
        query = snapshot.any_of("case_id", sorted({case for _, case in pairs}))
        assert query is not None
        live = [
            address
            for address in snapshot.addresses(query)
            if address.segment_ord == number and start <= address.doc < end
        ]
        if live:
            yield live
