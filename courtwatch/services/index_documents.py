"""Turn cases into search documents: one per audience, with what that audience may see.

What may be seen is decided by `courtwatch.security.visibility`; this module only asks it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from courtwatch.models import (
    Case,
    CaseGrant,
    CaseNumber,
    Charge,
    ChargeFact,
    Event,
    EventTarget,
    Institution,
    InstitutionAlias,
    Note,
    Offence,
    Organisation,
    Person,
    PersonName,
    ProcedureVersion,
    Prosecution,
    ProsecutionFact,
    Reason,
    ReasonAssessed,
)
from courtwatch.security.visibility import Sight, audience_sights
from courtwatch.services.child_victims import child_victim_cases
from search_index.documents import CaseDocument
from workflows.history import CaseState, roll_up
from workflows.procedure import Procedure, loads

CHUNK = 500


@dataclass
class _CaseRows:
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


@dataclass(frozen=True)
class _Names:
    """Words of reference rows by key, in English and Khmer, aliases included."""

    institutions: dict[int, tuple[str, tuple[str, ...]]]
    offences: dict[int, tuple[str, tuple[str, ...]]]
    reasons: dict[int, tuple[str, tuple[str, ...], bool]]
    organisations: dict[int, str]
    procedures: dict[int, Procedure]


def documents_of(connection: Connection, case_ids: Sequence[int]) -> Iterator[CaseDocument]:
    """Yield the documents of these cases; a merged case has none."""
    names = _read_names(connection)
    for start in range(0, len(case_ids), CHUNK):
        for rows in _read(connection, case_ids[start : start + CHUNK]).values():
            yield from _documents(rows, names)


def all_case_ids(connection: Connection) -> list[int]:
    """Return every case that is to be found: all but merged ones."""
    query = select(Case.id).where(Case.merged_into_id.is_(None)).order_by(Case.id)
    return list(connection.scalars(query))


def _words(*texts: str | None) -> tuple[str, ...]:
    return tuple(text for text in texts if text)


def _read_names(connection: Connection) -> _Names:
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
    return _Names(
        {r.id: (r.code, _words(r.name_en, r.name_km, *aliases[r.id])) for r in institutions},
        {
            r.id: (r.code, _words(f"{r.law} art. {r.article}", r.name_en, r.name_km))
            for r in offences
        },
        {r.id: (r.code, _words(r.name_en, r.name_km), r.restricted) for r in reasons},
        {r.id: r.code for r in connection.execute(select(Organisation.id, Organisation.code))},
        {r.id: loads(r.text, f"{r.name} {r.version}") for r in procedures},
    )


def _read(connection: Connection, ids: Sequence[int]) -> dict[int, _CaseRows]:
    query = select(
        Case.id,
        Case.public_code,
        Case.owner_id,
        Case.share_level,
        Case.court_id,
        Case.procedure_version_id,
    ).where(Case.id.in_(ids), Case.merged_into_id.is_(None))
    found = {row.id: _CaseRows(row) for row in connection.execute(query)}
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
    return found


def _read_numbers_and_grants(
    connection: Connection, ids: Sequence[int], found: dict[int, _CaseRows]
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


def _read_people(connection: Connection, ids: Sequence[int], found: dict[int, _CaseRows]) -> None:
    names = (
        select(
            ProsecutionFact.case_id,
            PersonName.text,
            Person.age_band,
            Person.related_to_child_victim,
        )
        .join(Prosecution, Prosecution.id == ProsecutionFact.prosecution_id)
        .join(Person, Person.id == Prosecution.person_id)
        .join(PersonName, PersonName.person_id == Person.id)
        .where(
            ProsecutionFact.case_id.in_(ids),
            ProsecutionFact.rev_to.is_(None),
            PersonName.rev_to.is_(None),
        )
    )
    for row in connection.execute(names):
        if row.case_id in found:
            found[row.case_id].names.append(row)
    for case_id in child_victim_cases(connection, ids):
        if case_id in found:
            found[case_id].child_victims = True


def _read_charges(connection: Connection, ids: Sequence[int], found: dict[int, _CaseRows]) -> None:
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


def _documents(rows: _CaseRows, names: _Names) -> Iterator[CaseDocument]:
    """Yield one document per audience; an organisation's own one only if it says more."""
    shared = _shared(rows, names)
    sights = audience_sights(rows.case.owner_id, rows.case.share_level, rows.grants)
    made = {
        audience: _for_audience(rows, names, shared, sight)
        for audience, (sight, _fuller) in sights.items()
    }
    fuller = {audience: set(hidden) for audience, (_sight, hidden) in sights.items()}
    network = made.get("network")
    if network is not None:
        for audience in [a for a in made if a.startswith("org:")]:
            if made[audience] == network:
                # The network's document says all of it: one document less, and none to hide.
                del made[audience]
                for hidden in fuller.values():
                    hidden.discard(audience)
    for audience, document in made.items():
        yield replace(document, audience=audience, hidden_for=tuple(sorted(fuller[audience])))


