"""Time limits that are over, due soon or unknown, as one person may see them, on a given day.

Due moments are stored with the facts; how a limit stands is asked of a moment (`limit_standing`).
A past revision may be asked for: what the record said then, of prosecutions that the reader may
see today.

**Person-days over the limit**: for each person, the whole days from the end of the limit to
release, to the end of the prosecution, or to the moment asked about, whichever comes first; limits
of one person that overlap are counted once. `least` counts from the latest day on which the limit
may have ended to the earliest release, `most` the other way round. A limit that is unknown adds
nothing to either, so both are too low wherever some are unknown. An open limit runs until the
moment asked about, whoever looked last: how many of the days lie before the last verification is
told beside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from courtwatch.models import (
    Case,
    Clock,
    Institution,
    Jurisdiction,
    Organisation,
    ProcedureVersion,
    Prosecution,
    ProsecutionCase,
    ProsecutionFact,
)
from courtwatch.models.facts import holds_at
from courtwatch.security.visibility import Viewer, viewer_of, visible_cases
from courtwatch.services.deadline_totals import Counting, Deadline, Totals, open_unknown
from courtwatch.services.fact_filters import FilterError
from courtwatch.services.limit_standing import stand, within
from courtwatch.services.messages import _
from courtwatch.services.work import Actor
from workflows import time_limits
from workflows.limit_state import LimitKind, Status, kind_of
from workflows.procedure import Procedure, loads

_CLOCK = (
    "prosecution_id", "event_id", "time_limit", "started_at", "due_at", "latest_due_at", "ended",
    "satisfied_at", "latest_satisfied_at", "why",
)  # fmt: skip
_ENDS = {str(end): end for end in time_limits.End}
SOON_DAYS = 14
MOST_DAYS = 366


@dataclass(frozen=True)
class Question:
    """What is asked: one jurisdiction, a moment, and how soon is soon.

    `court` and `organisation` are codes; `revision` None is the present record. `everything`: the
    operator at the command line, who reads every row. `released`: count the days of those who were
    released since, too; that reads the whole past.
    """

    jurisdiction: Jurisdiction
    now: datetime
    days: int = SOON_DAYS
    kind: LimitKind = LimitKind.DETENTION
    court: str | None = None
    organisation: str | None = None
    revision: int | None = None
    everything: bool = False
    released: bool = True

    @property
    def zone(self) -> ZoneInfo:
        """Return the time zone of the courts."""
        return ZoneInfo(self.jurisdiction.time_zone)

    @property
    def soon(self) -> timedelta:
        """Return how long it is to the end of the last day that is soon."""
        return within(self.days, self.now, self.zone)


@dataclass(frozen=True)
class Found:
    """What a question found.

    `due`: over or due soon, earliest first. `unknown`: of prosecutions that go on. `ended_unknown`:
    how many limits of detention ran on when their prosecution ended, whose release nobody
    recorded. Totals by court and by organisation have the key None where that is not recorded.
    """

    due: tuple[Deadline, ...]
    unknown: tuple[Deadline, ...]
    ended_unknown: int
    total: Totals
    by_court: Mapping[int | None, Totals]
    by_organisation: Mapping[int | None, Totals]


class Deadlines:
    """Time limits as one person may see them. `actor` None sees nothing, unless `everything`."""

    def __init__(self, session: Session, actor: Actor | None, question: Question) -> None:
        self.session = session
        self.actor = actor
        self.question = question

    @cached_property
    def _zone(self) -> ZoneInfo:
        return self.question.zone

    @cached_property
    def _soon(self) -> timedelta:
        return self.question.soon

    @property
    def sees_organisations(self) -> bool:
        """Say whether the reader may know who keeps a case."""
        return self.question.everything or viewer_of(self.actor) is Viewer.NETWORK

    def found(self) -> Found:
        """Return what was asked for. Raises FilterError for a filter the reader may not use."""
        asked = self.question
        everything = [self._deadline(row) for row in self.session.execute(self._query())]
        shown = [one for one in everything if one.standing.status in (Status.OVERDUE, Status.SOON)]
        unknown = [one for one in everything if open_unknown(one)]
        ended = [one for one in everything if one.standing.open and not one.under_way]
        by_court: dict[int | None, list[Deadline]] = {}
        by_organisation: dict[int | None, list[Deadline]] = {}
        for one in everything:
            by_court.setdefault(one.court_id, []).append(one)
            by_organisation.setdefault(one.owner_id, []).append(one)
        counted = Counting(everything, self._zone)
        return Found(
            due=tuple(sorted(shown, key=_by_due)),
            unknown=tuple(sorted(unknown, key=_by_start)),
            ended_unknown=len(ended) if asked.kind is LimitKind.DETENTION else 0,
            total=counted.totals(everything),
            by_court={key: counted.totals(some) for key, some in by_court.items()},
            by_organisation={key: counted.totals(some) for key, some in by_organisation.items()}
            if self.sees_organisations
            else {},
        )

    def count(self) -> tuple[int, int]:
        """Return how many persons are over a limit, and how many have one that is due soon.

        The same as `found().total`, in one query.
        """
        now = self.question.now
        runs = and_(Clock.ended.is_(None), Clock.unknown.is_(False))
        if self.question.kind is LimitKind.DETENTION:
            runs = and_(runs, or_(ProsecutionFact.live, ProsecutionFact.suspended))
        over = and_(runs, Clock.latest_due_at <= now)
        if self.question.kind is LimitKind.RIGHT:
            over = false()
        soon = and_(runs, Clock.due_at > now, Clock.due_at <= now + self.question.soon)
        persons = (
            func.count(case((part, Prosecution.person_id)).distinct()) for part in (over, soon)
        )
        query = self._from(select(*persons)).where(Clock.due_at <= now + self.question.soon)
        found = self.session.execute(query).one()
        return found[0], found[1]

    @cached_property
    def procedures(self) -> dict[int, Procedure]:
        """Return the procedures of the jurisdiction by key of their version."""
        used = select(ProsecutionFact.procedure_version_id).where(
            ProsecutionFact.jurisdiction_id == self.question.jurisdiction.id
        )
        rows = self.session.scalars(select(ProcedureVersion).where(ProcedureVersion.id.in_(used)))
        return {row.id: loads(row.text, f"{row.name} {row.version}") for row in rows}

    @property
    def has_limits(self) -> bool:
        """Say whether any procedure of the jurisdiction declares limits of the kind asked for."""
        return any(self._names(procedure) for procedure in self.procedures.values())

    def _names(self, procedure: Procedure) -> list[str]:
        kind = self.question.kind
        return [one.name for one in procedure.time_limits if kind_of(procedure, one) is kind]

    # What is read

    def _query(self) -> Any:
        fact = ProsecutionFact
        query = select(
            *(getattr(Clock, name) for name in _CLOCK),
            fact.court_id,
            fact.owner_id,
            fact.procedure_version_id,
            or_(fact.live, fact.suspended).label("under_way"),
            fact.ended_on,
            fact.last_verified_on,
            Prosecution.public_code.label("prosecution"),
            Prosecution.person_id,
            Case.public_code.label("case"),
        )
        return (
            self._from(query)
            .where(self._worth_reading())
            .order_by(Clock.prosecution_id, Clock.place)
            .execution_options(yield_per=1000)
        )

    def _from(self, query: Any) -> Any:
        """Narrow a query to the clocks that were asked for and that the reader may see."""
        fact = ProsecutionFact
        return (
            query.select_from(Clock)
            .join(fact, fact.prosecution_id == Clock.prosecution_id)
            .join(Prosecution, Prosecution.id == Clock.prosecution_id)
            .join(Case, Case.id == fact.case_id)
            .where(
                fact.jurisdiction_id == self.question.jurisdiction.id,
                fact.counted.is_(True),
                holds_at(fact, self.question.revision),
                holds_at(Clock, self.question.revision),
                self._of_kind(),
                self._visible(),
                *self._filters(),
            )
        )

    def _of_kind(self) -> ColumnElement[bool]:
        parts = [
            and_(ProsecutionFact.procedure_version_id == key, Clock.time_limit.in_(names))
            for key, procedure in self.procedures.items()
            if (names := self._names(procedure))
        ]
        return or_(false(), *parts)

    def _worth_reading(self) -> ColumnElement[bool]:
        """Return the predicate on clocks that are over, soon due, unknown, or were passed."""
        now = self.question.now
        not_before: ColumnElement[bool] = true()
        if self.question.kind is LimitKind.RIGHT:  # what has lapsed is nobody's delay
            not_before = Clock.latest_due_at > now
        running = and_(
            Clock.ended.is_(None),
            or_(Clock.unknown, and_(Clock.due_at <= now + self.question.soon, not_before)),
        )
        if self.question.kind is not LimitKind.DETENTION:
            return running
        stopped = func.coalesce(Clock.latest_satisfied_at, now)
        passed = and_(Clock.ended.is_not(None), Clock.due_at < stopped)
        if not self.question.released:
            passed = and_(passed, Prosecution.person_id.in_(self._over_now()))
        return or_(running, passed)

    def _over_now(self) -> Any:
        """Return whoever may be over a limit now: their earlier days count with the others."""
        clock, prosecution = aliased(Clock), aliased(Prosecution)
        names = {name for law in self.procedures.values() for name in self._names(law)}
        return (
            select(prosecution.person_id)
            .join(clock, clock.prosecution_id == prosecution.id)
            .where(
                holds_at(clock, self.question.revision),
                clock.time_limit.in_(sorted(names)),
                clock.ended.is_(None),
                clock.due_at <= self.question.now,
            )
        )

    def _filters(self) -> Iterator[ColumnElement[bool]]:
        asked = self.question
        if asked.court:
            key = self._key(Institution, asked.court)
            if key is None:
                raise FilterError({"court": _("There is no such court")})
            yield ProsecutionFact.court_id == key
        if asked.organisation:
            if not self.sees_organisations:
                raise FilterError({"organisation": _("You may not filter by this")})
            key = self._key(Organisation, asked.organisation)
            if key is None:
                raise FilterError({"organisation": _("There is no such organisation")})
            yield ProsecutionFact.owner_id == key

    def _key(self, model: Any, code: str) -> int | None:
        return self.session.scalars(select(model.id).where(model.code == code)).first()

    def _visible(self) -> ColumnElement[bool]:
        """Return the predicate on what the reader may see today, also of a past revision."""
        if self.question.everything:
            return true() if self.question.revision is not None else Case.merged_into_id.is_(None)
        seen = visible_cases(self.actor)
        if self.question.revision is None:
            return and_(seen, Case.merged_into_id.is_(None))
        return and_(seen, Case.id.not_in(self._merged_out_of_sight()), ~_moved_out_of_sight(seen))

    def _merged_out_of_sight(self) -> list[int]:
        """Return the cases that were merged into one which the reader may not see."""
        merged = select(Case.id, Case.merged_into_id).where(Case.merged_into_id.is_not(None))
        into = {row.id: row.merged_into_id for row in self.session.execute(merged)}
        holders = set(into.values())
        seen = set(
            self.session.scalars(
                select(Case.id).where(Case.id.in_(holders), visible_cases(self.actor))
            )
        )
        hidden = []
        for key in into:
            at, passed = key, {key}
            while (holder := into.get(at)) is not None and holder not in passed:
                if holder not in seen:
                    hidden.append(key)
                    break
                passed.add(holder)
                at = holder
        return hidden

    def _deadline(self, row: Any) -> Deadline:
        asked = self.question
        return Deadline(
            standing=stand(
                as_clock(row),
                self.procedures[row.procedure_version_id],
                self._zone,
                asked.now,
                self._soon,
                row.under_way,
                row.ended_on,
            ),
            prosecution_id=row.prosecution_id,
            prosecution=row.prosecution,
            person_id=row.person_id,
            case=row.case,
            court_id=row.court_id,
            owner_id=row.owner_id,
            under_way=row.under_way,
            verified_on=row.last_verified_on,
        )


def _moved_out_of_sight(seen: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the predicate on prosecutions that belong today to a case the reader may not see."""
    elsewhere = (
        select(ProsecutionCase.prosecution_id)
        .where(
            ProsecutionCase.rev_to.is_(None),
            ProsecutionCase.case_id.not_in(select(Case.id).where(seen)),
        )
        .correlate(None)
    )
    return ProsecutionFact.prosecution_id.in_(elsewhere)


def as_clock(row: Any) -> time_limits.Clock:
    """Return the clock of a row that has the columns of the table `clock`."""
    return time_limits.Clock(
        limit=row.time_limit,
        act_id=row.event_id,
        started_at=row.started_at,
        due_at=row.due_at,
        latest_due_at=row.latest_due_at,
        ended=None if row.ended is None else _ENDS[row.ended],
        ended_at=row.satisfied_at,
        latest_ended_at=row.latest_satisfied_at,
        unknown=None if row.why is None else time_limits.Why(row.why),
    )


def _by_due(one: Deadline) -> tuple[Any, ...]:
    return one.standing.clock.due_at, one.prosecution_id, one.standing.clock.limit


def _by_start(one: Deadline) -> tuple[Any, ...]:
    started = one.standing.clock.started_at
    return started is not None, started, one.prosecution_id, one.standing.clock.limit
