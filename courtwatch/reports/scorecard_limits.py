"""Time limits of detention of prosecutions at one court that go on, as a day begins."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from pyramid.i18n import TranslationStringFactory
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from courtwatch.models import Clock, ProcedureVersion, ProsecutionFact
from courtwatch.models.facts import holds_at
from courtwatch.models.packed import number_of
from courtwatch.reports.clock_rows import NEVER
from courtwatch.reports.context import Context
from courtwatch.reports.figures import share_figure
from courtwatch.reports.model import Column, ColumnKind, Figure, Label, Row, RowKind, Table
from courtwatch.reports.packed_facts import read_columns
from courtwatch.reports.scorecard_rows import Court, Flags
from courtwatch.services.deadline_totals import Counting, Deadline, open_unknown
from courtwatch.services.deadlines import as_clock
from courtwatch.services.fact_inputs import CHUNK
from courtwatch.services.limit_standing import stand
from workflows.limit_days import start_of
from workflows.limit_state import LimitKind, Status, kind_of
from workflows.procedure import Procedure

_ = TranslationStringFactory("courtwatch")

LIMITS = "limits"
UNTOLD = _("Not known whether over")
LIMITS_DEFINITION = _(
    "Prosecutions that go on, reopened ones too, with a time limit of detention whose last day is "
    "over at the beginning of ${day}, also by the latest day on which it may have begun, and which "
    "nothing has stopped. "
    "Days over: whole days of these from the end of the limit until then, limits that overlap "
    "counted once. Unknown limits are counted apart and never as met."
)
NO_LIMITS = _("The procedure has no time limits of detention.")


class Limits:
    """The limits of detention that are over or unknown, of whoever is prosecuted at one court."""

    def __init__(self, court: Court) -> None:
        self.court = court
        self.zone = ZoneInfo(court.here.jurisdiction.time_zone)
        self.procedures = _procedures(court)
        self.names = {key: _detention(law) for key, law in self.procedures.items()}

    @property
    def refused(self) -> Label:
        """Return why there is nothing to say; None where there is."""
        return None if any(self.names.values()) else NO_LIMITS

    @cached_property
    def found(self) -> list[Deadline]:
        """Return the limits; none where the procedure has none."""
        if self.refused is not None:
            return []
        return _read_limits(self.court, self.procedures, self.names)

    @cached_property
    def over(self) -> Flags:
        """Say who is over a limit."""
        return np.isin(self.court.rows.more["prosecution"], sorted(self._over))

    @cached_property
    def _over(self) -> set[int]:
        return {o.prosecution_id for o in self.found if o.standing.status is Status.OVERDUE}

    @cached_property
    def since(self) -> NDArray[np.int32]:
        """Return the day from which each is surely over a limit, since 1970; NEVER of others."""
        first: dict[int, int] = {}
        for one in self.found:
            if one.standing.status is Status.OVERDUE and one.standing.sure is not None:
                day = number_of(one.standing.sure.start.astimezone(self.zone).date())
                first[one.prosecution_id] = min(day, first.get(one.prosecution_id, day))
        keys = self.court.rows.more["prosecution"]
        found = np.full(keys.size, NEVER, np.int32)
        for place in np.flatnonzero(self.over).tolist():
            found[place] = first.get(int(keys[place]), NEVER)
        return found

    @property
    def _listed(self) -> bool:
        """Say whether a list shows just those that go on: it asks who is live."""
        live = self.court.rows.more["live"] == 1
        return bool(np.array_equal(live, self.court.going_on))

    def table(self) -> Table:
        """Return how many are over a limit, and for how many days."""
        court = self.court
        columns = (
            Column("open", _("Prosecutions that go on")),
            Column("over", _("Over a limit of detention")),
            Column("share", _("Share"), ColumnKind.SHARE),
            Column("least", _("Days over, at least"), ColumnKind.DAYS),
            Column("most", _("Days over, at most"), ColumnKind.DAYS),
            Column("verified", _("Of them until the last verification"), ColumnKind.DAYS),
            Column("unknown", UNTOLD),
        )
        n = court.count(court.going_on).n
        # Whoever is over one limit is over, whatever is not known of another.
        untold = {one.prosecution_id for one in self.found if open_unknown(one)}
        unknown = len(untold - self._over)
        return Table(
            LIMITS,
            _("Time limits of detention"),
            columns,
            () if self.refused is not None else (self._row(n, unknown),),
            n,
            _(LIMITS_DEFINITION, mapping={"day": court.here.today.isoformat()}),
            _("Which"),
            unknown=share_figure(unknown, n) if n and self.refused is None else None,
            unknown_label=UNTOLD,
            refused=self.refused,
        )

    def _row(self, n: int, unknown: int) -> Row:
        court = self.court
        totals = Counting(self.found, self.zone).totals(self.found)
        over, going_on = court.count(self.over).n, court.going_on
        missing = Figure(None, missing=_("none is over"))
        return Row(
            "over",
            _("Over now"),
            (
                court.figure(going_on, live="yes") if self._listed else court.plain(going_on),
                court.plain(self.over),
                share_figure(over, n),
                *(
                    Figure(float(days), None, over) if over else missing
                    for days in (totals.held.least, totals.held.most, totals.verified)
                ),
                Figure(unknown),
            ),
            RowKind.DETAIL,
        )


def _procedures(court: Court) -> dict[int, Procedure]:
    """Return the procedures that this court's prosecutions follow, by key of their version."""
    query = court.here.population.select(ProsecutionFact.procedure_version_id).distinct()
    used = [key for (key,) in court.here.session.execute(query)]
    by_name = {f"{law.name} {law.version}": law for law in court.here.law.procedures}
    rows = court.here.session.scalars(select(ProcedureVersion).where(ProcedureVersion.id.in_(used)))
    found = {row.id: by_name.get(f"{row.name} {row.version}") for row in rows}
    return {key: law for key, law in found.items() if law is not None}


