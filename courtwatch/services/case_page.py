"""A case as one reader may see it: everything its page shows, already decided.

The page's templates and views get these values and nothing else, so that what a reader may not
see is not there to be shown by mistake.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from courtwatch.models import Case, Institution, Jurisdiction, Organisation
from courtwatch.models.vocabulary import (
    AccountSource,
    AgeBand,
    ChargeKind,
    Confidence,
    HearingStatus,
    NoteTier,
    Precision,
    Presence,
    Reliability,
    Sex,
    ShareLevel,
    VoidReason,
    YesNoUnknown,
)
from courtwatch.security.visibility import Level, Sight
from courtwatch.services.inexact_days import Span
from workflows.elements import Text
from workflows.history import CaseState, ProsecutionState
from workflows.procedure import Procedure
from workflows.time_limits import Clock


@dataclass(frozen=True)
class WordsShown:
    """Where words of the record stand (kind and key of `services.redactable`).

    `may`: the reader's organisation owns the case or wrote them. `taken_out`: the moment at which
    some were taken out, and why; None if none were.
    """

    kind: str
    row_id: int
    may: bool
    taken_out: tuple[datetime, str] | None


@dataclass(frozen=True)
class ReasonShown:
    """A reason, stated by the decision or (confidence given) assessed by the reader's own."""

    code: str
    name: Text
    group: Text
    definition: Text | None
    lawful: str | None
    lawful_verified: bool
    confidence: Confidence | None = None


@dataclass(frozen=True)
class SentenceShown:
    """A sentence or compensation. Lengths in days; amounts in `currency`."""

    kind: str
    length_days: int | None
    length_as_given: str | None
    suspended_days: int | None
    fine: Decimal | None
    awarded: Decimal | None
    paid: Decimal | None
    currency: str | None
    words: WordsShown | None = None


@dataclass(frozen=True)
class ChargeShown:
    """One charge: what, where it stands, and how it ended.

    `number`: its place among the charges of this accused. `by`: the number of the charge that
    took its place, if one did.
    """

    id: int
    number: int
    kind: ChargeKind
    offence: Text | None
    article: str
    as_given: str | None
    exploitation: str | None
    stage: Text | None
    since: Span | None
    disposition: Text | None
    disposed_on: Span | None
    ended_by: Text | None
    institution: Text | None
    live: bool
    counted: bool
    voided: bool
    reasons_stated: tuple[ReasonShown, ...] = ()
    reasons_assessed: tuple[ReasonShown, ...] = ()
    sentences: tuple[SentenceShown, ...] = ()
    words: WordsShown | None = None
    by: int | None = None


@dataclass(frozen=True)
class ChangeShown:
    """One change of a charge under way: another offence, or another charge in its place (`by`).

    `as_given`: the words of the former charge, where the reader may see them.
    """

    number: int
    was: Text | None
    as_given: str | None
    became: Text | None
    by: int | None
    event_id: int
    step: Text
    actor: Text | None
    institution: Text | None
    first: date | None
    last: date | None
    precision: Precision


@dataclass(frozen=True)
class UnresolvedShown:
    """An entry that has no legal place in the procedure: kept, uncounted."""

    event_id: int
    step: Text
    why: Text
    permitted: tuple[Text, ...]


@dataclass(frozen=True)
class DaysShown:
    """The days of a prosecution, each as exactly as it is known."""

    stage: Span | None
    custody: Span | None
    ended: Span | None
    verified: Span | None


@dataclass(frozen=True)
class AccusedShown:
    """One accused, and where their prosecution stands."""

    code: str
    number: int
    names: tuple[tuple[str, str], ...]
    pseudonym: str | None
    sex: Sex
    age_band: AgeBand
    citizenship: str | None
    official: YesNoUnknown
    related: YesNoUnknown | None
    registered: Span | None
    days: DaysShown
    state: ProsecutionState
    stage: Text | None
    outcome: Text | None
    ended_by: Text | None
    custody: Text | None
    charges: tuple[ChargeShown, ...]
    changes: tuple[ChangeShown, ...]
    unresolved: tuple[UnresolvedShown, ...]
    name_words: tuple[WordsShown, ...] = ()
    pseudonym_words: WordsShown | None = None
    clocks: tuple[Clock, ...] = ()


@dataclass(frozen=True)
class TouchedShown:
    """What an event did to one charge, or to a prosecution as a whole (charge None)."""

    accused: int
    charge: Text | None
    disposition: Text | None
    to_offence: Text | None
    new: bool
    instead_of: Text | None = None


@dataclass(frozen=True)
class SourceShown:
    """Who told of an event, and what they said of it.

    Organisation and person only where the reader may know them. `disposition`: how the charges
    ended, where this source says it. `chosen`: it holds because somebody said so.
    """

    source: AccountSource
    reliability: Reliability
    organisation: Text | None
    person: str | None
    first: date | None
    last: date | None
    precision: Precision
    disposition: Text | None = None
    chosen: bool = False


