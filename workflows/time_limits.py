"""What is due and when: the clocks of one prosecution, from the acts that counted.

Due moments are kept, never "overdue": today moves without an event, so `workflows.limit_state`
asks it of a given moment. Hours count from the hour given; days, weeks, months and years count
from the day and end with the due day in the jurisdiction's time zone. A month without that day
ends on its last one (31 January and one month: 28 or 29 February). An extension counts from the
end of what it extends. Where something needed is not known, a clock is unknown and says why:
never "fine".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from workflows.elements import STAY, TimeLimit, Track, Unit
from workflows.limit_days import due_day, end_of, start_of
from workflows.procedure import Procedure

ANY = "any"


class Act(NamedTuple):
    """A step that counted: between two days (None: undated), at an hour where one is known."""

    id: int
    step: str
    day: date | None
    latest: date | None = None
    at: time | None = None
    sequence: int = 0


class Why(StrEnum):
    """Why a clock is unknown."""

    START_MISSING = "start_missing"
    HOUR_MISSING = "hour_missing"
    BASE_MISSING = "base_missing"
    CLASS_UNKNOWN = "class_unknown"
    AGE_UNKNOWN = "age_unknown"
    CUSTODY_UNKNOWN = "custody_unknown"


class End(StrEnum):
    """What stopped a clock."""

    SATISFIED = "satisfied"
    EXTENDED = "extended"
    CUSTODY = "custody"


@dataclass(frozen=True, slots=True)
class Clock:
    """One time limit of one prosecution. Moments are aware, in UTC.

    due_at is the first moment that is too late; latest_due_at is the same counted from the latest
    day on which a vague start may have been. ended_at and latest_ended_at enclose the act that
    stopped the clock; both are None for an undated one. unknown: why nothing can be said.
    act_id: what started it.
    """

    limit: str
    act_id: int
    started_at: datetime | None
    due_at: datetime | None
    latest_due_at: datetime | None
    ended: End | None = None
    ended_at: datetime | None = None
    latest_ended_at: datetime | None = None
    unknown: Why | None = None


def clocks(
    procedure: Procedure,
    acts: Iterable[Act],
    offence_class: str | None,
    age_band: str | None,
    zone: ZoneInfo,
) -> tuple[Clock, ...]:
    """Every clock of one prosecution, by limit in the procedure's order and then by start.

    acts: those that the derivation counted, in any order. offence_class: of the most serious
    charge under way; age_band: of the accused; None where not known.
    """
    run = _Run(_plan(procedure), offence_class, age_band, zone)
    order = run.plan.step_order
    for act in sorted(
        acts, key=lambda a: (a.day or date.max, a.sequence, order.get(a.step, -1), a.id)
    ):
        run.take(act)
    return run.result()


@dataclass(frozen=True)
class _Plan:
    """A procedure's limits, by what concerns them."""

    procedure: Procedure
    by_trigger: dict[str, tuple[TimeLimit, ...]]
    restarting: tuple[TimeLimit, ...]
    step_order: dict[str, int]
    limit_order: dict[str, int]


@lru_cache(maxsize=64)
def _plan(procedure: Procedure) -> _Plan:
    by_trigger: dict[str, list[TimeLimit]] = defaultdict(list)
    for limit in procedure.time_limits:
        by_trigger[limit.trigger].append(limit)
    return _Plan(
        procedure,
        {name: tuple(limits) for name, limits in by_trigger.items()},
        tuple(limit for limit in procedure.time_limits if limit.restarts),
        {step.name: step.order for step in procedure.steps},
        {limit.name: place for place, limit in enumerate(procedure.time_limits)},
    )


@dataclass(slots=True)
class _Running:
    """A clock in the making. `limits`: those that may apply, more than one where unknown."""

    limits: tuple[TimeLimit, ...]
    clock: Clock
    act: Act
    dues: tuple[date | datetime, date | datetime] | None = None

    @property
    def open(self) -> bool:
        return self.clock.ended is None


@dataclass(slots=True)
class _Waiting:
    """A trigger of limits that run only in some states of custody."""

    limit: TimeLimit
    act: Act
    running: _Running | None = None


