"""The list of cases: one row for each prosecution, as far as the reader may see it.

Rows are prosecutions, because figures count prosecutions: a figure's link leads to as many rows
as it counts (of those the reader may see). Pages and downloads are made of the same rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from courtwatch.models import (
    Case,
    CaseNumber,
    Event,
    EventTarget,
    Institution,
    Jurisdiction,
    Offence,
    Organisation,
    Person,
    PersonName,
    Prosecution,
    ProsecutionFact,
    Reason,
    ReasonAssessed,
)
from courtwatch.security.visibility import (
    Level,
    Sight,
    Viewer,
    level_expression,
    sight_of,
    viewer_of,
    visible_cases,
    withholds_allegations,
)
from courtwatch.services.child_victims import child_victim_cases
from courtwatch.services.fact_filters import UNKNOWN, FactFilters, FilterError
from courtwatch.services.labels import Names
from courtwatch.services.merged_people import name_rights
from courtwatch.services.messages import _
from courtwatch.services.work import Actor
from workflows.procedure import Procedure

CHUNK = 400


@dataclass(frozen=True)
class Row:
    """One prosecution in the list. What the reader may not see is None or empty."""

    case_code: str
    prosecution_code: str
    level: Level
    fact: ProsecutionFact
    procedure: Procedure
    jurisdiction: Jurisdiction
    court: Institution | None
    decided_by: Institution | None
    offence: Offence | None
    reason_stated: Reason | None
    reason_assessed: Reason | None
    accused_names: tuple[tuple[str, str], ...]
    pseudonym: str | None
    numbers: tuple[str, ...]
    organisation: Organisation | None
    share_level: str | None
    sight: Sight

    @property
    def accused(self) -> str:
        """Return the accused's name in all scripts, else the pseudonym, else the code."""
        names = " / ".join(text for _script, text in self.accused_names)
        return names or self.pseudonym or self.prosecution_code


@dataclass(frozen=True)
class Page:
    """Some rows, and how many there are altogether."""

    rows: tuple[Row, ...]
    total: int
    cases: int


SORTS: dict[str, tuple[str, tuple[ColumnElement[Any], ...]]] = {
    "recent": (_("Latest event first"), (ProsecutionFact.last_event_on.desc().nulls_last(),)),
    "registered": (
        _("Latest registration first"),
        (ProsecutionFact.registered_on.desc().nulls_last(),),
    ),
    "ended": (_("Latest end first"), (ProsecutionFact.ended_on.desc().nulls_last(),)),
    "unverified": (
        _("Longest without a check first"),
        (ProsecutionFact.live.desc(), ProsecutionFact.last_verified_on.asc().nulls_first()),
    ),
    "case": (_("By case code"), (Case.public_code.asc(),)),
}
DEFAULT_SORT = "recent"


