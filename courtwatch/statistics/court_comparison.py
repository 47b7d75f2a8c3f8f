"""Which courts stand out: prosecutions ended without judgment, or unresolved, by a horizon.

No league table and no verdict: a flag says "review", its absence says nothing. Half of what raw
ranking, a fixed threshold or a plain funnel flags is chance or case mix
(`benchmarks/court_comparison_bench.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from courtwatch.statistics import _checks, _comparison_rows
from courtwatch.statistics._censoring import MOST_UNSEEN
from courtwatch.statistics._joint import Joint
from courtwatch.statistics._standing_out import (
    LEAST_BEHIND,
    TESTED_AT_LEAST,
    Funnel,
    Indicator,
    Prepared,
    fit_of,
    indicator_of,
    prepared_of,
)
from courtwatch.statistics.rates import benjamini_hochberg
from courtwatch.statistics.terms import HORIZON_DAYS, JUDGMENT, WITHOUT

__all__ = [
    "BEYOND_DOUBT",
    "FALSE_DISCOVERY_RATE",
    "JUDGMENTS_EXPECTED",
    "LEAST_BEHIND",
    "SUFFICIENT",
    "TESTED_AT_LEAST",
    "CourtComparison",
    "Funnel",
    "Indicator",
    "compare_courts",
]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

FALSE_DISCOVERY_RATE = 0.05
BEYOND_DOUBT = 0.005  # adjusted p-value of a court that is no natural variation
SUFFICIENT = 30  # prosecutions that started at least a horizon before the data end
JUDGMENTS_EXPECTED = 5.0  # before a court without any judgment is listed


@dataclass(frozen=True)
class CourtComparison:
    """Courts compared; arrays (K,) in ascending order of the codes in `court`.

    The plain names (`observed` ... `p_value`, `tau`, `centre`, `funnel`) are those of ending
    without judgment; `unresolved` has the same for being open at the horizon. A court that is
    not `sufficient` has an interval and no test. `without_judgment` lists courts where no
    judgment is known though at least five were expected: a list, not a flag. `not_tested` says
    why no court was tested, if none was. `unknown_court` counts prosecutions left out.

    `unseen` is the share of a court's prosecutions for which nobody can stand in, since nobody
    there was watched when they ended: all those of a young court that are open, what came before
    a court was known to anybody. Where it passes one in twenty (`followed_through` is False)
    ratios are of those that were seen and their intervals leave out the others: not to be shown.
    """

    court: Whole
    n: Whole
    full_followup: Floats
    unseen: Floats
    sufficient: Flags
    without_judgment: Flags
    dismissal: Indicator
    unresolved: Indicator
    horizon: int
    unknown_court: int
    not_tested: str | None

    @property
    def followed_through(self) -> Flags:
        """Courts where hardly anybody ended unseen, from the origin to the horizon."""
        return self.unseen <= MOST_UNSEEN

    @property
    def observed(self) -> Floats:
        """Weighted count of prosecutions that ended without judgment by the horizon."""
        return self.dismissal.observed

    @property
    def expected(self) -> Floats:
        """The same, had a typical court had these prosecutions."""
        return self.dismissal.expected

    @property
    def ratio(self) -> Floats:
        """Observed over expected."""
        return self.dismissal.ratio

    @property
    def lower(self) -> Floats:
        """Lower end of the 95 % interval of `ratio`."""
        return self.dismissal.lower

    @property
    def upper(self) -> Floats:
        """Upper end of the 95 % interval of `ratio`."""
        return self.dismissal.upper

    @property
    def shrunken(self) -> Floats:
        """Empirical-Bayes shift on the logit scale."""
        return self.dismissal.shrunken

    @property
    def p_value(self) -> Floats:
        """One-sided predictive mid-p, NaN where not tested."""
        return self.dismissal.p_value

    @property
    def dismissal_flagged(self) -> Flags:
        """Courts to review for prosecutions ended without judgment."""
        return self.dismissal.flagged

    @property
    def unresolved_flagged(self) -> Flags:
        """Courts to review for prosecutions unresolved at the horizon."""
        return self.unresolved.flagged

    @property
    def tau(self) -> float:
        """Standard deviation of natural variation between courts, logit scale."""
        return self.dismissal.tau

    @property
    def centre(self) -> float:
        """Centre of natural variation between courts, logit scale."""
        return self.dismissal.centre

    @property
    def funnel(self) -> Funnel:
        """Sizes, adjusted shares and limits for the funnel plot."""
        return self.dismissal.funnel


def compare_courts(
    court: ArrayLike,
    covariates: ArrayLike | None,
    time: ArrayLike,
    event: ArrayLike,
    horizon: int = HORIZON_DAYS,
    entry: ArrayLike | None = None,
    followup: ArrayLike | None = None,
    case: ArrayLike | None = None,
) -> CourtComparison:
    """Compare courts on prosecutions ended without judgment, and unresolved, by `horizon` days.

    `court` (n,) whole codes, below 0 where unknown; `covariates` (n, p) category codes of the
    case mix, or None (nothing that tells when a prosecution began: of the young only those are
    known that ended fast); `time` (n,) whole days from origin to end or last verification; `event`
    (n,) 0 open, 1 judgment, 2 ended without judgment, 3 ended outside the authority's control;
    `entry` (n,) days from origin to coming under observation, 0 or less if at once; `followup`
    (n,) days from origin to the data cut-off. Without `followup` the number of prosecutions that
    could be followed to the horizon is estimated from how long each court's own were followed.
    Only whether it reaches the horizon is read, so that it may lie below `time` (known after the
    cut-off) or below 0 (began after it).
    `case` (n,) whole codes: prosecutions of one case and court share its fate more or less, and
    count as so many fewer; below 0 where not known. Without it each stands alone.

    Raises ValueError for malformed columns, and CannotAnswer (a ValueError with a `reason`)
    where open prosecutions are unknown, where a court is known only after disposition, and where
    there are too few courts or ends to compare.

    Source: docs/statistics, section 3; Spiegelhalter 2005, doi 10.1002/sim.1970; Jones, Ohlssen
    and Spiegelhalter 2008, doi 10.1016/j.jclinepi.2007.04.017; Robins and Rotnitzky 1992; Donner
    and Klar 2000 for joint cases.
    """
    horizon = _checks.horizon(horizon)
    rows = _comparison_rows.checked(court, covariates, time, event, entry, followup, case)
    count = len(rows.codes)
    table = _comparison_rows.weight_table(rows, count, horizon)
    weight = _comparison_rows.weights(rows, table, horizon)
    lasting = _comparison_rows.open_at(rows, horizon)
    full = _comparison_rows.full_followup(rows, count, horizon)
    sufficient = (full >= SUFFICIENT) & (table.unseen <= MOST_UNSEEN)
    tested, reason = sufficient, None
    if sufficient.sum() < TESTED_AT_LEAST:
        tested = np.zeros(count, dtype=bool)
        reason = (
            f"only {int(sufficient.sum())} courts have {SUFFICIENT} prosecutions followed for "
            f"{horizon} days, and {TESTED_AT_LEAST} are needed to know how much courts differ"
        )
    in_time = ~lasting & (rows.time <= horizon)
    ways = (in_time & (rows.event == WITHOUT), lasting)
    _comparison_rows.refuse_all_alike(ways[0], weight)
    joint = None if rows.case is None else Joint.of(rows.court, rows.case, weight > 0)
    fits = [fit_of(rows, weight, y, joint) for y in ways]
    prepared = [prepared_of(fit, count, sufficient) for fit in fits]
    values, adjusted = _adjusted(prepared, tested)
    beyond = adjusted[:count] <= BEYOND_DOUBT
    if beyond.any():
        prepared[0] = prepared_of(fits[0], count, sufficient, beyond)
        values, adjusted = _adjusted(prepared, tested)
    beyond_chance = adjusted <= FALSE_DISCOVERY_RATE
    behind = [np.bincount(rows.court[y & (weight > 0)], minlength=count) for y in ways]
    dismissal, unresolved = (
        indicator_of(p, values[i * count :][:count], beyond_chance[i * count :][:count], behind[i])
        for i, p in enumerate(prepared)
    )
    judged = in_time & (rows.event == JUDGMENT)
    share = float(weight[judged].sum() / weight.sum())
    judgments = np.bincount(rows.court[rows.event == JUDGMENT], minlength=count)
    return CourtComparison(
        court=rows.codes,
        n=np.bincount(rows.court, minlength=count),
        full_followup=full,
        unseen=table.unseen,
        sufficient=sufficient,
        without_judgment=(judgments == 0) & (full * share >= JUDGMENTS_EXPECTED),
        dismissal=dismissal,
        unresolved=unresolved,
        horizon=horizon,
        unknown_court=rows.unknown,
        not_tested=reason,
    )


def _adjusted(prepared: list[Prepared], tested: Flags) -> tuple[Floats, Floats]:
    """Return p-values of all indicators (2 K,), NaN where not tested, and adjusted ones, else 1."""
    values = np.concatenate([np.where(tested, p.p_value, np.nan) for p in prepared])
    return values, np.nan_to_num(benjamini_hochberg(values), nan=1.0)
