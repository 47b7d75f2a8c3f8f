"""Whose record differs between two moments in what a reader is told, and whose only in the rest.

A fact is written anew whenever anything in it changes, also what a monitor concluded, an allegation
that the decision states, or how far the case is shared. Counted as a change, that would tell
everybody else that somebody entered such a thing, and of which court and offence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sqlalchemy import select

from courtwatch.models import ProsecutionFact
from courtwatch.models.facts import holds_at
from courtwatch.reports.context import Context
from courtwatch.reports.packed_facts import PackedFacts, among
from courtwatch.services.fact_inputs import CHUNK
from courtwatch.services.filter_columns import kept_back, reason_as_shown

_TECHNICAL = ("id", "rev_from", "rev_to", "packed", "share_level")
"""Of a row, and not of a prosecution."""
_OWN = "reason_assessed_id"
"""Told to the organisation that assessed it, in its own record alone."""
_KEEPER = "owner_id"
_STATED = "reason_stated_id"


def told_alike(
    context: Context, then: int, was: PackedFacts, now: PackedFacts
) -> frozenset[int]:
    """Return the prosecutions of both that differ in nothing which the reader is told.

    `was` are facts of the revision `then`, `now` those of the report's; each prosecution once.
    """
    alike = _packed_alike(context, was, now)
    if not alike:
        return frozenset()
    moments = (then, context.filters.known_at)
    before, after = (_described(context, each, alike) for each in moments)
    return frozenset(key for key, row in before.items() if after.get(key) == row)


def _packed_alike(context: Context, was: PackedFacts, now: PackedFacts) -> list[int]:
    """Return those of which all that is packed is the same: few are left to read."""
    _keys, before, after = np.intersect1d(
        was.numbers("prosecution_id"), now.numbers("prosecution_id"), return_indices=True
    )
    rows = [_told(context, each.rows[places]) for each, places in ((was, before), (now, after))]
    found: list[int] = rows[0]["prosecution_id"][rows[0] == rows[1]].tolist()
    return found


def _told(context: Context, rows: Any) -> Any:
    """Return rows of what is packed without what the reader is not told."""
    told = rows.copy()
    for name in _untold(context):
        told[name] = 0
    if context.reader.withholds:
        withheld = list(context.session.scalars(kept_back()))
        told[_STATED][among(told[_STATED], withheld)] = 0
    return told


def _untold(context: Context) -> tuple[str, ...]:
    """Return the columns that this reader, or this scope, is told nothing of."""
    reader = context.reader
    if reader.withholds:
        return (_OWN, _KEEPER)
    return () if context.own or reader.actor is None else (_OWN,)


def _described(
    context: Context, revision: int | None, keys: list[int]
) -> Mapping[int, tuple[Any, ...]]:
    """Return all that the reader is told of some prosecutions that are counted, by key."""
    fact = ProsecutionFact
    left_out = {*_TECHNICAL, *_untold(context), _STATED}
    columns = [getattr(fact, c.key) for c in fact.__table__.columns if c.key not in left_out]
    reason = reason_as_shown(fact.reason_stated_id, context.reader.withholds)
    query = select(fact.prosecution_id, reason, *columns).where(holds_at(fact, revision))
    found: dict[int, tuple[Any, ...]] = {}
    for start in range(0, len(keys), CHUNK):
        some = fact.prosecution_id.in_(keys[start : start + CHUNK])
        found |= {row[0]: tuple(row) for row in context.session.execute(query.where(some))}
    return found
