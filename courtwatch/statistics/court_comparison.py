"""Which courts stand out: prosecutions ended without judgment, or unresolved, by a horizon.

No league table and no verdict: a flag says "review", its absence says nothing. Half of what raw
ranking, a fixed threshold or a plain funnel flags is chance or case mix
(`benchmarks/court_comparison_bench.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, expit, logit, ndtri

from courtwatch.statistics import _case_mix, _checks, _comparison_rows, _overdispersion
from courtwatch.statistics.rates import FunnelLimits, benjamini_hochberg, funnel_limits
from courtwatch.statistics.terms import HORIZON_DAYS, JUDGMENT, WITHOUT

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

FALSE_DISCOVERY_RATE = 0.05
BEYOND_DOUBT = 0.005  # adjusted p-value of a court that is no natural variation
SUFFICIENT = 30  # prosecutions that started at least a horizon before the data end
TESTED_AT_LEAST = 5  # courts, to tell natural variation from a court that stands out
LEAST_BEHIND = 5  # prosecutions known to have come to it: with weights, one can outweigh a court
JUDGMENTS_EXPECTED = 5.0  # before a court without any judgment is listed
_NODES, _NODE_WEIGHTS = np.polynomial.hermite.hermgauss(31)


@dataclass(frozen=True)
class Funnel:
    """What a funnel plot of the adjusted share draws; arrays (K,), limits (levels, K).

    `size` is the effective number of prosecutions (whole, at least 1), `share` the adjusted
    share (ratio x centre share), `centre` the share of the country; `limits` are the exact
    binomial ones, `widened` those that allow for natural variation between courts.
    """

    size: Floats
    share: Floats
    centre: float
    limits: FunnelLimits
    widened: FunnelLimits


@dataclass(frozen=True)
class Indicator:
    """One way of standing out, in the order of `CourtComparison.court`; arrays (K,).

    `observed` and `expected` are weighted counts; `ratio` O/E with `lower` and `upper`; `shift`
    and `se` on the logit scale, `shrunken` the empirical-Bayes shift, `shrunken_ratio` as O/E;
    `p_value` one-sided, NaN where the court was not tested. `behind` counts, unweighted, the
    prosecutions known to have come to it, on which `observed` rests; `thin` are courts that would
    be flagged, were there at least five of them. `tau` and `centre` describe all
    courts: standard deviation and centre of natural variation.
    """

    observed: Floats
    expected: Floats
    ratio: Floats
    lower: Floats
    upper: Floats
    shift: Floats
    se: Floats
    shrunken: Floats
    shrunken_ratio: Floats
    p_value: Floats
    behind: Whole
    flagged: Flags
    thin: Flags
    tau: float
    centre: float
    funnel: Funnel


@dataclass(frozen=True)
class CourtComparison:
    """Courts compared; arrays (K,) in ascending order of the codes in `court`.

    The plain names (`observed` ... `p_value`, `tau`, `centre`, `funnel`) are those of ending
    without judgment; `unresolved` has the same for being open at the horizon. A court that is
    not `sufficient` has an interval and no test. `without_judgment` lists courts where no
    judgment is known though at least five were expected: a list, not a flag. `not_tested` says
    why no court was tested, if none was. `unknown_court` counts prosecutions left out.
    """

    court: Whole
    n: Whole
    full_followup: Floats
    sufficient: Flags
    without_judgment: Flags
    dismissal: Indicator
    unresolved: Indicator
    horizon: int
    unknown_court: int
    not_tested: str | None

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
) -> CourtComparison:
    """Compare courts on prosecutions ended without judgment, and unresolved, by `horizon` days.

    `court` (n,) whole codes, below 0 where unknown; `covariates` (n, p) category codes of the
    case mix, or None (nothing that tells when a prosecution began: of the young only those are
    known that ended fast); `time` (n,) whole days from origin to end or last verification; `event`
    (n,) 0 open, 1 judgment, 2 ended without judgment, 3 ended outside the authority's control;
    `entry` (n,) days from origin to coming under observation, 0 or less if at once; `followup`
    (n,) days from origin to the data cut-off. Without `followup` the number of prosecutions that
    could be followed to the horizon is estimated from how long each court's own were followed.

    Raises ValueError for malformed columns, and CannotAnswer (a ValueError with a `reason`)
    where open prosecutions are unknown, where a court is known only after disposition, and where
    there are too few courts or ends to compare.

    Source: docs/statistics, section 3; Spiegelhalter 2005, doi 10.1002/sim.1970; Jones, Ohlssen
    and Spiegelhalter 2008, doi 10.1016/j.jclinepi.2007.04.017; Robins and Rotnitzky 1992.
    """
    horizon = _checks.horizon(horizon)
    rows = _comparison_rows.checked(court, covariates, time, event, entry, followup)
    count = len(rows.codes)
    weight = _comparison_rows.weights(rows, count, horizon)
    lasting = _comparison_rows.open_at(rows, horizon)
    full = _comparison_rows.full_followup(rows, count, horizon)
    sufficient = full >= SUFFICIENT
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
    fits = [_fit(rows, weight, y) for y in ways]
    prepared = [_prepare(fit, count, sufficient) for fit in fits]
    values, adjusted = _adjusted(prepared, tested)
    beyond = adjusted[:count] <= BEYOND_DOUBT
    if beyond.any():
        prepared[0] = _prepare(fits[0], count, sufficient, beyond)
        values, adjusted = _adjusted(prepared, tested)
    beyond_chance = adjusted <= FALSE_DISCOVERY_RATE
    behind = [np.bincount(rows.court[y & (weight > 0)], minlength=count) for y in ways]
    dismissal, unresolved = (
        _indicator(p, values[i * count :][:count], beyond_chance[i * count :][:count], behind[i])
        for i, p in enumerate(prepared)
    )
    judged = in_time & (rows.event == JUDGMENT)
    share = float(weight[judged].sum() / weight.sum())
    judgments = np.bincount(rows.court[rows.event == JUDGMENT], minlength=count)
    return CourtComparison(
        court=rows.codes,
        n=np.bincount(rows.court, minlength=count),
        full_followup=full,
        sufficient=sufficient,
        without_judgment=(judgments == 0) & (full * share >= JUDGMENTS_EXPECTED),
        dismissal=dismissal,
        unresolved=unresolved,
        horizon=horizon,
        unknown_court=rows.unknown,
        not_tested=reason,
    )


@dataclass(frozen=True)
class _Prepared:
    shifts: _case_mix.Shifts
    spread: _overdispersion.Spread
    size: Floats
    p_value: Floats
    lower: Floats
    upper: Floats
    shrunken: Floats
    shrunken_ratio: Floats


@dataclass(frozen=True)
class _Fit:
    """One indicator's case mix; no `shifts` where nobody, or everybody, is counted."""

    cells: _case_mix.Cells
    observed: Floats
    present: Whole
    predictor: Floats
    shifts: _case_mix.Shifts | None


