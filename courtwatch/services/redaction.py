"""Take words out of the record, and leave who did it, when and why.

The words leave the row, every earlier state of it, what was derived from them (the key of a name,
the normalised number), the search index and, after a checkpoint, the database file. Which columns
can hold words that somebody typed is fixed here; everything else carries codes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import Table, delete, or_, select, update
from sqlalchemy.orm import Session

from courtwatch.commands.cases import RedactWords
from courtwatch.commands.parsing import Invalid
from courtwatch.models import (
    Answer,
    Case,
    CaseNumber,
    Charge,
    CourtReply,
    Coverage,
    Event,
    EventTarget,
    ExternalKey,
    Hearing,
    Note,
    Observation,
    Person,
    PersonName,
    Prosecution,
    ProsecutionCase,
    Redaction,
    ReportSnapshot,
    Revision,
    SavedSearch,
    Sentence,
    Versioned,
    Victim,
    history_table,
)
from courtwatch.models.vocabulary import AgeBand
from courtwatch.security.visibility import Level, Sight, level_for, sight_of
from courtwatch.services.entry_rows import chain_of
from courtwatch.services.messages import _
from courtwatch.services.people import stored_name_key
from courtwatch.services.work import PURGE_INDEX, Actor, Work

BLOCK = "█"
REDACTED = BLOCK * 5
REDACTION_REASONS = ("victim_identity", "child_identity", "third_party", "court_order", "other")


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


@dataclass(frozen=True)
class Found:
    """Words that the asker can read. `may`: their organisation owns the case or wrote them.

    `case`: None for words of an organisation that belong to no case.
    """

    what: Redactable
    row: Any
    case: Case | None
    may: bool

    @property
    def text(self) -> str:
        """Return the words as they stand."""
        return getattr(self.row, self.what.column) or ""


def find(session: Session, actor: Actor, kind: str, row_id: int) -> Found | None:
    """Return the words of a row, as far as `actor` may read them; else None."""
    what = REDACTABLE.get(kind)
    row = session.get(what.model, row_id) if what is not None else None
    if what is None or row is None or actor.organisation_id is None:
        return None
    if what.outside:
        own = what.writer(session, row) == actor.organisation_id
        return Found(what, row, None, True) if own else None
    cases = [session.get_one(Case, key) for key in what.cases(session, row)]
    owned = [case for case in cases if case.owner_id == actor.organisation_id]
    case = next(iter(owned or cases), None)
    if case is None:
        return None
    level = level_for(session, actor, case)
    sight = sight_of(actor, level, case.owner_id, case.share_level)
    if level not in (Level.OWN, Level.NETWORK) or not what.reads(session, sight, row, case):
        return None
    wrote = what.writer(session, row) == actor.organisation_id
    return Found(what, row, case, bool(owned) or wrote)


def redact(work: Work, found: Found, command: RedactWords) -> Redaction:
    """Take words out of a row and of all its past.

    Written by Core, past the listener that would keep the earlier state. Raises Invalid if the
    words are nowhere in the row and its past or no reason is chosen, PermissionError if
    they belong to another organisation.
    """
    if not found.may:
        raise PermissionError("these words belong to another organisation")
    if command.reason not in REDACTION_REASONS:
        raise Invalid({"reason": _("Choose why the words are taken out")})
    words = None if command.whole else command.words
    if words is not None and not words.replace(BLOCK, "").strip():
        raise Invalid({"words": _("Enter the words to take out, or choose the whole text")})
    session, what, row = work.session, found.what, found.row
    session.flush()
    text = found.text
    changed = _take_out(session, what, what.table, what.table.c.id == row.id, words)
    if issubclass(what.model, Versioned):
        past = history_table(what.table)
        changed += _take_out(session, what, past, past.c.id == row.id, words)
    if what.siblings is not None and (words or found.text):
        changed += _take_out_of_closed(session, what, row, words or found.text)
    if what.copies is not None and (words or found.text):
        others = what.table.c.id.in_(what.copies(session, row)) & (what.table.c.id != row.id)
        changed += _take_out(session, what, what.table, others, words or found.text)
    if not changed:
        raise Invalid({"words": _("These words are not there; copy them exactly")})
    _forget_elsewhere(session, found, words or text, text)
    session.expire_all()
    redaction = Redaction(
        case_id=found.case.id if found.case is not None else None,
        table_name=what.table.name,
        row_id=row.id,
        column_name=what.column,
        reason=command.reason,
        user_id=work.actor.user_id,
        at=work.now,
        revision_id=work.revision_id,
    )
    session.add(redaction)
    work.owe_index(what.cases(session, row))
    work.owe(PURGE_INDEX, f"{what.table.name}:{row.id}")
    return redaction


TOO_SHORT = 3
"""Words of fewer signs stand in too many searches to be the reason to forget those."""


def _forget_elsewhere(session: Session, found: Found, words: str, text: str) -> None:
    """Take out what else repeats the text, though nobody typed it there.

    The key by which an import knows a row again is often its case number or a name: the row is
    then known under a code, and a later import of the same source brings it as a new one, for a
    person to look at. A search that holds the words, typed or as its name, is forgotten.
    """
    sought = {text, words} if len(words.replace(BLOCK, "").strip()) >= TOO_SHORT else {text}
    sought = {one for one in sought if one.replace(BLOCK, "").strip()}
    if found.case is not None and sought:
        own = select(ExternalKey.batch_id).where(
            ExternalKey.kind == "case", ExternalKey.row_id == found.case.id
        )
        holds = (ExternalKey.key.contains(one, autoescape=True) for one in sorted(sought))
        repeated = select(ExternalKey.id).where(ExternalKey.batch_id.in_(own), or_(*holds))
        for key in session.scalars(repeated).all():
            session.execute(
                update(ExternalKey).where(ExternalKey.id == key).values(key=f"redacted:{key}")
            )
    if len(words.replace(BLOCK, "").strip()) >= TOO_SHORT:
        typed = (
            column.icontains(words, autoescape=True)
            for column in (SavedSearch.query, SavedSearch.name)
        )
        session.execute(delete(SavedSearch).where(or_(*typed)))
        _forget_in_snapshots(session, words)


def _forget_in_snapshots(session: Session, words: str) -> None:
    """Take the words out of what frozen reports are called, written however.

    Their figures hold codes alone, and their checksum does not cover what they are called.
    """
    table: Any = ReportSnapshot.__table__
    for column in (table.c.title, table.c.remark):
        holds = column.icontains(words, autoescape=True)
        for key, text in session.execute(select(table.c.id, column).where(holds)).all():
            left = without(text, words, getattr(column.type, "length", None))
            if words.lower() in left.lower():
                left = REDACTED
            session.execute(update(table).where(table.c.id == key).values({column: left}))


def _take_out_of_closed(session: Session, what: Redactable, row: Any, words: str) -> int:
    """Take the words out of the closed rows that this one took the place of."""
    table, shared = what.table, str(what.siblings)
    closed = (table.c[shared] == getattr(row, shared)) & table.c.rev_to.is_not(None)
    return _take_out(session, what, table, closed & (table.c.id != row.id), words)


def _take_out(
    session: Session, what: Redactable, table: Table, where: Any, words: str | None
) -> int:
    """Take words (None: all) out of the states of a row in `table`. Returns how many changed."""
    column = table.c[what.column]
    changed = 0
    for state in session.execute(select(table).where(where)).mappings().all():
        before = state[what.column]
        after = without(before, words, getattr(column.type, "length", None)) if before else before
        if after == before:
            continue
        values = {what.column: after}
        values |= {key: derive(after.replace(BLOCK, " ")) for key, derive in what.keys}
        same = [key == state[key.name] for key in table.primary_key.columns]
        flag = {what.flag: True} if what.flag is not None else {}
        session.execute(update(table).where(*same).values(**values, **flag))
        changed += 1
    return changed


def without(text: str, words: str | None, room: int | None = None) -> str:
    """Return `text` with a block in place of each occurrence of `words` (None: of all of it).

    Repeated, because what closes up around a block may read as the words again; every round takes
    a letter away, so it ends. `room`: the longest text that the column takes.
    """
    if words is None:
        return REDACTED
    if not words.replace(BLOCK, ""):
        raise ValueError("words of blocks alone can't be taken out")
    for block in (REDACTED, BLOCK):
        after = text
        while words in after:
            after = after.replace(words, block)
        if room is None or len(after) <= room:
            break
    return after
