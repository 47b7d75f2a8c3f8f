"""A finished report as a file: what pages of reports and of snapshots send alike."""

from __future__ import annotations

from pyramid.httpexceptions import HTTPBadRequest
from pyramid.request import Request
from pyramid.response import Response

from courtwatch.printing.pango import PdfProblem, what_to_install
from courtwatch.reports.formats import FORMATS, PDF, file_name
from courtwatch.reports.model import Report
from courtwatch.web.i18n import say_as


def file_endings() -> tuple[str, ...]:
    """Return the endings of the files that this server can write."""
    return (*FORMATS, *(() if what_to_install() else (PDF,)))


def as_file(
    request: Request, report: Report, ending: str, language: str | None = None
) -> Response:
    """Return a report as CSV, JSON, text, XLSX or PDF, in the reader's language or another one.

    Raises HTTPBadRequest for what can't be.
    """
    language = language or str(request.locale_name)
    say = say_as(request, language)

    if ending == PDF:
        from courtwatch.printing import pdf

        content = "application/pdf"
        try:
            body = pdf.render(report, say, language)
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
