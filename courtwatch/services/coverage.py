"""Who watches which court: figures mean nothing without it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, joinedload

from courtwatch.commands.coverage import AddCoverage, EndCoverage
from courtwatch.commands.parsing import Invalid
from courtwatch.models import Case, Coverage, Institution, Jurisdiction, Offence, ProsecutionFact
from courtwatch.models.vocabulary import InstitutionKind, OrganisationKind
from courtwatch.security.visibility import known_cases
from courtwatch.services.labels import named
from courtwatch.services.messages import _
from courtwatch.services.work import Actor, Work
from workflows.elements import Text


@dataclass(frozen=True)
class Watched:
    """One entry: a court, by whom (None where the reader may not know), for what, since when."""

    id: int
    court: Institution
    organisation: Text | None
    offence: Text | None
    first: date | None
    last: date | None
    contact: str | None
    remark: str | None
    own: bool
    current: bool
    own_contact: bool = False


@dataclass(frozen=True)
class CoverageOf:
    """The coverage of one jurisdiction: entries in order of court, and courts nobody watches."""

    jurisdiction: Jurisdiction
    entries: tuple[Watched, ...]
    unwatched: tuple[Institution, ...]
    courts: int


def names_organisations(actor: Actor) -> bool:
    """Say whether this person may know which organisation watches a court.

    Monitoring organisations tell each other; the ministry and researchers see that a court is
    watched, not by whom.
    """
    return actor.organisation_kind in (OrganisationKind.NGO, OrganisationKind.OPERATOR)


def jurisdictions(session: Session, actor: Actor) -> list[Jurisdiction]:
    """Return the jurisdictions with coverage, or with prosecutions that the actor may know of.

    All where there are none yet.
    """
    fact = ProsecutionFact
    used = exists().where(
        fact.jurisdiction_id == Jurisdiction.id, fact.rev_to.is_(None),
        Case.id == fact.case_id, known_cases(actor),
    )  # fmt: skip
    covered = exists().where(
        Coverage.institution_id == Institution.id, Institution.jurisdiction_id == Jurisdiction.id
    )
    query = select(Jurisdiction).order_by(Jurisdiction.name_en)
    found = session.scalars(query.where(or_(used, covered))).all()
    return list(found or session.scalars(query))


def coverage_of(
    session: Session, actor: Actor, jurisdiction: Jurisdiction, today: date, court: str = ""
) -> CoverageOf:
    """Return who watches the courts of a jurisdiction, or only the court with this code."""
    courts = session.scalars(
        select(Institution)
        .where(
            Institution.jurisdiction_id == jurisdiction.id,
            Institution.kind == InstitutionKind.COURT,
        )
        .order_by(Institution.level, Institution.name_en)
    ).all()
    wanted = [one for one in courts if court in ("", one.code)]
    rank = {one.id: number for number, one in enumerate(courts)}
    rows = session.scalars(
        select(Coverage)
        .where(Coverage.institution_id.in_([one.id for one in wanted]))
        .options(
            joinedload(Coverage.organisation),
            joinedload(Coverage.institution),
            joinedload(Coverage.offence),
        )
    ).all()
    entries = [_watched(row, actor, today) for row in rows]
    entries.sort(key=lambda e: (rank[e.court.id], not e.current, e.first or date.min, e.id))
    watched = {entry.court.id for entry in entries if entry.current}
    return CoverageOf(
        jurisdiction=jurisdiction,
        entries=tuple(entries),
        unwatched=tuple(one for one in wanted if one.id not in watched),
        courts=len(courts),
    )


def _watched(row: Coverage, actor: Actor, today: date) -> Watched:
    named_ = names_organisations(actor)
    started = row.period_from is None or row.period_from <= today
    return Watched(
        id=row.id,
        court=row.institution,
        organisation=named(row.organisation) if named_ else None,
        offence=named(row.offence),
        first=row.period_from,
        last=row.period_to,
        contact=(row.contact or row.organisation.contact) if named_ else None,
        remark=row.remark if named_ else None,
        own=row.organisation_id == actor.organisation_id,
        own_contact=row.contact is not None,
        current=started and (row.period_to is None or row.period_to >= today),
    )


def add_coverage(work: Work, jurisdiction: Jurisdiction, command: AddCoverage) -> Coverage:
    """Add an entry for the acting organisation. Raises Invalid naming the field."""
    court = work.session.get(Institution, command.court)
    fits = court is not None and court.jurisdiction_id == jurisdiction.id
    if not fits or court is None or court.kind is not InstitutionKind.COURT:
        raise Invalid({"court": _("Choose a court from the list")})
    if command.offence is not None:
        offence = work.session.get(Offence, command.offence)
        if offence is None or offence.jurisdiction_id != jurisdiction.id:
            raise Invalid({"offence": _("Choose an offence from the list")})
    row = work.add(
        Coverage(
            organisation_id=work.organisation_id,
            institution_id=court.id,
            offence_id=command.offence,
            period_from=command.next_from.first if command.next_from else None,
            period_to=command.next_until.last if command.next_until else None,
            contact=command.contact,
            remark=command.remark,
        )
    )
    work.audit("coverage:added", court.code, {"entry": row.id})
    return row


def end_coverage(work: Work, command: EndCoverage, today: date) -> Coverage:
    """Let an own entry end yesterday. Raises Invalid for one that is not the organisation's."""
    row = work.session.get(Coverage, command.end)
    if row is None or row.organisation_id != work.organisation_id:
        raise Invalid({"": _("This entry does not belong to your organisation")})
    yesterday = today - timedelta(days=1)
    if row.period_to is None or row.period_to > yesterday:
        row.period_to = max(yesterday, row.period_from or yesterday)
    work.audit("coverage:ended", None, {"entry": row.id})
    return row
