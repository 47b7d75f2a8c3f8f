"""Everything that a case page is made of, now or at a past revision, in a few queries.

Nothing here is filtered by who asks: `services.case_page` does that, through
`security.visibility`, before anything leaves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from courtwatch.models import (
    AccessRequest,
    Case,
    CaseGrant,
    CaseNumber,
    Charge,
    Event,
    EventAccount,
    EventTarget,
    Hearing,
    HearingProsecution,
    Note,
    Person,
    PersonName,
    Prosecution,
    ProsecutionCase,
    ReasonAssessed,
    ReasonStated,
    Redaction,
    Revision,
    Sentence,
    User,
    Victim,
)
from courtwatch.models.vocabulary import EventStatus
from courtwatch.services.clocks import derive_clocks
from courtwatch.services.correction_rows import HearingWas, hearing_corrections
from courtwatch.services.fact_inputs import read_inputs, read_lookups
from courtwatch.services.fact_rows import current_offences
from courtwatch.services.labels import Names
from courtwatch.services.past import RecordAt
from courtwatch.services.standing import Standing, make_standing
from workflows.time_limits import Clock

_Row = TypeVar("_Row")


@dataclass
class CaseRows:
    """The rows of one case as they read at one revision.

    Rows belong to no session. `people_now` and `victims_now` say what is known of them today:
    present rights apply to past views too, so whether a name may be shown follows from these.
    """

    case: Case
    names: Names
    prosecutions: list[Prosecution]
    people: dict[int, Person]
    people_now: dict[int, Person]
    person_names: dict[int, list[PersonName]]
    standings: dict[int, Standing]
    clocks: dict[int, tuple[Clock, ...]]
    charges: dict[int, list[Charge]]
    events: list[Event]
    replaced: dict[int, Event]
    hearings: list[Hearing]
    victims: list[Victim]
    victims_now: list[Victim]
    numbers: list[CaseNumber]
    notes: list[Note]
    grants: list[CaseGrant]
    requests: list[AccessRequest]
    revisions: dict[int, Revision]
    users: dict[int, User]
    redactions: dict[tuple[str, int], Redaction]
    hearings_were: dict[int, list[HearingWas]]


def read_case(
    session: Session, case: Case, revision: int | None = None, apart: bool = False
) -> CaseRows | None:
    """Read all of a case as it read at `revision` (None: now); None if it was not there yet.

    `apart`: by itself, as if it had not been merged with another.
    """
    then = RecordAt(session, revision)
    now = RecordAt(session)
    key = case.id
    found = then.read(Case, lambda c: c.id == key)
    if not found:
        return None
    names = Names(session, revision)
    prosecutions = _prosecutions(then, key, apart)
    ids = [p.id for p in prosecutions]
    person_ids = [p.person_id for p in prosecutions]
    people = _by_id(then.read(Person, lambda c: c.id.in_(person_ids)))
    events, replaced = _events(then, key, names)
    victims = then.read(Victim, lambda c: c.case_id == key)
    past = revision is not None
    standings, clocks = _standings(session, ids, revision, apart)
    rows = CaseRows(
        case=found[0],
        names=names,
        prosecutions=prosecutions,
        people=people,
        people_now=_by_id(now.read(Person, lambda c: c.id.in_(person_ids))) if past else people,
        person_names=_grouped(
            then.read(PersonName, lambda c: c.person_id.in_(person_ids)), "person_id"
        ),
        standings=standings,
        clocks=clocks,
        charges=_grouped(
            then.read(Charge, lambda c: c.prosecution_id.in_(ids), ("rank", "id")),
            "prosecution_id",
        ),
        events=events,
        replaced=replaced,
        hearings=_hearings(then, key),
        victims=victims,
        victims_now=now.read(Victim, lambda c: c.case_id == key) if past else victims,
        numbers=then.read(CaseNumber, lambda c: c.case_id == key),
        notes=then.read(Note, lambda c: c.case_id == key),
        grants=then.read(CaseGrant, lambda c: c.case_id == key),
        requests=_requests(then, key),
        revisions={},
        users={},
        redactions={},
        hearings_were=hearing_corrections(session, key, revision),
    )
    for named in rows.person_names.values():
        named.sort(key=lambda name: (name.script, -name.id), reverse=True)
    _read_writers(session, rows)
    _read_names(rows)
    _read_redactions(session, rows)
    return rows


def _by_id(rows: Iterable[_Row]) -> dict[int, _Row]:
    return {row.id: row for row in rows}  # type: ignore[attr-defined]


def _grouped(rows: Iterable[_Row], column: str) -> dict[int, list[_Row]]:
    found: dict[int, list[_Row]] = defaultdict(list)
    for row in rows:
        found[getattr(row, column)].append(row)
    return found


def _prosecutions(record: RecordAt, case_id: int, apart: bool) -> list[Prosecution]:
    members = record.read(ProsecutionCase, lambda c: c.case_id == case_id)
    ids = [row.prosecution_id for row in members]
    if apart:
        return record.read(Prosecution, lambda c: c.id.in_(ids))
    return record.read(Prosecution, lambda c: c.id.in_(ids) & c.merged_into_id.is_(None))


def _requests(record: RecordAt, case_id: int) -> list[AccessRequest]:
    """Return the questions about the case that nobody had looked at."""
    revision = record.revision
    if revision is None:
        return record.read(
            AccessRequest, lambda c: (c.case_id == case_id) & c.seen_revision_id.is_(None)
        )
    return record.read(
        AccessRequest,
        lambda c: and_(
            c.case_id == case_id,
            c.revision_id <= revision,
            or_(c.seen_revision_id.is_(None), c.seen_revision_id > revision),
        ),
    )


def _standings(
    session: Session, ids: list[int], revision: int | None, apart: bool
) -> tuple[dict[int, Standing], dict[int, tuple[Clock, ...]]]:
    """Return where prosecutions stood, and their clocks."""
    connection = session.connection()
    lookups = read_lookups(connection)
    inputs = read_inputs(connection, ids, revision, apart)
    standings = {key: make_standing(found, lookups) for key, found in inputs.items()}
    clocks = {
        key: derive_clocks(one.inputs, one.state, current_offences(one.inputs, one.state), lookups)
        for key, one in standings.items()
    }
    return standings, clocks


def _events(record: RecordAt, case_id: int, names: Names) -> tuple[list[Event], dict[int, Event]]:
    """Return the events that hold or were taken back, and those replaced, by key.

    With all that ever hung on them: the page says what of it still holds.
    """
    found = record.read(Event, lambda c: c.case_id == case_id, closed=True)
    events = _by_id(found)
    for account in record.read(EventAccount, lambda c: c.event_id.in_(events), closed=True):
        account.event = events[account.event_id]
    targets = _by_id(record.read(EventTarget, lambda c: c.event_id.in_(events)))
    for target in targets.values():
        target.event = events[target.event_id]
    reasons: list[ReasonStated | ReasonAssessed] = [
        *record.read(ReasonStated, lambda c: c.target_id.in_(targets), closed=True),
        *record.read(ReasonAssessed, lambda c: c.target_id.in_(targets), closed=True),
    ]
    names.need(reasons=[row.reason_id for row in reasons])
    for row in reasons:
        row.target = targets[row.target_id]
        row.reason = names.reasons[row.reason_id]
    for sentence in record.read(Sentence, lambda c: c.target_id.in_(targets), closed=True):
        sentence.target = targets[sentence.target_id]
    shown = [e for e in found if e.rev_to is None or e.status is EventStatus.VOIDED]
    kept = {e.id for e in shown}
    return shown, {e.id: e for e in found if e.id not in kept}


def _hearings(record: RecordAt, case_id: int) -> list[Hearing]:
    """Return the hearings; one taken back keeps the prosecutions that it named."""
    found = record.read(
        Hearing, lambda c: c.case_id == case_id, ("scheduled_on", "scheduled_time", "id")
    )
    hearings = _by_id(found)
    for row in record.read(HearingProsecution, lambda c: c.hearing_id.in_(hearings), closed=True):
        hearing = hearings[row.hearing_id]
        if row.rev_to is None or hearing.voided:
            row.hearing = hearing
    return found


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
    people = rows.people.values()
    for row in (*rows.notes, *rows.numbers, *named, *charges, *sentences, *people, *rows.victims):
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
