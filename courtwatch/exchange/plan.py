"""What an import is going to write: records as plain values, before any of them has a key."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from courtwatch.models.vocabulary import (
    AgeBand,
    ChargeKind,
    HearingStatus,
    InstitutionKind,
    Precision,
    Sex,
    YesNoUnknown,
)

RowRef = tuple[str, int]
"""A row of the source: table name and position in it. `own_row` says whether the record is the
first that was made of the row, and so the one that stands for it when the source comes again."""


@dataclass(frozen=True, slots=True)
class InstitutionPlan:
    """An institution as the source names it."""

    kind: InstitutionKind
    name: str
    create: bool
    code: str
    level: int | None = None
    preliminary_only: bool = False
    remark: str | None = None


@dataclass(frozen=True, slots=True)
class OffencePlan:
    """An offence as the source names it; `create` False: looked up by code only."""

    code: str
    create: bool
    law: str = ""
    article: str = ""
    offence_class: str | None = None
    category: str | None = None
    title: str = ""
    trafficking: bool = False
    penalty: tuple[int | None, int | None] = (None, None)


@dataclass(slots=True)
class SentencePlan:
    """A sentence, its length in days where the unit is known."""

    kind: str
    length_days: int | None
    as_given: str | None
    row: RowRef | None
    id: int = 0


@dataclass(slots=True)
class TargetPlan:
    """What an event does to one charge (position in the prosecution) or, None, to all of it."""

    charge: int | None
    disposition: str | None = None
    to_offence: int | None = None
    new: bool = False
    reason: str | None = None
    assessed: str | None = None
    sentence: SentencePlan | None = None
    row: RowRef | None = None
    id: int = 0


@dataclass(slots=True)
class EventPlan:
    """A step that happened in one prosecution."""

    step: str
    sequence: int
    institution: int | None
    day_from: date | None
    day_to: date | None
    precision: Precision
    time: str | None
    mode: str | None
    entry_stage: str | None
    targets: list[TargetPlan] = field(default_factory=list)
    id: int = 0


@dataclass(slots=True)
class ChargePlan:
    """A charge. `id` is set for one that is in the database already."""

    kind: ChargeKind
    offence: int | None
    as_given: str | None
    exploitation: str | None
    rank: int
    row: RowRef | None
    id: int = 0
    known: bool = False


@dataclass(slots=True)
class ProsecutionPlan:
    """One accused in one case, with charges and events."""

    key: str
    row: RowRef
    registered: date | None
    entry: date | None
    sex: Sex
    age_band: AgeBand
    citizenship: str | None
    official: YesNoUnknown
    names: tuple[tuple[str, str], ...]
    charges: list[ChargePlan] = field(default_factory=list)
    events: list[EventPlan] = field(default_factory=list)
    id: int = 0
    known: bool = False


@dataclass(slots=True)
class HearingPlan:
    """A hearing. `prosecutions` are positions in the case; empty: all of it."""

    day: date
    kind: str
    court: int | None
    status: HearingStatus
    adjournment_reason: str | None
    next: date | None
    prosecutions: list[int]
    row: RowRef
    own_row: bool = True
    id: int = 0


@dataclass(slots=True)
class VictimPlan:
    """A victim, by pseudonym."""

    pseudonym: str
    sex: Sex
    age_band: AgeBand
    citizenship: str | None
    exploitation: str | None
    civil_party: YesNoUnknown
    row: RowRef
    own_row: bool = True
    id: int = 0


@dataclass(slots=True)
class NotePlan:
    """Free text that stays with the organisation."""

    text: str
    language: str | None
    row: RowRef
    own_row: bool = True
    id: int = 0


@dataclass(slots=True)
class CasePlan:
    """A case with all that hangs on it."""

    key: str
    numbers: list[tuple[str, str]]
    court: int | None
    row: RowRef
    own_row: bool = False
    prosecutions: list[ProsecutionPlan] = field(default_factory=list)
    hearings: list[HearingPlan] = field(default_factory=list)
    victims: list[VictimPlan] = field(default_factory=list)
    notes: list[NotePlan] = field(default_factory=list)
    id: int = 0
    known: bool = False


@dataclass(slots=True)
class Plan:
    """All that an import is going to write."""

    cases: list[CasePlan] = field(default_factory=list)
    institutions: list[InstitutionPlan] = field(default_factory=list)
    offences: list[OffencePlan] = field(default_factory=list)
    cut_off: date | None = None