class CaseList:
    """Cases as one person may list them. `actor` None sees nothing."""

    def __init__(self, session: Session, actor: Actor | None) -> None:
        self.session = session
        self.actor = actor
        self.names = Names(session)

    def page(self, filters: FactFilters, sort: str, offset: int, limit: int) -> Page:
        """Return one page of rows. Raises FilterError for a filter the reader may not use."""
        where = self._where(filters)
        total, cases = self.session.execute(
            select(func.count(), func.count(Case.id.distinct()))
            .select_from(ProsecutionFact)
            .join(Case, Case.id == ProsecutionFact.case_id)
            .where(where)
        ).one()
        if offset >= total:
            return Page((), total, cases)
        query = self._rows(where, sort).offset(offset).limit(limit)
        return Page(tuple(self._complete(self.session.execute(query).all())), total, cases)

    def stream(self, filters: FactFilters, sort: str) -> Iterator[Row]:
        """Yield all rows, some hundreds at a time. Raises FilterError before the first."""
        query = self._rows(self._where(filters), sort)
        result = self.session.execute(query, execution_options={"yield_per": CHUNK})
        return self._streamed(result)

    def of(self, prosecution_ids: Sequence[int]) -> dict[int, Row]:
        """Return the rows of these prosecutions, of those that the reader may list."""
        found: dict[int, Row] = {}
        for start in range(0, len(prosecution_ids), CHUNK):
            some = prosecution_ids[start : start + CHUNK]
            where = and_(
                ProsecutionFact.prosecution_id.in_(some),
                ProsecutionFact.rev_to.is_(None),
                visible_cases(self.actor),
                Case.merged_into_id.is_(None),
            )
            rows = self._complete(self.session.execute(self._rows(where, "case")).all())
            found |= {row.fact.prosecution_id: row for row in rows}
        return found

    def _streamed(self, result: Any) -> Iterator[Row]:
        for found in result.partitions():
            yield from self._complete(found)

    def _where(self, filters: FactFilters) -> ColumnElement[bool]:
        filters, more = _permitted(self.session, filters, self.actor)
        return and_(
            filters.where(withholds_allegations(viewer_of(self.actor))),
            visible_cases(self.actor),
            Case.merged_into_id.is_(None),
            *more,
        )

    def _rows(self, where: ColumnElement[bool], sort: str) -> Any:
        order = SORTS.get(sort, SORTS[DEFAULT_SORT])[1]
        return (
            select(
                ProsecutionFact,
                Case.id.label("case_id"),
                Case.public_code.label("case_code"),
                Case.owner_id,
                Case.share_level,
                Prosecution.public_code.label("prosecution_code"),
                Person.id.label("person_id"),
                Person.pseudonym,
                Person.age_band,
                Person.related_to_child_victim,
                level_expression(self.actor).label("level"),
            )
            .join(Case, Case.id == ProsecutionFact.case_id)
            .join(Prosecution, Prosecution.id == ProsecutionFact.prosecution_id)
            .join(Person, Person.id == Prosecution.person_id)
            .where(where)
            .order_by(*order, Case.id.desc(), ProsecutionFact.prosecution_id)
        )

    def _complete(self, found: Sequence[Any]) -> list[Row]:
        """Add names to rows with a fixed number of queries."""
        facts = [row.ProsecutionFact for row in found]
        self.names.need(
            institutions=[key for f in facts for key in (f.court_id, f.decided_by_id)],
            offences=[f.offence_id for f in facts],
            reasons=[f.reason_stated_id for f in facts],
            organisations=[row.owner_id for row in found],
            jurisdictions=[f.jurisdiction_id for f in facts],
            procedures=[f.procedure_version_id for f in facts],
        )
        sights = [
            sight_of(self.actor, Level(row.level), row.owner_id, row.share_level) for row in found
        ]
        case_ids = {row.case_id for row in found}
        children = child_victim_cases(self.session, case_ids)
        merged = name_rights(self.session, self.actor, [fact.prosecution_id for fact in facts])
        shown = {
            row.person_id
            for row, sight in zip(found, sights, strict=True)
            if merged.get(
                row.ProsecutionFact.prosecution_id,
                sight.name(row.age_band, row.related_to_child_victim, row.case_id in children),
            )
        }
        people = person_names(self.session, shown)
        numbers = case_numbers(
            self.session,
            {row.case_id for row, sight in zip(found, sights, strict=True) if sight.numbers},
        )
        assessed = self._assessed(found, sights)
        return [
            self._row(row, sight, people, numbers, assessed)
            for row, sight in zip(found, sights, strict=True)
        ]

    def _assessed(self, found: Sequence[Any], sights: Sequence[Sight]) -> dict[int, int]:
        """Return the reason that the reader's own organisation assessed, by prosecution."""
        if self.actor is None or self.actor.organisation_id is None:
            return {}
        own = self.actor.organisation_id
        ids = [
            row.ProsecutionFact.prosecution_id
            for row, sight in zip(found, sights, strict=True)
            if sight.assessed(own, restricted=True) and row.ProsecutionFact.reason_assessed_id
        ]
        query = (
            select(EventTarget.prosecution_id, ReasonAssessed.reason_id)
            .join(Event, Event.id == EventTarget.event_id)
            .join(ReasonAssessed, ReasonAssessed.target_id == EventTarget.id)
            .where(
                Event.rev_to.is_(None),
                EventTarget.prosecution_id.in_(ids),
                ReasonAssessed.organisation_id == own,
                ReasonAssessed.rev_to.is_(None),
            )
            .order_by(ReasonAssessed.id)
        )
        kept: dict[int, int] = {}
        for prosecution_id, reason_id in self.session.execute(query) if ids else ():
            kept.setdefault(prosecution_id, reason_id)
        self.names.need(reasons=kept.values())
        return kept

    def _row(
        self,
        row: Any,
        sight: Sight,
        people: dict[int, tuple[tuple[str, str], ...]],
        numbers: dict[int, tuple[str, ...]],
        assessed: dict[int, int],
    ) -> Row:
        fact: ProsecutionFact = row.ProsecutionFact
        names = self.names
        stated = names.reasons.get(fact.reason_stated_id or 0)
        return Row(
            case_code=row.case_code,
            prosecution_code=row.prosecution_code,
            level=sight.level,
            fact=fact,
            procedure=names.procedures[fact.procedure_version_id],
            jurisdiction=names.jurisdictions[fact.jurisdiction_id],
            court=names.institutions.get(fact.court_id or 0),
            decided_by=names.institutions.get(fact.decided_by_id or 0),
            offence=names.offences.get(fact.offence_id or 0),
            reason_stated=stated
            if stated is not None and sight.stated(stated.code, stated.restricted)
            else None,
            reason_assessed=names.reasons.get(assessed.get(fact.prosecution_id, 0)),
            accused_names=people.get(row.person_id, ()),
            pseudonym=row.pseudonym if sight.pseudonyms else None,
            numbers=numbers.get(row.case_id, ()),
            organisation=names.organisations[row.owner_id] if sight.organisations else None,
            share_level=str(row.share_level) if sight.level is Level.OWN else None,
            sight=sight,
        )


