"""Reading tables as they come: CSV in two encodings, workbooks, form exports with repeat groups.

A file is either read whole or refused with the line and byte at fault; a row that cannot be read
is handed on with the reason, so that it can be listed. Nothing is guessed silently: a fallback
encoding, old line ends or a byte-order mark come back as notes.
"""

from __future__ import annotations

import codecs
import csv
import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from courtwatch.exchange.errors import MissingColumns, UnreadableFile
from courtwatch.exchange.text import folded, tidy

ENCODINGS = ("utf-8", "cp1252")
CELL_LIMIT = 1_000_000
"""Longest cell in characters; a longer one is an unclosed quotation mark."""

_CHUNK = 1 << 20
_DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as it stands. `line` is that of the file (CSV) or of the sheet, from 1.

    `problem` says why the row cannot be used; its cells are then as found.
    """

    line: int
    cells: Sequence[Any]
    problem: str | None = None


@dataclass(slots=True)
class RawTable:
    """Headings and rows of one table; `rows` can be gone through once per call of `open_rows`."""

    name: str
    path: Path
    headings: tuple[str, ...]
    rows: Iterable[RawRow]
    notes: list[str] = field(default_factory=list)

    def positions(
        self, wanted: dict[str, tuple[str, ...]], optional: frozenset[str] = frozenset()
    ) -> dict[str, int]:
        """Return where each wanted column stands.

        wanted: our name -> the headings it may have, the first that is there wins. A heading
        fits as it is, else without regard to case and spaces, else by the last part of a form's
        group path (`group/field`). Raises MissingColumns with everything that is missing.
        """
        return find_columns(self, wanted, optional)


def find_columns(
    table: RawTable, wanted: dict[str, tuple[str, ...]], optional: frozenset[str]
) -> dict[str, int]:
    """See `RawTable.positions`."""
    exact = {heading: at for at, heading in enumerate(table.headings)}
    loose = {folded(heading): at for at, heading in reversed(list(enumerate(table.headings)))}
    tails: dict[str, list[int]] = {}
    for at, heading in enumerate(table.headings):
        tails.setdefault(folded(heading.rpartition("/")[2]), []).append(at)
    found: dict[str, int] = {}
    missing: list[str] = []
    for name, headings in wanted.items():
        place = _first_fit(headings, exact, loose, tails)
        if place is not None:
            found[name] = place
        elif name not in optional:
            missing.append(_describe_missing(headings, table.headings))
    if missing:
        raise MissingColumns(
            f"{table.path}: the table '{table.name}' lacks {len(missing)} column(s) that the "
            f"mapping needs: {'; '.join(missing)}. It has: {', '.join(table.headings)}."
        )
    return found


def _first_fit(
    headings: tuple[str, ...],
    exact: dict[str, int],
    loose: dict[str, int],
    tails: dict[str, list[int]],
) -> int | None:
    for heading in headings:
        if heading in exact:
            return exact[heading]
        key = folded(heading)
        if key in loose:
            return loose[key]
        if len(tails.get(key, ())) == 1:
            return tails[key][0]
    return None


def _describe_missing(headings: tuple[str, ...], present: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(headings[0], present, n=1, cutoff=0.75)
    words = " or ".join(f"'{heading}'" for heading in headings)
    return f"{words} (did you rename it to '{close[0]}'?)" if close else words


# CSV ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CsvShape:
    """How a CSV file is written, found by going through all of it once."""

    encoding: str
    delimiter: str
    notes: tuple[str, ...]


def read_csv(path: Path, name: str | None = None, encoding: str | None = None) -> RawTable:
    """Open a CSV file with a heading row.

    encoding: 'utf-8' or 'cp1252' to insist on one; None takes UTF-8, else Windows-1252.
    Raises UnreadableFile with line and byte of the first fault.
    """
    shape = inspect_csv(path, encoding)
    rows = _csv_rows(path, shape)
    try:
        first = next(rows)
    except StopIteration:
        raise UnreadableFile(f"{path}: the file is empty; a heading row is needed.") from None
    if first.problem:
        raise UnreadableFile(f"{path}, line {first.line}: {first.problem}.")
    headings = _checked_headings(path, name or path.stem, first.cells)
    return RawTable(
        name or path.stem, path, headings, _counted(path, rows, len(headings)), list(shape.notes)
    )


def inspect_csv(path: Path, encoding: str | None = None) -> CsvShape:
    """Find encoding, line ends and delimiter of a CSV file, or refuse it with line and byte."""
    if encoding is not None and encoding not in ENCODINGS:
        raise UnreadableFile(
            f"encoding '{encoding}' is not read; allowed: {', '.join(ENCODINGS)}."
        )
    try:
        head = _head_of(path)
    except OSError as error:
        raise UnreadableFile(f"{path}: cannot be opened ({error.strerror}).") from error
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UnreadableFile(
            f"{path}: the file is UTF-16 ('Unicode text'). Save it as 'CSV UTF-8' and try again."
        )
    if head.startswith(b"PK\x03\x04"):
        raise UnreadableFile(f"{path}: this is a workbook or an archive, not a CSV file.")
    notes = []
    if head.startswith(codecs.BOM_UTF8):
        notes.append("begins with a byte-order mark; it was skipped")
    chosen, line_feeds, returns = _choose_encoding(path, encoding)
    if chosen == "cp1252":
        notes.append("is not UTF-8; read as Windows-1252")
    if returns and not line_feeds:
        notes.append("has old Macintosh line ends (CR only); they were understood")
    first_line = head.removeprefix(codecs.BOM_UTF8).splitlines()[:1]
    return CsvShape(chosen, _delimiter(first_line[0] if first_line else b""), tuple(notes))


def _head_of(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(65536)


def _delimiter(line: bytes) -> str:
    line = re.sub(rb'"[^"]*"', b"", line)  # a comma inside a quoted heading says nothing
    counts = [(line.count(mark.encode()), -at) for at, mark in enumerate(_DELIMITERS)]
    return _DELIMITERS[-max(counts)[1]]


def _choose_encoding(path: Path, encoding: str | None) -> tuple[str, int, int]:
    """Return the encoding and how many line feeds and lone carriage returns there are."""
    try:
        return _scan(path, encoding or "utf-8")
    except _WrongByte as error:
        # Proper UTF-8 before the fault: a damaged UTF-8 file, not one in another encoding.
        if encoding is not None or error.letters_before:
            raise
        try:
            return _scan(path, "cp1252")
        except UnreadableFile as error:
            raise UnreadableFile(
                f"{error} The file is neither UTF-8 nor Windows-1252; save it as 'CSV UTF-8'."
            ) from None


class _WrongByte(UnreadableFile):
    """A byte that the encoding does not have; `letters_before`: there were other than ASCII."""

    letters_before = False


def _scan(path: Path, encoding: str) -> tuple[str, int, int]:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    seen = line_feeds = returns = pending = 0
    letters = False
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            at = chunk.find(b"\0")
            if at >= 0:
                raise _byte_fault(path, seen + at, "a NUL byte (the file is damaged or binary)")
            try:
                letters = not decoder.decode(chunk).isascii() or letters
            except UnicodeDecodeError as error:
                place = seen - pending + error.start
                value = error.object[error.start]
                fault = f"the byte 0x{value:02X} is not valid {encoding.upper()}."
                before = chunk[: max(place - seen, 0)]
                raise _wrong_byte(path, place, fault, letters or not before.isascii()) from None
            pending = len(decoder.getstate()[0])
            seen += len(chunk)
            line_feeds += chunk.count(b"\n")
            returns += chunk.count(b"\r")
    if pending:
        fault = f"the file ends inside a {encoding} character."
        raise _wrong_byte(path, seen - pending, fault, True)
    return encoding, line_feeds, returns


def _wrong_byte(path: Path, place: int, fault: str, letters_before: bool) -> _WrongByte:
    error = _WrongByte(str(_byte_fault(path, place, fault)))
    error.letters_before = letters_before
    return error


def _byte_fault(path: Path, place: int, fault: str) -> UnreadableFile:
    with path.open("rb") as stream:
        before = stream.read(place)
    lines = before.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    line = lines.count(b"\n") + 1
    column = place - max(before.rfind(b"\n"), before.rfind(b"\r"))
    return UnreadableFile(f"{path}, line {line}, byte {column} (byte {place} of the file): {fault}")


def _csv_rows(path: Path, shape: CsvShape) -> Iterator[RawRow]:
    """Go through the records of a CSV file; a broken quotation ends the file with an error."""
    encoding = "utf-8-sig" if shape.encoding == "utf-8" else shape.encoding
    before = csv.field_size_limit(CELL_LIMIT)
    try:
        # newline=None understands all three line ends, inside quoted cells too.
        with path.open(encoding=encoding, newline=None) as stream:
            reader = csv.reader(stream, delimiter=shape.delimiter, strict=True)
            while True:
                line = reader.line_num + 1
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    raise UnreadableFile(_broken_quote(path, line, error)) from None
                if cells:
                    yield RawRow(line, cells)
    finally:
        csv.field_size_limit(before)


def _broken_quote(path: Path, line: int, error: csv.Error) -> str:
    if "unexpected end of data" in str(error) or "field larger" in str(error):
        return (
            f"{path}, line {line}: a quotation mark is opened in the record that begins here and "
            "never closed. Close it, or double it where it belongs to the text."
        )
    return (
        f"{path}, line {line}: broken quoting ({error}). A quotation mark inside a quoted cell "
        "is written twice."
    )


def _counted(path: Path, rows: Iterator[RawRow], width: int) -> Iterator[RawRow]:
    """Mark rows with a wrong number of cells; refuse the file where a quote swallowed lines."""
    for row in rows:
        if len(row.cells) == width:
            yield row
            continue
        if any("\n" in cell for cell in row.cells):
            raise UnreadableFile(
                f"{path}, line {row.line}: the record has {len(row.cells)} cells, the heading "
                f"{width}, and runs over several lines: a quotation mark is not closed."
            )
        yield RawRow(row.line, row.cells, f"has {len(row.cells)} cells, the heading has {width}")


def _checked_headings(path: Path, name: str, cells: Sequence[Any]) -> tuple[str, ...]:
    headings = tuple(tidy(str(cell)) if cell is not None else "" for cell in cells)
    named = [heading for heading in headings if heading]
    twice = sorted({heading for heading in named if named.count(heading) > 1})
    if twice:
        places = "; ".join(
            f"'{heading}' in columns "
            + ", ".join(str(at + 1) for at, other in enumerate(headings) if other == heading)
            for heading in twice
        )
        raise MissingColumns(
            f"{path}: the table '{name}' names a column twice: {places}. Rename or remove one."
        )
    return tuple(heading or f"(column {at + 1})" for at, heading in enumerate(headings))
