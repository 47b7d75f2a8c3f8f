"""Files of a tantivy index: what its table of contents says, and whether they are whole."""

from __future__ import annotations

import json
import mmap
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from search_index.errors import IndexCorrupt, IndexUnwritable

CONTENTS = "meta.json"
PARTS = ("idx", "pos", "term", "store", "fast", "fieldnorm")
_MAGIC = 1337
_SUMMED_BYTES = 256_000_000
_CHUNK = 1 << 22
_SEGMENT = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True)
class Segment:
    """``size`` documents, of which ``deleted`` are."""

    name: str
    size: int
    deleted: int

    @property
    def live(self) -> int:
        """Documents that can be found."""
        return self.size - self.deleted


class DamagedFile(Exception):
    """A file of the index is not what was written."""


def read_segments(files: Path) -> tuple[Segment, ...]:
    """Segments of the newest commit, in the order in which the searcher numbers them."""
    try:
        contents = json.loads((files / CONTENTS).read_text(encoding="utf-8"))
        return tuple(
            Segment(
                entry["segment_id"].replace("-", ""),
                entry["max_doc"],
                (entry["deletes"] or {"num_deleted_docs": 0})["num_deleted_docs"],
            )
            for entry in contents["segments"]
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedFile(f"table of contents: {error!r}") from error


def check_segment(files: Path, segment: Segment) -> None:
    """Raise DamagedFile if a file of a segment is missing, cut or changed.

    The engine maps its files and trusts them: a changed byte would be a wrong answer. Files
    above 256 MB are checked for their end only, so that opening stays quick.
    """
    for part in PARTS:
        path = files / f"{segment.name}.{part}"
        try:
            _check_file(path)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DamagedFile(f"{path.name}: {error}") from error


def remove_unnamed(files: Path, segments: Sequence[Segment]) -> None:
    """Remove files of segments that the table of contents does not name; call as the one writer.

    A process that was killed leaves them, and they may hold words that were redacted since.
    """
    named = {segment.name for segment in segments}
    for path in list(files.iterdir()):
        name, _, _ = path.name.partition(".")
        if _SEGMENT.fullmatch(name) and name not in named:
            path.unlink(missing_ok=True)


def remove_uncommitted_deletes(files: Path) -> None:
    """Remove lists of deleted documents that no commit names yet; call as the one writer.

    Their names hold the number of the operation, and a writer counts on from the last commit: who
    was killed, or found the disk full, just before a commit leaves a name in the way of the next.
    """
    contents = json.loads((files / CONTENTS).read_text(encoding="utf-8"))
    for path in files.glob("*.del"):
        number = path.name.split(".")[1]
        if number.isdigit() and int(number) > contents["opstamp"]:
            path.unlink(missing_ok=True)


def _check_file(path: Path) -> None:
    # The end of a file: its footer as JSON, the length of that, a magic number.
    with (
        path.open("rb") as stream,
        mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        length = int.from_bytes(content[-8:-4], "little")
        if int.from_bytes(content[-4:], "little") != _MAGIC or length > len(content):
            raise ValueError("it is cut or damaged at its end")
        end = len(content) - 8 - length
        wanted = json.loads(content[end : end + length])["crc"]
        if end > _SUMMED_BYTES:
            return
        found = 0
        for at in range(0, end, _CHUNK):
            found = zlib.crc32(content[at : min(at + _CHUNK, end)], found)
        if found != wanted:
            raise ValueError("its checksum is wrong")


def is_engine_error(error: BaseException) -> bool:
    """True for what the engine raises when files are not right; a panic is no Exception."""
    return isinstance(error, ValueError | OSError | RuntimeError) or (
        type(error).__name__ == "PanicException"
    )


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what the engine raises on damaged files into IndexCorrupt."""
    try:
        yield
    except IndexCorrupt:
        raise
    except BaseException as error:
        if isinstance(error, DamagedFile) or is_engine_error(error):
            raise IndexCorrupt(str(path), str(error)) from error
        raise


@contextmanager
def disk(path: Path) -> Iterator[None]:
    """Turn what the engine raises when it can't write into IndexUnwritable."""
    try:
        yield
    except BaseException as error:
        if is_engine_error(error):
            raise IndexUnwritable(str(path), str(error)) from error
        raise
