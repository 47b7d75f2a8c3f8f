"""Severance: an accused moves to another case, whole, and keeps its clock.

A move is the procedure's step `sever`, recorded in the case that the accused leaves, and a dated
row (`ProsecutionCase`): one is closed and one added, in one revision. Everything that was entered
stays where it was entered. The accused goes only to a case that the same people may read, under
the same law: a move must neither widen nor narrow who sees somebody, nor change what an entry
means.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from courtwatch.commands.cases import AddCaseNumber
from courtwatch.commands.parsing import Invalid
from courtwatch.commands.severance import MoveAccused, Target
from courtwatch.commands.steps import RecordStep
from courtwatch.models import (
    Case,
    CaseGrant,
    CaseLink,
    Event,
    EventTarget,
    Person,
    Prosecution,
    ProsecutionCase,
    new_public_code,
)
from courtwatch.models.vocabulary import EventStatus, LinkDecision, YesNoUnknown
from courtwatch.security.visibility import Level, level_for
from courtwatch.services.child_victims import child_victim_cases
from courtwatch.services.facts import refresh
from courtwatch.services.finding import accused_of, case_by_code, grants_of, members_of
from courtwatch.services.messages import _
from courtwatch.services.open_case import add_number, court_of
from courtwatch.services.people import next_pseudonym
from courtwatch.services.record_step import record_step
from courtwatch.services.standing import procedure_of
from courtwatch.services.work import Actor, Work

SEVER = "sever"


@dataclass(frozen=True)
class Moved:
    """An accused who came into a case from another one, or went to one.

    `other`: the other case's code. `accused`: what the accused is called there, where the reader
    may read that. `event`: the entry that says when; None if it was taken back.
    """

    came: bool
    other: str
    prosecution: str
    accused: str | None
    event: Event | None


def move_accused(work: Work, prosecution: Prosecution, case: Case, command: MoveAccused) -> Case:
    """Sever an accused and move them to another case; returns it. Raises Invalid.

    Everything is checked before the first row is written, but for what `record_step` refuses: the
    caller writes nothing after Invalid.
    """
    _check_leaves(work, prosecution, case)
    other = _existing(work, case, command) if command.target is Target.EXISTING else None
    if other is not None:
        _check_goes(work, prosecution, case, other)
    else:
        _check_children(work, prosecution, case, None)
    record_step(
        work,
        prosecution,
        RecordStep(
            step=SEVER,
            occurred=command.occurred,
            source=command.source,
            reliability=command.reliability,
            note=command.note,
        ),
    )
    to = other or _open(work, case, command)
    _call_apart(work, prosecution, to)
    rows = select(ProsecutionCase).where(
        ProsecutionCase.prosecution_id == prosecution.id, ProsecutionCase.rev_to.is_(None)
    )
    work.close(work.session.scalars(rows).all())
    work.add(ProsecutionCase(prosecution_id=prosecution.id, case_id=to.id))
    refresh(work, [prosecution.id])
    work.owe_index([case.id, to.id])
    detail = {"from": case.public_code, "to": to.public_code}
    work.audit("accused:moved", prosecution.public_code, detail)
    return to


# What is refused


def _check_leaves(work: Work, prosecution: Prosecution, case: Case) -> None:
    """Refuse what can't leave its case."""
    _check_unmerged(work.session, case, "")
    if all(step.name != SEVER for step in procedure_of(case.procedure_version).steps):
        raise Invalid({"": _("The procedure of this case knows no severance")})
    if not set(members_of(work.session, case)) - {prosecution.id}:
        raise Invalid(
            {"": _("This is the only accused of the case: there is nobody to sever them from")}
        )


def _check_unmerged(session: Session, case: Case, field: str) -> None:
    merged = select(CaseLink.id).where(
        or_(CaseLink.a_id == case.id, CaseLink.b_id == case.id),
        CaseLink.decision == LinkDecision.SAME,
        CaseLink.rev_to.is_(None),
    )
    if case.merged_into_id is not None or session.scalars(merged).first() is not None:
        words = _(
            "The case ${code} is merged with another record: take the merge apart first",
            mapping={"code": case.public_code},
        )
        raise Invalid({field: words})


def _existing(work: Work, case: Case, command: MoveAccused) -> Case:
    """Return the case that is named. One that the actor may not read is not there."""
    other = case_by_code(work.session, (command.other or "").strip().upper())
    if other is None or not level_for(work.session, work.actor, other).listed:
        raise Invalid({"other": _("There is no such case that you may read")})
    if other.id == case.id:
        raise Invalid({"other": _("This is the case that the accused is in")})
    return other


def _check_goes(work: Work, prosecution: Prosecution, case: Case, other: Case) -> None:
    """Refuse a case in which other people would read of the accused, or by another law."""
    session = work.session
    if other.owner_id != case.owner_id:
        raise Invalid({"other": _("Another organisation keeps that case")})
    _check_unmerged(session, other, "other")
    if other.jurisdiction_id != case.jurisdiction_id:
        raise Invalid({"other": _("That case is in another jurisdiction")})
    if other.procedure_version_id != case.procedure_version_id:
        raise Invalid({"other": _("That case follows another version of the procedure")})
    if other.share_level != case.share_level or grants_of(session, other) != grants_of(
        session, case
    ):
        words = _(
            "That case is not shared as this one: others would see more or less of the accused. "
            "Share both alike first"
        )
        raise Invalid({"other": words})
    _check_children(work, prosecution, case, other)
    there = select(Prosecution.id).where(
        Prosecution.id.in_(members_of(session, other)),
        Prosecution.person_id == prosecution.person_id,
    )
    if session.scalars(there).first() is not None:
        raise Invalid({"other": _("The same person is already an accused of that case")})


