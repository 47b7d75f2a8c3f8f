"""A report as CSV: one line for every figure, so that one file holds every table.

Each line repeats whose record and which moment it is of: a line that is copied out of the file
still says what it is.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from courtwatch.exchange.formulas import safe_row
from courtwatch.reports.about import Say, about, data_label, moment_text
from courtwatch.reports.model import Curve, Figure, Report

COLUMNS = (
    "report", "data", "jurisdiction", "unit", "scope", "revision", "known_at", "table", "row",
    "row_label", "row_kind", "column", "column_label", "text", "value", "lower", "upper",
    "numerator", "denominator", "missing", "visible", "remark",
)  # fmt: skip
ABOUT, NOTE, HEADLINE, REFUSED = "about", "note", "headline", "refused"
CURVE = "curve"
"""Kind of a row that is a point of a curve: `column` is its x, `denominator` who is at risk."""


def rows(report: Report, say: Say) -> Iterator[list[Any]]:
    """Return the lines below the heading: first what the report rests on, then its figures."""
    p = report.provenance
    start = [
        report.name, say(data_label(p)), p.jurisdiction, p.unit.value, p.scope.kind.value,
        p.known_at.revision, moment_text(p.known_at.at),
    ]  # fmt: skip

    def line(
        table: str, row: str, label: str, kind: str, column: str, column_label: str,
        figure: Figure, remark: str = "",
    ) -> list[Any]:  # fmt: skip
        return [
            *start, table, row, label, kind, column, column_label, say(figure.text),
            figure.value if figure.code is None else figure.code, figure.lower, figure.upper,
            figure.numerator, figure.denominator, say(figure.missing),
            figure.behind.visible if figure.behind else None, remark,
        ]  # fmt: skip

    def words(kind: str, key: str, label: str, text: str) -> list[Any]:
        return line(kind, key, label, "", "", "", Figure(None, text=text))

    for each in about(report, say):
        yield words(ABOUT, each.key, say(each.label), each.value)
    for place, note in enumerate((*report.warnings, *report.notes), 1):
        yield words(NOTE, str(place), "", say(note))
    for head in report.headlines:
        yield line(HEADLINE, head.key, say(head.label), "", "", "", head.figure)
    for table in report.tables:
        yield words(ABOUT, table.key, say(table.title), say(table.definition))
        if table.subject is not None:
            yield words(ABOUT, f"{table.key}.subject", say(table.title), say(table.subject))
        for text in (table.heading, *table.notes):
            if text is not None:
                yield words(NOTE, table.key, say(table.title), say(text))
        if table.refused is not None:
            yield words(REFUSED, table.key, say(table.title), say(table.refused))
        if table.unknown is not None:
            yield line(
                table.key, "unknown_share", say(table.unknown_label), "", "share", "",
                table.unknown,
            )  # fmt: skip
        for row in table.every_row():
            for column, figure in zip(table.columns, row.figures, strict=True):
                if column.kind.is_text and not say(figure.text):
                    continue
                yield line(
                    table.key, row.key, say(row.label), row.kind.value, column.key,
                    say(column.label), figure, say(row.remark),
                )  # fmt: skip
        for curve in table.curves:
            for x, name, figure in _points(curve):
                yield line(
                    table.key, curve.key, say(curve.label), CURVE, x, name or say(table.x_label),
                    figure,
                )  # fmt: skip


def _points(curve: Curve) -> Iterator[tuple[str, str, Figure]]:
    """Return every point of a curve as (x, name, figure)."""
    nothing: tuple[None, ...] = (None,) * len(curve.x)
    for x, name, value, lower, upper, n in zip(
        curve.x, curve.names or ("",) * len(curve.x), curve.estimate, curve.lower or nothing,
        curve.upper or nothing, curve.n or nothing, strict=True,
    ):  # fmt: skip
        yield f"{x:g}" if x % 1 else f"{x:.0f}", name, Figure(value, None, n, lower, upper)


def render(report: Report, say: Say) -> str:
    """Return the report as CSV text; numbers are never localised, formulas made harmless."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(safe_row(row) for row in rows(report, say))
    return text.getvalue()
