"""Reference rows that forms offer."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from courtwatch.models import Institution, Jurisdiction, Offence, Organisation, Reason
from courtwatch.models.vocabulary import InstitutionKind


def jurisdictions(session: Session) -> Sequence[Jurisdiction]:
    """Return the jurisdictions, in order of name."""
    return session.scalars(select(Jurisdiction).order_by(Jurisdiction.name_en)).all()


def jurisdiction_for(session: Session, chosen: str, organisation_id: int | None) -> Jurisdiction:
    """Return the chosen jurisdiction, else the first in which an organisation works.

    An invented organisation works in the invented country, a real one in a real country.
    """
    if chosen.isdecimal():
        found = session.get(Jurisdiction, int(chosen))
        if found is not None:
            return found
    organisation = session.get(Organisation, organisation_id) if organisation_id else None
    invented = organisation is not None and organisation.invented
    query = select(Jurisdiction).order_by(Jurisdiction.invented != invented, Jurisdiction.id)
    return session.scalars(query.limit(1)).one()


def institutions(
    session: Session,
    jurisdiction_id: int,
    kind: InstitutionKind | str | None = None,
    level: int | None = None,
) -> Sequence[Institution]:
    """Return the institutions of one kind and level, in order of level and name."""
    query = select(Institution).where(Institution.jurisdiction_id == jurisdiction_id)
    if kind is not None:
        query = query.where(Institution.kind == kind)
    if level is not None:
        query = query.where(Institution.level == level)
    return session.scalars(query.order_by(Institution.level, Institution.name_en)).all()


def offences(session: Session, jurisdiction_id: int) -> Sequence[Offence]:
    """Return the chargeable offences, trafficking first."""
    return session.scalars(
        select(Offence)
        .where(Offence.jurisdiction_id == jurisdiction_id, Offence.chargeable.is_(True))
        .order_by(Offence.trafficking.desc(), Offence.id)
    ).all()


def reasons(session: Session, purpose: str) -> Sequence[Reason]:
    """Return the reasons of a purpose ('termination' or 'adjournment'), group by group."""
    return session.scalars(
        select(Reason).where(Reason.purpose == purpose).order_by(Reason.position, Reason.id)
    ).all()
