"""Gray's test against R's cmprsk."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from courtwatch.statistics.refusal import CannotAnswer
from courtwatch.statistics.survival import gray_test


class TestGray:
    """The test of equal cumulative incidence."""

    def check(self, reference, answer, group):
        """Compare with R for both causes."""
        rows = reference("mgus2_input")
        time = [float(r["time"]) for r in rows]
        event = [int(r["event"]) for r in rows]
        for row in reference(answer):
            found = gray_test(time, event, group, cause=int(row["event"]))
            np.testing.assert_allclose(found.statistic, float(row["stat"]), rtol=1e-9)
            np.testing.assert_allclose(found.p_value, float(row["pv"]), atol=1e-9)
            assert found.df == int(row["df"])

    def test_agrees_with_r_for_two_groups(self, reference):
        """Women and men."""
        self.check(reference, "mgus2_gray_test", [r["sex"] for r in reference("mgus2_input")])

    def test_agrees_with_r_for_three_groups(self, reference):
        """Three ages."""
        groups = [r["age3"] for r in reference("mgus2_age3")]
        self.check(reference, "mgus2_gray_test_age3", groups)

    @settings(deadline=None)
    @given(
        st.lists(
            st.tuples(st.integers(1, 15), st.integers(0, 2), st.integers(0, 2)),
            min_size=30,
            max_size=60,
        ),
        st.integers(0, 99),
    )
    def test_ignores_order_and_names(self, rows, seed):
        """Shuffled rows and other labels give the same statistic."""
        time, event, group = np.array(rows).T
        assume(len(set(group[event == 1])) == 3)
        try:
            one = gray_test(time, event, group)
        except CannotAnswer:
            return
        order = np.random.default_rng(seed).permutation(len(rows))
        names = np.array(["c", "a", "b"])
        other = gray_test(time[order], event[order], names[group[order]])
        np.testing.assert_allclose(one.statistic, other.statistic, rtol=1e-6, atol=1e-9)
        assert 0 <= one.p_value <= 1

    def test_refuses_what_has_no_answer(self):
        """One group, and a cause nobody ended by."""
        with pytest.raises(CannotAnswer, match="two or more"):
            gray_test([1, 2], [1, 1], [0, 0])
        with pytest.raises(CannotAnswer, match="nobody ended by cause 2"):
            gray_test([1, 2], [1, 1], [0, 1], cause=2)
        with pytest.raises(CannotAnswer, match="nobody to follow"):
            gray_test([], [], [])
        with pytest.raises(ValueError, match="same length"):
            gray_test([1, 2], [1, 1], [0])
        with pytest.raises(ValueError, match="not negative"):
            gray_test([1, -2], [1, 1], [0, 1])
        with pytest.raises(ValueError, match="whole number"):
            gray_test([1, 2], [1, -1], [0, 1])

    def test_refuses_where_ties_leave_no_variance(self):
        """Nearly all on the same few days: a statistic below 0 would be none."""
        exit = [3, 2, 3, 1, 2, 3, 2, 2, 2, 2, 1, 3, 3, 2, 3, 2, 2]
        event = [1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0]
        group = [1, 1, 2, 1, 3, 2, 1, 1, 2, 2, 0, 0, 1, 0, 1, 3, 1]
        with pytest.raises(CannotAnswer, match="same few days"):
            gray_test(exit, event, group)

    def test_answers_where_the_last_all_end_at_once(self):
        """Nothing is left of the pooled curve then, and nothing is divided by it."""
        found = gray_test([0, 2, 0, 1], [1, 1, 1, 1], [1, 0, 1, 0])
        assert found.statistic > 0
