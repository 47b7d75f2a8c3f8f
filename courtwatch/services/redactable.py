"""Which columns hold words that somebody typed, whose they are, and who may read them.

Everything else carries codes. `services.redaction` takes words out of these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from courtwatch.models import (
    Answer,
    Case,
    CaseNumber,
    Charge,
    CourtReply,
    Coverage,
    Event,
    EventTarget,
    Hearing,
    Note,
    Observation,
    Person,
    PersonName,
    Prosecution,
    ProsecutionCase,
    ReportSnapshot,
    Revision,
    Sentence,
    Victim,
)
from courtwatch.models.vocabulary import AgeBand
from courtwatch.security.visibility import Sight
from courtwatch.services.entry_rows import chain_of
from courtwatch.services.messages import _
from courtwatch.services.people import stored_name_key


@dataclass(frozen=True)
class Redactable:
    """One column that holds words: whose case it is, who reads it, what is derived from it.

    `keys`: (column, how it follows from what is left). `flag`: the column that says that words are
    gone. `siblings`: the column that the closed rows share that this row took the place of.
    `copies`: the rows that a correction copied this one from or to, which say the same words.
    `outside`: the row belongs to an organisation and to no case; nobody else takes words out.
    """

    model: Any
    column: str
    title: Any
    cases: Callable[[Session, Any], Sequence[int]]
    reads: Callable[[Session, Sight, Any, Case], bool]
    writer: Callable[[Session, Any], int | None]
    keys: tuple[tuple[str, Callable[[str], str]], ...] = ()
    flag: str | None = None
    siblings: str | None = None
    copies: Callable[[Session, Any], Sequence[int]] | None = None
    outside: bool = False

    @property
    def table(self) -> Table:
        """Return the table of the rows."""
        table: Table = self.model.__table__
        return table


def _no_case(session: Session, row: Any) -> Sequence[int]:
    return ()


def _case_of(session: Session, row: Any) -> Sequence[int]:
    return (row.case_id,)


def _cases_of_prosecutions(session: Session, prosecution_ids: Sequence[int]) -> Sequence[int]:
    """Return the cases of prosecutions, those that hold first."""
    query = (
        select(ProsecutionCase.case_id)
        .where(ProsecutionCase.prosecution_id.in_(prosecution_ids))
        .order_by(ProsecutionCase.rev_to.is_not(None), ProsecutionCase.id.desc())
    )
    return tuple(dict.fromkeys(session.scalars(query)))


def _cases_of_name(session: Session, row: PersonName) -> Sequence[int]:
    ids = session.scalars(select(Prosecution.id).where(Prosecution.person_id == row.person_id))
    return _cases_of_prosecutions(session, ids.all())


def _cases_of_person(session: Session, row: Person) -> Sequence[int]:
    ids = session.scalars(select(Prosecution.id).where(Prosecution.person_id == row.id))
    return _cases_of_prosecutions(session, ids.all())


def _cases_of_charge(session: Session, row: Charge) -> Sequence[int]:
    return _cases_of_prosecutions(session, [row.prosecution_id])


def _cases_of_sentence(session: Session, row: Sentence) -> Sequence[int]:
    query = select(Event.case_id).join(EventTarget, EventTarget.event_id == Event.id)
    return session.scalars(query.where(EventTarget.id == row.target_id)).all()


def _copies_of_sentence(session: Session, row: Sentence) -> Sequence[int]:
    """Return the sentences of all entries that took each other's place, closed ones too."""
    event_id = session.scalars(
        select(EventTarget.event_id).where(EventTarget.id == row.target_id)
    ).one()
    query = select(Sentence.id).join(EventTarget, EventTarget.id == Sentence.target_id)
    return session.scalars(query.where(EventTarget.event_id.in_(chain_of(session, event_id)))).all()


def _cases_of_answer(session: Session, row: Answer) -> Sequence[int]:
    query = select(Hearing.case_id).join(Observation, Observation.hearing_id == Hearing.id)
    return session.scalars(query.where(Observation.id == row.observation_id)).all()


def _reads_note(session: Session, sight: Sight, row: Note, case: Case) -> bool:
    return sight.note(row.tier, row.organisation_id)