@dataclass(slots=True)
class _Run:
    plan: _Plan
    offence_class: str | None
    age_band: str | None
    zone: ZoneInfo
    made: list[_Running] = field(default_factory=list)
    waiting: list[_Waiting] = field(default_factory=list)
    custody: str = ""
    judged: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.custody = self.plan.procedure.custody_initial

    def take(self, act: Act) -> None:
        """Let one act stop, end, start and restart clocks, in this order."""
        self._satisfy(act)
        main = self._move_custody(act)
        self._follow_custody(act)
        self._start(act)
        if main:
            self._restart(act)

    def result(self) -> tuple[Clock, ...]:
        self._unknown_custody()
        order = self.plan.limit_order
        return tuple(
            running.clock
            for running in sorted(
                self.made,
                key=lambda r: (
                    order[r.clock.limit],
                    r.act.day or date.max,
                    r.act.sequence,
                    r.act.id,
                ),
            )
        )

    # What stops clocks

    def _satisfy(self, act: Act) -> None:
        for running in self.made:
            if running.open and all(act.step in limit.satisfied_by for limit in running.limits):
                self._end(running, End.SATISFIED, act)
        self.waiting = [w for w in self.waiting if act.step not in w.limit.satisfied_by]
        self.judged |= {
            limit.name for limit in self.plan.restarting if act.step in limit.satisfied_by
        }

    def _end(self, running: _Running, end: End, act: Act) -> None:
        first, last = self._enclose(act)
        running.clock = replace(running.clock, ended=end, ended_at=first, latest_ended_at=last)

    def _enclose(self, act: Act) -> tuple[datetime | None, datetime | None]:
        """The moments between which an act was taken."""
        if act.day is None:
            return None, None
        latest = act.latest or act.day
        if act.at is not None:
            return self._moment(act.day, act.at), self._moment(latest, act.at)
        return start_of(act.day, self.zone), end_of(latest, self.zone)

    def _moment(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone).astimezone(UTC)

    # Custody

    def _move_custody(self, act: Act) -> bool:
        """Follow the custody track; returns whether the act is of the main track."""
        if act.step not in self.plan.step_order:
            return False  # built in: first seen, checked
        step = self.plan.procedure.step(act.step)
        if step.track is Track.MAIN:
            self.custody = step.sets_custody or self.custody
            return True
        target = dict(step.moves).get(self.custody, step.target)
        if target != STAY:
            self.custody = target
        return False

    def _follow_custody(self, act: Act) -> None:
        for waiting in self.waiting:
            if self.custody in waiting.limit.custody:
                # What was met or extended is over; only custody lets a clock come back.
                if waiting.running is None or waiting.running.clock.ended is End.CUSTODY:
                    waiting.running = self._open(waiting.limit, waiting.act)
            elif waiting.running is not None and waiting.running.open:
                self._end(waiting.running, End.CUSTODY, act)

    def _unknown_custody(self) -> None:
        """Of limits that depend on a custody that nobody recorded, one unknown clock each start."""
        if self.custody != self.plan.procedure.custody_initial:
            return
        by_act: dict[int, list[_Waiting]] = defaultdict(list)
        for waiting in self.waiting:
            if waiting.running is None:
                by_act[waiting.act.id].append(waiting)
        for found in by_act.values():
            limits = tuple(waiting.limit for waiting in found)
            self._open_unknown(limits, found[0].act, Why.CUSTODY_UNKNOWN)

    # What starts clocks

    def _start(self, act: Act) -> None:
        self._begin(self.plan.by_trigger.get(act.step, ()), act)

    def _begin(self, limits: Sequence[TimeLimit], act: Act) -> None:
        doubtful: list[TimeLimit] = []
        for limit in limits:
            match self._applies(limit):
                case None:
                    doubtful.append(limit)
                case True:
                    self._open_or_wait(limit, act)
        if doubtful:
            unclassed = any(
                limit.offence_class != ANY and self.offence_class is None for limit in doubtful
            )
            why = Why.CLASS_UNKNOWN if unclassed else Why.AGE_UNKNOWN
            self._open_unknown(tuple(doubtful), act, why)

    def _applies(self, limit: TimeLimit) -> bool | None:
        """Whether a limit is for this accused; None: what is known does not say."""
        known = True
        for wanted, given in (
            (limit.offence_class, self.offence_class),
            (limit.age_band, self.age_band),
        ):
            if wanted == ANY:
                continue
            if given is not None and given != wanted:
                return False
            known = known and given is not None
        return True if known else None

    def _open_or_wait(self, limit: TimeLimit, act: Act) -> None:
        if not limit.custody:
            self._open(limit, act)
            return
        self.waiting = [w for w in self.waiting if w.limit.name != limit.name]
        waiting = _Waiting(limit, act)
        if self.custody in limit.custody:
            waiting.running = self._open(limit, act)
        self.waiting.append(waiting)

    def _open_unknown(self, limits: tuple[TimeLimit, ...], act: Act, why: Why) -> None:
        named = min(limits, key=lambda limit: self.plan.limit_order[limit.name])
        started = self._enclose(act)[0]
        clock = Clock(named.name, act.id, started, None, None, unknown=why)
        self.made.append(_Running(limits, clock, act))

    def _open(self, limit: TimeLimit, act: Act) -> _Running:
        running = self._extension(limit, act) if limit.extends else self._first(limit, act)
        self.made.append(running)
        return running

    def _first(self, limit: TimeLimit, act: Act) -> _Running:
        """A clock that counts from its trigger."""
        started = self._enclose(act)[0]
        if act.day is None:
            return self._blind(limit, act, Why.START_MISSING)
        if limit.unit is Unit.HOURS and act.at is None:
            return self._blind(limit, act, Why.HOUR_MISSING)
        latest = act.latest or act.day
        if limit.unit is Unit.HOURS:
            assert act.at is not None
            origins: tuple[date | datetime, date | datetime] = (
                self._moment(act.day, act.at),
                self._moment(latest, act.at),
            )
        else:
            origins = (act.day, latest)
        return self._counted(limit, act, started, origins)

    def _extension(self, limit: TimeLimit, act: Act) -> _Running:
        """A clock that counts from the end of the one it lengthens, which it stops."""
        names = (limit.extends, limit.name)
        base = next((r for r in reversed(self.made) if r.open and r.clock.limit in names), None)
        if base is None:
            return self._blind(limit, act, Why.BASE_MISSING)
        self._end(base, End.EXTENDED, act)
        if base.dues is None:
            return self._blind(limit, act, base.clock.unknown or Why.BASE_MISSING)
        return self._counted(limit, act, self._enclose(act)[0], base.dues)

    def _blind(self, limit: TimeLimit, act: Act, why: Why) -> _Running:
        clock = Clock(limit.name, act.id, self._enclose(act)[0], None, None, unknown=why)
        return _Running((limit,), clock, act)

    def _counted(
        self,
        limit: TimeLimit,
        act: Act,
        started: datetime | None,
        origins: tuple[date | datetime, date | datetime],
    ) -> _Running:
        first, last = (self._add(origin, limit) for origin in origins)
        clock = Clock(
            limit.name, act.id, started, self._too_late(first), self._too_late(last)
        )
        return _Running((limit,), clock, act, (first, last))

    def _add(self, origin: date | datetime, limit: TimeLimit) -> date | datetime:
        """The end of a period: a moment for hours, else its last day."""
        if limit.unit is Unit.HOURS:
            moment = origin if isinstance(origin, datetime) else end_of(origin, self.zone)
            return moment + timedelta(hours=limit.length)
        day = origin.astimezone(self.zone).date() if isinstance(origin, datetime) else origin
        return due_day(day, limit.length, limit.unit)

    def _too_late(self, due: date | datetime) -> datetime:
        return due if isinstance(due, datetime) else end_of(due, self.zone)

    def _restart(self, act: Act) -> None:
        """Start anew what every act of the main track interrupts, until it is satisfied.

        An act without a day leaves the clock alone: it can only have lengthened the period.
        """
        limits = [
            limit
            for limit in self.plan.restarting
            if limit.name not in self.judged and limit.trigger != act.step
        ]
        if not limits:
            return
        names = {limit.name for limit in limits}
        running = [r for r in self.made if r.open and r.clock.limit in names]
        if act.day is None and running:
            return
        # A limit that restarts is one clock: what ran before never ends anything by itself.
        self.made = [r for r in self.made if r not in running]
        self._begin(limits, act)
