"""Which rows of two records of one case look like the same thing.

Proposed for a person to confirm: by names, sex and age of accused, by offence of charges, by step
and overlapping days of entries, by day and court of hearings. Only what the person may read counts:
a name that is kept from them proposes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from rapidfuzz.fuzz import token_sort_ratio
from sqlalchemy import select
from sqlalchemy.orm import Session

from courtwatch.models import (
    Case,
    Charge,
    Event,
    EventTarget,
    Hearing,
    Person,
    PersonName,
    Prosecution,
)
from courtwatch.models.vocabulary import AgeBand, ChargeKind, PairHolds, PairKind, Sex
from courtwatch.security.visibility import level_for, sight_of
from courtwatch.services.child_victims import child_victim_cases
from courtwatch.services.finding import accused_rows
from courtwatch.services.work import Actor
from workflows.elements import FIRST_SEEN, MOVED_TO_VERSION

SIMILAR = 80
"""How alike two names must be, of 100, to propose that their accused are one person."""
NEAR = timedelta(days=3)
"""How far apart two tellings of one act may be and still be proposed as one."""

_T = TypeVar("_T")


@dataclass(frozen=True)
class Pair:
    """Two rows that are one thing; `holds`: which record holds where they disagree."""

    kind: PairKind
    kept: int
    merged: int
    holds: PairHolds = PairHolds.RULE


@dataclass
class Contents:
    """What can be paired of one case, in order of entry."""

    case: Case
    prosecutions: list[tuple[Prosecution, Person]]
    keys: dict[int, list[str]]
    charges: dict[int, list[Charge]]
    events: list[Event]
    touched: dict[int, set[int]]
    hearings: list[Hearing]

    def of_kind(self, kind: PairKind) -> dict[int, Any]:
        """Return the rows of a kind by key."""
        rows: dict[PairKind, Iterable[Any]] = {
            PairKind.PROSECUTION: (prosecution for prosecution, _person in self.prosecutions),
            PairKind.CHARGE: (c for charges in self.charges.values() for c in charges),
            PairKind.EVENT: self.events,
            PairKind.HEARING: self.hearings,
        }
        return {row.id: row for row in rows[kind]}


def contents(session: Session, actor: Actor, case: Case) -> Contents:
    """Read what of a case can be paired, with the keys of names that `actor` may read."""
    prosecutions = accused_rows(session, case)
    ids = [prosecution.id for prosecution, _person in prosecutions]
    charges: dict[int, list[Charge]] = {key: [] for key in ids}
    for charge in session.scalars(
        select(Charge)
        .where(Charge.prosecution_id.in_(ids), Charge.voided.is_(False))
        .order_by(Charge.id)
    ):
        charges[charge.prosecution_id].append(charge)
    events = list(
        session.scalars(
            select(Event)
            .where(Event.case_id == case.id, Event.rev_to.is_(None), Event.step != MOVED_TO_VERSION)
            .order_by(Event.id)
        )
    )
    touched: dict[int, set[int]] = {event.id: set() for event in events}
    for event_id, prosecution_id in session.execute(
        select(EventTarget.event_id, EventTarget.prosecution_id).where(
            EventTarget.event_id.in_(touched)
        )
    ):
        touched[event_id].add(prosecution_id)
    hearings = session.scalars(
        select(Hearing)
        .where(Hearing.case_id == case.id, Hearing.voided.is_(False))
        .order_by(Hearing.id)
    )
    keys = _readable_keys(session, actor, case, prosecutions)
    return Contents(case, prosecutions, keys, charges, events, touched, list(hearings))


def _readable_keys(
    session: Session, actor: Actor, case: Case, prosecutions: Sequence[tuple[Prosecution, Person]]
) -> dict[int, list[str]]:
    sight = sight_of(actor, level_for(session, actor, case), case.owner_id, case.share_level)
    children = case.id in child_victim_cases(session, {case.id})
    readable = {
        person.id: prosecution.id
        for prosecution, person in prosecutions
        if sight.name(person.age_band, person.related_to_child_victim, children)
    }
    found: dict[int, list[str]] = {prosecution.id: [] for prosecution, _person in prosecutions}
    names = select(PersonName.person_id, PersonName.key).where(
        PersonName.person_id.in_(readable), PersonName.rev_to.is_(None), PersonName.key != ""
    )
    for person_id, name in session.execute(names):
        found[readable[person_id]].append(name)
    return found


def propose(kept: Contents, merged: Contents) -> tuple[Pair, ...]:
    """Return the pairs that look like one thing, likeliest first where several could."""
    people = _people(kept, merged)
    charges = [pair for a, b in people for pair in _charges(kept.charges[a], merged.charges[b])]
    twins = {b: a for a, b in people}
    events = _matched(kept.events, merged.events, lambda a, b: _same_act(kept, merged, twins, a, b))
    hearings = _matched(kept.hearings, merged.hearings, _same_hearing)
    return (
        *(Pair(PairKind.PROSECUTION, a, b) for a, b in people),
        *(Pair(PairKind.CHARGE, a, b) for a, b in charges),
        *(Pair(PairKind.EVENT, a.id, b.id) for a, b in events),
        *(Pair(PairKind.HEARING, a.id, b.id) for a, b in hearings),
    )


def _matched(
    left: Sequence[_T], right: Sequence[_T], score: Callable[[_T, _T], int]
) -> list[tuple[_T, _T]]:
    """Pair rows one to one, the best score first; 0 is no match."""
    scored = [
        (-score(a, b), place, other, a, b)
        for place, a in enumerate(left)
        for other, b in enumerate(right)
    ]
    found: list[tuple[_T, _T]] = []
    used_left: set[int] = set()
    used_right: set[int] = set()
    for points, place, other, a, b in sorted(scored, key=lambda one: one[:3]):
        if points < 0 and place not in used_left and other not in used_right:
            used_left.add(place)
            used_right.add(other)
            found.append((a, b))
    return found


def _people(kept: Contents, merged: Contents) -> list[tuple[int, int]]:
    def score(a: tuple[Prosecution, Person], b: tuple[Prosecution, Person]) -> int:
        if _contradict(a[1].sex, b[1].sex, Sex.UNKNOWN):
            return 0
        if _contradict(a[1].age_band.minor, b[1].age_band.minor, None) and AgeBand.UNKNOWN not in (
            a[1].age_band,
            b[1].age_band,
        ):
            return 0
        pairs = [(x, y) for x in kept.keys[a[0].id] for y in merged.keys[b[0].id]]
        if pairs:
            best = int(max(token_sort_ratio(x, y) for x, y in pairs))
            return best if best >= SIMILAR else 0
        return 1 if len(kept.prosecutions) == len(merged.prosecutions) == 1 else 0

    matched = _matched(kept.prosecutions, merged.prosecutions, score)
    return [(a[0].id, b[0].id) for a, b in matched]


def _contradict(a: object, b: object, unknown: object) -> bool:
    return a != b and unknown not in (a, b)


def _charges(kept: Sequence[Charge], merged: Sequence[Charge]) -> list[tuple[int, int]]:
    def score(a: Charge, b: Charge) -> int:
        alleged = (a.kind is ChargeKind.ALLEGED, b.kind is ChargeKind.ALLEGED)
        if all(alleged):
            return 3
        if any(alleged) or a.offence_id != b.offence_id or a.offence_id is None:
            return 0
        return 2 if a.kind is b.kind else 1

    return [(a.id, b.id) for a, b in _matched(kept, merged, score)]


def _same_act(kept: Contents, merged: Contents, twins: dict[int, int], a: Event, b: Event) -> int:
    """Return how alike two entries are: one step, about a paired accused, at about one day."""
    about = {twins[key] for key in merged.touched[b.id] if key in twins}
    if a.step != b.step or not about & kept.touched[a.id]:
        return 0
    if a.step == FIRST_SEEN or a.occurred_from is None or b.occurred_from is None:
        return 1
    if a.occurred_from == b.occurred_from and a.occurred_to == b.occurred_to:
        return 4
    last_a, last_b = a.occurred_to or a.occurred_from, b.occurred_to or b.occurred_from
    if a.occurred_from <= last_b and b.occurred_from <= last_a:
        return 3
    near = a.occurred_from <= last_b + NEAR and b.occurred_from <= last_a + NEAR
    return 2 if near else 0


def _same_hearing(a: Hearing, b: Hearing) -> int:
    """Return how alike two hearings are: one day, and no two courts, times or kinds."""
    if a.scheduled_on != b.scheduled_on or _contradict(a.institution_id, b.institution_id, None):
        return 0
    if _contradict(a.scheduled_time, b.scheduled_time, None):
        return 0
    return 2 if a.kind == b.kind else 1
