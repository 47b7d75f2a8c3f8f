"""Rates from watched hearings, and what the unwatched could hide."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courtwatch.statistics.coverage import bounds, weighted_rate
from courtwatch.statistics.refusal import CannotAnswer

SHARE = st.floats(0.01, 0.99)


class TestWeightedRate:
    """Weighting by the chance of being watched."""

    def test_undoes_length_bias(self):
        """At 10 % of hearings watched, short prosecutions are missed; weights bring them back."""
        rng = np.random.default_rng(3)
        ended = rng.random(60_000) < 0.22
        hearings = np.where(ended, rng.integers(1, 4, 60_000), rng.integers(2, 13, 60_000))
        seen = rng.random(60_000) < 1 - 0.9**hearings
        found = weighted_rate(ended[seen], hearings[seen], 0.1)
        assert found.unweighted < 0.14
        assert abs(found.rate - 0.22) < 0.012
        assert found.lower < 0.22 < found.upper
        assert found.effective < found.n

    @settings(deadline=None)
    @given(
        st.lists(st.tuples(st.booleans(), st.integers(1, 9)), min_size=1, max_size=30),
        SHARE,
        st.integers(0, 99),
    )
    def test_ignores_the_order_of_rows(self, rows, q, seed):
        """And stays between 0 and 1."""
        y, m = np.array(rows).T
        order = np.random.default_rng(seed).permutation(len(rows))
        one, other = weighted_rate(y, m, q), weighted_rate(y[order], m[order], q)
        assert one == other
        assert -1e-12 <= one.lower <= one.rate + 1e-12
        assert one.rate <= one.upper + 1e-12 <= 1 + 1e-9

    def test_with_everything_watched_nothing_is_weighted(self):
        """The plain rate."""
        found = weighted_rate([1, 0, 0, 0], [1, 5, 2, 9], 1.0)
        assert found.rate == found.unweighted == 0.25
        assert found.effective == 4

    def test_refuses_what_is_not_known(self):
        """An unknown docket of hearings, nobody watched, impossible numbers."""
        with pytest.raises(CannotAnswer, match="not known"):
            weighted_rate([1], [1], np.nan)
        with pytest.raises(CannotAnswer, match="no prosecution"):
            weighted_rate([], [], 0.5)
        with pytest.raises(ValueError, match="at least 1"):
            weighted_rate([1], [0], 0.5)
        with pytest.raises(ValueError, match="above 0"):
            weighted_rate([1], [1], 0)
        with pytest.raises(ValueError, match="true or false"):
            weighted_rate([2], [1], 0.5)
        with pytest.raises(ValueError, match="same length"):
            weighted_rate([1], [1, 1], 0.5)


class TestBounds:
    """Bounds and tipping points."""

    @settings(deadline=None)
    @given(SHARE, SHARE, st.floats(0.05, 20))
    def test_holds_every_gamma(self, rate, covered, gamma):
        """Any odds among the unwatched stay inside, and tipping finds them again."""
        found = bounds(rate, covered)
        at = found.at(gamma)
        assert found.lower <= at <= found.upper
        np.testing.assert_allclose(found.tipping(at), gamma, rtol=1e-6)
        np.testing.assert_allclose(found.at(1), rate)

    def test_follows_the_definition(self):
        """[c p, c p + 1 - c]; at Gamma 2 the odds of the unwatched are half."""
        found = bounds(0.5, 0.4)
        np.testing.assert_allclose([found.lower, found.upper], [0.2, 0.8])
        np.testing.assert_allclose(found.at(2), 0.4 * 0.5 + 0.6 / 3)
        assert np.isnan(found.tipping(0.9))

    def test_refuses_an_unknown_docket(self):
        """No docket, no bounds."""
        for unknown in (None, float("nan")):
            with pytest.raises(CannotAnswer, match="no bounds"):
                bounds(0.2, unknown)
        with pytest.raises(ValueError, match="above 0"):
            bounds(0.2, 0)
        with pytest.raises(ValueError, match="above 0"):
            bounds(0.2, 0.5).at(0)
