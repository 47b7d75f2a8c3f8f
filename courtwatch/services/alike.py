"""Entries that an import left without a place for the same reason, given one by a single act.

The same reason: the same step of the same import, refused in the same words. A way that holds for
one need not hold for another: each is tried by itself, and only those for which it holds are
offered. They are carried out together or not at all.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from courtwatch.commands.parsing import Invalid
from courtwatch.models import Event, EventTarget, ProsecutionFact
from courtwatch.services.messages import _
from courtwatch.services.resolutions import Resolution, resolution_named
from courtwatch.services.resolve import carry_out, resolve
from courtwatch.services.review import EntryToReview, entries_of
from courtwatch.services.work import Work

AT_ONCE = 50
"""So many entries are shown, and given a place, by one act: about two seconds in which nobody else
can write."""

Key = tuple[int, int]
"""An entry of one accused: event and prosecution."""


@dataclass(frozen=True)
class Alike:
    """An entry with the same cause, and what would hold after the way."""

    entry: EntryToReview
    way: Resolution

    @property
    def key(self) -> Key:
        """Return how the entry is told from others."""
        return self.entry.event.id, self.entry.prosecution_id


def alike(session: Session, entry: EntryToReview, way: str) -> list[Alike]:
    """Return the entries with the cause of `entry` for which `way` holds, itself among them.

    Of one import there is one owner: all of them belong to whoever keeps the case of `entry`.
    """
    event = entry.event
    if event.batch_id is None:
        return []
    owner = entry.inputs[entry.prosecution_id].prosecution.owner_id
    query = (
        select(EventTarget.prosecution_id)
        .join(Event, Event.id == EventTarget.event_id)
        .join(ProsecutionFact, ProsecutionFact.prosecution_id == EventTarget.prosecution_id)
        .where(
            Event.batch_id == event.batch_id,
            Event.step == event.step,
            Event.rev_to.is_(None),
            ProsecutionFact.rev_to.is_(None),
            ProsecutionFact.unresolved > 0,
            ProsecutionFact.owner_id == owner,
        )
        .distinct()
        .order_by(EventTarget.prosecution_id)
    )
    found: list[Alike] = []
    for one in entries_of(session, list(session.scalars(query))):
        same = (one.event.batch_id, one.event.step) == (event.batch_id, event.step)
        if not same or one.why.why != entry.why.why:
            continue
        tried = resolution_named(one, way)
        if tried is not None:
            found.append(Alike(one, tried))
        if len(found) == AT_ONCE:
            break
    return found


def resolve_alike(
    work: Work, entry: EntryToReview, way: str, chosen: Collection[Key]
) -> list[Event | None]:
    """Give the chosen entries their place in the same way, under one revision.

    Each is tried on the record as it is now; again where an entry before it was about the same
    accused. Raises Invalid, after which nothing may be committed, where one is not of the group
    or can't take its place any more.
    """
    if not chosen:
        raise Invalid({"entry": _("Choose at least one entry")})
    offered = {one.key: one for one in alike(work.session, entry, way)}
    if not set(chosen) <= offered.keys():
        raise Invalid(
            {"entry": _("The record has changed: one of the entries can’t take its place so now")}
        )
    held: list[Event | None] = []
    touched: set[int] = set()
    for key in sorted(chosen):
        one = offered[key]
        if touched.isdisjoint(one.entry.inputs):
            held.append(carry_out(work, one.entry, one.way))
        else:
            held.append(resolve(work, *key, way))
        touched |= one.entry.inputs.keys()
    return held
