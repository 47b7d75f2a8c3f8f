"""Wakes the worker when something was committed, whichever process it runs in.

A named pipe in the data directory: whoever commits writes a byte, the worker sleeps on the other
end. Nothing is lost if it does not ring, because the jobs stand in the database: the worker also
looks by itself, every `courtwatch.worker_poll_seconds`. That is all there is where web server and
worker run on different machines.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import stat
import time
from pathlib import Path

log = logging.getLogger(__name__)
_READ = 4096


class Doorbell:
    """One pipe. `ring` may be called from any process and thread, and in a signal handler."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "worker.bell"
        self._pipe: int | None = None

    def ring(self) -> bool:
        """Wake the worker; return whether one listens. Never waits and never fails."""
        try:
            pipe = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:  # nobody has listened yet, or nobody does now
            return False
        try:
            if not stat.S_ISFIFO(os.fstat(pipe).st_mode):
                return False
            os.write(pipe, b"\n")
        except BlockingIOError:  # full of rings that nobody has answered yet
            return True
        except OSError:
            return False
        finally:
            os.close(pipe)
        return True

    def listen(self) -> bool:
        """Begin to hear rings, also those that come while nobody waits; False if that can't be."""
        if self._pipe is not None:
            return True
        try:
            with contextlib.suppress(FileExistsError):
                os.mkfifo(self.path, 0o600)
            # Open for writing too, so that the pipe has no end when the last ringer leaves.
            pipe = os.open(self.path, os.O_RDWR | os.O_NONBLOCK)
        except OSError as error:
            log.warning("no doorbell (%s); the worker looks by itself", error)
            return False
        if not stat.S_ISFIFO(os.fstat(pipe).st_mode):
            os.close(pipe)
            log.warning("%s is no pipe; the worker looks by itself", self.path)
            return False
        self._pipe = pipe
        return True

    def wait(self, seconds: float) -> bool:
        """Sleep until it rings or the time is over; return whether it rang."""
        if self._pipe is None:
            time.sleep(seconds)
            return False
        ready, _writing, _broken = select.select([self._pipe], [], [], seconds)
        if not ready:
            return False
        with contextlib.suppress(BlockingIOError):
            while len(os.read(self._pipe, _READ)) == _READ:
                pass
        return True

    def close(self) -> None:
        """Hear no more."""
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None
