"""Which reasons make up what a court ends more often than expected."""

from __future__ import annotations

import numpy as np
from pyramid.i18n import TranslationStringFactory

from courtwatch.reports.figures import share_figure
from courtwatch.reports.institution_words import UNSEEN_MEANS
from courtwatch.reports.model import ChartKind, Column, ColumnKind, Figure, Row, RowKind, Table
from courtwatch.reports.reason_rows import ReasonFold
from courtwatch.reports.scorecard_arm import Compared
from courtwatch.reports.scorecard_rows import Flags
from courtwatch.statistics.decomposition import ReasonExcess, excess_of
from courtwatch.statistics.rates import wilson_interval
from courtwatch.statistics.refusal import CannotAnswer
from courtwatch.statistics.terms import HORIZON_DAYS
from workflows.event_codes import WITHOUT

_ = TranslationStringFactory("courtwatch")

REASONS = "excess"
EXCESS_DEFINITION = _(
    "Observed less expected, in weighted counts. Expected is what a typical court would have with "
    "these prosecutions, shared out by the reasons that the country gives for the same kind of "
    "prosecutions; where these are few, mostly by those of the whole country. The interval is that "
    "of the observed count alone. The first column is not weighted, and has those too that ended "
    "so later than ${days} days.",
    mapping={"days": str(HORIZON_DAYS)},
)


class Excess:
    """The reasons of one court, for one way of ending prosecutions."""

    def __init__(self, of: Compared) -> None:
        self.of = of

    def table(self) -> Table:
        """Return which reasons make up what lies above expectation, the largest first."""
        columns = (
            Column("ended", _("Ended so, this reason")),
            Column("observed", _("Observed, weighted"), ColumnKind.NUMBER),
            Column("expected", _("Expected"), ColumnKind.NUMBER),
            Column("excess", _("More than expected"), ColumnKind.NUMBER),
            Column("cumulative", _("Running share of all above expectation"),
                   ColumnKind.PROBABILITY),
        )  # fmt: skip
        refused, found, fold = self.of.refused, None, ReasonFold(self.of.court.here, apart=False)
        if refused is None:
            of = self.of
            try:
                found = excess_of(of.modelled, self._reasons(fold), of.court.key, of.arm.n)
            except CannotAnswer:
                refused = of.nothing_known
            if not of.followed_through:
                found, refused = None, UNSEEN_MEANS
        ended = self.of.mine & (self.of.arm.event == WITHOUT)
        n = int(ended.sum())
        none = len(fold.groups) - 1
        unknown = int((ended & (self._reasons(fold) == none)).sum())
        return Table(
            f"{REASONS}_{self.of.arm.key}",
            _("Reasons against expectation"),
            columns,
            () if found is None else self._excess(found, fold, ended),
            n,
            EXCESS_DEFINITION,
            _("Reason stated"),
            subject=self.of.label,
            unknown=share_figure(unknown, n) if n else None,
            unknown_label=_("No reason known"),
            notes=fold.notes if refused is None else (),
            chart=ChartKind.EXCESS if refused is None else None,
            chart_columns=("excess", "observed", "expected"),
            refused=refused,
        )

    def _reasons(self, fold: ReasonFold) -> np.ndarray:
        """Return the group of each prosecution's reason, by its place among groups."""
        given = self.of.court.rows.more["reason"][self.of.arm.place]
        codes = np.full(int(given.max(initial=0)) + 1, len(fold.groups) - 1, np.int64)
        for place, group in enumerate(fold.groups):
            for key in group.reasons:
                if key is not None and key < codes.size:
                    codes[key] = place
        return codes[given]

    def _excess(self, found: ReasonExcess, fold: ReasonFold, ended: Flags) -> tuple[Row, ...]:
        given = self._reasons(fold)
        own = self.of.modelled.court == self.of.court.key
        weight = self.of.modelled.weight[own]
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
                        Figure(float(observed), None, self.of.n, low, high),
                        Figure(float(expected), None, self.of.n),
                        Figure(float(excess), None, self.of.n, low - expected, high - expected),
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
        country, rows = self.of.court.country, self.of.court.rows
        counted = self.of.counted(chosen)
        outcome = self.of.court.comparison.ended(self.of.arm.decision)
        decided = rows.more["decided_by"] == self.of.court.key
        everywhere = np.zeros(rows.n, bool)
        everywhere[self.of.arm.place[self.of.mine & (self.of.arm.event == WITHOUT)]] = True
        if query is None or not np.array_equal(everywhere, outcome & decided):
            return country.plain_count(counted)
        return country.reason_count(
            counted, query, outcome=self.of.arm.decision.outcome.name,
            decided_by=self.of.court.words.code,
        )  # fmt: skip
