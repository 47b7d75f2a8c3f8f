"""All that an organisation entered, as sheets: one per table, with codes instead of keys.

What an organisation entered is what its people or its imports wrote, in its own cases and in
those that others share with it: a row version belongs to it if its revision does. Rows of bulk
loads that nobody signed (the demonstration) belong to the organisation they stand for. Everything
is given with its past, also what was voided, closed or changed since: `valid_from` and `valid_to`
name revisions. Nothing that other organisations wrote is in it.
"""

from __future__ import annotations

from sqlalchemy import (
    or_,
    select,
)
from sqlalchemy.orm import aliased

from courtwatch.exchange.sheet_rows import (
    Sheet,
    entered,
    number_of,
    own_prosecutions,
    valid,
    versions,
)
from courtwatch.models import (
    Answer,
    Attachment,
    Case,
    CaseGrant,
    CaseNumber,
    Charge,
    Correction,
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
    ProcedureVersion,
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

_FILED_OFFENCE = aliased(Offence)
_TO_OFFENCE = aliased(Offence)
_ADJOURNED = aliased(Reason)


def sheets(organisation_id: int) -> list[Sheet]:
    """Return the files of an organisation's export."""
    return [
        *_cases(organisation_id),
        *_accused(organisation_id),
        *_events(organisation_id),
        *_hearings(organisation_id),
        *_about_itself(organisation_id),
    ]


def _cases(owner: int) -> list[Sheet]:
    mine = Case.owner_id == owner
    case, victim = versions(Case), versions(Victim)
    return [
        Sheet(
            "cases", "The cases that the organisation keeps, and what it changed in others.",
            select(
                case.public_code.label("case"), Jurisdiction.code.label("jurisdiction"),
                Institution.code.label("court"), case.share_level,
                ProcedureVersion.name.label("procedure"),
                ProcedureVersion.version.label("procedure_version"), *valid(case),
            )
            .join(ProcedureVersion, ProcedureVersion.id == case.procedure_version_id)
            .join(Jurisdiction, Jurisdiction.id == case.jurisdiction_id)
            .outerjoin(Institution, Institution.id == case.court_id)
            .where(or_(case.owner_id == owner, entered(case.rev_from, owner, False)))
            .order_by(case.id, case.rev_from),
        ),
        Sheet(
            "case_numbers", "Numbers given by police, prosecutor, investigating judge or court.",
            select(
                Case.public_code.label("case"), CaseNumber.issuer_kind.label("given_by"),
                CaseNumber.as_given.label("number"), *valid(CaseNumber),
            )
            .join(Case, Case.id == CaseNumber.case_id)
            .where(entered(CaseNumber.rev_from, owner, mine)).order_by(CaseNumber.id),
        ),
        Sheet(
            "case_grants", "To whom the organisation opened cases.",
            select(
                Case.public_code.label("case"), Organisation.code.label("organisation"),
                CaseGrant.scope, *valid(CaseGrant),
            )
            .join(Case, Case.id == CaseGrant.case_id)
            .join(Organisation, Organisation.id == CaseGrant.grantee_id)
            .where(entered(CaseGrant.rev_from, owner, mine)).order_by(CaseGrant.id),
        ),
        Sheet(
            "victims", "Victims by pseudonym. No name is kept anywhere.",
            select(
                Case.public_code.label("case"), victim.pseudonym, victim.sex, victim.age_band,
                victim.citizenship, victim.exploitation, victim.civil_party, victim.withdrawn,
                *valid(victim),
            )
            .join(Case, Case.id == victim.case_id)
            .where(entered(victim.rev_from, owner, mine)).order_by(victim.id, victim.rev_from),
        ),
    ]  # fmt: skip


def _accused(owner: int) -> list[Sheet]:
    person, charge, prosecution = versions(Person), versions(Charge), versions(Prosecution)
    mine = Prosecution.id.in_(own_prosecutions(owner))
    return [
        Sheet(
            "prosecutions", "One accused in one case: the unit that is counted.",
            select(
                prosecution.public_code.label("prosecution"), prosecution.registered_on,
                prosecution.registered_to, prosecution.entry_date, *valid(prosecution),
            )
            .where(entered(
                prosecution.rev_from, owner, prosecution.id.in_(own_prosecutions(owner))
            ))
            .order_by(prosecution.id, prosecution.rev_from),
        ),
        Sheet(
            "case_prosecutions", "Which case a prosecution is in (severance moves it).",
            select(
                Case.public_code.label("case"), Prosecution.public_code.label("prosecution"),
                *valid(ProsecutionCase),
            )
            .select_from(ProsecutionCase)
            .join(Case, Case.id == ProsecutionCase.case_id)
            .join(Prosecution, Prosecution.id == ProsecutionCase.prosecution_id)
            .where(entered(ProsecutionCase.rev_from, owner, Case.owner_id == owner))
            .order_by(ProsecutionCase.id),
        ),
        Sheet(
            "accused", "Who is accused in each prosecution, without the name.",
            select(
                Prosecution.public_code.label("prosecution"), person.pseudonym, person.sex,
                person.age_band, person.citizenship, person.official,
                person.related_to_child_victim, *valid(person),
            )
            .join(Prosecution, Prosecution.person_id == person.id)
            .where(entered(person.rev_from, owner, mine))
            .order_by(Prosecution.id, person.rev_from),
        ),
        Sheet(
            "names", "Names of the accused, one row for each script. Handle with care.",
            select(
                Prosecution.public_code.label("prosecution"), PersonName.script,
                PersonName.text.label("name"), *valid(PersonName),
            )
            .join(Prosecution, Prosecution.person_id == PersonName.person_id)
            .where(entered(PersonName.rev_from, owner, mine)).order_by(PersonName.id),
        ),
        Sheet(
            "charges",
            "Charges; `charge` is the key used in event_targets.csv, `number` the one on pages. "
            "`instead_of`: the allegation on which it was filed or, of kind amended, the charge "
            "whose place it took.",
            select(
                Prosecution.public_code.label("prosecution"), charge.id.label("charge"),
                number_of(charge).label("number"),
                charge.kind, _FILED_OFFENCE.code.label("offence"), charge.as_given,
                charge.exploitation, charge.parent_id.label("instead_of"), charge.rank,
                charge.voided, *valid(charge),
            )
            .join(Prosecution, Prosecution.id == charge.prosecution_id)
            .outerjoin(_FILED_OFFENCE, _FILED_OFFENCE.id == charge.offence_id)
            .where(entered(charge.rev_from, owner, mine)).order_by(charge.id, charge.rev_from),
        ),
    ]  # fmt: skip


def _events(owner: int) -> list[Sheet]:
    told = select(EventAccount.event_id).where(EventAccount.organisation_id == owner)
    mine = or_(Event.organisation_id == owner, Event.id.in_(told))
    recorded = Event.organisation_id == owner
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
                recorded.label("recorded_by_us"), *valid(Event),
            )
            .join(Case, Case.id == Event.case_id)
            .outerjoin(Institution, Institution.id == Event.institution_id)
            .where(mine).order_by(Event.id),
        ),
        Sheet(
            "event_targets", "What these steps did to which charge (`offence`: of that charge).",
            targets.add_columns(
                _FILED_OFFENCE.code.label("offence"), EventTarget.disposition,
                _TO_OFFENCE.code.label("to_offence"), EventTarget.new.label("files_charge"),
            )
            .outerjoin(Charge, Charge.id == EventTarget.charge_id)
            .outerjoin(_FILED_OFFENCE, _FILED_OFFENCE.id == Charge.offence_id)
            .outerjoin(_TO_OFFENCE, _TO_OFFENCE.id == EventTarget.to_offence_id)
            .where(mine).order_by(EventTarget.id),
        ),
        Sheet(
            "corrections",
            "What the organisation put right: the row that was wrong, and what holds (`by`).",
            select(
                Case.public_code.label("case"), Correction.subject,
                Correction.row_id.label("row"), Correction.by_id.label("by"),
                Correction.kind, User.name.label("user"), Correction.revision_id.label("revision"),
            )
            .join(Case, Case.id == Correction.case_id)
            .join(Revision, Revision.id == Correction.revision_id)
            .outerjoin(User, User.id == Revision.user_id)
            .where(Revision.organisation_id == owner).order_by(Correction.id),
        ),
        Sheet(
            "event_accounts", "What the organisation told of events, and from what source.",
            select(
                EventAccount.event_id.label("event"), User.name.label("user"),
                EventAccount.source, EventAccount.reliability, EventAccount.occurred_from,
                EventAccount.occurred_to, EventAccount.precision, EventAccount.disposition,
                *valid(EventAccount),
            )
            .outerjoin(User, User.id == EventAccount.user_id)
            .where(EventAccount.organisation_id == owner).order_by(EventAccount.id),
        ),
        Sheet(
            "reasons_stated", "Reasons that decisions state.",
            targets.add_columns(
                Reason.code.label("reason"), ReasonStated.primary, *valid(ReasonStated)
            )
            .join(ReasonStated, ReasonStated.target_id == EventTarget.id)
            .join(Reason, Reason.id == ReasonStated.reason_id)
            .where(entered(ReasonStated.rev_from, owner, recorded)).order_by(ReasonStated.id),
        ),
        Sheet(
            "reasons_assessed", "Reasons that the organisation concludes.",
            targets.add_columns(
                Reason.code.label("reason"), ReasonAssessed.confidence, *valid(ReasonAssessed)
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
                Sentence.compensation_paid, Sentence.currency, *valid(Sentence),
            )
            .join(Sentence, Sentence.target_id == EventTarget.id)
            .where(entered(Sentence.rev_from, owner, recorded)).order_by(Sentence.id),
        ),
    ]  # fmt: skip


