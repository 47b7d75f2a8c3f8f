"""All that an organisation entered, as CSV files: one per table, with codes instead of keys.

Everything is written, also what was voided or closed since (`valid_from`, `valid_to` name the
revisions), and nothing of other organisations: an event of a shared case appears only if this
organisation recorded it or told of it.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, or_, select
from sqlalchemy.orm import aliased

from courtwatch.exchange.errors import ExchangeError
from courtwatch.exchange.formulas import safe_row
from courtwatch.models import (
    Answer,
    Attachment,
    Case,
    CaseGrant,
    CaseNumber,
    Charge,
    Coverage,
    Event,
    EventAccount,
    EventTarget,
    Hearing,
    HearingProsecution,
    ImportBatch,
    Institution,
    Jurisdiction,
    Note,
    Observation,
    Offence,
    Organisation,
    Person,
    PersonName,
    Prosecution,
    ProsecutionCase,
    Question,
    Reason,
    ReasonAssessed,
    ReasonStated,
    Revision,
    Sentence,
    User,
    Victim,
)


class ExportRefused(ExchangeError):
    """The export cannot be written where it was asked for."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file of the export."""

    name: str
    about: str
    query: Any


_FILED_OFFENCE = aliased(Offence)
_TO_OFFENCE = aliased(Offence)
_ADJOURNED = aliased(Reason)


def _valid(model: Any) -> list[ColumnElement[Any]]:
    columns = [model.rev_from.label("valid_from")]
    if hasattr(model, "rev_to"):
        columns.append(model.rev_to.label("valid_to"))
    return columns


def sheets(organisation_id: int) -> list[Sheet]:
    """Return the files of an organisation's export."""
    return [*_cases(organisation_id), *_events(organisation_id), *_hearings(organisation_id)]


