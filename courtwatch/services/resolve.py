"""Carry out a way that gives an entry its legal place: one click, one revision, one correction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from courtwatch.commands.parsing import Invalid
from courtwatch.commands.steps import CorrectEntry
from courtwatch.models import Charge, Event, EventAccount, EventTarget
from courtwatch.models.vocabulary import (
    AccountSource,
    EventStatus,
    Precision,
    Reliability,
    VoidReason,
)
from courtwatch.services.accounts_told import CHOSEN
from courtwatch.services.corrections import EVENT, note_correction, void_event
from courtwatch.services.entry_rows import TargetPlan, column_values, succeed, targets_of
from courtwatch.services.event_accounts import held_account
from courtwatch.services.facts import refresh
from courtwatch.services.messages import _
from courtwatch.services.resolution_trial import Change
from courtwatch.services.resolutions import Resolution, Way, resolution_named
from courtwatch.services.review import EntryToReview, entry_to_review
from courtwatch.services.work import Work

FIRST_SEEN_ADDED, EARLIER_ADDED = "first_seen_added", "earlier_step_added"

_WRONG = {
    Way.ORDER: VoidReason.WRONG_ORDER,
    Way.DAY: VoidReason.WRONG_DATE,
    Way.SIBLING: VoidReason.WRONG_STEP,
    Way.CHARGE: VoidReason.WRONG_CHARGE,
    Way.ACCUSED: VoidReason.WRONG_ACCUSED,
}


def resolve(work: Work, event_id: int, prosecution_id: int, key: str) -> Event | None:
    """Give an entry its place in the way that `key` names. Returns the entry that holds, if any.

    The way is tried again on the record as it is now. Raises Invalid if it holds no longer.
    """
    entry = entry_to_review(work.session, event_id, prosecution_id)
    if entry is None:
        raise Invalid({"": _("This entry was already corrected, or has its place now")})
    found = resolution_named(entry, key)
    if found is None:
        raise Invalid(
            {
                "": _(
                    "This is not possible any more: the record has changed. Look at the ways again."
                )
            }
        )
    return carry_out(work, entry, found)


def carry_out(work: Work, entry: EntryToReview, way: Resolution) -> Event | None:
    """Write what a way that was just tried changes. Returns the entry that holds, if any."""
    change, event = way.change, entry.event
    if change.takes_back is not None:
        void_event(work, event, CorrectEntry(reason=change.takes_back))
        return None
    if change.added is not None:
        return _add(work, entry, way)
    plans = []
    for target in targets_of(work.session, event.id):
        changed = change.targets.get(target.id, {})
        if changed is not None:
            plans.append(TargetPlan(column_values(target, "event_id") | {**changed}, target.id))
    said, chosen = _restated(entry, change)
    fresh = succeed(work, event, change.values, plans, said, chosen).event
    _drop_filed(work, event, change)
    kind: str = CHOSEN
    if way.way is not Way.ACCOUNT:
        event.status = EventStatus.VOIDED
        event.void_reason = _WRONG[way.way]
        kind = _WRONG[way.way]
    note_correction(work, event.case_id, EVENT, event.id, fresh.id, kind)
    refresh(work, entry.inputs)
    return fresh


def _restated(
    entry: EntryToReview, change: Change
) -> tuple[dict[int, Mapping[str, Any]], int | None]:
    """Return what the account that the entry rests on says afterwards, and the one that holds.

    A day that was made vague is what the source said; the entry goes on resting on that source.
    """
    if change.chosen is not None:
        return {}, change.chosen
    if "precision" not in change.values:
        return {}, None
    held = held_account(entry.event, entry.accounts)
    if held is None:
        return {}, None
    days = ("occurred_from", "occurred_to", "precision")
    others = [a for a in entry.accounts if a.id != held.id and a.occurred_from is not None]
    return {held.id: {name: change.values[name] for name in days}}, held.id if others else None


def _drop_filed(work: Work, event: Event, change: Change) -> None:
    """Charges that the entry filed for an accused whom it is not about go with it."""
    for target in targets_of(work.session, event.id):
        dropped = change.targets.get(target.id, {}) is None
        if dropped and target.new and target.charge_id is not None:
            work.edit(work.session.get_one(Charge, target.charge_id)).voided = True
    work.session.flush()


def _add(work: Work, entry: EntryToReview, way: Resolution) -> Event:
    """Record what is missing before the entry, told by the entry's own source."""
    event, added = entry.event, dict(way.change.added or {})
    dated = added.get("occurred_from") is not None
    fresh = work.add(
        Event(
            case_id=event.case_id,
            precision=event.precision if dated else Precision.UNKNOWN,
            organisation_id=work.organisation_id,
            **{"occurred_from": None, "occurred_to": None, "sequence": 0} | added,
        )
    )
    held = held_account(event, entry.accounts)
    work.add(
        EventAccount(
            event_id=fresh.id,
            organisation_id=work.organisation_id,
            user_id=work.actor.user_id,
            source=held.source if held is not None else AccountSource.IMPORT,
            reliability=Reliability.LOW,
            occurred_from=fresh.occurred_from,
            occurred_to=fresh.occurred_to,
            precision=fresh.precision,
        )
    )
    work.add(EventTarget(event_id=fresh.id, prosecution_id=entry.prosecution_id))
    kind = FIRST_SEEN_ADDED if way.way is Way.FIRST_SEEN else EARLIER_ADDED
    note_correction(work, event.case_id, EVENT, event.id, fresh.id, kind)
    refresh(work, [entry.prosecution_id])
    return fresh
