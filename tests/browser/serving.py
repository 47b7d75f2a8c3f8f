"""Serve an application on loopback, and stop it so that nothing of it goes on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from wsgiref.types import WSGIApplication

from waitress import wasyncore
from waitress.server import create_server

# Seconds that a request under way, and then the server, are given to end.
PATIENCE = 10


@contextmanager
def serving(app: WSGIApplication) -> Iterator[str]:
    """Serve `app` on a free port of loopback and yield its address, without a slash at the end.

    The thread that waits on the sockets also closes them: closed from another thread while it
    waits, or while a request still writes to them, they are a bad file descriptor to it, or by then
    another file's.
    """
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, name="served", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.task_dispatcher.shutdown(timeout=PATIENCE)
        server.trigger.pull_trigger(partial(wasyncore.close_all, server._map))
        thread.join(PATIENCE)
        assert not thread.is_alive(), "the server goes on after it was told to stop"
