"""What the report of one organisation counts: cases that it supports, their hearings and victims.

An organisation supports a case that it keeps, or of which it tells in the record: it keeps a
record that was merged into it, gave an account of an entry, or recorded a hearing. That another
organisation may read a case is no support.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from courtwatch.models import (
    Case,
    CaseGrant,
    Event,
    EventAccount,
    Hearing,
    HearingFact,
    ProsecutionFact,
    Victim,
)
from courtwatch.models.facts import holds_at
from courtwatch.models.history import states_at
from courtwatch.reports.context import Context
from courtwatch.reports.figures import Count, Tally
from courtwatch.reports.hearing_days import over
from courtwatch.reports.queries import SHARED_LEVELS, scope_predicate

_SHARED = [str(level) for level in SHARED_LEVELS]
SEVERAL_COURTS = 0
"""In the place of a court's key: the accused of one case are before several."""

Pairs = set[tuple[int, int]]
"""(case, organisation): an organisation tells of a case that another one keeps."""


def tellers(
    session: Session, revision: int | None, told_by: int | None = None, kept_by: int | None = None
) -> Pairs:
    """Return who else than its keeper tells of which case, at a revision.

    `told_by`: of this organisation alone; `kept_by`: of the cases that this one keeps. Of a merged
    record the case is the one that holds, and its keeper tells of that one.
    """
    cases, hearing = states_at(Case, revision).c, states_at(Hearing, revision).c
    table = cases.id.table
    accounts = (
        select(Event.case_id, EventAccount.organisation_id)
        .join_from(EventAccount, Event, Event.id == EventAccount.event_id)
        .join(table, cases.id == Event.case_id)
        .where(holds_at(EventAccount, revision), holds_at(Event, revision))
    )
    hearings = (
        select(hearing.case_id, hearing.organisation_id)
        .join_from(hearing.id.table, table, cases.id == hearing.case_id)
        .where(hearing.voided.is_(False))
    )
    parts = [(accounts, EventAccount.organisation_id), (hearings, hearing.organisation_id)]
    found: Pairs = set()
    for query, teller in parts:
        chosen = query.where(cases.merged_into_id.is_(None), teller != cases.owner_id).distinct()
        if told_by is not None:
            chosen = chosen.where(teller == told_by)
        if kept_by is not None:
            chosen = chosen.where(cases.owner_id == kept_by)
        found |= {(row[0], row[1]) for row in session.execute(chosen)}
    merged = select(cases.id, cases.merged_into_id, cases.owner_id).where(
        cases.merged_into_id.is_not(None)
    )
    holds: dict[int, int] = {}
    for row in session.execute(merged):
        holds[row[0]] = row[1]
        found.add((row[1], row[2]))
    for query, _teller in parts if holds else ():
        rows = session.execute(query.where(cases.merged_into_id.is_not(None)).distinct())
        found |= {(holds[row[0]], row[1]) for row in rows}
    return found


