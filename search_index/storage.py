"""Where an index lives: generations in directories, one pointer, one writer.

::

    path/CURRENT           name of the generation in use, swapped by an atomic rename
    path/LOCK              held (flock) by the one process that writes
    path/REBUILD           held (flock) by the one process that fills a new generation
    path/generation-0001/  files of the engine and meta.json (engine and versions)
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from search_index.errors import IndexCorrupt, IndexLocked, IndexOutdated, IndexUnwritable

POINTER = "CURRENT"
LOCK = "LOCK"
REBUILD_LOCK = "REBUILD"
META = "meta.json"
_PREFIX = "generation-"


def fsync_directory(path: Path) -> None:
    """Make renames and new names in a directory durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def state_of(path: Path) -> tuple[str, bool]:
    """The generation in use ("" if none), and whether another one is being filled.

    A write is safe from being lost to a rebuild if this was the same before its documents were
    read from the database and after it was durable, and nothing was being filled.
    """
    try:
        name = (path / POINTER).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        name = ""
    try:
        descriptor = os.open(path / REBUILD_LOCK, os.O_RDWR)
    except OSError:
        return name, False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return name, True
    finally:
        os.close(descriptor)
    return name, False


def write_durably(path: Path, text: str) -> None:
    """Replace a small file atomically; after return it survives a power cut."""
    temporary = path.with_name(f"{path.name}.new")
    with open(temporary, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(temporary, path)
    fsync_directory(path.parent)


class Generations:
    """The directory of one index and the generation in use."""

    def __init__(self, path: Path, engine: str, version: str) -> None:
        self.path = path
        self.engine = engine
        self.version = version

    def current(self) -> Path | None:
        """Directory of the generation in use; ``None`` if there has never been one."""
        try:
            name = (self.path / POINTER).read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise IndexCorrupt(str(self.path), f"{POINTER}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise IndexCorrupt(str(self.path), f"{POINTER} is not text") from error
        # The pointer names a child: a path in it would lead to an index from elsewhere.
        if not name.startswith(_PREFIX) or "/" in name or not (self.path / name).is_dir():
            raise IndexCorrupt(str(self.path), f"{POINTER} names {name!r}, which does not exist")
        return self.path / name

    def check(self, generation: Path) -> None:
        """Raise IndexOutdated or IndexCorrupt if this program can't use a generation."""
        try:
            meta = json.loads((generation / META).read_text(encoding="utf-8"))
            found = f"{meta['engine']} {meta['version']}"
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise IndexCorrupt(str(self.path), f"{META} is missing or damaged") from error
        expected = f"{self.engine} {self.version}"
        if found != expected:
            raise IndexOutdated(str(self.path), found, expected)

    def new(self) -> Path:
        """An empty directory for the next generation, not in use yet; see :meth:`rebuilding`.

        Those that an earlier rebuild left half filled are removed.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        used = self._in_use()
        for left in self._all():
            if used is not None and self._number(left) > used:
                shutil.rmtree(left, ignore_errors=True)
        numbers = [int(p.name[len(_PREFIX) :]) for p in self._all() if self._number(p) >= 0]
        generation = self.path / f"{_PREFIX}{max(numbers, default=0) + 1:04d}"
        generation.mkdir()
        meta = {"engine": self.engine, "version": self.version}
        write_durably(generation / META, json.dumps(meta) + "\n")
        return generation

    def _all(self) -> list[Path]:
        return sorted(p for p in self.path.glob(f"{_PREFIX}*") if p.is_dir())

    def _in_use(self) -> int | None:
        """Number of the generation in use; None if the pointer says nothing."""
        try:
            current = self.current()
        except IndexCorrupt:
            return None
        return None if current is None else self._number(current)

    @staticmethod
    def _number(path: Path) -> int:
        digits = path.name[len(_PREFIX) :]
        return int(digits) if digits.isdigit() else -1

    def swap(self, generation: Path) -> None:
        """Make a finished generation the one in use, atomically and durably."""
        for file in generation.iterdir():
            if file.is_file():
                with open(file, "rb") as stream:
                    os.fsync(stream.fileno())
        fsync_directory(generation)
        write_durably(self.path / POINTER, f"{generation.name}\n")

    def remove_old(self, keep: Path, *, older_than: float) -> int:
        """Remove generations before ``keep`` that nobody touched for ``older_than`` seconds.

        Readers of other processes get that long to move to the new one. A later generation is
        being filled, perhaps.
        """
        removed = 0
        for generation in self._all():
            if self._number(generation) >= self._number(keep):
                continue
            try:
                age = time.time() - (generation / META).stat().st_mtime
            except FileNotFoundError:
                age = older_than
            if age >= older_than:
                shutil.rmtree(generation, ignore_errors=True)
                removed += 1
        return removed

    def retire(self, generation: Path) -> None:
        """Start the time after which an old generation is removed."""
        meta = generation / META
        if meta.exists():
            os.utime(meta)

    def writing(self, wait: float) -> AbstractContextManager[None]:
        """Be the only writer. Raises IndexLocked after ``wait`` seconds, and IndexUnwritable when
        the disk refuses what is done meanwhile.

        The kernel drops the lock with the process, so a killed writer leaves none behind.
        """
        return self._holding(LOCK, wait)

    def rebuilding(self, wait: float) -> AbstractContextManager[None]:
        """Be the only one who fills a new generation; errors as for :meth:`writing`.

        The right to write is taken inside, for the swap alone, so that the old index follows what
        is recorded while a large one is filled.
        """
        return self._holding(REBUILD_LOCK, wait)

    def remove_superseded(self, older_than: float) -> bool:
        """See the function of this name."""
        current = self.current()
        if current is None:
            return True
        self.remove_old(current, older_than=older_than)
        return all(self._number(one) >= self._number(current) for one in self._all())

    @contextmanager
    def _holding(self, name: str, wait: float) -> Iterator[None]:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path / name, os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise IndexUnwritable(str(self.path), error.strerror or str(error)) from error
        try:
            self._acquire(descriptor, wait)
            yield
        except OSError as error:
            raise IndexUnwritable(str(self.path), error.strerror or str(error)) from error
        finally:
            os.close(descriptor)

    def _acquire(self, descriptor: int, wait: float) -> None:
        deadline = time.monotonic() + wait
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise IndexLocked(str(self.path), wait) from None
                time.sleep(0.02)
            else:
                return


def remove_superseded(path: Path, *, older_than: float) -> bool:
    """Remove what was replaced so many seconds ago by a rebuild; True if nothing of it is left.

    It holds words that may have been redacted since.
    """
    return Generations(path, "", "").remove_superseded(older_than)
