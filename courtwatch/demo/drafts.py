"""What is drafted of a case before it becomes rows. Indices, not keys: a draft can be copied."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from courtwatch.demo.country import Seat
from courtwatch.demo.names import InventedName
from courtwatch.models import Offence
from courtwatch.models.vocabulary import (
    AgeBand,
    ChargeKind,
    Confidence,
    HearingStatus,
    Precision,
    Presence,
    Sex,
    YesNoUnknown,
)


@dataclass(slots=True)
class ChargeDraft:
    """A charge and, while the case is walked, where it stands.

    `offence` as it was filed, `current` after requalification. `live`: on the main line of its
    accused; a charge that was ended apart, or superseded, is not.
    """

    kind: ChargeKind
    offence: Offence
    exploitation: str
    parent: int | None
    stage: str
    current: Offence
    live: bool = True


@dataclass(slots=True)
class AccusedDraft:
    """An accused and the charges against them; charge 0 is the alleged one."""

    name: InventedName
    sex: Sex
    age_band: AgeBand
    citizenship: str
    official: YesNoUnknown
    related: YesNoUnknown
    charges: list[ChargeDraft]
    custody: str = "unknown"
    detained_until: date | None = None

    def facts(self) -> dict[str, object]:
        """Return what the guards of a procedure ask about."""
        classes = {charge.offence.offence_class for charge in self.charges}
        order = ("felony", "misdemeanour", "petty")
        return {
            "age_band": GUARD_BANDS[self.age_band],
            "offence_class": next((word for word in order if word in classes), None),
            "custody": self.custody,
        }

    def live_charges(self) -> list[int]:
        """Return the indices of the charges that are still on the main line."""
        return [index for index, charge in enumerate(self.charges) if charge.live]


GUARD_BANDS = {
    AgeBand.UNDER_14: "under_14",
    AgeBand.FROM_14: "14_15",
    AgeBand.FROM_16: "16_17",
}
for _band in AgeBand:
    GUARD_BANDS.setdefault(_band, "adult")


@dataclass(slots=True)
class SentenceDraft:
    """A sentence for one convicted charge."""

    kind: str
    length_days: int | None
    suspended_days: int | None
    awarded: int | None
    paid: int | None


@dataclass(slots=True)
class TargetDraft:
    """What an event did to one charge, or (charge None) to an accused."""

    accused: int
    charge: int | None
    disposition: str | None = None
    to_offence: Offence | None = None
    new: bool = False
    stated: tuple[str, ...] = ()
    assessed: tuple[str, Confidence] | None = None
    sentence: SentenceDraft | None = None


@dataclass(slots=True)
class EventDraft:
    """A step that happened on `day`; what is known of the day may be less."""

    step: str
    day: date
    sequence: int
    targets: list[TargetDraft]
    institution: int | None = None
    hour: int | None = None
    mode: str | None = None
    entry_stage: str | None = None
    first: date | None = None
    last: date | None = None
    precision: Precision = Precision.DAY
    hearing: int | None = None
    illegal: bool = False


@dataclass(slots=True)
class HearingDraft:
    """A hearing of some of the accused; `event`: what was decided there is linked by index."""

    day: date
    kind: str
    institution: int
    status: HearingStatus
    accused: tuple[int, ...]
    reason: str | None = None
    next_on: date | None = None
    presence: dict[int, Presence] = field(default_factory=dict)
    hour: int = 8


@dataclass(slots=True)
class VictimDraft:
    """A victim, by pseudonym."""

    pseudonym: str
    sex: Sex
    age_band: AgeBand
    citizenship: str
    exploitation: str
    civil_party: YesNoUnknown


@dataclass(slots=True)
class CaseDraft:
    """A case as it is invented, before somebody enters it."""

    seat: Seat
    opened: date
    accused: list[AccusedDraft]
    victims: list[VictimDraft]
    events: list[EventDraft] = field(default_factory=list)
    hearings: list[HearingDraft] = field(default_factory=list)
    entry_day: date | None = None
    registered: date | None = None
    not_referred: frozenset[int] = frozenset()
    serial: int = 0
