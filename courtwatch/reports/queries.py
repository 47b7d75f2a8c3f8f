"""What a report counts: prosecutions, their charges or their cases, at any revision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    exists,
    false,
    func,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.orm import Session, aliased
from sqlalchemy.types import NullType

from courtwatch.models import (
    Case,
    ChargeFact,
    Jurisdiction,
    ProsecutionFact,
    Reason,
    Redaction,
)
from courtwatch.models.facts import holds_at
from courtwatch.models.packed import WORDS
from courtwatch.models.vocabulary import ShareLevel
from courtwatch.reports.figures import Tally
from courtwatch.reports.law import Law
from courtwatch.reports.model import Scope, ScopeKind, Sizes, Unit
from courtwatch.reports.packed_charges import read_charges
from courtwatch.reports.packed_facts import PackedFacts, among, distinct, read_packed
from courtwatch.reports.packed_tally import Unpacked, tally, words_of
from courtwatch.reports.units import furthest_of_each_case
from courtwatch.security.visibility import (
    Viewer,
    known_cases,
    viewer_of,
    visible_cases,
    withholds_allegations,
)
from courtwatch.services.fact_filters import FactFilters
from courtwatch.services.work import Actor
from workflows.event_codes import WITHOUT

_VISIBLE = "(visible)"
SHARED_LEVELS = (ShareLevel.COUNTED, ShareLevel.CODED, ShareLevel.FULL)
Read = tuple[PackedFacts, NDArray[np.bool_]]
"""What is packed of rows (n,), and which of them may be opened (n,)."""


class _CaseOfFact:
    """What visibility asks of a case, as a fact that holds now tells it: nothing is looked up."""

    id = ProsecutionFact.case_id
    owner_id = ProsecutionFact.owner_id
    share_level = ProsecutionFact.share_level


@dataclass(frozen=True)
class Reader:
    """Who reads a report. It decides what may be opened behind a figure, and what is merged.

    `actor` None is the operator at the command line, who reads every row. `public`: what is made
    is for everybody, whoever asks; nothing behind it opens and no allegation is told.
    """

    actor: Actor | None = None
    public: bool = False

    @property
    def sees_allegations(self) -> bool:
        """Say whether settlement, threat and integrity reasons are shown without a threshold."""
        if self.public:
            return False
        return self.actor is None or not withholds_allegations(viewer_of(self.actor))

    @property
    def withholds(self) -> bool:
        """Say whether a restricted reason counts, for this reader, as none that is known."""
        return not self.sees_allegations

    @property
    def sees_own_private(self) -> bool:
        """Say whether the reader's lists hold private cases, and may be filtered by sharing."""
        return self.sees_allegations

    @property
    def opens_cases(self) -> bool:
        """Say whether the reader may open any case at all."""
        if self.public:
            return False
        return self.actor is None or viewer_of(self.actor) is not Viewer.NOBODY

    def known(self) -> ColumnElement[bool]:
        """Return the predicate on `ProsecutionFact` of what the reader may know is recorded.

        It names `Case`, and belongs into an EXISTS of its own.
        """
        if self.actor is None:
            return true()
        return and_(Case.id == ProsecutionFact.case_id, known_cases(self.actor))

    def visible(self) -> ColumnElement[bool]:
        """Return the predicate on `ProsecutionFact` of what the reader may list today.

        Of facts that hold now: they follow the case (`services.sharing`), those of a past moment
        say how it was shared then.
        """
        if self.public:
            return false()
        if self.actor is None:
            return true()
        return visible_cases(self.actor, _CaseOfFact)


def scope_predicate(scope: Scope) -> ColumnElement[bool]:
    """Return the predicate of whose record is counted.

    A private case is counted for its own organisation and for nobody else.
    """
    if scope.kind is ScopeKind.OWN:
        return ProsecutionFact.owner_id == scope.organisation_id
    return ProsecutionFact.share_level.in_([str(level) for level in SHARED_LEVELS])


