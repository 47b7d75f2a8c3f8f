"""Weights that stand in for prosecutions whose end by the horizon is not known."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from courtwatch.statistics import _censoring
from courtwatch.statistics.survival import cumulative_incidence


class TestWeights:
    """Weighted shares are the cumulative incidence at the horizon."""

    rows = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 3)), min_size=30, max_size=200)

    def check(self, weight, time, event, horizon, entry=None):
        """Weights add up to n, and weighted shares to Aalen-Johansen."""
        n = len(time)
        incidence, _ = cumulative_incidence(time, event, entry).at(horizon)
        np.testing.assert_allclose(weight.sum(), n, rtol=1e-9)
        for cause in range(1, event.max() + 1):
            counted = (event == cause) & (time <= horizon)
            np.testing.assert_allclose(weight[counted].sum() / n, incidence[cause - 1], atol=1e-9)

    def weight(self, table, court, time, event, horizon):
        """Return the weight of every row."""
        lasting = (time > horizon) | ((time == horizon) & (event == 0))
        found = table.of(court, np.minimum(time, horizon), lasting)
        return np.where((event == 0) & ~lasting, 0.0, found)

    @settings(deadline=None)
    @given(rows)
    def test_pooled_weights_give_the_cumulative_incidence(self, rows):
        """Without entry: 1/G(t-) pooled, as long as its floor is not reached."""
        time, event = np.array(rows, dtype=np.int64).T
        time = np.concatenate([time, np.full(2 * len(time), 41)])
        event = np.concatenate([event, np.ones(2 * len(rows), dtype=np.int64)])
        table = _censoring.pooled(time, event, 30)
        self.check(self.weight(table, 0 * time, time, event, 30), time, event, 30)

    late = st.tuples(st.integers(1, 40), st.integers(0, 3), st.integers(0, 9))

    @settings(deadline=None)
    @given(st.lists(late, max_size=99))
    def test_weights_of_a_court_give_its_cumulative_incidence(self, rows):
        """With entry: each court's own risk sets, as long as the cap is not reached."""
        time, event, late = np.array([(41, 1, 0)] * 200 + rows, dtype=np.int64).T
        entry = np.where(late % 10 < time, late, 0)
        entry = np.where(entry == 0, -1, entry)
        table = _censoring.by_court(0 * time, 1, time, event, 30, entry)
        weight = self.weight(table, 0 * time, time, event, 30)
        self.check(weight, time, event, 30, np.where(entry < 0, -1.0, entry))

    def test_open_on_the_day_of_the_horizon_is_known(self):
        """Censored at the horizon is unresolved; one day earlier is unknown."""
        time, event = np.array([10, 9, 11, 5]), np.array([0, 0, 1, 1])
        table = _censoring.pooled(time, event, 10)
        weight = self.weight(table, 0 * time, time, event, 10)
        np.testing.assert_allclose(weight, [1.5, 0, 1.5, 1])
