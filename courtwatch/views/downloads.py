"""Everything that an organisation entered, to take away."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO, Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from courtwatch.services.own_data import write_archive
from courtwatch.web.dates import format_moment

BLOCK = 1 << 16
IN_MEMORY = 8 << 20


@view_config(route_name="my_data", request_method="GET", permission="organisation:data:download")
def my_data(request: Request) -> Response:
    """Send the organisation's own data as a ZIP of CSV files."""
    identity = request.identity
    notice = f"Courtwatch: all that {identity.organisation_name_en} entered.\n"
    notice += f"As of {format_moment(request.now)}."
    if identity.invented:
        notice += "\nInvented data: every person, case and court is made up for demonstration."
    # Beyond some megabytes the archive waits on the disk, unnamed, and goes with the answer.
    file: IO[Any] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
    write_archive(request.dbsession, identity.organisation_id, file, notice)
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
