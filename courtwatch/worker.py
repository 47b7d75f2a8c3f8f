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
from sqlalchemy import Engine, delete

from courtwatch.db import WAKE
from courtwatch.doorbell import Doorbell
from courtwatch.index_upkeep import Upkeep
from courtwatch.models import SavedSearch, SignInAttempt, UserSession
from courtwatch.models.engine import WRITES
from courtwatch.security import keys
from courtwatch.services import jobs
from courtwatch.services.indexed_documents import IndexPass, record
from courtwatch.services.seen_digests import Digester
from courtwatch.services.work import PURGE_INDEX
from courtwatch.settings import Settings, WorkerMode
from search_index.errors import IndexCorrupt, IndexLocked, IndexOutdated, SearchIndexError
from search_index.index import SearchIndex, open_index
from search_index.storage import state_of

log = logging.getLogger(__name__)
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
        self.digester = Digester(keys.read_or_make(settings.data_directory))
        self.bell = Doorbell(settings.data_directory)
        self.upkeep = Upkeep(engine, settings, lambda: self.index)
        self._index: SearchIndex | None = None
        self._opening = threading.Lock()
        self._swept: datetime | None = None

    @property
    def index(self) -> SearchIndex:
        """Return the index, opened on first use; it follows a new one by itself."""
        with self._opening:
            if self._index is None:
                self._index = open_index(
                    self.settings.index_directory, self.settings.search_engine.value
                )
            return self._index

    def run_once(self, now: datetime | None = None) -> int:
        """Do all jobs that are due, one after the other. Returns how many.

        Needs the lock (WorkerBusy without).
        """
        self.claim()
        now = now or datetime.now(UTC)
        done = self._index_due(now)
        if self.upkeep.written and not self.upkeep.rebuild_needed:
            self.upkeep.compact()
        if self.upkeep.rebuild_needed or jobs.INDEX_ALL in self._due(now):
            self.upkeep.rebuild()
            done += 1 + self._index_due(now)
        done += self.upkeep.purge(now)
        self._sweep(now)
        return done

    def run(self, ending: threading.Event, poll_seconds: float) -> None:
        """Work until `ending` is set, woken by the bell or by the time; an error is logged.

        What takes long (a new index, merges, purging) goes on in a thread of its own, so that what
        is recorded meanwhile is found at once all the same.
        """
        while not ending.is_set():
            hears = False
            try:
                self.claim()
                hears = self.bell.listen()
                self._step(ending)
            except WorkerBusy:
                log.debug("another process is the worker")
            except Exception:
                log.exception("the worker met an error and goes on")
            if hears:
                self.bell.wait(poll_seconds)
            else:
                ending.wait(poll_seconds)
        self.close()

    def claim(self) -> None:
        """Be the worker. Raises WorkerBusy if another process is."""
        if not self.lock.acquire():
            raise WorkerBusy(f"another worker holds {self.lock.path}")

    def _step(self, ending: threading.Event) -> None:
        """Look once for work. The time is asked for each batch: others commit meanwhile."""
        while not ending.is_set() and self._index_batch(datetime.now(UTC)):
            self._begin_upkeep(datetime.now(UTC))
        self._begin_upkeep(datetime.now(UTC))
        self._sweep(datetime.now(UTC))

    def _begin_upkeep(self, now: datetime) -> None:
        """Begin the long work that is due, if none is under way. It rings when it is done."""
        if not self.upkeep.is_free():
            return
        kinds = self._due(now)
        if self.upkeep.rebuild_needed or jobs.INDEX_ALL in kinds:
            self.upkeep.begin(lambda: self.upkeep.rebuild() >= 0, self.bell.ring)
        elif PURGE_INDEX in kinds and not kinds & jobs.OF_THE_INDEX:
            self.upkeep.begin(lambda: self.upkeep.purge(now), self.bell.ring)
        elif self.upkeep.written:
            self.upkeep.begin(self.upkeep.compact, self.bell.ring)

    def _due(self, now: datetime) -> frozenset[str]:
        with self.engine.connect() as connection:
            return jobs.due_kinds(connection, now)

    def _index_due(self, now: datetime) -> int:
        done = 0
        while batch := self._index_batch(now):
            done += batch
        return done

    def _index_batch(self, now: datetime) -> int:
        """Index the next cases that are due. Returns the number of jobs, 0 if none could be done.

        A job is finished when its documents are durable in an index that stays; see
        `services.rebuild_index` for one that is about to be replaced.
        """
        before = state_of(self.settings.index_directory)
        if not before[0]:
            self.upkeep.rebuild_needed = True
        if self.upkeep.rebuild_needed:
            return 0  # there is no index to write to; the new one will hold it all
        kinds = self._due(now)
        if jobs.INDEX_AGAIN in kinds and not before[1]:
            jobs.make_kept_due(self.engine)
        elif jobs.INDEX_CASE not in kinds:
            return 0
        with self.engine.connect() as connection:
            due = jobs.due_cases(connection, now, self.settings.worker_batch)
            case_ids = {case_id for _job, case_id in due}
            going = IndexPass(connection, sorted(case_ids), self.digester)
            documents = list(going.documents())
        job_ids = [job for job, _case_id in due]
        if not due:
            return 0
        try:
            # With a merged case comes the one that it was merged into: it is replaced as well.
            replaced = case_ids.union(document.case_id for document in documents)
            self.index.write(documents, replaced_case_ids=replaced)
        except (IndexCorrupt, IndexOutdated) as error:
            log.warning("%s; building the index again", error)
            self.upkeep.rebuild_needed = True
            return 0
        except IndexLocked as error:
            log.info("indexing waits: %s", error)
            return 0
        except SearchIndexError as error:
            jobs.postpone(self.engine, job_ids, now, str(error))
            log.warning("indexing is postponed: %s", error)
            return len(due)
        self.upkeep.written = True
        after = state_of(self.settings.index_directory)
        stays = not (before[1] or after[1]) and before[0] == after[0]
        done = jobs.finish_in if stays else jobs.keep_in
        record(self.engine, going.differences, lambda connection: done(connection, job_ids))
        return len(due)

    def rebuild(self, progress: Callable[[int], None] | None = None) -> int:
        """Build the whole index again beside the one in use. Returns the number of documents."""
        return self.upkeep.rebuild(progress)

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

    def close(self) -> None:
        """Let go of index and lock. Long work under way is given up; its jobs stay."""
        self.upkeep.close()
        with self._opening:
            index, self._index = self._index, None
        if index is not None:
            index.close()
        self.bell.close()
        self.lock.release()


class WorkerThread(threading.Thread):
    """The worker inside a server."""

    def __init__(self, worker: Worker, poll_seconds: float) -> None:
        super().__init__(name="courtwatch-worker", daemon=True)
        self.worker = worker
        self.poll_seconds = poll_seconds
        self._ending = threading.Event()

    def stop(self) -> None:
        """End after the batch in hand."""
        self._ending.set()
        self.worker.bell.ring()

    def run(self) -> None:
        """Work until stopped."""
        self.worker.run(self._ending, self.poll_seconds)


def includeme(config: Configurator) -> None:
    """Ring for the worker after each commit, and start one here where the settings ask for it."""
    settings: Settings = config.registry["courtwatch.settings"]
    # Whichever process is the worker: it may be that of another server, or a command.
    config.registry[WAKE] = Doorbell(settings.data_directory).ring
    if settings.worker is not WorkerMode.THREAD:
        return
    worker = Worker(config.registry["courtwatch.engine"], settings)
    thread = WorkerThread(worker, settings.worker_poll_seconds)
    config.registry["courtwatch.worker_thread"] = thread

    def start(event: Any) -> None:
        thread.start()

    config.add_subscriber(start, ApplicationCreated)
