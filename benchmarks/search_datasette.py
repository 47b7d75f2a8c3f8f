"""Datasette over HTTP, on the database of the FTS5 peer: the JSON of its table page."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlencode

from search_corpus import Question, TextStore, written
from search_peers import FACETS, PAGE, Fts5, Peer

from search_index import CaseDocument

START_SECONDS = 60
CANNOT = ("fuzzy", "highlighting", "Khmer word")
"""Not by the table page: FTS5 has no fuzzy words, the page shows no snippets, and it searches one
table, with the tokeniser that takes Khmer apart."""


def installed() -> bool:
    """True if this Python has Datasette."""
    return find_spec("datasette") is not None


class Datasette(Peer):
    """A server of its own; its processor time is that of the server's process."""

    name, title, borrows = "datasette", "Datasette", Fts5.name

    def __init__(self, folder: Path, texts: TextStore) -> None:
        super().__init__(folder, texts)
        self.database = folder.parent / Fts5.name / Fts5.file

    def build(self, documents: Iterator[CaseDocument]) -> None:
        """Nothing: it reads what the FTS5 peer has built."""

    def open(self) -> None:
        """Start the server on a free port and wait until it answers."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        limits = [
            part
            for name, value in (
                ("sql_time_limit_ms", "60000"),
                ("facet_time_limit_ms", "60000"),
                ("suggest_facets", "off"),
            )
            for part in ("--setting", name, value)
        ]
        command = ["-m", "datasette", "serve", str(self.database), "--port", str(self.port)]
        self.server = subprocess.Popen(
            [sys.executable, *command, *limits],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
                self._get("/-/versions.json")
            except OSError as error:
                if time.monotonic() > deadline or self.server.poll() is not None:
                    raise RuntimeError("Datasette does not start") from error
                time.sleep(0.1)
            else:
                return

    def _get(self, path: str) -> dict[str, object]:
        self.client.request("GET", path)
        response = self.client.getresponse()
        body = response.read()
        if response.status != 200:
            raise RuntimeError(f"Datasette answers {response.status} to {path}: {body[:300]!r}")
        answer: dict[str, object] = json.loads(body)
        return answer

    def commit(self, document: CaseDocument) -> None:
        """It reads only."""
        raise NotImplementedError

    def ask(self, question: Question) -> tuple[int, int] | None:
        """One page of the table, with its count."""
        if question.kind in CANNOT:
            return None
        asked: list[tuple[str, str]] = [("_size", str(PAGE))]
        if question.kind == "date range":
            low, high = question.days
            asked += [("registered__gte", str(low)), ("registered__lte", str(high))]
        else:
            asked += [("_fts_table", "fts"), ("_fts_pk", "id"), ("_searchmode", "raw")]
            asked.append(("_search", written(question)))
        if question.kind in ("date sort", "date range"):
            asked.append(("_sort_desc", "last_event"))
        if question.kind == "two facets":
            asked += [("_facet", name) for name in FACETS]
        answer = self._get(f"/{self.database.stem}/doc.json?{urlencode(asked)}")
        total, rows = answer["filtered_table_rows_count"], answer["rows"]
        if not isinstance(total, int) or not isinstance(rows, list):
            raise RuntimeError("Datasette gave no count")
        return total, len(rows)

    def cpu(self) -> float:
        """Processor time of the server, all threads (the clock of another process on Linux)."""
        return time.clock_gettime(~self.server.pid << 3 | 2)

    def size(self) -> int:
        """That of its database is the FTS5 peer's."""
        return 0

    def close(self) -> None:
        """End the server."""
        self.client.close()
        self.server.terminate()
        self.server.wait(30)
