"""Find rows of the record by what addresses carry: public codes and keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from courtwatch.models import (
    Case,
    CaseGrant,
    Charge,
    Hearing,
    Offence,
    Person,
    Prosecution,
    ProsecutionCase,
)
from courtwatch.security.visibility import level_for, sight_of
from courtwatch.services.case_list import person_names
from courtwatch.services.child_victims import child_victim_cases
from courtwatch.services.work import Actor


def case_by_code(session: Session, code: str) -> Case | None:
    """Return the case with this public code."""
    return session.scalars(select(Case).where(Case.public_code == code)).one_or_none()


def prosecution_by_code(session: Session, code: str) -> tuple[Prosecution, Case] | None:
    """Return the prosecution with this public code and the case it belongs to now."""
    query = (
        select(Prosecution, Case)
        .join(ProsecutionCase, ProsecutionCase.prosecution_id == Prosecution.id)
        .join(Case, Case.id == ProsecutionCase.case_id)
        .where(Prosecution.public_code == code, ProsecutionCase.rev_to.is_(None))
    )
    row = session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])


def hearing_by_code(session: Session, code: str) -> Hearing | None:
    """Return the hearing with this public code."""
    return session.scalars(select(Hearing).where(Hearing.public_code == code)).one_or_none()


def members_of(session: Session, case: Case) -> list[int]:
    """Return the keys of the prosecutions that are in a case now, merged or not."""
    query = select(ProsecutionCase.prosecution_id).where(
        ProsecutionCase.case_id == case.id, ProsecutionCase.rev_to.is_(None)
    )
    return list(session.scalars(query.order_by(ProsecutionCase.prosecution_id)))


def accused_rows(session: Session, case: Case) -> list[tuple[Prosecution, Person]]:
    """Return the prosecutions of a case with their accused, without merged ones, as entered."""
    query = (
        select(Prosecution, Person)
        .join(ProsecutionCase, ProsecutionCase.prosecution_id == Prosecution.id)
        .join(Person, Person.id == Prosecution.person_id)
        .where(
            ProsecutionCase.case_id == case.id,
            ProsecutionCase.rev_to.is_(None),
            Prosecution.merged_into_id.is_(None),
        )
        .order_by(Prosecution.id)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def grants_of(session: Session, case: Case) -> set[tuple[int, str]]:
    """Return to which organisations a case is opened, and how far."""
    query = select(CaseGrant.grantee_id, CaseGrant.scope).where(
        CaseGrant.case_id == case.id, CaseGrant.rev_to.is_(None)
    )
    return {(row.grantee_id, row.scope) for row in session.execute(query)}


def accused_of(session: Session, actor: Actor, case: Case) -> dict[int, str]:
    """Return what each accused of a case is called on forms, by prosecution, in order of entry.

    The pseudonym, with the name where the actor may read it: a verdict on the wrong co-accused
    begins with two accused that can't be told apart.
    """
    rows = accused_rows(session, case)
    level = level_for(session, actor, case)
    sight = sight_of(actor, level, case.owner_id, case.share_level)
    children = case.id in child_victim_cases(session, {case.id})
    readable = {
        person.id
        for _prosecution, person in rows
        if sight.name(person.age_band, person.related_to_child_victim, children)
    }
    names = person_names(session, readable)
    return {
        prosecution.id: " · ".join(
            [person.pseudonym, *(text for _script, text in names.get(person.id, ()))]
        )
        for prosecution, person in rows
    }


def charges_with_offences(
    session: Session, ids: list[int], current: Mapping[int, int | None]
) -> list[tuple[Charge, Offence | None]]:
    """Return charges and what they are about now, in order of entry.

    `current`: the offence that each became (`fact_rows.current_offences`): a judgment is about
    what a charge was requalified to, not about what was filed.
    """
    charges = session.scalars(select(Charge).where(Charge.id.in_(ids)).order_by(Charge.id)).all()
    keys = {current.get(charge.id, charge.offence_id) for charge in charges} - {None}
    offences = {o.id: o for o in session.scalars(select(Offence).where(Offence.id.in_(keys)))}
    return [(one, offences.get(current.get(one.id, one.offence_id) or 0)) for one in charges]


def charges_by_prosecution(
    session: Session, prosecution_ids: list[int]
) -> dict[int, list[tuple[Charge, Offence | None]]]:
    """Return the charges of prosecutions that were not taken back, with what they are about."""
    rows: Any = session.execute(
        select(Charge, Offence)
        .outerjoin(Offence, Offence.id == Charge.offence_id)
        .where(Charge.prosecution_id.in_(prosecution_ids), Charge.voided.is_(False))
        .order_by(Charge.id)
    )
    found: dict[int, list[tuple[Charge, Offence | None]]] = {}
    for charge, offence in rows:
        found.setdefault(charge.prosecution_id, []).append((charge, offence))
    return found
