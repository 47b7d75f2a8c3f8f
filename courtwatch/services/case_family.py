"""The page of a case into which other records were merged: one page made of theirs.

Each record is shown by its own rights, through the same parts as any case page; only then are
the shown values put together. Who may not read one of the records sees the other as it stands by
itself: nothing tells them that there is a second one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from courtwatch.models import Case, CaseLink, MergePair, Organisation
from courtwatch.models.facts import holds_at
from courtwatch.models.vocabulary import (
    AgeBand,
    HearingStatus,
    LinkDecision,
    PairHolds,
    PairKind,
    Sex,
    YesNoUnknown,
)
from courtwatch.security.visibility import Level, Sight, level_for, sight_of
from courtwatch.services.case_history import read_writers
from courtwatch.services.case_page import (
    AccusedShown,
    CasePage,
    ChangeShown,
    ChargeShown,
    EventShown,
    HearingShown,
    MergedShown,
    ReasonShown,
    UnresolvedShown,
    WriterShown,
)
from courtwatch.services.case_reading import Reading
from courtwatch.services.case_rows import CaseRows, read_case
from courtwatch.services.case_sight import sight_now
from courtwatch.services.labels import named, outcome_label, stage_label
from courtwatch.services.merged_inputs import successors
from courtwatch.services.merging import WHY, may_take_apart
from courtwatch.services.standing import Standing
from courtwatch.services.timeline_order import BEHIND, places_of
from courtwatch.services.work import Actor
from workflows.history import roll_up

PageOf = Callable[[Reading], CasePage]
_Shown = TypeVar("_Shown")


@dataclass
class _Side:
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


def with_merged(session: Session, actor: Actor, reading: Reading, page_of: PageOf) -> CasePage:
    """Return the page of a case together with the records that were merged into it."""
    revision = reading.revision
    links = session.scalars(
        select(CaseLink)
        .where(
            CaseLink.a_id == reading.rows.case.id,
            CaseLink.decision == LinkDecision.SAME,
            holds_at(CaseLink, revision),
        )
        .order_by(CaseLink.id)
    ).all()
    if not links:
        return page_of(reading)
    sights = {link.id: _sight_of(session, actor, link, revision) for link in links}
    if any(sight is None for sight in sights.values()):
        alone = read_case(session, reading.rows.case, revision, apart=True)
        assert alone is not None
        return page_of(Reading(alone, reading.sight, revision))
    page = page_of(reading)
    standings = dict(reading.rows.standings)
    for link in links:
        sight = sights[link.id]
        assert sight is not None
        side = _side(session, link, reading, sight, page, page_of)
        if side is None:
            continue
        for prosecution in side.rows.prosecutions:
            if side.twin(PairKind.PROSECUTION, prosecution.id) is None:
                standings[prosecution.id] = side.rows.standings[prosecution.id]
        page = _joined(page, reading, side)
        page = replace(page, merged=(*page.merged, _told(session, actor, reading, side)))
    state = roll_up([standing.state for standing in standings.values()])
    return replace(
        page,
        state=state,
        stage=stage_label(page.procedure, state.stage),
        outcome=outcome_label(page.procedure, state.outcome),
    )


def _sight_of(session: Session, actor: Actor, link: CaseLink, revision: int | None) -> Sight | None:
    """Return what `actor` may see of the merged record; None if nothing."""
    case = session.get_one(Case, link.b_id)
    if revision is not None:
        return sight_now(session, actor, case, [])
    level = level_for(session, actor, case)
    return sight_of(actor, level, case.owner_id, case.share_level) if level.listed else None


def _side(
    session: Session,
    link: CaseLink,
    reading: Reading,
    sight: Sight,
    page: CasePage,
    page_of: PageOf,
) -> _Side | None:
    revision = reading.revision
    case = session.get_one(Case, link.b_id)
    rows = read_case(session, case, revision, apart=True)
    if rows is None:
        return None
    pairs = _pairs(session, link, reading.rows, rows, revision)
    twins = pairs[PairKind.PROSECUTION]
    inside = Reading(rows, sight, revision)
    number = len(page.accused)
    for prosecution in rows.prosecutions:
        twin = twins.get(prosecution.id)
        if twin is None:
            number += 1
            inside.ordinals[prosecution.id] = number
        else:
            kept = reading.rows.standings.get(twin[0])
            inside.ordinals[prosecution.id] = reading.ordinals.get(twin[0], 0)
            if kept is not None:
                rows.standings[prosecution.id] = _as_here(kept, pairs)
    return _Side(link, case, rows, page_of(inside), pairs)


def _pairs(
    session: Session, link: CaseLink, kept: CaseRows, merged: CaseRows, revision: int | None
) -> dict[PairKind, dict[int, tuple[int, PairHolds]]]:
    """Return what is paired: merged row -> kept row, each as the row that holds."""
    found: dict[PairKind, dict[int, tuple[int, PairHolds]]] = {kind: {} for kind in PairKind}
    query = select(MergePair).where(MergePair.link_id == link.id, holds_at(MergePair, revision))
    rows = session.scalars(query.order_by(MergePair.id)).all()
    held = {event.id for event in (*kept.events, *merged.events) if event.rev_to is None}
    events = [row for row in rows if row.kind is PairKind.EVENT]
    gone = {key for row in events for key in (row.kept_id, row.merged_id)} - held
    now = successors(session.connection(), gone, revision)
    voided = {hearing.id for hearing in (*kept.hearings, *merged.hearings) if hearing.voided}
    for row in rows:
        first, second = row.kept_id, row.merged_id
        if row.kind is PairKind.EVENT:
            first, second = now.get(first, first), now.get(second, second)
            if not {first, second} <= held:
                continue
        if row.kind is PairKind.HEARING and {first, second} & voided:
            continue
        found[row.kind][second] = first, row.holds
    return found


def _as_here(
    standing: Standing, pairs: Mapping[PairKind, Mapping[int, tuple[int, PairHolds]]]
) -> Standing:
    """Return a standing in the keys of the merged record, for its own page to look things up."""
    events = {kept: merged for merged, (kept, _holds) in pairs[PairKind.EVENT].items()}
    charges = {kept: merged for merged, (kept, _holds) in pairs[PairKind.CHARGE].items()}
    positions = {}
    for key, position in standing.state.positions.items():
        here = charges.get(key, key)
        event_id = position.event_id
        positions[here] = position._replace(
            charge_id=here, event_id=None if event_id is None else events.get(event_id, event_id)
        )
    return replace(standing, state=replace(standing.state, positions=positions))


def _told(session: Session, actor: Actor, reading: Reading, side: _Side) -> MergedShown:
    """Return who merged the record, when and why, as far as the reader may know."""
    writers = read_writers(session, [side.link.rev_from])
    revision = writers.revisions[side.link.rev_from]
    organisation = writers.organisations.get(revision.organisation_id or 0)
    user = writers.users.get(revision.user_id or 0)
    sight = reading.sight
    may_person = revision.organisation_id is not None and sight.monitor(revision.organisation_id)
    merged_by = WriterShown(
        at=revision.at,
        organisation=named(organisation) if sight.organisations else None,
        person=(user.display_name or user.name) if may_person and user is not None else None,
        system=revision.organisation_id is None,
    )
    owner = session.get_one(Organisation, side.case.owner_id)
    kept = session.get_one(Case, side.link.a_id)
    return MergedShown(
        link_id=side.link.id,
        code=side.case.public_code,
        owner=named(owner) if sight.organisations else None,
        merged=merged_by,
        why=tuple(reading.notes.get((WHY, side.link.id), ())),
        own=side.page.sight.level is Level.OWN,
        may_take_apart=reading.revision is None and may_take_apart(actor, kept, side.case),
    )


# Putting shown values together


def _joined(page: CasePage, reading: Reading, side: _Side) -> CasePage:
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


def _in_order(events: Iterable[EventShown], reading: Reading, side: _Side) -> list[EventShown]:
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


def _accused(page: CasePage, reading: Reading, side: _Side) -> Iterator[AccusedShown]:
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
    own: Sequence[ChargeShown], others: Sequence[ChargeShown], side: _Side
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
    own: Sequence[ChargeShown], others: Sequence[ChargeShown], side: _Side
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


def _changes(one: AccusedShown, other: AccusedShown, side: _Side) -> Iterator[ChangeShown]:
    """Give the changes of charges that the other record tells of, by their numbers here."""
    numbers = _numbers_here(one.charges, other.charges, side)
    for change in other.changes:
        if change.number in numbers and (change.by is None or change.by in numbers):
            by = None if change.by is None else numbers[change.by]
            yield replace(change, number=numbers[change.number], by=by)


def _reasons(own: Sequence[ReasonShown], others: Sequence[ReasonShown]) -> tuple[ReasonShown, ...]:
    found = {reason.code: reason for reason in (*others, *own)}
    return tuple(found.values())


def _events(page: CasePage, reading: Reading, side: _Side) -> Iterator[EventShown]:
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


def _hearings(page: CasePage, reading: Reading, side: _Side) -> Iterator[HearingShown]:
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
