"""Import batches: list them, take an unfinished one out, undo a published one.

Undoing voids: events and hearings are marked `import_undone`, facts and numbers are closed, and
everything stays readable as of before. A case on which somebody worked since is left as it is and
listed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    Select,
    Table,
    delete,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from courtwatch.exchange.errors import ImportFailed
from courtwatch.models import (
    Case,
    CaseGrant,
    CaseLink,
    CaseNumber,
    Charge,
    ChargeFact,
    Clock,
    Event,
    EventAccount,
    EventTarget,
    ExternalKey,
    Hearing,
    HearingFact,
    HearingProsecution,
    ImportBatch,
    Note,
    Observation,
    Organisation,
    Person,
    PersonName,
    Prosecution,
    ProsecutionCase,
    ProsecutionFact,
    ReasonAssessed,
    ReasonStated,
    Revision,
    Sentence,
    Victim,
)
from courtwatch.models.engine import begin_writing
from courtwatch.models.vocabulary import BatchStatus, EventStatus, VoidReason
from courtwatch.services.facts import refresh
from courtwatch.services.jobs import owe_cases
from courtwatch.services.work import Actor, Work


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a connection in one writing transaction, which holds the write lock from its start."""
    options = {"courtwatch.writes": True}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


def revision_kind(batch_id: int) -> str:
    """Return the kind of the revisions that a batch takes: they tell its rows from later work."""
    return f"import:{batch_id}"


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One batch, for lists."""

    id: int
    mapping: str
    source: str
    organisation: str
    status: BatchStatus
    started_at: datetime
    finished_at: datetime | None
    cases: int
    prosecutions: int


@dataclass(frozen=True, slots=True)
class Undone:
    """What undoing a batch did: cases voided, and the codes of those that were left."""

    voided: int
    kept: tuple[str, ...]


def list_batches(connection: Connection) -> list[BatchRow]:
    """Return all batches, newest first."""
    query = (
        select(ImportBatch, Organisation.code)
        .join(Organisation, Organisation.id == ImportBatch.organisation_id)
        .order_by(ImportBatch.id.desc())
    )
    rows = []
    for row in connection.execute(query):
        records = (row.summary or {}).get("records", {})
        rows.append(
            BatchRow(
                id=row.id,
                mapping=row.mapping,
                source=row.source,
                organisation=row.code,
                status=row.status,
                started_at=row.started_at,
                finished_at=row.finished_at,
                cases=records.get("cases", 0),
                prosecutions=records.get("prosecutions", 0),
            )
        )
    return rows


def prosecutions_of(batch_id: int) -> Any:
    """Return the subquery of prosecutions that a batch made."""
    return select(Prosecution.id).where(Prosecution.batch_id == batch_id).subquery()


def _cases(batch_id: int) -> Select[Any]:
    return select(Case.id).where(Case.batch_id == batch_id)


def _prosecutions(batch_id: int) -> Select[Any]:
    return select(Prosecution.id).where(Prosecution.batch_id == batch_id)


def _revisions_of(batch_id: int) -> Select[Any]:
    return select(Revision.id).where(Revision.kind == revision_kind(batch_id))


def _events(batch_id: int) -> Select[Any]:
    return select(Event.id).where(Event.batch_id == batch_id)


# Taking out what was never published ---------------------------------------------------------


def discard(engine: Engine, batch_id: int) -> None:
    """Delete what an unfinished batch wrote; nobody has ever seen it. The batch reads `failed`."""
    with writing(engine) as connection:
        _delete_rows(connection, batch_id)
        connection.execute(
            update(ImportBatch)
            .where(ImportBatch.id == batch_id)
            .values(status=BatchStatus.FAILED, finished_at=datetime.now(UTC))
        )


def _delete_rows(connection: Connection, batch_id: int) -> None:
    cases, prosecutions, events = _cases(batch_id), _prosecutions(batch_id), _events(batch_id)
    targets = select(EventTarget.id).where(EventTarget.event_id.in_(events))
    hearings = select(Hearing.id).where(Hearing.batch_id == batch_id)
    persons = list(
        connection.execute(select(Prosecution.person_id).where(Prosecution.batch_id == batch_id))
        .scalars()
        .all()
    )
    own = _revisions_of(batch_id)
    for statement in (
        delete(Sentence).where(Sentence.target_id.in_(targets)),
        delete(ReasonStated).where(ReasonStated.target_id.in_(targets)),
        delete(ReasonAssessed).where(ReasonAssessed.target_id.in_(targets)),
        delete(EventAccount).where(EventAccount.event_id.in_(events)),
        delete(EventTarget).where(EventTarget.event_id.in_(events)),
        delete(Event).where(Event.batch_id == batch_id),
        delete(HearingProsecution).where(HearingProsecution.hearing_id.in_(hearings)),
        delete(Hearing).where(Hearing.batch_id == batch_id),
        delete(Note).where(Note.batch_id == batch_id),
        delete(Charge).where(Charge.rev_from.in_(own)),
        delete(ProsecutionCase).where(ProsecutionCase.prosecution_id.in_(prosecutions)),
        delete(Prosecution).where(Prosecution.batch_id == batch_id),
        delete(Victim).where(Victim.rev_from.in_(own)),
        delete(CaseNumber).where(CaseNumber.case_id.in_(cases)),
        delete(Case).where(Case.batch_id == batch_id),
        delete(ExternalKey).where(ExternalKey.batch_id == batch_id),
    ):
        connection.execute(statement)
    _delete_by_id(connection, PersonName.__table__, PersonName.__table__.c.person_id, persons)
    _delete_by_id(connection, Person.__table__, Person.__table__.c.id, persons)


def _delete_by_id(connection: Connection, table: Any, column: Any, keys: list[int]) -> None:
    for start in range(0, len(keys), 800):
        connection.execute(delete(table).where(column.in_(keys[start : start + 800])))


# Undoing what was published -------------------------------------------------------------------


def undo(engine: Engine, batch_id: int, actor: Actor, now: datetime | None = None) -> Undone:
    """Undo a batch. Raises ImportFailed for a batch that is not there or was undone already."""
    with engine.connect() as connection:
        row = connection.execute(
            select(ImportBatch.status, ImportBatch.summary).where(ImportBatch.id == batch_id)
        ).first()
    if row is None:
        raise ImportFailed(f"There is no batch {batch_id}. See: courtwatch batch list")
    if row.status in (BatchStatus.LOADING, BatchStatus.FAILED):
        discard(engine, batch_id)
        return Undone(0, ())
    if row.status is BatchStatus.UNDONE:
        raise ImportFailed(f"Batch {batch_id} was undone already.")
    moment = now or datetime.now(UTC)
    with Session(engine, expire_on_commit=False) as session:
        begin_writing(session)
        connection = session.connection()
        work = Work(session, actor, "import:undo", moment)
        kept = _worked_on(connection, batch_id)
        chosen = _choose(connection, batch_id, kept)
        voided = _void(connection, batch_id, chosen, work.revision_id, moment)
        _void_additions(work, batch_id)
        codes = _codes(connection, kept)
        session.execute(
            update(ImportBatch)
            .where(ImportBatch.id == batch_id)
            .values(
                status=BatchStatus.UNDONE,
                finished_at=moment,
                summary={**(row.summary or {}), "kept": codes},
            )
        )
        chosen.drop(connection)
        session.commit()
    return Undone(voided, tuple(codes))


def _void_additions(work: Work, batch_id: int) -> None:
    """Void what the batch added to prosecutions of other batches, and derive these again."""
    session = work.session
    foreign = session.scalars(
        select(EventTarget.prosecution_id)
        .join(Event, Event.id == EventTarget.event_id)
        .where(Event.batch_id == batch_id, _foreign(batch_id))
        .distinct()
    ).all()
    charges = session.scalars(
        select(Charge).where(
            Charge.rev_from.in_(_revisions_of(batch_id)),
            Charge.prosecution_id.not_in(_prosecutions(batch_id)),
        )
    ).all()
    for charge in charges:
        work.edit(charge).voided = True
    touched = {*foreign, *(charge.prosecution_id for charge in charges)}
    if touched:
        refresh(work, touched)


def _worked_on(connection: Connection, batch_id: int) -> set[int]:
    """Return the cases of a batch that carry anything of another revision than its own."""
    cases = _cases(batch_id)
    revisions = set(connection.execute(_revisions_of(batch_id)).scalars())
    through_case: list[tuple[Any, Any]] = [
        (model, model.case_id)
        for model in (CaseNumber, CaseGrant, ProsecutionCase, Event, Hearing, Victim, Note)
    ]
    found: set[int] = set()
    queries: list[Any] = [
        select(column, *_revisions(model)).where(column.in_(cases))
        for model, column in through_case
    ]
    queries.append(select(Case.id, Case.rev_from).where(Case.batch_id == batch_id))
    for side in (CaseLink.a_id, CaseLink.b_id):
        queries.append(select(side, CaseLink.rev_from).where(side.in_(cases)))
    joined = ProsecutionCase.prosecution_id
    for model, own in ((Charge, Charge.prosecution_id), (Prosecution, Prosecution.id)):
        queries.append(
            select(ProsecutionCase.case_id, *_revisions(model))
            .join(model, own == joined)
            .where(ProsecutionCase.case_id.in_(cases))
        )
    queries.append(
        select(ProsecutionCase.case_id, Person.rev_from)
        .join(Prosecution, Prosecution.id == joined)
        .join(Person, Person.id == Prosecution.person_id)
        .where(ProsecutionCase.case_id.in_(cases))
    )
    queries.append(
        select(Event.case_id, *_revisions(EventAccount))
        .join(EventAccount, EventAccount.event_id == Event.id)
        .where(Event.case_id.in_(cases))
    )
    for marked in (ReasonStated, ReasonAssessed, Sentence):
        queries.append(
            select(Event.case_id, *_revisions(marked))
            .join(EventTarget, EventTarget.event_id == Event.id)
            .join(marked, marked.target_id == EventTarget.id)
            .where(Event.case_id.in_(cases))
        )
    queries.append(
        select(Hearing.case_id, Observation.rev_from)
        .join(Observation, Observation.hearing_id == Hearing.id)
        .where(Hearing.case_id.in_(cases))
    )
    for query in queries:
        for case_id, *marks in connection.execute(query):
            if any(mark is not None and mark not in revisions for mark in marks):
                found.add(case_id)
    return found


def _revisions(model: Any) -> list[Any]:
    return [model.rev_from, model.rev_to] if hasattr(model, "rev_to") else [model.rev_from]


def _choose(connection: Connection, batch_id: int, kept: set[int]) -> Table:
    """Return a temporary table of the cases to void."""
    table = Table(
        "undone_case", MetaData(), Column("id", Integer, primary_key=True), prefixes=["TEMPORARY"]
    )
    table.create(connection)
    ids = connection.execute(_cases(batch_id)).scalars().all()
    rows = [{"id": key} for key in ids if key not in kept]
    if rows:
        connection.execute(insert(table), rows)
    return table


def _void(
    connection: Connection, batch_id: int, chosen: Table, revision: int, moment: datetime
) -> int:
    cases = select(chosen.c.id)
    events = select(Event.id).where(
        Event.batch_id == batch_id, or_(Event.case_id.in_(cases), _foreign(batch_id))
    )
    targets = select(EventTarget.id).where(EventTarget.event_id.in_(events))
    prosecutions = select(ProsecutionCase.prosecution_id).where(ProsecutionCase.case_id.in_(cases))
    closing: list[tuple[Any, Any]] = [
        (ReasonStated, ReasonStated.target_id.in_(targets)),
        (ReasonAssessed, ReasonAssessed.target_id.in_(targets)),
        (Sentence, Sentence.target_id.in_(targets)),
        (EventAccount, EventAccount.event_id.in_(events)),
        (CaseNumber, CaseNumber.case_id.in_(cases)),
        (Note, Note.case_id.in_(cases)),
        (ProsecutionFact, ProsecutionFact.case_id.in_(cases)),
        (ChargeFact, ChargeFact.case_id.in_(cases)),
        (Clock, Clock.prosecution_id.in_(prosecutions)),
        (HearingFact, HearingFact.case_id.in_(cases)),
        (ProsecutionCase, ProsecutionCase.case_id.in_(cases)),
    ]
    for model, where in closing:
        connection.execute(
            update(model).where(where, model.rev_to.is_(None)).values(rev_to=revision)
        )
    connection.execute(
        update(Hearing)
        .where(Hearing.case_id.in_(cases), Hearing.voided.is_(False))
        .values(voided=True, void_reason=VoidReason.IMPORT_UNDONE)
    )
    connection.execute(
        update(Event)
        .where(Event.id.in_(events), Event.rev_to.is_(None))
        .values(status=EventStatus.VOIDED, void_reason=VoidReason.IMPORT_UNDONE, rev_to=revision)
    )
    connection.execute(delete(ExternalKey).where(ExternalKey.batch_id == batch_id))
    ids = connection.execute(cases).scalars().all()
    owe_cases(connection, ids, moment)
    return len(ids)


def _foreign(batch_id: int) -> Any:
    """Events that the batch added to cases of another batch."""
    return Event.case_id.not_in(_cases(batch_id))


def _codes(connection: Connection, kept: set[int]) -> list[str]:
    codes: list[str] = []
    keys = sorted(kept)
    for start in range(0, len(keys), 800):
        query = select(Case.public_code).where(Case.id.in_(keys[start : start + 800]))
        codes += connection.execute(query).scalars()
    return sorted(codes)
