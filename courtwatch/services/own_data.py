"""All that an organisation entered, as one ZIP of CSV files: it is theirs, and they may leave.

Each file is one kind of record, with codes instead of our keys, so that the files can be joined
on `case`, `prosecution`, `charge`, `event` and `hearing`. Rows of other organisations' cases are
there where this organisation entered them. Names and notes are included: the file is for the
organisation alone.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, aliased

from courtwatch.exchange.formulas import safe_row
from courtwatch.models import (
    Case,
    CaseNumber,
    Charge,
    Coverage,
    Event,
    EventAccount,
    EventTarget,
    Hearing,
    HearingProsecution,
    Institution,
    Jurisdiction,
    Note,
    Offence,
    Person,
    PersonName,
    Prosecution,
    ProsecutionCase,
    Reason,
    ReasonAssessed,
    ReasonStated,
    Sentence,
    Victim,
)

CHUNK = 1000


@dataclass(frozen=True)
class File:
    """One file of the archive: what it holds, and the query whose columns are its columns."""

    name: str
    about: str
    query: Any


def files(organisation_id: int) -> tuple[File, ...]:
    """Return the files of an organisation's archive."""
    own = Case.owner_id == organisation_id
    return (
        *_case_files(own),
        *_event_files(own, organisation_id),
        *_hearing_files(own, organisation_id),
        File("coverage", "Courts that the organisation watches.", _coverage(organisation_id)),
    )


def _members(*columns: Any) -> Any:
    return (
        select(*columns)
        .select_from(Prosecution)
        .join(ProsecutionCase, ProsecutionCase.prosecution_id == Prosecution.id)
        .join(Case, Case.id == ProsecutionCase.case_id)
        .join(Person, Person.id == Prosecution.person_id)
    )


def _case_files(own: Any) -> Iterator[File]:
    current = ProsecutionCase.rev_to.is_(None)
    yield File(
        "cases",
        "Cases that the organisation keeps.",
        select(
            Case.public_code.label("case"),
            Jurisdiction.code.label("jurisdiction"),
            Institution.code.label("court"),
            Case.share_level,
            Case.installation,
        )
        .join(Jurisdiction, Jurisdiction.id == Case.jurisdiction_id)
        .outerjoin(Institution, Institution.id == Case.court_id)
        .where(own)
        .order_by(Case.id),
    )
    yield File(
        "case_numbers",
        "Numbers given by police, prosecutor, investigating judge or court.",
        select(
            Case.public_code.label("case"),
            CaseNumber.issuer_kind.label("given_by"),
            CaseNumber.as_given.label("number"),
        )
        .join(Case, Case.id == CaseNumber.case_id)
        .where(own, CaseNumber.rev_to.is_(None))
        .order_by(CaseNumber.id),
    )
    yield File(
        "accused",
        "One row for each accused in a case (a prosecution).",
        _members(
            Case.public_code.label("case"),
            Prosecution.public_code.label("prosecution"),
            Person.pseudonym,
            Person.sex,
            Person.age_band,
            Person.citizenship,
            Person.official,
            Person.related_to_child_victim,
            Prosecution.registered_on,
            Prosecution.entry_date,
        )
        .where(own, current)
        .order_by(Prosecution.id),
    )
    yield File(
        "names",
        "Names of the accused, one row for each script.",
        _members(
            Prosecution.public_code.label("prosecution"),
            PersonName.script,
            PersonName.text.label("name"),
        )
        .join(PersonName, PersonName.person_id == Person.id)
        .where(own, current, PersonName.rev_to.is_(None))
        .order_by(PersonName.id),
    )
    parent = aliased(Charge)
    yield File(
        "charges",
        "Charges; `voided` was taken back by a correction.",
        _members(
            Prosecution.public_code.label("prosecution"),
            Charge.id.label("charge"),
            Charge.kind,
            Offence.code.label("offence"),
            Charge.as_given,
            Charge.exploitation,
            parent.id.label("instead_of"),
            Charge.voided,
        )
        .join(Charge, Charge.prosecution_id == Prosecution.id)
        .outerjoin(Offence, Offence.id == Charge.offence_id)
        .outerjoin(parent, parent.id == Charge.parent_id)
        .where(own, current)
        .order_by(Charge.id),
    )
    yield File(
        "victims",
        "Victims by pseudonym. No name is kept anywhere.",
        select(
            Case.public_code.label("case"),
            Victim.pseudonym,
            Victim.sex,
            Victim.age_band,
            Victim.citizenship,
            Victim.exploitation,
            Victim.civil_party,
            Victim.withdrawn,
        )
        .join(Case, Case.id == Victim.case_id)
        .where(own)
        .order_by(Victim.id),
    )