@dataclass(frozen=True)
class Supported:
    """The prosecutions that are counted: everybody's in the scope, or those one supports."""

    context: Context
    organisation_id: int | None

    def where(self) -> ColumnElement[bool]:
        """Return the predicate on `ProsecutionFact`."""
        context, fact = self.context, ProsecutionFact
        # Whom a filter names is who supports the case, not only who keeps it.
        filters = context.filters.with_(organisation=None)
        chosen = filters.where(context.reader.withholds)
        scope = scope_predicate(context.scope)
        if self.organisation_id is None:
            return and_(chosen, scope)
        keeps = fact.owner_id == self.organisation_id
        ids: Any = bindparam("helped", self.helped, expanding=True, literal_execute=True)
        helps = and_(fact.case_id.in_(ids), ~keeps)
        if not context.own:
            return and_(chosen, scope, or_(keeps, helps))
        # What its own people could open then, or what anybody may count.
        granted = select(CaseGrant.case_id).where(
            CaseGrant.grantee_id == self.organisation_id,
            holds_at(CaseGrant, context.filters.known_at),
        )
        shared = or_(fact.share_level.in_(_SHARED), fact.case_id.in_(granted))
        return and_(chosen, or_(keeps, and_(helps, shared)))

    @cached_property
    def helped(self) -> list[int]:
        """Return the cases of others that the organisation tells of: asked once."""
        own = self.organisation_id
        found = tellers(self.context.session, self.context.filters.known_at, told_by=own)
        return sorted({case_id for case_id, teller in found if teller == own})

    @property
    def kept(self) -> ColumnElement[int]:
        """Return 1 for a prosecution of a case that the organisation keeps itself."""
        if self.organisation_id is None:
            return case((ProsecutionFact.id.is_not(None), 1))
        return case((ProsecutionFact.owner_id == self.organisation_id, 1), else_=0)

    def tally(self, **columns: Any) -> Tally:
        """Count prosecutions by named columns: one grouped query."""
        keys = list(columns.values())
        visible = func.sum(case((self.context.population.visible(), 1), else_=0))
        query = select(*keys, func.count(), visible).where(self.where()).group_by(*keys)
        width = len(keys)
        return Tally(
            tuple(columns),
            {
                tuple(row[:width]): Count(row[width], row[width + 1] or 0)
                for row in self.context.session.execute(query)
            },
        )

    def cases(self) -> Any:
        """Return the cases counted, one row each: first day registered, court, who keeps it.

        Where no court is known of an accused, it is that of the others.
        """
        fact = ProsecutionFact
        first, last = func.min(fact.court_id), func.max(fact.court_id)
        return (
            select(
                fact.case_id,
                func.min(fact.registered_on).label("day"),
                case((first != last, SEVERAL_COURTS), else_=last).label("court"),
                func.max(fact.owner_id).label("owner_id"),
            )
            .where(self.where())
            .group_by(fact.case_id)
            .cte("counted_cases")
        )

    @cached_property
    def _each_case(self) -> list[Any]:
        """Return every case counted with its first day, court and keeper: asked once."""
        cases = self.cases()
        query = select(cases.c.case_id, cases.c.day, cases.c.court, cases.c.owner_id)
        return list(self.context.session.execute(query))

    def case_tally(self) -> Tally:
        """Count cases by year and month of their first day and by court."""
        counts = Counter(
            (None, None, court) if day is None else (day.year, day.month, court)
            for _key, day, court, _owner in self._each_case
        )
        found: dict[tuple[object, ...], Count] = {key: Count(n) for key, n in counts.items()}
        return Tally(("year", "month", "court"), found)

    def hearing_tally(self, **columns: Any) -> Tally:
        """Count hearings of the cases counted, up to today, by columns of `HearingFact`."""
        keys = list(columns.values())
        query = select(*keys, func.count()).where(
            over(self.context),
            HearingFact.case_id.in_(select(self.cases().c.case_id)),
        )
        return self._counted(columns, query, keys)

    def victim_tally(self, **columns: Any) -> Tally:
        """Count victims of the cases counted, by columns of victim and case.

        Those of a merged record are not paired with those of the record that holds: they are left
        out, so that nobody is counted twice.
        """
        cases = self.cases()
        victim = states_at(Victim, self.context.filters.known_at).c
        keys = [column(victim, cases.c) for column in columns.values()]
        query = (
            select(*keys, func.count())
            .select_from(victim.id.table)
            .join(cases, cases.c.case_id == victim.case_id)
            .where(victim.withdrawn.is_(False))
        )
        return self._counted(columns, query, keys)

    def _counted(self, names: Any, query: Select[Any], keys: list[Any]) -> Tally:
        width = len(keys)
        rows = self.context.session.execute(query.group_by(*keys) if keys else query)
        return Tally(tuple(names), {tuple(row[:width]): Count(row[width], 0) for row in rows})

    def credits(self) -> dict[int, Credit]:
        """Return what each organisation is credited with: all of them, or the one."""
        keepers = {key: owner for key, _day, _court, owner in self._each_case}
        session, revision = self.context.session, self.context.filters.known_at
        if self.organisation_id is None:
            pairs = tellers(session, revision)
        else:
            pairs = tellers(session, revision, kept_by=self.organisation_id)
            pairs |= {(case_id, self.organisation_id) for case_id in self.helped}
        pairs = {pair for pair in pairs if keepers.get(pair[0], pair[1]) != pair[1]}
        kept, helped = Counter(keepers.values()), Counter(teller for _case, teller in pairs)
        joint = Counter(keepers[case_id] for case_id in {pair[0] for pair in pairs})
        return {
            key: Credit(kept[key], joint[key], helped[key])
            for key in kept.keys() | helped.keys()
            if self.organisation_id in (None, key)
        }


class Credit(NamedTuple):
    """Cases that an organisation keeps, of these joint ones, and those of others it tells of."""

    kept: int = 0
    joint: int = 0
    helped: int = 0
