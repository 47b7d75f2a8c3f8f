"""What would give an entry without a legal place one: tried, never guessed.

Every way is tried on the history as it would be (`services.what_if`) and is offered only if the
entry then has its place, no other entry of any accused loses its own, and no prosecution has more
entries to review than before. The least that has to be said comes first: an order within the day
before a vaguer day, a vaguer day before another step, and taking the entry back last.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from courtwatch.commands.parsing import When
from courtwatch.models import EventAccount
from courtwatch.models.vocabulary import ChargeKind, Precision, VoidReason
from courtwatch.services.event_accounts import dating, one_disposition
from courtwatch.services.resolution_trial import Change, try_change
from courtwatch.services.review import EntryToReview
from courtwatch.services.what_if import (
    places_in_day,
)
from workflows.elements import CHECKED_UNCHANGED, FIRST_SEEN, STAY, Step, Track
from workflows.history import ProsecutionState


class Way(StrEnum):
    """The ways in which an entry can get a place, the least to be said first."""

    ORDER = "order"
    ACCOUNT = "account"
    DAY = "day"
    FIRST_SEEN = "first_seen"
    EARLIER = "earlier"
    SIBLING = "sibling"
    CHARGE = "charge"
    ACCUSED = "accused"
    BACK = "back"


@dataclass(frozen=True)
class Resolution:
    """A way that was tried and holds: `value` tells it from others of its kind.

    `after`: where the accused would stand.
    """

    way: Way
    value: str
    change: Change
    after: ProsecutionState

    @property
    def key(self) -> str:
        """Return how a form names it."""
        return f"{self.way}:{self.value}"


def resolutions(entry: EntryToReview) -> list[Resolution]:
    """Return every way that gives the entry its place, the least to be said first."""
    found: dict[str, Resolution] = {}
    for way, candidates in _CANDIDATES.items():
        for value, change in candidates(entry):
            key = f"{way}:{value}"
            after = None if key in found else try_change(entry, change)
            if after is not None:
                found[key] = Resolution(way, value, change, after)
    return list(found.values())


def resolution_named(entry: EntryToReview, key: str) -> Resolution | None:
    """Return the way that a form names, if it still holds."""
    name, _, _value = key.partition(":")
    if name not in set(Way):
        return None
    for value, change in _CANDIDATES[Way(name)](entry):
        if f"{name}:{value}" == key:
            after = try_change(entry, change)
            if after is not None:
                return Resolution(Way(name), value, change, after)
    return None


Candidates = Iterator[tuple[str, Change]]


def _orders(entry: EntryToReview) -> Candidates:
    """Another place within its day; the first that holds, last place first."""
    event = entry.event
    if event.occurred_from is None:
        return
    when = When(event.occurred_from, event.occurred_to, event.precision)
    for place in places_in_day(entry.inputs.values(), when, [event.id]):
        if place == event.sequence:
            continue
        change = Change(values={"sequence": place})
        if try_change(entry, change) is not None:
            yield "day", change
            return


def _account_days(entry: EntryToReview) -> Candidates:
    """The day that another source gives, known or not."""
    event = entry.event
    for account in entry.accounts:
        days = (account.occurred_from, account.occurred_to)
        if account.id == event.chosen_account_id or days == (
            event.occurred_from,
            event.occurred_to,
        ):
            continue
        values = _day_values(*days, account.precision)
        change = _placed(entry, values, account.id, _ends(entry, account))
        if change is not None:
            yield str(account.id), change


def _ends(entry: EntryToReview, account: EventAccount) -> dict[int, Mapping[str, Any] | None]:
    """Return the targets that end otherwise under an account that names another end."""
    targets = [t for found in entry.inputs.values() for t in found.targets[entry.event.id]]
    said = one_disposition(targets)
    if said is None or account.disposition in (None, said):
        return {}
    ending = [target for target in targets if target.disposition is not None]
    return {target.target_id: {"disposition": account.disposition} for target in ending}


def _vaguer_days(entry: EntryToReview) -> Candidates:
    """The month, else the year, and the unknown day: only where the source is one's own."""
    event = entry.event
    first, last = event.occurred_from, event.occurred_to or event.occurred_from
    if first is None or last is None or not redatable(entry):
        return
    for value, (start, end), precision in (
        ("month", _month(first), Precision.MONTH),
        ("year", (date(first.year, 1, 1), date(first.year, 12, 31)), Precision.YEAR),
    ):
        if start <= first and last <= end and (start, end) != (first, last):
            change = _placed(entry, _day_values(start, end, precision))
            if change is not None:
                yield value, change
                break
    yield "unknown", Change(values=_day_values(None, None, Precision.UNKNOWN) | {"sequence": 0})


