"""What waits for somebody who has just signed in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session, aliased

from courtwatch.models import (
    AccessRequest,
    Case,
    Hearing,
    Institution,
    Job,
    Jurisdiction,
    Organisation,
    Person,
    Prosecution,
    ProsecutionCase,
    ProsecutionFact,
    Revision,
    User,
)
from courtwatch.models.vocabulary import HearingStatus
from courtwatch.security.visibility import visible_cases
from courtwatch.services.case_list import person_names
from courtwatch.services.merged_hearings import paired_hearings
from courtwatch.services.work import Actor, Work
from courtwatch.services.worklist import Worklist
from workflows import event_codes

AHEAD_DAYS = 7
SHOWN = 10


@dataclass(frozen=True)
class HearingDue:
    """A hearing of the organisation's own cases, and who it is about."""

    code: str
    day: date
    time: str | None
    kind: str
    court: Institution | None
    case_code: str
    accused: str


@dataclass(frozen=True)
class Asked:
    """Another organisation asked whether a case is recorded."""

    case_code: str
    organisation: Organisation
    at: Any


@dataclass(frozen=True)
class Some:
    """The first of several, and how many there are."""

    items: tuple[Any, ...]
    total: int


@dataclass(frozen=True)
class Attention:
    """What waits for a monitor or coordinator."""

    without_outcome: Some
    ahead: Some
    stale: int
    unresolved: int
    open: int
    asked: Some


@dataclass(frozen=True)
class Overview:
    """How many prosecutions a reader may list, by how they stand."""

    open: int
    judgment: int
    ended_without_judgment: int
    outside: int


@dataclass(frozen=True)
class SystemState:
    """How the installation does, without any case."""

    users: int
    organisations: int
    jobs_waiting: int
    jobs_failed: int
    last_revision: Any


def jurisdictions(session: Session) -> Sequence[Jurisdiction]:
    """Return all jurisdictions: each has its own today."""
    return session.scalars(select(Jurisdiction)).all()


def attention(session: Session, actor: Actor, today: Mapping[int, date]) -> Attention:
    """Return what waits. `today` is the day it is, by jurisdiction."""
    own = and_(Case.owner_id == actor.organisation_id, Case.merged_into_id.is_(None))
    late = _on(today, lambda day: Hearing.scheduled_on < day)
    soon = _on(
        today,
        lambda day: Hearing.scheduled_on.between(day, day + timedelta(days=AHEAD_DAYS)),
    )
    open_status = Hearing.status.in_((HearingStatus.SCHEDULED, HearingStatus.UNKNOWN))
    planned = and_(Hearing.status == HearingStatus.SCHEDULED, Hearing.id.not_in(paired_hearings()))
    fact = ProsecutionFact
    mine = and_(fact.owner_id == actor.organisation_id, fact.rev_to.is_(None))
    return Attention(
        without_outcome=_hearings(session, actor, and_(own, late, open_status), newest_first=True),
        ahead=_hearings(session, actor, and_(_ours(actor), soon, planned)),
        stale=Worklist(session, actor, today).count(),
        unresolved=_count(session, and_(mine, fact.unresolved > 0)),
        open=_count(session, and_(mine, fact.live.is_(True))),
        asked=_asked(session, own),
    )


def _ours(actor: Actor) -> ColumnElement[bool]:
    """Return the predicate on the organisation's cases and those that are read as one with them.

    A hearing that only the other record of a case tells of is to be watched too. Both owners may
    read both records, so that nobody is told anything by it.
    """
    own = aliased(Case)
    ids = select(own.id).where(own.owner_id == actor.organisation_id)
    into = select(own.merged_into_id).where(
        own.owner_id == actor.organisation_id, own.merged_into_id.is_not(None)
    )
    return or_(Case.id.in_(ids), Case.merged_into_id.in_(ids), Case.id.in_(into))


def _on(today: Mapping[int, date], condition: Any) -> ColumnElement[bool]:
    """Return a condition on a day, by each jurisdiction's own today."""
    return or_(
        false(),
        *(and_(Case.jurisdiction_id == key, condition(day)) for key, day in today.items()),
    )


