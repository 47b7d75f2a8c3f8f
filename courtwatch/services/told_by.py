"""Who told how a prosecution stands, and how reliable that is, as filters ask it.

A prosecution is known as well as the entries are that brought its charges where they stand now:
of one that ended, the entry that ended it. Accounts are kept by revision, so a past moment is
asked of the accounts of then.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, exists, or_

from courtwatch.models import ChargeFact, EventAccount, ProsecutionFact
from courtwatch.models.facts import holds_at

COLUMNS: dict[str, Any] = {
    "source": EventAccount.source,
    "reliability": EventAccount.reliability,
}


def told_by(
    name: str, values: tuple[str, ...], known_at: int | None, unknown: str
) -> list[ColumnElement[bool]]:
    """Return the predicate on `ProsecutionFact` that somebody told so; `unknown`: nobody did.

    Alleged charges are asked only where no other counts, as for everything else.
    """
    if not values:
        return []
    rests_on = (
        ChargeFact.prosecution_id == ProsecutionFact.prosecution_id,
        holds_at(ChargeFact, known_at),
        or_(ChargeFact.counted.is_(True), ProsecutionFact.charges == 0),
        EventAccount.event_id == ChargeFact.event_id,
        holds_at(EventAccount, known_at),
    )
    parts: list[ColumnElement[bool]] = []
    named = [value for value in values if value != unknown]
    if named:
        parts.append(exists().where(*rests_on, COLUMNS[name].in_(named)))
    if unknown in values:
        parts.append(~exists().where(*rests_on))
    return [or_(*parts)]
