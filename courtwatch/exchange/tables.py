"""Loading the tables of a source: cells to values, duplicate keys, links between tables.

Every row keeps its line, the checksum of its cells and, sooner or later, its fate.
"""

from __future__ import annotations

import fnmatch
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from courtwatch.exchange.errors import UnreadableFile
from courtwatch.exchange.mapping import Column, Mapping, TableSpec
from courtwatch.exchange.quality import Fate, Quality, TableCount
from courtwatch.exchange.reading import RawRow, RawTable, read_csv
from courtwatch.exchange.values import (
    BadValue,
    Day,
    Words,
    parse_day,
    parse_number,
    parse_text,
)
from courtwatch.exchange.workbooks import read_sheet

Progress = Callable[[int], None]
WORKBOOKS = (".xlsx", ".xlsm")


@dataclass(slots=True)
class Table:
    """A table in columns. Row i has line `lines[i]`, checksum `digests[i]` and fate `fates[i]`.

    ids: the keys of the records that rows became in an earlier import.
    """

    name: str
    spec: TableSpec
    path: Path
    lines: list[int] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    columns: dict[str, list[Any]] = field(default_factory=dict)
    fates: list[Fate | None] = field(default_factory=list)
    index: dict[str, int] = field(default_factory=dict)
    ids: dict[int, int] = field(default_factory=dict)

    def alive(self) -> Iterator[int]:
        """Rows that were not rejected or merged."""
        return (at for at, fate in enumerate(self.fates) if fate is None or fate is Fate.UNCHANGED)

    def key_of(self, at: int, columns: tuple[str, ...] | list[str]) -> str | None:
        """Return the values of `columns` in row `at` as one key; None if one is unknown."""
        parts = [self.columns[column][at] for column in columns]
        return None if None in parts else "|".join(map(_key_part, parts))


def _key_part(value: Any) -> str:
    return value if type(value) is str else str(value.first if isinstance(value, Day) else value)


def read_tables(
    mapping: Mapping, source: Path, quality: Quality, progress: Progress = lambda done: None
) -> dict[str, Table]:
    """Read all tables of a source: a directory of CSV files, a workbook, or one CSV file.

    Raises UnreadableFile or MissingColumns: then nothing was taken.
    """
    words = {
        name: Words(name, {k: v or "" for k, v in spec.words.items()}, spec.unknown)
        for name, spec in mapping.vocabularies.items()
    }
    tables: dict[str, Table] = {}
    for name, spec in mapping.tables.items():
        raw = _open(source, name, spec)
        if raw is None:
            quality.notes.append(f"there is no table '{name}' in {source}; it is optional")
            tables[name] = Table(name, spec, source, columns={key: [] for key in spec.columns})
            continue
        quality.notes += [f"{raw.path.name} {note}" for note in raw.notes]
        tables[name] = _Loader(name, spec, raw, words, quality).load(progress)
    _check_links(tables, quality)
    return tables


# Finding the files -----------------------------------------------------------------------------


def _open(source: Path, name: str, spec: TableSpec) -> RawTable | None:
    wanted = [tuple(column.heading) for column in spec.columns.values()]
    if not source.exists():
        raise UnreadableFile(f"{source}: there is no such file or directory.")
    if source.is_dir():
        path = _matching(sorted(source.iterdir()), source, name, spec)
        return None if path is None else read_csv(path, name, spec.encoding)
    if source.suffix.lower() in WORKBOOKS:
        if spec.sheet is None:
            raise UnreadableFile(
                f"{source}: the mapping takes the table '{name}' from a CSV file, not a workbook. "
                "Give the directory that holds the files."
            )
        try:
            return read_sheet(source, tuple(spec.sheet), wanted)
        except UnreadableFile:
            if spec.optional:
                return None
            raise
    if spec.file is None:
        raise UnreadableFile(f"{source}: the mapping reads a workbook (.xlsx), not CSV files.")
    if spec.optional and not any(fnmatch.fnmatch(source.name, mask) for mask in spec.file):
        return None
    return read_csv(source, name, spec.encoding)


def _matching(paths: list[Path], source: Path, name: str, spec: TableSpec) -> Path | None:
    masks = spec.file or []
    for mask in masks:
        found = [path for path in paths if fnmatch.fnmatch(path.name.lower(), mask.lower())]
        if len(found) > 1:
            raise UnreadableFile(
                f"{source}: {len(found)} files fit the table '{name}' ({mask}): "
                f"{', '.join(path.name for path in found)}. Leave one."
            )
        if found:
            return found[0]
    if spec.optional:
        return None
    raise UnreadableFile(
        f"{source}: no file for the table '{name}'; expected {' or '.join(masks) or 'a CSV file'}. "
        f"The directory has: {', '.join(path.name for path in paths) or 'nothing'}."
    )