def _permitted(
    session: Session, filters: FactFilters, actor: Actor | None
) -> tuple[FactFilters, list[ColumnElement[bool]]]:
    """Refuse filters that would tell what the reader may not see; narrow `assessed` to their own.

    A list filtered by an organisation or by an assessed reason tells it by what remains.
    """
    if viewer_of(actor) is not Viewer.NETWORK or actor is None:
        restricted = _restricted_reasons(session, filters)
        closed = [n for n in ("organisation", "assessed", "share_level") if getattr(filters, n)]
        closed += [name for name in ("reason", "group") if restricted & {*getattr(filters, name)}]
        if closed:
            raise FilterError({name: _("You may not filter by this") for name in closed})
        return filters, []
    if not filters.assessed:
        return filters, []
    return replace(filters, assessed=()), [_own_assessed(filters.assessed, actor)]


def _restricted_reasons(session: Session, filters: FactFilters) -> set[str]:
    """Return the codes and groups of restricted reasons that these filters name."""
    named = {*filters.reason, *filters.group}
    if not named:
        return set()
    rows = session.execute(
        select(Reason.code, Reason.group_code).where(Reason.restricted.is_(True))
    )
    return named & {word for row in rows for word in row}


def _own_assessed(codes: Sequence[str], actor: Actor) -> ColumnElement[bool]:
    """Return the predicate on what the reader's own organisation assessed ('unknown': nothing).

    The same column that reports count: the owner's assessment of how the prosecution ended.
    """
    assessed = ProsecutionFact.reason_assessed_id
    named = select(Reason.id).where(Reason.code.in_(codes))
    parts = [assessed.in_(named)]
    if UNKNOWN in codes:
        parts.append(assessed.is_(None))
    return and_(ProsecutionFact.owner_id == actor.organisation_id, or_(*parts))


def person_names(session: Session, person_ids: set[int]) -> dict[int, tuple[tuple[str, str], ...]]:
    """Return the names (script, text) of these persons. Ask `Sight.name` whose, first."""
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    query = (
        select(PersonName.person_id, PersonName.script, PersonName.text)
        .where(PersonName.person_id.in_(person_ids), PersonName.rev_to.is_(None))
        .order_by(PersonName.script.desc(), PersonName.id)
    )
    for person_id, script, text in session.execute(query) if person_ids else ():
        found[person_id].append((script, text))
    return {key: tuple(names) for key, names in found.items()}


def case_numbers(session: Session, case_ids: set[int]) -> dict[int, tuple[str, ...]]:
    """Return the numbers of these cases as given. Ask `Sight.numbers` of which, first."""
    found: dict[int, list[str]] = defaultdict(list)
    query = (
        select(CaseNumber.case_id, CaseNumber.as_given)
        .where(CaseNumber.case_id.in_(case_ids), CaseNumber.rev_to.is_(None))
        .order_by(CaseNumber.id)
    )
    for case_id, as_given in session.execute(query) if case_ids else ():
        found[case_id].append(as_given)
    return {key: tuple(values) for key, values in found.items()}
