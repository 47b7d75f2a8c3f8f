"""Whoosh as a store of postings and columns: schema, columns, and files that reach the disk.

Only what both Whoosh 2.7.4 and the maintained fork have is used, so that the package can be
changed in one line. How postings are written is in :mod:`search_index.whoosh_postings`.
"""

from __future__ import annotations

import mmap
import os
import sys
from array import array
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from whoosh import columns, fields
from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.structfile import BufferFile, StructFile

from search_index.analysis import ANALYSIS_VERSION
from search_index.storage import fsync_directory

SCHEMA_VERSION = 4
VERSION = f"{SCHEMA_VERSION}.{ANALYSIS_VERSION}"


class TextColumn(columns.Column):  # type: ignore[misc, unused-ignore]  # untyped in the original
    """Texts one after the other, then where each begins: read from the map without copying.

    At most 4 GB in one segment.
    """

    _default = b""

    def writer(self, dbfile: Any) -> Any:
        """Writer of the texts of a segment."""
        return _TextWriter(dbfile)

    def reader(self, dbfile: Any, basepos: int, length: int, doccount: int) -> Any:
        """Reader of the texts of a segment."""
        return TextReader(dbfile, basepos, length, doccount)


class _TextWriter:
    def __init__(self, dbfile: Any) -> None:
        self._file = dbfile
        self._starts = array("I")
        self._size = 0

    def fill(self, document: int) -> None:
        """Give an empty text to every document before this one that has none."""
        while len(self._starts) < document:
            self._starts.append(self._size)

    def add(self, document: int, text: bytes) -> None:
        """Add the text of a document."""
        self.fill(document)
        self._starts.append(self._size)
        self._file.write(text)
        self._size += len(text)

    def finish(self, count: int) -> None:
        """Write the places, the lowest byte first."""
        self.fill(count)
        self._starts.append(self._size)
        self._file.write(b"\0" * (-self._size % 4))
        if sys.byteorder == "big":
            self._starts.byteswap()
        self._file.write(self._starts.tobytes())


class TextReader:
    """``reader[number]`` is the text of a document, as bytes."""

    def __init__(self, dbfile: Any, basepos: int, length: int, count: int) -> None:
        self._file = dbfile
        self._base = basepos
        places = 4 * (count + 1)
        self._starts = dbfile.numbers(basepos + length - places, "<u4", count + 1)

    def __getitem__(self, number: int) -> bytes:
        return bytes(self._file.get(*self._place(number)))

    def _place(self, number: int) -> tuple[int, int]:
        start = int(self._starts[number])
        return self._base + start, int(self._starts[number + 1]) - start

    def many(self, numbers: Any) -> Iterator[bytes]:
        """Texts of several documents, with less work for each."""
        whole, base = self._file.whole, self._base
        starts = (self._starts[numbers] + base).tolist()
        ends = (self._starts[numbers + 1] + base).tolist()
        return (whole[start:end] for start, end in zip(starts, ends, strict=True))


TEXTS = TextColumn()
COLUMNS: dict[str, Any] = {
    # Days are signed numbers: unsigned ranges give wrong hits in old versions of the package.
    "case_id": columns.NumericColumn("q"),
    "fingerprint": columns.NumericColumn("q"),
    "registered": columns.NumericColumn("i"),
    "last_event": columns.NumericColumn("i"),
    "code": TEXTS,
    "audience": TEXTS,
    "body": TEXTS,
}
NUMBERS: dict[str, str] = {
    "case_id": ">i8",
    "fingerprint": ">i8",
    "registered": ">i4",
    "last_event": ">i4",
}
"""Columns of numbers, and how they stand in the file."""


def _postings_field() -> fields.FieldType:
    """Terms with weights; they reach the pool analysed, so there is no analyser."""
    field = fields.ID()
    field.analyzer = None
    return field


def make_schema() -> fields.Schema:
    """Two lists of postings, and columns. Nothing is stored: text comes from the database."""
    return fields.Schema(
        terms=_postings_field(),
        keys=_postings_field(),
        **{name: fields.COLUMN(column) for name, column in COLUMNS.items()},
    )


class MappedFile(StructFile):
    """A file read through a memory map.

    The compound files of the package are copied into memory by every reader; these are shared
    between processes and opened in no time, however large the index is.
    """

    def __init__(self, path: str, name: str) -> None:
        with open(path, "rb") as stream:
            try:
                self.whole: Any = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
                self.file: Any = self.whole
            except ValueError:  # an empty file can't be mapped
                self.whole = b""
                self.file = BytesIO()
        self._name = name
        self.onclose = None
        self.is_real = False
        self.is_closed = False

    def get(self, position: int, length: int) -> bytes:
        """Bytes at a place."""
        return bytes(self.whole[position : position + length])

    def get_array(self, position: int, typecode: str, length: int) -> Any:
        """Numbers at a place; stored with the highest byte first."""
        numbers: array[Any] = array(typecode)
        numbers.frombytes(self.get(position, length * numbers.itemsize))
        if sys.byteorder == "little":
            numbers.byteswap()
        return numbers

    def numbers(self, position: int, kind: str, length: int) -> Any:
        """Numbers at a place as an array that looks into the map; kind as numpy names it."""
        return np.frombuffer(self.whole, dtype=kind, count=length, offset=position)

    def subset(self, position: int, length: int, name: str | None = None) -> StructFile:
        """A part of the file, as a file."""
        return BufferFile(self.get(position, length), name=name or self._name)

    def close(self) -> None:
        """Let go of the file. The map goes with the last array that looks into it."""
        self.is_closed = True
        self.whole, self.file = b"", BytesIO()


class DurableStorage(FileStorage):
    """Files reach the disk before the table of contents that names them does."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self._synced: set[str] = set()

    def open_file(self, name: str, **_: Any) -> MappedFile:
        """Open a file for reading."""
        return MappedFile(self._fpath(name), name)

    def rename_file(self, oldname: str, newname: str, safe: bool = False) -> None:
        """Sync every file written since the last rename, then rename and sync that."""
        folder = Path(self.folder)
        names = {entry.name for entry in os.scandir(folder) if entry.is_file()}
        for name in sorted(names - self._synced):
            with open(folder / name, "rb") as stream:
                os.fsync(stream.fileno())
        super().rename_file(oldname, newname, safe=safe)
        fsync_directory(folder)
        self._synced = names


def remove_leftovers(folder: Path) -> None:
    """Remove temporary files of a writer that was killed; call only as the one writer."""
    for entry in list(os.scandir(folder)):
        if entry.is_file() and ".toc." in entry.name:
            os.unlink(entry.path)
