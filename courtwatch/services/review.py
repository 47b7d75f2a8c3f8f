"""Entries that wait for somebody: without a legal place, or told in different ways.

An import keeps what the law does not allow as *unresolved*: stored, uncounted. Here such entries
are read with all that is needed to try what would give them a place (`services.resolutions`). One
entry of one accused is one item, however many of their charges could not take it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from courtwatch.models import (
    Case,
    Event,
    EventAccount,
    EventTarget,
    Person,
    Prosecution,
    ProsecutionFact,
)
from courtwatch.services.case_list import person_names
from courtwatch.services.event_accounts import rank
from courtwatch.services.fact_inputs import Lookups, ProsecutionInputs, read_inputs, read_lookups
from courtwatch.services.fact_rows import state_of
from courtwatch.services.work import Actor
from workflows.history import ProsecutionState, Unresolved
from workflows.machine import ProcedureMachine

CHUNK = 400


@dataclass(frozen=True)
class EntryToReview:
    """One entry that has no legal place in the history of one accused.

    `inputs` and `states` are of every prosecution that the entry is about: what gives it a place
    here must not take it there. `items`: why, one for each charge that could not take it.
    """

    event: Event
    prosecution_id: int
    items: tuple[Unresolved, ...]
    inputs: dict[int, ProsecutionInputs]
    states: dict[int, ProsecutionState]
    accounts: tuple[EventAccount, ...]
    lookups: Lookups

    @property
    def machine(self) -> ProcedureMachine:
        """Return the machine of the case's procedure."""
        prosecution = self.inputs[self.prosecution_id].prosecution
        return self.lookups.machines[prosecution.procedure_version_id]

    @property
    def state(self) -> ProsecutionState:
        """Return where the accused stands."""
        return self.states[self.prosecution_id]

    @property
    def whole(self) -> bool:
        """Say whether the entry moved nothing at all."""
        return any(item.whole for item in self.items)

    @property
    def why(self) -> Unresolved:
        """Return the first reason."""
        return self.items[0]

    def unresolved_in(self, prosecution_id: int) -> bool:
        """Say whether the entry has no whole place in the history of that prosecution."""
        found = self.states[prosecution_id].unresolved
        return any(item.event_id == self.event.id for item in found)


@dataclass(frozen=True)
class Told:
    """An entry whose sources contradict each other, and no choice was made.

    `accounts`: what they say, in the order in which the rule prefers them.
    """

    event: Event
    accounts: tuple[EventAccount, ...]
    days: bool
    ends: bool


def own_cases(actor: Actor) -> ColumnElement[bool]:
    """Return the predicate on `case`: those that the reader's organisation keeps."""
    return and_(Case.owner_id == actor.organisation_id, Case.merged_into_id.is_(None))


def _to_review() -> ColumnElement[bool]:
    return and_(ProsecutionFact.rev_to.is_(None), ProsecutionFact.unresolved > 0)


def count_prosecutions(session: Session, where: ColumnElement[bool]) -> int:
    """Return how many prosecutions of the cases `where` have entries to review."""
    query = (
        select(func.count())
        .select_from(ProsecutionFact)
        .join(Case, Case.id == ProsecutionFact.case_id)
        .where(_to_review(), where)
    )
    return session.scalar(query) or 0


def prosecutions_to_review(
    session: Session,
    where: ColumnElement[bool],
    offset: int = 0,
    limit: int | None = None,
) -> list[int]:
    """Return the prosecutions of the cases `where` that have entries to review, oldest first."""
    query = (
        select(ProsecutionFact.prosecution_id)
        .join(Case, Case.id == ProsecutionFact.case_id)
        .where(_to_review(), where)
        .order_by(ProsecutionFact.case_id, ProsecutionFact.prosecution_id)
        .offset(offset)
    )
    return list(session.scalars(query if limit is None else query.limit(limit)))


def entries_of(session: Session, prosecution_ids: Sequence[int]) -> Iterator[EntryToReview]:
    """Yield the entries to review of these prosecutions, in their order, some at a time."""
    lookups = read_lookups(session.connection())
    for start in range(0, len(prosecution_ids), CHUNK):
        yield from _entries(session, prosecution_ids[start : start + CHUNK], lookups)


def entry_to_review(session: Session, event_id: int, prosecution_id: int) -> EntryToReview | None:
    """Return one entry of one accused if it has no whole place there, else None."""
    found = entries_of(session, [prosecution_id])
    return next((entry for entry in found if entry.event.id == event_id), None)


