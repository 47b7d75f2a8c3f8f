"""What goes into a derivation and what comes out: plain frozen values.

Those that are made by the hundred thousand are named tuples, which cost a third of a frozen
dataclass to make.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, Protocol

from workflows.elements import Phase, Text

ALLEGED = "alleged"
FILED = "filed"
AMENDED = "amended"
REQUALIFIED = "requalified"


class ChargeIn(NamedTuple):
    """A charge against one accused. rank: 0 is the most serious, larger is less serious."""

    id: int
    kind: str
    parent: int | None = None
    rank: int = 0


class TargetIn(NamedTuple):
    """A charge that an event names. new: the charge is filed by this very event."""

    charge_id: int
    disposition: str | None = None
    new: bool = False


class EventIn(NamedTuple):
    """A step that happened between two days; day_to None means on day_from; both None: undated."""

    id: int
    step: str
    day_from: date | None
    day_to: date | None
    sequence: int
    targets: tuple[TargetIn, ...] = ()
    entry_stage: str | None = None
    hour: int | None = None


class ChargePosition(NamedTuple):
    """Where a charge stands. counted: takes part in the roll-up (it has a position and was not
    superseded by another charge); live: counted and under way. event_id: the event that ended the
    charge, or else the one that moved it last."""

    charge_id: int
    stage: str | None
    since: date | None
    disposition: str | None
    disposed_on: date | None
    event_id: int | None
    live: bool
    counted: bool


@dataclass(frozen=True, slots=True)
class Unresolved:
    """An event that no legal order has room for: kept, uncounted.

    whole: the event moved nothing at all; otherwise only `charge_id` could not take it.
    """

    event_id: int
    why: Text
    permitted: tuple[str, ...]
    charge_id: int | None = None
    whole: bool = True


@dataclass(frozen=True, slots=True)
class FirstOutcome:
    """The first end of a prosecution, which is what statistics count. reopened: it did not stay
    ended. An end that was set aside, or that only passed into new charges of the same record,
    never becomes a first outcome."""

    outcome: str
    event_code: int
    ended_on: date | None
    ended_by: str | None
    ended_event: int | None
    deciding_charge: int | None
    reopened: bool = False


@dataclass(frozen=True, slots=True)
class ProsecutionState:
    """Everything that is derived for one prosecution.

    outcome, event_code, ended_*: the present end by the procedure's rule; None and 0 while a
    charge is open at first instance. A prosecution on appeal is live and keeps its outcome.
    entered_on, entered_stage: where observation began, for delayed entry. stage_days: the first
    day on which each stage was entered (None: reached on an unknown day). last_verified: the last
    day for which anything is known.
    """

    positions: dict[int, ChargePosition]
    stage: str | None
    phase: Phase
    live: bool
    suspended: bool
    custody: str
    custody_since: date | None
    outcome: str | None
    event_code: int
    ended_on: date | None
    ended_by: str | None
    ended_event: int | None
    deciding_charge: int | None
    entered_on: date | None
    entered_stage: str | None
    stage_days: dict[str, date | None]
    last_verified: date | None
    first_outcome: FirstOutcome | None
    unresolved: tuple[Unresolved, ...] = ()
    stage_order: int = -1
    outcome_order: int = -1
    reopened: bool = False
    furthest_stage: str | None = None
    last_event_on: date | None = None
    milestone_days: dict[str, date] = field(default_factory=dict)


class ChargePlace(NamedTuple):
    """Where a charge stands, without days."""

    stage: str | None
    disposition: str | None
    live: bool
    counted: bool


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a prosecution stands, without days: the part of a `ProsecutionState` that all
    prosecutions share which took the same way. charges: in the order in which they were given.
    unresolved: how many events, or targets of one, had no legal place."""

    stage: str | None
    live: bool
    suspended: bool
    custody: str
    outcome: str | None
    event_code: int
    first_outcome: str | None
    reopened: bool
    charges: tuple[ChargePlace, ...]
    unresolved: int

    @classmethod
    def of(cls, state: ProsecutionState) -> Placement:
        """Leave out the days of a state."""
        first = state.first_outcome
        return cls(
            state.stage,
            state.live,
            state.suspended,
            state.custody,
            state.outcome,
            state.event_code,
            first.outcome if first is not None else None,
            state.reopened,
            tuple(
                ChargePlace(place.stage, place.disposition, place.live, place.counted)
                for place in state.positions.values()
            ),
            len(state.unresolved),
        )


class RollsUp(Protocol):
    """What a case's state is rolled up from: a derived state, or what a fact kept of it."""

    @property
    def stage(self) -> str | None:
        """The present stage."""

    @property
    def stage_order(self) -> int:
        """The stage's place in the procedure."""

    @property
    def live(self) -> bool:
        """Whether the prosecution is under way."""

    @property
    def outcome(self) -> str | None:
        """The present outcome."""

    @property
    def outcome_order(self) -> int:
        """The outcome's place in the procedure."""


@dataclass(frozen=True, slots=True)
class CaseState:
    """A case, rolled up from its prosecutions."""

    stage: str | None
    live: bool
    outcome: str | None
