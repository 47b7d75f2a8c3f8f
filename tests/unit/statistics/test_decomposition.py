"""A difference split into mix and rate; a court's excess split by reason."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courtwatch.statistics.court_comparison import compare_courts
from courtwatch.statistics.decomposition import (
    excess_by_reason,
    kitagawa,
    kitagawa_at_horizon,
)
from courtwatch.statistics.refusal import CannotAnswer
from courtwatch.statistics.survival import cumulative_incidence

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))
from simulated_countries import simulate  # type: ignore[import-not-found]

STRATA = st.lists(
    st.tuples(*[st.integers(0, 50)] * 4).map(lambda t: (t[0], t[0] + t[1], t[2], t[2] + t[3])),
    min_size=1,
    max_size=8,
)


class TestKitagawa:
    """The split of a difference."""

    def test_agrees_with_r(self, reference):
        """Admissions to Berkeley: the gap is mix, and turns round within departments."""
        rows = reference("ucb_kitagawa")
        columns = [
            [float(r[name]) for r in rows]
            for name in ("adm_male", "n_male", "adm_female", "n_female")
        ]
        found, answer = kitagawa(*columns), reference("ucb_kitagawa_summary")[0]
        for name, value in (
            ("rate_male", found.rate_1), ("rate_female", found.rate_2),
            ("difference", found.difference), ("mix", found.mix), ("rate", found.rate),
        ):  # fmt: skip
            np.testing.assert_allclose(value, float(answer[name]), atol=1e-9)
        for name, values in (
            ("mix_component", found.mix_by_stratum), ("rate_component", found.rate_by_stratum),
        ):  # fmt: skip
            np.testing.assert_allclose(values, [float(r[name]) for r in rows], atol=1e-9)

    @settings(deadline=None)
    @given(STRATA)
    def test_adds_up(self, strata):
        """Mix and rate are the difference, whatever strata are empty; turned round, its minus."""
        x1, n1, x2, n2 = np.array(strata).T
        if min(n1.sum(), n2.sum()) == 0:
            with pytest.raises(CannotAnswer, match="empty"):
                kitagawa(x1, n1, x2, n2)
            return
        found, turned = kitagawa(x1, n1, x2, n2), kitagawa(x2, n2, x1, n1)
        np.testing.assert_allclose(found.mix + found.rate, found.difference, atol=1e-12)
        np.testing.assert_allclose([turned.mix, turned.rate], [-found.mix, -found.rate], atol=1e-12)

    @settings(deadline=None)
    @given(STRATA)
    def test_errors_do_not_depend_on_which_group_is_first(self, strata):
        """Nor on the order of strata; a stratum with somebody is never certain of its rate."""
        x1, n1, x2, n2 = np.array(strata).T
        if min(n1.sum(), n2.sum()) == 0:
            return
        found, turned = kitagawa(x1, n1, x2, n2), kitagawa(x2, n2, x1, n1)
        order = np.random.default_rng(len(strata)).permutation(len(strata))
        mixed = kitagawa(*(column[order] for column in (x1, n1, x2, n2)))
        np.testing.assert_allclose(turned.se, found.se, atol=1e-12)
        np.testing.assert_allclose(mixed.se, found.se, atol=1e-12)
        np.testing.assert_allclose(mixed.se_by_stratum, found.se_by_stratum[:, order], atol=1e-12)
        assert np.all(found.se_by_stratum[1][(n1 > 0) & (n2 > 0)] > 0)
        # Where a group has nobody of a kind there is no rate of its own to be off.
        lonely = (n1 == 0) != (n2 == 0)
        np.testing.assert_allclose(found.rate_by_stratum[lonely], 0)

    def test_the_error_of_both_together_is_that_of_two_shares(self):
        """With many in each kind, what the parts add up to spreads as two simple rates do."""
        x1, n1, x2, n2 = [900, 500], [3000, 5000], [800, 900], [4000, 2500]
        found = kitagawa(x1, n1, x2, n2)
        p, q = 1400 / 8000, 1700 / 6500
        usual = np.sqrt(p * (1 - p) / 8000 + q * (1 - q) / 6500)
        assert found.se[2] == pytest.approx(usual, rel=1e-3)

    @pytest.mark.parametrize("size", [60, 400])
    def test_intervals_hold_the_truth_about_as_often_as_they_say(self, size):
        """Over 1,500 pairs of groups, 95 % of the intervals of each part hold what it estimates."""
        rng = np.random.default_rng(size)
        shares = np.array([[0.5, 0.3, 0.2], [0.2, 0.3, 0.5]])
        rates = np.array([[0.1, 0.3, 0.5], [0.15, 0.3, 0.4]])
        truth = np.array([
            ((shares[0] - shares[1]) * rates.mean(axis=0)).sum(),
            ((rates[0] - rates[1]) * shares.mean(axis=0)).sum(),
        ])  # fmt: skip
        hits = np.zeros(2)
        for _ in range(1500):
            n1, n2 = (rng.multinomial(size, mix) for mix in shares)
            found = kitagawa(rng.binomial(n1, rates[0]), n1, rng.binomial(n2, rates[1]), n2)
            hits += np.abs([found.mix, found.rate] - truth) < 1.96 * found.se[:2]
        assert np.all((hits / 1500 > 0.92) & (hits / 1500 < 0.98)), hits / 1500

    def test_what_totals_are_worth_moves_the_errors_alone(self):
        """Half as many of equal weight: errors are larger by about the root of two."""
        counts = [900, 500], [3000, 5000], [800, 900], [4000, 2500]
        whole = kitagawa(*counts)
        half = kitagawa(*counts, effective=np.array([[3000, 5000], [4000, 2500]]) / 2)
        assert (half.mix, half.rate) == (whole.mix, whole.rate)
        np.testing.assert_allclose(half.se, whole.se * np.sqrt(2), rtol=1e-3)
        with pytest.raises(ValueError, match="effective"):
            kitagawa(*counts, effective=[[1, 0], [1, 1]])

    def test_refuses_malformed_counts(self):
        """And says what is allowed."""
        with pytest.raises(ValueError, match="between 0 and its total"):
            kitagawa([5], [4], [1], [2])
        with pytest.raises(ValueError, match="same length"):
            kitagawa([5], [6, 7], [1], [2])


def followed(seed, late):
    """Return columns of two groups in four strata, some censored, some seen late."""
    rng = np.random.default_rng(seed)
    n = 600
    group, stratum = rng.integers(0, 2, n), rng.integers(0, 4, n)
    time = rng.integers(1, 1200, n)
    event = rng.choice(4, n, p=(0.3, 0.3, 0.3, 0.1))
    entry = np.where(rng.random(n) < 0.3, rng.integers(0, time), -1) if late else None
    return group, stratum, time, event, entry


class TestKitagawaAtHorizon:
    @pytest.mark.parametrize("late", [False, True])
    @pytest.mark.parametrize("seed", range(3))
    def test_its_rates_are_aalen_johansens(self, seed, late):
        """Each group's rate is its incidence at the horizon, with open ones censored."""
        group, stratum, time, event, entry = followed(seed, late)
        found = kitagawa_at_horizon(group, stratum, time, event, 2, 400, entry)
        for place, rate in enumerate((found.split.rate_1, found.split.rate_2)):
            mine = group == place
            curve = cumulative_incidence(time[mine], event[mine], None if entry is None
                                         else entry[mine].astype(float))  # fmt: skip
            assert rate == pytest.approx(curve.at(400)[0][1], abs=1e-9)
        split = found.split
        assert split.mix + split.rate == pytest.approx(split.difference, abs=1e-12)
        assert found.shares.sum(axis=1) == pytest.approx([1, 1])

    def test_without_censoring_it_is_the_split_of_counts(self):
        """Everybody followed: plain Kitagawa of who came to it in time."""
        group, stratum, time, event, _entry = followed(7, False)
        event = np.maximum(event, 1)
        found = kitagawa_at_horizon(group, stratum, time, event, 2, 400)
        came = (event == 2) & (time <= 400)
        counts = [np.bincount(stratum[(group == g) & each], minlength=4)
                  for g in (0, 1) for each in (came, np.ones_like(came))]  # fmt: skip
        plain = kitagawa(*counts)
        assert found.split.mix == pytest.approx(plain.mix, abs=1e-12)
        assert found.split.rate_by_stratum == pytest.approx(plain.rate_by_stratum, abs=1e-12)

    @pytest.mark.parametrize("seed", range(5))
    def test_the_order_of_rows_does_not_matter(self, seed):
        """Shuffled rows give the same split to the last digit: reports promise the same bytes."""
        columns = followed(seed, True)
        order = np.random.default_rng(0).permutation(columns[0].size)

        def numbers(group, stratum, time, event, entry):
            found = kitagawa_at_horizon(group, stratum, time, event, 2, 400, entry)
            each = (found.rates, found.shares, found.known, found.effective, found.split.se)
            by_stratum = (found.split.mix_by_stratum, found.split.rate_by_stratum)
            return [values.tolist() for values in (*each, *by_stratum)]

        assert numbers(*columns) == numbers(*(column[order] for column in columns))

    def test_a_group_that_nobody_followed_so_long_has_no_answer(self):
        """A weight that stands for more than twenty others is refused."""
        group = np.repeat([0, 1], 100)
        time = np.concatenate([np.full(100, 900), np.full(99, 10), [900]])
        event = np.zeros(200, int)
        with pytest.raises(CannotAnswer, match="too few"):
            kitagawa_at_horizon(group, np.zeros(200, int), time, event, 2, 400)

    def test_a_group_whose_last_was_seen_before_the_horizon_has_no_answer(self):
        """Half ended by day 100, when the others were last seen: by day 400 it may be any share."""
        group, time = np.repeat([0, 1], 100), np.concatenate([np.full(100, 900), np.full(100, 100)])
        event = np.arange(200) % 2 * 2
        with pytest.raises(CannotAnswer, match="nobody"):
            kitagawa_at_horizon(group, np.zeros(200, int), time, event, 2, 400)
        event[100:] = 2  # where all have ended, nobody is left to be followed
        found = kitagawa_at_horizon(group, np.zeros(200, int), time, event, 2, 400)
        assert found.split.rate_2 == 1

    def test_codes_of_strata_may_be_any(self):
        """Only those that occur take room: a code of 10**12 ended in a MemoryError."""
        group, stratum, time, event, _entry = followed(7, False)
        plain = kitagawa_at_horizon(group, stratum, time, event, 2, 400)
        codes = np.array([-(10**12), 7, 10**6, 10**12])
        found = kitagawa_at_horizon(group, codes[stratum], time, event, 2, 400)
        assert found.stratum.tolist() == codes.tolist()
        np.testing.assert_array_equal(found.rates, plain.rates)
        np.testing.assert_array_equal(found.split.mix_by_stratum, plain.split.mix_by_stratum)

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"time": [5, -1]}, "negative"),
            ({"time": [5, np.nan]}, "time"),
            ({"event": [2, np.nan]}, "event"),
            ({"stratum": [0, np.nan]}, "stratum"),
            ({"cause": 0}, "cause"),
            ({"horizon": 0}, "horizon"),
            ({"entry": [1, 9]}, "come under observation"),
            ({"group": [0, 2]}, "groups"),
        ],
    )
    def test_refuses_malformed_columns(self, changes, message):
        """And says which."""
        columns = {"group": [0, 1], "stratum": [0, 0], "time": [5, 9], "event": [2, 1], "cause": 2}
        with pytest.raises(ValueError, match=message):
            kitagawa_at_horizon(**columns | changes)


