"""Read the rows of many cases that search needs, and the words of reference data.

Who may find a case by them is decided where documents are made (`services.index_documents`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, and_, or_, select

from courtwatch.models import (
    Case,
    CaseGrant,
    CaseLink,
    CaseNumber,
    Charge,
    ChargeFact,
    Event,
    EventTarget,
    Institution,
    InstitutionAlias,
    MergePair,
    Note,
    Offence,
    Organisation,
    Person,
    PersonName,
    ProcedureVersion,
    Prosecution,
    ProsecutionCase,
    ProsecutionFact,
    Reason,
    ReasonAssessed,
)
from courtwatch.models.vocabulary import LinkDecision, PairKind
from courtwatch.services.child_victims import child_victim_cases
from courtwatch.services.index_limits import limit_spells
from search_index.spells import Spell
from workflows.procedure import Procedure, loads

CHUNK = 500


@dataclass
class CaseRows:
    """All rows of one case that search needs."""

    case: Any
    numbers: list[str] = field(default_factory=list)
    grants: list[tuple[int, str]] = field(default_factory=list)
    facts: list[Any] = field(default_factory=list)
    names: list[Any] = field(default_factory=list)
    charges: list[Any] = field(default_factory=list)
    assessed: list[Any] = field(default_factory=list)
    notes: list[Any] = field(default_factory=list)
    child_victims: bool = False
    overdue: tuple[Spell, ...] = ()
    merged: list[CaseRows] = field(default_factory=list)
    twins: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class Names:
    """Words of reference rows by key, in English and Khmer, aliases included."""

    institutions: dict[int, tuple[str, tuple[str, ...]]]
    offences: dict[int, tuple[str, tuple[str, ...]]]
    reasons: dict[int, tuple[str, tuple[str, ...], bool]]
    organisations: dict[int, str]
    procedures: dict[int, Procedure]


def all_case_ids(connection: Connection) -> list[int]:
    """Return every case that is to be found: all but merged ones."""
    query = select(Case.id).where(Case.merged_into_id.is_(None)).order_by(Case.id)
    return list(connection.scalars(query))


def _words(*texts: str | None) -> tuple[str, ...]:
    return tuple(text for text in texts if text)


def read_names(connection: Connection) -> Names:
    """Return the words of all reference rows."""
    aliases: dict[int, list[str]] = defaultdict(list)
    for row in connection.execute(select(InstitutionAlias.institution_id, InstitutionAlias.text)):
        aliases[row.institution_id].append(row.text)
    institutions = connection.execute(
        select(Institution.id, Institution.code, Institution.name_en, Institution.name_km)
    )
    offences = connection.execute(
        select(
            Offence.id,
            Offence.code,
            Offence.law,
            Offence.article,
            Offence.name_en,
            Offence.name_km,
        )
    )
    reasons = connection.execute(
        select(Reason.id, Reason.code, Reason.name_en, Reason.name_km, Reason.restricted)
    )
    procedures = connection.execute(select(ProcedureVersion))
    return Names(
        {r.id: (r.code, _words(r.name_en, r.name_km, *aliases[r.id])) for r in institutions},
        {
            r.id: (r.code, _words(f"{r.law} art. {r.article}", r.name_en, r.name_km))
            for r in offences
        },
        {r.id: (r.code, _words(r.name_en, r.name_km), r.restricted) for r in reasons},
        {r.id: r.code for r in connection.execute(select(Organisation.id, Organisation.code))},
        {r.id: loads(r.text, f"{r.name} {r.version}") for r in procedures},
    )


def read_rows(connection: Connection, ids: Sequence[int], names: Names) -> dict[int, CaseRows]:
    """Return the rows of these cases by key; of a merged one those of the case that holds it."""
    found = _read(connection, ids)
    overdue = limit_spells(connection, list(found), names.procedures)
    for case_id, rows in found.items():
        rows.overdue = overdue.get(case_id, ())
    return found


def _read(connection: Connection, ids: Sequence[int]) -> dict[int, CaseRows]:
    query = select(
        Case.id,
        Case.public_code,
        Case.owner_id,
        Case.share_level,
        Case.court_id,
        Case.procedure_version_id,
    )
    # A merged case has no document of its own: what it holds is found with the case that holds.
    into = _merged_into(connection, ids)
    alone = and_(Case.id.in_(ids), Case.merged_into_id.is_(None))
    query = query.where(or_(alone, Case.id.in_(into)))
    found = {row.id: CaseRows(row) for row in connection.execute(query)}
    ids = [*ids, *into]
    _read_numbers_and_grants(connection, ids, found)
    facts = select(ProsecutionFact).where(
        ProsecutionFact.case_id.in_(ids), ProsecutionFact.rev_to.is_(None)
    )
    for row in connection.execute(facts.order_by(ProsecutionFact.prosecution_id)):
        if row.case_id in found:
            found[row.case_id].facts.append(row)
    _read_people(connection, ids, found)
    _read_charges(connection, ids, found)
    notes = select(Note.case_id, Note.text, Note.tier, Note.organisation_id).where(
        Note.case_id.in_(ids), Note.rev_to.is_(None)
    )
    for note in connection.execute(notes.order_by(Note.id)):
        if note.case_id in found:
            found[note.case_id].notes.append(note)
    for merged, holder in into.items():
        if merged in found and holder in found:
            found[holder].merged.append(found.pop(merged))
            _read_twins(connection, found[holder])
    return found


def _merged_into(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    """Return what was merged into these cases: merged case -> the one that holds."""
    query = select(CaseLink.b_id, CaseLink.a_id).where(
        CaseLink.a_id.in_(ids),
        CaseLink.decision == LinkDecision.SAME,
        CaseLink.rev_to.is_(None),
    )
    return {row.b_id: row.a_id for row in connection.execute(query)}


def _read_numbers_and_grants(
    connection: Connection, ids: Sequence[int], found: dict[int, CaseRows]
) -> None:
    numbers = select(CaseNumber.case_id, CaseNumber.as_given, CaseNumber.normalised).where(
        CaseNumber.case_id.in_(ids), CaseNumber.rev_to.is_(None)
    )
    for row in connection.execute(numbers):
        if row.case_id in found:
            spellings = dict.fromkeys((row.as_given, row.normalised))
            found[row.case_id].numbers += filter(None, spellings)
    grants = select(CaseGrant.case_id, CaseGrant.grantee_id, CaseGrant.scope).where(
        CaseGrant.case_id.in_(ids), CaseGrant.rev_to.is_(None)
    )
    for grant in connection.execute(grants):
        if grant.case_id in found:
            found[grant.case_id].grants.append((grant.grantee_id, grant.scope))


def _read_people(connection: Connection, ids: Sequence[int], found: dict[int, CaseRows]) -> None:
    names = (
        select(
            ProsecutionFact.case_id,
            ProsecutionFact.prosecution_id,
            ProsecutionCase.case_id.label("entered_in"),
            PersonName.text,
            Person.age_band,
            Person.related_to_child_victim,
        )
        .join(Prosecution, Prosecution.id == ProsecutionFact.prosecution_id)
        .join(ProsecutionCase, ProsecutionCase.prosecution_id == Prosecution.id)
        .join(Person, Person.id == Prosecution.person_id)
        .join(PersonName, PersonName.person_id == Person.id)
        .where(
            ProsecutionFact.case_id.in_(ids),
            ProsecutionFact.rev_to.is_(None),
            ProsecutionCase.rev_to.is_(None),
            PersonName.rev_to.is_(None),
        )
    )
    for row in connection.execute(names):
        if row.case_id in found:
            found[row.case_id].names.append(row)
    for case_id in child_victim_cases(connection, ids):
        if case_id in found:
            found[case_id].child_victims = True


def _read_twins(connection: Connection, rows: CaseRows) -> None:
    """Read the people of all records, named or not, who are one accused of the case that holds."""
    kept = [fact.prosecution_id for fact in rows.facts]
    twin = (
        select(
            MergePair.kept_id.label("prosecution_id"),
            ProsecutionCase.case_id.label("entered_in"),
            PersonName.text,
            Person.age_band,
            Person.related_to_child_victim,
        )
        .join(Prosecution, Prosecution.id.in_((MergePair.merged_id, MergePair.kept_id)))
        .join(ProsecutionCase, ProsecutionCase.prosecution_id == Prosecution.id)
        .join(Person, Person.id == Prosecution.person_id)
        .outerjoin(PersonName, and_(PersonName.person_id == Person.id, PersonName.rev_to.is_(None)))
        .where(
            MergePair.kind == PairKind.PROSECUTION,
            MergePair.kept_id.in_(kept),
            MergePair.rev_to.is_(None),
            ProsecutionCase.rev_to.is_(None),
        )
    )
    rows.twins = list(connection.execute(twin))


def _read_charges(connection: Connection, ids: Sequence[int], found: dict[int, CaseRows]) -> None:
    charges = (
        select(
            ChargeFact.case_id,
            ChargeFact.offence_id,
            ChargeFact.reason_stated_id,
            Charge.as_given,
        )
        .join(Charge, Charge.id == ChargeFact.charge_id)
        .where(ChargeFact.case_id.in_(ids), ChargeFact.rev_to.is_(None))
    )
    for row in connection.execute(charges):
        if row.case_id in found:
            found[row.case_id].charges.append(row)
    assessed = (
        select(Event.case_id, ReasonAssessed.reason_id, ReasonAssessed.organisation_id)
        .join(EventTarget, EventTarget.id == ReasonAssessed.target_id)
        .join(Event, Event.id == EventTarget.event_id)
        .where(Event.case_id.in_(ids), Event.rev_to.is_(None), ReasonAssessed.rev_to.is_(None))
    )
    for reason in connection.execute(assessed):
        if reason.case_id in found:
            found[reason.case_id].assessed.append(reason)
