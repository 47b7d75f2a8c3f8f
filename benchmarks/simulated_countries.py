"""Countries with known failing courts, invented for tests and benchmarks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Country:
    """Prosecutions of one invented country (n,), and which courts (K,) truly fail."""

    court: Whole
    covariates: Whole
    time: Whole
    event: Whole
    entry: Whole | None
    followup: Whole
    failing: NDArray[np.bool_]
    stalling: NDArray[np.bool_]


def simulate(seed: int, kind: str = "mixed", failing: float = 0.1) -> Country:
    """Return one country.

    `kind` 'mixed' has 30 to 200 courts of 8 to 6,000 prosecutions, 'small' 25 courts of 5 to 60
    a year over five years. A share `failing` of courts has twice to four times the odds of ending
    one without judgment (two in three of them), or takes 1.6 to 2.5 times as long (one in three).
    Courts differ by nature in outcomes, pace and case mix; some opened last year, some are checked
    rarely, and in half of the countries some prosecutions are first seen late.
    """
    rng = np.random.default_rng(seed)
    if kind == "small":
        courts, years = 25, 5.0
        size = (rng.uniform(5, 60, courts) * years).astype(int)
    else:
        courts, years = int(rng.integers(30, 201)), rng.uniform(4, 7)
        size = np.exp(rng.uniform(np.log(8), np.log(6000), courts)).astype(int)
    young = rng.random(courts) < 0.08
    size = np.where(young, np.maximum(8, size // 5), size)
    bad = rng.random(courts) < failing
    stalls = bad & (rng.random(courts) < 1 / 3)
    court = np.repeat(np.arange(courts), size)
    n = court.size
    levels = (5, 2, 3, 2)
    effects = [rng.normal(0, s, k) for s, k in zip((0.6, 0.3, 0.3, 0.4), levels, strict=True)]
    columns = []
    for k in levels:
        mix = rng.dirichlet(np.full(k, 3.0), courts).cumsum(axis=1)
        columns.append((rng.random(n)[:, None] > mix[court]).sum(axis=1).clip(0, k - 1))
    covariates = np.stack(columns, axis=1)
    natural = rng.normal(0, rng.uniform(0.1, 0.35), courts)
    worse = np.where(bad & ~stalls, rng.uniform(np.log(2), np.log(4), courts), 0.0)
    predictor = rng.uniform(-1.8, -0.8) + sum(
        e[c] for e, c in zip(effects, columns, strict=True)
    )
    predictor = predictor + (natural + worse)[court]
    ends = np.where(rng.random(n) < 1 / (1 + np.exp(-predictor)), 2, 1)
    ends = np.where(rng.random(n) < 0.06, 3, ends)
    pace = np.exp(rng.normal(0, rng.uniform(0.1, 0.25), courts))
    pace = pace * np.where(stalls, rng.uniform(1.6, 2.5, courts), 1.0)
    median = np.where(ends == 2, 220, 330) * pace[court] * np.exp(0.2 * (columns[0] - 2))
    time = np.maximum(1, np.round(median * np.exp(rng.normal(0, 0.75, n)))).astype(np.int64)
    window = np.where(young, 365.0, years * 365)
    followup = np.floor(rng.random(n) * window[court]).astype(np.int64) + 1
    lag = rng.exponential(np.where(rng.random(courts) < 0.1, 120, 25)[court])
    last = np.maximum(1, np.floor(followup - lag)).astype(np.int64)
    event = np.where(time <= last, ends, 0)
    time = np.minimum(time, last)
    entry = None
    if rng.random() < 0.5:
        late = rng.random(n) < np.where(rng.random(courts) < 0.2, 0.3, 0.02)[court]
        entry = np.where(late, np.floor(rng.exponential(150, n)), 0).astype(np.int64)
        seen = entry < time
        court, covariates, time, event, entry, followup = (
            a[seen] for a in (court, covariates, time, event, entry, followup)
        )
    return Country(court, covariates, time, event, entry, followup, bad & ~stalls, stalls)