class Population:
    """The prosecutions (or their charges) that a report counts."""

    def __init__(
        self,
        session: Session,
        filters: FactFilters,
        scope: Scope,
        reader: Reader,
        law: Law,
        unit: Unit = Unit.PROSECUTION,
    ) -> None:
        self.session = session
        self.filters = filters
        self.scope = scope
        self.reader = reader
        self.law = law
        self.unit = unit
        self._read: Read | None = None
        self._counted: Read | None = None

    def tally(
        self,
        *names: str,
        chosen: NDArray[np.bool_] | None = None,
        flags: Mapping[str, NDArray[np.bool_]] | None = None,
    ) -> Tally:
        """Count what is counted by packed columns and by `flags` (1 or 0), of those `chosen`."""
        facts, visible = self.counted()
        if chosen is not None:
            facts, visible = facts.only(chosen), visible[chosen]
            flags = {name: flag[chosen] for name, flag in (flags or {}).items()}
        words = words_of(self.law, self.unit is Unit.CHARGE)
        try:
            return tally(facts, visible, words, names, flags)
        except Unpacked:
            # No fact should hold a word that no procedure in use has, and it is told all the same.
            return tally(facts, visible, self._stored_words(), names, flags)

    def _stored_words(self) -> dict[str, set[str]]:
        """Return the words that facts hold in each packed column of words."""
        columns = {name: getattr(ProsecutionFact, name) for name in WORDS}
        if self.unit is Unit.CHARGE:
            columns["outcome"] = ChargeFact.disposition
        stored = {name: self.session.scalars(select(each).distinct())
                  for name, each in columns.items()}  # fmt: skip
        found = {name: {word for word in words if word} for name, words in stored.items()}
        found["ended_by"] |= set(self.law.actors)
        return found

    def visible(self) -> ColumnElement[bool]:
        """Return the predicate of what the reader may open; of a past moment no report says it."""
        return self.reader.visible() if self.filters.known_at is None else false()

    def cases_of_allegations(self) -> dict[str, int]:
        """Count distinct cases that ended without judgment by group of restricted stated reason.

        Those that are shown, and no others: a reason is stated of ends, too, that no table counts
        as without judgment, and ten such would let a single one through.
        """
        query = select(Reason.group_code, Reason.id).where(Reason.restricted.is_(True))
        groups: dict[str, list[int]] = {}
        for group, key in self.session.execute(query):
            groups.setdefault(group, []).append(key)
        facts, _visible = self.counted()
        facts = facts.only(facts.numbers("event_code") == WITHOUT)
        stated, cases = facts.numbers("reason_stated_id"), facts.numbers("case_id")
        return {group: distinct(cases[among(stated, keys)]) for group, keys in groups.items()}

    def last_day(self, not_after: date) -> date | None:
        """Return the last day for which anything is known, `not_after` at the latest.

        A slip of the pen in the future must not make young cohorts look complete.
        """
        return self.counted()[0].last_day(not_after)

    def sizes(self) -> Sizes:
        """Return how many charges, prosecutions and cases there are, whatever is counted."""
        facts, _visible = self.facts()
        charges = int(facts.numbers("charges").sum(dtype=np.int64))
        return Sizes(charges, facts.n, distinct(facts.numbers("case_id")))

    def facts(self) -> Read:
        """Return what is packed of every prosecution, and which may be opened: read once."""
        if self._read is None:
            self.read_packed({})
        assert self._read is not None
        return self._read

    def counted(self) -> Read:
        """Return what is packed of everything that is counted, whatever unit, and what may open.

        One prosecution for each case, or a row for each charge (`packed_charges`).
        """
        if self.unit is Unit.PROSECUTION:
            return self.facts()
        if self._counted is None:
            facts, visible = self.facts()
            if self.unit is Unit.CASE:
                chosen = furthest_of_each_case(facts, self.law)
                self._counted = facts.only(chosen), visible[chosen]
            else:
                charges, of = read_charges(self.session, facts, self.law, self.filters.known_at)
                self._counted = charges, visible[of]
        return self._counted

    def take(self, facts: PackedFacts, may_open: NDArray[np.bool_]) -> None:
        """Take what another query read of these very prosecutions: it is not read again."""
        self._read = facts, may_open

    def read_some(self, only: ColumnElement[bool]) -> PackedFacts:
        """Return what is packed of the prosecutions of which `only` is true."""
        query = select(packed_column()).where(self._everybody(), only)
        return read_packed(self.session, query)[0]

    def read_packed(
        self, columns: Mapping[str, Any]
    ) -> tuple[PackedFacts, NDArray[np.bool_], dict[str, Sequence[Any]]]:
        """Return what is packed of every prosecution, which may be opened, and `columns`.

        All in one order, by one query, whatever is counted.
        """
        opens = self._opens()
        asked = dict(columns)
        if opens is None:
            # As a number: a million conversions to what Python calls true take a second.
            asked[_VISIBLE] = case((self.visible(), 1), else_=0)
        query = select(packed_column(), *asked.values()).where(self._everybody())
        facts, found = read_packed(self.session, query)
        values = dict(zip(asked, found, strict=True))
        visible = values.pop(_VISIBLE, None)
        may_open = np.full(facts.n, opens) if visible is None else np.array(visible, np.int8) == 1
        self._read = facts, may_open
        return facts, may_open, values

    def _opens(self) -> bool | None:
        """Say whether every prosecution, or none, may be opened; None: it depends on which."""
        if self.filters.known_at is not None or not self.reader.opens_cases:
            return False
        return True if self.reader.actor is None else None

    def _everybody(self) -> ColumnElement[bool]:
        return and_(self.filters.where(self.reader.withholds), scope_predicate(self.scope))

    def select(self, *columns: Any) -> Select[Any]:
        """Return the query of columns of every prosecution that is counted, one row each."""
        return select(*columns).select_from(ProsecutionFact).where(self._everybody())


