"""One indicator of courts (ended without judgment, or unresolved): from weights to who stands out.

Expected counts of the case mix, natural variation, one-sided p-values, intervals and the funnel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, expit, logit, ndtri

from courtwatch.statistics import _case_mix, _comparison_rows, _overdispersion
from courtwatch.statistics._joint import Joint
from courtwatch.statistics.rates import FunnelLimits, funnel_limits

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

TESTED_AT_LEAST = 5  # courts, to tell natural variation from a court that stands out
LEAST_BEHIND = 5  # prosecutions known to have come to it: with weights, one can outweigh a court
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

    `observed` and `expected` are weighted counts; `ratio` O/E with `lower` and `upper`, those of
    the shift, widened where they would leave the ratio itself out; `shift` and `se` on the logit
    scale, `shrunken` the empirical-Bayes shift, `shrunken_ratio` as O/E; `p_value` one-sided, NaN
    where the court was not tested. `behind` counts, unweighted, the prosecutions known to have
    come to it, on which `observed` rests; `thin` are courts that would be flagged, were there at
    least five of them. `tau` and `centre` describe all courts: standard deviation and centre of
    natural variation; `alike` how alike the accused of one case fare (0..1).
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
    alike: float
    funnel: Funnel


@dataclass(frozen=True)
class Prepared:
    """One indicator's shifts, natural variation and p-values, before many tests are allowed for.

    Arrays (K,) of all courts; `size` is the effective number of prosecutions.
    """

    shifts: _case_mix.Shifts
    spread: _overdispersion.Spread
    alike: float
    size: Floats
    p_value: Floats
    lower: Floats
    upper: Floats
    shrunken: Floats
    shrunken_ratio: Floats


@dataclass(frozen=True)
class Fit:
    """One indicator's case mix; no `shifts` where nobody, or everybody, is counted."""

    cells: _case_mix.Cells
    observed: Floats
    present: Whole
    predictor: Floats
    shifts: _case_mix.Shifts | None
    alike: float = 0.0


def fit_of(
    rows: _comparison_rows.Rows, weight: Floats, y: Flags, joint: Joint | None = None
) -> Fit:
    """Return the case mix of `y` (n,): what it leads to expect, and how far courts lie from it."""
    cells, observed, present = _comparison_rows.cells_of(rows, weight, y)
    total = float(observed.sum())
    if min(total, cells.weight.sum() - total) <= 0:
        return Fit(cells, observed, present, np.zeros(observed.size), None)
    predictor = _case_mix.baseline(cells, observed)
    shifts = _case_mix.shifts(cells, observed, predictor)
    alike = 0.0
    if joint is not None:
        typical = _comparison_rows.of_rows(rows, weight, predictor)
        own = typical + _placed(shifts.shift, present, len(rows.codes), 0.0)[rows.court]
        alike = joint.alike(weight, y, expit(own))
        more = joint.covariance(len(rows.codes), weight, expit(typical), alike)
        shifts = _case_mix.shifts(cells, observed, predictor, more[present])
    return Fit(cells, observed, present, predictor, shifts, alike)


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


def prepared_of(fit: Fit, count: int, used: Flags, beyond: Flags | None = None) -> Prepared:
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
    return Prepared(
        _case_mix.Shifts(
            _placed(shifts.observed, present, count, 0.0),
            _placed(shifts.expected, present, count, 0.0),
            *(_placed(v, present, count) for v in (shifts.deff, shifts.shift, shifts.se)),
        ),
        spread,
        fit.alike,
        _placed(trials, present, count, 0.0),
        *(_placed(v, present, count) for v in (p_value, lower, upper, shrunken, ratio)),
    )


def _undecided(
    cells: _case_mix.Cells, observed: Floats, present: Whole, count: int
) -> Prepared:
    """Return what is left where nobody, or everybody, is counted: counts, and no test."""
    seen = _placed(cells.by_court(observed), present, count, 0.0)
    size = _placed(cells.size, present, count, 0.0)
    none = np.full(count, np.nan)
    shifts = _case_mix.Shifts(seen, seen, none, none, none)
    spread = _overdispersion.Spread(0.0, 0.0)
    return Prepared(shifts, spread, 0.0, size, none, none, none, none, none)


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


def indicator_of(
    prepared: Prepared, p_value: Floats, beyond_chance: Flags, behind: Whole
) -> Indicator:
    """Return the indicator; courts are flagged that are `beyond_chance` with enough `behind`."""
    shifts, spread = prepared.shifts, prepared.spread
    known = shifts.expected > 0
    ratio = np.divide(
        shifts.observed, shifts.expected, out=np.full(known.shape, np.nan), where=known
    )
    return Indicator(
        observed=shifts.observed,
        expected=shifts.expected,
        ratio=ratio,
        # Firth's correction moves a shift inwards: where nobody, or everybody, of a court came to
        # it, the interval of the shift alone would leave out what was observed.
        lower=np.minimum(prepared.lower, ratio),
        upper=np.maximum(prepared.upper, ratio),
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
        alike=prepared.alike,
        funnel=_funnel(prepared, ratio),
    )


def _funnel(prepared: Prepared, ratio: Floats) -> Funnel:
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
