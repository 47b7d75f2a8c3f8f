"""Putting documents into a Whoosh index, and merging its small segments."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from whoosh.index import TOC, FileIndex, clean_files

from search_index import bits
from search_index.analysis import analyse
from search_index.documents import CaseDocument
from search_index.whoosh_files import COLUMNS, NUMBERS, DurableStorage, remove_leftovers
from search_index.whoosh_postings import Codec, PostingPool
from search_index.whoosh_segment import SegmentView

REBUILD_BATCH = 100_000
"""Documents of a segment that a rebuild makes; their postings are kept in 100 MB meanwhile."""
MERGING = "merging"
_MERGE_FROM = 5
_MERGE_SMALL_FROM = 3
_LARGE = 1 << 15
_TINY = 64
_FOLD_FROM = 4


def new_writer(index: FileIndex) -> Any:
    """The one writer of an index, with the pool of this project."""
    # The lock of the package stays behind when a full disk stops its constructor; ours, which the
    # caller holds, does not.
    writer: Any = index.writer(codec=Codec(), compound=False, _lk=False)
    writer.pool = PostingPool()
    return writer


def fill(
    index: FileIndex,
    documents: Iterable[CaseDocument],
    progress: Callable[[int], None] | None,
) -> int:
    """Write documents into an empty index, one segment per batch.

    A second document with the case and audience of an earlier one raises ValueError: in a
    stream the earlier one is written already.
    """
    done = 0
    seen: set[tuple[int, str]] = set()
    writer: Any = None
    try:
        for document in documents:
            key = (document.case_id, document.audience)
            if key in seen:
                raise ValueError(f"case {key[0]} came twice for audience {key[1]!r}")
            seen.add(key)
            if writer is None:
                writer = new_writer(index)
            add(writer, document)
            done += 1
            if done % 500 == 0 and progress:
                progress(done)
            if done % REBUILD_BATCH == 0:
                writer.commit(merge=False)
                writer = None
    except BaseException:
        if writer is not None:
            writer.cancel()
        raise
    if writer is not None:
        writer.commit(merge=False)
    if progress:
        progress(done)
    return done


def add(writer: Any, document: CaseDocument) -> None:
    """Index one document."""
    analysed = analyse(document)
    # Straight into pool and columns: the way through the fields costs a third of all indexing.
    writer.pool.add_document(writer.docnum, analysed.terms, analysed.keys)
    _put(
        writer,
        {
            "case_id": document.case_id,
            "fingerprint": document.fingerprint(),
            "registered": document.registered or 0,
            "last_event": document.last_event or 0,
            "code": document.code.encode(),
            "audience": document.audience.encode(),
            "body": analysed.body,
        },
    )


def _put(writer: Any, values: dict[str, Any]) -> None:
    """Write the columns of the next document."""
    columns = writer.perdocwriter
    columns.start_doc(writer.docnum)
    for name, value in values.items():
        columns.add_column_value(name, COLUMNS[name], value)
    columns.finish_doc()
    writer.docnum += 1
    writer._added = True


def segments_to_merge(views: Sequence[SegmentView], *, purge: bool) -> list[SegmentView]:
    """Segments of a size class that has too many, with all smaller ones; half-empty ones.

    Large segments are left alone, so that the work stays in proportion to what was written.
    With ``purge`` also every one that holds a deleted document.
    """
    classes: dict[int, list[SegmentView]] = {}
    for view in views:
        if view.size < _LARGE:
            classes.setdefault(int(math.log(max(view.size, 64) / 64, 8)), []).append(view)
    crowded = [
        size
        for size, members in classes.items()
        if len(members) >= (_MERGE_FROM if size else _MERGE_SMALL_FROM)
    ]
    top = max(crowded, default=-1)
    chosen = {view.name for size, members in classes.items() if size <= top for view in members}
    return [
        view
        for view in views
        if view.name in chosen or (purge and view.deleted) or view.deleted * 2 > view.size
    ]


def segments_to_fold(views: Sequence[SegmentView], merging: set[str]) -> list[SegmentView]:
    """The smallest segments, if there are so many that a commit should take them along.

    They hold so few documents that it costs no more than the commit itself. Those that are being
    merged already are left to that.
    """
    tiny = [view for view in views if view.size <= _TINY and view.name not in merging]
    return tiny if len(tiny) >= _FOLD_FROM else []


def commit_with(writer: Any, folded: Sequence[SegmentView]) -> None:
    """Commit a writer; what it holds and the folded segments become one."""
    names = {view.name for view in folded}

    def policy(writer: Any, segments: list[Any]) -> list[Any]:
        for segment in segments:
            if segment.segment_id() in names:
                # Opened anew: the view of the searches does not know the latest deletions.
                view = SegmentView(writer.storage, segment)
                _append(writer, view)
                view.close()
        return [segment for segment in segments if segment.segment_id() not in names]

    writer.commit(mergetype=policy)


class Merge:
    """One segment made of several beside the index, while others write to it and search it.

    Only :meth:`finish` needs the right to write. A process that dies before leaves a directory
    that the next merge empties.
    """

    def __init__(self, folder: Path, schema: Any, segments: Sequence[Any]) -> None:
        self._folder = folder / MERGING
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir()
        self._storage = DurableStorage(folder)
        self._schema = schema
        self._sources = {segment.segment_id(): segment for segment in segments}
        self._places: dict[str, Any] = {}

    def fill(self) -> None:
        """Write the segment; the searches and writes of others go on."""
        index = FileIndex.create(DurableStorage(self._folder), self._schema)
        writer = new_writer(index)
        try:
            for name, segment in self._sources.items():
                view = SegmentView(self._storage, segment)
                self._places[name] = _append(writer, view)
                view.close()
        except BaseException:
            writer.cancel()
            raise
        writer.commit(merge=False)
        self._made = TOC.read(index.storage, index.indexname, schema=self._schema).segments

    def finish(self, index: FileIndex) -> bool:
        """Put the segment in the place of its sources; needs the right to write.

        What was deleted from them meanwhile is deleted from it. False, and nothing done, if one
        of them is gone.
        """
        toc = TOC.read(index.storage, index.indexname, schema=self._schema)
        standing = {segment.segment_id(): segment for segment in toc.segments}
        if not self._sources.keys() <= standing.keys():
            return False
        for name, places in self._places.items():
            for number in standing[name].deleted_docs():
                if places[number] >= 0:
                    self._made[0].delete_document(int(places[number]))
        for file in self._folder.iterdir():
            if file.suffix != ".toc" and file.is_file():
                os.replace(file, self._folder.parent / file.name)
        kept = [segment for segment in toc.segments if segment.segment_id() not in self._sources]
        segments, generation = [*self._made, *kept], toc.generation + 1
        TOC(self._schema, segments, generation).write(index.storage, index.indexname)
        clean_files(index.storage, index.indexname, generation, segments)
        return True

    def close(self) -> None:
        """Remove what is left over."""
        shutil.rmtree(self._folder, ignore_errors=True)


def tidy(index: FileIndex, folder: Path, schema: Any) -> None:
    """Remove files that the newest table of contents does not name; call as the one writer."""
    shutil.rmtree(folder / MERGING, ignore_errors=True)
    remove_leftovers(folder)
    toc = TOC.read(index.storage, index.indexname, schema=schema)
    clean_files(index.storage, index.indexname, toc.generation, toc.segments)


def _append(writer: Any, view: SegmentView) -> Any:
    """Add the live documents of a segment; array of their new numbers, -1 for deleted ones."""
    first = writer.docnum
    alive = bits.flags_of(view.alive, view.size)
    columns = {name: view.column(name) for name in COLUMNS}
    for number in np.flatnonzero(alive).tolist():
        _put(
            writer,
            {
                name: int(column[number]) if name in NUMBERS else column[number]
                for name, column in columns.items()
            },
        )
    renumbered = np.cumsum(alive) + (first - 1)
    for field in ("terms", "keys"):
        for term, (documents, weights) in view.everything(field):
            stays = alive[documents]
            if not isinstance(weights, int):
                weights = weights[stays]
            documents = renumbered[documents[stays]]
            if len(documents):
                writer.pool.add_list(field, term, documents, weights)
    return np.where(alive, renumbered, -1)