def _detention(law: Procedure) -> list[str]:
    return [one.name for one in law.time_limits if kind_of(law, one) is LimitKind.DETENTION]


def _read_limits(
    court: Court, procedures: dict[int, Procedure], names: dict[int, list[str]]
) -> list[Deadline]:
    """Return the limits of detention that are over or unknown, of prosecutions that go on here."""
    context = court.here
    zone = ZoneInfo(context.jurisdiction.time_zone)
    now = start_of(context.today, zone)
    running = _running(court, {name for found in names.values() for name in found}, now)
    facts = _facts(context, running)
    found = []
    for row in _clocks(context.session, running):
        version, verified_on = facts[row.prosecution_id]
        law = procedures.get(version)
        if law is None or row.time_limit not in names[version]:
            continue
        found.append(
            Deadline(
                standing=stand(
                    as_clock(row), law, zone, now, now - now, under_way=True, ended_on=None
                ),
                prosecution_id=row.prosecution_id,
                prosecution="",
                # Counted by prosecution: whose records are one person's may change later.
                person_id=row.prosecution_id,
                case="",
                court_id=court.key,
                owner_id=0,
                under_way=True,
                verified_on=verified_on,
            )
        )
    return found


def _running(court: Court, names: set[str], now: datetime) -> dict[int, int]:
    """Return the prosecutions of these limits that may be over, by the key of the clock."""
    query: Any = select(Clock.id, Clock.prosecution_id).where(
        holds_at(Clock, court.here.filters.known_at),
        Clock.time_limit.in_(sorted(names)),
        Clock.ended.is_(None),
        or_(Clock.unknown, Clock.due_at <= now),
    )
    clocks, whose = read_columns(court.here.session, query)
    here = court.rows.more["prosecution"][court.going_on & court.mine]
    there = np.flatnonzero(np.isin(np.array(whose, np.int64), here))
    return {clocks[place]: whose[place] for place in there.tolist()}


def _clocks(session: Session, running: Mapping[int, int]) -> list[Clock]:
    keys = sorted(running)
    found: list[Clock] = []
    for start in range(0, len(keys), CHUNK):
        found += session.scalars(select(Clock).where(Clock.id.in_(keys[start : start + CHUNK])))
    return sorted(found, key=lambda clock: (clock.prosecution_id, clock.place))


def _facts(context: Context, running: Mapping[int, int]) -> dict[int, tuple[int, date | None]]:
    """Return the version of the procedure that each follows, and its last verification."""
    fact = ProsecutionFact
    keys = sorted(set(running.values()))
    found: dict[int, tuple[int, date | None]] = {}
    for start in range(0, len(keys), CHUNK):
        query = select(fact.prosecution_id, fact.procedure_version_id, fact.last_verified_on).where(
            fact.prosecution_id.in_(keys[start : start + CHUNK]),
            holds_at(fact, context.filters.known_at),
        )
        found |= {key: (version, day) for key, version, day in context.session.execute(query)}
    return found
