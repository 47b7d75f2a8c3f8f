"""Why two groups differ: how much comes from other cases, how much from other decisions.

Both groups are followed to the same fixed horizon with those still open counted as censored, so
that a young cohort is not taken for a better one. The split is Kitagawa's.
"""

from __future__ import annotations

import math

import numpy as np
from pyramid.i18n import TranslationStringFactory
from scipy.special import ndtri

from courtwatch.models import ProsecutionFact
from courtwatch.models.packed import day_of, number_of
from courtwatch.reports import two_group_words as words
from courtwatch.reports.clock_rows import ClockRows, Codes, Flags, Word, read_rows
from courtwatch.reports.clocks import Clocks, Whole, clocks, never_came
from courtwatch.reports.context import Body, Context, Unanswerable
from courtwatch.reports.delay_words import (
    CAUSES,
    NONE_OPEN,
    NOT_SO_LONG,
    count_of,
    estimate,
    known_by,
    reach,
    share_of,
    still_open,
)
from courtwatch.reports.figures import share_figure
from courtwatch.reports.group_choice import (
    COHORT,
    COURT,
    DIMENSIONS,
    FIRST,
    OFFENCE,
    SECOND,
    Value,
    choose,
    column,
    every,
    table_of,
)
from courtwatch.reports.known_late import known_late
from courtwatch.reports.looking_ahead import refuse
from courtwatch.reports.model import (
    ChartKind,
    Column,
    ColumnKind,
    Figure,
    Headline,
    Label,
    Origin,
    Row,
    RowKind,
    Table,
)
from courtwatch.reports.options import Choice
from courtwatch.reports.words import NOT_KNOWN
from courtwatch.services.fact_filters import UNKNOWN
from courtwatch.statistics.court_comparison import SUFFICIENT
from courtwatch.statistics.decomposition import HorizonSplit, kitagawa_at_horizon
from courtwatch.statistics.rates import wilson_interval
from courtwatch.statistics.refusal import CannotAnswer
from courtwatch.statistics.survival import CumulativeIncidence, cumulative_incidence, kaplan_meier
from courtwatch.statistics.terms import HORIZON_DAYS
from workflows.event_codes import OPEN, WITHOUT

_ = TranslationStringFactory("courtwatch")

_DAYS = ("registered_on", "ended_on", "entry_date", "last_verified_on")
RATES = Choice(
    "rate",
    _("Difference of"),
    (
        ("without", _("Ends without judgment")),
        ("judgment", _("Judgments")),
        ("dismissal", _("Ends without judgment by the trial court (dismissals)")),
    ),
    "without",
)
HORIZONS = Choice(
    "horizon",
    _("Within"),
    (("365", _("365 days")), ("730", _("730 days")), ("1095", _("1,095 days"))),
    str(HORIZON_DAYS),
)
OPTIONS = (DIMENSIONS, FIRST, SECOND, RATES, HORIZONS)
STRATA: tuple[tuple[str, Label], ...] = (
    (OFFENCE, _("The difference split by offence")),
    (COURT, _("The difference split by court")),
    (COHORT, _("The difference split by year of registration")),
)
_CAUSE = {"judgment": 1, "without": 2, "dismissal": 4}