def redatable(entry: EntryToReview) -> bool:
    """Say whether the day is what a source of the organisation that made the entry says."""
    held = dating(entry.accounts, entry.event.chosen_account_id)
    return held is None or held.organisation_id == entry.event.organisation_id


def _day_values(first: date | None, last: date | None, precision: Precision) -> dict[str, Any]:
    return {"occurred_from": first, "occurred_to": last, "precision": precision}


def _month(day: date) -> tuple[date, date]:
    length = calendar.monthrange(day.year, day.month)[1]
    return day.replace(day=1), day.replace(day=length)


def _placed(
    entry: EntryToReview,
    values: dict[str, Any],
    chosen: int | None = None,
    targets: Mapping[int, Mapping[str, Any] | None] | None = None,
) -> Change | None:
    """Return the change to another day at the first place within it that holds."""
    when = When(values["occurred_from"], values["occurred_to"], values["precision"])
    for place in places_in_day(entry.inputs.values(), when, [entry.event.id]):
        placed = values | {"sequence": place}
        change = Change(values=placed, targets=targets or {}, chosen=chosen)
        if try_change(entry, change) is not None:
            return change
    return None


def _first_seens(entry: EntryToReview) -> Candidates:
    """First seen on that day at the stage from which the step starts, most advanced first."""
    event = entry.event
    stages = {stage.name: stage for stage in entry.machine.procedure.stages if stage.live}
    step = _step(entry)
    if event.step == CHECKED_UNCHANGED:
        wanted = [entry.state.entered_stage] if entry.state.entered_stage in stages else []
    elif step is None or step.track is Track.CUSTODY:
        return
    else:
        wanted = sorted(
            (source for source in step.sources if source in stages),
            key=lambda name: -stages[name].order,
        )
    for stage in wanted:
        yield (
            str(stage),
            Change(
                added={
                    "step": FIRST_SEEN,
                    "entry_stage": stage,
                    "occurred_from": event.occurred_from,
                    "occurred_to": event.occurred_to,
                    "sequence": event.sequence,
                }
            ),
        )


def _earlier_steps(entry: EntryToReview) -> Candidates:
    """A step without a day that leads to where this one starts.

    Not one that would have to say more than that it happened: how a charge ended, what was filed.
    """
    step = _step(entry)
    if step is None:
        return
    filed = any(
        charge.kind != ChargeKind.ALLEGED for charge in entry.inputs[entry.prosecution_id].charges
    )
    for other in entry.machine.procedure.steps:
        leads_here = any(
            target in step.sources and source != target for source, target in other.moves
        )
        says_more = len(other.dispositions) > 1 or "to_offence" in other.requires
        says_more = says_more or ("new_charges" in other.requires and not filed)
        if other.name != step.name and other.track is step.track and leads_here and not says_more:
            yield other.name, Change(added={"step": other.name})


