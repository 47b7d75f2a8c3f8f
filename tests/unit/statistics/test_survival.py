"""Cumulative incidence and Kaplan-Meier against R, and what must hold for all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from courtwatch.statistics.survival import cumulative_incidence, kaplan_meier

EXACT = 1e-9


def columns(rows, *names):
    """Return columns of a table as numbers."""
    return [np.array([float(r[name]) for r in rows]) for name in names]


class TestCumulativeIncidence:
    def check(self, found, rows, se_tolerance):
        """Compare every column with R's."""
        time, pcm, death, alive, at_risk = columns(
            rows, "time", "p_pcm", "p_death", "p_s0", "n_risk_s0"
        )
        np.testing.assert_array_equal(found.time, time)
        np.testing.assert_array_equal(found.at_risk, at_risk)
        np.testing.assert_allclose(found.incidence, np.stack([pcm, death], 1), atol=EXACT)
        np.testing.assert_allclose(found.survival, alive, atol=EXACT)
        se = np.stack(columns(rows, "se_pcm", "se_death"), 1)
        np.testing.assert_allclose(found.se, se, atol=se_tolerance)

    def test_agrees_with_r(self, reference):
        """Agrees with R."""
        time, event = columns(reference("mgus2_input"), "time", "event")
        self.check(cumulative_incidence(time, event), reference("mgus2_aj_overall"), EXACT)

    @pytest.mark.parametrize("sex", ["F", "M"])
    def test_agrees_with_r_in_groups(self, reference, sex):
        """Agrees with R in groups."""
        rows = [r for r in reference("mgus2_input") if r["sex"] == sex]
        answer = [r for r in reference("mgus2_aj_by_sex") if r["strata"] == f"sex={sex}"]
        self.check(cumulative_incidence(*columns(rows, "time", "event")), answer, EXACT)

    def test_agrees_with_r_under_delayed_entry(self, reference):
        """Agrees with R under delayed entry, errors included."""
        entry, exit, event = columns(reference("mgus2_lefttrunc_input"), "entry", "exit", "event")
        seen = exit > 599.5
        found = cumulative_incidence(exit[seen], event[seen], np.maximum(entry, 599.5)[seen])
        self.check(found, reference("mgus2_lefttrunc_aj_start599.5"), EXACT)

    @pytest.mark.parametrize("late", [None, [-1, -1, -1, -1, -1, -1, 1]])
    def test_the_last_by_several_causes_have_an_error(self, late):
        """2/3, 1/6 and 1/6 add up to a little less than 1 here: the error of 2/3 was 0."""
        exit, event = np.array([1, 1, 1, 1, 1, 1, 9]), np.array([1, 1, 1, 1, 2, 3, 0])
        n = 6 if late is None else 7
        found = cumulative_incidence(exit[:n], event[:n], late)
        p = np.array([4, 1, 1]) / 6
        np.testing.assert_allclose(found.se[0], np.sqrt(p * (1 - p) / 6), rtol=1e-12)
        assert found.survival[0] == 0

    @given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 3)), min_size=2, max_size=40))
    @example([(1, 1), (1, 1), (1, 1), (1, 1), (1, 2), (1, 3)])
    def test_errors_with_and_without_delayed_entry_are_one(self, rows):
        """Somebody who came as late as can be without moving anything leaves the errors alone."""
        exit, event = np.array(rows).T
        plain = cumulative_incidence(exit, event)
        late = np.full(exit.size, -1)
        # Whoever leaves last, censored, and came in on the day of the last event but one.
        more = cumulative_incidence(
            np.append(exit, 11), np.append(event, 0), np.append(late, exit.max())
        )
        np.testing.assert_allclose(more.se[: plain.time.size], plain.se, atol=1e-7)

    @given(
        st.lists(st.tuples(st.integers(0, 20), st.integers(0, 3)), min_size=1, max_size=60),
        st.randoms(use_true_random=False),
    )
    def test_adds_up_and_ignores_the_order_of_rows(self, rows, random):
        """Adds up and ignores the order of rows."""
        exit, event = np.array(rows).T
        found = cumulative_incidence(exit, event)
        np.testing.assert_allclose(found.incidence.sum(1) + found.survival, 1, atol=1e-12)
        assert np.all(np.diff(found.incidence, axis=0) >= 0)
        random.shuffle(rows)
        again = cumulative_incidence(*np.array(rows).T)
        np.testing.assert_array_equal(again.incidence, found.incidence)
        np.testing.assert_array_equal(again.se, found.se)

    @given(
        st.lists(
            st.tuples(st.integers(-1, 8), st.integers(1, 9), st.integers(0, 3)),
            min_size=1,
            max_size=60,
        ),
        st.randoms(use_true_random=False),
    )
    def test_ignores_the_order_of_rows_of_late_comers(self, rows, random):
        """The order of rows changes no bit where some came late."""
        rows = [(entry, entry + 1 + stay, event) for entry, stay, event in rows]
        entry, exit, event = np.array(rows).T
        found = cumulative_incidence(exit, event, entry)
        random.shuffle(rows)
        entry, exit, event = np.array(rows).T
        again = cumulative_incidence(exit, event, entry)
        np.testing.assert_array_equal(again.incidence, found.incidence)
        np.testing.assert_array_equal(again.se, found.se)

    @given(st.lists(st.integers(0, 2), min_size=1, max_size=40))
    def test_is_the_plain_share_without_censoring(self, causes):
        """Everybody ends on a day of their own: the curve ends at the binomial share and error."""
        event = np.array(causes) + 1
        found = cumulative_incidence(np.arange(1, event.size + 1), event)
        share = np.mean(event == 1)
        assert found.incidence[-1, 0] == pytest.approx(share)
        assert found.se[-1, 0] == pytest.approx(np.sqrt(share * (1 - share) / event.size), abs=1e-7)

    @given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 3)), min_size=1, max_size=40))
    def test_does_not_care_whether_days_are_whole(self, rows):
        """Does not care whether days are whole."""
        exit, event = np.array(rows, dtype=float).T
        whole, halves = cumulative_incidence(exit, event), cumulative_incidence(exit / 3, event)
        np.testing.assert_allclose(halves.incidence, whole.incidence, atol=1e-12)

    def test_gives_the_value_at_a_day(self):
        """Gives the value at a day."""
        found = cumulative_incidence([1, 2, 3, 4], [1, 2, 0, 1])
        np.testing.assert_allclose(found.at(2.5)[0], [0.25, 0.25])
        np.testing.assert_allclose(found.at(0.5)[0], [0, 0])

    @pytest.mark.parametrize(
        ("exit", "event", "entry", "words"),
        [
            ([], [], None, "nobody"),
            ([1, 2], [1], None, "same length"),
            ([-1], [1], None, "not negative"),
            ([float("nan")], [1], None, "known"),
            ([1], [-1], None, "whole number"),
            ([1], [0.5], None, "whole number"),
            ([3], [1], [3], "before leaving"),
        ],
    )
    def test_refuses_what_has_no_answer(self, exit, event, entry, words):
        """Refuses what has no answer."""
        with pytest.raises(ValueError, match=words):
            cumulative_incidence(exit, event, entry)


