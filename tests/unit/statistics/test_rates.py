"""Intervals, funnel limits and adjusted p-values against R, and what must hold for all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtwatch.statistics.rates import benjamini_hochberg, funnel_limits, wilson_interval

EXACT = 1e-9


class TestWilsonInterval:
    def test_agrees_with_r(self, reference):
        """Agrees with R."""
        rows = reference("binom_ci")
        found = wilson_interval([int(r["x"]) for r in rows], [int(r["n"]) for r in rows])
        np.testing.assert_allclose(found.lower, [float(r["wilson_lo"]) for r in rows], atol=EXACT)
        np.testing.assert_allclose(found.upper, [float(r["wilson_hi"]) for r in rows], atol=EXACT)

    @given(st.integers(1, 5000), st.floats(0, 1), st.sampled_from([0.8, 0.95, 0.998]))
    def test_holds_the_rate_inside_and_mirrors(self, n, share, confidence):
        """Holds the rate inside and mirrors."""
        x = round(n * share)
        found = wilson_interval(x, n, confidence)
        assert 0 <= found.lower <= x / n <= found.upper <= 1
        mirrored = wilson_interval(n - x, n, confidence)
        assert mirrored.lower == pytest.approx(1 - found.upper, abs=1e-12)

    def test_says_nothing_without_a_denominator(self):
        """Says nothing without a denominator."""
        found = wilson_interval([0, 1], [0, 2])
        assert np.isnan(found.lower[0])
        assert np.isnan(found.upper[0])
        assert not np.isnan(found.lower[1])

    @pytest.mark.parametrize(("x", "n"), [(3, 2), (-1, 4), (0, -1)])
    def test_refuses_impossible_counts(self, x, n):
        """Refuses impossible counts."""
        with pytest.raises(ValueError, match="between 0 and its total"):
            wilson_interval(x, n)

    def test_refuses_an_impossible_confidence(self):
        """Refuses an impossible confidence."""
        with pytest.raises(ValueError, match="confidence"):
            wilson_interval(1, 2, 95)


class TestFunnelLimits:
    def test_agrees_with_r(self, reference):
        """Agrees with R."""
        rows = reference("funnel_binomial_exact_limits")
        for centre in sorted({float(r["theta0"]) for r in rows}):
            mine = [r for r in rows if float(r["theta0"]) == centre]
            found = funnel_limits([int(r["n"]) for r in mine], centre)
            for got, column in (
                (found.lower[0], "L0.025"), (found.upper[0], "U0.975"),
                (found.lower[1], "L0.001"), (found.upper[1], "U0.999"),
            ):  # fmt: skip
                np.testing.assert_allclose(got, [float(r[column]) for r in mine], atol=EXACT)

    @given(st.lists(st.integers(1, 6000), min_size=1, max_size=20), st.floats(0.01, 0.99))
    def test_wider_level_encloses_the_narrower(self, sizes, centre):
        """Wider level encloses the narrower."""
        found = funnel_limits(sizes, centre)
        assert np.all(found.lower[1] <= found.lower[0] + 1e-12)
        assert np.all(found.upper[1] >= found.upper[0] - 1e-12)
        assert np.all(found.lower <= found.upper)

    @pytest.mark.parametrize("centre", [0, 1, -0.1])
    def test_refuses_a_centre_at_the_border(self, centre):
        """Refuses a centre at the border."""
        with pytest.raises(ValueError, match="centre"):
            funnel_limits([10], centre)

    def test_refuses_an_empty_court(self):
        """Refuses an empty court."""
        with pytest.raises(ValueError, match="whole numbers"):
            funnel_limits([10, 0], 0.3)


class TestBenjaminiHochberg:
    def test_agrees_with_r(self, reference):
        """Agrees with R."""
        rows = reference("p_adjust")
        found = benjamini_hochberg([float(r["p"]) for r in rows])
        np.testing.assert_allclose(found, [float(r["bh"]) for r in rows], atol=EXACT)

    @given(st.lists(st.floats(0, 1), max_size=30), st.randoms(use_true_random=False))
    def test_does_not_depend_on_the_order_and_never_shrinks(self, values, random):
        """Does not depend on the order and never shrinks."""
        order = list(range(len(values)))
        random.shuffle(order)
        found = benjamini_hochberg(values)
        shuffled = benjamini_hochberg([values[i] for i in order])
        np.testing.assert_array_equal(shuffled, found[order])
        assert np.all(found >= np.asarray(values))
        assert np.all(found <= 1)

    def test_leaves_out_tests_that_were_not_made(self):
        """Leaves out tests that were not made."""
        found = benjamini_hochberg([0.01, np.nan, 0.04])
        assert np.isnan(found[1])
        np.testing.assert_allclose(found[[0, 2]], [0.02, 0.04])

    def test_refuses_what_is_no_probability(self):
        """Refuses what is no probability."""
        with pytest.raises(ValueError, match="between 0 and 1"):
            benjamini_hochberg([1.2])
