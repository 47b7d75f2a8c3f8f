"""An entry takes the place of another: rows are copied and closed, never changed in place.

What hangs on an event (targets, reasons, sentences, accounts) is copied to its successor and
closed on the event itself, so that a view of the past still finds each row where it was. Notes are
not copied: they are found through the chain of entries that took each other's place, so that words
stand in one row only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from courtwatch.models import (
    Base,
    Event,
    EventAccount,
    EventTarget,
    ReasonAssessed,
    ReasonStated,
    Sentence,
)
from courtwatch.services.work import Work

_Row = TypeVar("_Row", bound=Base)
_OWN = frozenset({"id", "rev_from", "rev_to"})


def _all_of_them(row: Any) -> bool:
    return True


@dataclass(frozen=True)
class TargetPlan:
    """A target of the entry that will hold.

    `values` are the columns of its row without `event_id`. Reasons and sentences are carried over
    from the target `origin` of the entry before, as far as `keeps` says.
    """

    values: Mapping[str, Any]
    origin: int | None = None
    keeps: Callable[[Any], bool] = _all_of_them

    @classmethod
    def same(cls, target: EventTarget) -> TargetPlan:
        """Return the plan that leaves a target as it is."""
        return cls(column_values(target, "event_id"), target.id)


@dataclass
class Successor:
    """The entry that holds now, and which of its targets came from which plan."""

    event: Event
    targets: list[EventTarget] = field(default_factory=list)


def column_values(row: Base, *without: str) -> dict[str, Any]:
    """Return the columns of a row, without its key and its revisions."""
    names = (attribute.key for attribute in inspect(type(row)).column_attrs)
    return {name: getattr(row, name) for name in names if name not in _OWN.union(without)}


def copy_row(work: Work, row: _Row, **changes: Any) -> _Row:
    """Add a copy of a row under this revision, with some columns changed."""
    return work.add(type(row)(**(column_values(row) | changes)))


def targets_of(session: Session, event_id: int) -> list[EventTarget]:
    """Return the targets of an event, in order of entry."""
    query = select(EventTarget).where(EventTarget.event_id == event_id).order_by(EventTarget.id)
    return list(session.scalars(query))


def accounts_of(session: Session, event_id: int) -> list[EventAccount]:
    """Return the accounts of an event that hold, earliest first."""
    query = select(EventAccount).where(
        EventAccount.event_id == event_id, EventAccount.rev_to.is_(None)
    )
    return list(session.scalars(query.order_by(EventAccount.id)))


def hanging_on(session: Session, model: Any, target_ids: Iterable[int]) -> list[Any]:
    """Return the reasons or sentences (`model`) that hold of some targets."""
    query = select(model).where(model.target_id.in_(list(target_ids)), model.rev_to.is_(None))
    return list(session.scalars(query.order_by(model.id)))


def close_dependents(work: Work, event: Event) -> None:
    """Close the accounts, reasons and sentences of an event that holds no longer."""
    ids = [target.id for target in targets_of(work.session, event.id)]
    for model in (ReasonStated, ReasonAssessed, Sentence):
        work.close(hanging_on(work.session, model, ids))
    work.close(accounts_of(work.session, event.id))


def succeed(
    work: Work,
    event: Event,
    values: Mapping[str, Any],
    plans: Sequence[TargetPlan] | None = None,
    said: Mapping[int, Mapping[str, Any]] | None = None,
    chosen: int | None = None,
) -> Successor:
    """Close an event and put another in its place; `values` are the columns that differ.

    `plans`: the targets of the new one (None: the same). `said`: changed columns of accounts, by
    the key of the account. `chosen`: the account that holds by explicit choice (0: none; None:
    as before). The caller says why, and derives the facts again.
    """
    session = work.session
    accounts = accounts_of(session, event.id)
    before = targets_of(session, event.id)
    fresh = copy_row(work, event, replaces_id=event.id, **values)
    copies = {}
    for account in accounts:
        changes = (said or {}).get(account.id, {})
        copies[account.id] = copy_row(work, account, event_id=fresh.id, **changes).id
    choice = event.chosen_account_id if chosen is None else chosen
    fresh.chosen_account_id = copies.get(choice or 0)
    made = Successor(fresh)
    for plan in plans if plans is not None else [TargetPlan.same(t) for t in before]:
        target = work.add(EventTarget(event_id=fresh.id, **plan.values))
        made.targets.append(target)
        _carry(work, plan, target)
    close_dependents(work, event)
    work.close([event])
    session.flush()
    return made


def _carry(work: Work, plan: TargetPlan, target: EventTarget) -> None:
    if plan.origin is None:
        return
    for model in (ReasonStated, ReasonAssessed, Sentence):
        for row in hanging_on(work.session, model, [plan.origin]):
            if plan.keeps(row):
                copy_row(work, row, target_id=target.id)


def chain_of(session: Session, event_id: int) -> list[int]:
    """Return the keys of all entries that took each other's place, this one among them."""
    found, pending = {event_id}, [event_id]
    while pending:
        rows = session.execute(
            select(Event.id, Event.replaces_id).where(
                Event.id.in_(pending) | Event.replaces_id.in_(pending)
            )
        ).all()
        keys = {key for row in rows for key in row if key is not None}
        pending = sorted(keys - found)
        found |= keys
    return sorted(found)
