"""Build the whole search index again while it is in use, and lose nothing recorded meanwhile.

The new index reads the record in stretches, so it may miss what changes after its stretch was read.
The worker indexes such a change in the old index, where it is found at once, and keeps the job
(`jobs.keep`), because the new index may have read the case before. When the new index is in use the
kept jobs are due again. Any process may rebuild, whichever is the worker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import Engine

from courtwatch.security.keys import read_or_make
from courtwatch.services import jobs
from courtwatch.services.index_rows import all_case_ids
from courtwatch.services.indexed_documents import (
    BEFORE_ALL,
    Difference,
    IndexPass,
    gone,
    latest_change,
    record,
)
from courtwatch.services.seen_digests import Digester
from courtwatch.settings import Settings
from search_index.documents import CaseDocument
from search_index.index import open_index

STRETCH = 2_000
"""Cases read in one transaction: a long one would keep SQLite from emptying its log."""


def rebuild_index(
    engine: Engine, settings: Settings, progress: Callable[[int], None] | None = None
) -> int:
    """Build the index again beside the one in use, then swap. Returns the number of documents.

    Raises IndexLocked while another process does the same.
    """
    owed: list[int] = []
    changes: list[Difference] = []
    digester = Digester(read_or_make(settings.data_directory))

    def documents() -> Iterator[CaseDocument]:
        # Begins when the right to rebuild is ours: whatever is committed from here on is either
        # read below, or its job is kept.
        with engine.connect() as connection:
            owed.extend(jobs.index_jobs(connection))
            case_ids = all_case_ids(connection)
            first = latest_change(connection) == BEFORE_ALL
            changes.extend(gone(connection, case_ids))
        for start in range(0, len(case_ids), STRETCH):
            stretch = case_ids[start : start + STRETCH]
            with engine.connect() as connection:
                going = IndexPass(connection, stretch, digester, first)
                for document in going.documents():
                    # A case that was merged meanwhile would bring the one that it went into again.
                    if stretch[0] <= document.case_id <= stretch[-1]:
                        yield document
            # What is no change waits for nothing; what is one, until its documents are in use.
            changes.extend(one for one in going.differences if one.counts)
            record(engine, [one for one in going.differences if not one.counts])

    place, name = settings.index_directory, settings.search_engine.value
    with open_index(place, name, for_rebuild=True) as index:
        written = index.rebuild(documents(), progress)
    record(engine, changes, lambda connection: jobs.finish_in(connection, owed))
    jobs.make_kept_due(engine)
    return written
