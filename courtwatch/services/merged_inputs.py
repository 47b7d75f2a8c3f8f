"""Two records of one case, read as one: what a prosecution is derived from after a merge.

Rows stay as they were entered, each with its own case. A pair says that two of them are one thing:
the kept one stands for both. Paired entries are accounts of one act: its day and its end follow
from the rule of `services.event_accounts` over the accounts of both, unless the pair says which
record holds. What is not paired is read beside the kept one's own. Taking a merge apart closes its
pairs, after which everything reads as before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select

from courtwatch.models import Case, Event, EventAccount, MergePair, Prosecution
from courtwatch.models.facts import holds_at
from courtwatch.models.history import states_at
from courtwatch.models.vocabulary import (
    AgeBand,
    ChargeKind,
    PairHolds,
    PairKind,
    Sex,
    YesNoUnknown,
)
from courtwatch.services.event_accounts import by_rule, dating, ending
from workflows.elements import FIRST_SEEN

if TYPE_CHECKING:
    from courtwatch.services.fact_inputs import ProsecutionInputs

_FILLED = (("sex", Sex.UNKNOWN), ("age_band", AgeBand.UNKNOWN), ("official", YesNoUnknown.UNKNOWN))
"""What one record may know of an accused where the other does not."""


@dataclass
class Merges:
    """What was merged into some prosecutions.

    `into`: merged prosecution -> the one that stands for it. `rows`: what is known of the merged
    ones, by the one that stands for them.
    """

    into: dict[int, int] = field(default_factory=dict)
    links: set[int] = field(default_factory=set)
    rows: dict[int, list[Any]] = field(default_factory=lambda: defaultdict(list))


@dataclass(frozen=True)
class _Paired:
    """An entry of the merged record, and which record holds where the two disagree."""

    event: Any
    holds: PairHolds


def like(row: Any, **changes: Any) -> SimpleNamespace:
    """Return a copy of a row with some columns changed."""
    values = dict(row._mapping) if hasattr(row, "_mapping") else dict(vars(row))
    return SimpleNamespace(**(values | changes))


def merges_of(connection: Connection, kept: Sequence[int], revision: int | None = None) -> Merges:
    """Return what was merged into these prosecutions, now or at a past revision."""
    merges = Merges()
    query = select(MergePair.merged_id, MergePair.kept_id, MergePair.link_id).where(
        MergePair.kind == PairKind.PROSECUTION,
        MergePair.kept_id.in_(kept),
        holds_at(MergePair, revision),
    )
    for row in connection.execute(query.order_by(MergePair.merged_id)):
        merges.into[row.merged_id] = row.kept_id
        merges.links.add(row.link_id)
    return merges


def with_holders(connection: Connection, ids: Iterable[int]) -> list[int]:
    """Return these prosecutions and those that they were merged into, in order."""
    every = set(ids)
    chunk = sorted(every)
    for start in range(0, len(chunk), 800):
        query = select(Prosecution.merged_into_id).where(
            Prosecution.id.in_(chunk[start : start + 800]), Prosecution.merged_into_id.is_not(None)
        )
        every |= {key for key in connection.scalars(query) if key is not None}
    return sorted(every)


def in_their_case(
    connection: Connection, found: Mapping[int, ProsecutionInputs], revision: int | None
) -> None:
    """Put prosecutions of merged cases that are nobody else's twin into the case that holds."""
    moved = {
        inputs.prosecution.case_merged_into_id
        for inputs in found.values()
        if inputs.prosecution.case_merged_into_id is not None
    }
    if not moved:
        return
    case = states_at(Case, revision).c
    query = select(case.id, case.owner_id, case.share_level, case.court_id)
    holders = {row.id: row for row in connection.execute(query.where(case.id.in_(moved)))}
    for inputs in found.values():
        own = inputs.prosecution
        holder = holders.get(own.case_merged_into_id)
        if holder is not None:
            inputs.prosecution = like(
                own,
                case_id=holder.id,
                owner_id=holder.owner_id,
                share_level=holder.share_level,
                court_id=own.court_id or holder.court_id,
            )


def pool(
    connection: Connection,
    merges: Merges,
    found: Mapping[int, ProsecutionInputs],
    revision: int | None,
) -> None:
    """Read what was merged into prosecutions together with their own."""
    many = {key: found[key] for key in set(merges.into.values()) if key in found}
    charges, events = _pairs(connection, merges.links, many, revision)
    accounts = _accounts(connection, events, revision)
    for key, inputs in many.items():
        inputs.prosecution = _person_of_both(inputs.prosecution, merges.rows[key])
        _pool_charges(inputs, charges)
        for kept, paired in events.items():
            here = [
                _Paired(inputs.events[merged], holds)
                for merged, holds in paired
                if merged in inputs.events
            ]
            if kept in inputs.events and here:
                _pool_event(inputs, kept, here, accounts)
        _begin_once(inputs, {*charges, *charges.values()})