class TestExcessByReason:
    """The Pareto of the excess."""

    @pytest.fixture
    def country(self):
        """Return a country whose first court dismisses twice as often, always for reason 7."""
        country = simulate(3, "small", failing=0.0)
        rng = np.random.default_rng(1)
        reason = np.where(country.event == 2, rng.integers(1, 5, country.event.size), -1)
        event = country.event.copy()
        ended = np.flatnonzero((country.court == 0) & (event == 1))
        event[ended[: ended.size // 2]] = 2
        reason[ended[: ended.size // 2]] = 7
        return country, event, reason

    def found(self, country, order=slice(None)):
        """Return the excess of court 0."""
        c, event, reason = country
        return excess_by_reason(
            c.court[order], c.covariates[order], c.time[order], event[order], reason[order], 0,
            entry=None if c.entry is None else c.entry[order], followup=c.followup[order],
        )  # fmt: skip

    def test_finds_the_reason(self, country):
        """Reason 7 leads and makes up most of what lies above expectation."""
        found = self.found(country)
        assert found.reason[0] == 7
        assert found.cumulative[0] > 0.6
        assert np.all(np.diff(found.excess) <= 0)

    def test_adds_up_to_what_the_comparison_shows(self, country):
        """Observed and expected by reason are those of the court."""
        c, event, _ = country
        found = self.found(country)
        whole = compare_courts(
            c.court, c.covariates, c.time, event, entry=c.entry, followup=c.followup
        )
        np.testing.assert_allclose(found.observed.sum(), whole.observed[0], rtol=1e-9)
        np.testing.assert_allclose(found.expected.sum(), whole.expected[0], rtol=1e-9)

    def test_ignores_the_order_of_rows(self, country):
        """The same from shuffled rows."""
        order = np.random.default_rng(2).permutation(country[1].size)
        one, other = self.found(country), self.found(country, order)
        np.testing.assert_array_equal(one.reason, other.reason)
        np.testing.assert_allclose(one.excess, other.excess, rtol=1e-9)

    def test_refuses_an_unknown_court(self, country):
        """And reasons of another length."""
        c, event, reason = country
        with pytest.raises(CannotAnswer, match="nothing is known"):
            excess_by_reason(c.court, None, c.time, event, reason, 99)
        with pytest.raises(ValueError, match="as long as"):
            excess_by_reason(c.court, None, c.time, event, reason[1:], 0)