def called(session: Session, prosecution_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Return the code of each prosecution, and what its accused is called in one's own cases."""
    rows = session.execute(
        select(Prosecution.id, Prosecution.public_code, Person.id, Person.pseudonym)
        .join(Person, Person.id == Prosecution.person_id)
        .where(Prosecution.id.in_(sorted(prosecution_ids)))
    ).all()
    names = person_names(session, {person_id for _key, _code, person_id, _pseudonym in rows})
    return {
        key: (code, " · ".join([pseudonym, *(text for _script, text in names.get(person_id, ()))]))
        for key, code, person_id, pseudonym in rows
    }


def codes(session: Session, prosecution_ids: Sequence[int]) -> dict[int, str]:
    """Return the public codes of prosecutions."""
    found: dict[int, str] = {}
    for start in range(0, len(prosecution_ids), CHUNK):
        query = select(Prosecution.id, Prosecution.public_code).where(
            Prosecution.id.in_(prosecution_ids[start : start + CHUNK])
        )
        found |= {row.id: row.public_code for row in session.execute(query)}
    return found


def cases_by_key(session: Session, keys: Iterable[int]) -> dict[int, Case]:
    """Return cases by key."""
    return {case.id: case for case in _by_key(session, Case, Case.id, set(keys))}


def _entries(
    session: Session, prosecution_ids: Sequence[int], lookups: Lookups
) -> Iterator[EntryToReview]:
    connection = session.connection()
    inputs = read_inputs(connection, prosecution_ids)
    states = {key: state_of(found, lookups) for key, found in inputs.items()}
    event_ids = {item.event_id for state in states.values() for item in state.unresolved}
    about: dict[int, list[int]] = defaultdict(list)
    for event_id, prosecution_id in _about(session, event_ids):
        about[event_id].append(prosecution_id)
    others = sorted({key for keys in about.values() for key in keys} - inputs.keys())
    inputs |= read_inputs(connection, others)
    states |= {key: state_of(inputs[key], lookups) for key in others if key in inputs}
    events = {one.id: one for one in _by_key(session, Event, Event.id, event_ids)}
    accounts: dict[int, list[EventAccount]] = defaultdict(list)
    for account in _by_key(session, EventAccount, EventAccount.event_id, event_ids):
        if account.rev_to is None:
            accounts[account.event_id].append(account)
    for prosecution_id in prosecution_ids:
        if prosecution_id not in inputs:
            continue
        items: dict[int, list[Unresolved]] = defaultdict(list)
        for item in states[prosecution_id].unresolved:
            items[item.event_id].append(item)
        for event_id, found in items.items():
            members = [key for key in dict.fromkeys(about[event_id]) if key in inputs]
            yield EntryToReview(
                event=events[event_id],
                prosecution_id=prosecution_id,
                items=tuple(found),
                inputs={key: inputs[key] for key in members},
                states={key: states[key] for key in members},
                accounts=tuple(accounts[event_id]),
                lookups=lookups,
            )


def _about(session: Session, event_ids: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Give which prosecutions entries are about: of a merged one, the one that stands for it."""
    ids = sorted(event_ids)
    stands = func.coalesce(Prosecution.merged_into_id, Prosecution.id).label("prosecution_id")
    for start in range(0, len(ids), CHUNK):
        query = (
            select(EventTarget.event_id, stands)
            .join(Prosecution, Prosecution.id == EventTarget.prosecution_id)
            .where(EventTarget.event_id.in_(ids[start : start + CHUNK]))
        )
        for row in session.execute(query.order_by(EventTarget.id)):
            yield row.event_id, row.prosecution_id


def _by_key(session: Session, model: Any, column: Any, keys: Iterable[int]) -> Iterator[Any]:
    ids = sorted(keys)
    for start in range(0, len(ids), CHUNK):
        chosen = column.in_(ids[start : start + CHUNK])
        yield from session.scalars(select(model).where(chosen).order_by(model.id))


# Sources that contradict each other


def told_differently(session: Session, where: ColumnElement[bool]) -> list[Told]:
    """Return the entries of the cases `where` whose sources contradict each other, and for which
    nobody has chosen which of them holds.

    Days contradict each other if no day fits both: "March 2025" and 12 March agree.
    """
    several = (
        select(EventAccount.event_id)
        .where(EventAccount.rev_to.is_(None))
        .group_by(EventAccount.event_id)
        .having(
            or_(
                func.max(EventAccount.occurred_from) > func.min(EventAccount.occurred_to),
                func.count(EventAccount.disposition.distinct()) > 1,
            )
        )
    )
    rows = session.scalars(
        select(Event)
        .join(Case, Case.id == Event.case_id)
        .where(
            where,
            Event.id.in_(several),
            Event.rev_to.is_(None),
            Event.chosen_account_id.is_(None),
        )
        .order_by(Event.case_id, Event.id)
    ).all()
    accounts: dict[int, list[EventAccount]] = defaultdict(list)
    for account in _by_key(session, EventAccount, EventAccount.event_id, [e.id for e in rows]):
        if account.rev_to is None:
            accounts[account.event_id].append(account)
    found = []
    for event in rows:
        told = sorted(accounts[event.id], key=lambda one: (rank(one.source), one.id))
        spans = [(a.occurred_from, a.occurred_to) for a in told if a.occurred_from is not None]
        ends = {a.disposition for a in told if a.disposition is not None}
        days = any(first[0] > (other[1] or other[0]) for first in spans for other in spans)
        found.append(Told(event, tuple(told), days, len(ends) > 1))
    return found
