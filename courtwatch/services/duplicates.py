"""Cases that look like one case recorded twice, as far as somebody may read what makes them alike.

A number counts where the reader may read numbers of both, a name where they may read both names.
What was decided before, the same or not, is not proposed again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, aliased

from courtwatch.models import (
    Case,
    CaseLink,
    CaseNumber,
    Person,
    PersonName,
    Prosecution,
    ProsecutionCase,
)
from courtwatch.models.vocabulary import LinkDecision
from courtwatch.security.visibility import Sight, level_for, sight_of, visible_cases
from courtwatch.services.child_victims import child_victim_cases
from courtwatch.services.work import Actor

SHOWN = 100
LOOKED_AT = 1000
"""Pairs that are read at most; rights are asked of each."""
REASONS = ("number", "name", "marked")


@dataclass(frozen=True)
class Alike:
    """Two cases that look alike, the reader's own first, and why."""

    own: Case
    other: Case
    why: tuple[str, ...]


def find_alike(session: Session, actor: Actor, case: Case | None = None) -> list[Alike]:
    """Return pairs of a case of the actor's organisation and one like it, likeliest first.

    case: only pairs of this one.
    """
    reader = _Reader(session, actor)
    why: dict[tuple[int, int], dict[str, None]] = defaultdict(dict)
    for reason, one, other in reader.pairs(case):
        why[one, other].setdefault(reason)
    decided = _decided(session, why)
    found = [
        Alike(reader.case(one), reader.case(other), tuple(reasons))
        for (one, other), reasons in why.items()
        if frozenset((one, other)) not in decided
    ]
    found.sort(key=lambda alike: (-len(alike.why), REASONS.index(alike.why[0]), alike.own.id))
    return found[:SHOWN]


def _decided(session: Session, pairs: Iterable[tuple[int, int]]) -> set[frozenset[int]]:
    ids = {key for pair in pairs for key in pair}
    query = select(CaseLink.a_id, CaseLink.b_id).where(
        CaseLink.rev_to.is_(None),
        CaseLink.decision.in_((LinkDecision.SAME, LinkDecision.NOT_SAME)),
        or_(CaseLink.a_id.in_(ids), CaseLink.b_id.in_(ids)),
    )
    return {frozenset((row.a_id, row.b_id)) for row in session.execute(query)}


def _one_court(one: Any, other: Any) -> Any:
    """Return that two cases may be at one court: numbers and names recur elsewhere."""
    return or_(one.court_id == other.court_id, one.court_id.is_(None), other.court_id.is_(None))


class _Reader:
    """Asks of each case once what the actor may read in it."""

    def __init__(self, session: Session, actor: Actor) -> None:
        self.session = session
        self.actor = actor
        self.sights: dict[int, Sight] = {}
        self.children: dict[int, bool] = {}

    def case(self, key: int) -> Case:
        """Return a case by its key."""
        return self.session.get_one(Case, key)

    def sight(self, key: int) -> Sight:
        """Return what the actor may see of a case."""
        if key not in self.sights:
            case = self.case(key)
            level = level_for(self.session, self.actor, case)
            self.sights[key] = sight_of(self.actor, level, case.owner_id, case.share_level)
        return self.sights[key]

    def may_name(self, key: int, person: Any) -> bool:
        """Say whether the actor may read this person's name in a case."""
        if key not in self.children:
            self.children[key] = key in child_victim_cases(self.session, {key})
        return self.sight(key).name(
            person.age_band, person.related_to_child_victim, self.children[key]
        )

    def pairs(self, case: Case | None) -> Iterator[tuple[str, int, int]]:
        """Give what looks alike: why, a case of the actor's organisation, and the other."""
        yield from self._marked(case)
        yield from self._numbers(case)
        yield from self._names(case)

    def _between(self, one: Any, other: Any, case: Case | None) -> list[Any]:
        """Return the conditions on the two cases of a pair; of two own cases each pair once."""
        conditions = [
            one.owner_id == self.actor.organisation_id,
            one.merged_into_id.is_(None),
            other.merged_into_id.is_(None),
            one.id != other.id,
            one.jurisdiction_id == other.jurisdiction_id,
            visible_cases(self.actor, other),
        ]
        if case is not None:
            return [*conditions, one.id == case.id]
        return [*conditions, or_(other.owner_id != one.owner_id, one.id < other.id)]

    def _marked(self, case: Case | None) -> Iterator[tuple[str, int, int]]:
        one, other = aliased(Case), aliased(Case)
        query = (
            select(one.id, other.id)
            .select_from(CaseLink)
            .join(one, or_(one.id == CaseLink.a_id, one.id == CaseLink.b_id))
            .join(other, or_(other.id == CaseLink.a_id, other.id == CaseLink.b_id))
            .where(
                CaseLink.decision == LinkDecision.MAYBE,
                CaseLink.rev_to.is_(None),
                *self._between(one, other, case),
            )
            .limit(LOOKED_AT)
        )
        for first, second in self.session.execute(query):
            yield "marked", first, second

    def _numbers(self, case: Case | None) -> Iterator[tuple[str, int, int]]:
        one, other = aliased(Case), aliased(Case)
        own, same = aliased(CaseNumber), aliased(CaseNumber)
        query = (
            select(one.id, other.id)
            .select_from(own)
            .join(one, one.id == own.case_id)
            .join(same, and_(same.normalised == own.normalised, same.case_id != own.case_id))
            .join(other, other.id == same.case_id)
            .where(
                own.rev_to.is_(None),
                same.rev_to.is_(None),
                own.normalised != "",
                own.issuer_kind == same.issuer_kind,
                _one_court(one, other),
                *self._between(one, other, case),
            )
            .distinct()
            .limit(LOOKED_AT)
        )
        for first, second in self.session.execute(query):
            if self.sight(first).numbers and self.sight(second).numbers:
                yield "number", first, second

    def _names(self, case: Case | None) -> Iterator[tuple[str, int, int]]:
        one, other = aliased(Case), aliased(Case)
        links = aliased(ProsecutionCase), aliased(ProsecutionCase)
        prosecutions = aliased(Prosecution), aliased(Prosecution)
        people = aliased(Person), aliased(Person)
        own, same = aliased(PersonName), aliased(PersonName)
        query = (
            select(one.id, other.id, *people)
            .select_from(own)
            .join(same, and_(same.key == own.key, same.person_id != own.person_id))
            .join(people[0], people[0].id == own.person_id)
            .join(people[1], people[1].id == same.person_id)
            .join(prosecutions[0], prosecutions[0].person_id == people[0].id)
            .join(prosecutions[1], prosecutions[1].person_id == people[1].id)
            .join(links[0], links[0].prosecution_id == prosecutions[0].id)
            .join(links[1], links[1].prosecution_id == prosecutions[1].id)
            .join(one, one.id == links[0].case_id)
            .join(other, other.id == links[1].case_id)
            .where(
                own.rev_to.is_(None),
                same.rev_to.is_(None),
                own.key != "",
                links[0].rev_to.is_(None),
                links[1].rev_to.is_(None),
                _one_court(one, other),
                *self._between(one, other, case),
            )
            .limit(LOOKED_AT)
        )
        for first, second, person, twin in self.session.execute(query):
            if self.may_name(first, person) and self.may_name(second, twin):
                yield "name", first, second