# Cells to values --------------------------------------------------------------------------------

_Converted = tuple[Any, str | None, str | None]
"""(value, kind of finding or None, what is wrong with it)"""


def _converter(column: Column, words: dict[str, Words]) -> Callable[[Any], _Converted]:
    shift = timedelta(hours=column.shift_hours)
    vocabulary = words[column.words] if column.words else None

    def day(raw: Any) -> _Converted:
        return parse_day(raw, column.formats, shift), None, None

    def number(raw: Any) -> _Converted:
        value = parse_number(raw)
        if column.allowed and not column.allowed[0] <= value <= column.allowed[1]:
            limits = f"allowed {column.allowed[0]:g} to {column.allowed[1]:g}"
            return None, "impossible_number", limits
        return value, None, None

    def text(raw: Any) -> _Converted:
        value = parse_text(raw)
        untidy = isinstance(raw, str) and raw != value
        return value or None, "untidy_text" if untidy else None, None

    def word(raw: Any) -> _Converted:
        assert vocabulary is not None
        found, note = vocabulary.look_up(raw if isinstance(raw, str) else parse_text(raw))
        kind = {"variant": "typing_variant", "unknown": "unknown_value"}.get(note or "")
        return found or None, kind, None

    return {"day": day, "number": number, "text": text, "word": word}[column.type]


class _Loader:
    """Turns the raw rows of one table into columns."""

    def __init__(
        self, name: str, spec: TableSpec, raw: RawTable, words: dict[str, Words], quality: Quality
    ) -> None:
        self.raw, self.quality = raw, quality
        self.table = Table(name, spec, raw.path)
        self.count = quality.tables[name] = TableCount(name, spec.noun)
        wanted = {key: tuple(column.heading) for key, column in spec.columns.items()}
        optional = frozenset(key for key, column in spec.columns.items() if column.optional)
        self.at = raw.positions(wanted, optional)
        self.converters = {
            key: _converter(spec.columns[key], words) for key in spec.columns if key in self.at
        }
        self._note_other_columns(spec)

    def _note_other_columns(self, spec: TableSpec) -> None:
        taken = {self.raw.headings[at] for at in self.at.values()}
        other = [h for h in self.raw.headings if h not in taken and h not in spec.not_taken]
        if other:
            self.quality.notes.append(
                f"{self.raw.name}: columns that the mapping does not know were left: "
                + ", ".join(other)
            )
        left = [h for h in spec.not_taken if h in self.raw.headings and h not in taken]
        if left:
            self.quality.notes.append(
                f"{self.raw.name}: left on purpose (the mapping says why): {', '.join(left)}"
            )

    def load(self, progress: Progress) -> Table:
        """Read all rows."""
        table, spec = self.table, self.table.spec
        plan = [
            (key, self.at[key], self.converters[key], {}, spec.columns[key], [])
            for key in self.at
        ]  # type: list[tuple[str, int, Callable[[Any], _Converted], dict[Any, _Converted], Column, list[Any]]]
        for row in self.raw.rows:
            at = len(table.lines)
            table.lines.append(row.line)
            table.digests.append(digest(row.cells))
            table.fates.append(None)
            problem = row.problem
            for key, place, convert, seen, column, values in plan:
                raw = None if problem else row.cells[place]
                if raw is None or raw == "":
                    values.append(None)
                    continue
                try:
                    found = seen.get(raw)
                except TypeError:  # pragma: no cover - cells are hashable
                    found = None
                if found is None:
                    found = seen[raw] = _convert(convert, raw, column)
                value, kind, message = found
                values.append(value)
                if kind is not None:
                    problem = self._note(row, key, column, raw, kind, message) or problem
            if problem:
                self._reject(at, problem)
            if not at % 1000:
                progress(1000)
        table.columns = {key: values for key, _, _, _, _, values in plan}
        for key in spec.columns.keys() - table.columns.keys():
            table.columns[key] = [None] * len(table.lines)
        self.count.read = len(table.lines)
        self._require()
        self._index()
        return table

    def _note(
        self, row: RawRow, key: str, column: Column, raw: Any, kind: str, message: str | None
    ) -> str | None:
        """Note what is odd about a cell; return why the row must be rejected, if it must."""
        if kind == "reject":
            heading = self.raw.headings[self.at[key]]
            found = "unknown_value" if column.type == "word" else "unreadable_value"
            self.quality.find(found, self.table.name, row.line, heading, raw, "row rejected")
            return f"{heading}: {message}"
        done = {
            "typing_variant": "read as the word it varies",
            "unknown_value": "not in the vocabulary; kept as it is or left unknown",
            "untidy_text": "blanks and invisible characters tidied",
            "impossible_number": "left unknown",
            "unreadable_value": "left unknown",
        }[kind]
        if message:
            raw = f"{raw} ({message})"
        heading = self.raw.headings[self.at[key]]
        self.quality.find(kind, self.table.name, row.line, heading, raw, done)
        return None

    def _reject(self, at: int, reason: str) -> None:
        reject(self.table, at, reason, self.quality)

    def _require(self) -> None:
        spec = self.table.spec
        for key, column in spec.columns.items():
            heading = column.heading[0]
            blank = [i for i, value in enumerate(self.table.columns[key]) if value is None]
            for at in blank if column.required or key in spec.key else ():
                if self.table.fates[at] is None:
                    self._reject(at, f"'{heading}' is blank; it must be known")
            if column.note_blank and blank:
                self.quality.find_many(
                    "blank_value", self.table.name, heading, len(blank),
                    f"{len(blank):,} of {len(self.table.lines):,} rows", "left unknown",
                )  # fmt: skip

    def _index(self) -> None:
        table = self.table
        columns = [table.columns[key] for key in table.spec.key]
        single = columns[0] if len(columns) == 1 else None
        for at, fate in enumerate(table.fates):
            key = _key_part(single[at]) if single else "|".join(_key_part(c[at]) for c in columns)
            table.keys.append(key)
            if fate is not None:
                continue
            first = table.index.setdefault(key, at)
            if first == at:
                continue
            line = table.lines[first]
            if table.digests[first] == table.digests[at]:
                table.fates[at] = Fate.MERGED
                self.count.fates[Fate.MERGED] += 1
                self.quality.find(
                    "duplicate_row", table.name, table.lines[at], None,
                    f"key {key}, as line {line}", "identical to an earlier row; merged",
                )  # fmt: skip
            else:
                self.quality.find(
                    "duplicate_key", table.name, table.lines[at], None,
                    f"key {key}, first at line {line}", "other content; rejected",
                )  # fmt: skip
                self._reject(at, f"the key {key} is that of line {line}, with other content")


