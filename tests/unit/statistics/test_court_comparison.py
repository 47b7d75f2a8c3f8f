"""Courts compared: what must hold for every country, and how well failing courts are found."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logit, ndtri

from courtwatch.statistics import _case_mix, _censoring, _overdispersion
from courtwatch.statistics.court_comparison import compare_courts
from courtwatch.statistics.refusal import CannotAnswer
from courtwatch.statistics.survival import cumulative_incidence

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))
from simulated_countries import simulate  # type: ignore[import-not-found]

HORIZON = 730


def compared(country, **changes):
    """Compare the courts of an invented country."""
    columns = {
        "court": country.court,
        "covariates": country.covariates,
        "time": country.time,
        "event": country.event,
        "entry": country.entry,
        "followup": country.followup,
    } | changes
    return compare_courts(**columns)


def with_entry(wanted):
    """Return an invented country where some (or none) were first seen late."""
    countries = (simulate(seed, "small") for seed in range(20))
    return next(c for c in countries if (c.entry is not None) == wanted)


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


class TestSpread:
    """Natural variation is found, and failing courts move it little."""

    @pytest.mark.parametrize("tau", [0.0, 0.2, 0.5])
    def test_finds_what_it_was_given(self, tau):
        """Within a tenth on 2,000 courts, with and without one in ten shifted."""
        rng = np.random.default_rng(7)
        se = rng.uniform(0.05, 0.4, 2000)
        shift = 0.3 + tau * rng.normal(size=2000) + se * rng.normal(size=2000)
        clean = _overdispersion.estimate(shift, se)
        assert abs(np.sqrt(clean.tau2) - tau) < 0.07
        assert abs(clean.mu - 0.3) < 0.03
        bad = _overdispersion.estimate(shift + 1.2 * (rng.random(2000) < 0.1), se)
        assert abs(np.sqrt(bad.tau2) - tau) < 0.18
        assert abs(bad.mu - 0.3) < 0.1

    def test_hangs_on_no_last_bit(self):
        """Eleven courts whose centre jumped by a third of the odds with the 13th digit."""
        shift = np.array([-0.31166304, 0.47201706, -1.62913007, -0.73221818, -0.32138431,
                          0.86218691, 1.1499232, 0.42324026, -0.18714402, -0.48866173,
                          0.94793091])  # fmt: skip
        se = np.array([0.30868448, 0.32258962, 0.83019542, 0.65098066, 0.44752248, 0.36869289,
                       0.28951478, 0.54068156, 0.43949515, 0.57308218, 0.367055])  # fmt: skip
        rng = np.random.default_rng(3)
        one = _overdispersion.median_deviation(shift, se)
        for _ in range(30):
            moved = se * (1 + 1e-12 * rng.normal(size=11))
            other = _overdispersion.median_deviation(shift, moved)
            assert abs(other.mu - one.mu) < 1e-9
            assert abs(other.tau2 - one.tau2) < 1e-9

    def test_rescales_what_winsorising_takes(self):
        """The constant is the mean square of a normal winsorised at 10 % on either side."""
        edge = float(ndtri(0.9))
        density = np.exp(-(edge**2) / 2) / np.sqrt(2 * np.pi)
        exact = 0.8 - 2 * edge * density + 0.2 * edge**2
        assert abs(exact - _overdispersion._WINSORISED_SQUARE) < 1e-6


class TestShifts:
    """Firth's shift of a court is found however small the court is."""

    @pytest.mark.parametrize("ended", [0.0, 1.0])
    def test_of_one_prosecution_is_known_in_closed_form(self, ended):
        """Its score is 0 where the share is (y + 1/2) / 2, whatever was to be expected."""
        predictor = np.linspace(-5, 5, 41)
        one = np.ones(41)
        cells = _case_mix.Cells(
            court=np.arange(41), levels=np.zeros((1, 41), np.int64), categories=1,
            first=np.arange(41), weight=1.5 * one, square=2.25 * one,
        )  # fmt: skip
        found = _case_mix.shifts(cells, 1.5 * ended * one, predictor)
        np.testing.assert_allclose(found.shift, logit((ended + 0.5) / 2) - predictor, atol=1e-8)


