"""A report as JSON: every figure with its interval, its denominator and the list behind it."""

from __future__ import annotations

import json
from typing import Any

from courtwatch.reports.about import Say, about, data_label
from courtwatch.reports.model import Column, ColumnKind, Curve, Figure, Report, Row, Table

FORMAT_VERSION = 1


def as_dict(report: Report, say: Say) -> dict[str, Any]:
    """Return the report as plain values. Keys never change with the language."""
    p = report.provenance
    return {
        "format": FORMAT_VERSION,
        "report": report.name,
        "title": say(report.title),
        "data": say(data_label(p)),
        "invented": p.invented,
        "jurisdiction": p.jurisdiction,
        "unit": p.unit.value,
        "scope": p.scope.kind.value,
        "organisation": p.scope.organisation_code,
        "n": p.n,
        "suppressed": p.suppressed,
        "revision": p.known_at.revision,
        "known_at": p.known_at.at.isoformat() if p.known_at.at else None,
        "latest": p.known_at.latest,
        "redactions_since": p.redactions,
        "made_at": p.made_at.isoformat() if p.known_at.latest else None,
        "data_until": p.data_until.isoformat() if p.data_until else None,
        "procedure": p.procedure,
        "filters": [list(pair) for pair in (*p.period, *p.filters)],
        "about": {line.key: line.value for line in about(report, say)},
        "warnings": [say(warning) for warning in report.warnings],
        "notes": [say(note) for note in report.notes],
        "headlines": [
            {"key": h.key, "label": say(h.label), **figure_dict(h.figure, h.kind, say)}
            for h in report.headlines
        ],
        "tables": [_table(table, say) for table in report.tables],
    }


def render(report: Report, say: Say) -> str:
    """Return the report as JSON text, Khmer readable, numbers never localised."""
    return json.dumps(as_dict(report, say), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _table(table: Table, say: Say) -> dict[str, Any]:
    return {
        "key": table.key,
        "title": say(table.title),
        "subject": say(table.subject) if table.subject is not None else None,
        "heading": say(table.heading) if table.heading is not None else None,
        "definition": say(table.definition),
        "n": table.n,
        "unknown": (
            None
            if table.unknown is None
            else {
                "label": say(table.unknown_label),
                **figure_dict(table.unknown, ColumnKind.SHARE, say),
            }
        ),
        "notes": [say(note) for note in table.notes],
        "refused": say(table.refused) if table.refused is not None else None,
        "columns": [
            {"key": c.key, "label": say(c.label), "kind": c.kind.value} for c in table.columns
        ],
        "rows": [_row(row, table.columns, say) for row in table.every_row()],
        "x": say(table.x_label) if table.curves else None,
        "curves": [_curve(curve, say) for curve in table.curves],
    }


def _curve(curve: Curve, say: Say) -> dict[str, Any]:
    """Return a curve with every point, column by column."""
    found = {
        "key": curve.key,
        "label": say(curve.label),
        "x": list(curve.x),
        "estimate": list(curve.estimate),
    }
    more = {"lower": curve.lower, "upper": curve.upper, "n": curve.n, "names": curve.names}
    return found | {name: list(values) for name, values in more.items() if values}


def _row(row: Row, columns: tuple[Column, ...], say: Say) -> dict[str, Any]:
    return {
        "key": row.key,
        "label": say(row.label),
        "kind": row.kind.value,
        "remark": say(row.remark) if row.remark is not None else None,
        "figures": {
            column.key: figure_dict(figure, column.kind, say)
            for column, figure in zip(columns, row.figures, strict=True)
        },
    }


def figure_dict(figure: Figure, kind: ColumnKind, say: Say) -> dict[str, Any]:
    """Return one figure as plain values."""
    if kind is ColumnKind.TEXT:
        return {"text": say(figure.text)}
    if kind is ColumnKind.MARK:
        return {"text": say(figure.text), "code": figure.code}
    found: dict[str, Any] = {"value": figure.value}
    if kind is not ColumnKind.COUNT:
        found |= {"lower": figure.lower, "upper": figure.upper}
        if kind is ColumnKind.SHARE:
            found["numerator"] = figure.numerator
        found["denominator"] = figure.denominator
    if figure.value is None:
        found["missing"] = say(figure.missing)
    if figure.behind is not None:
        found["visible"] = figure.behind.visible
        found["cases"] = figure.behind.filters.to_query()
    return found
