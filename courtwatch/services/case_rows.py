"""Everything that a case page is made of, read with a fixed number of queries.

Nothing here is filtered by who asks: `services.case_page` does that, through
`security.visibility`, before anything leaves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, selectinload

from courtwatch.models import (
    AccessRequest,
    Case,
    CaseGrant,
    CaseNumber,
    Charge,
    Event,
    EventTarget,
    Hearing,
    Note,
    Person,
    PersonName,
    Prosecution,
    ProsecutionCase,
    ReasonAssessed,
    ReasonStated,
    Redaction,
    Revision,
    User,
    Victim,
)
from courtwatch.models.vocabulary import EventStatus
from courtwatch.services.correction_rows import HearingWas, hearing_corrections
from courtwatch.services.fact_inputs import read_inputs, read_lookups
from courtwatch.services.labels import Names
from courtwatch.services.standing import Standing, make_standing


@dataclass
class CaseRows:
    """The rows of one case."""

    case: Case
    names: Names
    prosecutions: list[Prosecution]
    people: dict[int, Person]
    person_names: dict[int, list[PersonName]]
    standings: dict[int, Standing]
    charges: dict[int, list[Charge]]
    events: list[Event]
    replaced: dict[int, Event]
    hearings: list[Hearing]
    victims: list[Victim]
    numbers: list[CaseNumber]
    notes: list[Note]
    grants: list[CaseGrant]
    requests: list[AccessRequest]
    revisions: dict[int, Revision]
    users: dict[int, User]
    redactions: dict[tuple[str, int], Redaction]
    hearings_were: dict[int, list[HearingWas]]


def read_case(session: Session, case: Case) -> CaseRows:
    """Read all of a case."""
    names = Names(session)
    prosecutions = list(session.scalars(_prosecutions(case.id)))
    ids = [p.id for p in prosecutions]
    people = {p.person_id: p.person for p in prosecutions}
    found_names: dict[int, list[PersonName]] = defaultdict(list)
    for name in session.scalars(
        select(PersonName)
        .where(PersonName.person_id.in_(people), PersonName.rev_to.is_(None))
        .order_by(PersonName.script.desc(), PersonName.id)
    ):
        found_names[name.person_id].append(name)
    charges: dict[int, list[Charge]] = defaultdict(list)
    for charge in session.scalars(
        select(Charge).where(Charge.prosecution_id.in_(ids)).order_by(Charge.rank, Charge.id)
    ):
        charges[charge.prosecution_id].append(charge)
    events, replaced = _events(session, case.id)
    hearings = list(session.scalars(_hearings(case.id)))
    rows = CaseRows(
        case=case,
        names=names,
        prosecutions=prosecutions,
        people=people,
        person_names=found_names,
        standings=_standings(session, ids),
        charges=charges,
        events=events,
        replaced=replaced,
        hearings=hearings,
        victims=_all(session, Victim, Victim.case_id == case.id),
        numbers=_all(session, CaseNumber, CaseNumber.case_id == case.id, current=True),
        notes=_all(session, Note, Note.case_id == case.id, current=True),
        grants=_all(session, CaseGrant, CaseGrant.case_id == case.id, current=True),
        requests=_all(
            session,
            AccessRequest,
            AccessRequest.case_id == case.id,
            AccessRequest.seen_revision_id.is_(None),
        ),
        revisions={},
        users={},
        redactions={},
        hearings_were=hearing_corrections(session, case.id),
    )
    _read_writers(session, rows)
    _read_names(rows)
    _read_redactions(session, rows)
    return rows


def _all(session: Session, model: Any, *where: Any, current: bool = False) -> list[Any]:
    query = select(model).where(*where).order_by(model.id)
    return list(session.scalars(query.where(model.rev_to.is_(None)) if current else query))


def _prosecutions(case_id: int) -> Any:
    return (
        select(Prosecution)
        .join(ProsecutionCase, ProsecutionCase.prosecution_id == Prosecution.id)
        .where(
            ProsecutionCase.case_id == case_id,
            ProsecutionCase.rev_to.is_(None),
            Prosecution.merged_into_id.is_(None),
        )
        .options(selectinload(Prosecution.person))
        .order_by(Prosecution.id)
    )


def _standings(session: Session, ids: list[int]) -> dict[int, Standing]:
    connection = session.connection()
    lookups = read_lookups(connection)
    inputs = read_inputs(connection, ids)
    return {key: make_standing(found, lookups) for key, found in inputs.items()}


def _events(session: Session, case_id: int) -> tuple[list[Event], dict[int, Event]]:
    """Return the events that hold or were taken back, and those replaced, by key."""
    targets = selectinload(Event.targets)
    query = (
        select(Event)
        .where(Event.case_id == case_id)
        .options(
            selectinload(Event.accounts),
            targets.selectinload(EventTarget.reasons_stated).selectinload(ReasonStated.reason),
            targets.selectinload(EventTarget.reasons_assessed).selectinload(ReasonAssessed.reason),
            targets.selectinload(EventTarget.sentences),
        )
        .order_by(Event.id)
    )
    found = session.scalars(query).all()
    shown = [e for e in found if e.rev_to is None or e.status is EventStatus.VOIDED]
    kept = {e.id for e in shown}
    return shown, {e.id: e for e in found if e.id not in kept}


def _hearings(case_id: int) -> Any:
    return (
        select(Hearing)
        .where(Hearing.case_id == case_id)
        .options(selectinload(Hearing.prosecutions))
        .order_by(Hearing.scheduled_on, Hearing.scheduled_time, Hearing.id)
    )


def _read_writers(session: Session, rows: CaseRows) -> None:
    """Read who entered, corrected and told."""
    revision_ids = {e.rev_from for e in rows.events} | {e.rev_to for e in rows.events if e.rev_to}
    revision_ids |= {e.rev_from for e in rows.replaced.values()}
    were = [was for found in rows.hearings_were.values() for was in found]
    revision_ids |= {was.revision_id for was in were}
    revision_ids |= {row.rev_from for _table, row in _worded(rows)}
    revision_ids |= {h.rev_from for h in rows.hearings} | {r.revision_id for r in rows.requests}
    found = session.scalars(select(Revision).where(Revision.id.in_(revision_ids)))
    rows.revisions = {revision.id: revision for revision in found}
    user_ids = {revision.user_id for revision in rows.revisions.values()}
    user_ids |= {account.user_id for event in rows.events for account in event.accounts}
    user_ids |= {note.user_id for note in rows.notes} | {r.user_id for r in rows.requests}
    user_ids.discard(None)
    users = session.scalars(select(User).where(User.id.in_(user_ids)))
    rows.users = {user.id: user for user in users}


def _read_names(rows: CaseRows) -> None:
    """Read the names of courts, offences, reasons and organisations that the rows name."""
    case, events = rows.case, rows.events
    targets = [target for event in events for target in event.targets]
    revisions = rows.revisions.values()
    rows.names.need(
        institutions=[
            case.court_id,
            *(e.institution_id for e in events),
            *(h.institution_id for h in rows.hearings),
            *(was.institution_id for found in rows.hearings_were.values() for was in found),
        ],
        offences=[
            *(c.offence_id for charges in rows.charges.values() for c in charges),
            *(t.to_offence_id for t in targets),
        ],
        reasons=[h.adjournment_reason_id for h in rows.hearings],
        organisations=[
            case.owner_id,
            *(e.organisation_id for e in events),
            *(a.organisation_id for e in events for a in e.accounts),
            *(r.organisation_id for r in revisions),
            *(n.organisation_id for n in rows.notes),
            *(g.grantee_id for g in rows.grants),
            *(r.organisation_id for r in rows.requests),
        ],
        jurisdictions=[case.jurisdiction_id],
        procedures=[case.procedure_version_id],
    )


def _worded(rows: CaseRows) -> Iterator[tuple[str, Any]]:
    """Yield the rows that hold words, with the name of their table."""
    named = (name for names in rows.person_names.values() for name in names)
    charges = (charge for found in rows.charges.values() for charge in found)
    targets = (target for event in rows.events for target in event.targets)
    sentences = (sentence for target in targets for sentence in target.sentences)
    for row in (*rows.notes, *rows.numbers, *named, *charges, *sentences):
        yield row.__tablename__, row


def _read_redactions(session: Session, rows: CaseRows) -> None:
    """Read the last redaction of each row, by table and key."""
    keys: dict[str, list[int]] = defaultdict(list)
    for table, row in _worded(rows):
        keys[table].append(row.id)
    wanted = [
        and_(Redaction.table_name == table, Redaction.row_id.in_(ids))
        for table, ids in keys.items()
    ]
    if wanted:
        found = session.scalars(select(Redaction).where(or_(*wanted)).order_by(Redaction.id))
        rows.redactions = {(one.table_name, one.row_id): one for one in found}