class TestCompareCourts:
    """The comparison of courts."""

    @settings(max_examples=8, deadline=None)
    @given(st.integers(0, 40), st.integers(0, 999))
    def test_ignores_the_order_of_rows(self, seed, shuffle):
        """To the last bit."""
        country = simulate(seed, "small")
        order = np.random.default_rng(shuffle).permutation(country.court.size)
        one = compared(country)
        other = compare_courts(
            country.court[order], country.covariates[order], country.time[order],
            country.event[order], followup=country.followup[order],
            entry=None if country.entry is None else country.entry[order],
        )  # fmt: skip
        for name in ("n", "observed", "expected", "ratio", "lower", "upper", "shrunken", "p_value"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        np.testing.assert_array_equal(one.dismissal_flagged, other.dismissal_flagged)
        np.testing.assert_array_equal(one.unresolved_flagged, other.unresolved_flagged)

    @settings(max_examples=8, deadline=None)
    @given(st.integers(0, 40), st.integers(0, 999))
    def test_ignores_what_courts_and_categories_are_called(self, seed, shuffle):
        """Relabelling moves rows of the answer and nothing else."""
        country = simulate(seed, "small")
        one = compared(country)
        names = np.random.default_rng(shuffle).permutation(500)[:25]
        categories = np.random.default_rng(shuffle).permutation(100)[:10]
        other = compared(
            country, court=names[country.court], covariates=categories[country.covariates]
        )
        place = np.searchsorted(other.court, names[one.court])
        for name in ("observed", "expected", "ratio", "lower", "upper", "shrunken", "p_value"):
            np.testing.assert_allclose(
                getattr(other, name)[place], getattr(one, name), rtol=1e-7, atol=1e-9
            )
        np.testing.assert_array_equal(other.dismissal_flagged[place], one.dismissal_flagged)
        np.testing.assert_array_equal(other.unresolved_flagged[place], one.unresolved_flagged)
        np.testing.assert_array_equal(other.n[place], one.n)

    @pytest.mark.parametrize("seed", [45, 53, 106])
    def test_draws_the_same_funnel_whatever_categories_are_called(self, seed):
        """A weight of whole prosecutions stays whole, in whatever order it was added up."""
        country = simulate(seed, "small")
        one = compared(country)
        for shuffle in range(6):
            names = np.random.default_rng(shuffle).permutation(100)[:10]
            other = compared(country, covariates=names[country.covariates])
            for ours, theirs in (
                (one.funnel, other.funnel), (one.unresolved.funnel, other.unresolved.funnel)
            ):  # fmt: skip
                np.testing.assert_array_equal(ours.size, theirs.size)

    @pytest.mark.parametrize("late", [False, True])
    def test_expects_of_all_courts_what_they_have(self, late):
        """Observed and expected are of the same size; estimates are drawn to the centre."""
        found = compared(with_entry(late))
        for way in (found.dismissal, found.unresolved):
            assert 0.8 < way.observed.sum() / way.expected.sum() < 1.3
            drawn_in = np.abs(way.shrunken - way.centre) <= np.abs(way.shift - way.centre) + 1e-12
            assert drawn_in.all()
            assert np.all((way.lower < way.upper) & (way.lower >= 0))
            known = found.sufficient
            assert np.all((way.p_value[known] >= 0) & (way.p_value[known] <= 1))

    def test_flags_a_court_that_dismisses_most(self):
        """One court of 25 ends four in five without judgment."""
        country = simulate(3, "small", failing=0.0)
        event = country.event.copy()
        chosen = int(np.argmax(np.bincount(country.court)))
        ended = np.flatnonzero((country.court == chosen) & (event == 1))
        event[ended[: int(0.8 * ended.size)]] = 2
        found = compared(country, event=event)
        assert found.dismissal_flagged[found.court == chosen].all()
        assert found.ratio[found.court == chosen] > 1.5

    def test_does_not_blame_a_court_for_its_cases(self):
        """A court with only hard cases is expected to end as many without judgment."""
        rng = np.random.default_rng(5)
        court = np.repeat(np.arange(20), 400)
        hard = rng.random(8000) < np.where(court == 4, 0.95, 0.2)
        ends = np.where(rng.random(8000) < np.where(hard, 0.6, 0.15), 2, 1)
        followup = rng.integers(1, 2000, 8000)
        time = rng.integers(1, 700, 8000)
        event = np.where(time <= followup, ends, 0)
        time = np.minimum(time, followup)
        fair = compare_courts(court, hard[:, None].astype(int), time, event, followup=followup)
        raw = compare_courts(court, None, time, event, followup=followup)
        assert raw.dismissal_flagged[4]
        assert not fair.dismissal_flagged.any()
        # Everything ends within 700 days here, so that nobody can be unresolved at 730.
        assert not fair.unresolved_flagged.any()
        assert np.isnan(fair.unresolved.p_value).all()

    def test_does_not_blame_a_court_for_opening_late(self):
        """Early ends are seen, late ones not yet: its own risk sets undo that."""
        rng = np.random.default_rng(11)
        court = np.repeat(np.arange(20), 800)
        ends = np.where(rng.random(16000) < 0.3, 2, 1)
        time = np.where(ends == 2, rng.integers(1, 300, 16000), rng.integers(200, 1200, 16000))
        followup = np.where(court == 4, rng.integers(1, 800, 16000), rng.integers(1, 3000, 16000))
        event, time = np.where(time <= followup, ends, 0), np.minimum(time, followup)
        found = compare_courts(court, None, time, event, followup=followup)
        assert found.sufficient[4]
        assert not (found.dismissal_flagged | found.unresolved_flagged).any()
        own = cumulative_incidence(time[court == 4], event[court == 4]).at(HORIZON)[0][1]
        np.testing.assert_allclose(found.observed[4] / 800, own, atol=1e-9)
        assert 0.8 < found.ratio[4] < 1.2

    def test_pools_where_courts_were_followed_alike(self):
        """Then observed counts add up to the country's cumulative incidence."""
        rng = np.random.default_rng(12)
        court, followup = np.repeat(np.arange(10), 500), np.tile(np.arange(500) * 4 + 1, 10)
        ends, time = rng.choice([1, 2, 3], 5000, p=[0.6, 0.3, 0.1]), rng.integers(1, 1200, 5000)
        event, time = np.where(time <= followup, ends, 0), np.minimum(time, followup)
        found = compare_courts(court, None, time, event, followup=followup)
        incidence = cumulative_incidence(time, event)
        np.testing.assert_allclose(
            found.observed.sum() / 5000, incidence.at(HORIZON)[0][1], atol=1e-9
        )
        open_at = incidence.survival[incidence.time <= HORIZON][-1]
        np.testing.assert_allclose(found.unresolved.observed.sum() / 5000, open_at, atol=1e-9)

    def test_never_flags_a_court_with_insufficient_data(self):
        """Fewer than 30 followed to the horizon: an interval, no test, no flag."""
        for seed in range(12):
            found = compared(simulate(seed, "small"))
            few = ~found.sufficient
            assert not (found.dismissal_flagged | found.unresolved_flagged)[few].any()
            assert np.isnan(found.p_value[few]).all()
            assert ((found.full_followup < 30) | ~found.followed_through)[few].all()

    @pytest.mark.parametrize("known", [1, 4, 5])
    def test_flags_no_court_for_a_few_that_stand_in_for_many(self, known):
        """Where most were lost sight of, one prosecution stands in for twenty: that is no flag."""
        court, k = np.repeat(np.arange(40), 200), np.tile(np.arange(200), 40)
        waiting = k < 2 + court % 3
        time = np.where(waiting, 900, 60 + (k * 3) % 600)
        event = np.where(waiting, 0, np.where(k % 5 == 0, 2, 1))
        lost = (court == 7) & (time > 200)
        time, event = np.where(lost, 200, time), np.where(lost, 0, event)
        left = np.flatnonzero(court == 7)[:known]
        time[left], event[left] = 900, 0
        entry = np.where((court == 0) & (k == 5), 10, -1)
        followup = np.full(court.size, 1500)
        way = compare_courts(court, None, time, event, entry=entry, followup=followup).unresolved
        assert (way.behind[7], way.observed[7]) == (known, 20 * known)
        assert way.p_value[7] < 0.001
        assert (way.flagged[7], way.thin[7]) == (known >= 5, known < 5)

    def test_estimates_followup_that_is_not_given(self):
        """Within a fifth of what it is, over all courts."""
        country = with_entry(False)
        known, guessed = compared(country), compared(country, followup=None)
        ratio = guessed.full_followup.sum() / known.full_followup.sum()
        assert 0.6 < ratio <= 1.1  # open ones count until last verified, not until the cut-off
        assert guessed.full_followup.shape == known.full_followup.shape

    def test_lists_a_court_without_any_judgment(self):
        """Where at least five were expected; an empty list elsewhere."""
        country = simulate(3, "small", failing=0.0)
        assert not compared(country).without_judgment.any()
        chosen = int(np.argmax(np.bincount(country.court)))
        event = np.where((country.court == chosen) & (country.event == 1), 0, country.event)
        found = compared(country, event=event)
        np.testing.assert_array_equal(found.court[found.without_judgment], [chosen])

    def test_leaves_a_court_open_where_nothing_is_known(self):
        """A court whose prosecutions were all lost at once has no numbers and no flag."""
        country = simulate(3, "small", failing=0.0)
        lost = country.court == 0
        found = compared(
            country,
            time=np.where(lost, 1, country.time),
            event=np.where(lost, 0, country.event),
            entry=None,
        )
        assert np.isnan(found.ratio[0])
        assert not (found.dismissal_flagged | found.unresolved_flagged)[0]

    def test_draws_limits_around_the_centre(self):
        """Widened limits hold the plain ones' middle; both narrow with size."""
        funnel = compared(simulate(3, "small")).funnel
        assert funnel.limits.lower.shape == funnel.widened.lower.shape == (2, 25)
        assert np.all(funnel.widened.lower < funnel.centre)
        assert np.all(funnel.widened.upper > funnel.centre)
        biggest, smallest = np.argmax(funnel.size), np.argmin(funnel.size)
        width = funnel.limits.upper - funnel.limits.lower
        assert np.all(width[:, biggest] < width[:, smallest])


class TestRefusals:
    """What has no honest answer is refused with its reason."""

    court, time = np.repeat(np.arange(6), 50), np.tile(np.arange(50) * 30 + 1, 6)

    def event(self, value=1):
        """Every second open, the others ended in turns."""
        return np.where(np.arange(300) % 2, np.where(np.arange(300) % 4 == 1, 1, 2), 0) * value

    def test_refuses_where_no_open_case_is_known(self):
        """Shares of closed cases are not shares of cases."""
        with pytest.raises(CannotAnswer, match="no open prosecution is known"):
            compare_courts(self.court, None, self.time, np.maximum(self.event(), 1))

    def test_refuses_where_a_court_is_known_only_after_disposition(self):
        """As in Cook County."""
        court = np.where(self.event() == 0, -1, self.court)
        with pytest.raises(CannotAnswer, match="known only after disposition"):
            compare_courts(court, None, self.time, self.event())

    def test_leaves_out_and_counts_a_few_without_court(self):
        """When open and ended ones lack it alike."""
        court = np.where(np.arange(300) % 10 < 2, -1, self.court)
        assert compare_courts(court, None, self.time, self.event()).unknown_court == 60

    def test_refuses_two_courts(self):
        """They cannot tell how much courts differ."""
        with pytest.raises(CannotAnswer, match="at least 3"):
            compare_courts(self.court % 2, None, self.time, self.event())

    def test_refuses_where_nothing_was_ended_without_judgment(self):
        """All the same is nothing to compare."""
        with pytest.raises(CannotAnswer, match="nothing to compare"):
            compare_courts(self.court, None, self.time, np.minimum(self.event(), 1))

    def test_says_why_no_court_was_tested(self):
        """Few long enough followed."""
        followup = np.full(300, 100)
        found = compare_courts(self.court, None, self.time, self.event(), followup=followup)
        assert "only 0 courts" in str(found.not_tested)
        assert not found.sufficient.any()

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"time": np.full(300, -1)}, "not be negative"),
            ({"event": np.full(300, 4)}, "0, 1, 2 or 3"),
            ({"time": np.arange(299)}, "as long as"),
            ({"time": np.full(300, 1.5)}, "whole numbers"),
            ({"time": np.full(300, np.nan)}, "without gaps"),
            ({"entry": np.full(300, 5000)}, "come under observation"),
            ({"horizon": 0}, "horizon"),
            ({"covariates": np.zeros((2, 2))}, "one row"),
        ],
    )
    def test_refuses_malformed_columns(self, changes, message):
        """And says which."""
        columns = {
            "court": self.court,
            "covariates": None,
            "time": self.time,
            "event": self.event(),
        } | changes
        with pytest.raises(ValueError, match=message):
            compare_courts(**columns)


@pytest.mark.slow
class TestQuality:
    """How well failing courts are found, on a few countries; the benchmark takes 300."""

    def test_flags_are_nearly_always_right(self):
        """Precision at least .94 and a third of failing courts found, on 24 countries."""
        right = wrong = failing = 0
        for seed in range(24):
            country = simulate(1000 + seed)
            found = compared(country)
            truth = country.failing[found.court]
            right += int((found.dismissal_flagged & truth).sum())
            wrong += int((found.dismissal_flagged & ~truth).sum())
            failing += int(truth.sum())
        assert right / (right + wrong) >= 0.94
        assert right / failing >= 0.35
