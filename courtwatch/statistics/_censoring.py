"""Weights that stand in for prosecutions whose end by the horizon is unknown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

SMALLEST_CENSORING_SURVIVAL = 0.05
LARGEST_WEIGHT = 20.0
MOST_UNSEEN = 0.05
"""Of a court's prosecutions, before its shares are those of the seen."""


@dataclass(frozen=True)
class WeightTable:
    """Weights by court (or one row for all) and day.

    `ending` (K, h + 1) is the weight of an end at each day 0..h; `lasting` (K,) that of a
    prosecution known to be open at h. One censored before h weighs nothing. `unseen` (K,) is the
    share of prosecutions for which no weight can stand in: nobody was watched when they ended.
    """

    ending: Floats
    lasting: Floats
    unseen: Floats

    def of(self, court: Whole, day: Whole, lasting: NDArray[np.bool_]) -> Floats:
        """Return the weight of each known prosecution: `day` counts only where not `lasting`."""
        row = court if self.ending.shape[0] > 1 else np.zeros_like(court)
        days = np.where(lasting, 0, day)
        weight: Floats = np.where(lasting, self.lasting[row], self.ending[row, days])
        return weight


def pooled(time: Whole, event: Whole, horizon: int) -> WeightTable:
    """Return weights 1/G(t-), G the probability of not being censored, pooled over courts.

    `1/G(t-) = n S(t-) / Y(t)` with Aalen-Johansen's S and Y where events precede censoring on
    ties; so the weights add up to n, and weighted shares are the cumulative incidence at the
    horizon, as long as G stays above its floor of 0.05.
    """
    one = np.zeros_like(time)
    table = _table(one, 1, time, event, horizon, None)
    largest = 1 / SMALLEST_CENSORING_SURVIVAL
    return WeightTable(
        np.minimum(table.ending, largest), np.minimum(table.lasting, largest), table.unseen
    )


def by_court(
    court: Whole, courts: int, time: Whole, event: Whole, horizon: int, entry: Whole | None
) -> WeightTable:
    """Return weights `n S(t-) / Y(t)` from each court's own risk sets, capped at 20.

    `entry` is -1 for a prosecution known from its origin. Somebody is at risk at t iff
    `entry < t <= time`.
    """
    table = _table(court, courts, time, event, horizon, entry)
    return WeightTable(
        np.minimum(table.ending, LARGEST_WEIGHT),
        np.minimum(table.lasting, LARGEST_WEIGHT),
        table.unseen,
    )


def followed_otherwise(
    court: Whole, courts: int, time: Whole, event: Whole, horizon: int
) -> NDArray[np.bool_]:
    """Return courts (K,) whose prosecutions were followed longer or shorter than elsewhere.

    A pooled G would mistake a court that opened late for one that ends prosecutions early, and one
    whose open prosecutions are lost sight of for one that resolves them: such courts have weights
    of their own. G is asked at the horizon; further apart than chance is 0.05 and two standard
    errors, Greenwood's under the hazard of all courts, since ends hide how long somebody would
    have been followed.
    """
    width = horizon + 1  # the last column holds who was followed to the horizon
    cell = court * width + np.minimum(time, horizon)
    leaving, ended = (
        np.bincount(cells, minlength=courts * width).reshape(courts, width)
        for cells in (cell, cell[event > 0])
    )
    size = leaving.sum(axis=1)
    # Who ends on a day is not at risk of being lost sight of on it.
    at_risk = (size[:, None] - np.cumsum(leaving, axis=1) + leaving - ended)[:, :-1]
    lost = (leaving - ended)[:, :-1]
    own = np.divide(lost, at_risk, out=np.zeros(lost.shape), where=at_risk > 0)
    every = np.zeros(horizon)
    np.divide(lost.sum(axis=0), at_risk.sum(axis=0), out=every, where=at_risk.sum(axis=0) > 0)
    share = np.prod(1 - every)
    odds = np.divide(every, 1 - every, out=np.zeros(horizon), where=every < 1)
    spread = np.divide(odds, at_risk, out=np.zeros(lost.shape), where=at_risk > 0).sum(axis=1)
    apart: NDArray[np.bool_] = np.abs(np.prod(1 - own, axis=1) - share) > (
        0.05 + 2 * share * np.sqrt(spread)
    )
    return apart


def _table(
    court: Whole, courts: int, time: Whole, event: Whole, horizon: int, entry: Whole | None
) -> WeightTable:
    width = horizon + 2  # the last column holds everything after the horizon
    day = np.minimum(time, horizon + 1)
    cell = court * width + day
    leaving = np.bincount(cell, minlength=courts * width).reshape(courts, width)
    ended = np.bincount(cell[event > 0], minlength=courts * width).reshape(courts, width)
    size = leaving.sum(axis=1)
    gone = np.cumsum(leaving, axis=1) - leaving
    if entry is None:
        at_risk = size[:, None] - gone
    else:
        first = np.minimum(entry, horizon) + 1  # at risk from the day after coming into view
        arrived = np.bincount(court * width + first, minlength=courts * width)
        at_risk = np.cumsum(arrived.reshape(courts, width), axis=1) - gone
    y, d = at_risk[:, :-1].astype(np.float64), ended[:, :-1].astype(np.float64)
    going_on = np.divide(y - d, y, out=np.ones_like(y), where=y > 0)
    survival = np.cumprod(going_on, axis=1)
    before = np.concatenate([np.ones((courts, 1)), survival[:, :-1]], axis=1)
    n = size.astype(np.float64)
    ending = np.divide(n[:, None] * before, y, out=np.zeros_like(y), where=y > 0)
    # Open at the horizon itself is known to be unresolved: censoring follows events of its day.
    open_on_it = leaving[:, horizon] - ended[:, horizon]
    left = (leaving[:, -1] + open_on_it).astype(np.float64)
    lasting = np.divide(n * survival[:, -1], left, out=np.zeros(courts), where=left > 0)
    # Behind the last day watched it is who was open then; before the first, or in between, nobody
    # of the court can tell, and the country's ends of these days say how much may be missing.
    behind = np.where(left > 0, 0.0, survival[:, -1])
    blind = (y == 0) & (before > 0) & (gone[:, :-1] < n[:, None])
    return WeightTable(ending, lasting, behind + blind @ _ends(y, d))


def _ends(at_risk: Floats, ended: Floats) -> Floats:
    """Return which share of all courts' prosecutions ends on each day (h + 1,)."""
    y, d = at_risk.sum(axis=0), ended.sum(axis=0)
    hazard = np.divide(d, y, out=np.zeros_like(y), where=y > 0)
    share: Floats = hazard * np.concatenate([[1.0], np.cumprod(1 - hazard)[:-1]])
    return share
