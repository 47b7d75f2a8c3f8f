"""Figures of court management: of the full docket only where it is known, and hearings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from pyramid.i18n import TranslationStringFactory
from sqlalchemy import BigInteger, case, cast, func, select

from courtwatch.labels import HEARING_KINDS
from courtwatch.models import HearingFact, Institution, Offence, ReferenceTotal
from courtwatch.models.facts import holds_at
from courtwatch.models.key_list import is_among
from courtwatch.models.packed import day_of, number_of
from courtwatch.models.vocabulary import HearingStatus
from courtwatch.reports.clock_rows import NEVER, ClockRows
from courtwatch.reports.clocks import never_came
from courtwatch.reports.context import Context
from courtwatch.reports.figures import share_figure
from courtwatch.reports.hearing_days import SETTLED, Became, over
from courtwatch.reports.model import (
    Column,
    ColumnKind,
    Figure,
    Label,
    Origin,
    Row,
    RowKind,
    Scope,
    ScopeKind,
    Table,
    Unit,
)
from courtwatch.reports.packed_facts import read_columns
from courtwatch.reports.queries import SHARED_LEVELS
from workflows.event_codes import JUDGMENT, OPEN

_ = TranslationStringFactory("courtwatch")

DOCKET, HEARINGS, SETTINGS = "docket", "hearings", "settings"
REGISTRATION = "registration"
DOCKET_DEFINITION = _(
    "Clearance rate = resolved / incoming in a year; disposition time = 365 x pending at its end / "
    "resolved (CEPEJ). Both need every prosecution of the docket. A year is complete where an "
    "official total of registered prosecutions is on record and we have at least as many. What "
    "earlier years left is resolved in later ones: all years from the first on record must be so. "
    "Who first ended before they came in, and was reopened, is incoming, and neither resolved nor "
    "pending."
)
NO_TOTALS = _(
    "How many prosecutions there were in all is not known: no official total of registered "
    "prosecutions is on record for this selection. A clearance rate of what monitors brought in "
    "would be theirs, not the courts'."
)
NARROWED = _(
    "Official totals are known by court and offence alone, and what a year resolves came in other "
    "years too: this selection is narrower, and its docket is not known."
)
INCOMPLETE = _(
    "The official total is ${theirs}, we have ${ours}: the docket of this year is not complete."
)
EARLIER = _(
    "The docket of ${year} is not complete, or not known to be: what it left is missing from what "
    "was resolved later, and from what was pending."
)
UNDATED = _(
    "${n} came before the prosecution on an unknown day: nobody can say in which year they came in."
)
NONE_CAME, NONE_RESOLVED = _("none came in"), _("none was resolved")
HEARINGS_DEFINITION = _(
    "Hearing effectiveness = held / those scheduled whose day is over and of which it is known "
    "what became of them. Hearings that nobody recorded are missing: courts that are watched more "
    "have more of theirs."
)
SETTINGS_DEFINITION = _(
    "Trial date certainty: trial hearings set for each case that has a judgment (CourTools measure "
    "5: few settings are good), of the cases on record. It is a figure of the courts only where "
    "their docket is complete. Cases without any recorded trial hearing are left out; hearings "
    "that nobody recorded make the figure too low."
)
NOT_TOLD = _("Not known what became of it")
NO_HEARINGS = _("No hearing whose day is over is on record for this selection.")
NO_TRIALS = _("No case with a judgment has a trial hearing on record in this selection.")
FEW_SETTINGS = 2
TRIAL = "trial"
_BASE = 2**15
"""More hearings of one kind than any case has: four such digits fit into 63 bits."""
_SAME_DOCKET = frozenset({"jurisdiction", "court", "offence", "known_at"})
"""Filters that leave a docket whole: what is resolved in a year, or pending at its end, came in
other years too."""


def tables(context: Context, rows: ClockRows) -> tuple[Table, ...]:
    """Return the docket, hearings held, and settings of trials."""
    found = _counted(context, rows)
    return (_docket(context, rows), _hearings(found.status), _settings(found.settings))


def _docket(context: Context, rows: ClockRows) -> Table:
    columns = (
        Column("official", _("Incoming, official total")),
        Column("incoming", _("Incoming, on record")),
        Column("resolved", _("Resolved")),
        Column("pending", _("Pending at the end")),
        Column("clearance", _("Clearance rate"), ColumnKind.RATIO),
        Column("disposition_time", _("Disposition time"), ColumnKind.DAYS),
    )
    title, label = _("Clearance and disposition time"), _("Year")
    totals = _official(context)
    why = _refused(context, totals)
    docket = _Docket(context, rows, totals)
    found = () if why is not None else tuple(map(docket.row, sorted(totals)))
    return Table(
        DOCKET, title, columns, found, sum(totals.values()) if why is None else 0,
        DOCKET_DEFINITION, label, refused=why,
    )  # fmt: skip


def _refused(context: Context, totals: dict[int, int]) -> Label:
    names = {name for name, _value in context.filters.pairs()}
    if not names <= _SAME_DOCKET or context.scope != Scope(context.scope.kind) or len(
        context.filters.court
    ) > 1 or len(context.filters.offence) > 1:  # fmt: skip
        return NARROWED
    return None if totals else NO_TOTALS


def _official(context: Context) -> dict[int, int]:
    """Return the official totals of whole years of registered prosecutions, by year."""
    if context.scope.kind is ScopeKind.OWN:
        return {}
    total = ReferenceTotal
    query = select(total.period_from, total.period_to, func.max(total.count)).where(
        total.jurisdiction_id == context.jurisdiction.id,
        total.unit == Unit.PROSECUTION.value,
        total.stage == REGISTRATION,
        holds_at(total, context.filters.known_at),
        _only(total.institution_id, Institution, context.filters.court),
        _only(total.offence_id, Offence, context.filters.offence),
    )
    found = {}
    for start, end, count in context.session.execute(query.group_by(total.period_from,
                                                                    total.period_to)):  # fmt: skip
        if (start, end) == (date(start.year, 1, 1), date(start.year, 12, 31)):
            found[start.year] = int(count)
    return found


def _only(column: Any, table: Any, codes: tuple[str, ...]) -> Any:
    """Return the predicate that a total is of just this court or offence, or of none."""
    if not codes:
        return column.is_(None)
    return column.in_(select(table.id).where(table.code.in_(codes)))


class _Docket:
    """What came in, was resolved and was pending at the end, by year.

    Whoever never came before the prosecution is no part of it.
    """

    def __init__(self, context: Context, rows: ClockRows, official: Mapping[int, int]) -> None:
        self.official = official
        self.came = rows.days["registered_on"]
        self.ended = np.where(rows.code != OPEN, rows.days["ended_on"], NEVER)
        self.known = self.came != NEVER
        undated = ~self.known & ~never_came(rows, Origin.REGISTRATION, context.law)
        unended = self.known & (rows.code != OPEN) & (self.ended == NEVER)
        self.undated, self.unended = int(undated.sum()), int(unended.sum())
        first = self.came[self.known].min(initial=number_of(date.max))
        self.first = day_of(int(first)).year

    def incoming(self, year: int) -> int:
        """Return how many came in."""
        first, last = number_of(date(year, 1, 1)), number_of(date(year, 12, 31))
        return int(np.count_nonzero(self.known & (self.came >= first) & (self.came <= last)))

    def complete(self, year: int) -> bool:
        """Say whether all that came in in a year are known to be on record."""
        return year in self.official and self.incoming(year) >= self.official[year]

    def row(self, year: int) -> Row:
        """Return the figures of a year, or why it has none."""
        first, last = number_of(date(year, 1, 1)), number_of(date(year, 12, 31))
        done = self.known & (self.ended != NEVER)
        inside = (self.ended >= np.maximum(first, self.came)) & (self.ended <= last)
        resolved = int(np.count_nonzero(done & inside))
        here = self.known & (self.came <= last)
        pending = int(np.count_nonzero(here & ~(done & (self.ended <= last))))
        incoming = self.incoming(year)
        why = self._why(year)
        rates = (
            (Figure(None, missing=why),) * 2
            if why is not None
            else (_rate(resolved, incoming, NONE_CAME),
                  _rate(365 * pending, resolved, NONE_RESOLVED))
        )  # fmt: skip
        counts = map(Figure, (self.official[year], incoming, resolved, pending))
        return Row(str(year), str(year), (*counts, *rates), RowKind.DETAIL)

    def _why(self, year: int) -> Label:
        if not self.complete(year):
            about = {"theirs": f"{self.official[year]:,}", "ours": f"{self.incoming(year):,}"}
            return _(INCOMPLETE, mapping=about)
        for earlier in range(self.first, year):
            if not self.complete(earlier):
                return _(EARLIER, mapping={"year": str(earlier)})
        if self.undated:
            return _(UNDATED, mapping={"n": f"{self.undated:,}"})
        if self.unended:
            return _("${n} ended on an unknown day", mapping={"n": f"{self.unended:,}"})
        return None


def _rate(count: int, of: int, none: Label) -> Figure:
    return Figure(count / of, None, of) if of else Figure(None, missing=none)


def hearing_query(context: Context, *columns: Any) -> Any:
    """Return a query of the hearings of the cases that are counted, whose day is over."""
    query = select(*columns).select_from(HearingFact).where(over(context))
    names = {name for name, _value in context.filters.pairs()} - {"jurisdiction", "known_at"}
    if names:
        facts, _visible = context.population.facts()
        cases = np.unique(facts.numbers("case_id"))
        return query.where(is_among(HearingFact.case_id, cases.tolist()))
    # A hearing has the owner and share level of its case: without filters no case is looked up.
    if context.scope.kind is ScopeKind.OWN:
        return query.where(HearingFact.owner_id == context.scope.organisation_id)
    return query.where(HearingFact.share_level.in_([str(level) for level in SHARED_LEVELS]))


class _Counted(NamedTuple):
    """Hearings by kind and what became of them; cases with a judgment by settings of trial."""

    status: dict[str, Counter[str]]
    settings: Counter[int]


def _counted(context: Context, rows: ClockRows) -> _Counted:
    """Count hearings by kind and what became of them, and how many each case had: one query.

    By case as the index has them, and then here: to group them again takes SQL another second.
    """
    fact = HearingFact
    worth = {str(status): 1 + _BASE**place for place, status in enumerate(SETTLED, start=1)}
    # One sum of a number that has a digit for each: four counts take SQL half a second more.
    became = cast(func.sum(case(worth, value=fact.status, else_=1)), BigInteger)
    query = hearing_query(context, fact.case_id, fact.kind, became)
    cases, kinds, sums = read_columns(context.session, query.group_by(fact.case_id, fact.kind))
    place = {kind: number for number, kind in enumerate(sorted(set(kinds)))}
    kind = np.array([place[each] for each in kinds], np.int64)
    digits = np.array(sums, np.int64)
    n, *settled = (digits // _BASE**place % _BASE for place in range(len(SETTLED) + 1))
    status: dict[str, Counter[str]] = {}
    for each, number in place.items():
        here = kind == number
        part = {str(s): int(x[here].sum()) for s, x in zip(SETTLED, settled, strict=True)}
        part[str(HearingStatus.UNKNOWN)] = int(n[here].sum()) - sum(part.values())
        status[each] = Counter(part)
    judged = rows.more["case"][rows.code == JUDGMENT]
    tried = (kind == place.get(TRIAL, -1)) & np.isin(np.array(cases, np.int64), judged)
    each, times = np.unique(n[tried], return_counts=True)
    return _Counted(status, Counter(dict(zip(each.tolist(), times.tolist(), strict=True))))


def _hearings(counts: dict[str, Counter[str]]) -> Table:
    columns = (
        Column("scheduled", _("Scheduled, day over")),
        Column("held", _("Held")),
        Column("adjourned", _("Adjourned")),
        Column("cancelled", _("Cancelled")),
        Column("unknown", NOT_TOLD),
        Column("effectiveness", _("Held, of those known"), ColumnKind.SHARE),
    )
    whole = sum(counts.values(), Counter())
    n = sum(whole.values())
    refused = NO_HEARINGS if n == 0 else None
    found = tuple(
        Row(kind, HEARING_KINDS.get(kind, kind), _held(part))
        for kind, part in sorted(counts.items())
    )
    return Table(
        HEARINGS, _("Hearings held"), columns, found, n, HEARINGS_DEFINITION, _("Kind of hearing"),
        total=None if n == 0 else Row("total", _("All"), _held(whole), RowKind.TOTAL),
        unknown=share_figure(n - Became.of(whole).known, n) if n else None,
        unknown_label=NOT_TOLD, refused=refused,
    )  # fmt: skip


def _held(part: Mapping[str, int]) -> tuple[Figure, ...]:
    found = Became.of(part)
    return (
        *(Figure(each) for each in (*found, found.n - found.known)),
        share_figure(found.held, found.known),
    )


def _settings(counts: Counter[int]) -> Table:
    columns = (
        Column("cases", _("Cases")),
        Column("mean", _("Settings for each, mean"), ColumnKind.NUMBER),
        Column("median", _("Median"), ColumnKind.NUMBER),
        Column("few", _("At most ${n} settings", mapping={"n": str(FEW_SETTINGS)}),
               ColumnKind.SHARE),
    )  # fmt: skip
    pairs = sorted((each, n) for each, n in counts.items() if n)
    cases = sum(n for _s, n in pairs)
    if cases == 0:
        return Table(
            SETTINGS, _("How often trials are set"), columns, (), 0, SETTINGS_DEFINITION,
            _("Cases"), refused=NO_TRIALS,
        )  # fmt: skip
    settings = np.repeat([s for s, _n in pairs], [n for _s, n in pairs])
    few = int(np.count_nonzero(settings <= FEW_SETTINGS))
    figures = (
        Figure(cases),
        Figure(float(settings.mean()), None, cases),
        Figure(float(np.median(settings)), None, cases),
        share_figure(few, cases),
    )
    return Table(
        SETTINGS, _("How often trials are set"), columns,
        (Row("judged", _("Cases with a judgment"), figures, RowKind.DETAIL),), cases,
        SETTINGS_DEFINITION, _("Cases"),
    )  # fmt: skip
