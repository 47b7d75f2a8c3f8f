"""The files of an import: report, anomalies, rejected rows with their cells and reasons."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from courtwatch.exchange.formulas import safe_row
from courtwatch.exchange.import_result import ImportResult
from courtwatch.exchange.mapping_reader import MappingFile
from courtwatch.exchange.reading import RawTable, read_csv
from courtwatch.exchange.tables import WORKBOOKS, Table
from courtwatch.exchange.workbooks import read_sheet


def write_reports(result: ImportResult, file: MappingFile, directory: Path) -> list[Path]:
    """Write report.txt, anomalies.csv and rejects.csv; returns their paths."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)  # rejected rows may name people
    report, anomalies, rejects = (
        directory / name for name in ("report.txt", "anomalies.csv", "rejects.csv")
    )
    heading = f"{file.mapping.title}\nMapping {file.mapping.mapping}, SHA-256 {file.sha256}\n"
    if file.mapping.attribution:
        heading += f"Source: {file.mapping.attribution}\n"
    report.write_text(f"{heading}\n{result.quality.text()}", encoding="utf-8")
    result.quality.write_csv(anomalies)
    write_rejects(result, rejects)
    return [report, anomalies, rejects]


def write_rejects(result: ImportResult, path: Path) -> None:
    """Write every rejected row: table, line, reason, and its cells as `heading=value`."""
    reasons: dict[str, dict[int, str]] = {}
    for rejected in result.quality.rejects:
        reasons.setdefault(rejected.table, {})[rejected.line] = rejected.reason
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["table", "line", "reason", "cells"])
        for name, lines in reasons.items():
            raw = _reopen(result.tables[name])
            for row in raw.rows:
                if row.line in lines:
                    cells = _cells(raw, row.cells)
                    writer.writerow(safe_row([name, row.line, lines[row.line], cells]))


def _reopen(table: Table) -> RawTable:
    if table.path.suffix.lower() in WORKBOOKS:
        wanted = [tuple(column.heading) for column in table.spec.columns.values()]
        return read_sheet(table.path, tuple(table.spec.sheet or ()), wanted)
    return read_csv(table.path, table.name, table.spec.encoding)


def _cells(raw: RawTable, cells: Any) -> str:
    """Return the cells in words. A cell beyond the headings is kept under its number."""
    parts = []
    for at, cell in enumerate(cells):
        if cell in (None, ""):
            continue
        heading = raw.headings[at] if at < len(raw.headings) else f"(column {at + 1})"
        parts.append(f"{heading}={cell}")
    return "; ".join(parts)
