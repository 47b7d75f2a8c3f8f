"""What can be chosen in the filters of the list of cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session

from courtwatch.models import (
    Case,
    Institution,
    Jurisdiction,
    Offence,
    Organisation,
    ProcedureVersion,
    ProsecutionFact,
    Reason,
)
from courtwatch.models.vocabulary import InstitutionKind, OrganisationKind
from courtwatch.security.visibility import known_cases
from courtwatch.services.fact_filters import FactFilters
from courtwatch.services.labels import Names, named
from courtwatch.services.work import Actor
from workflows.elements import Text
from workflows.procedure import Procedure


def invented(session: Session, filters: FactFilters) -> bool:
    """Say whether any jurisdiction that the list can show is invented."""
    query = select(Jurisdiction.id).where(Jurisdiction.invented.is_(True))
    if filters.jurisdiction:
        query = query.where(Jurisdiction.code.in_(filters.jurisdiction))
    return session.scalar(query.limit(1)) is not None


def organisations(session: Session, actor: Actor) -> list[Organisation]:
    """Return the monitoring organisations by name, the reader's own first."""
    query = select(Organisation).where(Organisation.kind == OrganisationKind.NGO)
    own = actor.organisation_id
    return sorted(session.scalars(query), key=lambda one: (one.id != own, one.name_en))


@dataclass(frozen=True)
class Choices:
    """What can be chosen in the filters, for one jurisdiction: (code, label) pairs."""

    jurisdiction: Jurisdiction
    courts: tuple[tuple[str, Text | None], ...]
    offences: tuple[tuple[str, Text | None], ...]
    reasons: tuple[tuple[str, Text | None], ...]
    procedure: Procedure | None


def choices(session: Session, actor: Actor | None) -> list[Choices]:
    """Return what can be chosen, for each jurisdiction that the actor may know has prosecutions.

    All that its reference data have, and not only what is in use: a list of the courts in use
    would tell of a court where only a private case is.
    """
    fact = ProsecutionFact
    known = and_(fact.rev_to.is_(None), Case.id == fact.case_id, known_cases(actor))
    used = exists().where(fact.jurisdiction_id == Jurisdiction.id, known)
    jurisdictions = session.scalars(
        select(Jurisdiction).where(used).order_by(Jurisdiction.name_en)
    ).all()
    return [_choices(session, jurisdiction, known) for jurisdiction in jurisdictions]


def _choices(session: Session, jurisdiction: Jurisdiction, known: ColumnElement[bool]) -> Choices:
    fact = ProsecutionFact
    names = Names(session)
    current = and_(fact.jurisdiction_id == jurisdiction.id, known)
    in_use = exists().where(fact.procedure_version_id == ProcedureVersion.id, current)
    newest = session.scalar(
        select(ProcedureVersion.id)
        .where(in_use)
        .order_by(ProcedureVersion.version.desc(), ProcedureVersion.id)
        .limit(1)
    )
    names.need(procedures=[newest])
    courts = (
        select(Institution)
        .where(
            Institution.jurisdiction_id == jurisdiction.id,
            Institution.kind == InstitutionKind.COURT,
        )
        .order_by(Institution.level, Institution.name_en)
    )
    offences = select(Offence).where(Offence.jurisdiction_id == jurisdiction.id)
    reasons = select(Reason).where(Reason.purpose != "adjournment")

    def pairs(query: Any, code: bool = False) -> tuple[tuple[str, Text | None], ...]:
        return tuple((row.code, named(row, code)) for row in session.scalars(query))

    return Choices(
        jurisdiction=jurisdiction,
        courts=pairs(courts),
        offences=pairs(offences.order_by(Offence.trafficking.desc(), Offence.id)),
        reasons=pairs(reasons.order_by(Reason.position, Reason.id), code=True),
        procedure=None if newest is None else names.procedures[newest],
    )
