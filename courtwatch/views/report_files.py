"""A finished report as a file: what pages of reports and of snapshots send alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyramid.httpexceptions import HTTPBadRequest
from pyramid.request import Request
from pyramid.response import Response

from courtwatch.printing.pango import PdfProblem, what_to_install
from courtwatch.reports.formats import FORMATS, PDF, file_name
from courtwatch.reports.model import Report
from courtwatch.web.i18n import translate


def file_endings() -> tuple[str, ...]:
    """Return the endings of the files that this server can write."""
    return (*FORMATS, *(() if what_to_install() else (PDF,)))


def as_file(
    request: Request, report: Report, ending: str, frozen: Iterable[tuple[str, str]] = ()
) -> Response:
    """Return a report as CSV, JSON, XLSX or PDF. Raises HTTPBadRequest for what can't be."""
    language = request.locale_name

    def say(label: Any) -> str:
        return "" if label is None else str(translate(label, language))

    if ending == PDF:
        from courtwatch.printing import pdf

        content = "application/pdf"
        try:
            body = pdf.render(report, say, language, frozen)
        except PdfProblem as problem:
            raise HTTPBadRequest(say(problem.words)) from None
    else:
        content, body = FORMATS[ending].content_type, FORMATS[ending].render(report, say)
    name = file_name(report, ending)
    return Response(
        body=body,
        headerlist=[
            ("Content-Type", content),
            ("Content-Disposition", f'attachment; filename="{name}"'),
        ],
    )
