"""Offer the cases that somebody may mean by a few letters of a name, a number or a code.

Which cases: the search index says, asked as one of the asker's audiences, or the database for a
code. What is told of them is read from the database, through the rows of the list of cases, so
that nobody learns more here than there. A suggestion tells court, year and what each accused is
called at their stage: ten people of one name must be told apart before one is accused of what
another did.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from courtwatch.models import Case, Institution, Organisation, ProsecutionFact
from courtwatch.security.visibility import visible_cases
from courtwatch.services.case_list import CaseList, Row
from courtwatch.services.labels import stage_label
from courtwatch.services.search import Search
from courtwatch.services.work import Actor
from search_index.index import SearchIndex
from search_index.names import similarity
from workflows.elements import Phase, Text

SHOWN = 10
ACCUSED_SHOWN = 3
MAX_TYPED = 100
CODE = re.compile(r"C-[0-9A-Z]{1,8}\Z")
_WORD = re.compile(r"[^\s\"()\[\]{}:*~!\u201c\u201d]+")
_YEAR = re.compile(r"(19|20)\d\d\Z")


@dataclass(frozen=True)
class PersonOffered:
    """One accused of a case: a name where the asker may read it, and where they stand.

    `phase`: the word for a person at their stage; `end` stands in its place once it is over.
    """

    called: str
    phase: Phase
    end: Text | None


@dataclass(frozen=True)
class CaseOffered:
    """One case that may be meant, as far as the asker may see it."""

    code: str
    numbers: tuple[str, ...]
    people: tuple[PersonOffered, ...]
    more_people: int
    court: Institution | None
    year: int | None
    organisation: Organisation | None


@dataclass(frozen=True)
class Offer:
    """The likeliest cases first. `more`: there are others; more letters would tell."""

    cases: tuple[CaseOffered, ...] = ()
    more: bool = False


def enough(typed: str) -> bool:
    """Say whether these letters are enough to look for: two, or one that is not Latin."""
    plain = "".join(_WORD.findall(typed))
    return len(plain) > 1 or (len(plain) == 1 and not plain.isascii())


def as_query(typed: str) -> str:
    """Return typed letters in the query language: words of names, of courts, numbers and years.

    Only the last word may be half typed. Nothing that was typed acts as an operator.
    """
    words = [word.strip("-\u2212'").casefold() for word in _WORD.findall(typed[:MAX_TYPED])]
    words = [word for word in words if word]
    several = len(words) > 1
    parts = []
    for place, word in enumerate(words):
        open_end = "*" if place == len(words) - 1 else ""
        ways = [f"number:{word}{open_end}"]
        if not any(sign.isdigit() for sign in word):
            ways = [f"name:{word}", *([f"name:{word}*"] if open_end else [])]
            if several:
                ways.append(f"court:{word}")
                ways += [f"court:{word}*"] if open_end and len(word) > 2 else []
        elif several and _YEAR.match(word):
            ways.append(f"year:{word}")
        parts.append(f"({' OR '.join(ways)})")
    return " ".join(parts)


class CasePicker:
    """Offers cases to one person."""

    def __init__(self, session: Session, index: SearchIndex, actor: Actor) -> None:
        self.session = session
        self.index = index
        self.actor = actor

    def offer(self, typed: str) -> Offer:
        """Return the cases that may be meant. Raises SearchIndexError where search is down."""
        typed = typed.strip()
        if CODE.match(typed.upper()):
            query = (
                select(Case.id)
                .where(
                    Case.public_code.startswith(typed.upper(), autoescape=True),
                    Case.merged_into_id.is_(None),
                    visible_cases(self.actor),
                )
                .order_by(Case.public_code)
                .limit(SHOWN + 1)
            )
            found = list(self.session.scalars(query))
            if found:
                return Offer(self._describe(found[:SHOWN], typed), len(found) > SHOWN)
        query_text = as_query(typed)
        if not enough(typed) or not query_text:
            return Offer()
        search = Search(self.session, self.index, self.actor)
        ids, total = search.likely(query_text, SHOWN)
        return Offer(self._describe(ids, typed), total > len(ids))

    def _describe(self, case_ids: Sequence[int], typed: str) -> tuple[CaseOffered, ...]:
        """Return what the asker may see of these cases, in their order."""
        facts = select(ProsecutionFact.prosecution_id, ProsecutionFact.case_id).where(
            ProsecutionFact.case_id.in_(case_ids), ProsecutionFact.rev_to.is_(None)
        )
        of_case: dict[int, list[int]] = defaultdict(list)
        for prosecution_id, case_id in self.session.execute(facts):
            of_case[case_id].append(prosecution_id)
        rows = CaseList(self.session, self.actor).of(
            [key for keys in of_case.values() for key in keys]
        )
        offered = []
        for case_id in case_ids:
            found = [rows[key] for key in sorted(of_case[case_id]) if key in rows]
            if found:
                offered.append(_case(found, typed))
        return tuple(offered)


def _case(rows: Sequence[Row], typed: str) -> CaseOffered:
    first = rows[0]
    # Of many accused, those whose name was typed are told.
    likely = sorted(
        rows, key=lambda row: -max((similarity(typed, n) for _s, n in row.accused_names), default=0)
    )
    years = [day.year for row in rows if (day := _begun(row.fact))]
    return CaseOffered(
        code=first.case_code,
        numbers=first.numbers,
        people=tuple(_person(row) for row in likely[:ACCUSED_SHOWN]),
        more_people=max(0, len(rows) - ACCUSED_SHOWN),
        court=next((row.court for row in rows if row.court is not None), None),
        year=min(years, default=None),
        organisation=first.organisation,
    )


def _begun(fact: ProsecutionFact) -> Any:
    """Return the day by which a case's year is told, as the index tells it."""
    return fact.registered_on or fact.arrested_on or fact.entry_date


def _person(row: Row) -> PersonOffered:
    fact, procedure = row.fact, row.procedure
    stage = next((one for one in procedure.stages if one.name == fact.stage), None)
    phase = Phase.PROCEEDING if stage is None else stage.phase
    return PersonOffered(
        called=row.accused,
        phase=phase,
        end=stage_label(procedure, fact.stage) if phase is Phase.CLOSED else None,
    )
