"""Whoosh as a store of postings and columns: schema, storage and the posting pool.

Only what both Whoosh 2.7.4 and the maintained fork have is used, so that the package can be
changed in one line. Access to block internals is confined to :func:`read_postings`.
"""

from __future__ import annotations

import mmap
import os
import secrets
import sys
from array import array
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from whoosh import columns, fields
from whoosh.codec.whoosh3 import W3Codec
from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.structfile import BufferFile, StructFile

from search_index.analysis import ANALYSIS_VERSION
from search_index.storage import fsync_directory

SCHEMA_VERSION = 3
VERSION = f"{SCHEMA_VERSION}.{ANALYSIS_VERSION}"
BLOCK = 2048
"""Postings per block: long lists are read in fewer, larger pieces than with the default 128."""


def _postings_field() -> fields.FieldType:
    """Terms with weights; they reach the pool analysed, so there is no analyser."""
    field = fields.ID()
    field.analyzer = None
    return field


def make_schema() -> fields.Schema:
    """Two lists of postings, and columns. Nothing is stored: text comes from the database."""
    # Days are signed numbers: unsigned ranges give wrong hits in old versions of the package.
    return fields.Schema(
        terms=_postings_field(),
        keys=_postings_field(),
        case_id=fields.COLUMN(columns.NumericColumn("q")),
        fingerprint=fields.COLUMN(columns.NumericColumn("q")),
        registered=fields.COLUMN(columns.NumericColumn("i")),
        last_event=fields.COLUMN(columns.NumericColumn("i")),
        code=fields.COLUMN(columns.VarBytesColumn()),
        audience=fields.COLUMN(columns.VarBytesColumn()),
        body=fields.COLUMN(columns.VarBytesColumn()),
    )


class MappedFile(StructFile):
    """A file read through a memory map.

    The compound files of the package are copied into memory by every reader; these are shared
    between processes and opened in no time, however large the index is.
    """

    def __init__(self, path: str, name: str) -> None:
        with open(path, "rb") as stream:
            try:
                self._bytes: Any = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
                self.file: Any = self._bytes
            except ValueError:  # an empty file can't be mapped
                self._bytes = b""
                self.file = BytesIO()
        self._name = name
        self.onclose = None
        self.is_real = False
        self.is_closed = False

    def get(self, position: int, length: int) -> bytes:
        """Bytes at a place."""
        return bytes(self._bytes[position : position + length])

    def get_array(self, position: int, typecode: str, length: int) -> Any:
        """Numbers at a place; stored with the highest byte first."""
        numbers: array[Any] = array(typecode)
        numbers.frombytes(self.get(position, length * numbers.itemsize))
        if sys.byteorder == "little":
            numbers.byteswap()
        return numbers

    def subset(self, position: int, length: int, name: str | None = None) -> StructFile:
        """A part of the file, as a file."""
        return BufferFile(self.get(position, length), name=name or self._name)


class Codec(W3Codec):  # type: ignore[misc, unused-ignore]  # untyped in the original package
    """The codec of the package with larger blocks and names of segments that never repeat.

    The package takes names from ``random``: whoever seeds that, a demonstration or a test,
    would get the same name twice, and a second segment would overwrite the first.
    """

    def __init__(self) -> None:
        super().__init__(blocklimit=BLOCK)

    def new_segment(self, storage: Any, indexname: str) -> Any:
        """A segment with a name of its own."""
        segment = super().new_segment(storage, indexname)
        segment.segid = secrets.token_hex(8)
        return segment


class DurableStorage(FileStorage):
    """Files reach the disk before the table of contents that names them does."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self._synced: set[str] = set()

    def open_file(self, name: str, **_: Any) -> StructFile:
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


class PostingPool:
    """Collects postings by term in compact arrays.

    The pool of the package keeps a tuple per posting and sorts them all, which is most of the
    cost of indexing; here 100 million postings need 800 MB and only the terms are sorted.
    """

    def __init__(self) -> None:
        self.fieldnames: set[str] = set()
        self._fields: dict[str, dict[bytes, tuple[array[int], array[float]]]] = {}

    def add(self, item: tuple[str, bytes, int, float, bytes]) -> None:
        """Take one (field, term, document, weight, payload)."""
        field, term, document, weight, _ = item
        terms = self._fields.get(field)
        if terms is None:
            self.fieldnames.add(field)
            terms = self._fields[field] = {}
        pair = terms.get(term)
        if pair is None:
            pair = terms[term] = (array("I"), array("f"))
        pair[0].append(document)
        pair[1].append(weight)

    def add_document(self, document: int, terms: dict[str, float], keys: Iterable[str]) -> None:
        """Take all postings of a document."""
        self.fieldnames.update(("terms", "keys"))
        held = self._fields.setdefault("terms", {})
        for text, weight in terms.items():
            term = text.encode()
            pair = held.get(term)
            if pair is None:
                pair = held[term] = (array("I"), array("f"))
            pair[0].append(document)
            pair[1].append(weight)
        for key in keys:
            self.add(("keys", key.encode(), document, 1.0, b""))

    def iter_postings(self) -> Iterator[tuple[str, bytes, int, float, bytes]]:
        """All postings by field, term and document."""
        for field in sorted(self._fields):
            terms = self._fields[field]
            for term in sorted(terms):
                documents, weights = terms[term]
                for document, weight in zip(documents, weights, strict=True):
                    yield field, term, document, weight, b""

    def cleanup(self) -> None:
        """Free the memory."""
        self._fields.clear()


def read_postings(matcher: Any) -> tuple[array[int], array[float]]:
    """All (document numbers, weights) of a matcher, block by block where that is possible.

    A matcher that hides deleted documents is unwrapped: the caller has a mask for them.
    """
    while hasattr(matcher, "child"):
        matcher = matcher.child
    documents, weights = array("I"), array("f")
    by_block = hasattr(matcher, "_next_block") and hasattr(matcher, "_read_weights")
    while matcher.is_active():
        if by_block:
            matcher.id()
            matcher.weight()
            documents.extend(matcher._ids)
            weights.extend(matcher._weights)
            matcher._next_block()
        else:
            documents.append(matcher.id())
            weights.append(matcher.weight())
            matcher.next()
    return documents, weights
