"""What the report on organisations counts: cases, their prosecutions, hearings and victims.

Prosecutions are read once, packed; what belongs to their cases is asked of these cases by key.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    String,
    and_,
    case,
    cast,
    func,
    or_,
    select,
)

from courtwatch.models import CaseGrant, HearingFact, ProsecutionFact, Victim
from courtwatch.models.facts import holds_at
from courtwatch.models.history import states_at
from courtwatch.models.key_list import is_among
from courtwatch.models.packed import NEVER
from courtwatch.models.vocabulary import HearingStatus
from courtwatch.reports.context import Context
from courtwatch.reports.figures import Count, Tally
from courtwatch.reports.hearing_days import over
from courtwatch.reports.organisation_support import Credit, Pairs, tellers
from courtwatch.reports.packed_facts import PackedFacts, read_columns, read_packed
from courtwatch.reports.packed_tally import (
    Coded,
    Unpacked,
    code_of,
    coded_words,
    counted,
    keys_of,
    months_of,
    place_of,
    told,
    years_of,
)
from courtwatch.reports.queries import SHARED_LEVELS, packed_column, scope_predicate
from workflows.event_codes import OPEN

_SHARED = [str(level) for level in SHARED_LEVELS]
SEVERAL_COURTS = 0
"""In the place of a court's key: the accused of one case are before several."""

_SEVERAL = SEVERAL_COURTS + 1
_MONTHS = 2**17
"""More than there are months until the year 9999."""
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
        helps = and_(is_among(fact.case_id, self.helped), ~keeps)
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
    def _told(self) -> Pairs:
        """Return who tells of cases that others keep, asked once: all, or the one and its cases."""
        return tellers(
            self.context.session, self.context.filters.known_at, self.organisation_id
        )

    @property
    def helped(self) -> list[int]:
        """Return the cases of others that the organisation tells of."""
        return sorted({case for case, teller in self._told if teller == self.organisation_id})

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
        ).without(code=OPEN)  # fmt: skip

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
        return Coded(np.where(facts.rows["event_code"] == OPEN, 0, found.codes), found.values)

    @cached_property
    def _kept(self) -> Coded:
        """Return 1 for a prosecution of a case that the organisation keeps itself, else 0."""
        facts = self._read[0]
        if self.organisation_id is None:
            return Coded(np.zeros(facts.n, np.int64), (1,))
        mine = facts.numbers("owner_id") == self.organisation_id
        return Coded(mine.astype(np.int64), (0, 1))

    @cached_property
    def _each_case(self) -> _Cases:
        """Return the cases counted, in the order of their keys.

        Where no court is known of an accused, it is that of the others.
        """
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
        return _counted(
            year=years_of(cases.day), month=months_of(cases.day), court=_courts(cases.court)
        )

    def hearing_tally(self) -> Tally:
        """Count hearings of the cases counted, up to today: year, month, court, held (1) or not."""
        fact = HearingFact
        day = cast(fact.scheduled_on, String)
        month = cast(func.substr(day, 1, 4), Integer) * 12 + cast(func.substr(day, 6, 2), Integer)
        held = case((fact.status == HearingStatus.HELD.value, 1), else_=0)
        court = cast(func.coalesce(fact.institution_id, 0), BigInteger)
        # One number of each: a million are sorted here in less time than a database groups them.
        query = select((court * 2 + held) * _MONTHS + month).where(
            over(self.context), is_among(fact.case_id, self._each_case.key.tolist())
        )
        (numbers,) = read_columns(self.context.session, query)
        found: dict[tuple[Any, ...], Count] = {}
        kinds, counts = np.unique(np.array(numbers, np.int64), return_counts=True)
        for kind, n in zip(kinds.tolist(), counts.tolist(), strict=True):
            rest, months = divmod(kind, _MONTHS)
            year, month_before = divmod(months - 1, 12)
            found[year, month_before + 1, rest // 2 or None, rest % 2] = Count(n, 0)
        return Tally(("year", "month", "court", "held"), found)

    def victim_tally(self) -> Tally:
        """Count victims of the cases counted: year, month and court of the case, sex, age band.

        Those of a merged record are not paired with those of the record that holds: they are left
        out, so that nobody is counted twice.
        """
        cases = self._each_case
        victim = states_at(Victim, self.context.filters.known_at).c
        query = select(victim.case_id, victim.sex, victim.age_band).where(
            victim.withdrawn.is_(False), is_among(victim.case_id, cases.key.tolist())
        )
        keys, sexes, ages = read_columns(self.context.session, query)
        place = np.searchsorted(cases.key, np.array(keys, np.int32))
        days = cases.day[place]
        return _counted(
            year=years_of(days), month=months_of(days), court=_courts(cases.court[place]),
            sex=told(sexes), age_band=told(ages),
        )  # fmt: skip

    def credits(self) -> dict[int, Credit]:
        """Return what each organisation is credited with: all of them, or the one."""
        cases = self._each_case
        keepers = dict(zip(cases.key.tolist(), cases.owner.tolist(), strict=True))
        pairs = {pair for pair in self._told if keepers.get(pair[0], pair[1]) != pair[1]}
        kept, helped = Counter(keepers.values()), Counter(teller for _case, teller in pairs)
        joint = Counter(keepers[case_id] for case_id in {pair[0] for pair in pairs})
        return {
            key: Credit(kept[key], joint[key], helped[key])
            for key in kept.keys() | helped.keys()
            if self.organisation_id in (None, key)
        }


def _courts(courts: NDArray[np.int32]) -> Coded:
    """Code courts as `_Cases` has them: their keys, and SEVERAL_COURTS."""
    found = keys_of(courts)
    return Coded(found.codes, [None if key is None else key - 1 for key in found.values])


def _counted(**columns: Coded) -> Tally:
    """Count by columns, where nothing opens a list."""
    first = next(iter(columns.values()))
    return counted(np.zeros(first.codes.size, bool), tuple(columns), list(columns.values()))
