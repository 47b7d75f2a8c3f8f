"""Who reads each text of the record: the table that a lawyer checks and a test holds.

`security.visibility` decides. This says, a second time and in words, what it is to decide:
`docs/confidentiality.md` is written from it, and `tests/secrecy` plants a word in every column of
the database that can hold text, and looks for it in whatever each reader can be sent. A column
that stands neither in `FIELDS` nor in `EXEMPT` fails that test: nobody adds one without deciding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Who(StrEnum):
    """Who reads a field. The keys of `WORDS`."""

    CASE = "case"
    NUMBER = "number"
    NAME = "name"
    RECORD = "record"
    NOTE = "note"
    WRITER = "writer"
    PERSON = "person"
    ORGANISATION = "organisation"
    COVERAGE = "coverage"
    REPLY = "reply"
    FROZEN = "frozen"
    SELF = "self"
    TAKEN_AWAY = "taken_away"
    NOBODY = "nobody"


YES, NO = "yes", "no"
COLUMNS = (
    "the organisation that keeps the case",
    "other monitoring organisations, of a case shared in full or opened to them",
    "other monitoring organisations, of a coded case",
    "the ministry, of a shared case",
    "researchers, of a shared case",
)
"""Who asks, in the order of the words of `WORDS`. Nobody else reads anything of a case."""

WORDS: Mapping[Who, tuple[str, str, str, str, str]] = MappingProxyType(
    {
        Who.CASE: (YES, YES, YES, YES, YES),
        Who.NUMBER: (YES, YES, NO, "of a case shared in full", NO),
        Who.NAME: (
            YES,
            "unless the accused is a minor or related to a child victim, or the case has a child "
            "victim and nobody said that they are not related",
            NO,
            "as other organisations, and only of a case shared in full and of an accused known to "
            "be adult",
            NO,
        ),
        Who.RECORD: (YES, YES, NO, NO, NO),
        Who.NOTE: (
            "what they wrote themselves, and what others wrote for the network",
            "what they wrote themselves, and what others wrote for the network",
            NO,
            NO,
            NO,
        ),
        Who.WRITER: ("what they wrote themselves", "what they wrote themselves", NO, NO, NO),
        Who.PERSON: ("their own people", "their own people", "their own people", NO, NO),
        Who.ORGANISATION: (YES, YES, YES, NO, NO),
        Who.COVERAGE: (YES, YES, YES, NO, NO),
        Who.REPLY: (YES, YES, YES, YES, NO),
        Who.FROZEN: (*("what they wrote themselves",) * 3, NO, NO),
        Who.SELF: ("the very person",) * 5,
        Who.TAKEN_AWAY: ("in what its coordinator takes away", NO, NO, NO, NO),
        Who.NOBODY: (NO, NO, NO, NO, NO),
    }
)


@dataclass(frozen=True)
class Field:
    """Columns that say one thing. `columns`: `table.column`, the past of a row with it."""

    title: str
    who: Who
    columns: tuple[str, ...]
    remark: str = ""


FIELDS: tuple[Field, ...] = (
    Field(
        "That a case exists, and the codes of it, its prosecutions and hearings",
        Who.CASE,
        ("case.public_code", "prosecution.public_code", "hearing.public_code"),
        "Of a case that is private or counted only, a monitoring organisation that asks with its "
        "number *and* court is told who keeps it, and its keeper is told who asked; ten times an "
        "hour.",
    ),
    Field("Case numbers", Who.NUMBER, ("case_number.as_given", "case_number.normalised")),
    Field(
        "Names of accused",
        Who.NAME,
        ("person_name.text", "person_name.key"),
        "Of cases that were merged a name is read by the record in which it was entered; where two "
        "records tell of one person, whoever keeps neither reads it only if both allow it.",
    ),
    Field("Pseudonyms of accused", Who.RECORD, ("person.pseudonym",)),
    Field("Pseudonyms of victims", Who.RECORD, ("victim.pseudonym",)),
    Field(
        "The identity of a victim",
        Who.NOBODY,
        ("victim_identity.cipher", "victim_identity.key_id"),
        "No page asks for it; the table waits for the encrypted store.",
    ),
    Field("A charge as it was written", Who.RECORD, ("charge.as_given",)),
    Field("A sentence as it was written", Who.RECORD, ("sentence.length_as_given",)),
    Field(
        "Notes, and remarks on corrections, hearings, merges and decisions",
        Who.NOTE,
        ("note.text",),
        "Remarks on corrections and decisions are for the organisation that wrote them.",
    ),
    Field(
        "Observations of hearings: answers and their notes",
        Who.TAKEN_AWAY,
        ("answer.value", "answer.note", "observation.public_code"),
        "No page shows them yet; they are shared separately from the case.",
    ),
    Field(
        "The monitor who watched, wrote or told",
        Who.PERSON,
        ("user.name", "user.display_name"),
    ),
    Field(
        "Which organisation keeps a case, told or wrote",
        Who.ORGANISATION,
        ("organisation.code", "organisation.name_en", "organisation.name_km"),
        "Who runs the system knows the organisations, and no case.",
    ),
    Field(
        "How an organisation is reached, and remarks on what it watches",
        Who.COVERAGE,
        ("organisation.contact", "coverage.contact", "coverage.remark"),
        "Who runs the system reads them too.",
    ),
    Field(
        "What a court answered about a figure that is marked for review",
        Who.REPLY,
        ("court_reply.text",),
        "It is printed beside the figure, whoever keeps the cases behind it. Researchers and those "
        "who run the system are told that the court answered, and when. The organisation that "
        "entered it takes words out.",
    ),
    Field(
        "What a frozen report is called, and the remark on it",
        Who.FROZEN,
        ("report_snapshot.title", "report_snapshot.remark"),
        "Monitoring organisations alone write them. They stand in no file of the report and are "
        "not covered by its checksum, so that coordinators can take words out.",
    ),
    Field(
        "What somebody searched for, and searches they keep",
        Who.SELF,
        ("saved_search.code", "saved_search.name", "saved_search.query"),
        "Nobody of the same organisation either.",
    ),
    Field(
        "Names of imported files",
        Who.TAKEN_AWAY,
        ("import_batch.source", "import_batch.mapping"),
    ),
    Field(
        "How an import knows its rows again, and what it counted",
        Who.NOBODY,
        ("external_key.key", "external_key.source", "import_batch.summary"),
    ),
    Field("Attached files: where they are kept", Who.NOBODY, ("attachment.storage_key",)),
    Field(
        "What the program keeps for itself",
        Who.NOBODY,
        (
            "audit.subject", "audit.detail", "job.key", "job.error", "submission.result",
            "user.password_hash", "report_cache.payload",
        ),
    ),
)  # fmt: skip

CLOSED = "a word of a closed list, no text that somebody writes"
PUBLIC = "public reference data, loaded from a table that is published with the program"
CHECKSUM = "a checksum"
DERIVED = "derived from codes alone"

EXEMPT: Mapping[str, str] = MappingProxyType(
    {
        "checklist_version.name": PUBLIC,
        "checklist_version.sha256": CHECKSUM,
        "job.kind": CLOSED,
        **dict.fromkeys(
            (
                "jurisdiction.code", "jurisdiction.name_en", "jurisdiction.name_km",
                "jurisdiction.time_zone", "jurisdiction.languages", "jurisdiction.procedure_name",
                "procedure_version.name", "procedure_version.sha256", "procedure_version.text",
                "institution.code", "institution.name_en", "institution.name_km",
                "institution.region", "institution.remark", "institution_alias.text",
                "institution_alias.key", "institution_territory.source",
                "offence.code", "offence.law", "offence.article", "offence.offence_class",
                "offence.category", "offence.iccs", "offence.name_en", "offence.name_km",
                "offence.remark", "question.code", "question.part", "question.text_en",
                "question.text_km", "question.answer_type", "question.settings",
                "reason.purpose", "reason.code", "reason.group_code", "reason.group_name_en",
                "reason.group_name_km", "reason.name_en", "reason.name_km",
                "reason.definition_en", "reason.definition_km", "reason.source_map",
                "reference_total.source", "reference_total.stage", "reference_total.unit",
                "reference_total.remark",
            ),
            PUBLIC,
        ),
        "reason.lawful": "whether a reason is a ground in law: shown by `Sight.lawful_marks`",
        "saved_search.filters": "codes that its owner chose; shown with the search, to its owner",
        "saved_search.seen": "keys of cases, kept for the owner of the search",
        "saved_search.looked_as": "audiences of its owner",
        "court_inquiry.public_code": "the code of a question to a court; it leads to no case",
        "court_inquiry.decision": CLOSED,
        "court_inquiry.marks": CLOSED,
        "court_inquiry.filters": "codes that say what was counted",
        "court_reply.language": CLOSED,
        "indexed_document.digest": CHECKSUM,
        "indexed_document.audience": CLOSED,
        **dict.fromkeys(
            (
                "report_snapshot.report", "report_snapshot.scope", "report_snapshot.unit",
                "report_snapshot.language", "report_snapshot.audience",
                "report_snapshot.withheld", "report_snapshot.software",
            ),
            CLOSED,
        ),
        "report_snapshot.checksum": CHECKSUM,
        "report_snapshot.code": "the identifier; it opens the report to its audience alone "
        "(`frozen_rights.opens_frozen`)",
        **dict.fromkeys(
            ("report_snapshot.filters", "report_snapshot.options"),
            "codes that are on record, as the address of the report has them; shown with it",
        ),
        "report_snapshot.figures": "numbers by keys, which name nobody; shown to the audience of "
        "the frozen report (`frozen_rights.opens_frozen`)",
        "reference_past.table_name": CLOSED,
        "reference_past.was": "earlier words of reference data; read by reports, which name no "
        "organisation",
        **dict.fromkeys(
            (
                "user.language", "revision.kind", "case_grant.scope", "case_number.issuer_kind",
                "charge.exploitation", "victim.exploitation", "person.citizenship",
                "saved_search.sort",
                "victim.citizenship", "person_name.script", "note.subject_kind", "note.language",
                "attachment.media_type", "correction.subject", "correction.kind",
                "redaction.table_name", "redaction.column_name", "redaction.reason",
                "hearing.kind", "hearing.scheduled_time", "assignment.status", "event.step",
                "event.time", "event.entry_stage", "event.mode", "event_account.disposition",
                "event_target.disposition", "sentence.kind", "sentence.currency",
                "external_key.kind", "audit.action", "case.installation",
            ),
            CLOSED,
        ),
        **dict.fromkeys(
            (
                "attachment.sha256", "import_batch.mapping_sha256", "import_batch.source_sha256",
                "external_key.row_sha256", "submission.payload_sha256", "session.token_sha256",
                "sign_in_attempt.name_sha256", "report_cache.key",
            ),
            CHECKSUM,
        ),
        "session.csrf_token": "sent to the browser whose session it belongs to, and to no other",
        "submission.uuid": "made by the browser that sends it",
        **dict.fromkeys(
            (
                "hearing_fact.share_level", "hearing_fact.kind", "hearing_fact.status",
                "prosecution_fact.share_level", "prosecution_fact.stage", "prosecution_fact.phase",
                "prosecution_fact.custody", "prosecution_fact.custody_at_charge",
                "prosecution_fact.outcome",
                "prosecution_fact.disposition", "prosecution_fact.ended_by",
                "prosecution_fact.entry_stage", "prosecution_fact.furthest_stage",
                "prosecution_fact.inexact", "prosecution_fact.packed",
                "prosecution_fact.exploitation",
                "prosecution_fact.sex", "prosecution_fact.age_band", "prosecution_fact.official",
                "charge_fact.share_level", "charge_fact.kind", "charge_fact.exploitation",
                "charge_fact.stage", "charge_fact.disposition", "clock.time_limit", "clock.ended",
                "clock.why",
            ),
            DERIVED,
        ),
    }
)  # fmt: skip
"""Columns that hold text and that no reader is kept from: why."""

WITHOUT_TEXT: tuple[tuple[str, str], ...] = (
    (
        "Reasons that the decision states, of settlement, threat and integrity (ST, TI), and that "
        "it gives none or could not be read (UN1, UN2)",
        "Monitoring organisations, as far as they see the case. Neither the ministry nor "
        "researchers, at the level of a case. All these look alike to them, as if no reason was "
        "recorded: forms ask for a reason or for UN1, so that nothing at all would tell the "
        "allegation. Where the main reason is kept back, the others are.",
    ),
    (
        "Reasons that a monitor assessed",
        "The organisation that assessed it, of a case that it keeps or reads in full. Nobody else.",
    ),
    (
        "Entries and hearings that were taken back, and what they said",
        "The organisation that keeps the case, and those that read it in full.",
    ),
    (
        "To whom a case is opened, and who asked for it",
        "The organisation that keeps the case.",
    ),
    (
        "That two cases are not the same",
        "The organisations of both cases.",
    ),
    (
        "Sex, age band and citizenship of accused and victims, offences, stages, days, courts",
        "Whoever sees the case.",
    ),
)
"""What is no text: (what, who reads it). Held by comparing with a record in which it is not."""


def decided() -> dict[str, Field]:
    """Return the field of each column, by `table.column`."""
    return {column: field for field in FIELDS for column in field.columns}


__all__ = [
    "COLUMNS", "EXEMPT", "FIELDS", "WITHOUT_TEXT", "WORDS", "Field", "Who", "decided",
]  # fmt: skip
