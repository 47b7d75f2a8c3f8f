"""Compare the stored facts with what is derived from the record, and mend what differs.

Everything is read in stretches of prosecutions or hearings, so that memory does not grow with the
record. Stretches cover all numbers there can be: a fact of something that does not exist is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from courtwatch.models import ChargeFact, Clock, Hearing, HearingFact, Prosecution, ProsecutionFact
from courtwatch.services.fact_inputs import Lookups, read_lookups
from courtwatch.services.fact_rows import Values, derive_rows
from courtwatch.services.facts import FactDifference, compare, refresh
from courtwatch.services.hearing_facts import hearing_rows, refresh_hearings
from courtwatch.services.work import Work

STRETCH = 2_000
"""Prosecutions, or hearings, that are derived and compared at once."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What is between two numbers, and which of them exist. None: no bound on that side."""

    first: int | None
    last: int | None
    ids: list[int]

    def holding(self, column: Any) -> list[Any]:
        """Return the conditions that a column is within the bounds."""
        found = []
        if self.first is not None:
            found.append(column >= self.first)
        if self.last is not None:
            found.append(column < self.last)
        return found


def stretches(connection: Connection, model: Any, size: int = STRETCH) -> Iterator[Stretch]:
    """Give all rows of a model in stretches that leave no number out."""
    first: int | None = None
    while True:
        query = select(model.id).order_by(model.id).limit(size + 1)
        if first is not None:
            query = query.where(model.id >= first)
        ids = list(connection.scalars(query))
        if len(ids) <= size:
            yield Stretch(first, None, ids)
            return
        yield Stretch(first, ids[size], ids[:size])
        first = ids[size]


def all_differences(
    connection: Connection,
    progress: Callable[[int], None] = lambda done: None,
    lookups: Lookups | None = None,
    size: int = STRETCH,
) -> Iterator[FactDifference]:
    """Derive all facts again and give what differs.

    progress: is told how many more are done, of as many as `total` says.
    """
    lookups = lookups or read_lookups(connection)
    for stretch in stretches(connection, Prosecution, size):
        prosecutions, charges, clocks = derive_rows(connection, stretch.ids, lookups)
        yield from _compare(connection, ProsecutionFact, "prosecution_id", stretch, prosecutions)
        yield from _compare(connection, ChargeFact, "prosecution_id", stretch, charges, "charge_id")
        yield from _compare(connection, Clock, "prosecution_id", stretch, clocks, "place")
        progress(len(stretch.ids))
    for stretch in stretches(connection, Hearing, size):
        rows = hearing_rows(connection, stretch.ids)
        yield from _compare(connection, HearingFact, "hearing_id", stretch, rows)
        progress(len(stretch.ids))


def total(connection: Connection) -> tuple[int, int]:
    """Return how many prosecutions and hearings there are to derive."""
    prosecutions, hearings = (
        connection.scalar(select(func.count()).select_from(model.__table__)) or 0
        for model in (Prosecution, Hearing)
    )
    return prosecutions, hearings


def _compare(
    connection: Connection,
    model: Any,
    owner: str,
    stretch: Stretch,
    derived_rows: Iterable[Values],
    key: str | None = None,
) -> Iterator[FactDifference]:
    """Compare the facts that hold in a stretch with the derived ones."""
    table = model.__table__
    query = select(table).where(table.c.rev_to.is_(None), *stretch.holding(table.c[owner]))
    stored = connection.execute(query.order_by(table.c.id)).mappings()
    return compare(table, (owner, key or owner), stored, derived_rows)


def mend(work: Work, of_hearings: bool, owners: Iterable[int]) -> None:
    """Derive the facts of these prosecutions, or of these hearings, again."""
    if of_hearings:
        refresh_hearings(work, owners)
    else:
        refresh(work, owners)