def _shared(rows: _CaseRows, names: _Names) -> CaseDocument:
    """Return what every audience of the case may find it by."""
    facts = rows.facts
    procedure = names.procedures[rows.case.procedure_version_id]
    state = _roll_up(facts, procedure)
    courts = {fact.court_id for fact in facts} | {rows.case.court_id}
    known = [names.institutions[key] for key in sorted(c for c in courts if c is not None)]
    offences = sorted({c.offence_id for c in rows.charges if c.offence_id is not None})
    registered = [fact.registered_on for fact in facts if fact.registered_on]
    last = [fact.last_event_on for fact in facts if fact.last_event_on]
    begun = [fact.registered_on or fact.arrested_on or fact.entry_date for fact in facts]
    years = [day.year for day in begun if day]
    return CaseDocument(
        case_id=rows.case.id,
        audience="",
        code=rows.case.public_code,
        court=tuple(code for code, _words in known),
        court_names=tuple(word for _code, words in known for word in words),
        stage=state.stage or "",
        outcome=state.outcome or "",
        ended_by=tuple(sorted({f.ended_by for f in facts if f.ended_by})),
        offences=tuple(names.offences[key][0] for key in offences),
        offence_names=tuple(word for key in offences for word in names.offences[key][1]),
        custody=tuple(sorted({f.custody for f in facts if f.custody})),
        year=min(years, default=None),
        registered=_number(min(registered, default=None)),
        last_event=_number(max(last, default=None)),
    )


def _number(day: date | None) -> int | None:
    return None if day is None else day.year * 10000 + day.month * 100 + day.day


@dataclass(frozen=True)
class _Standing:
    """What a fact says of a prosecution's present standing, for `workflows.history.roll_up`."""

    stage: str | None
    stage_order: int
    live: bool
    outcome: str | None
    outcome_order: int


def _roll_up(facts: Iterable[Any], procedure: Procedure) -> CaseState:
    """Roll a case up by the rule that its page states.

    A fact keeps the first end; a prosecution that was reopened and is under way has none now.
    """
    stages = {stage.name: stage.order for stage in procedure.stages}
    outcomes = {outcome.name: place for place, outcome in enumerate(procedure.outcomes)}
    standings = []
    for fact in facts:
        outcome = None if fact.reopened and fact.live else fact.outcome
        standings.append(
            _Standing(
                fact.stage,
                stages.get(fact.stage, -1),
                fact.live,
                outcome,
                outcomes.get(outcome or "", len(outcomes)),
            )
        )
    return roll_up(standings)


def _for_audience(
    rows: _CaseRows, names: _Names, shared: CaseDocument, sight: Sight
) -> CaseDocument:
    """Add to the shared part what this audience may see besides."""
    accused = {
        row.text
        for row in rows.names
        if sight.name(row.age_band, row.related_to_child_victim, rows.child_victims)
    }
    texts = [note.text for note in rows.notes if sight.note(note.tier, note.organisation_id)]
    if sight.record_text:
        texts += sorted({c.as_given for c in rows.charges if c.as_given})
    reasons = [names.reasons[key] for key in _visible_reasons(rows, names, sight)]
    return replace(
        shared,
        numbers=tuple(rows.numbers) if sight.numbers else (),
        names=tuple(sorted(accused)),
        reasons=tuple(code for code, _words, _restricted in reasons),
        reason_names=tuple(word for _code, words, _restricted in reasons for word in words),
        organisation=names.organisations[rows.case.owner_id] if sight.organisations else "",
        texts=tuple(texts),
    )


def _visible_reasons(rows: _CaseRows, names: _Names, sight: Sight) -> list[int]:
    """Return the reasons stated and assessed that this audience may see."""
    stated = {c.reason_stated_id for c in rows.charges if c.reason_stated_id is not None}
    seen = {key for key in stated if sight.stated(names.reasons[key][2])}
    for row in rows.assessed:
        if sight.assessed(row.organisation_id, names.reasons[row.reason_id][2]):
            seen.add(row.reason_id)
    return sorted(seen)