def packed_column() -> Any:
    """Return what is packed, as the driver hands it out."""
    return type_coerce(ProsecutionFact.packed, NullType)


def jurisdictions_with_facts(session: Session, reader: Reader) -> list[Jurisdiction]:
    """Return the jurisdictions that a reader may know anything is recorded for, by name."""
    recorded = exists().where(ProsecutionFact.jurisdiction_id == Jurisdiction.id, reader.known())
    query = select(Jurisdiction).where(recorded).order_by(Jurisdiction.name_en)
    return list(session.scalars(query))


def jurisdiction_of(session: Session, code: str) -> Jurisdiction | None:
    """Return a jurisdiction by its code."""
    return session.scalars(select(Jurisdiction).where(Jurisdiction.code == code)).first()


def redactions_since(session: Session, jurisdiction_id: int, scope: Scope, revision: int) -> int:
    """Count the words taken out after a revision of the cases that a scope counted then.

    Of all of them, whatever filters narrow a report: an act on one case is nobody else's business.
    Nor is one on a case that had become private meanwhile: no figure that others read moves by it.
    """
    # Asked of each redacted case: those counted are many, those redacted few.
    counted = exists().where(
        ProsecutionFact.case_id == Redaction.case_id,
        ProsecutionFact.jurisdiction_id == jurisdiction_id,
        holds_at(ProsecutionFact, revision),
        scope_predicate(scope),
    )
    query = select(func.count(func.distinct(Redaction.revision_id))).where(
        Redaction.revision_id > revision, counted
    )
    if scope.kind is not ScopeKind.OWN:
        meanwhile = aliased(ProsecutionFact)
        query = query.where(
            ~exists().where(
                meanwhile.case_id == Redaction.case_id,
                meanwhile.share_level == ShareLevel.PRIVATE,
                meanwhile.rev_from <= Redaction.revision_id,
                or_(meanwhile.rev_to.is_(None), meanwhile.rev_to > Redaction.revision_id),
            )
        )
    return session.scalar(query) or 0
