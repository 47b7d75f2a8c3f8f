"""Differences of shares and counts, against published tables and what must hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtwatch.statistics.difference import count_difference, share_difference

NEWCOMBE = (
    # Newcombe 1998, table II, method 10 (hybrid score, no continuity correction)
    ((56, 70, 48, 80), (0.0524, 0.3339)),
    ((9, 10, 3, 10), (0.1705, 0.8090)),
    ((6, 7, 2, 7), (0.0582, 0.8062)),
    ((5, 56, 0, 29), (-0.0381, 0.1926)),
    ((0, 10, 0, 20), (-0.1611, 0.2775)),
    ((10, 10, 0, 20), (0.6791, 1.0)),
)
PAIRS = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


class TestShares:
    @pytest.mark.parametrize(("counts", "limits"), NEWCOMBE)
    def test_are_those_of_the_published_table(self, counts, limits):
        found = share_difference(*counts)
        assert (found.lower, found.upper) == pytest.approx(limits, abs=6e-5)

    @given(PAIRS, PAIRS)
    def test_hold_the_difference_and_turn_with_it(self, one, other):
        """Exchanging both shares turns the sign, and nothing lies beyond -1 and 1."""
        found, turned = share_difference(*one, *other), share_difference(*other, *one)
        assert -1 - 1e-12 <= found.lower <= found.value <= found.upper <= 1 + 1e-12
        assert (turned.lower, turned.upper) == pytest.approx((-found.upper, -found.lower))

    def test_refuse_a_share_of_nothing(self):
        with pytest.raises(ValueError, match="nothing"):
            share_difference(0, 0, 1, 2)


class TestCounts:
    @given(st.integers(0, 10_000), st.integers(0, 10_000))
    def test_hold_the_difference_and_turn_with_it(self, one, other):
        found, turned = count_difference(one, other), count_difference(other, one)
        assert found.lower <= found.value == one - other <= found.upper
        assert (turned.lower, turned.upper) == pytest.approx((-found.upper, -found.lower))

    def test_large_counts_have_the_normal_interval(self):
        """sqrt(10 000 + 10 000) is 141.4: 1.96 of them on either side."""
        found = count_difference(10_000, 10_000)
        assert found.upper == pytest.approx(1.96 * 141.42, rel=0.02)

    def test_refuse_negative_counts(self):
        with pytest.raises(ValueError, match="negative"):
            count_difference(-1, 2)
