"""Prosecutions of one case share its fate: how much less than as many separate ones they say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtwatch.statistics._distinct import distinct

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Joint:
    """Rows (m,) of cases of which a court has several, the case of each, and cases (g,) of courts.

    `rows` are places among all rows, `case` 0..g-1; `court` (g,) 0..K-1, `size` (g,) rows.
    """

    rows: Whole
    case: Whole
    court: Whole
    size: Whole

    @classmethod
    def of(cls, court: Whole, case: Whole, known: Flags) -> Joint:
        """Find them among the `known` (n,); a `case` below 0 stands for nobody else's."""
        _, number = distinct(case)
        together = known & (case >= 0)
        together &= np.bincount(number[together], minlength=number.max() + 1)[number] > 1
        rows = np.flatnonzero(together)
        cases, place = distinct(court[rows] * (number.max() + 1) + number[rows])
        return cls(rows, place, cases // (number.max() + 1), np.bincount(place))

    def alike(self, weight: Floats, y: Flags, own: Floats) -> float:
        """Return how alike those of one case fare: rho, pooled over courts and never below 0.

        `own` (n,) is the probability of `y` in the court of each.

        Source: Donner and Klar 2000, chapter 1.
        """
        w, q = weight[self.rows], own[self.rows]
        # By the size of cases, not of pairs: one of a hundred accused is not all there is.
        share = np.maximum(self.size - 1, 1)
        found = (self._pairs(w * (y[self.rows] - q)) / share).sum()
        most = (self._pairs(w * np.sqrt(q * (1 - q))) / share).sum()
        return float(np.clip(found / most, 0.0, 1.0)) if most > 0 else 0.0

    def covariance(self, courts: int, weight: Floats, typical: Floats, alike: float) -> Floats:
        """Return by how much the variance of each court's weighted count grows (K,).

        `typical` (n,) is the probability in a typical court. A case adds `rho sum w_i w_j s_i s_j`
        over its pairs, s standard deviations, rho how `alike` they fare.

        Source: Kish 1965, section 5.4.
        """
        p = typical[self.rows]
        pairs = self._pairs(weight[self.rows] * np.sqrt(p * (1 - p)))
        return (alike * np.bincount(self.court, weights=pairs, minlength=courts)).astype(np.float64)

    def _pairs(self, values: Floats) -> Floats:
        """Return the sum of products over all pairs of each case (g,)."""
        sums, squares = (
            np.bincount(self.case, weights=v, minlength=self.size.size)
            for v in (values, values**2)
        )
        return np.asarray(sums**2 - squares, dtype=np.float64)
