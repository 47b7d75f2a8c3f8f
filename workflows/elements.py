"""The parts of a procedure, as frozen values. They are read from YAML by `workflows.reader`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from workflows.event_codes import JUDGMENT, OUTSIDE, WITHOUT

START = "start"
"""The position before the first event. A reserved word in `from`, never a stage."""

STAY = "="
"""The target of a step that is recorded but moves nothing, such as a requalification."""

FIRST_SEEN = "first_seen"
"""Built-in step: the prosecution is met at some stage, what came before is unknown."""

CHECKED_UNCHANGED = "checked_unchanged"
"""Built-in step: somebody looked on this day and nothing had changed."""

MOVED_TO_VERSION = "moved_to_version"
"""Built-in step: the case was moved to another version of its procedure. It moves no charge, and
no derivation is given it."""

BUILT_IN_STEPS = (FIRST_SEEN, CHECKED_UNCHANGED, MOVED_TO_VERSION)

REQUIREMENTS = (
    "charges",
    "new_charges",
    "disposition",
    "to_offence",
    "reason",
    "sentence",
    "institution",
    "mode",
    "hour",
)
"""What a step may ask for. A form is built from it."""

INSTITUTION_KINDS = ("police", "prosecution", "court")
MILESTONES = ("arrest", "registration", "charge", "trial")
"""The origins of statistical clocks; a step may be declared as one."""

MODES = ("adversarial", "deemed_non_default", "default")


class Phase(StrEnum):
    """The word that is used for the person at a stage."""

    PROCEEDING = "proceeding"
    SUSPECTED = "suspected"
    CHARGED = "charged"
    ACCUSED = "accused"
    CONVICTED = "convicted"
    CLOSED = "closed"


class Track(StrEnum):
    """What a step moves: the charges, or the custody of the accused."""

    MAIN = "main"
    CUSTODY = "custody"


class CountsAs(StrEnum):
    """How the end of a charge counts (statistics, section 1)."""

    JUDGMENT = "judgment"
    ENDED_WITHOUT_JUDGMENT = "ended_without_judgment"
    OUTSIDE_CONTROL = "outside_control"
    CONTINUES_ELSEWHERE = "continues_elsewhere"
    NONE = "none"

    @property
    def neutral(self) -> bool:
        """Neutral ends decide an outcome only when a prosecution has no other ends."""
        return self in (CountsAs.CONTINUES_ELSEWHERE, CountsAs.NONE)


class OutcomeGroup(StrEnum):
    """The three ways in which a prosecution can end."""

    JUDGMENT = "judgment"
    ENDED_WITHOUT_JUDGMENT = "ended_without_judgment"
    OUTSIDE_CONTROL = "outside_control"


EVENT_CODES = {
    OutcomeGroup.JUDGMENT: JUDGMENT,
    OutcomeGroup.ENDED_WITHOUT_JUDGMENT: WITHOUT,
    OutcomeGroup.OUTSIDE_CONTROL: OUTSIDE,
}
"""How a prosecution with such an outcome is counted."""


class Unit(StrEnum):
    """The unit of a time limit."""

    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"


@dataclass(frozen=True, slots=True)
class Text:
    """Words in the languages of a procedure; Khmer may be missing."""

    en: str
    km: str | None = None

    def get(self, lang: str) -> str:
        """The words in `lang`, or in English where there are none."""
        return self.km if lang == "km" and self.km else self.en


@dataclass(frozen=True, slots=True)
class Actor:
    """Who takes a step. `institution_kind` is None for persons and for the law itself."""

    name: str
    label: Text
    institution_kind: str | None = None
    level: int | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """A position of a charge.

    live: the charge is still under way. suspended: alive, but waiting for the accused.
    terminal: ended, until one of `exits` is taken. first_instance: a live charge here keeps the
    prosecution open; stages of appeal and cassation are live without reopening the first end.
    """

    name: str
    label: Text
    order: int
    phase: Phase
    live: bool
    terminal: bool
    suspended: bool = False
    first_instance: bool = True
    exits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CustodyState:
    """A state of the custody track, held per prosecution."""

    name: str
    label: Text
    detained: bool = False


@dataclass(frozen=True, slots=True)
class Disposition:
    """How a charge ended. `ended_by` names an actor, or None where nobody ended it.

    conviction: a judgment of guilt, after which a sentence can be recorded.
    """

    name: str
    label: Text
    counts_as: CountsAs
    ended_by: str | None = None
    conviction: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a prosecution ended. Outcomes are declared in order of priority."""

    name: str
    label: Text
    group: OutcomeGroup
    event_code: int
    ended_by: str | None
    dispositions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """An act that can be recorded.

    sources, target: where it can be taken and where it leads; `target` is `STAY` for a step that
    moves nothing. Steps that lead to different stages from different sources have all of them in
    `moves` (pairs of source and target), and the first as `target`.
    disposition: the fixed end; dispositions: the choice of ends. modes: how a judgment was given.
    reopens: leads out of an ended stage; the first end still counts. sets_aside: as `reopens`,
    but the end never counts, as when a judgment in default is set aside.
    sets_custody: the custody state that follows from this step of the main track.
    milestone: the clock that the first such step starts.
    """

    name: str
    label: Text
    order: int
    track: Track
    actor: str
    article: str
    verified: bool
    sources: tuple[str, ...]
    target: str
    moves: tuple[tuple[str, str], ...]
    requires: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    disposition: str | None = None
    dispositions: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    files_charges: bool = False
    reopens: bool = False
    sets_aside: bool = False
    sets_custody: str | None = None
    milestone: str | None = None
    note: Text | None = None

    @property
    def stays(self) -> bool:
        """True for a step that is recorded and moves nothing."""
        return self.target == STAY

    @property
    def possible_dispositions(self) -> tuple[str, ...]:
        """The ends that this step can give to a charge, in declared order; may be empty."""
        return (self.disposition,) if self.disposition else self.dispositions


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """A statutory clock as a dated row: it starts with `trigger` and stops with `satisfied_by`.

    offence_class and age_band are 'any' or a class or band of the jurisdiction. extends names the
    limit that this one lengthens. custody: the limit runs only in these states (empty: in any).
    restarts: every later act of the main track starts the clock again, as for limitation.
    lapses: when it passes a right or the action has lapsed and nobody is late, as for appeals.
    An unverified limit must say so wherever it is shown.
    """

    name: str
    label: Text
    article: str
    length: int
    unit: Unit
    trigger: str
    satisfied_by: tuple[str, ...]
    offence_class: str = "any"
    age_band: str = "any"
    extends: str | None = None
    verified: bool = False
    valid_from: date | None = None
    custody: tuple[str, ...] = ()
    restarts: bool = False
    lapses: bool = False
