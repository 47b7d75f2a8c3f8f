"""The files that a report can be sent as: one table for pages, addresses and the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from courtwatch.reports import render_csv, render_json, render_text
from courtwatch.reports.about import Say
from courtwatch.reports.model import Report


@dataclass(frozen=True)
class FileFormat:
    """One kind of file: the ending of its name, what it is sent as, and its bytes."""

    ending: str
    content_type: str
    render: Callable[[Report, Say], bytes]


def _csv(report: Report, say: Say) -> bytes:
    # A spreadsheet takes CSV for UTF-8 only with a byte-order mark.
    return render_csv.render(report, say).encode("utf-8-sig")


def _json(report: Report, say: Say) -> bytes:
    return render_json.render(report, say).encode("utf-8")


def _text(report: Report, say: Say) -> bytes:
    return render_text.render(report, say).encode("utf-8")


def _xlsx(report: Report, say: Say) -> bytes:
    from courtwatch.reports import render_xlsx

    return render_xlsx.render(report, say)


FORMATS: Mapping[str, FileFormat] = MappingProxyType(
    {
        each.ending: each
        for each in (
            FileFormat("csv", "text/csv; charset=utf-8", _csv),
            FileFormat("json", "application/json; charset=utf-8", _json),
            FileFormat("txt", "text/plain; charset=utf-8", _text),
            FileFormat(
                "xlsx",
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                _xlsx,
            ),
        )
    }
)
"""By the ending of the file's name; numbers and dates in them are never localised."""
PDF = "pdf"
"""For paper: written by `courtwatch.printing`, which knows the language that it is in."""


def file_name(report: Report, ending: str) -> str:
    """Return the name of the file: report, revision or identifier, whether data are invented."""
    invented = "-invented-data" if report.provenance.invented else ""
    small = "-suppressed" if report.provenance.suppressed else ""
    p = report.provenance
    which = p.frozen.code if p.frozen is not None else f"r{p.known_at.revision}"
    return f"courtwatch-{report.name}-{which}{small}{invented}.{ending}"