def build(context: Context) -> Body:
    """Build the report from one query of days."""
    refuse(context.filters, Origin.REGISTRATION)
    horizon, rate = int(context.option("horizon")), context.option("rate")
    trial = tuple(sorted(
        decision.outcome.name for decision in context.law.decisions() if decision.went_on is None
    ))  # fmt: skip
    if rate == "dismissal" and not trial:
        raise Unanswerable(_("This procedure knows no dismissal by a trial court."))
    outcome = Word(ProsecutionFact.outcome, trial or ("-",))
    furthest = Word(ProsecutionFact.furthest_stage, tuple(context.law.stages))
    rows = read_rows(context.population, _DAYS, more={"outcome": outcome, "furthest": furthest})
    today = number_of(context.data_until or context.today)
    clock = clocks(rows, Origin.REGISTRATION, number_of(context.today))
    followed = np.zeros(rows.n, bool)
    followed[clock.place] = rows.days["registered_on"][clock.place] <= today - horizon
    there = every(context, rows, context.option("between"))
    groups = choose(context, rows, followed, there)
    definition = _(words.DEFINITION, mapping={"days": f"{horizon:,}"})
    last, notes = table_of(context, rows, there, followed), (words.INTERVALS, words.NO_CAUSE)
    if groups is None:
        return _refused(words.NO_GROUPS, last, definition, clock.n)
    pair = _Pair(context, rows, clock, groups, horizon, _CAUSE[rate], len(trial), followed)
    why = pair.refusal()
    if why is not None:
        return _refused(why, last, definition, pair.clock.n)
    young = pair.too_young(today - horizon)
    splits = [
        pair.split(*each, young if each[0] == COHORT else None)
        for each in STRATA
        if each[0] != context.option("between")
    ]
    return Body(pair.headlines(), (pair.rates(), *splits, last), definition, pair.clock.n, notes)


def _refused(why: Label, last: Table, definition: Label, n: int) -> Body:
    """Return the report without figures: why, and what could be asked."""
    table = Table("rates", words.RATES_TITLE, (), (), n, definition, _("Group"), refused=why)
    return Body((), (table, last), definition, n, (words.INTERVALS, words.NO_CAUSE), (why,))


