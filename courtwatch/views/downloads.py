"""Everything that an organisation entered, to take away."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO, Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from courtwatch.exchange.organisation_export import write_archive

BLOCK = 1 << 16
IN_MEMORY = 8 << 20


@view_config(route_name="my_data", request_method="GET", permission="organisation:data:download")
def my_data(request: Request) -> Response:
    """Send the organisation's own data as a ZIP of CSV files."""
    identity = request.identity
    # Beyond some megabytes the archive waits on the disk, unnamed, and goes with the answer.
    file: IO[Any] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
    write_archive(request.dbsession, identity.organisation_code, file, request.now)
    size = file.tell()
    file.seek(0)
    suffix = "-invented-data" if identity.invented else ""
    name = f"courtwatch-{identity.organisation_code}-{request.now:%Y-%m-%d}{suffix}.zip"
    response = Response(content_type="application/zip")
    response.app_iter = _blocks(file)
    response.content_length = size
    response.content_disposition = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _blocks(file: IO[Any]) -> Iterator[bytes]:
    with file:
        while block := file.read(BLOCK):
            yield block
