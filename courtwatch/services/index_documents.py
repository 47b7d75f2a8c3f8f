"""Turn cases into search documents: one per audience, with what that audience may see.

What may be seen is decided by `courtwatch.security.visibility`; this module only asks it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection

from courtwatch.models.vocabulary import ShareLevel
from courtwatch.security.visibility import Level, Sight, audience_sights
from courtwatch.services.index_rows import CHUNK, CaseRows, Names, read_names, read_rows
from search_index.documents import CaseDocument
from workflows.history import CaseState, roll_up
from workflows.procedure import Procedure

OF_THE_OTHER = "merged"
"""The scope in which the keepers of two merged records, both shared in full, read each other's."""
OF_THEIR_OWN = "wrote"
"""The scope in which an organisation reads its own words in a case that is shared in full."""


def documents_of(connection: Connection, case_ids: Sequence[int]) -> Iterator[CaseDocument]:
    """Yield the documents of these cases; a merged case has none."""
    names = read_names(connection)
    for start in range(0, len(case_ids), CHUNK):
        for rows in read_rows(connection, case_ids[start : start + CHUNK], names).values():
            yield from documents_from(rows, names)


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
    seen = {key for key in stated if sight.stated(*names.reasons[key][::2])}
    for row in rows.assessed:
        if sight.assessed(row.organisation_id, names.reasons[row.reason_id][2]):
            seen.add(row.reason_id)
    return sorted(seen)
