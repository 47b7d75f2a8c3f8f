"""What every report is built from, and what it hands back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from sqlalchemy.orm import Session

from courtwatch.models import Jurisdiction
from courtwatch.reports.figures import Count, Tally, count_figure
from courtwatch.reports.law import Law
from courtwatch.reports.model import (
    Cohort,
    Figure,
    Headline,
    KnownAt,
    Label,
    Origin,
    Scope,
    ScopeKind,
    Table,
    Unit,
)
from courtwatch.reports.queries import SHARED_LEVELS, Population, Reader
from courtwatch.reports.then import Then
from courtwatch.reports.words import Words
from courtwatch.security.visibility import SAYS_NONE
from courtwatch.services.fact_filters import UNKNOWN, FactFilters
from courtwatch.services.messages import Told
from courtwatch.services.periods import common
from workflows.event_codes import WITHOUT

SENSITIVE_CASES = 10
"""Allegations of settlement, threat and integrity appear from this many cases."""
NO_REASON = (*SAYS_NONE, UNKNOWN)
_PERIODS = ("cohort", "arrested", "charged", "ended")
_EVERY = ("reached", "not_reached")
"""Filters of which each value must fit; of all others one."""


class Unanswerable(Told):
    """A report has no answer to this question; the message says why and what can be asked."""

    exit_code = 3


@dataclass(frozen=True)
class Body:
    """What one report adds to what all reports say."""

    headlines: tuple[Headline, ...]
    tables: tuple[Table, ...]
    definition: Label
    n: int
    notes: tuple[Label, ...] = ()
    warnings: tuple[Label, ...] = ()


@dataclass(frozen=True)
class Context:
    """One question: whose record, of which jurisdiction, filtered, counted how, known when."""

    session: Session
    jurisdiction: Jurisdiction
    filters: FactFilters
    scope: Scope
    reader: Reader
    unit: Unit
    options: Mapping[str, str]
    known_at: KnownAt
    law: Law
    words: Words
    then: Then
    population: Population
    today: date
    made_at: datetime

    @cached_property
    def data_until(self) -> date | None:
        """Return the last day of which the population knows anything, today at the latest."""
        return self.population.last_day(self.today)

    def option(self, name: str) -> str:
        """Return what is asked by one of the report's own options; '' is not given."""
        return self.options[name]

    @property
    def cohort(self) -> Cohort:
        """Return how long a cohort is, in reports that ask it (options.COHORTS)."""
        return Cohort(self.option("by"))

    @property
    def origin(self) -> Origin:
        """Return the day from which time counts, in reports that ask it (options.ORIGINS)."""
        return Origin(self.option("origin"))

    @property
    def own(self) -> bool:
        """Say whether an organisation counts its own record."""
        return self.scope.kind is ScopeKind.OWN

    def tally(self, *names: str) -> Tally:
        """Count by columns of the population."""
        return self.population.tally(*names)

    def count(self, count: Count, **narrower: str | tuple[str, ...]) -> Figure:
        """Return a count that opens the prosecutions it counts, `narrower` than the report's."""
        return count_figure(count, self.drill_down(**narrower), not self.known_at.latest)

    def reason_count(
        self,
        count: Count,
        query: dict[str, str | tuple[str, ...]] | None,
        **narrower: str | tuple[str, ...],
    ) -> Figure:
        """Return a count of ends without judgment by reason; `query` None opens no list."""
        if query is None:
            return count_figure(count, None)
        return self.count(count, event_code=str(WITHOUT), **query, **narrower)

    def plain_count(self, count: Count) -> Figure:
        """Return a count whose prosecutions no list of ours can show."""
        return count_figure(count, None)

    def drill_down(self, **narrower: str | tuple[str, ...]) -> FactFilters | None:
        """Return the report's filters narrowed; None where no list shows the same.

        A list shows prosecutions, so charges and cases have none; and a reader without access to
        cases has none.
        """
        if self.unit is not Unit.PROSECUTION or not self.reader.opens_cases:
            return None
        filters = self.filters
        wanted: dict[str, tuple[str, ...]] = {
            name: (value,) if isinstance(value, str) else tuple(value)
            for name, value in narrower.items()
        }
        if self.own and self.scope.organisation_code:
            wanted.setdefault("organisation", (self.scope.organisation_code,))
        elif self.reader.sees_own_private:
            # Lists show an organisation its private cases too, which this scope leaves out.
            wanted.setdefault("share_level", tuple(str(level) for level in SHARED_LEVELS))
        narrowed: dict[str, tuple[str, ...]] = {}
        for name, values in wanted.items():
            narrowed[name] = _both(name, getattr(filters, name), values)
            if not narrowed[name]:
                return None  # nothing can fit both
        return filters.with_(**narrowed)

    @property
    def national(self) -> bool:
        """Say whether the whole jurisdiction is counted as it stands now, and nothing less.

        Every filter divides: the whole less a day tells that day's one case. So does a revision:
        the record less its last entry tells that entry.
        """
        narrowed = [name for name, _value in self.filters.pairs() if name != "jurisdiction"]
        return self.known_at.latest and not narrowed

    @property
    def restricted_groups(self) -> frozenset[str]:
        """Return the groups of settlement, threat and integrity."""
        return frozenset(r.group for r in self.words.reasons.values() if r.restricted)

    def hidden_groups(self, apart: bool) -> frozenset[str]:
        """Return the groups of reasons that must not stand in rows of their own.

        Settlement, threat and integrity: monitoring organisations see them; ministry,
        researchers and the public only nationally, from `SENSITIVE_CASES` cases, and where
        nothing else divides them further (`apart`).
        """
        restricted = self.restricted_groups
        if self.reader.sees_allegations:
            return frozenset()
        if not self.national or not apart:
            return restricted
        cases = self.population.cases_of_allegations()
        return frozenset(g for g in restricted if cases.get(g, 0) < SENSITIVE_CASES)


def _both(name: str, mine: tuple[str, ...], values: tuple[str, ...]) -> tuple[str, ...]:
    """Return the values that fit both filters: of periods, what they have in common."""
    if not mine:
        return values
    if name in _EVERY:
        return tuple(dict.fromkeys((*mine, *values)))
    if name in _PERIODS:
        shared = (common(one, other) for one in mine for other in values)
        return tuple(dict.fromkeys(period for period in shared if period is not None))
    return tuple(value for value in values if value in mine)