def _fit(rows: _comparison_rows.Rows, weight: Floats, y: Flags) -> _Fit:
    cells, observed, present = _comparison_rows.cells_of(rows, weight, y)
    total = float(observed.sum())
    if min(total, cells.weight.sum() - total) <= 0:
        return _Fit(cells, observed, present, np.zeros(observed.size), None)
    predictor = _case_mix.baseline(cells, observed)
    shifts = _case_mix.shifts(cells, observed, predictor)
    return _Fit(cells, observed, present, predictor, shifts)


def _adjusted(prepared: list[_Prepared], tested: Flags) -> tuple[Floats, Floats]:
    """Return p-values of all indicators (2 K,), NaN where not tested, and adjusted ones, else 1."""
    values = np.concatenate([np.where(tested, p.p_value, np.nan) for p in prepared])
    return values, np.nan_to_num(benjamini_hochberg(values), nan=1.0)


def _spread(
    shifts: _case_mix.Shifts, natural: Flags, beyond: Flags | None
) -> _overdispersion.Spread:
    """Return how much courts differ by nature.

    Courts beyond doubt are not natural variation, but leaving them out cuts its tail off too:
    the truth lies between the two estimates, so their mean is taken.
    """
    spread = _overdispersion.estimate(shifts.shift[natural], shifts.se[natural])
    if beyond is None:
        return spread
    rest = natural & ~beyond
    if rest.sum() < TESTED_AT_LEAST:
        return spread
    other = _overdispersion.estimate(shifts.shift[rest], shifts.se[rest])
    return _overdispersion.Spread(
        (spread.mu + other.mu) / 2, (spread.tau2 + other.tau2) / 2
    )


