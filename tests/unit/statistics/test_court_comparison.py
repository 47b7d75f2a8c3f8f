"""Courts compared: what must hold for every country, and how well failing courts are found."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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

    def test_what_lies_behind_the_cut_off_is_not_followed_to_the_horizon(self):
        """A day that was known, or began, after it is no contradiction."""
        late, behind = (
            compare_courts(self.court, None, self.time, self.event(), followup=np.full(300, days))
            for days in (0, -5)
        )
        assert behind.full_followup.tolist() == late.full_followup.tolist() == [0] * late.n.size
        np.testing.assert_array_equal(behind.ratio, late.ratio)

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
