"""Who told how a prosecution stands, and how reliable that is, as filters ask it.

A prosecution is known as well as the entries are that brought its counted charges where they stand
(all charges, where none is counted): of one that ended, the entry that ended it. One account of one
of these entries is enough for a filter, whoever gave it, and another one for another filter. Of
entries that were paired when two records were merged, those of the kept one are asked.

The facts keep what is told (`models.told`) from the revision on in which it was, so that a past
moment is asked of the accounts of then. Whatever adds or closes an account derives them again.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_

from courtwatch.models import ProsecutionFact
from courtwatch.models.told import BITS, NOBODY
from courtwatch.services.filter_columns import UNKNOWN


def told_by(name: str, values: tuple[str, ...]) -> list[ColumnElement[bool]]:
    """Return the predicate on `ProsecutionFact` that somebody told so; `unknown`: nobody did.

    `name` is a filter of `models.told.BITS`.
    """
    if not values:
        return []
    told = ProsecutionFact.told
    wanted = sum({BITS[name][value] for value in values if value != UNKNOWN})
    parts: list[ColumnElement[bool]] = [told.bitwise_and(wanted) != 0]
    if UNKNOWN in values:
        parts.append(told == NOBODY)
    return [or_(*parts)]
