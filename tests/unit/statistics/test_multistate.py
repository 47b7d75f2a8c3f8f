"""State occupation against R's survfit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courtwatch.statistics.refusal import CannotAnswer
from courtwatch.statistics.survival import cumulative_incidence, state_occupation


class TestStateOccupation:
    """Who is where."""

    def found(self, reference):
        """Return the answer for R's data."""
        rows = reference("mgus2_multistate_input")
        return state_occupation(
            [r["from"] for r in rows],
            [r["to"] for r in rows],
            [float(r["start"]) for r in rows],
            [float(r["stop"]) for r in rows],
            0.0,
        )

    def test_agrees_with_r(self, reference):
        """At every time, for every state."""
        found, answer = self.found(reference), reference("mgus2_multistate_aj")
        time = np.array([float(r["time"]) for r in answer])
        at = np.searchsorted(found.time, time)
        np.testing.assert_array_equal(found.time[at], time)
        for state in ("s0", "pcm", "death"):
            expected = [float(r[f"p_{state}"]) for r in answer]
            np.testing.assert_allclose(found.of(state)[at], expected, atol=1e-9)

    @pytest.mark.parametrize(("state", "near"), [("s0", 1e-9), ("pcm", 1e-3), ("death", 1e-3)])
    def test_errors_agree_with_r(self, reference, state, near):
        """R's are of people (a jackknife), these of stays; of the first state the same."""
        found, answer = self.found(reference), reference("mgus2_multistate_aj")
        at = np.searchsorted(found.time, [float(r["time"]) for r in answer])
        expected = [float(r[f"se_{state}"]) for r in answer]
        place = found.states.index(state)
        np.testing.assert_allclose(found.se[at, place], expected, atol=near)

    def test_counts_the_moves_r_counts(self, reference):
        """From and to."""
        found = self.found(reference)
        for row in reference("mgus2_multistate_transitions"):
            here, there = row["from"].strip("()"), row["to"]
            if there != "(censored)":
                i, j = found.states.index(here), found.states.index(there)
                assert found.transitions[i, j] == int(row["n"])

    @settings(deadline=None)
    @given(
        st.lists(st.tuples(st.integers(1, 20), st.integers(0, 3)), min_size=1, max_size=50),
        st.integers(0, 99),
    )
    def test_is_the_cumulative_incidence_without_intermediate_states(self, rows, seed):
        """And ignores the order of rows; probabilities add up to 1."""
        time, event = np.array(rows).T
        order = np.random.default_rng(seed).permutation(len(rows))
        target = np.where(event == 0, -1, event)[order]
        found = state_occupation(0 * target, target, 0 * target, time[order], 0)
        other = cumulative_incidence(time, event)
        np.testing.assert_allclose(found.probability.sum(axis=1), 1)
        np.testing.assert_array_equal(found.time, other.time)
        for cause in set(event.tolist()) - {0}:
            np.testing.assert_allclose(
                found.of(cause), other.incidence[:, cause - 1], atol=1e-12
            )
            place = found.states.index(cause)
            np.testing.assert_allclose(
                found.se[:, place] ** 2, other.se[:, cause - 1] ** 2, atol=1e-12
            )

    def test_errors_are_the_spread_of_many_samples(self):
        """Of 1,500 samples of 80 people in three stages, some lost from view."""
        rng = np.random.default_rng(3)
        values, errors = [], []
        for _ in range(1500):
            first, second = np.ceil(rng.exponential(20, 80)), np.ceil(rng.exponential(30, 80))
            lost = np.ceil(rng.exponential(80, 80))
            moved = first < lost
            stop = np.minimum(first + second, lost)
            found = state_occupation(
                np.concatenate([np.zeros(80, int), np.ones(moved.sum(), int)]),
                np.concatenate([np.where(moved, 1, -1),
                                np.where((first + second <= lost)[moved], 2, -1)]),
                np.concatenate([np.zeros(80), first[moved]]),
                np.concatenate([np.minimum(first, lost), stop[moved]]),
            )  # fmt: skip
            at = int(np.searchsorted(found.time, 40, side="right")) - 1
            values.append(found.probability[at])
            errors.append(found.se[at])
        spread = np.std(values, axis=0)
        np.testing.assert_allclose(np.mean(errors, axis=0), spread, rtol=0.06)

    def test_starts_with_those_under_way(self):
        """Two in the first state and one in the second at day 5."""
        found = state_occupation(
            ["a", "a", "b", "a"], ["b", "censor", "c", "b"], [0, 0, 2, 0], [9, 9, 7, 3], 5
        )
        assert found.states == ("a", "b", "c")
        np.testing.assert_allclose(found.start, [2 / 3, 1 / 3, 0])
        np.testing.assert_allclose(found.of("c")[-1], 1 / 3)

    def test_refuses_what_has_no_answer(self):
        """And says why."""
        with pytest.raises(CannotAnswer, match="nobody is under observation"):
            state_occupation([0], [1], [3], [9], 0)
        with pytest.raises(ValueError, match="begin before it ends"):
            state_occupation([0], [1], [3], [3], 0)
        with pytest.raises(ValueError, match="same length"):
            state_occupation([0], [1, 1], [3], [4], 0)
        with pytest.raises(ValueError, match="being censored"):
            state_occupation(["censor"], ["b"], [0], [4], 0)
        with pytest.raises(ValueError, match="from 0"):
            state_occupation([-1], [1], [0], [4], 0)
        with pytest.raises(KeyError, match="none of"):
            state_occupation([0], [1], [0], [4], 0).of(7)
