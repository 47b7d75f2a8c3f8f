"""The server of these tests stops without a trace: a fault of stopping once failed a whole run."""

from __future__ import annotations

import http.client
import logging
import threading
from collections.abc import Iterable
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from tests.browser.serving import serving


def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer any request and keep the connection."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]


# Whatever a thread raises fails the test as well (pytest collects it): that was how it showed.
def test_stops_with_connections_open(caplog: pytest.LogCaptureFixture) -> None:
    """Thirty times: browsers keep connections, and neither a thread nor an error is left."""
    caplog.set_level(logging.DEBUG, logger="waitress")
    before = set(threading.enumerate())
    for _ in range(30):
        connections = []
        with serving(answer) as address:
            where = urlsplit(address)
            for _ in range(3):
                connection = http.client.HTTPConnection(str(where.hostname), where.port)
                connection.request("GET", "/")
                assert connection.getresponse().read() == b"ok"
                connections.append(connection)
        for connection in connections:
            connection.close()
    assert not set(threading.enumerate()) - before
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_refuses_connections_afterwards() -> None:
    """Nothing listens once it has stopped."""
    with serving(answer) as address:
        where = urlsplit(address)
    connection = http.client.HTTPConnection(str(where.hostname), where.port)
    with pytest.raises(ConnectionRefusedError):
        connection.request("GET", "/")
