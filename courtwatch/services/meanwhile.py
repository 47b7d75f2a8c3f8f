"""What was written to a record between the page that somebody filled in and their sending it.

A form carries the last revision of the record that its page was made from. Whatever was written
since to the same prosecution, or to the same row, is shown before anything is added to it, so that
nothing is silently overwritten. Asked inside the writing transaction that would carry the form
out: nobody else can write between the question and the act.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from courtwatch.models import Event, EventAccount, Revision
from courtwatch.services.case_history import How, Written, read_history
from courtwatch.services.entry_rows import accounts_of, targets_of
from workflows.elements import CHECKED_UNCHANGED

MOVES = frozenset({"event", "event_account", "charge", "prosecution", "prosecution_case"})
"""The tables that say where a prosecution stands."""


@dataclass(frozen=True)
class Touched:
    """What an act rests on: prosecutions, and rows that it changes in place.

    `columns`: of those rows only these (none named: all).
    """

    case_id: int
    prosecutions: frozenset[int] = frozenset()
    rows: frozenset[tuple[str, int]] = frozenset()
    columns: frozenset[str] = frozenset()


def last_revision(session: Session) -> int:
    """Return the last revision that this transaction sees; 0 in an empty record."""
    return session.scalar(select(func.max(Revision.id))) or 0


def written_meanwhile(session: Session, touched: Touched, seen: int) -> list[Written]:
    """Return what was written after revision `seen` to what an act rests on, in order."""
    found = read_history(session, touched.case_id)
    quiet = {
        written.row_id
        for written in found
        if written.table == "event" and written.values["step"] == CHECKED_UNCHANGED
    }
    return [
        written
        for written in found
        if written.revision_id > seen
        and (_is_the_row(written, touched) or _moves(written, touched, quiet))
    ]


def _is_the_row(written: Written, touched: Touched) -> bool:
    if written.table == "hearing_prosecution":
        return ("hearing", written.values["hearing_id"]) in touched.rows
    if written.table == "event_account":
        return ("event", written.values["event_id"]) in touched.rows
    if written.row not in touched.rows:
        return False
    if not touched.columns or written.how is not How.EDITED:
        return True
    return any(change.column in touched.columns for change in written.changes)


def _moves(written: Written, touched: Touched, quiet: set[int]) -> bool:
    """Say whether it moved one of the prosecutions. That somebody checked moves none."""
    if written.table not in MOVES or not touched.prosecutions & written.prosecutions:
        return False
    key = written.values.get("event_id") if written.table == "event_account" else written.row_id
    return written.table not in ("event", "event_account") or key not in quiet


def holding(session: Session, event: Event) -> Event:
    """Return the entry that took this one's place; itself where none did, or it was taken back."""
    current = event
    while current.rev_to is not None:
        fresh = session.scalars(select(Event).where(Event.replaces_id == current.id)).first()
        if fresh is None:
            return event
        current = fresh
    return current


def touched_by_event(session: Session, event: Event, more: Iterable[int] = ()) -> Touched:
    """Return what an act on an entry rests on: it, and the prosecutions that it is about."""
    prosecutions = {target.prosecution_id for target in targets_of(session, event.id)}
    return Touched(
        event.case_id, frozenset({*prosecutions, *more}), frozenset({("event", event.id)})
    )


def same_account(session: Session, event: Event, current: Event, account_id: int) -> int:
    """Return the account of `current` that stands for one of the entry that it took over from.

    Accounts are carried over in order. An account that has none gives its own key back.
    """
    query = select(EventAccount.id).where(EventAccount.event_id == event.id)
    before = list(session.scalars(query.order_by(EventAccount.id)))
    after = accounts_of(session, current.id)
    if current is event or account_id not in before or before.index(account_id) >= len(after):
        return account_id
    return after[before.index(account_id)].id
