"""The page of a case into which other records were merged: one page made of theirs.

Each record is shown by its own rights, through the same parts as any case page; only then are
the shown values put together. Who may not read one of the records sees the other as it stands by
itself: nothing tells them that there is a second one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from courtwatch.models import Case, CaseLink, MergePair, Organisation
from courtwatch.models.facts import holds_at
from courtwatch.models.vocabulary import (
    LinkDecision,
    PairHolds,
    PairKind,
)
from courtwatch.security.visibility import Level, Sight, level_for, sight_of
from courtwatch.services.case_history import read_writers
from courtwatch.services.case_joined import Side, joined
from courtwatch.services.case_page import (
    CasePage,
    MergedShown,
    WriterShown,
)
from courtwatch.services.case_reading import Reading
from courtwatch.services.case_rows import CaseRows, read_case
from courtwatch.services.case_sight import sight_now
from courtwatch.services.labels import named, outcome_label, stage_label
from courtwatch.services.merged_inputs import successors
from courtwatch.services.merging import WHY, may_take_apart
from courtwatch.services.standing import Standing
from courtwatch.services.work import Actor
from workflows.history import roll_up

PageOf = Callable[[Reading], CasePage]


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
        page = joined(page, reading, side)
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
) -> Side | None:
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
    return Side(link, case, rows, page_of(inside), pairs)


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


def _told(session: Session, actor: Actor, reading: Reading, side: Side) -> MergedShown:
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