def _pairs(
    connection: Connection,
    links: Iterable[int],
    many: Mapping[int, ProsecutionInputs],
    revision: int | None,
) -> tuple[dict[int, int], dict[int, list[tuple[int, PairHolds]]]]:
    """Return paired charges (merged -> kept) and entries (kept -> merged ones).

    An entry whose place another took (a better source, a correction) is followed to that one. One
    that was taken back without a successor has no twin any more: the other stands for itself.
    """
    query = select(MergePair.kind, MergePair.kept_id, MergePair.merged_id, MergePair.holds).where(
        MergePair.link_id.in_(list(links)), holds_at(MergePair, revision)
    )
    rows = connection.execute(query.order_by(MergePair.id)).all()
    charges = {row.merged_id: row.kept_id for row in rows if row.kind is PairKind.CHARGE}
    about = [row for row in rows if row.kind is PairKind.EVENT]
    present = {key for inputs in many.values() for key in inputs.events}
    now = successors(
        connection, {k for row in about for k in (row.kept_id, row.merged_id)} - present, revision
    )
    events: dict[int, list[tuple[int, PairHolds]]] = defaultdict(list)
    for row in about:
        kept = now.get(row.kept_id, row.kept_id)
        events[kept].append((now.get(row.merged_id, row.merged_id), row.holds))
    return charges, events


def successors(
    connection: Connection, ids: Iterable[int], revision: int | None = None
) -> dict[int, int]:
    """Return for entries that no longer hold the last one that took their place."""
    last = {key: key for key in ids}
    frontier = set(last)
    while frontier:
        query = select(Event.replaces_id, Event.id).where(Event.replaces_id.in_(frontier))
        if revision is not None:
            query = query.where(Event.rev_from <= revision)
        following: dict[Any, int] = {row.replaces_id: row.id for row in connection.execute(query)}
        last = {key: following.get(current, current) for key, current in last.items()}
        frontier = set(following.values())
    return last


def _accounts(
    connection: Connection, events: Mapping[int, list[tuple[int, PairHolds]]], revision: int | None
) -> dict[int, list[Any]]:
    keys = [*events, *(merged for paired in events.values() for merged, _holds in paired)]
    found: dict[int, list[Any]] = defaultdict(list)
    query = select(EventAccount.__table__).where(
        EventAccount.event_id.in_(keys), holds_at(EventAccount, revision)
    )
    for row in connection.execute(query.order_by(EventAccount.id)) if keys else ():
        found[row.event_id].append(row)
    return found


def _person_of_both(own: Any, others: Sequence[Any]) -> SimpleNamespace:
    """Return what either record knows of an accused; the kept one first."""
    filled: dict[str, Any] = {}
    for column, unknown in _FILLED:
        said = [getattr(row, column) for row in (own, *others)]
        filled[column] = next((value for value in said if value != unknown), unknown)
    registered = (row for row in (own, *others) if row.registered_on is not None)
    day = next(registered, own)
    filled |= {"registered_on": day.registered_on, "registered_to": day.registered_to}
    followed = [row.entry_date for row in (own, *others) if row.entry_date is not None]
    filled["entry_date"] = min(followed, default=None)
    return like(own, **filled)


def _pool_charges(inputs: ProsecutionInputs, pairs: Mapping[int, int]) -> None:
    """Leave out charges that another stands for, and name that one wherever they were named."""
    held = {charge.id for charge in inputs.charges}
    pairs = {merged: kept for merged, kept in pairs.items() if kept in held and merged in held}
    inputs.charges = [
        like(charge, parent_id=pairs[charge.parent_id]) if charge.parent_id in pairs else charge
        for charge in inputs.charges
        if charge.id not in pairs
    ]
    for event_id, targets in inputs.targets.items():
        inputs.targets[event_id] = [
            like(target, charge_id=pairs[target.charge_id]) if target.charge_id in pairs else target
            for target in targets
        ]