class TestKaplanMeier:
    @pytest.mark.parametrize("conf_type", ["log-log", "log", "plain"])
    @pytest.mark.parametrize("sex", ["1", "2"])
    def test_agrees_with_r(self, reference, conf_type, sex):
        """Agrees with R."""
        rows = [r for r in reference("lung_input") if r["sex"] == sex]
        answer = [r for r in reference(f"lung_km_{conf_type}") if r["strata"] == f"sex={sex}"]
        exit, event = columns(rows, "time", "event")
        found = kaplan_meier(exit, event, conf_type=conf_type)
        time, surv, se, low, up = columns(answer, "time", "surv", "se", "lo", "up")
        np.testing.assert_array_equal(found.time, time)
        np.testing.assert_allclose(found.survival, surv, atol=EXACT)
        np.testing.assert_allclose(found.se, se, atol=EXACT)
        np.testing.assert_allclose(found.lower, low, atol=EXACT)
        np.testing.assert_allclose(found.upper, up, atol=EXACT)

    @pytest.mark.parametrize("sex", ["1", "2"])
    def test_agrees_with_r_on_quantiles_and_restricted_mean(self, reference, sex):
        """Agrees with R on quantiles and restricted mean."""
        rows = [r for r in reference("lung_input") if r["sex"] == sex]
        found = kaplan_meier(*columns(rows, "time", "event"))
        answer = next(
            r for r in reference("lung_km_quantiles_loglog") if r["strata"] == f"sex={sex}"
        )
        for percent in ("25", "50", "75"):
            expected = [float(answer[k]) for k in (percent, f"lo.{percent}", f"up.{percent}")]
            assert list(found.quantile(int(percent) / 100)) == expected
        mean = next(r for r in reference("lung_km_rmean365") if r["strata"] == f"sex={sex}")
        value, error = found.restricted_mean(365)
        assert value == pytest.approx(float(mean["rmean"]), abs=EXACT)
        assert error == pytest.approx(float(mean["se(rmean)"]), abs=EXACT)

    def test_takes_the_middle_where_the_curve_lies_on_the_level(self):
        """Takes the middle where the curve lies on the level."""
        assert kaplan_meier([1, 2, 3, 4], [1, 1, 1, 1]).median[0] == 2.5

    def test_knows_no_median_while_most_are_open(self):
        """Knows no median while most are open."""
        assert np.isnan(kaplan_meier([1, 2, 3], [1, 0, 0]).median[0])

    def test_is_one_minus_incidence_with_a_single_cause(self):
        """Is one minus incidence with a single cause."""
        exit, event, entry = [3, 5, 5, 8, 9], [1, 0, 1, 1, 0], [0, 1, 0, 4, 2]
        km, aj = kaplan_meier(exit, event, entry), cumulative_incidence(exit, event, entry)
        np.testing.assert_allclose(km.survival, 1 - aj.incidence[:, 0], atol=1e-12)
        # With delayed entry the two take other variances, as R does.
        km, aj = kaplan_meier(exit, event), cumulative_incidence(exit, event)
        np.testing.assert_allclose(km.se, aj.se[:, 0], atol=1e-12)

    def test_refuses_competing_causes_and_unknown_intervals(self):
        """Refuses competing causes and unknown intervals."""
        with pytest.raises(ValueError, match="one cause"):
            kaplan_meier([1], [2])
        with pytest.raises(ValueError, match="conf_type"):
            kaplan_meier([1, 2], [1, 0], conf_type="logit")
