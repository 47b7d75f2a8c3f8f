"""Whether a court changed: a risk-adjusted cumulative sum of those that ended so."""

from __future__ import annotations

import numpy as np
from pyramid.i18n import TranslationStringFactory

from courtwatch.models.packed import day_of
from courtwatch.reports.comparison import FROM
from courtwatch.reports.figures import share_figure
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
from courtwatch.reports.scorecard_arm import Compared
from courtwatch.reports.scorecard_rows import Flags
from courtwatch.statistics.change import MONTHS, Cusum, cusum
from courtwatch.statistics.refusal import CannotAnswer
from courtwatch.statistics.terms import HORIZON_DAYS

_ = TranslationStringFactory("courtwatch")

CHANGE = "change"
THRESHOLD = "threshold"
"""The key of the curve by which a chart knows the threshold of a sum."""
DAYS_A_MONTH = 365.25 / 12
CHANGE_DEFINITION = _(
    "Risk-adjusted cumulative sum C = max(0, C + y ln 2 - ln(1 + p)), one step for each "
    "prosecution in the order of ${origin}; y: ended so within ${days} days; p: expected of a "
    "court in the middle of all. Only those that began at least ${days} days before the record "
    "ends, were seen from the beginning and were followed so long. The threshold is simulated for "
    "this court's own caseload, the natural variation of courts, and how alike co-accused fare.",
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


class Change:
    """The sum of one court, for one way of ending prosecutions."""

    def __init__(self, of: Compared) -> None:
        self.of = of

    def table(self) -> Table:
        """Return the cumulative sum of those that ended so, against expectation."""
        definition = _(
            CHANGE_DEFINITION,
            mapping={"origin": FROM[self.of.arm.origin], "days": str(HORIZON_DAYS)},
        )
        columns = (
            Column("signal", _("Signal at day number")),
            Column("sum", _("Sum at the end"), ColumnKind.NUMBER),
            Column("highest", _("Highest"), ColumnKind.NUMBER),
            Column("threshold", _("Threshold"), ColumnKind.NUMBER),
            Column("months", _("Months for a doubling to show"), ColumnKind.NUMBER),
            Column("a_month", _("Prosecutions a month"), ColumnKind.NUMBER),
        )
        refused, n = self.of.refused, 0
        rows: tuple[Row, ...] = ()
        curves: tuple[Curve, ...] = ()
        notes: tuple[Label, ...] = ()
        if refused is None:
            chosen, y, p, day = self._watched()
            n = int(chosen.sum())
            months = (float(day.max() - day.min()) + 1) / DAYS_A_MONTH if n else 0.0
            assert self.of.compared is not None
            try:
                found = cusum(
                    y, p, day, n / max(1.0, months), tau=self.of.compared.tau,
                    case=self.of.arm.case[self.of.modelled.order[chosen]],
                    alike=self.of.compared.dismissal.alike,
                )  # fmt: skip
            except CannotAnswer as problem:
                refused = _("${reason}.", mapping={"reason": problem.reason})
            else:
                rows, curves = self._sum(found, day, n / max(1.0, months))
                notes = self._design(found, months)
        left = self.of.n - n
        return Table(
            f"{CHANGE}_{self.of.arm.key}",
            _("Change over time"),
            columns,
            rows,
            n,
            definition,
            _("What happened"),
            subject=self.of.label,
            unknown=share_figure(left, self.of.n) if refused is None else None,
            unknown_label=_("Too young, seen late or not followed: not in the sum"),
            notes=notes,
            chart=ChartKind.CUSUM if curves else None,
            chart_columns=("signal",),
            curves=curves,
            x_label=_("In the order of ${origin}", mapping={"origin": FROM[self.of.arm.origin]}),
            refused=refused,
        )

    def _watched(self) -> tuple[Flags, np.ndarray, np.ndarray, np.ndarray]:
        """Return who is in the sum (arrays of the modelled), y, p and the day of each of them."""
        assert self.of.compared is not None
        found, arm = self.of.modelled, self.of.arm
        chosen = (found.court == self.of.court.key) & (found.weight > 0)
        chosen &= (arm.followup[found.order] >= HORIZON_DAYS) & (arm.entry[found.order] < 0)
        typical = np.clip(found.typical[chosen], 1e-6, 1 - 1e-6)
        odds = typical / (1 - typical) * np.exp(self.of.compared.centre)
        began = self.of.court.day(arm.origin)[arm.place[found.order[chosen]]]
        return chosen, found.ended[chosen], odds / (1 + odds), began

    def _sum(
        self, found: Cusum, day: np.ndarray, a_month: float
    ) -> tuple[tuple[Row, ...], tuple[Curve, ...]]:
        """Return the row that says what happened, and the highest sum of each day."""
        ordered = day[found.order]
        days, first = np.unique(ordered, return_index=True)
        highest = np.maximum.reduceat(found.value, first)
        names = tuple(day_of(int(d)).isoformat() for d in days)
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
        assert self.of.compared is not None
        courts = int(self.of.compared.court.size)
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
