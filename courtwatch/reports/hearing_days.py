"""Which hearings reports count: their day is over, or it is known what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, or_

from courtwatch.models import HearingFact
from courtwatch.models.facts import holds_at
from courtwatch.models.vocabulary import HearingStatus
from courtwatch.reports.context import Context

SETTLED = (HearingStatus.HELD, HearingStatus.ADJOURNED, HearingStatus.CANCELLED)
"""What may have become of a hearing, as far as it is known."""


class Became(NamedTuple):
    """How many hearings of `n` became what; of the others nobody knows."""

    n: int
    held: int
    adjourned: int
    cancelled: int

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> Became:
        """Read counts by status."""
        return cls(sum(counts.values()), *(counts.get(str(status), 0) for status in SETTLED))

    @property
    def known(self) -> int:
        """Return of how many it is known what became of them."""
        return self.held + self.adjourned + self.cancelled


def over(context: Context) -> ColumnElement[bool]:
    """Return the predicate on `HearingFact`, of the jurisdiction and moment of the report.

    One that is set for the day of the report may still be held: nobody failed to tell of it.
    """
    fact, today = HearingFact, context.today
    settled = [str(status) for status in SETTLED]
    told = and_(fact.scheduled_on == today, fact.status.in_(settled))
    return and_(
        fact.jurisdiction_id == context.jurisdiction.id,
        holds_at(fact, context.filters.known_at),
        # The first holds of nearly all hearings: nothing else is asked of them.
        or_(fact.scheduled_on < today, told),
    )