def _event_files(own: Any, organisation_id: int) -> Iterator[File]:
    entered = or_(own, Event.organisation_id == organisation_id)
    # Of other organisations' entries in one's own case the event is common, the source is theirs.
    mine = EventAccount.organisation_id == organisation_id
    yield File(
        "events",
        "Steps that happened, corrected ones included. `changed`: the row was replaced or voided.",
        select(
            Case.public_code.label("case"),
            Event.id.label("event"),
            Event.step,
            Institution.code.label("institution"),
            Event.occurred_from,
            Event.occurred_to,
            Event.precision,
            Event.time,
            Event.entry_stage,
            Event.mode,
            Event.status,
            Event.void_reason,
            Event.replaces_id.label("replaces"),
            Event.rev_to.is_not(None).label("changed"),
        )
        .join(Case, Case.id == Event.case_id)
        .outerjoin(Institution, Institution.id == Event.institution_id)
        .where(entered)
        .order_by(Event.id),
    )
    yield File(
        "event_charges",
        "What each event did to which charge.",
        _targets(
            EventTarget.disposition,
            Offence.code.label("to_offence"),
            EventTarget.new.label("filed"),
        )
        .outerjoin(Offence, Offence.id == EventTarget.to_offence_id)
        .where(entered)
        .order_by(EventTarget.id),
    )
    yield File(
        "sources",
        "Who told the organisation of each event.",
        select(
            EventAccount.event_id.label("event"),
            EventAccount.source,
            EventAccount.reliability,
            EventAccount.occurred_from,
            EventAccount.occurred_to,
            EventAccount.precision,
        )
        .where(mine, EventAccount.rev_to.is_(None))
        .order_by(EventAccount.id),
    )
    yield File(
        "reasons_stated",
        "Reasons that decisions stated.",
        _targets(Reason.code.label("reason"), ReasonStated.primary)
        .join(ReasonStated, ReasonStated.target_id == EventTarget.id)
        .join(Reason, Reason.id == ReasonStated.reason_id)
        .where(entered, ReasonStated.rev_to.is_(None))
        .order_by(ReasonStated.id),
    )
    yield File(
        "reasons_assessed",
        "Reasons that the organisation concluded.",
        _targets(Reason.code.label("reason"), ReasonAssessed.confidence)
        .join(ReasonAssessed, ReasonAssessed.target_id == EventTarget.id)
        .join(Reason, Reason.id == ReasonAssessed.reason_id)
        .where(ReasonAssessed.organisation_id == organisation_id, ReasonAssessed.rev_to.is_(None))
        .order_by(ReasonAssessed.id),
    )
    yield File(
        "sentences",
        "Sentences and compensation; lengths in days.",
        _targets(
            Sentence.kind,
            Sentence.length_days,
            Sentence.length_as_given,
            Sentence.suspended_days,
            Sentence.fine_amount,
            Sentence.compensation_awarded,
            Sentence.compensation_paid,
            Sentence.currency,
        )
        .join(Sentence, Sentence.target_id == EventTarget.id)
        .where(entered, Sentence.rev_to.is_(None))
        .order_by(Sentence.id),
    )


