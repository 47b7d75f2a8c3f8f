"""What can be wrong with an index, said so that a person knows what to do."""

from __future__ import annotations

REBUILD = "Build it again from the database with: courtwatch reindex"


class SearchIndexError(Exception):
    """Base of every error of this package; ``str(error)`` is fit for a person."""


class IndexLocked(SearchIndexError):
    """Another process holds the index for writing."""

    def __init__(self, path: str, waited: float) -> None:
        super().__init__(
            f"The search index in {path} is being written by another process "
            f"(waited {waited:g} s). Only one process may write: let the worker or the running "
            "'courtwatch reindex' finish, then try again."
        )


class IndexCorrupt(SearchIndexError):
    """Files of the index are missing or unreadable."""

    def __init__(self, path: str, detail: str) -> None:
        super().__init__(f"The search index in {path} cannot be read: {detail}. {REBUILD}")


class IndexOutdated(SearchIndexError):
    """The index was built by another version of the schema or of the text analysis."""

    def __init__(self, path: str, found: str, expected: str) -> None:
        super().__init__(
            f"The search index in {path} was built as version {found}, this program needs "
            f"{expected}. {REBUILD}"
        )


class IndexUnwritable(SearchIndexError):
    """The files of the index can't be written: disk full, no permission."""

    def __init__(self, path: str, detail: str) -> None:
        super().__init__(
            f"The search index in {path} cannot be written: {detail}. What was there before is "
            "unchanged. Free some space or give the user of the worker the right to write there; "
            "the worker then tries again."
        )
