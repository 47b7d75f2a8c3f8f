"""The place of one court in the comparison of all: adjusted, by reason, and over time."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from pyramid.i18n import TranslationStringFactory

from courtwatch.reports.comparison import COVARIATES, FROM, Arm
from courtwatch.reports.context import HORIZON_DAYS
from courtwatch.reports.delay_words import count_of
from courtwatch.reports.figures import Count, share_figure, text_figure
from courtwatch.reports.institution_words import mark
from courtwatch.reports.model import (
    ChartKind,
    Column,
    ColumnKind,
    Curve,
    Figure,
    Label,
    Row,
    RowKind,
    Table,
)
from courtwatch.reports.reason_rows import ReasonFold
from courtwatch.reports.scorecard_rows import WITHOUT, Court, Flags
from courtwatch.statistics.change import MONTHS, Cusum, cusum
from courtwatch.statistics.court_comparison import SUFFICIENT, CourtComparison, Indicator
from courtwatch.statistics.decomposition import (
    ExpectedRows,
    ReasonExcess,
    excess_of,
    expected_rows,
)
from courtwatch.statistics.rates import wilson_interval
from courtwatch.statistics.refusal import CannotAnswer

_ = TranslationStringFactory("courtwatch")

PLACE, REASONS, CHANGE = "place", "excess", "change"
THRESHOLD = "threshold"
"""The key of the curve by which a chart knows the threshold of a sum."""
DAYS_A_MONTH = 365.25 / 12
NO_ARM = _("No prosecution is known to have come before this court for a decision.")
INSUFFICIENT = "insufficient"
PLACE_DEFINITION = _(
    "Weighted counts: prosecutions that were lost sight of before ${days} days are stood in for by "
    "others. Expected: what a typical court would have with these prosecutions, adjusted for "
    "${mix}. The ratio has a 95 % interval. A mark needs ${n} prosecutions that began at least "
    "${days} days before the record ends, and allows for natural variation between courts and for "
    "how many courts are compared (Benjamini-Hochberg at 5 %).",
)
MEANING = _(
    "“Review” asks somebody to look at the cases. It is no verdict. “Not marked” does not mean "
    "fine: about half of the courts that truly differ stay unmarked."
)
FEW = _(
    "Insufficient data: all years together, fewer than ${n} prosecutions could be followed for "
    "${days} days. The interval is all that can be said; read the cases.",
    mapping={"n": str(SUFFICIENT), "days": str(HORIZON_DAYS)},
)
NO_JUDGMENT = _(
    "No judgment of this court is on record, though at least five were to be expected after full "
    "follow-up. This is listed, not marked."
)
NOTHING_BY_THEN = _("no outcome is known here within the horizon")
EXCESS_DEFINITION = _(
    "Observed less expected, in weighted counts. Expected is what a typical court would have with "
    "these prosecutions, shared out by the reasons that the country gives for the same kind of "
    "prosecutions. The interval is that of the observed count alone. The first column is not "
    "weighted, and has those too that ended so later than ${days} days.",
    mapping={"days": str(HORIZON_DAYS)},
)
CHANGE_DEFINITION = _(
    "Risk-adjusted cumulative sum C = max(0, C + y ln 2 - ln(1 + p)), one step for each "
    "prosecution in the order of ${origin}; y: ended so within ${days} days; p: expected of a "
    "typical court. Only those that began at least ${days} days before the record ends, were seen "
    "from the beginning and were followed so long. The threshold is simulated for this court's "
    "own caseload and the natural variation of courts.",
)
DESIGN = _(
    "Without any change ${percent} % of courts like this one would signal within ${months} months; "
    "among the ${courts} courts compared ${alarms} false signals are to be expected. The sum here "
    "covers ${covered} months.",
)
SLOW = _("more than ten years")
SLOW_NOTE = _("A doubling of the odds would not show within ten years: this court is too small.")
SHOWS = _("A doubling of the odds would take ${months} months to show in half of such courts.")
NO_SIGNAL = _("the sum never reached the threshold")


def tables(court: Court) -> tuple[Table, ...]:
    """Return the place in the comparison, and for each way of ending reasons and change."""
    models = [_Compared(court, arm) for arm in court.arms]
    found = [_place(court, models)]
    for model in models:
        found += [model.reasons(), model.change()]
    return tuple(found)


def _place(court: Court, models: list[_Compared]) -> Table:
    mix = "; ".join(str(each.interpolate()) for each in COVARIATES)
    rows = tuple(row for model in models for row in model.place())
    codes = {row.figures[-1].code for row in rows}
    notes: list[Label] = [MEANING]
    if INSUFFICIENT in codes:
        notes.append(FEW)
    if any(model.without_judgment for model in models):
        notes.append(NO_JUDGMENT)
    return Table(
        PLACE,
        _("Beside other courts, adjusted for the mix of cases"),
        (
            Column("n", _("Came before this court")),
            Column("followed", _("Could be followed for ${days} days",
                                 mapping={"days": str(HORIZON_DAYS)}), ColumnKind.NUMBER),
            Column("observed", _("Observed"), ColumnKind.NUMBER),
            Column("expected", _("Expected"), ColumnKind.NUMBER),
            Column("ratio", _("Observed / expected"), ColumnKind.RATIO),
            Column("p_value", _("p, one-sided"), ColumnKind.P_VALUE),
            Column("mark", _("Mark"), ColumnKind.MARK),
        ),
        rows,
        sum(model.n for model in models),
        _(PLACE_DEFINITION,
          mapping={"mix": mix, "days": str(HORIZON_DAYS), "n": str(SUFFICIENT)}),
        _("What is compared"),
        notes=tuple(notes),
        refused=None if models else (court.late or NO_ARM),
    )  # fmt: skip


class _Compared:
    """One way of ending prosecutions: this court among those that decide on it."""

    def __init__(self, court: Court, arm: Arm) -> None:
        self.court, self.arm = court, arm
        self.mine: Flags = arm.institution == court.key
        self.n = int(self.mine.sum())
        self.label = arm.decision.outcome.label
        self.refused: Label = arm.refusal
        self.compared: CourtComparison | None = None if self.refused is not None else arm.compared
        self._modelled: ExpectedRows | None = None

    @property
    def modelled(self) -> ExpectedRows:
        """Return what the model expects of each prosecution."""
        if self._modelled is None:
            self._modelled = expected_rows(**self.arm.arguments)
        return self._modelled

    @property
    def at(self) -> int:
        """Return the place of this court among those compared."""
        assert self.compared is not None
        return int(np.flatnonzero(self.compared.court == self.court.key)[0])

    @property
    def without_judgment(self) -> bool:
        """Say whether no judgment is known where five were to be expected."""
        return (
            self.compared is not None
            and self.arm.judged
            and bool(self.compared.without_judgment[self.at])
        )

    # Its place

    def place(self) -> tuple[Row, Row]:
        """Return the rows of ending so, and of being undecided at the horizon."""
        undecided = _("Undecided after ${days} days", mapping={"days": str(HORIZON_DAYS)})
        ended = undecided_row = None
        if self.compared is not None:
            ended, undecided_row = self.compared.dismissal, self.compared.unresolved
        key = self.arm.key
        begins = FROM[self.arm.origin]
        return (
            Row(key, self.label, self._figures(ended), RowKind.DETAIL,
                _("Counted from ${day}.", mapping={"day": begins})),
            Row(f"{key}.undecided", undecided, self._figures(undecided_row), RowKind.DETAIL,
                self.label),
        )  # fmt: skip

    def _figures(self, found: Indicator | None) -> tuple[Figure, ...]:
        n = self.court.here.plain_count(self._counted(self.mine))
        if found is None or self.compared is None:
            missing = Figure(None, missing=self.refused)
            return (n, *(missing,) * 5, text_figure(self.refused))
        at = self.at
        followed = Figure(float(self.compared.full_followup[at]), None, self.n)
        if not found.expected[at] > 0:
            missing = Figure(None, missing=NOTHING_BY_THEN)
            return (n, followed, *(missing,) * 4, self._mark(found, at))
        values = (found.observed[at], found.expected[at])
        lower, upper = (
            None if np.isnan(value) else float(value)
            for value in (found.lower[at], found.upper[at])
        )
        p = found.p_value[at]
        return (
            n,
            followed,
            *(Figure(float(value), None, self.n) for value in values),
            Figure(float(found.ratio[at]), None, self.n, lower, upper),
            Figure(None, missing=self.compared.not_tested or _("not tested: insufficient data"))
            if np.isnan(p)
            else Figure(float(p), None, self.n),
            self._mark(found, at),
        )

    def _mark(self, found: Indicator, at: int) -> Figure:
        assert self.compared is not None
        if not self.compared.sufficient[at]:
            return mark(INSUFFICIENT)
        if self.compared.not_tested is not None or np.isnan(found.p_value[at]):
            return mark("not_tested")
        return mark("review" if found.flagged[at] else "none")

    # Why

    def reasons(self) -> Table:
        """Return which reasons make up what lies above expectation, the largest first."""
        columns = (
            Column("ended", _("Ended so, this reason")),
            Column("observed", _("Observed, weighted"), ColumnKind.NUMBER),
            Column("expected", _("Expected"), ColumnKind.NUMBER),
            Column("excess", _("More than expected"), ColumnKind.NUMBER),
            Column("cumulative", _("Running share of all above expectation"),
                   ColumnKind.PROBABILITY),
        )  # fmt: skip
        refused, found, fold = self.refused, None, ReasonFold(self.court.here, apart=False)
        if refused is None:
            try:
                found = excess_of(self.modelled, self._reasons(fold), self.court.key, self.arm.n)
            except CannotAnswer:
                refused = NOTHING_BY_THEN
        ended = self.mine & (self.arm.event == WITHOUT)
        n = int(ended.sum())
        none = len(fold.groups) - 1
        unknown = int((ended & (self._reasons(fold) == none)).sum())
        return Table(
            f"{REASONS}_{self.arm.key}",
            _("Reasons against expectation"),
            columns,
            () if found is None else self._excess(found, fold, ended),
            n,
            EXCESS_DEFINITION,
            _("Reason stated"),
            subject=self.label,
            unknown=share_figure(unknown, n) if n else None,
            unknown_label=_("No reason known"),
            notes=fold.notes if refused is None else (),
            chart=ChartKind.EXCESS if refused is None else None,
            chart_columns=("excess", "observed", "expected"),
            refused=refused,
        )

    def _reasons(self, fold: ReasonFold) -> np.ndarray:
        """Return the group of each prosecution's reason, by its place among groups."""
        given = self.court.rows.more["reason"][self.arm.place]
        codes = np.full(int(given.max(initial=0)) + 1, len(fold.groups) - 1, np.int64)
        for place, group in enumerate(fold.groups):
            for key in group.reasons:
                if key is not None and key < codes.size:
                    codes[key] = place
        return codes[given]

    def _excess(self, found: ReasonExcess, fold: ReasonFold, ended: Flags) -> tuple[Row, ...]:
        given = self._reasons(fold)
        own = self.modelled.court == self.court.key
        weight = self.modelled.weight[own]
        total = float(weight.sum())
        effective = total**2 / float((weight**2).sum())
        rows = []
        for code, observed, expected, excess, cumulative in zip(
            found.reason.tolist(), found.observed, found.expected, found.excess,
            found.cumulative, strict=True,
        ):  # fmt: skip
            group = fold.groups[code]
            interval = wilson_interval(min(1.0, observed / total) * effective, effective)
            low, high = (total * float(e) for e in (interval.lower, interval.upper))
            rows.append(
                Row(
                    group.key, group.label,
                    (
                        self._ended(ended & (given == code), group.query),
                        Figure(float(observed), None, self.n, low, high),
                        Figure(float(expected), None, self.n),
                        Figure(float(excess), None, self.n, low - expected, high - expected),
                        Figure(None, missing=_("nothing lies above expectation"))
                        if np.isnan(cumulative)
                        else Figure(min(1.0, float(cumulative))),
                    ),
                    RowKind.DETAIL,
                )
            )  # fmt: skip
        return tuple(rows)

    def _ended(self, chosen: Flags, query: dict[str, str | tuple[str, ...]] | None) -> Figure:
        """Return how many ended so here, opening them where the list shows just these."""
        country, rows = self.court.country, self.court.rows
        counted = self._counted(chosen)
        outcome = self.court.comparison.ended(self.arm.decision)
        decided = rows.more["decided_by"] == self.court.key
        everywhere = np.zeros(rows.n, bool)
        everywhere[self.arm.place[self.mine & (self.arm.event == WITHOUT)]] = True
        if query is None or not np.array_equal(everywhere, outcome & decided):
            return country.plain_count(counted)
        return country.reason_count(
            counted, query, outcome=self.arm.decision.outcome.name,
            decided_by=self.court.words.code,
        )  # fmt: skip

    def _counted(self, chosen: Flags) -> Count:
        picked = np.zeros(self.court.rows.n, bool)
        picked[self.arm.place[chosen]] = True
        return count_of(self.court.rows, picked)

    # Whether it changed

    def change(self) -> Table:
        """Return the cumulative sum of those that ended so, against expectation."""
        definition = _(
            CHANGE_DEFINITION,
            mapping={"origin": FROM[self.arm.origin], "days": str(HORIZON_DAYS)},
        )
        columns = (
            Column("signal", _("Signal at day number")),
            Column("sum", _("Sum at the end"), ColumnKind.NUMBER),
            Column("highest", _("Highest"), ColumnKind.NUMBER),
            Column("threshold", _("Threshold"), ColumnKind.NUMBER),
            Column("months", _("Months for a doubling to show"), ColumnKind.NUMBER),
            Column("a_month", _("Prosecutions a month"), ColumnKind.NUMBER),
        )
        refused, n = self.refused, 0
        rows: tuple[Row, ...] = ()
        curves: tuple[Curve, ...] = ()
        notes: tuple[Label, ...] = ()
        if refused is None:
            chosen, y, p, day = self._watched()
            n = int(chosen.sum())
            months = (float(day.max() - day.min()) + 1) / DAYS_A_MONTH if n else 0.0
            assert self.compared is not None
            try:
                found = cusum(y, p, day, n / max(1.0, months), tau=self.compared.tau)
            except CannotAnswer as problem:
                refused = _("${reason}.", mapping={"reason": problem.reason})
            else:
                rows, curves = self._sum(found, day, n / max(1.0, months))
                notes = self._design(found, months)
        left = self.n - n
        return Table(
            f"{CHANGE}_{self.arm.key}",
            _("Change over time"),
            columns,
            rows,
            n,
            definition,
            _("What happened"),
            subject=self.label,
            unknown=share_figure(left, self.n) if refused is None else None,
            unknown_label=_("Too young, seen late or not followed: not in the sum"),
            notes=notes,
            chart=ChartKind.CUSUM if curves else None,
            chart_columns=("signal",),
            curves=curves,
            x_label=_("In the order of ${origin}", mapping={"origin": FROM[self.arm.origin]}),
            refused=refused,
        )

    def _watched(self) -> tuple[Flags, np.ndarray, np.ndarray, np.ndarray]:
        """Return who is in the sum (arrays of the modelled), y, p and the day of each of them."""
        assert self.compared is not None
        found, arm = self.modelled, self.arm
        chosen = (found.court == self.court.key) & (found.weight > 0)
        chosen &= (arm.followup[found.order] >= HORIZON_DAYS) & (arm.entry[found.order] < 0)
        typical = np.clip(found.typical[chosen], 1e-6, 1 - 1e-6)
        odds = typical / (1 - typical) * np.exp(self.compared.centre)
        began = self.court.day(arm.origin)[arm.place[found.order[chosen]]]
        return chosen, found.ended[chosen], odds / (1 + odds), began

    def _sum(
        self, found: Cusum, day: np.ndarray, a_month: float
    ) -> tuple[tuple[Row, ...], tuple[Curve, ...]]:
        """Return the row that says what happened, and the highest sum of each day."""
        ordered = day[found.order]
        days, first = np.unique(ordered, return_index=True)
        highest = np.maximum.reduceat(found.value, first)
        names = tuple((date(1970, 1, 1) + timedelta(int(d))).isoformat() for d in days)
        x = tuple(float(place) for place in range(1, days.size + 1))
        signal, label = Figure(None, missing=NO_SIGNAL), _("No signal")
        if found.alarm is not None:
            place = int(np.searchsorted(days, ordered[found.alarm]))
            signal = Figure(place + 1)
            label = _("Signal: ${day}", mapping={"day": names[place]})
        slow = bool(np.isnan(found.months_to_show))
        row = Row(
            "signal" if found.alarm is not None else "none",
            label,
            (
                signal,
                Figure(float(found.value[-1]), None, day.size),
                Figure(float(found.value.max()), None, day.size),
                Figure(found.threshold, None, day.size),
                Figure(None, missing=SLOW) if slow else Figure(found.months_to_show),
                Figure(a_month, None, day.size),
            ),
            RowKind.DETAIL,
        )
        lines = (
            Curve("sum", _("Highest sum of the day"), x, tuple(highest.tolist()), names=names),
            Curve(THRESHOLD, _("Threshold"), (x[0], x[-1]), (found.threshold,) * 2),
        )
        return (row,), lines

    def _design(self, found: Cusum, covered: float) -> tuple[Label, ...]:
        assert self.compared is not None
        courts = int(self.compared.court.size)
        design = _(
            DESIGN,
            mapping={
                "percent": f"{100 * found.false_alarm:.0f}",
                "months": str(MONTHS),
                "courts": str(courts),
                "alarms": f"{found.false_alarms_among(courts):.1f}",
                "covered": f"{covered:.0f}",
            },
        )
        if np.isnan(found.months_to_show):
            return (design, SLOW_NOTE)
        shows = _(SHOWS, mapping={"months": f"{found.months_to_show:.0f}"})
        return (design, shows)
