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

import numpy as np
from numpy.typing import NDArray
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
from courtwatch.models.packed import NEVER
from courtwatch.reports.context import Context
from courtwatch.reports.figures import Count, Tally
from courtwatch.reports.hearing_days import over
from courtwatch.reports.packed_facts import PackedFacts, read_packed
from courtwatch.reports.packed_tally import (
    Coded,
    Unpacked,
    code_of,
    coded_words,
    counted,
    keys_of,
    months_of,
    place_of,
    years_of,
)
from courtwatch.reports.queries import SHARED_LEVELS, packed_column, scope_predicate

_SHARED = [str(level) for level in SHARED_LEVELS]
SEVERAL_COURTS = 0
"""In the place of a court's key: the accused of one case are before several."""

_SEVERAL = SEVERAL_COURTS + 1

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


class _Cases(NamedTuple):
    """Cases in columns: key, first day, court, who keeps it.

    A court stands as its key and one, so that 1 is left for several, and 0 for none known.
    """

    key: NDArray[np.int32]
    day: NDArray[np.int32]
    court: NDArray[np.int32]
    owner: NDArray[np.int32]


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

    @cached_property
    def _read(self) -> tuple[PackedFacts, NDArray[np.bool_]]:
        """Return what is packed of the prosecutions counted, and which may be opened: read once."""
        population = self.context.population
        if self.organisation_id is None:
            return population.read_packed({})[:2]
        opens = case((population.visible(), 1), else_=0)
        query = select(packed_column(), opens).where(self.where())
        facts, (visible,) = read_packed(self.context.session, query)
        may_open = np.array(visible, np.int8) == 1
        # Those of its own cases are whom the report's filters and scope choose.
        mine = facts.numbers("owner_id") == self.organisation_id
        population.take(PackedFacts(facts.rows[mine]), may_open[mine])
        return facts, may_open

    def people(self) -> Tally:
        """Count prosecutions by court, sex, age, how they ended, and whether the case is kept."""
        facts, _visible = self._read
        return self._tally(
            court=keys_of(facts.numbers("court_id")), sex=place_of(facts, "sex"),
            age_band=place_of(facts, "age_band"), code=code_of(facts), outcome=self._outcomes,
            kept=self._kept,
        )  # fmt: skip

    def registered(self) -> Tally:
        """Count prosecutions by year and month of registration, and whether the case is kept."""
        days = self._read[0].numbers("registered_on")
        return self._tally(year=years_of(days), month=months_of(days), kept=self._kept)

    def ended(self) -> Tally:
        """Count prosecutions that ended by year and month, how, and whether the case is kept."""
        facts, _visible = self._read
        days = facts.numbers("ended_on")
        return self._tally(
            year=years_of(days), month=months_of(days), code=code_of(facts),
            outcome=self._outcomes, kept=self._kept,
        ).without(code=0)  # fmt: skip

    def _tally(self, **columns: Coded) -> Tally:
        return counted(self._read[1], tuple(columns), list(columns.values()))

    @cached_property
    def _outcomes(self) -> Coded:
        """Return how those ended that did; of the others nothing."""
        facts, known = self._read[0], set(self.context.law.outcomes)
        try:
            found = coded_words(facts, "outcome", known)
        except Unpacked:
            query = select(ProsecutionFact.outcome).where(self.where()).distinct()
            words = {word for word in self.context.session.scalars(query) if word is not None}
            found = coded_words(facts, "outcome", known | words)
        return Coded(np.where(facts.rows["event_code"] == 0, 0, found.codes), found.values)

    @cached_property
    def _kept(self) -> Coded:
        """Return 1 for a prosecution of a case that the organisation keeps itself, else 0."""
        facts = self._read[0]
        if self.organisation_id is None:
            return Coded(np.zeros(facts.n, np.int64), (1,))
        mine = facts.numbers("owner_id") == self.organisation_id
        return Coded(mine.astype(np.int64), (0, 1))

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
    def _each_case(self) -> _Cases:
        """Return the cases counted, as `cases` would, from what is read already."""
        facts = self._read[0]
        key = facts.numbers("case_id")
        order = np.argsort(key, kind="stable")
        key = key[order]
        first = np.flatnonzero(np.diff(key, prepend=-1))
        if not first.size:
            return _Cases(key, key, key, key)
        day, court = facts.numbers("registered_on")[order], facts.numbers("court_id")[order]
        last = np.iinfo(np.int32).max
        began = np.minimum.reduceat(np.where(day == NEVER, last, day), first)
        lowest = np.minimum.reduceat(np.where(court == 0, last, court), first)
        highest = np.maximum.reduceat(court, first)
        owner = np.maximum.reduceat(facts.numbers("owner_id")[order], first)
        return _Cases(
            key[first],
            np.where(began == last, NEVER, began).astype(np.int32),
            np.where((highest > 0) & (lowest != highest), _SEVERAL, highest + 1 - (highest == 0)),
            owner,
        )

    def case_tally(self) -> Tally:
        """Count cases by year and month of their first day and by court."""
        cases = self._each_case
        court = keys_of(cases.court)
        values = [None if key is None else key - 1 for key in court.values]
        columns = [years_of(cases.day), months_of(cases.day), Coded(court.codes, values)]
        nobody = np.zeros(cases.key.size, bool)
        return counted(nobody, ("year", "month", "court"), columns)

    def hearing_tally(self, **columns: Any) -> Tally:
        """Count hearings of the cases counted, up to today, by columns of `HearingFact`."""
        keys = list(columns.values())
        query = select(*keys, func.count()).where(
            over(self.context),
            HearingFact.case_id.in_(select(ProsecutionFact.case_id).where(self.where())),
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
        cases = self._each_case
        keepers = dict(zip(cases.key.tolist(), cases.owner.tolist(), strict=True))
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
