"""The worklist: open prosecutions of one's own organisation that nobody has looked at for long.

An open prosecution counts in figures until the day on which it was last verified: its last dated
entry, or the last "checked, nothing changed" (`prosecution_fact.last_verified_on`). The longer ago
that is, the less anybody knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session

from courtwatch.commands.parsing import Invalid, When
from courtwatch.commands.steps import CheckUnchanged
from courtwatch.models import Case, ProsecutionFact
from courtwatch.models.vocabulary import AccountSource
from courtwatch.services.case_list import CaseList, Row
from courtwatch.services.finding import case_by_code
from courtwatch.services.messages import _
from courtwatch.services.record_step import check_unchanged
from courtwatch.services.work import Actor, Work

STALE_DAYS = 90
MOST_DAYS = 3660
CHECKED_BY = tuple(one for one in AccountSource if one is not AccountSource.IMPORT)


@dataclass(frozen=True)
class Item:
    """One prosecution of the list, and for how many days nobody has looked (None: for ever)."""

    row: Row
    verified_on: date | None
    days: int | None


def not_verified(days: int, today: Mapping[int, date]) -> ColumnElement[bool]:
    """Return the predicate on facts of open prosecutions not verified for more than `days`.

    today: the day it is, by jurisdiction. One whose accused has fled is open, too.
    """
    fact = ProsecutionFact
    old = or_(
        false(),
        *(
            and_(fact.jurisdiction_id == key, fact.last_verified_on < day - timedelta(days=days))
            for key, day in today.items()
        ),
    )
    return and_(
        fact.rev_to.is_(None),
        fact.counted.is_(True),
        or_(fact.live.is_(True), fact.suspended.is_(True)),
        or_(fact.last_verified_on.is_(None), old),
    )


class Worklist:
    """The open prosecutions of one's own cases that were not verified for more than `days`."""

    def __init__(
        self, session: Session, actor: Actor, today: Mapping[int, date], days: int = STALE_DAYS
    ) -> None:
        self.session = session
        self.actor = actor
        self.today = today
        self.days = days

    def count(self) -> int:
        """Return how many there are."""
        query = select(func.count()).select_from(ProsecutionFact).join(Case, self._joined())
        return self.session.scalar(query.where(self._mine())) or 0

    def items(self, offset: int = 0, limit: int | None = None) -> list[Item]:
        """Return some of them: those never verified first, then the longest ago."""
        fact = ProsecutionFact
        query = (
            select(fact.prosecution_id, fact.last_verified_on, fact.jurisdiction_id)
            .join(Case, self._joined())
            .where(self._mine())
            .order_by(fact.last_verified_on.asc().nulls_first(), fact.case_id, fact.prosecution_id)
            .offset(offset)
        )
        found = self.session.execute(query if limit is None else query.limit(limit)).all()
        rows = CaseList(self.session, self.actor).of([one.prosecution_id for one in found])
        return [
            Item(
                rows[one.prosecution_id],
                one.last_verified_on,
                (self.today[one.jurisdiction_id] - one.last_verified_on).days
                if one.last_verified_on is not None
                else None,
            )
            for one in found
            if one.prosecution_id in rows
        ]

    def _joined(self) -> ColumnElement[bool]:
        return Case.id == ProsecutionFact.case_id

    def _mine(self) -> ColumnElement[bool]:
        return and_(
            Case.owner_id == self.actor.organisation_id,
            Case.merged_into_id.is_(None),
            not_verified(self.days, self.today),
        )


def check_today(work: Work, code: str, source: str, today: Mapping[int, date]) -> Case:
    """Record that somebody looked at a case of their own today and nothing had changed.

    Raises Invalid.
    """
    if source not in [str(one) for one in CHECKED_BY]:
        raise Invalid({"source": _("Choose how you checked")})
    case = case_by_code(work.session, code)
    if case is None or case.owner_id != work.organisation_id or case.merged_into_id is not None:
        raise Invalid({"": _("This case is not on your worklist")})
    command = CheckUnchanged(
        occurred=When.day(today[case.jurisdiction_id]), source=AccountSource(source)
    )
    check_unchanged(work, case, command)
    return case
