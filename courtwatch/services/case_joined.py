"""One page of two records of a case: what each shows, put together value by value.

Both are shown by their own rights before (`services.case_family`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from courtwatch.models import Case, CaseLink
from courtwatch.models.vocabulary import (
    AgeBand,
    HearingStatus,
    PairHolds,
    PairKind,
    Sex,
    YesNoUnknown,
)
from courtwatch.security.visibility import Level
from courtwatch.services.case_page import (
    AccusedShown,
    CasePage,
    ChangeShown,
    ChargeShown,
    EventShown,
    HearingShown,
    ReasonShown,
    UnresolvedShown,
)
from courtwatch.services.case_reading import Reading
from courtwatch.services.case_rows import CaseRows
from courtwatch.services.timeline_order import BEHIND, places_of


@dataclass
class Side:
    """A merged record: its rows, the page that it would be, and what of it is whose twin."""

    link: CaseLink
    case: Case
    rows: CaseRows
    page: CasePage
    pairs: Mapping[PairKind, Mapping[int, tuple[int, PairHolds]]]

    def twin(self, kind: PairKind, key: int) -> int | None:
        """Return the kept row that stands for one of this record."""
        found = self.pairs.get(kind, {}).get(key)
        return None if found is None else found[0]


def joined(page: CasePage, reading: Reading, side: Side) -> CasePage:
    """Return the page of a case with what a merged record shows."""
    other = side.page
    numbers, words = _numbers(page, other)
    return replace(
        page,
        numbers=numbers,
        number_words=words,
        court=page.court or other.court,
        accused=tuple(_accused(page, reading, side)),
        victims=(
            *page.victims,
            *(
                replace(victim, number=number)
                for number, victim in enumerate(other.victims, len(page.victims) + 1)
            ),
        ),
        events=tuple(_in_order(_events(page, reading, side), reading, side)),
        hearings=tuple(sorted(_hearings(page, reading, side), key=lambda h: (h.day, h.time or ""))),
        notes=(*page.notes, *other.notes),
        redacted_since=(*page.redacted_since, *other.redacted_since),
        name_rights={**other.name_rights, **page.name_rights},
    )


def _in_order(events: Iterable[EventShown], reading: Reading, side: Side) -> list[EventShown]:
    """Return the entries of both records in the order in which they counted."""
    places = places_of([*reading.rows.standings.values(), *side.rows.standings.values()])

    def key(event: EventShown) -> tuple[date, int]:
        return places.get(event.id) or (event.first or date.max, BEHIND)

    return sorted(events, key=key)


def _numbers(page: CasePage, other: CasePage) -> tuple[Any, Any]:
    if not page.sight.numbers:
        return (), ()
    found = list(zip(page.numbers, page.number_words, strict=True))
    known = set(page.numbers)
    found += [
        (number, words)
        for number, words in zip(other.numbers, other.number_words, strict=True)
        if number not in known
    ]
    return tuple(n for n, _words in found), tuple(words for _n, words in found)


def _accused(page: CasePage, reading: Reading, side: Side) -> Iterator[AccusedShown]:
    steps = {event.id: event.step for event in (*side.page.events, *page.events)}
    others = dict(zip((p.id for p in side.rows.prosecutions), side.page.accused, strict=True))
    twins = {kept: merged for merged, (kept, _h) in side.pairs[PairKind.PROSECUTION].items()}
    people = {p.id: p.person_id for p in (*reading.rows.prosecutions, *side.rows.prosecutions)}
    keys = {p.public_code: p.id for p in reading.rows.prosecutions}
    for one in page.accused:
        key = keys.get(one.code)
        twin = twins.get(key or 0)
        if key is None or twin is None:
            yield _with_steps(one, steps)
            continue
        other = others[twin]
        first = _names(one, page, other_may=side.page.name_rights.get(people[twin], False))
        second = _names(other, side.page, other_may=page.name_rights.get(people[key], False))
        names = dict.fromkeys((*first, *second))
        yield _with_steps(
            replace(
                one,
                names=tuple(name for name, _words in names),
                name_words=tuple(words for _name, words in names),
                pseudonym=one.pseudonym,
                sex=other.sex if one.sex is Sex.UNKNOWN else one.sex,
                age_band=other.age_band if one.age_band is AgeBand.UNKNOWN else one.age_band,
                citizenship=one.citizenship or other.citizenship,
                official=other.official if one.official is YesNoUnknown.UNKNOWN else one.official,
                registered=one.registered or other.registered,
                charges=tuple(_charges(one.charges, other.charges, side)),
                changes=(*one.changes, *_changes(one, other, side)),
            ),
            steps,
        )
    for prosecution in side.rows.prosecutions:
        if side.twin(PairKind.PROSECUTION, prosecution.id) is None:
            yield _with_steps(others[prosecution.id], steps)


def _with_steps(one: AccusedShown, steps: Mapping[int, Any]) -> AccusedShown:
    """Return an accused whose entries without a place are called by their step."""
    known: Iterable[UnresolvedShown] = (
        replace(item, step=steps.get(item.event_id, item.step)) for item in one.unresolved
    )
    return replace(one, unresolved=tuple(known))


def _names(one: AccusedShown, page: CasePage, other_may: bool) -> list[Any]:
    """Return names that may be read: outside their own organisation only if both records allow.

    One record may know that the accused is a child where the other does not.
    """
    if page.sight.level is not Level.OWN and not other_may:
        return []
    return list(zip(one.names, one.name_words, strict=True))


def _charges(
    own: Sequence[ChargeShown], others: Sequence[ChargeShown], side: Side
) -> Iterator[ChargeShown]:
    by_twin = {side.twin(PairKind.CHARGE, charge.id): charge for charge in others}
    for charge in own:
        other = by_twin.get(charge.id)
        if other is None:
            yield charge
            continue
        yield replace(
            charge,
            as_given=charge.as_given or other.as_given,
            words=charge.words or other.words,
            exploitation=charge.exploitation or other.exploitation,
            institution=charge.institution or other.institution,
            reasons_stated=_reasons(charge.reasons_stated, other.reasons_stated),
            reasons_assessed=_reasons(charge.reasons_assessed, other.reasons_assessed),
            sentences=charge.sentences or other.sentences,
        )
    numbers = _numbers_here(own, others, side)
    for charge in others:
        if side.twin(PairKind.CHARGE, charge.id) is None:
            by = None if charge.by is None else numbers[charge.by]
            yield replace(charge, number=numbers[charge.number], by=by)


def _numbers_here(
    own: Sequence[ChargeShown], others: Sequence[ChargeShown], side: Side
) -> dict[int, int]:
    """Return which number each charge of the other record has on this page."""
    known = {charge.id: charge.number for charge in own}
    last = max(known.values(), default=0)
    numbers: dict[int, int] = {}
    for charge in others:
        twin = known.get(side.twin(PairKind.CHARGE, charge.id) or 0)
        if twin is None:
            last += 1
        numbers[charge.number] = last if twin is None else twin
    return numbers


def _changes(one: AccusedShown, other: AccusedShown, side: Side) -> Iterator[ChangeShown]:
    """Give the changes of charges that the other record tells of, by their numbers here."""
    numbers = _numbers_here(one.charges, other.charges, side)
    for change in other.changes:
        if change.number in numbers and (change.by is None or change.by in numbers):
            by = None if change.by is None else numbers[change.by]
            yield replace(change, number=numbers[change.number], by=by)


def _reasons(own: Sequence[ReasonShown], others: Sequence[ReasonShown]) -> tuple[ReasonShown, ...]:
    found = {reason.code: reason for reason in (*others, *own)}
    return tuple(found.values())


def _events(page: CasePage, reading: Reading, side: Side) -> Iterator[EventShown]:
    pooled = {
        key: row
        for standing in reading.rows.standings.values()
        for key, row in standing.inputs.events.items()
    }
    by_twin = {side.twin(PairKind.EVENT, event.id): event for event in side.page.events}
    for event in page.events:
        other = by_twin.get(event.id)
        yield event if other is None else _event(event, other, pooled.get(event.id))
    for event in side.page.events:
        if side.twin(PairKind.EVENT, event.id) is None:
            yield replace(event, elsewhere=True)


def _event(own: EventShown, other: EventShown, holds: Any) -> EventShown:
    """Return two tellings of one act as one entry, with the sources of both."""
    days = own
    if holds is not None:
        said = (holds.occurred_from, holds.occurred_to)
        if said != (own.first, own.last) and said == (other.first, other.last):
            days = other
    seen = {one.accused for one in own.touched}
    return replace(
        own,
        institution=own.institution or other.institution,
        first=days.first,
        last=days.last,
        precision=days.precision,
        time=days.time,
        mode=own.mode or other.mode,
        entry_stage=days.entry_stage or own.entry_stage,
        touched=(*own.touched, *(one for one in other.touched if one.accused not in seen)),
        reasons_stated=_reasons(own.reasons_stated, other.reasons_stated),
        reasons_assessed=_reasons(own.reasons_assessed, other.reasons_assessed),
        sentences=own.sentences or other.sentences,
        sources=(*own.sources, *other.sources),
        notes=(*own.notes, *other.notes),
        remarks=(*own.remarks, *other.remarks),
    )


def _hearings(page: CasePage, reading: Reading, side: Side) -> Iterator[HearingShown]:
    codes = {h.id: h.public_code for h in (*reading.rows.hearings, *side.rows.hearings)}
    pairs = {
        codes[kept]: (codes[merged], holds)
        for merged, (kept, holds) in side.pairs[PairKind.HEARING].items()
        if kept in codes and merged in codes
    }
    others = {hearing.code: hearing for hearing in side.page.hearings}
    hidden = {code for code, _holds in pairs.values()}
    for hearing in page.hearings:
        twin = pairs.get(hearing.code)
        yield hearing if twin is None else _hearing(hearing, others[twin[0]], twin[1])
    for hearing in side.page.hearings:
        if hearing.code not in hidden:
            yield replace(hearing, elsewhere=True)


def _hearing(own: HearingShown, other: HearingShown, holds: PairHolds) -> HearingShown:
    """Return two tellings of one hearing as one: what came of it by hand, else by who knows."""
    nothing = (HearingStatus.SCHEDULED, HearingStatus.UNKNOWN)
    by_rule = holds is PairHolds.RULE and own.status in nothing and other.status not in nothing
    told = other if holds is PairHolds.MERGED or by_rule else own
    there = {number for number, _presence in own.presence}
    return replace(
        own,
        time=own.time or other.time,
        court=own.court or other.court,
        status=told.status,
        reason=told.reason,
        next_on=told.next_on,
        presence=(*own.presence, *(one for one in other.presence if one[0] not in there)),
        notes=(*own.notes, *other.notes),
    )
