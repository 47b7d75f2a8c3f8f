"""The worker: the only writer of the search index, fed by the jobs that transactions leave.

Setting `courtwatch.worker`: `thread` runs it inside the server (one thread among all processes,
elected by a lock on a file), `process` leaves it to `courtwatch worker`, `none` runs none.
"""

from __future__ import annotations

import fcntl
import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from pyramid.config import Configurator
from pyramid.events import ApplicationCreated
from sqlalchemy import Engine, delete, select

from courtwatch.models import Case, SavedSearch, SignInAttempt, UserSession
from courtwatch.models.engine import WRITES, empty_log
from courtwatch.services import jobs
from courtwatch.services.index_documents import all_case_ids, documents_of
from courtwatch.services.work import INDEX_CASE, PURGE_INDEX
from courtwatch.settings import Settings, WorkerMode
from search_index.errors import IndexCorrupt, IndexOutdated, SearchIndexError
from search_index.index import SearchIndex, open_index

log = logging.getLogger(__name__)
COMPACT_AFTER_BATCHES = 20
SWEEP_SECONDS = 600
KEEP_ATTEMPTS = timedelta(days=1)
KEEP_QUERIES = timedelta(days=30)  # typed words may be names; a named search is kept


class WorkerBusy(Exception):
    """Another process is the worker already."""


class WorkerLock:
    """The right to write the index: one process has it at a time, and a crash gives it back."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "worker.lock"
        self._file: IO[str] | None = None

    def acquire(self) -> bool:
        """Take the lock if nobody has it; return whether we have it now."""
        if self._file is not None:
            return True
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self.path.open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Give the lock back."""
        if self._file is not None:
            self._file.close()
            self._file = None


class Worker:
    """Does what jobs ask, in batches."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self.engine = engine
        self.settings = settings
        self.lock = WorkerLock(settings.data_directory)
        self._index: SearchIndex | None = None
        self._batches = 0
        self._swept: datetime | None = None

    @property
    def index(self) -> SearchIndex:
        """Return the index, opened on first use."""
        if self._index is None:
            self._index = open_index(
                self.settings.index_directory, self.settings.search_engine.value
            )
        return self._index

    def run_once(self, now: datetime | None = None) -> int:
        """Do all jobs that are due. Returns how many. Needs the lock (WorkerBusy without)."""
        if not self.lock.acquire():
            raise WorkerBusy(f"another worker holds {self.lock.path}")
        now = now or datetime.now(UTC)
        done = self._index_everything(now)
        while batch := self._index_batch(now):
            done += batch
        done += self._purge(now)
        self._sweep(now)
        return done

    def _index_batch(self, now: datetime) -> int:
        with self.engine.connect() as connection:
            due = jobs.due_jobs(connection, INDEX_CASE, now, self.settings.worker_batch)
            if not due:
                return 0
            case_ids = sorted({int(key) for _job, key in due})
            documents = list(documents_of(connection, case_ids))
        job_ids = [job for job, _key in due]
        try:
            self.index.write(documents, replaced_case_ids=case_ids)
        except (IndexCorrupt, IndexOutdated) as error:
            log.warning("%s; building the index again", error)
            self._drop_index()
            self.rebuild()
            return len(due)
        except SearchIndexError as error:
            jobs.postpone(self.engine, job_ids, now, str(error))
            log.warning("indexing is postponed: %s", error)
            return len(due)
        jobs.finish(self.engine, job_ids)
        self._batches += 1
        if self._batches % COMPACT_AFTER_BATCHES == 0:
            self.index.compact()
        return len(due)

    def _index_everything(self, now: datetime) -> int:
        with self.engine.connect() as connection:
            due = jobs.due_jobs(connection, jobs.INDEX_ALL, now, 1000)
        if not due:
            return 0
        self.rebuild()
        return len(due)

    def rebuild(self, progress: Callable[[int], None] | None = None) -> int:
        """Build the whole index again beside the one in use. Returns the number of documents.

        Every case that a transaction owed to the index before is in it then: those jobs are done.
        """
        index = open_index(
            self.settings.index_directory, self.settings.search_engine.value, for_rebuild=True
        )
        self._drop_index()
        with self.engine.connect() as connection:
            owed = jobs.index_jobs(connection)
            ids = all_case_ids(connection)
            written = index.rebuild(documents_of(connection, ids), progress)
        index.close()
        jobs.finish(self.engine, owed)
        return written

    def _drop_index(self) -> None:
        if self._index is not None:
            self._index.close()
            self._index = None

    def _sweep(self, now: datetime) -> None:
        """Remove what has run out: sessions, refused sign-ins, typed queries."""
        if self._swept is not None and (now - self._swept).total_seconds() < SWEEP_SECONDS:
            return
        self._swept = now
        writing = self.engine.connect().execution_options(**{WRITES: True})
        with writing as connection, connection.begin():
            connection.execute(delete(UserSession).where(UserSession.expires_at < now))
            attempts = SignInAttempt.at < now - KEEP_ATTEMPTS
            connection.execute(delete(SignInAttempt).where(attempts))
            typed = (SavedSearch.name.is_(None), SavedSearch.created_at < now - KEEP_QUERIES)
            connection.execute(delete(SavedSearch).where(*typed))

    def _purge(self, now: datetime) -> int:
        """After a redaction: rewrite what holds deleted documents, and empty the database's log."""
        with self.engine.connect() as connection:
            due = jobs.due_jobs(connection, PURGE_INDEX, now, 1000)
            waiting = jobs.index_jobs(connection)
        if waiting:
            return 0  # a document that holds the words may still be live
        if due:
            self.index.compact(purge=True)
            if not empty_log(self.engine):
                return 0  # a reader still needs the write-ahead log; the job waits
            jobs.finish(self.engine, [job for job, _key in due])
        return len(due)

    def close(self) -> None:
        """Let go of index and lock."""
        self._drop_index()
        self.lock.release()