def _siblings(entry: EntryToReview) -> Candidates:
    """The same institution's step with the same effect that starts where things stood."""
    step = _step(entry)
    if entry.event.step == FIRST_SEEN:
        yield CHECKED_UNCHANGED, Change(values={"step": CHECKED_UNCHANGED, "entry_stage": None})
        return
    if step is None:
        return
    for other in entry.machine.procedure.steps:
        if other.name == step.name or not are_siblings(step, other):
            continue
        targets = _as_ended_by(entry, step, other)
        if targets is not None:
            yield other.name, Change(values={"step": other.name}, targets=targets)


def are_siblings(one: Step, other: Step) -> bool:
    """Say whether one actor takes both steps, with an effect in common."""
    if one.track is not other.track or one.actor != other.actor:
        return False
    return bool(_effects(one) & _effects(other))


def _effects(step: Step) -> set[tuple[str, str]]:
    targets = set() if step.target == STAY else {("to", target) for _, target in step.moves}
    return targets | {("end", name) for name in step.possible_dispositions}


def _as_ended_by(
    entry: EntryToReview, step: Step, other: Step
) -> dict[int, Mapping[str, Any] | None] | None:
    """Return what the targets say under the other step; None if it can't say it."""
    found: dict[int, Mapping[str, Any] | None] = {}
    for inputs in entry.inputs.values():
        for target in inputs.targets[entry.event.id]:
            if target.new and not other.files_charges:
                return None
            end = target.disposition
            if end is None or end in other.possible_dispositions:
                continue
            if step.disposition is None or other.disposition is None:
                return None
            found[target.target_id] = {"disposition": other.disposition}
    return found


def _fewer_charges(entry: EntryToReview) -> Candidates:
    """Without the charges that could not take the step, where another could."""
    if entry.whole:
        return
    refused = {item.charge_id for item in entry.items}
    own = entry.inputs[entry.prosecution_id].targets[entry.event.id]
    leaving = [t for t in own if t.charge_id in refused and not t.new]
    if leaving and len(leaving) < len(own):
        ids = "-".join(str(target.charge_id) for target in leaving)
        yield ids, Change(targets={target.target_id: None for target in leaving})


def _fewer_accused(entry: EntryToReview) -> Candidates:
    """Without this accused, where the entry is about another one too."""
    if len(entry.inputs) < 2 or not entry.whole:
        return
    own = entry.inputs[entry.prosecution_id].targets[entry.event.id]
    yield "this", Change(targets={target.target_id: None for target in own})


def _taking_back(entry: EntryToReview) -> Candidates:
    """Not at all: only where it has a place with nobody."""
    event = entry.event
    if not all(
        any(item.event_id == event.id and item.whole for item in state.unresolved)
        for state in entry.states.values()
    ):
        return
    others = entry.inputs[entry.prosecution_id].events.values()
    if any(one.step == event.step and one.id != event.id for one in others):
        yield VoidReason.ENTERED_TWICE, Change(takes_back=VoidReason.ENTERED_TWICE)
    reason = VoidReason.IMPORT_WRONG if event.batch_id is not None else VoidReason.BY_MISTAKE
    yield reason, Change(takes_back=reason)


def _step(entry: EntryToReview) -> Step | None:
    steps: Sequence[Step] = entry.machine.procedure.steps
    return next((step for step in steps if step.name == entry.event.step), None)


_CANDIDATES: Mapping[Way, Callable[[EntryToReview], Candidates]] = {
    Way.ORDER: _orders,
    Way.ACCOUNT: _account_days,
    Way.DAY: _vaguer_days,
    Way.FIRST_SEEN: _first_seens,
    Way.EARLIER: _earlier_steps,
    Way.SIBLING: _siblings,
    Way.CHARGE: _fewer_charges,
    Way.ACCUSED: _fewer_accused,
    Way.BACK: _taking_back,
}


def account_of(entry: EntryToReview, key: str) -> EventAccount | None:
    """Return the account that a way of kind `ACCOUNT` names."""
    return next((one for one in entry.accounts if str(one.id) == key), None)
