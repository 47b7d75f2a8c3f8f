"""How much courts differ without any of them failing: centre and variance, robustly.

Three estimates that failing courts pull in different ways; their median is taken.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_WINSORISED = 0.10
# E[z^2] of a standard normal winsorised at 10 % on either side.
_WINSORISED_SQUARE = 0.6786546
_NORMAL_MAD = 0.6744897501960817
_LARGEST_VARIANCE = 9.0
_LARGEST_SHARE = 0.3  # of courts that may belong to the outlying component


@dataclass(frozen=True)
class Spread:
    """Centre `mu` and between-court variance `tau2` of shifts on the logit scale."""

    mu: float
    tau2: float


def estimate(shift: Floats, se: Floats) -> Spread:
    """Return the medians of the three centres and of the three variances.

    Source: Spiegelhalter 2005, doi 10.1002/sim.1970; Spiegelhalter et al. 2012, JRSS-A 175:1;
    DerSimonian and Laird 1986; Huber 1981 for scale by the median absolute deviation.
    """
    order = np.lexsort((se, shift))  # sums in one order, whatever the courts are called
    u, s = shift[order], se[order]
    found = (winsorised(u, s), median_deviation(u, s), mixture(u, s))
    return Spread(
        float(np.median([f.mu for f in found])), float(np.median([f.tau2 for f in found]))
    )


def winsorised(u: Floats, s: Floats) -> Spread:
    """Return DerSimonian and Laird's variance from a winsorised and rescaled phi."""
    k, w = len(u), 1 / s**2
    spread = w.sum() - (w**2).sum() / w.sum()
    mu, tau2 = float(np.median(u)), 0.0
    for _ in range(50):
        phi = float(np.mean(_clipped((u - mu) / s) ** 2)) / _WINSORISED_SQUARE
        tau2 = max(0.0, (k * phi - (k - 1)) / spread)
        deviation = np.sqrt(s**2 + tau2)
        move = np.sum(_clipped((u - mu) / deviation) / deviation) / np.sum(1 / deviation**2)
        mu += float(move)
        if abs(move) < 1e-10:
            break
    return Spread(mu, tau2)


def _clipped(z: Floats) -> Floats:
    low, high = np.quantile(z, [_WINSORISED, 1 - _WINSORISED])
    return np.clip(z, low, high)


def median_deviation(u: Floats, s: Floats) -> Spread:
    """Return the variance that makes the median of |u - mu| / sqrt(s^2 + tau^2) a normal's."""
    low, high = 0.0, _LARGEST_VARIANCE

    def excess(tau2: float) -> tuple[float, float]:
        variance = s**2 + tau2
        mu = _weighted_median(u, 1 / variance)
        return float(np.median(np.abs(u - mu) / np.sqrt(variance))) - _NORMAL_MAD, mu

    value, mu = excess(0.0)
    if value <= 0:
        return Spread(mu, 0.0)
    for _ in range(50):
        middle = (low + high) / 2
        value, mu = excess(middle)
        low, high = (middle, high) if value > 0 else (low, middle)
    return Spread(mu, (low + high) / 2)


def _weighted_median(u: Floats, w: Floats) -> float:
    """Return the weighted median, drawn on a straight line between neighbours.

    It moves with the weights and never jumps. One that jumps from court to court leaves the
    equation for tau^2 without a root where it jumps, and its answer to the last bit of the weights.
    """
    order = np.argsort(u, kind="stable")
    middle = np.cumsum(w[order]) - w[order] / 2
    return float(np.interp(w.sum() / 2, middle, u[order]))


def mixture(u: Floats, s: Floats) -> Spread:
    """Return the main component of two: most courts, and some shifted upwards by the same.

    Expectation-maximisation for every variance of a grid at once, the likeliest kept.
    """
    tau = np.linspace(0, 0.9, 31)[:, None]
    variance = s[None, :] ** 2 + tau**2
    mu = np.full((len(tau), 1), float(np.median(u)))
    gap = np.full_like(mu, 1.0)
    share = np.full_like(mu, 0.1)
    likelihood = np.zeros(len(tau))
    for _ in range(40):
        main = _density(u - mu, variance) * (1 - share)
        other = _density(u - mu - gap, variance) * share
        total = np.maximum(main + other, 1e-300)
        likelihood = np.log(total).sum(axis=1)
        outside = other / total
        w, wo = 1 / variance, outside / variance
        mu = ((u - outside * gap) * w).sum(axis=1, keepdims=True) / w.sum(axis=1, keepdims=True)
        # A gap below 0.2 would split natural variation into two halves.
        gap = (wo * (u - mu)).sum(axis=1, keepdims=True) / np.maximum(
            wo.sum(axis=1, keepdims=True), 1e-12
        )
        gap = np.clip(gap, 0.2, 5.0)
        share = np.clip(outside.mean(axis=1, keepdims=True), 1e-4, _LARGEST_SHARE)
    best = int(np.argmax(likelihood))
    return Spread(float(mu[best, 0]), float(tau[best, 0] ** 2))


def _density(distance: Floats, variance: Floats) -> Floats:
    density: Floats = np.exp(-0.5 * distance**2 / variance) / np.sqrt(2 * np.pi * variance)
    return density
