"""Reading XLSX workbooks: sheets with a heading row somewhere near the top, dates as cells."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from courtwatch.exchange.errors import UnreadableFile
from courtwatch.exchange.reading import RawRow, RawTable, _checked_headings
from courtwatch.exchange.text import folded

HEADING_ROWS = 20
"""A heading row is looked for in so many rows: workbooks begin with titles and logos."""

UNPACKED_LIMIT = 500_000_000
"""Bytes to which a workbook may unpack; more is a damaged file or a trap."""

_OLD_OFFICE = bytes.fromhex("D0CF11E0A1B11AE1")


def check_workbook(path: Path) -> None:
    """Raise UnreadableFile with what to do, unless `path` is a workbook that can be read."""
    try:
        with path.open("rb") as stream:
            head = stream.read(8)
    except OSError as error:
        raise UnreadableFile(f"{path}: cannot be opened ({error.strerror}).") from error
    if head == _OLD_OFFICE:
        raise UnreadableFile(
            f"{path}: an old .xls file, or a workbook with a password. Open it, remove the "
            "password and save it as .xlsx."
        )
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(item.file_size for item in archive.infolist())
    except zipfile.BadZipFile:
        raise UnreadableFile(f"{path}: not a workbook (.xlsx), or a damaged one.") from None
    if size > UNPACKED_LIMIT:
        raise UnreadableFile(
            f"{path}: unpacks to {size:,} bytes, more than the {UNPACKED_LIMIT:,} that are read."
        )


def _open(path: Path) -> Any:
    check_workbook(path)
    try:
        return load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise UnreadableFile(f"{path}: the workbook is damaged ({error}).") from error


def read_sheet(path: Path, names: tuple[str, ...], wanted: list[tuple[str, ...]]) -> RawTable:
    """Open the first sheet whose name is one of `names`; no names: the first sheet.

    wanted: for each column the headings it may have; the row that has most of them is the
    heading row. Raises UnreadableFile when the sheet is not there.
    """
    book = _open(path)
    by_name = {folded(name): name for name in reversed(book.sheetnames)}
    title = book.sheetnames[0] if not names else None
    for name in names:
        title = title or by_name.get(folded(name))
    if title is None:
        there = ", ".join(book.sheetnames)
        book.close()
        raise UnreadableFile(
            f"{path}: there is no sheet {' or '.join(repr(name) for name in names)}. "
            f"The workbook has: {there}."
        )
    sheet = book[title]
    sheet.reset_dimensions()  # writers other than Excel leave wrong ones
    at, cells = _heading_row(path, title, sheet, wanted)
    while cells and cells[-1] in (None, ""):
        cells = cells[:-1]
    headings = _checked_headings(path, title, cells)
    return RawTable(title, path, headings, _rows(book, sheet, at, len(headings)))


def _heading_row(
    path: Path, title: str, sheet: Any, wanted: list[tuple[str, ...]]
) -> tuple[int, tuple[Any, ...]]:
    known = {folded(heading) for headings in wanted for heading in headings}
    best: tuple[int, int, tuple[Any, ...]] = (0, 0, ())
    for at, cells in enumerate(sheet.iter_rows(max_row=HEADING_ROWS, values_only=True), start=1):
        hits = sum(1 for cell in cells if isinstance(cell, str) and folded(cell) in known)
        if hits > best[0]:
            best = (hits, at, cells)
    if not best[0]:
        expected = ", ".join(repr(headings[0]) for headings in wanted)
        raise UnreadableFile(
            f"{path}: the sheet '{title}' has no heading row among its first {HEADING_ROWS} rows. "
            f"Expected headings such as {expected}."
        )
    return best[1], best[2]


def _rows(book: Any, sheet: Any, heading_row: int, width: int) -> Iterator[RawRow]:
    try:
        rows = sheet.iter_rows(min_row=heading_row + 1, values_only=True)
        for line, cells in enumerate(rows, start=heading_row + 1):
            if all(cell is None or cell == "" for cell in cells):
                continue
            padded = tuple(cells[:width]) + (None,) * (width - len(cells))
            beyond = [cell for cell in cells[width:] if cell not in (None, "")]
            yield RawRow(line, padded, "has cells beyond the last heading" if beyond else None)
    finally:
        book.close()
