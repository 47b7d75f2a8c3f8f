"""What monitoring does not see: rates from watched hearings, and bounds for the unwatched."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit

from courtwatch.statistics.rates import wilson_interval
from courtwatch.statistics.refusal import CannotAnswer


@dataclass(frozen=True)
class WeightedRate:
    """A rate weighted for the chance of being watched, beside the one that is not.

    `lower` and `upper` are Wilson's 95 % interval at the effective number of prosecutions.
    """

    rate: float
    lower: float
    upper: float
    unweighted: float
    effective: float
    n: int


def weighted_rate(outcome: ArrayLike, hearings: ArrayLike, covered: ArrayLike) -> WeightedRate:
    """Return the share with `outcome` among all prosecutions, from those watched at least once.

    `outcome` (n,) true or false; `hearings` (n,) how many hearings each prosecution had, watched
    or not; `covered` q, the share of hearings that are watched, one number or (n,). Somebody
    with many hearings is seen more often: weight 1/pi, `pi = 1 - (1 - q)^m`.

    Raises ValueError for malformed columns, and CannotAnswer without prosecutions or where q is
    not known.

    Source: Horvitz and Thompson 1952, JASA 47:663; Hajek 1971; Kish 1965 for the effective size.
    """
    y, m = np.asarray(outcome, dtype=np.float64), np.asarray(hearings, dtype=np.float64)
    if y.ndim != 1 or m.shape != y.shape:
        raise ValueError("outcome and hearings must be two lists of the same length")
    if y.size == 0:
        raise CannotAnswer("no prosecution was watched")
    q = np.broadcast_to(np.asarray(covered, dtype=np.float64), y.shape)
    if np.any(np.isnan(q)):
        raise CannotAnswer(
            "how many hearings took place is not known, so their coverage is not either"
        )
    if np.any((y != 0) & (y != 1)):
        raise ValueError("an outcome is true or false")
    if np.any(m < 1) or np.any(m != np.floor(m)):
        raise ValueError("a watched prosecution had a whole number of hearings, at least 1")
    if np.any((q <= 0) | (q > 1)):
        raise ValueError("the share of hearings covered lies above 0 and is at most 1")
    with np.errstate(divide="ignore"):  # where all hearings are covered, pi is 1
        weight = 1 / -np.expm1(m * np.log1p(-q))
    weight = weight / weight.max()  # only what they are to one another counts
    # Sorted, so that sums do not depend on the order of rows.
    order = np.lexsort((y, weight))
    weight, y = weight[order], y[order]
    rate = float((weight * y).sum() / weight.sum())
    effective = float(weight.sum() ** 2 / (weight**2).sum())
    interval = wilson_interval(min(rate, 1.0) * effective, effective)
    return WeightedRate(
        rate, float(interval.lower), float(interval.upper), float(y.mean()), effective, y.size
    )


@dataclass(frozen=True)
class Bounds:
    """Where the rate of all prosecutions can lie, if `rate` is that of the share `covered`."""

    rate: float
    covered: float
    lower: float
    upper: float

    def at(self, gamma: float) -> float:
        """Return the overall rate if the odds among the unwatched are `gamma` times lower."""
        if not gamma > 0:
            raise ValueError("Gamma is a ratio of odds, above 0")
        unseen = float(expit(logit(self.rate) - np.log(gamma)))
        return self.covered * self.rate + (1 - self.covered) * unseen

    def tipping(self, target: float) -> float:
        """Return the Gamma at which the overall rate would be `target`.

        The further from 1, the less a claim on the other side of `target` leans on who was
        watched. NaN where no Gamma would do it: the target lies outside the bounds.
        """
        if not self.lower < target < self.upper or self.rate in {0.0, 1.0}:
            return float("nan")
        unseen = (target - self.covered * self.rate) / (1 - self.covered)
        return float(np.exp(logit(self.rate) - logit(unseen)))


def bounds(rate: float, covered: float | None) -> Bounds:
    """Return the bounds `[c p, c p + 1 - c]` of the rate of all prosecutions.

    `rate` p is the unweighted share among those touched, `covered` c the share of prosecutions
    touched. Raises CannotAnswer where `covered` is None or NaN (the docket is not known, so
    there are no bounds), and ValueError for shares outside 0..1 or nothing covered.

    Source: Manski 1990, American Economic Review 80:319; Rosenbaum 2002 for Gamma.
    """
    if covered is None or np.isnan(covered):
        raise CannotAnswer("how many prosecutions there are is not known: there are no bounds")
    if rate is None or not 0 <= rate <= 1 or not 0 < covered <= 1:
        raise ValueError("a rate lies in 0..1, and the share covered above 0 and up to 1")
    low = covered * rate
    return Bounds(float(rate), float(covered), low, low + (1 - covered))