def _hearings(owner: int) -> list[Sheet]:
    hearing, observation, answer = versions(Hearing), versions(Observation), versions(Answer)
    observed = Observation.organisation_id == owner
    return [
        Sheet(
            "hearings", "Hearings that the organisation recorded or changed.",
            select(
                hearing.public_code.label("hearing"), Case.public_code.label("case"),
                Institution.code.label("institution"), hearing.kind, hearing.scheduled_on,
                hearing.scheduled_time, hearing.status,
                _ADJOURNED.code.label("adjournment_reason"), hearing.next_on, hearing.voided,
                hearing.void_reason, *valid(hearing),
            )
            .join(Case, Case.id == hearing.case_id)
            .outerjoin(Institution, Institution.id == hearing.institution_id)
            .outerjoin(_ADJOURNED, _ADJOURNED.id == hearing.adjournment_reason_id)
            .where(entered(hearing.rev_from, owner, hearing.organisation_id == owner))
            .order_by(hearing.id, hearing.rev_from),
        ),
        Sheet(
            "hearing_prosecutions", "Who was dealt with there.",
            select(
                Hearing.public_code.label("hearing"),
                Prosecution.public_code.label("prosecution"), HearingProsecution.presence,
                *valid(HearingProsecution),
            )
            .join(Hearing, Hearing.id == HearingProsecution.hearing_id)
            .join(Prosecution, Prosecution.id == HearingProsecution.prosecution_id)
            .where(entered(HearingProsecution.rev_from, owner, Hearing.organisation_id == owner))
            .order_by(HearingProsecution.id),
        ),
        Sheet(
            "observations", "Observations of the organisation's monitors.",
            select(
                observation.public_code.label("observation"),
                Hearing.public_code.label("hearing"), User.name.label("user"),
                *valid(observation),
            )
            .join(Hearing, Hearing.id == observation.hearing_id)
            .outerjoin(User, User.id == observation.user_id)
            .where(entered(observation.rev_from, owner, observation.organisation_id == owner))
            .order_by(observation.id, observation.rev_from),
        ),
        Sheet(
            "answers", "Answers of these observations.",
            select(
                Observation.public_code.label("observation"), Question.code.label("question"),
                Prosecution.public_code.label("prosecution"), answer.value, answer.note,
                *valid(answer),
            )
            .join(Observation, Observation.id == answer.observation_id)
            .join(Question, Question.id == answer.question_id)
            .outerjoin(Prosecution, Prosecution.id == answer.prosecution_id)
            .where(entered(answer.rev_from, owner, observed)).order_by(answer.id, answer.rev_from),
        ),
    ]  # fmt: skip