def _count(session: Session, where: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(ProsecutionFact).where(where)
    return session.scalar(query) or 0


def _hearings(
    session: Session, actor: Actor, where: ColumnElement[bool], newest_first: bool = False
) -> Some:
    joined = and_(where, Hearing.voided.is_(False))
    total = session.scalar(
        select(func.count())
        .select_from(Hearing)
        .join(Case, Case.id == Hearing.case_id)
        .where(joined)
    )
    day = Hearing.scheduled_on
    stays = aliased(Case)
    found = session.execute(
        select(Hearing, stays, Institution)
        .join(Case, Case.id == Hearing.case_id)
        .join(stays, stays.id == func.coalesce(Case.merged_into_id, Case.id))
        .outerjoin(Institution, Institution.id == Hearing.institution_id)
        .where(joined)
        .order_by(day.desc() if newest_first else day, Hearing.scheduled_time, Hearing.id)
        .limit(SHOWN)
    ).all()
    # The right to a name follows the record that it was entered in: others' accused stay unnamed.
    called = _called(
        session, {stay.id for _, stay, _ in found if stay.owner_id == actor.organisation_id}
    )
    return Some(
        tuple(
            HearingDue(
                code=hearing.public_code,
                day=hearing.scheduled_on,
                time=hearing.scheduled_time,
                kind=hearing.kind,
                court=court,
                case_code=stay.public_code,
                accused=", ".join(called.get(stay.id, ())),
            )
            for hearing, stay, court in found
        ),
        total or 0,
    )


def _called(session: Session, case_ids: set[int]) -> dict[int, list[str]]:
    """Return how the accused of the organisation's own cases are called, by case."""
    rows = session.execute(
        select(ProsecutionCase.case_id, Person.id, Person.pseudonym)
        .join(Prosecution, Prosecution.id == ProsecutionCase.prosecution_id)
        .join(Person, Person.id == Prosecution.person_id)
        .where(ProsecutionCase.case_id.in_(case_ids), ProsecutionCase.rev_to.is_(None))
        .order_by(Prosecution.id)
    ).all()
    names = person_names(session, {row.id for row in rows})
    called: dict[int, list[str]] = defaultdict(list)
    for case_id, person_id, pseudonym in rows:
        texts = [text for _script, text in names.get(person_id, ())]
        called[case_id].append(" / ".join(texts) or pseudonym)
    return called


def _unseen(own: ColumnElement[bool]) -> Any:
    return (
        select(AccessRequest.id)
        .join(Case, Case.id == AccessRequest.case_id)
        .where(own, AccessRequest.seen_revision_id.is_(None))
    )


def _asked(session: Session, own: ColumnElement[bool]) -> Some:
    ids = session.scalars(_unseen(own)).all()
    found = session.execute(
        select(Case.public_code, Organisation, Revision.at)
        .select_from(AccessRequest)
        .join(Case, Case.id == AccessRequest.case_id)
        .join(Organisation, Organisation.id == AccessRequest.organisation_id)
        .join(Revision, Revision.id == AccessRequest.revision_id)
        .where(AccessRequest.id.in_(ids[-SHOWN:]))
        .order_by(AccessRequest.id.desc())
    )
    return Some(tuple(Asked(code, who, at) for code, who, at in found), len(ids))


def mark_requests_seen(work: Work) -> int:
    """Note that the organisation has read who asked about its cases; returns how many."""
    own = and_(Case.owner_id == work.organisation_id, Case.merged_into_id.is_(None))
    ids = work.session.scalars(_unseen(own)).all()
    for request in work.session.scalars(select(AccessRequest).where(AccessRequest.id.in_(ids))):
        request.seen_revision_id = work.revision_id
    return len(ids)


def overview(session: Session, actor: Actor) -> Overview:
    """Return how many prosecutions the reader may list, by how they stand."""
    fact = ProsecutionFact
    found = session.execute(
        select(fact.event_code, func.count())
        .join(Case, Case.id == fact.case_id)
        .where(
            fact.rev_to.is_(None),
            fact.counted.is_(True),
            visible_cases(actor),
            Case.merged_into_id.is_(None),
        )
        .group_by(fact.event_code)
    )
    counts = {int(code): int(count) for code, count in found}
    return Overview(*(counts.get(code, 0) for code in event_codes.ALL))


def system_state(session: Session) -> SystemState:
    """Return how the installation does."""

    def count(model: Any, *where: Any) -> int:
        return session.scalar(select(func.count()).select_from(model).where(*where)) or 0

    return SystemState(
        users=count(User, User.active.is_(True)),
        organisations=count(Organisation),
        jobs_waiting=count(Job),
        jobs_failed=count(Job, Job.error.is_not(None)),
        last_revision=session.scalar(select(func.max(Revision.at))),
    )
