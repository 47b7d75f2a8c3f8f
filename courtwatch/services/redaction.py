"""Take words out of the record, and leave who did it, when and why.

The words leave the row, every earlier state of it, what was derived from them (the key of a name,
the normalised number), the search index and, after a checkpoint, the database file. Which columns
can hold words that somebody typed says `services.redactable`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, delete, or_, select, update
from sqlalchemy.orm import Session

from courtwatch.commands.cases import RedactWords
from courtwatch.commands.parsing import Invalid
from courtwatch.models import (
    Case,
    ExternalKey,
    Redaction,
    ReportSnapshot,
    SavedSearch,
    Versioned,
    history_table,
)
from courtwatch.security.visibility import Level, level_for, sight_of
from courtwatch.services.messages import _
from courtwatch.services.redactable import REDACTABLE, Redactable
from courtwatch.services.work import PURGE_INDEX, Actor, Work

BLOCK = "█"
REDACTED = BLOCK * 5
REDACTION_REASONS = ("victim_identity", "child_identity", "third_party", "court_order", "other")


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