def _convert(convert: Callable[[Any], _Converted], raw: Any, column: Column) -> _Converted:
    if isinstance(raw, str) and not raw.strip():
        return None, None, None
    try:
        return convert(raw)
    except BadValue as error:
        strict = column.required or column.type == "word"
        return None, "reject" if strict else "unreadable_value", str(error)


def reject(table: Table, at: int, reason: str, quality: Quality) -> None:
    """Give row `at` the fate of being rejected."""
    table.fates[at] = Fate.REJECTED
    quality.tables[table.name].fates[Fate.REJECTED] += 1
    quality.reject(table.name, table.lines[at], reason)


def digest(cells: Any) -> str:
    """Return the SHA-256 of a row's cells."""
    text = "\x1f".join(["" if cell is None else str(cell) for cell in cells])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _check_links(tables: dict[str, Table], quality: Quality) -> None:
    """Reject rows that belong to a row that is not there, parents before children."""
    for table in _parents_first(tables):
        for link in table.spec.links:
            parent = tables[link.to]
            for at in list(table.alive()):
                key = table.key_of(at, link.columns)
                found = parent.index.get(key) if key is not None else None
                if found is not None and parent.fates[found] is not Fate.REJECTED:
                    continue
                quality.find(
                    "missing_link", table.name, table.lines[at], ", ".join(link.columns),
                    f"{key}", f"no such row in {link.to}; rejected",
                )  # fmt: skip
                state = "was rejected" if found is not None else "is not there"
                reject(table, at, f"its row in the table '{link.to}' (key {key}) {state}", quality)


def _parents_first(tables: dict[str, Table]) -> list[Table]:
    done: list[Table] = []
    left = list(tables.values())
    while left:
        ready = [
            table
            for table in left
            if all(link.to == table.name or tables[link.to] in done for link in table.spec.links)
        ] or left[:1]
        done += ready
        left = [table for table in left if table not in ready]
    return done