def verify(engine: Engine, index: SearchIndex) -> tuple[list[int], list[int]]:
    """Compare index and database: cases that are missing there, and cases that should not be."""
    with engine.connect() as connection:
        expected = set(all_case_ids(connection))
        unlisted = set(connection.scalars(select(Case.id).where(Case.merged_into_id.is_not(None))))
    found = {case_id for case_id, _audience in index.case_keys()}
    return sorted(expected - found), sorted((found - expected) | (found & unlisted))


class WorkerThread(threading.Thread):
    """The worker inside a server: woken after each commit, else it looks by itself."""

    def __init__(self, worker: Worker, poll_seconds: float) -> None:
        super().__init__(name="courtwatch-worker", daemon=True)
        self.worker = worker
        self.poll_seconds = poll_seconds
        self._wake = threading.Event()
        self._ending = threading.Event()

    def wake(self) -> None:
        """Have the worker look for jobs now."""
        self._wake.set()

    def stop(self) -> None:
        """End after the job in hand."""
        self._ending.set()
        self._wake.set()

    def run(self) -> None:
        """Work until stopped. An error is logged and the worker goes on."""
        while not self._ending.is_set():
            self._wake.clear()
            try:
                self.worker.run_once()
            except WorkerBusy:
                log.debug("another process is the worker")
            except Exception:
                log.exception("the worker met an error and goes on")
            self._wake.wait(self.poll_seconds)
        self.worker.close()


def includeme(config: Configurator) -> None:
    """Start the thread where the settings ask for one, when the application is made."""
    settings: Settings = config.registry["courtwatch.settings"]
    if settings.worker is not WorkerMode.THREAD:
        return
    worker = Worker(config.registry["courtwatch.engine"], settings)
    thread = WorkerThread(worker, settings.worker_poll_seconds)
    config.registry["courtwatch.wake_worker"] = thread.wake
    config.registry["courtwatch.worker_thread"] = thread

    def start(event: Any) -> None:
        thread.start()

    config.add_subscriber(start, ApplicationCreated)
