"""How postings stand in the files of a Whoosh segment.

The package pickles and compresses blocks of postings; to read a list of 100,000 costs tens of
milliseconds. Here a list is plain numbers, looked at through the memory map::

    magic, count, bytes per number, weight of all or 0, checksum   16 bytes
    document numbers, ascending                                    2 or 4 bytes each
    weights in hundredths, unless all are equal                    1 byte each

The dictionary of terms stays that of the package.
"""

from __future__ import annotations

import secrets
import struct
from array import array
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any
from zlib import crc32

import numpy as np
from whoosh.codec.whoosh3 import W3Codec, W3FieldWriter, W3TermInfo
from whoosh.filedb.filetables import OrderedHashReader

MAGIC = b"CWP1"
HUNDREDTHS = 100
MAX_WEIGHT = 255
_HEADER = struct.Struct("<4sIBBHI")
_KINDS = {2: "<u2", 4: "<u4"}
_FIELD = struct.Struct("!H")
_INFO = W3TermInfo._struct.size
_PLACE = struct.Struct("!qi")
_LENGTHS = struct.Struct("!ii")
_SMALL = 1 << 19
Postings = tuple[Any, Any]
"""Document numbers, and their weights in hundredths: an array, or one number for all."""
NONE: Postings = (np.zeros(0, dtype="<u2"), HUNDREDTHS)


def in_hundredths(weight: float) -> int:
    """A weight as it is kept."""
    return min(int(weight * HUNDREDTHS + 0.5), MAX_WEIGHT)


class Damaged(ValueError):
    """A list of postings is not what was written."""


def pack(documents: Any, weights: Any) -> bytes:
    """Bytes of one list; their number is a multiple of 4."""
    kind = 2 if int(documents[-1]) < 1 << 16 else 4
    numbers = np.asarray(documents).astype(_KINDS[kind]).tobytes()
    marks = bytes(weights)
    equal = marks[0] if marks.count(marks[0]) == len(marks) else 0
    payload = numbers if equal else numbers + marks
    payload += b"\0" * (-len(payload) % 4)
    return _HEADER.pack(MAGIC, len(documents), kind, equal, 0, crc32(payload)) + payload


class Codec(W3Codec):  # type: ignore[misc, unused-ignore]  # untyped in the original package
    """The codec of the package with lists of plain numbers and names that never repeat.

    The package takes names of segments from ``random``: whoever seeds that, a demonstration or
    a test, would get the same name twice, and a second segment would overwrite the first.
    """

    def new_segment(self, storage: Any, indexname: str) -> Any:
        """A segment with a name of its own."""
        segment = super().new_segment(storage, indexname)
        segment.segid = secrets.token_hex(8)
        return segment

    def field_writer(self, storage: Any, segment: Any) -> Any:
        """Writer of terms and postings."""
        return _FieldWriter(self, storage, segment)


class _FieldWriter(W3FieldWriter):  # type: ignore[misc, unused-ignore]  # as above
    """Takes whole lists from the pool instead of one posting after the other."""

    def add_postings(self, schema: Any, lengths: Any, items: Any) -> None:
        """Write ``(field, term, documents, weights)``, sorted by field and term."""
        current = None
        for field, term, documents, weights in items:
            if field != current:
                if current is not None:
                    self.finish_field()
                self.start_field(field, schema[field])
                current = field
            packed = pack(documents, weights)
            info = W3TermInfo(df=len(documents))
            info.set_extent(self._postfile.tell(), len(packed))
            self._postfile.write(packed)
            self._tindex.add(_FIELD.pack(self._fieldid) + term, info.to_bytes())
        if current is not None:
            self.finish_field()