def _targets(*columns: Any) -> Any:
    return (
        select(
            Event.id.label("event"),
            Prosecution.public_code.label("prosecution"),
            EventTarget.charge_id.label("charge"),
            *columns,
        )
        .select_from(EventTarget)
        .join(Event, Event.id == EventTarget.event_id)
        .join(Case, Case.id == Event.case_id)
        .join(Prosecution, Prosecution.id == EventTarget.prosecution_id)
    )


def _hearing_files(own: Any, organisation_id: int) -> Iterator[File]:
    entered = or_(own, Hearing.organisation_id == organisation_id)
    yield File(
        "hearings",
        "Hearings; `voided` was taken back by a correction.",
        select(
            Case.public_code.label("case"),
            Hearing.public_code.label("hearing"),
            Institution.code.label("court"),
            Hearing.kind,
            Hearing.scheduled_on,
            Hearing.scheduled_time,
            Hearing.status,
            Reason.code.label("adjournment_reason"),
            Hearing.next_on,
            Hearing.voided,
            Hearing.void_reason,
        )
        .join(Case, Case.id == Hearing.case_id)
        .outerjoin(Institution, Institution.id == Hearing.institution_id)
        .outerjoin(Reason, Reason.id == Hearing.adjournment_reason_id)
        .where(entered)
        .order_by(Hearing.id),
    )
    yield File(
        "hearing_accused",
        "Who was at each hearing.",
        select(
            Hearing.public_code.label("hearing"),
            Prosecution.public_code.label("prosecution"),
            HearingProsecution.presence,
        )
        .select_from(HearingProsecution)
        .join(Hearing, Hearing.id == HearingProsecution.hearing_id)
        .join(Case, Case.id == Hearing.case_id)
        .join(Prosecution, Prosecution.id == HearingProsecution.prosecution_id)
        .where(entered, HearingProsecution.rev_to.is_(None))
        .order_by(HearingProsecution.id),
    )
    yield File(
        "notes",
        "What the organisation wrote. `subject` and `subject_id` name what it is about.",
        select(
            Case.public_code.label("case"),
            Note.subject_kind.label("subject"),
            Note.subject_id,
            Note.tier,
            Note.language,
            Note.text,
            Note.redacted,
        )
        .join(Case, Case.id == Note.case_id)
        .where(and_(Note.organisation_id == organisation_id, Note.rev_to.is_(None)))
        .order_by(Note.id),
    )


def _coverage(organisation_id: int) -> Any:
    return (
        select(
            Institution.code.label("court"),
            Offence.code.label("offence"),
            Coverage.period_from,
            Coverage.period_to,
            Coverage.contact,
            Coverage.remark,
        )
        .join(Institution, Institution.id == Coverage.institution_id)
        .outerjoin(Offence, Offence.id == Coverage.offence_id)
        .where(Coverage.organisation_id == organisation_id)
        .order_by(Coverage.id)
    )


def write_archive(
    session: Session, organisation_id: int, target: IO[bytes], notice: str
) -> dict[str, int]:
    """Write the archive to `target`; returns the rows of each file.

    `notice` (organisation, day, whether the data are invented) opens the file `READ_ME.txt`.
    """
    counts: dict[str, int] = {}
    made = files(organisation_id)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in made:
            with archive.open(f"{file.name}.csv", "w", force_zip64=True) as raw:
                counts[file.name] = _write(session, file.query, raw)
        lines = [f"{file.name}.csv ({counts[file.name]} rows): {file.about}" for file in made]
        archive.writestr("READ_ME.txt", "\n".join([notice, "", *lines, ""]))
    return counts


def _write(session: Session, query: Any, raw: IO[bytes]) -> int:
    result = session.execute(query, execution_options={"yield_per": CHUNK})
    written = 0
    # The mark makes spreadsheets read Khmer.
    raw.write("\ufeff".encode() + _lines([tuple(result.keys())]))
    for chunk in result.partitions():
        raw.write(_lines(chunk))
        written += len(chunk)
    return written


def _lines(rows: Sequence[Any]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(safe_row(row) for row in rows)
    return text.getvalue().encode()