def _cases(owner: int) -> list[Sheet]:
    mine = Case.owner_id == owner
    of_case = select(
        Case.public_code.label("case"), Prosecution.public_code.label("prosecution")
    ).select_from(ProsecutionCase)
    of_case = of_case.join(Case, Case.id == ProsecutionCase.case_id).join(
        Prosecution, Prosecution.id == ProsecutionCase.prosecution_id
    )
    return [
        Sheet(
            "cases", "The cases that the organisation opened.",
            select(
                Case.public_code.label("case"), Jurisdiction.code.label("jurisdiction"),
                Institution.code.label("court"), Case.share_level, *_valid(Case),
            )
            .join(Jurisdiction, Jurisdiction.id == Case.jurisdiction_id)
            .outerjoin(Institution, Institution.id == Case.court_id)
            .where(mine).order_by(Case.id),
        ),
        Sheet(
            "case_numbers", "Numbers of these cases, as given.",
            select(
                Case.public_code.label("case"), CaseNumber.issuer_kind, CaseNumber.as_given,
                *_valid(CaseNumber),
            )
            .join(Case, Case.id == CaseNumber.case_id).where(mine).order_by(CaseNumber.id),
        ),
        Sheet(
            "case_grants", "To whom these cases were opened.",
            select(
                Case.public_code.label("case"), Organisation.code.label("organisation"),
                CaseGrant.scope, *_valid(CaseGrant),
            )
            .join(Case, Case.id == CaseGrant.case_id)
            .join(Organisation, Organisation.id == CaseGrant.grantee_id)
            .where(mine).order_by(CaseGrant.id),
        ),
        Sheet(
            "accused", "The accused in these cases: one line is one prosecution.",
            of_case.add_columns(
                Person.pseudonym, Person.sex, Person.age_band, Person.citizenship,
                Person.official, Person.related_to_child_victim, Prosecution.registered_on,
                Prosecution.entry_date, *_valid(ProsecutionCase),
            )
            .join(Person, Person.id == Prosecution.person_id)
            .where(mine).order_by(ProsecutionCase.id),
        ),
        Sheet(
            "names", "Names of the accused. Handle with care.",
            of_case.add_columns(PersonName.script, PersonName.text, *_valid(PersonName))
            .join(PersonName, PersonName.person_id == Prosecution.person_id)
            .where(mine).order_by(PersonName.id),
        ),
        Sheet(
            "charges", "Charges against them; `charge` is the key used in event_targets.csv.",
            of_case.add_columns(
                Charge.id.label("charge"), Charge.kind, _FILED_OFFENCE.code.label("offence"),
                Charge.as_given, Charge.exploitation, Charge.parent_id.label("parent"),
                Charge.rank, Charge.voided, Charge.rev_from.label("charge_valid_from"),
            )
            .join(Charge, Charge.prosecution_id == Prosecution.id)
            .outerjoin(_FILED_OFFENCE, _FILED_OFFENCE.id == Charge.offence_id)
            .where(mine).order_by(Charge.id),
        ),
        Sheet(
            "victims", "Victims in these cases, by pseudonym.",
            select(
                Case.public_code.label("case"), Victim.pseudonym, Victim.sex, Victim.age_band,
                Victim.citizenship, Victim.exploitation, Victim.civil_party, Victim.withdrawn,
                *_valid(Victim),
            )
            .join(Case, Case.id == Victim.case_id).where(mine).order_by(Victim.id),
        ),
        Sheet(
            "coverage", "Which courts the organisation watches.",
            select(
                Institution.code.label("court"), Offence.code.label("offence"),
                Coverage.period_from, Coverage.period_to, Coverage.contact, Coverage.remark,
            )
            .join(Institution, Institution.id == Coverage.institution_id)
            .outerjoin(Offence, Offence.id == Coverage.offence_id)
            .where(Coverage.organisation_id == owner).order_by(Coverage.id),
        ),
        Sheet(
            "import_batches", "Imports in the organisation's name.",
            select(
                ImportBatch.id.label("batch"), ImportBatch.mapping, ImportBatch.mapping_sha256,
                ImportBatch.source, ImportBatch.source_sha256, ImportBatch.status,
                ImportBatch.started_at, ImportBatch.finished_at,
            )
            .where(ImportBatch.organisation_id == owner).order_by(ImportBatch.id),
        ),
    ]  # fmt: skip


