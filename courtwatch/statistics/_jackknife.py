"""Standard errors of the cumulative incidence where some came under observation late."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Pull:
    """How far one person at risk moves the estimate at each time (m,): `a + F(t) c`.

    `a` and `c` are what merely being at risk has added up to by then; `jump` and `jump_c` what
    ending by the cause, `other` what ending by another cause, adds at that time.
    """

    a: Floats
    c: Floats
    jump: Floats
    other: Floats
    jump_c: Floats

    @classmethod
    def of(cls, incidence: Floats, hazard: Floats, total: Floats, before: Floats,
           at_risk: Floats) -> Pull:  # fmt: skip
        """Return the pull on one cause; all arguments (m,), `total` the hazard of all causes."""
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(at_risk > 0, 1 / at_risk, 0.0)
            # Where all end at once nothing is left that later hazards could act on.
            through = np.where(total < 1, share / (1 - total), 0.0)
        a = np.cumsum(-before * hazard * share - incidence * total * through)
        return cls(
            a, np.cumsum(total * through), before * share + incidence * through,
            incidence * through, -through,
        )  # fmt: skip


@dataclass(frozen=True)
class Stays:
    """Who was under observation from where to where, counted; all (s,), in one order.

    `first` and `last` are places among the distinct exit times, `cause` 0 censored, 1..k.
    """

    first: Whole
    last: Whole
    cause: Whole
    count: Floats

    @classmethod
    def of(
        cls, time: Floats, leaving: Whole, entry: Floats, exit: Floats, cause: Whole
    ) -> Stays:
        """Count rows (n,) that are alike, so that sums do not depend on the order of rows.

        `leaving` (m, k + 1) counts who leaves at each of `time` (m,), the censored first.
        """
        late = np.flatnonzero(entry >= time[0])
        causes = leaving.shape[1]
        last = np.searchsorted(time, exit[late]) * causes + cause[late]
        prompt = leaving.ravel() - np.bincount(last, minlength=leaving.size)
        cells = np.searchsorted(time, entry[late], side="right") * leaving.size + last
        seen, count = np.unique(cells, return_counts=True)
        there = np.flatnonzero(prompt)
        cells = np.concatenate([there, seen])
        return cls(
            cells // leaving.size, cells // causes % time.size, cells % causes,
            np.concatenate([prompt[there], count]).astype(np.float64),
        )  # fmt: skip


def errors(
    incidence: Floats, hazard: Floats, total: Floats, before: Floats, at_risk: Floats, stays: Stays
) -> Floats:
    """Return standard errors (m, k) by the infinitesimal jackknife.

    `incidence` and `hazard` (m, k), `total` hazard, `before` S(t-) and `at_risk` (m,) at every
    distinct exit time. The variance is the sum over all persons of the squared pull of each;
    without delayed entry it is Greenwood's. Somebody still at risk pulls by `a(t) - a(first-) +
    F(t) (c(t) - c(first-))`, so that sums over all of them are sums of powers of `a(first-)` and
    `c(first-)`: one pass, whatever n.

    Source: Jaeckel 1972; Therneau and Grambsch 2000, Modeling Survival Data, section 7.1; R's
    survfit for competing risks takes it.
    """
    found = np.empty_like(incidence)
    for k in range(incidence.shape[1]):
        pull = Pull.of(incidence[:, k], hazard[:, k], total, before, at_risk)
        found[:, k] = _one(incidence[:, k], pull, stays, k + 1)
    return found


def _one(incidence: Floats, pull: Pull, stays: Stays, cause: int) -> Floats:
    m, last = incidence.size, stays.last
    a, c = np.append(0.0, pull.a)[stays.first], np.append(0.0, pull.c)[stays.first]

    def left(values: Floats | float) -> Floats:
        """Return sums (m,) over those that had left by each time."""
        return np.cumsum(np.bincount(last, weights=stays.count * values, minlength=m))

    def present(values: Floats | float) -> Floats:
        """Return sums (m,) over those under observation before each time and after it."""
        came = np.bincount(stays.first, weights=stays.count * values, minlength=m)
        return np.cumsum(came) - left(values)

    ended = stays.cause > 0
    own = stays.cause == cause
    gone_a = pull.a[last] - a + np.where(own, pull.jump[last], ended * pull.other[last])
    gone_c = pull.c[last] - c + ended * pull.jump_c[last]
    n, by_a, by_c = present(1.0), present(a), present(c)
    aa = n * pull.a**2 - 2 * pull.a * by_a + present(a * a) + left(gone_a**2)
    ac = n * pull.a * pull.c - pull.a * by_c - pull.c * by_a + present(a * c)
    ac += left(gone_a * gone_c)
    cc = n * pull.c**2 - 2 * pull.c * by_c + present(c * c) + left(gone_c**2)
    errors: Floats = np.sqrt(np.maximum(aa + 2 * incidence * ac + incidence**2 * cc, 0.0))
    return errors
