"""The place of one court in the comparison of all: adjusted, by reason, and over time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from pyramid.i18n import TranslationStringFactory

from courtwatch.reports.comparison import COVARIATES, FROM
from courtwatch.reports.comparison_tables import ratio
from courtwatch.reports.figures import text_figure
from courtwatch.reports.institution_words import UNSEEN_MEANS, mark
from courtwatch.reports.model import (
    Column,
    ColumnKind,
    Figure,
    Label,
    Row,
    RowKind,
    Table,
)
from courtwatch.reports.scorecard_arm import Compared
from courtwatch.reports.scorecard_change import Change
from courtwatch.reports.scorecard_reasons import Excess
from courtwatch.reports.scorecard_rows import Court
from courtwatch.services.messages import listed
from courtwatch.statistics.court_comparison import LEAST_BEHIND, SUFFICIENT, Indicator
from courtwatch.statistics.terms import HORIZON_DAYS

_ = TranslationStringFactory("courtwatch")

PLACE = "place"
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
    "${days} days, or fewer than ${least} are known to have come to this. The interval is all that "
    "can be said; read the cases.",
    mapping={"n": str(SUFFICIENT), "days": str(HORIZON_DAYS), "least": str(LEAST_BEHIND)},
)
NO_JUDGMENT = _(
    "No judgment of this court is on record, though at least five were to be expected after full "
    "follow-up. This is listed, not marked."
)
def tables(court: Court) -> tuple[Table, ...]:
    """Return the place in the comparison, and for each way of ending reasons and change."""
    models = [Compared(court, arm) for arm in court.arms]
    found = [_place(court, models)]
    for model in models:
        found += [Excess(model).table(), Change(model).table()]
    return tuple(found)


def _place(court: Court, models: list[Compared]) -> Table:
    rows = tuple(row for model in models for row in _Place(model).rows())
    codes = {row.figures[-1].code for row in rows}
    notes: list[Label] = [MEANING]
    if INSUFFICIENT in codes:
        notes.append(FEW)
    if any(model.compared is not None and not model.followed_through for model in models):
        notes.append(UNSEEN_MEANS)
    if any(model.without_judgment for model in models):
        notes.append(NO_JUDGMENT)
    return Table(
        PLACE,
        _("Beside other courts, adjusted for the mix of cases"),
        (
            Column("n", _("Came before this court")),
            Column("followed", _("Could be followed for ${days} days",
                                 mapping={"days": str(HORIZON_DAYS)})),
            Column("observed", _("Observed"), ColumnKind.NUMBER),
            Column("expected", _("Expected"), ColumnKind.NUMBER),
            Column("ratio", _("Observed / expected"), ColumnKind.RATIO),
            Column("p_value", _("p, one-sided"), ColumnKind.P_VALUE),
            Column("mark", _("Mark"), ColumnKind.MARK),
        ),
        rows,
        _before(court, models),
        _(PLACE_DEFINITION,
          mapping={"mix": listed(COVARIATES), "days": str(HORIZON_DAYS), "n": str(SUFFICIENT)}),
        _("What is compared"),
        notes=tuple(notes),
        refused=None if models else (court.late or NO_ARM),
    )  # fmt: skip


def _before(court: Court, models: list[Compared]) -> int:
    """Return how many came before this court: once, also who came before judge and panel."""
    came = np.zeros(court.rows.n, bool)
    for model in models:
        came[model.arm.place[model.mine]] = True
    return int(came.sum())


class _Place:
    """Observed beside expected at one court, for one way of ending prosecutions."""

    def __init__(self, of: Compared) -> None:
        self.of = of

    def rows(self) -> tuple[Row, Row]:
        """Return the rows of ending so, and of being undecided at the horizon."""
        undecided = _("Undecided after ${days} days", mapping={"days": str(HORIZON_DAYS)})
        ended = undecided_row = None
        if self.of.compared is not None:
            ended, undecided_row = self.of.compared.dismissal, self.of.compared.unresolved
        key = self.of.arm.key
        begins = FROM[self.of.arm.origin]
        return (
            Row(key, self.of.label, self._figures(ended), RowKind.DETAIL,
                _("Counted from ${day}.", mapping={"day": begins})),
            Row(f"{key}.undecided", undecided, self._figures(undecided_row), RowKind.DETAIL,
                self.of.label),
        )  # fmt: skip

    def _figures(self, found: Indicator | None) -> tuple[Figure, ...]:
        n = self.of.court.here.plain_count(self.of.counted(self.of.mine))
        if found is None or self.of.compared is None:
            missing = Figure(None, missing=self.of.refused)
            return (n, *(missing,) * 5, text_figure(self.of.refused))
        at = self.of.at
        followed = Figure(int(self.of.compared.full_followup[at]))
        if not (self.of.followed_through and found.expected[at] > 0):
            missing = Figure(None, missing=self.of.nothing_known)
            return (n, followed, *(missing,) * 4, self._mark(found, at))
        values = (found.observed[at], found.expected[at])
        p = found.p_value[at]
        return (
            n,
            followed,
            *(Figure(float(value), None, self.of.n) for value in values),
            replace(ratio(found, at), denominator=self.of.n),
            Figure(None, missing=self.of.compared.not_tested or _("not tested: insufficient data"))
            if np.isnan(p)
            else Figure(float(p), None, self.of.n),
            self._mark(found, at),
        )

    def _mark(self, found: Indicator, at: int) -> Figure:
        assert self.of.compared is not None
        if not self.of.compared.sufficient[at] or found.thin[at]:
            return mark(INSUFFICIENT)
        if self.of.compared.not_tested is not None or np.isnan(found.p_value[at]):
            return mark("not_tested")
        return mark("review" if found.flagged[at] else "none")
