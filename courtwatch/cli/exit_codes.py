"""Exit codes of the command line, and which error gives which.

Exceptions are named by words, not imported: most commands never meet most of them, and an import
of every part would make each command slow to start.
"""

from __future__ import annotations

import errno
import sqlite3
from enum import IntEnum


class ExitCode(IntEnum):
    """What the number means that `courtwatch` leaves with."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    BAD_INPUT = 3
    DATABASE = 4
    INDEX = 5
    REFUSED = 6
    DISK_FULL = 7
    SETTINGS = 8
    BUSY = 9
    FOUND = 10
    INTERRUPTED = 130

    @property
    def meaning(self) -> str:
        """Return the words of the documentation."""
        return _MEANINGS[self]


_MEANINGS = {
    ExitCode.OK: "done",
    ExitCode.UNEXPECTED: "an error that nobody foresaw; --debug shows where",
    ExitCode.USAGE: "the command line is wrong: see --help",
    ExitCode.BAD_INPUT: "a file or a value cannot be read; the message says where, nothing is kept",
    ExitCode.DATABASE: "the database is missing, damaged, or older or newer than this version",
    ExitCode.INDEX: "the search index is missing, damaged or locked: courtwatch reindex",
    ExitCode.REFUSED: "a rule forbids it; the message says which, and what is permitted",
    ExitCode.DISK_FULL: "the disk is full; nothing is half done",
    ExitCode.SETTINGS: "the settings file cannot be used; the message names the line",
    ExitCode.BUSY: "another process is writing; try again",
    ExitCode.FOUND: "courtwatch check found something wrong in the record",
    ExitCode.INTERRUPTED: "stopped with Ctrl-C",
}


class CommandError(Exception):
    """An error of a command that has words for people; subclasses choose the exit code."""

    exit_code = ExitCode.UNEXPECTED


class BadInput(CommandError):
    """What was given cannot be read or used."""

    exit_code = ExitCode.BAD_INPUT


class Refused(CommandError):
    """A rule forbids it."""

    exit_code = ExitCode.REFUSED


# By name of the class, searched along the bases of what was raised. A class that is met nowhere
# here may carry an attribute `exit_code` of its own.
_BY_CLASS = {
    "SettingsError": ExitCode.SETTINGS,
    "DatabaseStateError": ExitCode.DATABASE,
    "SearchIndexError": ExitCode.INDEX,
    "UnreadableSegment": ExitCode.INDEX,
    "WorkerBusy": ExitCode.BUSY,
    # What was given to a command: files, values, words.
    "AccountError": ExitCode.BAD_INPUT,
    "BadValue": ExitCode.BAD_INPUT,
    "ExchangeError": ExitCode.BAD_INPUT,
    "FilterError": ExitCode.BAD_INPUT,
    "Invalid": ExitCode.BAD_INPUT,
    "ProcedureError": ExitCode.BAD_INPUT,
    "ReportProblem": ExitCode.BAD_INPUT,
    "SeedError": ExitCode.BAD_INPUT,
    "UnknownMoment": ExitCode.BAD_INPUT,
    "UnknownKind": ExitCode.BAD_INPUT,
    "ValidationError": ExitCode.BAD_INPUT,
    "FileNotFoundError": ExitCode.BAD_INPUT,
    "NotADirectoryError": ExitCode.BAD_INPUT,
    "IsADirectoryError": ExitCode.BAD_INPUT,
    "PermissionError": ExitCode.BAD_INPUT,
    "UnicodeDecodeError": ExitCode.BAD_INPUT,
    # What a rule of the record forbids.
    "DemoExists": ExitCode.REFUSED,
    "ProcedureChanged": ExitCode.REFUSED,
    "StepRefused": ExitCode.REFUSED,
    "SubmissionConflict": ExitCode.REFUSED,
    "KeyboardInterrupt": ExitCode.INTERRUPTED,
}


def code_for(error: BaseException) -> ExitCode:
    """Return the exit code for what was raised."""
    by_cause = _code_of_cause(error)
    if by_cause is not None:
        return by_cause
    own = getattr(error, "exit_code", None)
    if isinstance(own, int):
        return ExitCode(own)
    for base in type(error).__mro__:
        if base.__name__ in _BY_CLASS:
            return _BY_CLASS[base.__name__]
    return ExitCode.UNEXPECTED


def message_for(error: BaseException) -> str:
    """Return the words for a person; never a bare class name where we know better."""
    code = code_for(error)
    if code is ExitCode.DISK_FULL:
        where = getattr(error, "filename", None)
        return (
            f"The disk is full{f' ({where})' if where else ''}. What was being written is undone. "
            "Make room, then run the command again."
        )
    if code is ExitCode.BUSY and _sqlite_error(error) is not None:
        return "Another process is writing to the database and did not finish in time. Try again."
    database = _sqlite_error(error)
    if database is not None and code is ExitCode.DATABASE:
        return (
            f"The database cannot be read ({database}). If the file is damaged, put the last "
            "backup in its place."
        )
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    words = str(error).strip()
    if code is ExitCode.UNEXPECTED:
        return f"unexpected error: {type(error).__name__}: {words}"
    return words or type(error).__name__


def _code_of_cause(error: BaseException) -> ExitCode | None:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ExitCode.DISK_FULL
    found = _sqlite_error(error)
    if found is None:
        return None
    words = str(found).lower()
    if "disk is full" in words:
        return ExitCode.DISK_FULL
    if "is locked" in words or "is busy" in words:
        return ExitCode.BUSY
    damaged = ("malformed", "not a database", "unable to open", "disk i/o", "no such table")
    return ExitCode.DATABASE if any(word in words for word in damaged) else None


def _sqlite_error(error: BaseException) -> sqlite3.Error | None:
    """Return the error of SQLite itself, bare or carried by SQLAlchemy."""
    for candidate in (error, getattr(error, "orig", None), error.__cause__):
        if isinstance(candidate, sqlite3.Error):
            return candidate
    return None
