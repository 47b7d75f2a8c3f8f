"""Attrition through several states: who is where, at every time since the origin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from courtwatch.statistics import _checks
from courtwatch.statistics._distinct import distinct
from courtwatch.statistics.refusal import CannotAnswer

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

CENSORED = frozenset({"censor", "censored", "(censored)", ""})


@dataclass(frozen=True)
class StateOccupation:
    """Probability (m, k) of being in each of `states` (k,) after each `time` (m,), and its `se`.

    `at_risk` (m, k) counts who was under observation in each state just before; `transitions`
    (k, k) counts moves seen after the start, from row to column; `start` (k,) is the
    distribution at the start.
    """

    time: Floats
    states: tuple[str | int, ...]
    probability: Floats
    at_risk: Whole
    transitions: Whole
    start: Floats
    se: Floats

    def of(self, state: str | int) -> Floats:
        """Return the probability (m,) of one state; KeyError with what is allowed."""
        if state not in self.states:
            raise KeyError(f"{state!r} is none of {', '.join(map(repr, self.states))}")
        return self.probability[:, self.states.index(state)]


def state_occupation(
    from_state: ArrayLike,
    to_state: ArrayLike,
    start: ArrayLike,
    stop: ArrayLike,
    start_time: float = 0.0,
) -> StateOccupation:
    """Return Aalen-Johansen's state occupation probabilities, `p(t) = p(0) prod(I + dA)`.

    One row for each stay of somebody in a state: `from_state` (n,) where, `to_state` (n,) where
    to, `start` and `stop` (n,) when. States are words or whole numbers from 0; a stay that was
    lost from view goes to 'censor' (or an empty word, or a number below 0), or to its own state.
    Somebody is at risk at t iff `start < t <= stop`. The distribution at `start_time` is that of
    the stays under way then (`start <= start_time < stop`). Standard errors are Greenwood's: moves
    out of a state on one day are multinomial among those at risk, and so is where they start.

    Raises ValueError for malformed columns and for states that are missing (None or NaN: whoever
    was lost goes to 'censor'), and CannotAnswer where nobody is under observation at `start_time`.

    Source: Aalen and Johansen 1978, Scandinavian Journal of Statistics 5:141; Andersen, Borgan,
    Gill and Keiding 1993, section IV.4, for the variance.
    """
    begin, end = np.asarray(start, dtype=np.float64), np.asarray(stop, dtype=np.float64)
    origin = _checks.labels("from_state", from_state)
    goal = _checks.labels("to_state", to_state)
    if begin.ndim != 1 or not begin.shape == end.shape == origin.shape == goal.shape:
        raise ValueError("from_state, to_state, start and stop must be lists of the same length")
    if not np.all(np.isfinite(begin) & np.isfinite(end)) or not np.all(begin < end):
        raise ValueError("every stay must begin before it ends, on known days")
    if not begin.size:
        raise CannotAnswer("there is nobody to follow")
    states, place, target = _numbered(origin, goal)
    k = len(states)
    under_way = (begin <= start_time) & (start_time < end)
    if not under_way.any():
        raise CannotAnswer(f"nobody is under observation at {start_time}")
    first = np.bincount(place[under_way], minlength=k) / under_way.sum()
    seen = end > start_time
    begin, end, place, target = begin[seen], end[seen], place[seen], target[seen]
    time, day = distinct(end)
    at_risk = np.stack(
        [
            np.searchsorted(np.sort(begin[place == s]), time, side="left")
            - np.searchsorted(np.sort(end[place == s]), time, side="left")
            for s in range(k)
        ],
        axis=1,
    )
    moves = (target >= 0) & (target != place)
    cell = (day[moves] * k + place[moves]) * k + target[moves]
    counts = np.bincount(cell, minlength=time.size * k * k).reshape(-1, k, k)
    probability, variance = np.empty((time.size, k)), np.empty((time.size, k))
    now, spread = first, (np.diag(first) - np.outer(first, first)) / under_way.sum()
    for index in range(time.size):
        if counts[index].any():
            there = np.maximum(at_risk[index], 1)
            leaving = counts[index] / there[:, None]
            moved = np.eye(k) + leaving - np.diag(leaving.sum(axis=1))
            own = now**2 / there
            spread = moved.T @ (spread - np.diag(own)) @ moved + np.diag(own @ moved)
            now = now + now @ leaving - now * leaving.sum(axis=1)
        probability[index], variance[index] = now, np.diag(spread)
    se = np.sqrt(np.maximum(variance, 0.0))
    return StateOccupation(time, states, probability, at_risk, counts.sum(axis=0), first, se)


def _numbered(
    origin: NDArray[np.generic], goal: NDArray[np.generic]
) -> tuple[tuple[str | int, ...], Whole, Whole]:
    """Return the states in order, and the rows' states as numbers; censored is -1."""
    if origin.dtype.kind in "iuf" and goal.dtype.kind in "iuf":
        lost = goal.astype(np.float64) < 0
        if np.any(origin.astype(np.float64) < 0):
            raise ValueError("a state somebody stays in is a whole number from 0")
    else:
        origin, goal = origin.astype(str), goal.astype(str)
        lost = np.isin(goal, sorted(CENSORED))
        if np.isin(origin, sorted(CENSORED)).any():
            raise ValueError("nobody stays in the state of being censored")
    names = np.unique(np.concatenate([origin, goal[~lost]]))
    target = np.where(lost, -1, np.searchsorted(names, np.where(lost, names[0], goal)))
    return tuple(names.tolist()), np.searchsorted(names, origin), target
