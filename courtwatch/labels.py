"""What closed words are called on a page: one label per value, translated where it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pyramid.i18n import TranslationString, TranslationStringFactory

from courtwatch.models.vocabulary import (
    AccountSource,
    AgeBand,
    ChargeKind,
    Confidence,
    HearingStatus,
    InstitutionKind,
    NoteTier,
    Presence,
    Reliability,
    Role,
    Sex,
    ShareLevel,
    VoidReason,
    YesNoUnknown,
)
from workflows.elements import Phase

_ = TranslationStringFactory("courtwatch")

SHARE_LEVELS = {
    ShareLevel.PRIVATE: _("Private"),
    ShareLevel.COUNTED: _("Counted only"),
    ShareLevel.CODED: _("Shared without names"),
    ShareLevel.FULL: _("Shared in full"),
}
SHARE_LEVEL_HINTS = {
    ShareLevel.PRIVATE: _(
        "Only your organisation sees it, and no figure of others counts it. What it was counted in "
        "while it was shared stays: figures as known then, and reports frozen then."
    ),
    ShareLevel.COUNTED: _(
        "It is counted in figures, and never listed to others. Whoever reads figures can narrow "
        "them down until it stands there alone, and so learn its court, offence, days, sex and "
        "age band. What nobody may learn stays private."
    ),
    ShareLevel.CODED: _(
        "Others, the ministry included, see stage, charges and outcome; no names, no case "
        "numbers, no free text."
    ),
    ShareLevel.FULL: _(
        "Other monitoring organisations see names and shared notes. The ministry sees case "
        "numbers and the names of adults, and no notes."
    ),
}
SEXES = {
    Sex.FEMALE: _("Female"),
    Sex.MALE: _("Male"),
    Sex.OTHER: _("Other"),
    Sex.UNKNOWN: _("Not known"),
}
AGE_BANDS = {
    AgeBand.UNDER_14: _("Under 14"),
    AgeBand.FROM_14: _("14 to 15"),
    AgeBand.FROM_16: _("16 to 17"),
    AgeBand.FROM_18: _("18 to 24"),
    AgeBand.FROM_25: _("25 to 34"),
    AgeBand.FROM_35: _("35 to 49"),
    AgeBand.FROM_50: _("50 or older"),
    AgeBand.UNKNOWN: _("Not known"),
}
YES_NO = {
    YesNoUnknown.YES: _("Yes"),
    YesNoUnknown.NO: _("No"),
    YesNoUnknown.UNKNOWN: _("Not known"),
}
SOURCES = {
    AccountSource.OFFICIAL_REGISTER: _("Official register"),
    AccountSource.COURT_DOCUMENT: _("Court document"),
    AccountSource.SEEN_IN_COURT: _("Seen in court"),
    AccountSource.TOLD: _("Told by someone"),
    AccountSource.MEDIA: _("Media"),
    AccountSource.IMPORT: _("Imported"),
}
RELIABILITIES = {
    Reliability.HIGH: _("High"),
    Reliability.MEDIUM: _("Medium"),
    Reliability.LOW: _("Low"),
}
CONFIDENCES = {
    Confidence.LOW: _("Low"),
    Confidence.MEDIUM: _("Medium"),
    Confidence.HIGH: _("High"),
}
HEARING_STATUSES = {
    HearingStatus.SCHEDULED: _("Scheduled"),
    HearingStatus.HELD: _("Held"),
    HearingStatus.ADJOURNED: _("Adjourned"),
    HearingStatus.CANCELLED: _("Cancelled"),
    HearingStatus.UNKNOWN: _("Not known"),
}
HEARING_KINDS = {
    "trial": _("Trial"),
    "investigation": _("Before the investigating judge"),
    "detention": _("On detention"),
    "immediate": _("Immediate appearance"),
    "appeal": _("Appeal"),
    "cassation": _("Cassation"),
    "other": _("Other"),
}
PRESENCES = {
    Presence.PRESENT: _("Present"),
    Presence.ABSENT: _("Absent"),
    Presence.BY_VIDEO: _("By video"),
    Presence.UNKNOWN: _("Not known"),
}
VOID_REASONS = {
    VoidReason.BY_MISTAKE: _("Put in by mistake"),
    VoidReason.TYPED_WRONG: _("Typed wrong"),
    VoidReason.WRONG_DATE: _("Wrong date"),
    VoidReason.WRONG_COURT: _("Wrong court or institution"),
    VoidReason.WRONG_ACCUSED: _("Wrong accused"),
    VoidReason.WRONG_STEP: _("Wrong step"),
    VoidReason.WRONG_CHARGE: _("Wrong charge, or how it ended"),
    VoidReason.WRONG_CASE: _("Wrong case"),
    VoidReason.WRONG_ORDER: _("Wrong order within the day"),
    VoidReason.ENTERED_TWICE: _("Entered twice"),
    VoidReason.IMPORT_WRONG: _("The import was wrong"),
    VoidReason.IMPORT_UNDONE: _("Import undone"),
}
REDACTION_REASONS = {
    "victim_identity": _("It could identify a victim"),
    "child_identity": _("It could identify a child"),
    "third_party": _("It is about somebody else"),
    "court_order": _("A court ordered it"),
    "other": _("Another reason"),
}
NOTE_TIERS = {
    NoteTier.ORGANISATION: _("Only my organisation"),
    NoteTier.NETWORK: _("Monitoring organisations, where the case is shared in full"),
}
NUMBER_ISSUERS = {
    "police": _("Police"),
    "prosecutor": _("Prosecutor"),
    "investigating": _("Investigating judge"),
    "court": _("Trial court"),
    "appeal": _("Court of appeal"),
    "supreme": _("Supreme Court"),
    "other": _("Other"),
}
CHARGE_KINDS = {
    ChargeKind.ALLEGED: _("Alleged"),
    ChargeKind.FILED: _("Filed"),
    ChargeKind.AMENDED: _("Filed in place of another"),
    ChargeKind.REQUALIFIED: _("Requalified"),
}
INSTITUTION_KINDS = {
    InstitutionKind.POLICE: _("Police"),
    InstitutionKind.PROSECUTION: _("Prosecution office"),
    InstitutionKind.COURT: _("Court"),
}
PHASES = {
    Phase.PROCEEDING: _("proceeding"),
    Phase.SUSPECTED: _("suspected"),
    Phase.CHARGED: _("charged"),
    Phase.ACCUSED: _("accused"),
    Phase.CONVICTED: _("convicted"),
    Phase.CLOSED: _("closed"),
}
"""The word for a person at a stage, and for nobody before they are charged."""
ROLES = {
    Role.MONITOR: _("Monitor"),
    Role.COORDINATOR: _("Coordinator"),
    Role.ANALYST: _("Analyst"),
    Role.RESEARCHER: _("Researcher"),
    Role.ADMINISTRATOR: _("Administrator"),
}
MODES = {
    "adversarial": _("Accused present"),
    "deemed_non_default": _("Deemed present (summoned, no excuse)"),
    "default": _("In default (absent)"),
}
SENTENCE_KINDS = {
    "imprisonment": _("Imprisonment"),
    "suspended": _("Suspended imprisonment"),
    "probation": _("Probation"),
    "fine": _("Fine only"),
    "compensation": _("Compensation only"),
    "community": _("Community work"),
    "other": _("Other"),
}
SENTENCE_UNITS = {"years": _("years"), "months": _("months"), "days": _("days")}
EXPLOITATIONS = {
    "sexual": _("Sexual exploitation"),
    "forced_labour": _("Forced labour"),
    "domestic_servitude": _("Domestic servitude"),
    "forced_marriage": _("Forced marriage"),
    "begging": _("Forced begging"),
    "organ_removal": _("Removal of organs"),
    "surrogacy": _("Surrogacy"),
    "forced_criminality": _("Forced criminality"),
    "other": _("Other"),
    "unknown": _("Not known"),
}


def label(labels: Mapping[Any, TranslationString], value: StrEnum | str | None) -> Any:
    """Return the label of a value; the value itself where a newer record has one we don't know."""
    if value is None:
        return ""
    return labels.get(value, value)

SEVERITIES = {"wrong": _("Wrong"), "doubtful": _("Doubtful"), "to_do": _("To do")}
INTEGRITY_GROUPS = {
    "law": _("What the law says"),
    "entry": _("What was entered"),
    "court": _("Hearings and dates"),
    "database": _("The database"),
    "index": _("The search index"),
}
MENDERS = {
    "monitor": _("monitor or coordinator"),
    "coordinator": _("coordinator"),
    "administrator": _("who runs the system"),
}