def _about_itself(owner: int) -> list[Sheet]:
    return [
        Sheet(
            "notes", "Notes that the organisation wrote.",
            select(
                Case.public_code.label("case"), Note.subject_kind, Note.subject_id, Note.tier,
                Note.language, Note.text, Note.redacted, User.name.label("user"), *valid(Note),
            )
            .join(Case, Case.id == Note.case_id).outerjoin(User, User.id == Note.user_id)
            .where(Note.organisation_id == owner).order_by(Note.id),
        ),
        Sheet(
            "attachments", "Files that the organisation attached (the list; not the files).",
            select(
                Case.public_code.label("case"), Attachment.tier, Attachment.sha256,
                Attachment.media_type, Attachment.size, *valid(Attachment),
            )
            .join(Case, Case.id == Attachment.case_id)
            .where(Attachment.organisation_id == owner).order_by(Attachment.id),
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
        Sheet(
            "revisions", "When and by whom the organisation wrote, and loads that nobody signed.",
            select(
                Revision.id.label("revision"), Revision.at, User.name.label("user"),
                Revision.kind,
            )
            .outerjoin(User, User.id == Revision.user_id)
            .where(or_(Revision.organisation_id == owner, Revision.organisation_id.is_(None)))
            .order_by(Revision.id),
        ),
    ]  # fmt: skip
