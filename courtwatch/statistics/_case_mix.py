"""What a typical court would have done with each court's own prosecutions.

Rows are collapsed to cells (court x pattern of covariates); all sums run over cells in a fixed
order, so that results do not depend on the order of rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

# Prior variance of a court's effect while the case mix is fitted: large enough to keep a
# court's own behaviour out of the coefficients of its case mix, small enough to fit any court.
COURT_VARIANCE = 0.25
COVARIATE_VARIANCE = 4.0
_STEPS = 60
_MOST_STEPS = 200
_FARTHEST = 30.0  # a shift on the logit scale beyond any
_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Cells:
    """Courts x patterns that occur, ordered by court.

    `court` (C,); `levels` (p, C) the category of every covariate, numbered through (the second
    covariate goes on where the first ended), `categories` how many there are in all; `first`
    (K,) the first cell of each court; `weight`, `square` (C,) sums of w and of w squared.
    """

    court: Whole
    levels: Whole
    categories: int
    first: Whole
    weight: Floats
    square: Floats

    @property
    def size(self) -> Floats:
        """Return the weight (K,) of each court's prosecutions."""
        return self.by_court(self.weight)

    def by_court(self, values: Floats) -> Floats:
        """Return sums over the cells of each court."""
        sums: Floats = np.add.reduceat(values, self.first, axis=0)
        return sums


@dataclass(frozen=True)
class Shifts:
    """How far each court lies from the typical one, all (K,).

    `deff` is the design effect of the weights; `shift` on the logit scale with error `se`.
    """

    observed: Floats
    expected: Floats
    deff: Floats
    shift: Floats
    se: Floats


def baseline(cells: Cells, observed: Floats) -> Floats:
    """Return the linear predictor (C,) of each cell in a court with effect 0.

    Ridge logistic regression with penalised court effects in the model, by Newton's method; the
    block of the courts is diagonal and is eliminated. Every category has its own penalised
    column, so that no category is the reference and relabelling changes nothing.

    Source: Gelman and Hill 2007, chapter 14; le Cessie and van Houwelingen 1992.
    """
    q = cells.categories + 1  # the last is the intercept
    penalty = np.append(np.full(q - 1, 1 / COVARIATE_VARIANCE), 0.0)
    share = observed.sum() / cells.weight.sum()
    coefficients = np.zeros(q)
    coefficients[-1] = np.log(share / (1 - share))
    effect = np.zeros(len(cells.first))
    for _ in range(_STEPS):
        p = expit(_predictor(cells, coefficients) + effect[cells.court])
        v = cells.weight * p * (1 - p)
        residual = observed - cells.weight * p
        up = _by_category(cells, residual) - penalty * coefficients
        up_court = cells.by_court(residual) - effect / COURT_VARIANCE
        cross = _by_court_and_category(cells, v)
        inner = cells.by_court(v) + 1 / COURT_VARIANCE
        scaled = cross / inner[:, None]
        # einsum, not a matrix product: threads cost more than they bring at this size.
        schur = _information(cells, v) + np.diag(penalty) - np.einsum("kq,kr->qr", cross, scaled)
        step = np.linalg.solve(schur, up - np.einsum("kq,k->q", scaled, up_court))
        step_court = (up_court - np.einsum("kq,q->k", cross, step)) / inner
        largest = max(np.abs(step).max(), np.abs(step_court).max())
        shrink = min(1.0, 2.0 / largest) if largest > 0 else 1.0
        coefficients = coefficients + shrink * step
        effect = effect + shrink * step_court
        if largest < _TOLERANCE:
            break
    return _predictor(cells, coefficients)


def _predictor(cells: Cells, coefficients: Floats) -> Floats:
    predictor = np.full(len(cells.court), coefficients[-1])
    for level in cells.levels:
        predictor += coefficients[level]
    return predictor