def _check_children(work: Work, prosecution: Prosecution, case: Case, other: Case | None) -> None:
    """Refuse where a name is kept back for a child victim of one of the two cases alone."""
    ids = {case.id} | ({other.id} if other is not None else set())
    found = child_victim_cases(work.session, ids)
    person = work.session.get_one(Person, prosecution.person_id)
    differ = (case.id in found) != (other is not None and other.id in found)
    if differ and person.related_to_child_victim is YesNoUnknown.UNKNOWN:
        words = _(
            "One of the two cases has a child victim, and it is not known whether the accused is "
            "related to the child: others could read a name that is kept back here, or no longer"
        )
        raise Invalid({"": words})


# What is written


def _open(work: Work, case: Case, command: MoveAccused) -> Case:
    """Open a case for the accused: read by whom the present one is, under the same law."""
    court = court_of(work, case.jurisdiction, command.court)
    made = work.add(
        Case(
            public_code=new_public_code("C"),
            jurisdiction_id=case.jurisdiction_id,
            procedure_version_id=case.procedure_version_id,
            owner_id=case.owner_id,
            court_id=court.id if court else None,
            share_level=case.share_level,
            installation=work.installation,
        )
    )
    if command.number:
        number = AddCaseNumber(number=command.number, number_issuer=command.number_issuer)
        add_number(work, made, number)
    for grantee, scope in sorted(grants_of(work.session, case)):
        work.add(CaseGrant(case_id=made.id, grantee_id=grantee, scope=scope))
    return made


def _call_apart(work: Work, prosecution: Prosecution, to: Case) -> None:
    """Give the accused another pseudonym where one of the case is called the same."""
    session = work.session
    person = session.get_one(Person, prosecution.person_id)
    called = (
        select(Person.pseudonym)
        .join(Prosecution, Prosecution.person_id == Person.id)
        .where(Prosecution.id.in_(members_of(session, to)))
    )
    if person.pseudonym in set(session.scalars(called)):
        work.edit(person)
        person.pseudonym = next_pseudonym(work, to)


# Who left, on the forms of the case that they left


def called_elsewhere(
    session: Session, actor: Actor, case: Case, prosecution_ids: Iterable[int]
) -> dict[int, str]:
    """Return how those of these accused are called who moved to another case since.

    A form about an entry or a hearing of theirs goes on naming them: putting a day right must not
    take it from who left. By their code where the reader may not read their case in full.
    """
    query = (
        select(Prosecution, Case)
        .join(ProsecutionCase, ProsecutionCase.prosecution_id == Prosecution.id)
        .join(Case, Case.id == ProsecutionCase.case_id)
        .where(
            Prosecution.id.in_(set(prosecution_ids)),
            Prosecution.merged_into_id.is_(None),
            ProsecutionCase.rev_to.is_(None),
            ProsecutionCase.case_id != case.id,
        )
        .order_by(Prosecution.id)
    )
    found = {}
    for prosecution, now in session.execute(query):
        readable = level_for(session, actor, now) in (Level.OWN, Level.NETWORK)
        names = accused_of(session, actor, now) if readable else {}
        found[prosecution.id] = names.get(prosecution.id, prosecution.public_code)
    return found


# What a case page says of it


def moves_of(
    session: Session, actor: Actor, case: Case, revision: int | None = None
) -> list[Moved]:
    """Return who came and went until `revision` (None: now), where the reader may see both cases.

    Rights are those of today. A reader who may not see the other case learns nothing.
    """
    left, entered = aliased(ProsecutionCase), aliased(ProsecutionCase)
    query = (
        select(left.case_id, entered.case_id, entered.rev_from, Prosecution)
        .join_from(
            left,
            entered,
            (entered.prosecution_id == left.prosecution_id) & (entered.rev_from == left.rev_to),
        )
        .join(Prosecution, Prosecution.id == entered.prosecution_id)
        .where(or_(left.case_id == case.id, entered.case_id == case.id))
        .order_by(entered.rev_from, entered.id)
    )
    if revision is not None:
        query = query.where(entered.rev_from <= revision)
    return list(_moves(session, actor, case, session.execute(query).all(), revision))


def _moves(
    session: Session, actor: Actor, case: Case, rows: Iterable[tuple[int, int, int, Prosecution]],
    revision: int | None,
) -> Iterator[Moved]:  # fmt: skip
    for from_id, to_id, moved_at, prosecution in rows:
        came = to_id == case.id
        other = session.get_one(Case, from_id if came else to_id)
        level = level_for(session, actor, other)
        if not level.listed:
            continue
        names: dict[int, str] = {}
        if not came and revision is None and level in (Level.OWN, Level.NETWORK):
            names = accused_of(session, actor, other)
        yield Moved(
            came=came,
            other=other.public_code,
            prosecution=prosecution.public_code,
            accused=names.get(prosecution.id),
            event=_said_by(session, from_id, prosecution.id, moved_at, revision),
        )


def _said_by(
    session: Session, case_id: int, prosecution_id: int, moved_at: int, revision: int | None
) -> Event | None:
    """Return the entry of the severance as it was corrected until then; None if taken back."""
    query = (
        select(Event)
        .join(EventTarget, EventTarget.event_id == Event.id)
        .where(
            Event.case_id == case_id,
            Event.step == SEVER,
            Event.rev_from == moved_at,
            EventTarget.prosecution_id == prosecution_id,
        )
    )
    event = session.scalars(query.limit(1)).first()
    while event is not None and event.rev_to is not None:
        if revision is not None and event.rev_to > revision:
            return event
        after = select(Event).where(Event.replaces_id == event.id).limit(1)
        event = session.scalars(after).first()
    return event if event is None or event.status is EventStatus.RECORDED else None
