"""Closed sets of words used by tables and commands alike."""

from __future__ import annotations

from enum import StrEnum


class InstitutionKind(StrEnum):
    """What an institution is."""

    POLICE = "police"
    PROSECUTION = "prosecution"
    COURT = "court"


class Role(StrEnum):
    """What a user may do, one per membership."""

    MONITOR = "monitor"
    COORDINATOR = "coordinator"
    ANALYST = "analyst"
    RESEARCHER = "researcher"
    ADMINISTRATOR = "administrator"


class OrganisationKind(StrEnum):
    """What an organisation is: it decides the audience its members belong to."""

    NGO = "ngo"
    MINISTRY = "ministry"
    RESEARCH = "research"
    OPERATOR = "operator"


class ShareLevel(StrEnum):
    """How far a case is shared by its organisation (docs/confidentiality.md)."""

    PRIVATE = "private"
    COUNTED = "counted"
    CODED = "coded"
    FULL = "full"


class Precision(StrEnum):
    """How exactly a day is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    ABOUT = "about"
    UNKNOWN = "unknown"


class ChargeKind(StrEnum):
    """How a charge came to be."""

    ALLEGED = "alleged"
    FILED = "filed"
    AMENDED = "amended"
    REQUALIFIED = "requalified"


class AccountSource(StrEnum):
    """Who or what told of an event, most authoritative first."""

    OFFICIAL_REGISTER = "official_register"
    COURT_DOCUMENT = "court_document"
    SEEN_IN_COURT = "seen_in_court"
    TOLD = "told"
    MEDIA = "media"
    IMPORT = "import"


class Reliability(StrEnum):
    """How far an account is trusted by the one who entered it."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Sex(StrEnum):
    """Sex as recorded."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


class AgeBand(StrEnum):
    """Age at the time of the offence, in bands (no dates of birth are kept)."""

    UNDER_14 = "0-13"
    FROM_14 = "14-15"
    FROM_16 = "16-17"
    FROM_18 = "18-24"
    FROM_25 = "25-34"
    FROM_35 = "35-49"
    FROM_50 = "50+"
    UNKNOWN = "unknown"

    @property
    def minor(self) -> bool:
        """Say whether the band lies below 18 years."""
        return self in (AgeBand.UNDER_14, AgeBand.FROM_14, AgeBand.FROM_16)


class YesNoUnknown(StrEnum):
    """A fact that may be unknown: never a bare boolean."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class HearingStatus(StrEnum):
    """What became of a hearing."""

    SCHEDULED = "scheduled"
    HELD = "held"
    ADJOURNED = "adjourned"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class Presence(StrEnum):
    """Whether an accused was at a hearing."""

    PRESENT = "present"
    ABSENT = "absent"
    BY_VIDEO = "by_video"
    UNKNOWN = "unknown"


class EventStatus(StrEnum):
    """Whether an event counts."""

    RECORDED = "recorded"
    VOIDED = "voided"


class VoidReason(StrEnum):
    """Why an entry was taken back. A court that changes its mind is a new event, not this."""

    BY_MISTAKE = "by_mistake"
    TYPED_WRONG = "typed_wrong"
    WRONG_DATE = "wrong_date"
    WRONG_COURT = "wrong_court"
    WRONG_ACCUSED = "wrong_accused"
    WRONG_STEP = "wrong_step"
    WRONG_CHARGE = "wrong_charge"
    WRONG_CASE = "wrong_case"
    WRONG_ORDER = "wrong_order"
    ENTERED_TWICE = "entered_twice"
    IMPORT_WRONG = "import_wrong"
    IMPORT_UNDONE = "import_undone"


TAKES_BACK = frozenset(
    {
        VoidReason.BY_MISTAKE,
        VoidReason.ENTERED_TWICE,
        VoidReason.WRONG_CASE,
        VoidReason.IMPORT_WRONG,
        VoidReason.IMPORT_UNDONE,
    }
)
"""Reasons after which nothing stands in the entry's place."""


class Confidence(StrEnum):
    """How sure a monitor is of an assessed reason."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class LinkDecision(StrEnum):
    """What was decided about two cases that look alike."""

    SAME = "same"
    NOT_SAME = "not_same"
    MAYBE = "maybe"


class PairKind(StrEnum):
    """What two records of one case hold of the same thing."""

    PROSECUTION = "prosecution"
    CHARGE = "charge"
    EVENT = "event"
    HEARING = "hearing"


class PairHolds(StrEnum):
    """Which record holds where two that are paired disagree: by the rule, or said by hand."""

    RULE = "rule"
    KEPT = "kept"
    MERGED = "merged"


class NoteTier(StrEnum):
    """How far free text travels: it never enters an audience wider than its tier."""

    ORGANISATION = "organisation"
    NETWORK = "network"


class BatchStatus(StrEnum):
    """Where an import stands."""

    LOADING = "loading"
    PUBLISHED = "published"
    FAILED = "failed"
    UNDONE = "undone"
