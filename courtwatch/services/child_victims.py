"""Which cases have a child victim: it decides whether an accused's name may be read."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from courtwatch.models import Victim
from courtwatch.models.vocabulary import AgeBand

_MINOR_BANDS = [band for band in AgeBand if band.minor]


def child_victim_cases(session: Session | Connection, case_ids: Collection[int]) -> frozenset[int]:
    """Return which of these cases have a child victim. One who withdrew is still a child."""
    query = select(Victim.case_id).where(
        Victim.case_id.in_(case_ids), Victim.age_band.in_(_MINOR_BANDS)
    )
    return frozenset(session.scalars(query)) if case_ids else frozenset()