class _Pair:
    """The two groups with their clocks."""

    def __init__(
        self, context: Context, rows: ClockRows, clock: Clocks,
        groups: tuple[Value, Value], horizon: int,
        cause: int, trial: int, followed: Flags,
    ) -> None:  # fmt: skip
        self.followed = followed
        self.context, self.rows, self.groups, self.horizon = context, rows, groups, horizon
        chosen = (groups[0].rows | groups[1].rows)[clock.place]
        self.clock = clock.only(chosen)
        place = self.clock.place
        self.group = groups[1].rows[place].astype(np.int64)
        self.event = self.clock.event.copy()
        self.cause = cause
        if cause == _CAUSE["dismissal"]:
            dismissed = (self.event == WITHOUT) & (rows.more["outcome"][place] < trial)
            self.event[dismissed] = cause

    @property
    def sides(self) -> tuple[tuple[str, Value], ...]:
        """Return the groups with the letters that they have in the tables."""
        return (("A", self.groups[0]), ("B", self.groups[1]))

    def refusal(self) -> Label:
        """Return why the groups can't be compared; None where they can."""
        if self.context.option("between") == COURT:
            late = self._court_late()
            if late is not None:
                return late
        for place, (letter, value) in enumerate(self.sides):
            n = int(np.count_nonzero(value.rows & self.followed))
            about = {"group": letter, "days": f"{self.horizon:,}", "n": str(n),
                     "fewest": str(SUFFICIENT)}  # fmt: skip
            if n < SUFFICIENT:
                return _(words.TOO_YOUNG, mapping=about)
            if self.horizon > reach(self._curve(place)):
                return _(words.TOO_SHORT, mapping=about)
        if not bool(np.any(self.rows.code == OPEN)):
            return NONE_OPEN
        return None

    def _court_late(self) -> Label:
        late = known_late(self.rows)
        return None if late is None else _(words.COURT_LATE, mapping=late._asdict())

    def _curve(self, place: int, event: Whole | None = None) -> CumulativeIncidence:
        mine = self.group == place
        entry = self.clock.entry[mine] if self.clock.delayed is not None else None
        chosen = self.event if event is None else event
        return cumulative_incidence(self.clock.exit[mine], chosen[mine], entry)

    def _at(self, place: int, cause: int, event: Whole | None = None) -> tuple[float, float]:
        return share_of(self._curve(place, event), cause, self.horizon)

    def _rate(self, place: int) -> Figure:
        value, se = self._at(place, self.cause)
        mine = self.group == place
        return estimate(value, se, int(np.count_nonzero(mine)), self._known(place))

    def _known(self, place: int) -> int:
        return known_by(self.clock.only(self.group == place), self.horizon)

    def _difference(self) -> Figure:
        (first, se_1), (second, se_2) = self._at(0, self.cause), self._at(1, self.cause)
        difference = 100 * (first - second)
        if se_1 > 0 and se_2 > 0:
            below = above = 100 * float(ndtri(0.975)) * math.hypot(se_1, se_2)
        else:
            # Nobody, or everybody, of a group came to it: no spread is no certainty. Each rate's
            # own interval tells how far it may be off (Zou and Donner 2008).
            one, two = self._rate(0), self._rate(1)
            ends = (one.lower, one.upper, two.lower, two.upper)
            if any(end is None for end in ends):
                return Figure(difference, None, self.clock.n)
            low_1, high_1, low_2, high_2 = (float(end) for end in ends if end is not None)
            below = 100 * math.hypot(first - low_1, high_2 - second)
            above = 100 * math.hypot(high_1 - first, second - low_2)
        return Figure(difference, None, self.clock.n, difference - below, difference + above)

    def _split(self, codes: Codes) -> HorizonSplit:
        return kitagawa_at_horizon(
            self.group, codes[self.clock.place], self.clock.exit, self.event, self.cause,
            self.horizon, self.clock.entry if self.clock.delayed is not None else None,
        )  # fmt: skip

    def headlines(self) -> tuple[Headline, ...]:
        """Return the two rates and their difference, which says what they are rates of."""
        about = {"rate": dict(RATES.values)[self.context.option("rate")],
                 "days": f"{self.horizon:,}"}  # fmt: skip
        heads = [
            Headline(letter.lower(), value.name, self._rate(place), ColumnKind.PROBABILITY)
            for place, (letter, value) in enumerate(self.sides)
        ]
        heads.append(
            Headline("difference", _(words.DIFFERENCE, mapping=about), self._difference(),
                     ColumnKind.NUMBER)
        )  # fmt: skip
        return tuple(heads)

    def rates(self) -> Table:
        """Return what became of both groups by the horizon."""
        rows = []
        for place, (letter, value) in enumerate(self.sides):
            narrower = {self.context.option("between"): value.code}
            mine = self.clock.only(self.group == place)
            lasting = kaplan_meier(mine.exit, np.minimum(mine.event, 1), mine.delayed)
            others = [self._ends(place, cause) for cause in (1, 2, 3)]
            rows.append(Row(letter, value.name, (
                self.context.count(count_of(self.rows, value.rows), **narrower),
                Figure(int(np.count_nonzero(self.group == place))),
                *others, still_open(lasting, mine, self.horizon), self._rate(place),
            )))  # fmt: skip
        label = dict(RATES.values)[self.context.option("rate")]
        return Table(
            "rates", words.RATES_TITLE,
            (
                Column("all", _("Prosecutions")),
                Column("n", _("With a known time")),
                *(Column(key, said, ColumnKind.PROBABILITY) for key, said in CAUSES),
                Column("open", _("Still open"), ColumnKind.PROBABILITY),
                Column("rate", label, ColumnKind.PROBABILITY),
            ),
            tuple(rows), self.clock.n, _(words.DEFINITION, mapping={"days": f"{self.horizon:,}"}),
            _("Group"),
            unknown=self._unknown(), unknown_label=words.NO_TIME,
            notes=(_("A: ${a}. B: ${b}.", mapping={
                "a": self.groups[0].code, "b": self.groups[1].code}),),
        )  # fmt: skip

    def _ends(self, place: int, cause: int) -> Figure:
        # Dismissals, told apart for their rate, are ends without judgment like the others here.
        value, se = self._at(place, cause, self.clock.event)
        return estimate(value, se, None, self._known(place))

    def _unknown(self) -> Figure:
        never = never_came(self.rows, Origin.REGISTRATION, self.context.law)
        came = int(np.count_nonzero((self.groups[0].rows | self.groups[1].rows) & ~never))
        return share_figure(came - self.clock.n, came)

    def too_young(self, last: int) -> Label:
        """Return why years can't be set beside one another; None where all could be followed.

        Who is censored stands in for by others of any year. Of a young year only those are known
        that ended fast: its rate would be theirs. `last` is the last day from which all could be.
        """
        if bool(self.followed[self.clock.place].all()):
            return None
        day = day_of(last).isoformat()
        return _(words.YOUNG_YEARS, mapping={"days": f"{self.horizon:,}", "day": day})

    def split(self, key: str, title: Label, why: Label = None) -> Table:
        """Return the split by one kind of stratum, or `why` there is none."""
        columns = (
            Column("all_a", _("A")), Column("all_b", _("B")),
            Column("share_a", _("Share of A"), ColumnKind.PROBABILITY),
            Column("share_b", _("Share of B"), ColumnKind.PROBABILITY),
            Column("rate_a", _("Rate of A"), ColumnKind.PROBABILITY),
            Column("rate_b", _("Rate of B"), ColumnKind.PROBABILITY),
            Column("mix", _("Mix: percentage points"), ColumnKind.NUMBER),
            Column("rate", _("Rate: percentage points"), ColumnKind.NUMBER),
            Column("sum", _("Both"), ColumnKind.NUMBER),
        )  # fmt: skip
        definition = _(words.DEFINITION, mapping={"days": f"{self.horizon:,}"})
        late = self._court_late() if key == COURT else why
        codes, named = column(self.context, self.rows, key)
        try:
            found = self._split(codes)
        except CannotAnswer:
            late = NOT_SO_LONG
        if late is not None:
            return Table(f"split_{key}", title, columns, (), self.clock.n, definition, title,
                         refused=late)  # fmt: skip
        split, rows = found.split, []
        for place, value in enumerate(found.stratum.tolist()):
            code, name = named.get(value, (UNKNOWN, NOT_KNOWN))
            here = codes == value
            parts = split.mix_by_stratum[place], split.rate_by_stratum[place]
            rows.append(Row(code, name, (
                *(self._count(side.rows & here, side, key, code) for _l, side in self.sides),
                *(Figure(float(found.shares[g, place])) for g in (0, 1)),
                *(
                    _rate_of_kind(found, g, place, bool(np.any(side.rows & here & self.followed)))
                    for g, (_l, side) in enumerate(self.sides)
                ),
                *map(_points, (*parts, sum(parts)), split.se_by_stratum[:, place]),
            )))  # fmt: skip
        rows.sort(key=lambda row: (row.key == UNKNOWN, row.key))
        total = Row("total", _("All"), (
            *(self._count(side.rows, side) for _l, side in self.sides),
            Figure(1.0), Figure(1.0), *(self._rate(place) for place in (0, 1)),
            *map(_points, (split.mix, split.rate), split.se), self._difference(),
        ), RowKind.TOTAL)  # fmt: skip
        return Table(
            f"split_{key}", title, columns, tuple(rows), self.clock.n, definition, title,
            total=total, unknown=self._unknown(), unknown_label=words.NO_TIME,
            chart=ChartKind.DIFFERENCE, chart_columns=("sum", "mix", "rate"),
        )  # fmt: skip

    def _count(self, mask: Flags, side: Value, key: str = "", code: str = "") -> Figure:
        narrower = {self.context.option("between"): side.code}
        return self.context.count(
            count_of(self.rows, mask), **narrower, **({key: code} if key else {})
        )


def _points(part: float, se: float) -> Figure:
    """Return a part of a difference in percentage points, with its 95 % interval."""
    value, off = 100 * float(part), 100 * float(ndtri(0.975)) * float(se)
    return Figure(value, None, None, value - off, value + off)


def _rate_of_kind(found: HorizonSplit, group: int, place: int, followed: bool) -> Figure:
    """Return the rate of one kind, with Wilson's interval of as many as its weights are worth.

    None where nobody of it could be `followed` so long: it would be that of the fast ones.
    """
    rate, effective = float(found.rates[group, place]), float(found.effective[group, place])
    if math.isnan(rate):
        return Figure(None, missing=_("nobody of this kind whose end by then is known"))
    if not followed:
        return Figure(None, missing=_("nobody of this kind could be followed so long"))
    rate = min(1.0, max(0.0, rate))
    ends = wilson_interval(rate * effective, effective)
    return Figure(rate, None, None, float(ends.lower), float(ends.upper))
