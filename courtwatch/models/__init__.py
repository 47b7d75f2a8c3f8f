"""The tables of Courtwatch, one module per aggregate."""

from __future__ import annotations

from sqlalchemy.orm import configure_mappers

from courtwatch.models.case import (
    AccessRequest,
    Case,
    CaseGrant,
    CaseLink,
    CaseNumber,
    MergePair,
)
from courtwatch.models.court_reply import CourtInquiry, CourtReply
from courtwatch.models.event import (
    Event,
    EventAccount,
    EventTarget,
    ReasonAssessed,
    ReasonStated,
    Sentence,
)
from courtwatch.models.facts import ChargeFact, Clock, HearingFact, ProsecutionFact
from courtwatch.models.hearing import (
    Answer,
    Assignment,
    Attachment,
    ChecklistVersion,
    Hearing,
    HearingProsecution,
    Note,
    Observation,
    Question,
)
from courtwatch.models.history import history_table, make_history_tables
from courtwatch.models.meta import Base, Recorded, Versioned, new_public_code
from courtwatch.models.people import (
    Coverage,
    IndexedDocument,
    Membership,
    Organisation,
    SavedSearch,
    SignInAttempt,
    User,
    UserSession,
)
from courtwatch.models.person import Person, PersonName, Victim, VictimIdentity
from courtwatch.models.prosecution import Charge, Prosecution, ProsecutionCase
from courtwatch.models.reference import (
    Institution,
    InstitutionAlias,
    InstitutionTerritory,
    Jurisdiction,
    Offence,
    ProcedureVersion,
    Reason,
    ReferenceTotal,
    ReportCache,
)
from courtwatch.models.reference_past import ReferencePast, reference_at, text_at
from courtwatch.models.revision import (
    Audit,
    Correction,
    ExternalKey,
    ImportBatch,
    Job,
    Redaction,
    Revision,
    Submission,
)
from courtwatch.models.snapshot import ReportSnapshot

configure_mappers()
make_history_tables()

__all__ = [
    "AccessRequest", "Answer", "Assignment", "Attachment", "Audit", "Base", "Case", "CaseGrant",
    "CaseLink", "CaseNumber", "Charge", "ChargeFact", "ChecklistVersion", "Clock",
    "Correction", "CourtInquiry", "CourtReply", "Coverage",
    "Event", "EventAccount", "EventTarget", "ExternalKey", "Hearing", "HearingFact",
    "HearingProsecution", "ImportBatch", "IndexedDocument", "Institution", "InstitutionAlias",
    "InstitutionTerritory", "Job", "Jurisdiction", "Membership", "MergePair", "Note", "Observation",
    "Offence",
    "Organisation", "Person", "PersonName", "ProcedureVersion", "Prosecution", "ProsecutionCase",
    "ProsecutionFact", "Question", "Reason", "ReasonAssessed", "ReasonStated", "Recorded",
    "Redaction", "ReferencePast", "ReferenceTotal", "ReportCache", "ReportSnapshot",
    "Revision", "SavedSearch", "Sentence", "SignInAttempt", "Submission", "User",
    "UserSession", "Versioned", "Victim", "VictimIdentity", "history_table",
    "new_public_code", "reference_at", "text_at",
]  # fmt: skip
