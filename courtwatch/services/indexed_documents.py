"""When what an audience may see of a case changed: the base of "new since I last looked".

The worker writes it in the same pass that writes the index: first the index, then, in the
transaction that finishes the jobs, these rows. So whoever sees a number here has at least what it
stands for in the index. Changes are numbered; a number is never given twice, and every transaction
takes its own, so that no row can appear behind a look that covered its number.

A row says of one case and audience: the digest of all that it may see (None: nothing any more), and
the number of its last change. Every audience has its row, also where the index needs no document
for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, bindparam, delete, func, insert, select
from sqlalchemy.orm import Session

from courtwatch.models import IndexedDocument
from courtwatch.models.engine import WRITES
from courtwatch.security.visibility import CODED_AUDIENCE, NETWORK_AUDIENCE
from courtwatch.services.index_documents import documents_from
from courtwatch.services.index_rows import CHUNK, read_names, read_rows
from courtwatch.services.seen_digests import Digester, digests_of
from search_index.documents import CaseDocument

AT_ONCE = 5_000
"""Rows in one transaction: others may write between two."""
BEFORE_ALL = -1
"""Stands for the last change where the index was never filled."""
_T = TypeVar("_T")


def cut(values: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """Yield values some at a time."""
    every = list(values)
    for start in range(0, len(every), size):
        yield every[start : start + size]


@dataclass(frozen=True)
class Difference:
    """What an audience sees of a case now and what the row said (None: nothing).

    `counts`: it is a change. What was digested by other software, or never, can't be compared: it
    is taken over and told to nobody.
    """

    case_id: int
    audience: str
    digest: bytes | None
    was: bytes | None
    counts: bool = True


class IndexPass:
    """Cases on their way into the index: their documents, and what changed for whom."""

    def __init__(
        self,
        connection: Connection,
        case_ids: Sequence[int],
        digester: Digester,
        first: bool | None = None,
    ) -> None:
        """`first`: the index is filled for the first time (None: ask the database)."""
        self.connection = connection
        self.case_ids = case_ids
        self.digester = digester
        self.differences: list[Difference] = []
        self._first = latest_change(connection) == BEFORE_ALL if first is None else first

    def documents(self) -> Iterator[CaseDocument]:
        """Yield the documents; `differences` are complete when all were taken."""
        names = read_names(self.connection)
        for start in range(0, len(self.case_ids), CHUNK):
            ids = self.case_ids[start : start + CHUNK]
            cases = list(read_rows(self.connection, ids, names).values())
            for case in cases:
                yield from documents_from(case, names)
            made = {
                (case_id, audience): digest
                for case_id, audience, digest in digests_of(
                    self.connection, cases, names, self.digester
                )
            }
            # One that was asked for under its own key may be read with the case that holds it.
            self._compare({*ids, *(case.case.id for case in cases)}, made)

    def _compare(self, ids: Collection[int], made: dict[tuple[int, str], bytes]) -> None:
        rows = select(IndexedDocument).where(IndexedDocument.case_id.in_(ids))
        known = {(row.case_id, row.audience): row.digest for row in self.connection.execute(rows)}
        for key, digest in made.items():
            was = known.get(key)
            if digest != was:
                silent = self._first or (was is not None and not self.digester.comparable(was))
                self.differences.append(Difference(*key, digest, was, counts=not silent))
        for key, was in known.items():
            if key not in made and was is not None:
                self.differences.append(Difference(*key, None, was))


def gone(connection: Connection, case_ids: Collection[int]) -> list[Difference]:
    """Return what is to be seen no more, because these are all cases that there are."""
    there = set(case_ids)
    rows = select(IndexedDocument).where(IndexedDocument.digest.is_not(None))
    return [
        Difference(row.case_id, row.audience, None, row.digest)
        for row in connection.execute(rows)
        if row.case_id not in there
    ]


def record(
    engine: Engine,
    differences: Iterable[Difference],
    finish: Callable[[Connection], None] | None = None,
) -> None:
    """Write what changed, each transaction under its own number; `finish` jobs with the last.

    The index must have what these differences are about. A row that says something else by now
    than what the difference was taken from is left: whoever wrote it knew later.
    """
    chunks = list(cut(differences, AT_ONCE)) or ([[]] if finish is not None else [])
    for place, chunk in enumerate(chunks):
        writing = engine.connect().execution_options(**{WRITES: True})
        with writing as connection, connection.begin():
            _write(connection, chunk, latest_change(connection) + 1)
            if finish is not None and place == len(chunks) - 1:
                finish(connection)


def _write(connection: Connection, chunk: Sequence[Difference], number: int) -> None:
    known: dict[tuple[int, str], tuple[bytes | None, int]] = {}
    for some in cut(sorted({one.case_id for one in chunk}), 500):
        rows = select(IndexedDocument).where(IndexedDocument.case_id.in_(some))
        for row in connection.execute(rows):
            known[row.case_id, row.audience] = (row.digest, row.changed)
    replaced: list[dict[str, Any]] = []
    written: list[dict[str, Any]] = []
    for one in chunk:
        key = (one.case_id, one.audience)
        digest, changed = known.get(key, (None, 0))
        if digest != one.was:
            continue
        if key in known:
            replaced.append({"c": one.case_id, "a": one.audience})
        written.append(
            {
                "case_id": one.case_id,
                "audience": one.audience,
                "digest": one.digest,
                "changed": number if one.counts else changed,
            }
        )
    if replaced:
        of_row = (
            IndexedDocument.case_id == bindparam("c"),
            IndexedDocument.audience == bindparam("a"),
        )
        connection.execute(delete(IndexedDocument).where(*of_row), replaced)
    if written:
        connection.execute(insert(IndexedDocument), written)


def latest_change(connection: Connection | Session) -> int:
    """Return the number of the last change."""
    found = connection.execute(select(func.max(IndexedDocument.changed))).scalar()
    return BEFORE_ALL if found is None else int(found)


def changed_since(session: Session, audiences: frozenset[str], number: int) -> dict[int, int]:
    """Return the cases of which these audiences see something else than at a change, and when.

    A person belongs to several audiences and sees the fullest document that is there for them. A
    case changed for them when that did, or when a fuller one than that ended or began; what
    changed for others alone says nothing.
    """
    rows = select(IndexedDocument.case_id).where(
        IndexedDocument.changed > number, IndexedDocument.audience.in_(audiences)
    )
    candidates = sorted(set(session.scalars(rows)))
    found: dict[int, int] = {}
    for some in cut(candidates, 500):
        of_case: dict[int, dict[str, tuple[bytes | None, int]]] = defaultdict(dict)
        query = select(
            IndexedDocument.case_id,
            IndexedDocument.audience,
            IndexedDocument.digest,
            IndexedDocument.changed,
        ).where(IndexedDocument.case_id.in_(some), IndexedDocument.audience.in_(audiences))
        for row in session.execute(query):
            of_case[row.case_id][row.audience] = (row.digest, row.changed)
        for case_id, documents in of_case.items():
            last = _last_change(documents)
            if last > number:
                found[case_id] = last
    return found


def _last_change(documents: dict[str, tuple[bytes | None, int]]) -> int:
    """Return when the fullest of these documents changed, or a fuller one that is there no more."""
    last = 0
    for audience in sorted(documents, key=_fullness):
        digest, changed = documents[audience]
        last = max(last, changed)
        if digest is not None:
            break
    return last


def _fullness(audience: str) -> int:
    """Return the place of an audience among those of one person, the fullest first."""
    return {NETWORK_AUDIENCE: 1, CODED_AUDIENCE: 2}.get(audience, 0)


def known_to_index(
    session: Session, audiences: frozenset[str], case_ids: Collection[int]
) -> set[int]:
    """Return those of these cases of which a row says that these audiences see something."""
    found: set[int] = set()
    for some in cut(sorted(case_ids), 500):
        query = select(IndexedDocument.case_id).where(
            IndexedDocument.case_id.in_(some),
            IndexedDocument.audience.in_(audiences),
            IndexedDocument.digest.is_not(None),
        )
        found |= set(session.scalars(query))
    return found