class PostingPool:
    """Collects the postings of a new segment by term, in 5 bytes each."""

    def __init__(self) -> None:
        self.fieldnames: set[str] = set()
        self._fields: dict[str, dict[bytes, tuple[array[int], bytearray]]] = {
            "terms": {},
            "keys": {},
        }

    def add_document(self, document: int, terms: dict[str, float], keys: Iterable[str]) -> None:
        """Take all postings of a document; documents come in the order of their numbers."""
        held = self._fields["terms"]
        for text, weight in terms.items():
            term = text.encode()
            pair = held.get(term)
            if pair is None:
                pair = held[term] = (array("I"), bytearray())
            pair[0].append(document)
            pair[1].append(in_hundredths(weight))
        held = self._fields["keys"]
        for text in keys:
            pair = held.setdefault(text.encode(), (array("I"), bytearray()))
            pair[0].append(document)
            pair[1].append(HUNDREDTHS)

    def add_list(self, field: str, term: bytes, documents: Any, weights: Any) -> None:
        """Take postings of one term for documents that come after all earlier ones."""
        pair = self._fields[field].setdefault(term, (array("I"), bytearray()))
        pair[0].frombytes(documents.astype("u4").tobytes())
        if isinstance(weights, int):
            pair[1].extend(bytes((weights,)) * len(documents))
        else:
            pair[1].extend(weights.tobytes())

    def iter_postings(self) -> Iterator[tuple[str, bytes, array[int], bytearray]]:
        """Whole lists by field and term, as the writer of this project takes them."""
        for field in sorted(self._fields):
            terms = self._fields[field]
            for term in sorted(terms):
                yield field, term, *terms[term]

    def cleanup(self) -> None:
        """Free the memory."""
        for terms in self._fields.values():
            terms.clear()


class PostingReader:
    """Terms and postings of one segment. Arrays look into the map of the file."""

    def __init__(self, storage: Any, segment: Any) -> None:
        name = segment.make_filename(Codec.TERMS_EXT)
        self._dictionary = storage.open_file(name)
        self._terms = OrderedHashReader(self._dictionary, storage.file_length(name))
        numbers = self._terms.extras["fieldmap"]
        self._fields = {
            field: _FIELD.pack(numbers.get(field, 0xFFFF)) for field in ("terms", "keys")
        }
        self._lists = storage.open_file(segment.make_filename(Codec.POSTS_EXT))
        self._checked: set[int] = set()

    def close(self) -> None:
        """Release the files."""
        self._terms.close()
        self._lists.close()

    def postings(self, field: str, term: bytes) -> Postings:
        """(document numbers, weights) of a term."""
        info = self._find(self._fields[field] + term)
        return NONE if info is None else self._read(info)

    @cached_property
    def _find(self) -> Callable[[bytes], bytes | None]:
        """What is known of a term. The whole dictionary is held for a small segment: most words
        are in none of them, and there may be several to ask."""
        if len(self._dictionary.whole) > _SMALL:
            find: Callable[[bytes], bytes | None] = self._terms.get
            return find
        return dict(self._terms.items()).get

    def _read(self, info: bytes) -> Postings:
        place, size = _PLACE.unpack_from(info, _INFO)
        content = memoryview(self._lists.whole)
        magic, count, width, equal, _, check = _HEADER.unpack_from(content, place)
        start = place + _HEADER.size
        if place not in self._checked:
            payload = content[start : place + size]
            if magic != MAGIC or width not in _KINDS or crc32(payload) != check:
                raise Damaged(f"the list at {place} is damaged")
            self._checked.add(place)
        documents = self._lists.numbers(start, _KINDS[width], count)
        if equal:
            return documents, equal
        return documents, self._lists.numbers(start + width * count, "u1", count)

    def beginning(self, field: str, prefix: bytes) -> Iterator[tuple[bytes, Postings]]:
        """Terms that begin so, in order, with their postings."""
        for term, place, size in self._entries(field, prefix):
            yield term, self._read(self._dictionary.whole[place : place + size])

    def words(self, field: str, prefix: bytes) -> Iterator[bytes]:
        """Terms that begin so, in order."""
        return (term for term, _, _ in self._entries(field, prefix))

    def _entries(self, field: str, prefix: bytes) -> Iterator[tuple[bytes, int, int]]:
        """(term, place and size of what is known of it), read straight from the map."""
        head = self._fields[field] + prefix
        at = self._terms.closest_key_pos(head)
        whole, end, lengths = self._dictionary.whole, self._terms.endofdata, _LENGTHS.unpack_from
        while at is not None and at < end:
            length, size = lengths(whole, at)
            start = at + _LENGTHS.size
            at = start + length
            key = whole[start:at]
            if not key.startswith(head):
                return
            yield key[_FIELD.size :], at, size
            at += size
