"""The tantivy engine: compiled, for a national server with a million cases."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import tantivy

from search_index.documents import CaseDocument
from search_index.errors import IndexCorrupt
from search_index.index import IndexCounts, SearchIndex, SearchRequest, SearchResults
from search_index.patterns import one_edit, within
from search_index.query import ParsedQuery, parse
from search_index.storage import POINTER, Generations, fsync_directory
from search_index.suggestions import Asker, corrections
from search_index.tantivy_files import (
    CONTENTS,
    DamagedFile,
    Segment,
    check_segment,
    disk,
    read_segments,
    reading,
    remove_uncommitted_deletes,
    remove_unnamed,
)
from search_index.tantivy_schema import (
    HEAD,
    JOINED,
    TEXT,
    VERSION,
    document_key,
    make_schema,
)
from search_index.tantivy_search import Answer
from search_index.tantivy_snapshot import Snapshot
from search_index.tantivy_writing import (
    BATCH_MEMORY,
    REBUILD_MEMORY,
    Writer,
    crowded,
    fill,
    rewrite,
    to_rewrite,
)

ENGINE = "tantivy"
FILES = "index"
"""Directory of the engine's files in a generation: it has a ``meta.json`` of its own."""
_LOCK_WAIT = 10.0
_OLD_FOR = 120.0
_TRIES = 40
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_Stamp = tuple[int, int, int]


