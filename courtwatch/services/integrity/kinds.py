"""What a kind of fault is: words for people, and the queries that find its cases.

A kind is found by set-based queries over the present record, never by one query for each case. Its
queries give the columns of `found`; those about cases join `case`, so that `Scope` can narrow them
to what the asker may see before anything is counted.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Integer,
    Select,
    String,
    and_,
    false,
    literal,
    null,
    or_,
    select,
    type_coerce,
)

from courtwatch.models import Case
from workflows.elements import Step
from workflows.procedure import Procedure

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from search_index.index import SearchIndex


class Severity(StrEnum):
    """How bad a finding is, worst first."""

    WRONG = "wrong"
    DOUBTFUL = "doubtful"
    TO_DO = "to_do"


class Group(StrEnum):
    """What a kind is about."""

    LAW = "law"
    ENTRY = "entry"
    COURT = "court"
    DATABASE = "database"
    INDEX = "index"


class Mender(StrEnum):
    """Who may mend a finding."""

    MONITOR = "monitor"
    COORDINATOR = "coordinator"
    ADMINISTRATOR = "administrator"


class Value(StrEnum):
    """What the values of a finding are, so that they can be put into words."""

    PLAIN = "plain"
    DAY = "day"
    STAGE = "stage"
    OUTCOME = "outcome"
    CUSTODY = "custody"
    STEP = "step"
    INSTITUTION = "institution"
    OFFENCE = "offence"


@dataclass(frozen=True)
class Limits:
    """From how many on something is a finding. Each can be set for one run of the command."""

    dormant_months: int = field(
        default=6, metadata={"meaning": "Months without an entry after which a case is dormant."}
    )
    outcome_days: int = field(
        default=7, metadata={"meaning": "Days after a hearing until its outcome is missed."}
    )
    next_date_days: int = field(
        default=30,
        metadata={"meaning": "Days without an entry until the next date of a trial is missed."},
    )
    observation_days: int = field(
        default=90,
        metadata={"meaning": "Days back for which hearings without an observation are listed."},
    )
    adjournments: int = field(
        default=5, metadata={"meaning": "Adjournments in a row that call for a second look."}
    )
    police_custody_days: int = field(
        default=7, metadata={"meaning": "Days in police custody until an order is missed."}
    )
    job_attempts: int = field(
        default=5, metadata={"meaning": "Failed attempts of a job until it is reported."}
    )

    @classmethod
    def meanings(cls) -> dict[str, tuple[int, str]]:
        """Return default and meaning of each limit, by name."""
        return {one.name: (int(one.default), one.metadata["meaning"]) for one in fields(cls)}  # type: ignore[arg-type]


@dataclass(frozen=True)
class Context:
    """What finders may use: the record, the day it is in each jurisdiction, the procedures."""

    connection: Connection
    now: datetime
    today: Mapping[int, date]
    procedures: Mapping[int, Procedure]
    limits: Limits
    readable: Callable[[Any], ColumnElement[bool]]
    of: int | None = None
    engine: Engine | None = None
    index: SearchIndex | None = None

    def by_day(self, condition: Callable[[date], ColumnElement[bool]]) -> ColumnElement[bool]:
        """Return a condition on a day, by the own today of each case's jurisdiction."""
        parts = (and_(Case.jurisdiction_id == k, condition(d)) for k, d in self.today.items())
        return or_(false(), *parts)

    def named(self, column: Any, pick: Callable[[Procedure], Iterable[str]]) -> ColumnElement[bool]:
        """Return that `column` is one of the names that `pick` finds in the case's procedure."""
        parts = []
        for version_id, procedure in self.procedures.items():
            names = sorted(set(pick(procedure)))
            if names:
                parts.append(and_(Case.procedure_version_id == version_id, column.in_(names)))
        return or_(false(), *parts)

    def steps(self, column: Any, fits: Callable[[Procedure, Step], bool]) -> ColumnElement[bool]:
        """Return that `column` names a step that fits in the case's procedure."""
        return self.named(column, lambda p: (s.name for s in p.steps if fits(p, s)))


def months_before(day: date, months: int) -> date:
    """Return the day some months earlier; where that month is shorter, its last day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


KEYS = ("case_id", "prosecution_id", "hearing_id", "event_id", "row_id")
"""What a finding is about; together with its kind and values they tell it from any other."""


@dataclass(frozen=True)
class Finding:
    """One finding: what it is about, since when, and the values of its words."""

    case_id: int | None = None
    prosecution_id: int | None = None
    hearing_id: int | None = None
    event_id: int | None = None
    row_id: int | None = None
    since: date | None = None
    first: Any = None
    second: Any = None


Finder = Callable[[Context], Sequence[Select[Any]]]
Stream = Callable[[Context], Iterator[Finding]]


@dataclass(frozen=True)
class Kind:
    """One kind of fault.

    `told` are the words of a finding, with the places ${first} and ${second}; `values` says what
    these two are. `find` gives queries; `stream` finds what no query can, in bounded memory.
    `route` is the page where it is mended. `costly`: looked for by the
    command alone, not by a page.
    """

    code: str
    group: Group
    severity: Severity
    title: Any
    explanation: Any
    told: Any
    mend: Any
    who: Mender
    find: Finder | None = None
    stream: Stream | None = None
    values: tuple[Value, ...] = ()
    route: str | None = None
    costly: bool = False

    @property
    def about_cases(self) -> bool:
        """Say whether its findings are shown to those who keep the cases."""
        return self.who is not Mender.ADMINISTRATOR


def found(
    case: Any = None,
    prosecution: Any = None,
    hearing: Any = None,
    event: Any = None,
    row: Any = None,
    since: Any = None,
    first: Any = None,
    second: Any = None,
) -> Select[Any]:
    """Return a query of the columns of a finding; what is not given is null."""

    def whole(value: Any) -> Any:
        return type_coerce(null(), Integer) if value is None else value

    def word(value: Any) -> Any:
        if value is None:
            return type_coerce(null(), String)
        return literal(value) if isinstance(value, str) else value

    return select(
        whole(case).label("case_id"),
        whole(prosecution).label("prosecution_id"),
        whole(hearing).label("hearing_id"),
        whole(event).label("event_id"),
        whole(row).label("row_id"),
        (type_coerce(null(), Date) if since is None else since).label("since"),
        word(first).label("first"),
        word(second).label("second"),
    )
