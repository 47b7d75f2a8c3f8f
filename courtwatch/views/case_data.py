"""A case as a file for programs: what its page shows, now or as known at a past moment."""

from __future__ import annotations

import json

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from courtwatch.services.case_json import as_values
from courtwatch.views.case import asked


@view_config(route_name="case_data", request_method="GET", permission="record:case:download")
def data(request: Request) -> Response:
    """Send the case as JSON, as far as this person may see it."""
    shown, at = asked(request)
    text = json.dumps(as_values(shown, at), ensure_ascii=False, indent=2, allow_nan=False)
    then = "" if at is None else f"-r{at.revision}"
    invented = "-invented-data" if shown.jurisdiction.invented else ""
    name = f"courtwatch-{shown.code}{then}{invented}.json"
    return Response(
        body=f"{text}\n".encode(),
        headerlist=[
            ("Content-Type", "application/json; charset=utf-8"),
            ("Content-Disposition", f'attachment; filename="{name}"'),
        ],
    )