@dataclass(frozen=True)
class WriterShown:
    """Who entered or corrected, and when. `system`: no organisation did, but a program."""

    at: datetime | None
    organisation: Text | None
    person: str | None
    system: bool = False


@dataclass(frozen=True)
class NoteShown:
    """Free text that the reader may see."""

    id: int
    text: str
    language: str | None
    tier: NoteTier
    redacted: bool
    organisation: Text | None
    person: str | None
    own: bool
    words: WordsShown


@dataclass(frozen=True)
class EventShown:
    """One entry of the timeline.

    `moved`: the case was moved to another version of its procedure; nobody corrects that here.
    `elsewhere`: entered in a record that was merged into this one; nobody corrects it there now.
    """

    id: int
    step: Text
    actor: Text | None
    article: str
    institution: Text | None
    first: date | None
    last: date | None
    precision: Precision
    time: str | None
    mode: str | None
    entry_stage: Text | None
    touched: tuple[TouchedShown, ...]
    reasons_stated: tuple[ReasonShown, ...]
    reasons_assessed: tuple[ReasonShown, ...]
    sentences: tuple[SentenceShown, ...]
    sources: tuple[SourceShown, ...]
    notes: tuple[NoteShown, ...]
    entered: WriterShown
    changed: WriterShown | None
    in_place_of: int | None
    held_by: int | None
    earlier: tuple[tuple[date | None, date | None], ...]
    unresolved: Text | None
    voided: bool
    void_reason: VoidReason | None
    corrected: WriterShown | None
    remarks: tuple[NoteShown, ...]
    own: bool
    moved: bool = False
    elsewhere: bool = False


@dataclass(frozen=True)
class HearingWasShown:
    """What was wrong with a hearing, what stood there, and who put it right."""

    kind: str
    day: date | None
    court: Text | None
    accused: tuple[int, ...]
    corrected: WriterShown


@dataclass(frozen=True)
class HearingShown:
    """One hearing."""

    code: str
    day: date
    time: str | None
    kind: str
    court: Text | None
    status: HearingStatus
    reason: Text | None
    next_on: date | None
    presence: tuple[tuple[int, Presence], ...]
    notes: tuple[NoteShown, ...]
    voided: bool
    void_reason: VoidReason | None
    remarks: tuple[NoteShown, ...]
    own: bool
    was: tuple[HearingWasShown, ...] = ()
    elsewhere: bool = False


@dataclass(frozen=True)
class VictimShown:
    """A victim, by pseudonym (None where not even that is shown)."""

    number: int
    pseudonym: str | None
    sex: Sex
    age_band: AgeBand
    citizenship: str | None
    exploitation: str | None
    civil_party: YesNoUnknown
    withdrawn: bool
    words: WordsShown | None = None


@dataclass(frozen=True)
class MergedShown:
    """A record that was merged into the case: which, whose, by whom, when and why."""

    link_id: int
    code: str
    owner: Text | None
    merged: WriterShown
    why: tuple[NoteShown, ...]
    own: bool
    may_take_apart: bool


@dataclass(frozen=True)
class CasePage:
    """A case as one reader may see it.

    `revision`: the past revision at which it is shown; None is the present. `redacted_since`: when
    and why words that are shown as taken out were, after that revision. `name_rights`: by key of
    a person, whether the reader may read their name.
    """

    case: Case
    jurisdiction: Jurisdiction
    procedure: Procedure
    rule: Text
    sight: Sight
    court: Institution | None
    owner: Organisation | None
    share_level: ShareLevel | None
    numbers: tuple[tuple[str, str], ...]
    state: CaseState
    stage: Text | None
    outcome: Text | None
    accused: tuple[AccusedShown, ...]
    victims: tuple[VictimShown, ...]
    events: tuple[EventShown, ...]
    hearings: tuple[HearingShown, ...]
    notes: tuple[NoteShown, ...]
    grantees: tuple[Text, ...]
    requests: tuple[WriterShown, ...]
    number_words: tuple[WordsShown, ...] = ()
    revision: int | None = None
    redacted_since: tuple[tuple[datetime, str], ...] = ()
    name_rights: Mapping[int, bool] = field(default_factory=dict)
    merged: tuple[MergedShown, ...] = ()

    @property
    def own(self) -> bool:
        """Say whether the reader's organisation keeps the case."""
        return self.sight.level is Level.OWN

    @property
    def writable(self) -> bool:
        """Say whether the reader's organisation may add to it; nobody adds to the past."""
        return self.revision is None and self.sight.level in (Level.OWN, Level.NETWORK)

    @property
    def code(self) -> str:
        """Return the public code."""
        return self.case.public_code