def _events(owner: int) -> list[Sheet]:
    told = select(EventAccount.event_id).where(EventAccount.organisation_id == owner)
    mine = or_(Event.organisation_id == owner, Event.id.in_(told))
    targets = (
        select(
            EventTarget.event_id.label("event"), EventTarget.id.label("target"),
            Prosecution.public_code.label("prosecution"), EventTarget.charge_id.label("charge"),
        )
        .join(Event, Event.id == EventTarget.event_id)
        .join(Prosecution, Prosecution.id == EventTarget.prosecution_id)
    )  # fmt: skip
    return [
        Sheet(
            "events", "Steps that the organisation recorded or told of, voided ones too.",
            select(
                Event.id.label("event"), Case.public_code.label("case"), Event.step,
                Institution.code.label("institution"), Event.occurred_from, Event.occurred_to,
                Event.precision, Event.time, Event.sequence, Event.entry_stage, Event.mode,
                Event.status, Event.void_reason, Event.replaces_id.label("replaces"),
                *_valid(Event),
            )
            .join(Case, Case.id == Event.case_id)
            .outerjoin(Institution, Institution.id == Event.institution_id)
            .where(mine).order_by(Event.id),
        ),
        Sheet(
            "event_targets", "What these steps did to which charge.",
            targets.add_columns(
                EventTarget.disposition, _TO_OFFENCE.code.label("to_offence"),
                EventTarget.new.label("files_charge"),
            )
            .outerjoin(_TO_OFFENCE, _TO_OFFENCE.id == EventTarget.to_offence_id)
            .where(mine).order_by(EventTarget.id),
        ),
        Sheet(
            "event_accounts", "What the organisation told of events, and from what source.",
            select(
                EventAccount.event_id.label("event"), User.name.label("user"),
                EventAccount.source, EventAccount.reliability, EventAccount.occurred_from,
                EventAccount.occurred_to, EventAccount.precision, EventAccount.disposition,
                *_valid(EventAccount),
            )
            .outerjoin(User, User.id == EventAccount.user_id)
            .where(EventAccount.organisation_id == owner).order_by(EventAccount.id),
        ),
        Sheet(
            "reasons_stated", "Reasons that decisions state.",
            targets.add_columns(
                Reason.code.label("reason"), ReasonStated.primary, *_valid(ReasonStated)
            )
            .join(ReasonStated, ReasonStated.target_id == EventTarget.id)
            .join(Reason, Reason.id == ReasonStated.reason_id)
            .where(mine).order_by(ReasonStated.id),
        ),
        Sheet(
            "reasons_assessed", "Reasons that the organisation concludes.",
            targets.add_columns(
                Reason.code.label("reason"), ReasonAssessed.confidence, *_valid(ReasonAssessed)
            )
            .join(ReasonAssessed, ReasonAssessed.target_id == EventTarget.id)
            .join(Reason, Reason.id == ReasonAssessed.reason_id)
            .where(ReasonAssessed.organisation_id == owner).order_by(ReasonAssessed.id),
        ),
        Sheet(
            "sentences", "Sentences and compensation.",
            targets.add_columns(
                Sentence.kind, Sentence.length_days, Sentence.length_as_given,
                Sentence.suspended_days, Sentence.fine_amount, Sentence.compensation_awarded,
                Sentence.compensation_paid, Sentence.currency, *_valid(Sentence),
            )
            .join(Sentence, Sentence.target_id == EventTarget.id)
            .where(mine).order_by(Sentence.id),
        ),
    ]  # fmt: skip


def _hearings(owner: int) -> list[Sheet]:
    observed = select(Observation.hearing_id).where(Observation.organisation_id == owner)
    mine = or_(Hearing.organisation_id == owner, Hearing.id.in_(observed))
    return [
        Sheet(
            "hearings", "Hearings that the organisation recorded or observed.",
            select(
                Hearing.public_code.label("hearing"), Case.public_code.label("case"),
                Institution.code.label("institution"), Hearing.kind, Hearing.scheduled_on,
                Hearing.scheduled_time, Hearing.status,
                _ADJOURNED.code.label("adjournment_reason"), Hearing.next_on, Hearing.voided,
                Hearing.void_reason, *_valid(Hearing),
            )
            .join(Case, Case.id == Hearing.case_id)
            .outerjoin(Institution, Institution.id == Hearing.institution_id)
            .outerjoin(_ADJOURNED, _ADJOURNED.id == Hearing.adjournment_reason_id)
            .where(mine).order_by(Hearing.id),
        ),
        Sheet(
            "hearing_prosecutions", "Who was dealt with there.",
            select(
                Hearing.public_code.label("hearing"),
                Prosecution.public_code.label("prosecution"), HearingProsecution.presence,
                *_valid(HearingProsecution),
            )
            .join(Hearing, Hearing.id == HearingProsecution.hearing_id)
            .join(Prosecution, Prosecution.id == HearingProsecution.prosecution_id)
            .where(mine).order_by(HearingProsecution.id),
        ),
        Sheet(
            "observations", "Observations of the organisation's monitors.",
            select(
                Observation.public_code.label("observation"),
                Hearing.public_code.label("hearing"), User.name.label("user"),
                *_valid(Observation),
            )
            .join(Hearing, Hearing.id == Observation.hearing_id)
            .outerjoin(User, User.id == Observation.user_id)
            .where(Observation.organisation_id == owner).order_by(Observation.id),
        ),
        Sheet(
            "answers", "Answers of these observations.",
            select(
                Observation.public_code.label("observation"), Question.code.label("question"),
                Prosecution.public_code.label("prosecution"), Answer.value, Answer.note,
                *_valid(Answer),
            )
            .join(Observation, Observation.id == Answer.observation_id)
            .join(Question, Question.id == Answer.question_id)
            .outerjoin(Prosecution, Prosecution.id == Answer.prosecution_id)
            .where(Observation.organisation_id == owner).order_by(Answer.id),
        ),
        Sheet(
            "notes", "Notes that the organisation wrote.",
            select(
                Case.public_code.label("case"), Note.subject_kind, Note.subject_id, Note.tier,
                Note.language, Note.text, Note.redacted, User.name.label("user"), *_valid(Note),
            )
            .join(Case, Case.id == Note.case_id).outerjoin(User, User.id == Note.user_id)
            .where(Note.organisation_id == owner).order_by(Note.id),
        ),
        Sheet(
            "attachments", "Files that the organisation attached (the list; not the files).",
            select(
                Case.public_code.label("case"), Attachment.tier, Attachment.sha256,
                Attachment.media_type, Attachment.size, *_valid(Attachment),
            )
            .join(Case, Case.id == Attachment.case_id)
            .where(Attachment.organisation_id == owner).order_by(Attachment.id),
        ),
        Sheet(
            "revisions", "When and by whom the organisation wrote; valid_from names these.",
            select(
                Revision.id.label("revision"), Revision.at, User.name.label("user"),
                Revision.kind,
            )
            .outerjoin(User, User.id == Revision.user_id)
            .where(Revision.organisation_id == owner).order_by(Revision.id),
        ),
    ]  # fmt: skip