def _prepare(fit: _Fit, count: int, used: Flags, beyond: Flags | None = None) -> _Prepared:
    """Return p-values and intervals; `used` (K,) tell what is natural, but for `beyond` (K,)."""
    cells, present, predictor, shifts = fit.cells, fit.present, fit.predictor, fit.shifts
    if shifts is None:
        return _undecided(cells, fit.observed, present, count)
    natural = used[present] if used.sum() >= TESTED_AT_LEAST else np.ones(present.size, dtype=bool)
    spread = _spread(shifts, natural, None if beyond is None else beyond[present])
    size = cells.size
    trials = size / shifts.deff
    nodes = spread.mu + np.sqrt(2 * spread.tau2) * _NODES
    shrink = spread.tau2 / (spread.tau2 + shifts.se**2)
    shrunken = spread.mu + (shifts.shift - spread.mu) * shrink
    wanted = np.column_stack(
        [
            np.broadcast_to(nodes, (present.size, nodes.size)),
            shifts.shift - float(ndtri(0.975)) * shifts.se,
            shifts.shift + float(ndtri(0.975)) * shifts.se,
            shrunken,
        ]
    )
    shares = _case_mix.share_at(cells, predictor, wanted)
    tail = _mid_tail(shifts.observed / shifts.deff, trials, shares[:, : nodes.size])
    p_value = np.clip(tail @ _NODE_WEIGHTS / np.sqrt(np.pi), 0.0, 1.0)
    lower, upper, ratio = (shares[:, nodes.size :] * (size / shifts.expected)[:, None]).T
    return _Prepared(
        _case_mix.Shifts(
            _placed(shifts.observed, present, count, 0.0),
            _placed(shifts.expected, present, count, 0.0),
            *(_placed(v, present, count) for v in (shifts.deff, shifts.shift, shifts.se)),
        ),
        spread,
        _placed(trials, present, count, 0.0),
        *(_placed(v, present, count) for v in (p_value, lower, upper, shrunken, ratio)),
    )


def _undecided(
    cells: _case_mix.Cells, observed: Floats, present: Whole, count: int
) -> _Prepared:
    """Return what is left where nobody, or everybody, is counted: counts, and no test."""
    seen = _placed(cells.by_court(observed), present, count, 0.0)
    size = _placed(cells.size, present, count, 0.0)
    none = np.full(count, np.nan)
    shifts = _case_mix.Shifts(seen, seen, none, none, none)
    spread = _overdispersion.Spread(0.0, 0.0)
    return _Prepared(shifts, spread, size, none, none, none, none, none)


def _placed(values: Floats, present: Whole, count: int, missing: float = np.nan) -> Floats:
    """Return values of all courts (K,): a court where nothing is known by the horizon has none."""
    placed = np.full(count, missing)
    placed[present] = values
    return placed


def _mid_tail(count: Floats, trials: Floats, p: Floats) -> Floats:
    """Return P(X > count) + P(X = count) / 2 for binomial X; sizes need not be whole."""
    x, n = count[:, None], trials[:, None]
    x = np.clip(x, 0, n)
    at_least = np.where(x > 0, betainc(np.maximum(x, 1e-12), n - x + 1, p), 1.0)
    more = np.where(n > x, betainc(x + 1, np.maximum(n - x, 1e-12), p), 0.0)
    return (at_least + more) / 2


def _indicator(
    prepared: _Prepared, p_value: Floats, beyond_chance: Flags, behind: Whole
) -> Indicator:
    shifts, spread = prepared.shifts, prepared.spread
    known = shifts.expected > 0
    ratio = np.divide(
        shifts.observed, shifts.expected, out=np.full(known.shape, np.nan), where=known
    )
    return Indicator(
        observed=shifts.observed,
        expected=shifts.expected,
        ratio=ratio,
        lower=prepared.lower,
        upper=prepared.upper,
        shift=shifts.shift,
        se=shifts.se,
        shrunken=prepared.shrunken,
        shrunken_ratio=prepared.shrunken_ratio,
        p_value=p_value,
        behind=behind,
        flagged=beyond_chance & (behind >= LEAST_BEHIND),
        thin=beyond_chance & (behind < LEAST_BEHIND),
        tau=float(np.sqrt(spread.tau2)),
        centre=spread.mu,
        funnel=_funnel(prepared, ratio),
    )


def _funnel(prepared: _Prepared, ratio: Floats) -> Funnel:
    shifts, spread = prepared.shifts, prepared.spread
    # Sums of weights that are whole but for rounding are whole, however they were added up.
    size = np.maximum(np.floor(np.round(prepared.size, 6)), 1.0)
    effective = np.divide(shifts.expected, shifts.deff, where=shifts.deff > 0, out=0 * size)
    typical = float(effective.sum() / prepared.size.sum())
    levels = (0.95, 0.998)
    if typical <= 0:  # nobody is counted anywhere: there is no funnel to draw
        none = np.full((len(levels), size.size), np.nan)
        limits = FunnelLimits(levels, none, none)
        return Funnel(size, np.full(size.size, np.nan), typical, limits, limits)
    z = np.array([float(ndtri(0.5 + level / 2)) for level in levels])[:, None]
    centre = float(expit(logit(typical) + spread.mu))
    sd = np.sqrt(spread.tau2 + 1 / (size * centre * (1 - centre)))
    middle = logit(centre)
    widened = FunnelLimits(levels, expit(middle - z * sd), expit(middle + z * sd))
    return Funnel(
        size, ratio * typical, centre, funnel_limits(size, centre, levels), widened
    )
