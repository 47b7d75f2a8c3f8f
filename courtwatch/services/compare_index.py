"""Compare the search index with the database, document by document.

By fingerprints, so that nobody's words are read back or told. The record goes on changing while it
is compared: what differs at first is looked at again, and what waits for the worker is no fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, Engine, func, select

from courtwatch.models import Job
from courtwatch.services.index_documents import documents_of
from courtwatch.services.index_rows import all_case_ids
from courtwatch.services.jobs import INDEX_AGAIN, INDEX_ALL, INDEX_CASE
from search_index.index import SearchIndex

STRETCH = 2_000
_LOOKS = 4
_JOBS = (INDEX_CASE, INDEX_AGAIN, INDEX_ALL)
_Cases = dict[int, dict[str, int]]
"""Fingerprint by audience, by case; a case without documents is not in it."""


class Difference(StrEnum):
    """What can be wrong with a document."""

    MISSING = "missing"
    EXTRA = "extra"
    OUTDATED = "outdated"


@dataclass(frozen=True, order=True)
class Fault:
    """One document of the index that is not as the record says."""

    case_id: int
    audience: str
    difference: Difference


@dataclass(frozen=True)
class Comparison:
    """`documents` that the record asks for, `waiting` jobs of the worker, and the faults."""

    documents: int
    waiting: int
    faults: tuple[Fault, ...]


def compare_index(
    engine: Engine, index: SearchIndex, progress: Callable[[int], None] | None = None
) -> Comparison:
    """Compare every document. `progress` is called with the number of cases read so far."""
    with engine.connect() as connection:
        case_ids = all_case_ids(connection)
    held = _held(index)
    doubtful = held.keys() - set(case_ids)
    documents = 0
    for start in range(0, len(case_ids), STRETCH):
        stretch = case_ids[start : start + STRETCH]
        with engine.connect() as connection:
            wanted = _wanted(connection, stretch)
        documents += sum(map(len, wanted.values()))
        doubtful |= {case for case in stretch if wanted.get(case) != held.get(case)}
        if progress is not None:
            progress(start + len(stretch))
    faults = _look_again(engine, index, doubtful)
    with engine.connect() as connection:
        waiting = connection.scalar(select(func.count(Job.id)).where(Job.kind.in_(_JOBS))) or 0
    return Comparison(documents, waiting, tuple(sorted(faults)))


def _look_again(engine: Engine, index: SearchIndex, doubtful: set[int]) -> Iterator[Fault]:
    """Yield what is a fault: no job waits for the case, and the record was the same before and
    after the index was read. A case that changes at every look is being worked on: no fault."""
    for _look in range(_LOOKS):
        if not doubtful:
            return
        wanted, waiting = _record_of(engine, doubtful)
        cases = doubtful - waiting
        held = _held(index)
        again, _later = _record_of(engine, cases)
        doubtful = {case for case in cases if wanted.get(case) != again.get(case)}
        for case in cases - doubtful:
            yield from _faults(case, wanted.get(case, {}), held.get(case, {}))


def _faults(case_id: int, wanted: dict[str, int], held: dict[str, int]) -> Iterator[Fault]:
    for audience in wanted.keys() | held.keys():
        if audience not in held:
            yield Fault(case_id, audience, Difference.MISSING)
        elif audience not in wanted:
            yield Fault(case_id, audience, Difference.EXTRA)
        elif wanted[audience] != held[audience]:
            yield Fault(case_id, audience, Difference.OUTDATED)


def _record_of(engine: Engine, case_ids: set[int]) -> tuple[_Cases, set[int]]:
    """Documents of cases and those of them that wait for the worker, at one moment."""
    wanted: _Cases = {}
    ordered = sorted(case_ids)
    with engine.connect() as connection:
        rows = connection.execute(select(Job.kind, Job.key).where(Job.kind.in_(_JOBS))).all()
        if any(kind == INDEX_ALL for kind, _key in rows):
            return {}, case_ids
        for start in range(0, len(ordered), STRETCH):
            wanted |= _wanted(connection, ordered[start : start + STRETCH])
    return wanted, {int(key) for _kind, key in rows}


def _wanted(connection: Connection, case_ids: Sequence[int]) -> _Cases:
    """What the record asks for. A merged case brings the one that it went into: left out."""
    found: _Cases = {}
    asked = set(case_ids)
    for document in documents_of(connection, case_ids):
        if document.case_id in asked:
            found.setdefault(document.case_id, {})[document.audience] = document.fingerprint()
    return found


def _held(index: SearchIndex) -> _Cases:
    found: _Cases = {}
    for case_id, audience, mark in index.fingerprints():
        found.setdefault(case_id, {})[audience] = mark
    return found