def export_organisation(
    connection: Connection,
    code: str,
    directory: Path,
    progress: Callable[[int], None] = lambda done: None,
    now: datetime | None = None,
) -> dict[str, int]:
    """Write all that organisation `code` entered to a new directory; returns rows per file.

    Raises ExportRefused for an unknown organisation or a directory that is there already. The
    directory appears when it is complete.
    """
    organisation = connection.execute(
        select(Organisation.id, Organisation.name_en).where(Organisation.code == code)
    ).first()
    if organisation is None:
        known = connection.execute(select(Organisation.code).order_by(Organisation.code)).scalars()
        raise ExportRefused(f"There is no organisation '{code}'. There is: {', '.join(known)}.")
    if directory.exists():
        raise ExportRefused(f"{directory} is there already. Name a directory that is not.")
    partial = directory.with_name(f".{directory.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True, mode=0o700)
    try:
        files = sheets(organisation.id)
        counts: dict[str, int] = {}
        for sheet in files:
            counts[sheet.name] = _write(connection, sheet, partial / f"{sheet.name}.csv")
            progress(1)
        moment = now or datetime.now(UTC)
        readme = _readme(organisation.name_en, code, files, counts, moment)
        (partial / "README.txt").write_text(readme, encoding="utf-8")
        partial.rename(directory)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return counts


def _write(connection: Connection, sheet: Sheet, path: Path) -> int:
    result = connection.execution_options(yield_per=2_000).execute(sheet.query)
    rows = 0
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(result.keys())
        for row in result:
            writer.writerow(safe_row(row))
            rows += 1
    return rows


def _readme(
    name: str, code: str, files: list[Sheet], counts: dict[str, int], moment: datetime
) -> str:
    lines = [
        f"Everything that {name} ({code}) entered in Courtwatch",
        f"Written {moment:%Y-%m-%d %H:%M} UTC. UTF-8, comma, ISO dates, nothing localised.",
        "Text that a spreadsheet would run as a formula has an apostrophe in front.",
        "valid_from and valid_to are revisions (revisions.csv): a row without valid_to holds.",
        "It holds names and notes: keep it as you keep your files.",
        "",
    ]
    width = max(len(sheet.name) for sheet in files) + 4
    for sheet in files:
        lines.append(f"{sheet.name + '.csv':<{width}} {counts[sheet.name]:>9,} rows  {sheet.about}")
    return "\n".join(lines) + "\n"
