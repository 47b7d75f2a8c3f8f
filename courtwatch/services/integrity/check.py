"""Look for faults: counts by kind, and the findings of one kind, some at a time.

Whose cases are looked at is decided here, before anything is counted: kinds about cases are
narrowed to one organisation's own (`of`); kinds of the database tell nothing of a case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, select, true, union_all
from sqlalchemy.orm import Session

from courtwatch.models import Case, Jurisdiction, ProcedureVersion
from courtwatch.security.visibility import Level, level_expression
from courtwatch.services.integrity.kinds import KEYS, Context, Finding, Kind, Limits
from courtwatch.services.work import Actor
from workflows.procedure import loads

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from search_index.index import SearchIndex

COLUMNS = (*KEYS, "since", "first", "second")


def everything(table: Any) -> ColumnElement[bool]:
    """Let every case be named: for those who have the database itself."""
    return true()


def read_in_full(actor: Actor) -> Callable[[Any], ColumnElement[bool]]:
    """Let those cases be named whose numbers this reader sees.

    That a case of others has the same number as one's own tells its number.
    """
    return lambda table: level_expression(actor, table).in_((Level.OWN, Level.NETWORK))


@dataclass(frozen=True)
class Found:
    """How many findings a kind has, and the first of them."""

    kind: Kind
    total: int
    findings: tuple[Finding, ...]


class Check:
    """One look at the record. `of`: the organisation whose cases are looked at (None: all).

    `readable` says, on an alias of `case`, which other cases a finding may name.
    """

    def __init__(
        self,
        session: Session,
        now: datetime,
        of: int | None = None,
        readable: Callable[[Any], ColumnElement[bool]] = everything,
        limits: Limits | None = None,
        engine: Engine | None = None,
        index: SearchIndex | None = None,
    ) -> None:
        self.of = of
        connection = session.connection()
        jurisdictions = connection.execute(select(Jurisdiction.id, Jurisdiction.time_zone))
        versions = connection.execute(
            select(
                ProcedureVersion.id,
                ProcedureVersion.text,
                ProcedureVersion.name,
                ProcedureVersion.version,
            )
        )
        self.context = Context(
            connection=connection,
            now=now,
            today={key: now.astimezone(ZoneInfo(zone)).date() for key, zone in jurisdictions},
            procedures={k: loads(text, f"{name} {number}") for k, text, name, number in versions},
            limits=limits or Limits(),
            readable=readable,
            of=of,
            engine=engine,
            index=index,
        )

    def count(self, kind: Kind) -> int:
        """Return how many findings a kind has."""
        if kind.stream is not None:
            return sum(1 for _finding in kind.stream(self.context))
        return sum(
            self.context.connection.scalar(select(func.count()).select_from(query.subquery())) or 0
            for query in self._queries(kind)
        )

    def findings(self, kind: Kind, limit: int, skip: int = 0) -> tuple[Finding, ...]:
        """Return some findings of a kind, oldest first, in an order that stays the same."""
        if kind.stream is not None:
            return tuple(islice(kind.stream(self.context), skip, skip + limit))
        rows = self.context.connection.execute(self._ordered(kind).limit(limit).offset(skip))
        return tuple(Finding(*row) for row in rows)

    def every(self, kind: Kind) -> Iterator[Finding]:
        """Yield all findings of a kind as they are read, holding few of them."""
        if kind.stream is not None:
            yield from kind.stream(self.context)
            return
        query = self._ordered(kind).execution_options(yield_per=500)
        for row in self.context.connection.execute(query):
            yield Finding(*row)

    def look(self, kind: Kind, limit: int) -> Found:
        """Return the count of a kind and its first findings, reading a stream once."""
        if kind.stream is None:
            total = self.count(kind)
            return Found(kind, total, self.findings(kind, limit) if total else ())
        kept: list[Finding] = []
        total = 0
        for finding in kind.stream(self.context):
            total += 1
            if len(kept) < limit:
                kept.append(finding)
        return Found(kind, total, tuple(kept))

    def _queries(self, kind: Kind) -> list[Select[Any]]:
        assert kind.find is not None
        queries = list(kind.find(self.context))
        if self.of is None or not kind.about_cases:
            return queries
        return [query.where(Case.owner_id == self.of) for query in queries]

    def _ordered(self, kind: Kind) -> Select[Any]:
        queries = self._queries(kind)
        parts = queries[0] if len(queries) == 1 else union_all(*queries)
        rows = parts.subquery("found")
        # Oldest first, those without a day last; then by what they are about.
        order = [rows.c.since.is_(None), *(rows.c[name] for name in ("since", *KEYS[:4], "row_id"))]
        return select(*(rows.c[name] for name in COLUMNS)).order_by(*order, rows.c.second)
