"""Putting documents into a Whoosh index, and merging its small segments."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from whoosh.index import FileIndex
from whoosh.reading import SegmentReader

from search_index.analysis import analyse
from search_index.documents import CaseDocument
from search_index.whoosh_files import Codec, PostingPool
from search_index.whoosh_segment import SegmentView

REBUILD_BATCH = 20_000
_MERGE_FROM = 5


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
    # Straight into the pool: the way through the fields costs a third of all indexing.
    writer.pool.add_document(writer.docnum, analysed.terms, analysed.keys)
    writer.add_document(
        case_id=document.case_id,
        fingerprint=document.fingerprint(),
        registered=document.registered or 0,
        last_event=document.last_event or 0,
        code=document.code.encode(),
        audience=document.audience.encode(),
        body=analysed.body,
    )


def segments_to_merge(views: Sequence[SegmentView], *, purge: bool) -> set[str]:
    """Segments of a size class that has too many, with all smaller ones; half-empty ones.

    With ``purge`` also every one that holds a deleted document.
    """
    classes: dict[int, list[SegmentView]] = {}
    for view in views:
        classes.setdefault(int(math.log(max(view.size, 64) / 64, 8)), []).append(view)
    crowded = [size for size, members in classes.items() if len(members) >= _MERGE_FROM]
    top = max(crowded, default=-1)
    chosen = [view for size, members in classes.items() if size <= top for view in members]
    chosen += [view for view in views if (purge and view.deleted) or view.deleted * 2 > view.size]
    return {view.name for view in chosen}


def merge(writer: Any, chosen: set[str]) -> None:
    """Commit a writer with the chosen segments as one."""

    def policy(writer: Any, segments: list[Any]) -> list[Any]:
        kept = []
        for segment in segments:
            if segment.segment_id() not in chosen:
                kept.append(segment)
                continue
            reader = SegmentReader(writer.storage, writer.schema, segment)
            if reader.doc_count():
                writer.add_reader(reader)
            reader.close()
        return kept

    writer.commit(mergetype=policy)