def _reads_name(session: Session, sight: Sight, row: PersonName, case: Case) -> bool:
    person = session.get_one(Person, row.person_id)
    minors = [band for band in AgeBand if band.minor]
    children = select(Victim.id).where(Victim.case_id == case.id, Victim.age_band.in_(minors))
    found = session.scalars(children.limit(1)).first() is not None
    return sight.name(person.age_band, person.related_to_child_victim, found)


def _reads_record(session: Session, sight: Sight, row: Any, case: Case) -> bool:
    return sight.record_text


def _reads_pseudonym(session: Session, sight: Sight, row: Any, case: Case) -> bool:
    return sight.pseudonyms


def _reads_number(session: Session, sight: Sight, row: CaseNumber, case: Case) -> bool:
    return sight.numbers


def _reads_answer(session: Session, sight: Sight, row: Answer, case: Case) -> bool:
    return _observed_by(session, row) == sight.organisation_id


def _observed_by(session: Session, row: Answer) -> int | None:
    return session.get_one(Observation, row.observation_id).organisation_id


def _noted_by(session: Session, row: Note | Coverage | CourtReply | ReportSnapshot) -> int | None:
    return row.organisation_id


def _entered_by(session: Session, row: Any) -> int | None:
    revision = session.get(Revision, row.rev_from)
    return None if revision is None else revision.organisation_id


def _sentenced_by(session: Session, row: Sentence) -> int | None:
    """Return who entered the event of a sentence: a copy that a correction made is theirs too."""
    target = session.get_one(EventTarget, row.target_id)
    return session.get_one(Event, target.event_id).organisation_id


def _no_number(text: str) -> str:
    """A number with a part taken out is compared with no other: the rest may fit many."""
    return ""


REDACTABLE: Mapping[str, Redactable] = MappingProxyType(
    {
        "note": Redactable(
            Note,
            "text",
            _("Take words out of a note"),
            _case_of,
            _reads_note,
            _noted_by,
            flag="redacted",
        ),
        "name": Redactable(
            PersonName,
            "text",
            _("Take words out of a name"),
            _cases_of_name,
            _reads_name,
            _entered_by,
            keys=(("key", stored_name_key),),
            siblings="person_id",
        ),
        "charge": Redactable(
            Charge,
            "as_given",
            _("Take words out of a charge"),
            _cases_of_charge,
            _reads_record,
            _entered_by,
        ),
        "number": Redactable(
            CaseNumber,
            "as_given",
            _("Take words out of a case number"),
            _case_of,
            _reads_number,
            _entered_by,
            keys=(("normalised", _no_number),),
            siblings="case_id",
        ),
        "sentence": Redactable(
            Sentence,
            "length_as_given",
            _("Take words out of a sentence"),
            _cases_of_sentence,
            _reads_record,
            _sentenced_by,
            siblings="target_id",
            copies=_copies_of_sentence,
        ),
        "answer": Redactable(
            Answer,
            "note",
            _("Take words out of an answer"),
            _cases_of_answer,
            _reads_answer,
            _observed_by,
        ),
        # A program makes pseudonyms, but an import takes them from a column of its source.
        "victim": Redactable(
            Victim,
            "pseudonym",
            _("Take words out of a victim’s pseudonym"),
            _case_of,
            _reads_pseudonym,
            _entered_by,
        ),
        "accused": Redactable(
            Person,
            "pseudonym",
            _("Take words out of an accused’s pseudonym"),
            _cases_of_person,
            _reads_pseudonym,
            _entered_by,
        ),
        "contact": Redactable(
            Coverage,
            "contact",
            _("Take words out of a contact"),
            _no_case,
            _reads_record,
            _noted_by,
            outside=True,
        ),
        "remark": Redactable(
            Coverage,
            "remark",
            _("Take words out of a remark on coverage"),
            _no_case,
            _reads_record,
            _noted_by,
            outside=True,
        ),
        "reply": Redactable(
            CourtReply,
            "text",
            _("Take words out of a court's answer"),
            _no_case,
            _reads_record,
            _noted_by,
            flag="redacted",
            siblings="inquiry_id",
            outside=True,
        ),
        "snapshottitle": Redactable(
            ReportSnapshot,
            "title",
            _("Take words out of the title of a frozen report"),
            _no_case,
            _reads_record,
            _noted_by,
            outside=True,
        ),
        "snapshotremark": Redactable(
            ReportSnapshot,
            "remark",
            _("Take words out of the remark on a frozen report"),
            _no_case,
            _reads_record,
            _noted_by,
            outside=True,
        ),
    }
)
