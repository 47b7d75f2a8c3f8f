"""The Whoosh engine: embedded, for a small office and for a first national server."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from whoosh.index import TOC, EmptyIndexError, FileIndex

from search_index.documents import CaseDocument
from search_index.errors import IndexCorrupt, IndexUnwritable
from search_index.explain import field_finder
from search_index.index import (
    IndexCounts,
    SearchIndex,
    SearchRequest,
    SearchResults,
)
from search_index.query import ParsedQuery, parse
from search_index.storage import Generations
from search_index.suggestions import Asker, corrections
from search_index.whoosh_files import (
    VERSION,
    DurableStorage,
    make_schema,
    remove_leftovers,
)
from search_index.whoosh_search import Answer
from search_index.whoosh_segment import SegmentView, UnreadableSegment
from search_index.whoosh_writing import (
    Merge,
    add,
    commit_with,
    fill,
    new_writer,
    segments_to_fold,
    segments_to_merge,
    tidy,
)

ENGINE = "whoosh"
_LOCK_WAIT = 10.0
_OLD_FOR = 120.0
_TRIES = 40
_CLOCK_STEP = 1_000_000_000
"""Nanoseconds within which two changes of a directory may bear the same time."""


class WhooshIndex(SearchIndex):
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
        self._merging_lock = threading.Lock()
        self._merging: set[str] = set()
        self._directory: Path | None = None
        self._files: FileIndex | None = None
        self._schema = make_schema()
        self._commit = -1
        self._views: list[SegmentView] = []
        self._closed = False
        self._seen: tuple[int, int] | None = None
        if not for_rebuild:
            self._create_if_missing()
            self.refresh()

    def _create_if_missing(self) -> None:
        if self._generations.current() is not None:
            return
        with self._generations.writing(self._lock_wait):
            if self._generations.current() is None:
                generation = self._generations.new()
                FileIndex.create(DurableStorage(generation), self._schema)
                self._generations.swap(generation)

    # -- reading -------------------------------------------------------------------------------

    def refresh(self) -> bool:
        """Open what was committed or swapped in since the last look."""
        with self._lock:
            if self._closed:
                raise ValueError("This search index is closed.")
            stamp = self._stamp()
            if stamp is not None and stamp == self._seen:
                return False
            directory = self._generations.current()
            if directory is None:
                raise IndexCorrupt(str(self.path), "it has not been built yet")
            if directory != self._directory:
                self._generations.check(directory)
                self._forget()
                self._files = self._open(directory)
                self._directory = directory
                stamp = None  # of the old directory
            news = self._open_newest()
            self._seen = stamp
            return news

    def _stamp(self) -> tuple[int, int] | None:
        """When the pointer and the table of contents were last replaced, as far as that is sure.

        None just after a change: the next one could bear the same time.
        """
        if self._directory is None:
            return None
        try:
            times = (os.stat(self.path).st_mtime_ns, os.stat(self._directory).st_mtime_ns)
        except FileNotFoundError:
            return None
        return times if time.time_ns() - max(times) > _CLOCK_STEP else None

    def _open(self, directory: Path) -> FileIndex:
        for _ in range(_TRIES):
            try:
                return FileIndex(DurableStorage(directory), self._schema)
            except (EmptyIndexError, FileNotFoundError):
                time.sleep(0.01)
            except Exception as error:  # a damaged pickle raises whatever its bytes mean
                raise IndexCorrupt(str(self.path), f"table of contents: {error!r}") from error
        raise IndexCorrupt(str(self.path), "its table of contents is missing")

    def _forget(self) -> None:
        for view in self._views:
            view.close()
        self._views, self._commit = [], -1

    def _open_newest(self) -> bool:
        """Read the newest commit, and again if the next one removes its files meanwhile."""
        assert self._files is not None
        for _ in range(_TRIES):
            try:
                if self._files.latest_generation() == self._commit:
                    return False
                toc = TOC.read(self._files.storage, self._files.indexname, schema=self._schema)
                self._take(toc)
            except (EmptyIndexError, FileNotFoundError):
                time.sleep(0.01)
            except IndexCorrupt:
                raise
            except Exception as error:  # a damaged pickle raises whatever its bytes mean
                raise IndexCorrupt(str(self.path), f"table of contents: {error!r}") from error
            else:
                return True
        raise IndexCorrupt(str(self.path), "files that its table of contents names are gone")

    def _take(self, toc: TOC) -> None:
        """Keep the segments known already, open the new ones, close those that are gone."""
        assert self._files is not None
        known = {view.name: view for view in self._views}
        names = [str(segment.segment_id()) for segment in toc.segments]
        opened: dict[str, SegmentView] = {}
        try:
            for name, segment in zip(names, toc.segments, strict=True):
                if name not in known:
                    opened[name] = SegmentView(self._files.storage, segment)
        except BaseException:
            for view in opened.values():
                view.close()
            raise
        for name, segment in zip(names, toc.segments, strict=True):
            if name in known:
                known[name].take_deletions(segment)
        for name, view in known.items():
            if name not in names:
                view.close()
        self._views = [opened.get(name) or known[name] for name in names]
        self._commit = toc.generation

    def search(self, request: SearchRequest) -> SearchResults:
        """Answer a request; see the interface."""
        parsed = parse(request.query)
        with self._lock:
            self.refresh()
            try:
                return self._answer(request, parsed)
            except UnreadableSegment as error:
                raise IndexCorrupt(str(self.path), str(error)) from error

    def _answer(self, request: SearchRequest, parsed: ParsedQuery) -> SearchResults:
        answer = Answer(self._views, request, parsed.tree)
        ranked = answer.hits()
        hits = answer.as_hits(ranked)
        if request.explain:
            finder = field_finder(parsed.tree)
            hits = [
                replace(
                    hit,
                    fields=finder.fields(
                        self._views[segment].body(number),
                        has_name=answer.has_name(segment, number),
                    ),
                )
                for hit, (*_, segment, number) in zip(hits, ranked, strict=True)
            ]
        suggestion = None if answer.total else self._suggestion(request, parsed, answer)
        return SearchResults(
            total=answer.total,
            hits=tuple(hits),
            facets={name: answer.facet(name) for name in request.facets},
            problem=parsed.problem,
            suggestion=suggestion,
        )

    def _suggestion(
        self, request: SearchRequest, parsed: ParsedQuery, answer: Answer
    ) -> str | None:
        """A corrected query that has hits for this asker, or nothing."""

        def frequency(word: str) -> int:
            term = f"e{word}"
            pairs = zip(self._views, answer.visible, strict=True)
            return sum((view.with_term(term) & seen).bit_count() for view, seen in pairs)

        def near(word: str, distance: int) -> set[str]:
            return {w for view in self._views for w in view.words_near(word, distance)}

        asker = Asker(frequency, near, answer.bodies)
        for corrected in corrections(request.query, parsed.tree, asker):
            if Answer(self._views, request, parse(corrected).tree).total:
                return corrected
        return None

    def counts(self) -> IndexCounts:
        """Live and deleted documents, segments, bytes."""
        with self._lock:
            self.refresh()
            assert self._directory is not None
            return IndexCounts(
                documents=sum(view.size - view.deleted for view in self._views),
                deleted=sum(view.deleted for view in self._views),
                segments=len(self._views),
                bytes=sum(f.stat().st_size for f in self._directory.iterdir() if f.is_file()),
            )

    def case_keys(self) -> Iterator[tuple[int, str]]:
        """(case_id, audience) of every live document."""
        with self._lock:
            self.refresh()
            keys = [
                (int(view.column("case_id")[number]), view.text("audience", number))
                for view in self._views
                for number in range(view.size)
                if view.alive >> number & 1
            ]
        return iter(keys)

    def fingerprints(self) -> Iterator[tuple[int, str, int]]:
        """(case_id, audience, fingerprint) of every live document."""
        rows: list[tuple[int, str, int]] = []
        with self._lock:  # all at once: a merge meanwhile would close what is being read
            self.refresh()
            for view in self._views:
                cases, marks = view.column("case_id"), view.column("fingerprint")
                rows += [
                    (int(cases[number]), view.text("audience", number), int(marks[number]))
                    for number in range(view.size)
                    if view.alive >> number & 1
                ]
        return iter(rows)

    def close(self) -> None:
        """Release all files."""
        with self._lock:
            if not self._closed:
                self._forget()
                self._closed = True

    # -- writing -------------------------------------------------------------------------------

    def write(
        self, documents: Iterable[CaseDocument], replaced_case_ids: Iterable[int] = ()
    ) -> None:
        """One batch, one segment, durable on return."""
        # Two documents with one key in one writer would both stay: the last one is kept.
        batch = {(document.case_id, document.audience): document for document in documents}
        replaced = set(replaced_case_ids)
        if not batch and not replaced:
            return
        # Only the writing lock is held while the batch is written: searches go on meanwhile.
        with self._generations.writing(self._lock_wait):
            with self._lock:
                self.refresh()
                gone = self._replaced(batch, replaced)
                folded = segments_to_fold(self._views, self._merging) if batch else []
                writer = self._writer()
            try:
                for number in gone:
                    writer.delete_document(number)
                for document in batch.values():
                    add(writer, document)
            except BaseException:
                writer.cancel()
                raise
            if batch or gone:
                with self._unwritable():
                    commit_with(writer, folded)
            else:
                writer.cancel()
            self.refresh()

    def _writer(self) -> Any:
        assert self._files is not None
        assert self._directory is not None
        remove_leftovers(self._directory)
        return new_writer(self._files)

    def _replaced(self, batch: Iterable[tuple[int, str]], replaced: set[int]) -> list[int]:
        """Numbers, over all segments, of live documents that a write makes obsolete."""
        single: dict[int, set[str]] = {}
        for case_id, audience in batch:
            if case_id not in replaced:
                single.setdefault(case_id, set()).add(audience)
        gone: list[int] = []
        base = 0
        for view in self._views:
            for case_id in (*replaced, *single):
                for number in view.numbers_with_key(f"case={case_id}"):
                    alive = view.alive >> number & 1
                    audiences = single.get(case_id)
                    if alive and (audiences is None or view.text("audience", number) in audiences):
                        gone.append(base + number)
            base += view.size
        return gone

    def rebuild(
        self,
        documents: Iterable[CaseDocument],
        progress: Callable[[int], None] | None = None,
    ) -> int:
        """Fill a new generation, then swap the pointer."""
        with self._generations.rebuilding(self._lock_wait):
            generation = self._generations.new()
            try:
                index = FileIndex.create(DurableStorage(generation), self._schema)
                done = fill(index, documents, progress)
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

    def compact(self, *, purge: bool = False) -> int:
        """Merge small segments and those that are mostly deleted.

        Searches and writes go on meanwhile; only putting the merged segment in its place needs
        the right to write.
        """
        with self._merging_lock:
            with self._lock:
                self.refresh()
                chosen = {view.name for view in segments_to_merge(self._views, purge=purge)}
                self._merging = chosen
                files, directory = self._files, self._directory
                assert files is not None
                assert directory is not None
            if not chosen:
                if purge:
                    self._tidy(files, directory)
                return 0
            try:
                return len(chosen) if self._merge(files, directory, chosen) else 0
            finally:
                self._merging = set()

    def _tidy(self, files: FileIndex, directory: Path) -> None:
        """Remove what a process that was killed has left: it may hold words redacted since."""
        with self._generations.writing(self._lock_wait):
            if self._generations.current() == directory:
                tidy(files, directory, self._schema)

    def _merge(self, files: FileIndex, directory: Path, chosen: set[str]) -> bool:
        with self._unwritable():
            toc = TOC.read(files.storage, files.indexname, schema=self._schema)
            segments = [s for s in toc.segments if s.segment_id() in chosen]
            if len(segments) < len(chosen):
                return False
            merge = Merge(directory, self._schema, segments)
            try:
                merge.fill()
                with self._generations.writing(self._lock_wait):
                    if self._generations.current() != directory or not merge.finish(files):
                        return False
                    self._generations.remove_old(directory, older_than=_OLD_FOR)
                    self.refresh()
                    return True
            finally:
                merge.close()

    @contextmanager
    def _unwritable(self) -> Iterator[None]:
        """Say so when the disk refuses, or when what is to be merged is damaged."""
        try:
            yield
        except UnreadableSegment as error:
            raise IndexCorrupt(str(self.path), str(error)) from error
        except OSError as error:
            raise IndexUnwritable(str(self.path), error.strerror or str(error)) from error
