"""A cumulative sum that waits for a doubling."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courtwatch.statistics.change import cusum
from courtwatch.statistics.refusal import CannotAnswer


class TestCusum:
    """The sum, its threshold and how long it takes."""

    def test_follows_the_definition(self):
        """C = max(0, C + y ln 2 - ln(1 + p))."""
        y, p = np.tile([1, 0, 1], 5), np.full(15, 0.3)
        found = cusum(y, p, np.arange(15), 5)
        now = 0.0
        for value, ended in zip(found.value, y, strict=True):
            now = max(0.0, now + ended * np.log(2) - np.log(1.3))
            np.testing.assert_allclose(value, now, atol=1e-12)

    def test_raises_false_alarms_as_promised(self):
        """Two in a hundred courts in 24 months without any change, within chance."""
        rng = np.random.default_rng(8)
        p, days = np.full(120, 0.2), np.arange(120)
        alarms = sum(
            cusum(rng.random(120) < p, p, days, 5).alarm is not None for _ in range(600)
        )
        assert 2 <= alarms <= 24
        assert cusum(np.zeros(120), p, days, 5).false_alarms_among(200) == 4

    def test_raises_no_more_where_co_accused_fare_alike(self):
        """A case of four ends as one, half of the time: counted one by one they alarm too often."""
        rng, case = np.random.default_rng(3), np.repeat(np.arange(30), 4)
        p, days = np.full(120, 0.2), np.repeat(np.arange(30), 4)

        def alarms(**joint):
            found = 0
            for _ in range(600):
                together = (rng.random(30) < 0.5)[case]
                lots = np.where(together, rng.random(30)[case], rng.random(120))
                found += cusum(lots < p, p, days, 5, **joint).alarm is not None
            return found / 600

        assert alarms() > 0.05
        assert alarms(case=case, alike=0.5) == pytest.approx(0.02, abs=0.015)
        alone = cusum(np.zeros(120), p, days, 5, case=np.arange(120), alike=0.5)
        assert alone.threshold == cusum(np.zeros(120), p, days, 5).threshold

    def test_says_how_long_a_doubling_takes(self):
        """About a year at five a month; sooner in a larger court, later with over-dispersion."""
        p, days = np.full(60, 0.2), np.arange(60)
        five = cusum(np.zeros(60), p, days, 5)
        assert 8 < five.months_to_show < 20
        assert cusum(np.zeros(60), p, days, 30).months_to_show < five.months_to_show
        spread = cusum(np.zeros(60), p, days, 5, tau=0.3)
        assert spread.threshold > five.threshold
        assert spread.months_to_show > five.months_to_show

    def test_notices_a_court_that_changes(self):
        """From 15 to 60 %."""
        rng = np.random.default_rng(2)
        p = np.full(200, 0.15)
        found = cusum(rng.random(200) < np.where(np.arange(200) < 100, 0.15, 0.6), p, range(200), 8)
        assert found.alarm is not None
        assert 100 <= found.alarm < 140

    @settings(max_examples=15, deadline=None)
    @given(
        st.lists(
            st.tuples(st.booleans(), st.sampled_from([0.1, 0.3]), st.integers(0, 9)),
            min_size=12,
            max_size=40,
        ),
        st.integers(0, 99),
    )
    def test_ignores_the_order_of_rows(self, rows, seed):
        """Only the day of registration counts."""
        y, p, day = np.array(rows).T
        order = np.random.default_rng(seed).permutation(len(rows))
        one, other = cusum(y, p, day, 2), cusum(y[order], p[order], day[order], 2)
        np.testing.assert_array_equal(one.value, other.value)
        assert (one.threshold, one.alarm) == (other.threshold, other.alarm)

    def test_refuses_what_has_no_answer(self):
        """Too few, or impossible."""
        with pytest.raises(CannotAnswer, match="too few"):
            cusum([1], [0.2], [1], 5)
        many = np.zeros(20)
        with pytest.raises(ValueError, match="between 0 and 1"):
            cusum(many, many, many, 5)
        with pytest.raises(ValueError, match="above 0"):
            cusum(many, many + 0.2, many, 0)
        with pytest.raises(ValueError, match="same length"):
            cusum(many, many[1:], many, 5)