def _stamp(path: str | Path) -> _Stamp | None:
    """Changes whenever a file is replaced."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


class TantivyIndex(SearchIndex):
    """See :class:`search_index.index.SearchIndex`.

    ``lock_wait`` is how many seconds a write waits for another writer. Safe for threads.
    """

    def __init__(
        self, path: Path, *, lock_wait: float = _LOCK_WAIT, for_rebuild: bool = False
    ) -> None:
        self.path = path
        self._generations = Generations(path, ENGINE, VERSION)
        self._lock_wait = lock_wait
        self._lock = threading.RLock()
        self._pointer_path = str(path / POINTER)
        self._contents_path = ""
        self._pointer: _Stamp | None = None
        self._contents: _Stamp | None = None
        self._files: Path | None = None
        self._index: tantivy.Index | None = None
        self._segments: tuple[Segment, ...] = ()
        self._snapshot: Snapshot | None = None
        self._closed = False
        if not for_rebuild:
            self._create_if_missing()
            self.refresh()

    def _create_if_missing(self) -> None:
        if self._generations.current() is not None:
            return
        with self._generations.writing(self._lock_wait):
            if self._generations.current() is None:
                generation = self._generations.new()
                self._create(generation)
                self._generations.swap(generation)

    def _create(self, generation: Path) -> tantivy.Index:
        files = generation / FILES
        files.mkdir()
        with disk(self.path):
            index = tantivy.Index(make_schema(), str(files))
        index.config_reader("manual")
        fsync_directory(files)
        return index

    # -- reading -------------------------------------------------------------------------------

    def refresh(self) -> bool:
        """Open what was committed or swapped in since the last look."""
        with self._lock:
            if self._closed:
                raise ValueError("This search index is closed.")
            pointer = _stamp(self._pointer_path)
            if pointer is None or pointer != self._pointer:
                self._open_current()
                self._pointer = pointer
            return self._open_newest()

    def _open_current(self) -> None:
        directory = self._generations.current()
        if directory is None:
            raise IndexCorrupt(str(self.path), "it has not been built yet")
        files = directory / FILES
        if files == self._files:
            return
        self._generations.check(directory)
        with reading(self.path):
            self._segments = ()
            index = tantivy.Index.open(str(files))
            index.config_reader("manual")
        self._index, self._files, self._contents = index, files, None
        self._contents_path = str(files / CONTENTS)

    def _open_newest(self) -> bool:
        """Read the newest commit, and again if the next one comes meanwhile."""
        assert self._files is not None
        assert self._index is not None
        if _stamp(self._contents_path) == self._contents and self._contents is not None:
            return False
        for attempt in range(_TRIES):
            before = _stamp(self._contents_path)
            with reading(self.path):
                try:
                    segments = read_segments(self._files)
                    for segment in segments:
                        if all(segment.name != known.name for known in self._segments):
                            check_segment(self._files, segment)
                    self._index.reload()
                    searcher = self._index.searcher()
                except (DamagedFile, ValueError):
                    if attempt == _TRIES - 1 or _stamp(self._contents_path) == before:
                        raise
                    continue
            if before is not None and _stamp(self._contents_path) == before:
                break
            time.sleep(0.005)
        else:
            raise IndexCorrupt(str(self.path), "its table of contents never rests")
        size = sum(segment.size for segment in segments)
        self._snapshot = Snapshot(searcher, self._index.schema, size)
        self._segments, self._contents = segments, before
        return True

    def _newest(self) -> Snapshot:
        with self._lock:
            self.refresh()
            assert self._snapshot is not None
            return self._snapshot

    def search(self, request: SearchRequest) -> SearchResults:
        """Answer a request; see the interface."""
        parsed = parse(request.query)
        snapshot = self._newest()
        with reading(self.path):
            return self._answer(snapshot, request, parsed)

    def _answer(
        self, snapshot: Snapshot, request: SearchRequest, parsed: ParsedQuery
    ) -> SearchResults:
        answer = Answer(snapshot, request, parsed.tree)
        hits = answer.hits()
        suggestion = None if answer.total else self._suggestion(snapshot, request, parsed, answer)
        results = SearchResults(
            total=answer.total,
            hits=tuple(hits),
            facets=answer.facets(),
            problem=parsed.problem,
            suggestion=suggestion,
        )
        answer.release()
        return results

    def _suggestion(
        self, snapshot: Snapshot, request: SearchRequest, parsed: ParsedQuery, answer: Answer
    ) -> str | None:
        """A corrected query that has hits for this asker, or nothing."""

        def frequency(word: str) -> int:
            return sum(answer.frequency(field, word) for field in (TEXT, HEAD, JOINED))

        def near(word: str, distance: int) -> set[str]:
            if distance == 1:
                # Twelve hundred look-ups are quicker than a walk through all words.
                others: Iterable[str] = one_edit(word, _LETTERS)
            else:
                others = {w for f in (TEXT, HEAD) for w in snapshot.terms(f, word[0])}
            return {
                other
                for other in others
                if other != word
                and any(snapshot.searcher.doc_freq(f, other) for f in (TEXT, HEAD, JOINED))
                and within(word, other, distance)
            }

        asker = Asker(frequency, near, answer.bodies)
        for corrected in corrections(request.query, parsed.tree, asker):
            tried = Answer(snapshot, request, parse(corrected).tree)
            tried.hits()
            if tried.total:
                return corrected
        return None

    def counts(self) -> IndexCounts:
        """Live and deleted documents, segments, bytes."""
        with self._lock:
            self.refresh()
            assert self._files is not None
            return IndexCounts(
                documents=sum(segment.live for segment in self._segments),
                deleted=sum(segment.deleted for segment in self._segments),
                segments=len(self._segments),
                bytes=sum(f.stat().st_size for f in self._files.iterdir() if f.is_file()),
            )

    def case_keys(self) -> Iterator[tuple[int, str]]:
        """(case_id, audience) of every live document."""
        snapshot = self._newest()
        with reading(self.path):
            keys = [
                (case, audience)
                for audience in snapshot.terms("audience")
                for _, case in snapshot.days_and_cases(
                    "last_event", snapshot.addresses(snapshot.key("audience", audience))
                )
            ]
        return iter(keys)

    def fingerprints(self) -> Iterator[tuple[int, str, int]]:
        """(case_id, audience, fingerprint) of every live document."""
        snapshot = self._newest()
        rows: list[tuple[int, str, int]] = []
        with reading(self.path):
            for audience in snapshot.terms("audience"):
                found = snapshot.addresses(snapshot.key("audience", audience))
                marks = snapshot.searcher.fast_field_values("fingerprint", found)
                pairs = snapshot.days_and_cases("last_event", found)
                rows += [
                    (case, audience, int(mark or 0))
                    for (_, case), mark in zip(pairs, marks, strict=True)
                ]
        return iter(rows)

    def close(self) -> None:
        """Release all files."""
        with self._lock:
            self._closed = True
            self._snapshot = self._index = None

    # -- writing -------------------------------------------------------------------------------

    def write(
        self, documents: Iterable[CaseDocument], replaced_case_ids: Iterable[int] = ()
    ) -> None:
        """One batch, one commit, durable on return."""
        # Two documents with one key in one batch would both stay: the last one is kept.
        batch = {(document.case_id, document.audience): document for document in documents}
        replaced = sorted(set(replaced_case_ids))
        if not batch and not replaced:
            return
        with self._generations.writing(self._lock_wait):
            snapshot = self._newest()
            segments = self._segments
            gone = [document_key(*key) for key in batch if key[0] not in replaced]
            with self._writer(BATCH_MEMORY) as writer:
                rewrite(writer, snapshot, segments, crowded(segments))
                writer.delete("case_id", replaced)
                writer.delete("key", gone)
                for document in batch.values():
                    writer.add(document)
                writer.commit()
            self.refresh()

    def _writer(self, memory: int) -> Writer:
        assert self._files is not None
        assert self._index is not None
        with disk(self.path):
            remove_uncommitted_deletes(self._files)
        return Writer(self.path, self._files, self._index, memory)

    def rebuild(
        self,
        documents: Iterable[CaseDocument],
        progress: Callable[[int], None] | None = None,
    ) -> int:
        """Fill a new generation, then swap the pointer."""
        with self._generations.rebuilding(self._lock_wait):
            generation = self._generations.new()
            try:
                index = self._create(generation)
                with Writer(self.path, generation / FILES, index, REBUILD_MEMORY) as writer:
                    done = fill(writer, documents, progress)
                    writer.commit()
                with self._generations.writing(self._lock_wait):
                    old = self._old_generation()
                    self._generations.swap(generation)
            except BaseException:
                shutil.rmtree(generation, ignore_errors=True)
                raise
            if old is not None:
                self._generations.retire(old)
            self._generations.remove_old(generation, older_than=_OLD_FOR)
            self.refresh()
            return done

    def _old_generation(self) -> Path | None:
        try:
            return self._generations.current()
        except IndexCorrupt:
            return None

    def _tidy(self) -> None:
        """Remove what a process that was killed has left: it may hold words redacted since."""
        with self._generations.writing(self._lock_wait):
            self._newest()
            assert self._files is not None
            remove_unnamed(self._files, self._segments)

    def compact(self, *, purge: bool = False) -> int:
        """Write small, half-empty and (to purge) all segments with deleted documents again.

        A part at a time, so that whoever wants to write meanwhile waits for no more than that.
        """
        self.refresh()
        segments = self._segments
        wanted = {segments[n].name for n in to_rewrite(segments, purge=purge)}
        if not wanted:
            if purge:
                self._tidy()
            return 0
        more = True
        while more:
            with self._generations.writing(self._lock_wait):
                snapshot = self._newest()
                segments = self._segments
                chosen = [n for n, segment in enumerate(segments) if segment.name in wanted]
                with self._writer(BATCH_MEMORY) as writer:
                    more = rewrite(writer, snapshot, segments, chosen) > 0
                    writer.commit(tidy=True)
                assert self._files is not None
                self._generations.remove_old(self._files.parent, older_than=_OLD_FOR)
        self.refresh()
        return len(wanted)
