"""The long work on the search index: building it again, merging, purging. One at a time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine

from courtwatch.models.engine import empty_log
from courtwatch.services import jobs
from courtwatch.services.rebuild_index import rebuild_index
from courtwatch.services.work import PURGE_INDEX
from courtwatch.settings import Settings
from search_index.analysis import forget
from search_index.errors import IndexCorrupt, IndexLocked, IndexOutdated
from search_index.index import SearchIndex
from search_index.storage import remove_superseded

log = logging.getLogger(__name__)
REST_SECONDS = 10.0
SUPERSEDED_AFTER = 120.0
"""Readers of other processes have so long to move on to a new index."""
_CLOSING_SECONDS = 10.0


class Ended(Exception):
    """The worker ends; what was being built is given up."""


class Upkeep:
    """Does long work, in a thread of its own where the worker goes on meanwhile.

    `rebuild_needed`: the index can't be used. `written`: something was indexed since the last
    look for segments to merge; true at first, because whoever wrote last may have died before.
    """

    def __init__(
        self, engine: Engine, settings: Settings, index: Callable[[], SearchIndex]
    ) -> None:
        self.engine = engine
        self.settings = settings
        self.rebuild_needed = False
        self.written = True
        self._index = index
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._rest_until = 0.0

    def is_free(self) -> bool:
        """Say whether the next work may begin; after a failure not at once."""
        if self._thread is not None and self._thread.is_alive():
            return False
        return time.monotonic() >= self._rest_until

    def begin(self, work: Callable[[], bool], done: Callable[[], object]) -> None:
        """Do work in the background; `done` is called if it succeeded."""

        def run() -> None:
            if self._tried(work):
                done()
            else:
                self._rest_until = time.monotonic() + REST_SECONDS

        self._thread = threading.Thread(target=run, name="courtwatch-upkeep", daemon=True)
        self._thread.start()

    def _tried(self, work: Callable[[], bool]) -> bool:
        try:
            return work()
        except IndexLocked as error:
            log.info("upkeep of the index waits: %s", error)
        except Ended:
            log.info("upkeep of the index was given up")
        except Exception:
            log.exception("upkeep of the index failed; it is tried again")
        return False

    def rebuild(self, progress: Callable[[int], None] | None = None) -> int:
        """Build the index again beside the one in use. Returns the number of documents."""

        def told(written: int) -> None:
            if self._ending.is_set():
                raise Ended
            if progress is not None:
                progress(written)

        written = rebuild_index(self.engine, self.settings, told)
        self.rebuild_needed = False
        self.written = True
        return written

    def compact(self) -> bool:
        """Merge small segments."""
        self.written = False
        try:
            self._index().compact()
        except (IndexCorrupt, IndexOutdated) as error:
            log.warning("%s; building the index again", error)
            self.rebuild_needed = True
        return True

    def purge(self, now: datetime) -> bool:
        """After a redaction: rewrite what holds deleted documents, and empty the database's log.

        Returns False if something still holds the words: a document that is not indexed again, an
        index that was replaced a moment ago, a log that a reader needs. The jobs wait then.
        """
        with self.engine.connect() as connection:
            due = jobs.due_jobs(connection, PURGE_INDEX, now, 1000)
            waiting = jobs.index_jobs(connection)
        if waiting or not due:
            return False
        index = self._index()
        index.compact(purge=True)
        forget()
        gone = remove_superseded(self.settings.index_directory, older_than=SUPERSEDED_AFTER)
        if not empty_log(self.engine) or not gone:
            return False
        jobs.finish(self.engine, [job for job, _key in due])
        return True

    def close(self) -> None:
        """Give up what is under way, as a crash would; an index that is in use stays whole."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join(_CLOSING_SECONDS)