def _by_category(cells: Cells, values: Floats) -> Floats:
    sums = np.zeros(cells.categories + 1)
    for level in cells.levels:
        sums[:-1] += np.bincount(level, weights=values, minlength=cells.categories)
    sums[-1] = values.sum()
    return sums


def _by_court_and_category(cells: Cells, values: Floats) -> Floats:
    q, k = cells.categories + 1, len(cells.first)
    sums = np.zeros(k * q)
    for level in cells.levels:
        sums += np.bincount(cells.court * q + level, weights=values, minlength=k * q)
    table = sums.reshape(k, q)
    table[:, -1] = cells.by_court(values)
    return table


def _information(cells: Cells, values: Floats) -> Floats:
    """Return sums of `values` for every pair of categories (q, q), the intercept among them."""
    q = cells.categories + 1
    upper = np.zeros(q * q)
    for j, one in enumerate(cells.levels):
        for other in cells.levels[j + 1 :]:
            upper += np.bincount(one * q + other, weights=values, minlength=q * q)
    table = upper.reshape(q, q)
    table = table + table.T
    sums = _by_category(cells, values)
    table[np.arange(q), np.arange(q)] = sums
    table[-1], table[:, -1] = sums, sums
    return table


def shifts(
    cells: Cells, observed: Floats, predictor: Floats, joint: Floats | float = 0.0
) -> Shifts:
    """Return Firth-corrected shifts of courts against `predictor` (C,).

    Firth's correction keeps the shift of a court finite where all or none of its prosecutions
    ended in the way counted. Weighted data count as `n / deff` prosecutions, with
    `deff = (sum w^2 V + joint) / sum w V`; `joint` (K,) is what cases of several add.

    Source: Firth 1993, Biometrika 80:27; Kish 1965 for the design effect.
    """
    typical = expit(predictor)
    v = typical * (1 - typical)
    information = cells.by_court(cells.weight * v)
    deff = np.maximum((cells.by_court(cells.square * v) + joint) / information, 1e-9)
    seen = cells.by_court(observed)
    u = _firth(cells, seen, deff, predictor)
    p = expit(predictor + u[cells.court])
    information = cells.by_court(cells.weight * p * (1 - p))
    expected = cells.by_court(cells.weight * typical)
    return Shifts(seen, expected, deff, u, np.sqrt(deff / information))


def _firth(cells: Cells, seen: Floats, deff: Floats, predictor: Floats) -> Floats:
    """Return where Firth's score of each court (K,) is 0.

    Newton's method, kept between points on either side: of a court with one prosecution, which
    most end in the way counted and this one did not, it would go to and fro for ever.

    Source: Press et al. 2007, Numerical Recipes, section 9.4 (rtsafe).
    """
    u, last = np.zeros(seen.size), np.full(seen.size, np.inf)
    low, high = np.full(seen.size, -_FARTHEST), np.full(seen.size, _FARTHEST)
    for _ in range(_MOST_STEPS):
        p = expit(predictor + u[cells.court])
        v = p * (1 - p)
        information = cells.by_court(cells.weight * v)
        firth = 0.5 * cells.by_court(cells.weight * v * (1 - 2 * p)) / information
        score = (seen - cells.by_court(cells.weight * p)) / deff + firth
        low, high = np.where(score > 0, u, low), np.where(score < 0, u, high)
        step = score * deff / information
        inside = (low < u + step) & (u + step < high) & (2 * np.abs(step) <= last)
        step = np.where(inside | (score == 0), step, (low + high) / 2 - u)
        u, last = u + step, np.abs(step)
        if last.max() < _TOLERANCE:
            break
    return u


def share_at(cells: Cells, predictor: Floats, effect: Floats) -> Floats:
    """Return the share (K, q) expected in each court if its effect were each of `effect` (K, q)."""
    p = expit(predictor[:, None] + effect[cells.court])
    share: Floats = cells.by_court(cells.weight[:, None] * p) / cells.size[:, None]
    return share