def _pool_event(
    inputs: ProsecutionInputs,
    kept: int,
    paired: Sequence[_Paired],
    accounts: Mapping[int, list[Any]],
) -> None:
    """Make one entry of paired ones, under the key of the kept one."""
    own = inputs.events[kept]
    every = [own, *(one.event for one in paired)]
    asked = _asked(own, paired)
    day = _earliest(asked) if own.step == FIRST_SEEN else _day_from(asked, accounts)
    end = _end_from(inputs, asked, accounts)
    order = [end, *(event for event in every if event.id != end.id)]
    targets: dict[int | None, Any] = {}
    for event in order:
        for target in inputs.targets[event.id]:
            first = targets.get(target.charge_id)
            if first is None:
                targets[target.charge_id] = target
                continue
            inputs.also[first.target_id] = (
                *inputs.also.get(first.target_id, ()),
                target.target_id,
            )
            targets[target.charge_id] = like(
                first,
                new=first.new or target.new,
                disposition=first.disposition or target.disposition,
                to_offence_id=first.to_offence_id or target.to_offence_id,
            )
    inputs.events[kept] = like(
        own,
        occurred_from=day.occurred_from,
        occurred_to=day.occurred_to,
        precision=day.precision,
        time=day.time,
        institution_id=_first(event.institution_id for event in every),
        entry_stage=day.entry_stage or _first(event.entry_stage for event in every),
    )
    inputs.targets[kept] = list(targets.values())
    for one in paired:
        del inputs.events[one.event.id]
        inputs.targets.pop(one.event.id, None)


def _begin_once(inputs: ProsecutionInputs, paired: Collection[int]) -> None:
    """Leave out where the record that came later began, if the other one tells of what was before.

    "First seen" says something of a record, not of the case. It stays where it alone tells of a
    charge, and has no place in the procedure then: somebody has to look.
    """
    seen = [event for event in inputs.events.values() if event.step == FIRST_SEEN]
    others = [e.occurred_from for e in inputs.events.values() if e.step != FIRST_SEEN]
    begun = min((day for day in others if day is not None), default=date.max)
    seen.sort(key=lambda event: (event.occurred_from or date.max, event.id))
    if seen and (seen[0].occurred_from or date.min) <= begun:
        del seen[0]
    alleged = {charge.id for charge in inputs.charges if charge.kind == ChargeKind.ALLEGED}
    for event in seen:
        elsewhere = {
            target.charge_id
            for key, targets in inputs.targets.items()
            if key != event.id
            for target in targets
        }
        told = {None, *alleged, *paired, *elsewhere}
        if all(target.charge_id in told for target in inputs.targets[event.id]):
            del inputs.events[event.id]
            inputs.targets.pop(event.id)


def _asked(own: Any, paired: Sequence[_Paired]) -> list[Any]:
    """Return the entries that may say which day and end hold: all, unless it was said by hand."""
    by_hand = [one.event for one in paired if one.holds is PairHolds.MERGED]
    if by_hand:
        return by_hand[:1]
    return [own, *(one.event for one in paired if one.holds is PairHolds.RULE)]


def _day_from(asked: Sequence[Any], accounts: Mapping[int, list[Any]]) -> Any:
    """Return the entry whose day holds."""
    chosen = next((event for event in asked if event.chosen_account_id is not None), None)
    held = _holding(asked, accounts, dating)
    dated = next((event for event in asked if event.occurred_from is not None), asked[0])
    return chosen or held or dated


def _earliest(asked: Sequence[Any]) -> Any:
    """Return the entry that saw the case first."""
    return min(asked, key=lambda event: (event.occurred_from or date.max, event.id))


def _end_from(
    inputs: ProsecutionInputs, asked: Sequence[Any], accounts: Mapping[int, list[Any]]
) -> Any:
    """Return the entry whose dispositions hold."""
    telling = [
        event
        for event in asked
        if any(target.disposition is not None for target in inputs.targets[event.id])
    ]
    if not telling:
        return asked[0]
    chosen = next((event for event in telling if event.chosen_account_id is not None), None)

    def first(said: Sequence[Any]) -> Any:
        return ending(said) or next(iter(by_rule(said)), None)

    return chosen or _holding(telling, accounts, first) or telling[0]


def _holding(
    asked: Sequence[Any],
    accounts: Mapping[int, list[Any]],
    rule: Callable[[Sequence[Any]], Any],
) -> Any:
    """Return the entry whose account the rule prefers among those of all; None if it has none."""
    of_event = {account.id: event for event in asked for account in accounts.get(event.id, ())}
    said = [account for event in asked for account in accounts.get(event.id, ())]
    held = rule(said)
    return None if held is None else of_event[held.id]


def _first(values: Iterable[Any]) -> Any:
    return next((value for value in values if value is not None), None)
