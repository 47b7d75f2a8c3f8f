"""Putting documents into a Whoosh index, and merging its small segments."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from whoosh.index import FileIndex

from search_index import bits
from search_index.analysis import analyse
from search_index.documents import CaseDocument
from search_index.whoosh_files import COLUMNS, NUMBERS
from search_index.whoosh_postings import Codec, PostingPool
from search_index.whoosh_segment import SegmentView

REBUILD_BATCH = 100_000
"""Documents of a segment that a rebuild makes; their postings are kept in 100 MB meanwhile."""
_MERGE_FROM = 5
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
    crowded = [size for size, members in classes.items() if len(members) >= _MERGE_FROM]
    top = max(crowded, default=-1)
    chosen = {view.name for size, members in classes.items() if size <= top for view in members}
    return [
        view
        for view in views
        if view.name in chosen or (purge and view.deleted) or view.deleted * 2 > view.size
    ]


def segments_to_fold(views: Sequence[SegmentView]) -> list[SegmentView]:
    """The smallest segments, if there are so many that a commit should take them along.

    They hold so few documents that it costs no more than the commit itself.
    """
    tiny = [view for view in views if view.size <= _TINY]
    return tiny if len(tiny) >= _FOLD_FROM else []


def merge(writer: Any, chosen: Sequence[SegmentView]) -> None:
    """Commit a writer with the chosen segments, and what it holds itself, as one."""
    names = {view.name for view in chosen}

    def policy(writer: Any, segments: list[Any]) -> list[Any]:
        kept = []
        for segment in segments:
            if segment.segment_id() not in names:
                kept.append(segment)
                continue
            # Opened anew: a search may use the view meanwhile, and deletions are newer.
            view = SegmentView(writer.storage, segment)
            _append(writer, view)
            view.close()
        return kept

    writer.commit(mergetype=policy)


def _append(writer: Any, view: SegmentView) -> None:
    """Add the live documents of a segment."""
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
        for term, (documents, weights) in view.lists.beginning(field, b""):
            stays = alive[documents]
            if not isinstance(weights, int):
                weights = weights[stays]
            documents = renumbered[documents[stays]]
            if len(documents):
                writer.pool.add_list(field, term, documents, weights)
