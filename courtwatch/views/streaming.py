"""Downloads that are written while they are read, so that no size of record fills the memory."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy.orm import Session

from courtwatch.db import reading
from courtwatch.exchange.formulas import safe_row

BATCH = 200
_TYPES = {"csv": "text/csv", "json": "application/json"}


def stream(
    request: Request,
    name: str,
    columns: Sequence[str],
    rows: Callable[[Session], Iterable[Mapping[str, Any]]],
    about: Mapping[str, Any],
) -> Response:
    """Answer with rows as CSV or JSON, by the address's `format`.

    `rows` gets a session of its own, because the request's is closed when the answer starts to
    leave. `about` says what this is (invented or not, as of when, filters); CSV has no place for
    it but its rows. `name` is the file name without its ending.
    """
    kind = request.matchdict["format"]
    lines = _csv(columns) if kind == "csv" else _json(about)

    def answer() -> Iterator[bytes]:
        with reading(request.registry) as session:
            for text in lines(rows(session)):
                yield text.encode()

    response = Response(content_type=_TYPES[kind], charset="utf-8" if kind == "csv" else None)
    response.app_iter = answer()
    response.content_disposition = f'attachment; filename="{name}.{kind}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _csv(columns: Sequence[str]) -> Callable[[Iterable[Mapping[str, Any]]], Iterator[str]]:
    def lines(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
        file = io.StringIO(newline="")
        writer = csv.writer(file, lineterminator="\r\n")
        # The mark makes spreadsheets read Khmer; every reader of CSV in Python skips it.
        file.write("\ufeff")
        writer.writerow(columns)
        for number, row in enumerate(rows, 1):
            writer.writerow(safe_row(_plain(row.get(column)) for column in columns))
            if number % BATCH == 0:
                yield _taken(file)
        yield _taken(file)

    return lines


def _plain(value: Any) -> Any:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


def _taken(file: io.StringIO) -> str:
    text = file.getvalue()
    file.seek(0)
    file.truncate()
    return text


def _json(about: Mapping[str, Any]) -> Callable[[Iterable[Mapping[str, Any]]], Iterator[str]]:
    def lines(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
        yield json.dumps(dict(about), ensure_ascii=False, default=str)[:-1] + ', "rows": ['
        batch: list[str] = []
        first = True
        for row in rows:
            batch.append(
                ("\n" if first else ",\n") + json.dumps(dict(row), ensure_ascii=False, default=str)
            )
            first = False
            if len(batch) == BATCH:
                yield "".join(batch)
                batch.clear()
        yield "".join(batch) + "\n]}\n"

    return lines
