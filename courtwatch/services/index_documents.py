"""Turn cases into search documents: one per audience, with what that audience may see.

What may be seen is decided by `courtwatch.security.visibility`; this module only asks it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
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
from courtwatch.models.vocabulary import LinkDecision, PairKind, ShareLevel
from courtwatch.security.visibility import Level, Sight, audience_sights
from courtwatch.services.child_victims import child_victim_cases
from courtwatch.services.index_limits import limit_spells
from search_index.documents import CaseDocument
from search_index.spells import Spell
from workflows.history import CaseState, roll_up
from workflows.procedure import Procedure, loads

CHUNK = 500
OF_THE_OTHER = "merged"
"""The scope in which the keepers of two merged records, both shared in full, read each other's."""
OF_THEIR_OWN = "wrote"
"""The scope in which an organisation reads its own words in a case that is shared in full."""


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


def documents_of(connection: Connection, case_ids: Sequence[int]) -> Iterator[CaseDocument]:
    """Yield the documents of these cases; a merged case has none."""
    names = read_names(connection)
    for start in range(0, len(case_ids), CHUNK):
        for rows in read_rows(connection, case_ids[start : start + CHUNK], names).values():
            yield from documents_from(rows, names)


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


def documents_from(rows: CaseRows, names: Names) -> Iterator[CaseDocument]:
    """Yield one document per audience; an organisation's own one only if it says more."""
    shared = _shared(rows, names)
    together, (sights, *others) = sights_of(rows)
    made = {
        audience: _with_merged(
            _for_audience(rows, names, shared, sight),
            [
                (one, _for_audience(one, names, shared, found[audience][0]))
                for one, found in zip(together[1:], others, strict=True)
            ],
            names_of(together, [sight, *(found[audience][0] for found in others)]),
        )
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


def sights_of(
    rows: CaseRows,
) -> tuple[list[CaseRows], list[dict[str, tuple[Sight, frozenset[str]]]]]:
    """Return the records that are read as one case, and what each audience sees of each."""
    together = [rows, *(one for one in rows.merged if _read_alike(rows, one))]
    grants = {grant for one in together for grant in one.grants}
    if len(together) > 1:
        grants |= {(one.case.owner_id, OF_THE_OTHER) for one in together}
    if all(one.case.share_level == ShareLevel.FULL for one in together):
        # Everybody in the network reads it; whoever wrote of it for themselves reads that besides.
        wrote = {row.organisation_id for one in together for row in (*one.notes, *one.assessed)}
        grants |= {(key, OF_THEIR_OWN) for key in wrote}
    return together, [
        audience_sights(one.case.owner_id, one.case.share_level, grants) for one in together
    ]


def _shared(rows: CaseRows, names: Names) -> CaseDocument:
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
        overdue=rows.overdue,
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


def _for_audience(rows: CaseRows, names: Names, shared: CaseDocument, sight: Sight) -> CaseDocument:
    """Add to the shared part what this audience may see besides."""
    texts = [note.text for note in rows.notes if sight.note(note.tier, note.organisation_id)]
    if sight.record_text:
        texts += sorted({c.as_given for c in rows.charges if c.as_given})
    reasons = [names.reasons[key] for key in _visible_reasons(rows, names, sight)]
    return replace(
        shared,
        numbers=tuple(rows.numbers) if sight.numbers else (),
        reasons=tuple(code for code, _words, _restricted in reasons),
        reason_names=tuple(word for _code, words, _restricted in reasons for word in words),
        organisation=names.organisations[rows.case.owner_id] if sight.organisations else "",
        texts=tuple(texts),
    )


def _read_alike(rows: CaseRows, other: CaseRows) -> bool:
    """Say whether whoever reads one of two merged cases reads the other.

    A merge rests on it (`services.merging`); should it not hold, each audience finds its own only.
    """
    full = ShareLevel.FULL
    if rows.case.share_level == other.case.share_level == full:
        return True
    same = (rows.case.owner_id, rows.case.share_level) == (
        other.case.owner_id,
        other.case.share_level,
    )
    return same and set(rows.grants) == set(other.grants)


def names_of(together: Sequence[CaseRows], sights: Sequence[Sight]) -> tuple[str, ...]:
    """Return the names that an audience may read, each by the record in which it was entered.

    Where two records tell of one person, whoever keeps neither reads a name only if both allow.
    """
    by_case = {
        one.case.id: (sight, one.child_victims) for one, sight in zip(together, sights, strict=True)
    }
    rows = together[0]

    def may(row: Any) -> bool:
        sight, children = by_case.get(row.entered_in, (None, True))
        return sight is not None and sight.name(row.age_band, row.related_to_child_victim, children)

    def own(row: Any) -> bool:
        sight, _children = by_case.get(row.entered_in, (None, True))
        return sight is not None and sight.level is Level.OWN

    people: dict[int, list[Any]] = defaultdict(list)
    for row in (*rows.names, *rows.twins):
        people[row.prosecution_id].append(row)
    return tuple(
        sorted(
            {
                row.text
                for found in people.values()
                for row in found
                if row.text and may(row) and (own(row) or all(map(may, found)))
            }
        )
    )


def _with_merged(
    document: CaseDocument,
    others: Sequence[tuple[CaseRows, CaseDocument]],
    names: tuple[str, ...],
) -> CaseDocument:
    """Return what an audience finds a case by, together with what merged records say of it."""
    for rows, other in others:
        document = replace(
            document,
            numbers=tuple(dict.fromkeys((*document.numbers, *other.numbers))),
            reasons=tuple(dict.fromkeys((*document.reasons, *other.reasons))),
            reason_names=tuple(dict.fromkeys((*document.reason_names, *other.reason_names))),
            texts=(*document.texts, rows.case.public_code, *other.texts),
        )
    return replace(document, names=names)


def _visible_reasons(rows: CaseRows, names: Names, sight: Sight) -> list[int]:
    """Return the reasons stated and assessed that this audience may see."""
    stated = {c.reason_stated_id for c in rows.charges if c.reason_stated_id is not None}
    seen = {key for key in stated if sight.stated(names.reasons[key][2])}
    for row in rows.assessed:
        if sight.assessed(row.organisation_id, names.reasons[row.reason_id][2]):
            seen.add(row.reason_id)
    return sorted(seen)
