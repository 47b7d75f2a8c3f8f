"""Courts that nobody watched for a while: what is known of them, and what is not."""

import numpy as np
import pytest

from courtwatch.statistics import _censoring, _comparison_rows
from courtwatch.statistics.court_comparison import compare_courts

HORIZON = 730
COURTS, EACH = 12, 400


def country(seed=1):
    """Return court, time, event and followup of courts that are all alike."""
    rng = np.random.default_rng(seed)
    court = np.repeat(np.arange(COURTS), EACH)
    followup = rng.integers(1, 2200, court.size)
    ends = np.where(rng.random(court.size) < 0.25, 2, 1)
    days = np.ceil(rng.lognormal(5.6, 0.8, court.size)).astype(int)
    event, time = np.where(days <= followup, ends, 0), np.minimum(days, followup)
    return court, time, event, followup


class TestLateCourts:
    """Everybody of court 0 is first seen 200 days on."""

    @pytest.fixture(params=range(4))
    def found(self, request):
        """Compare, for each of some countries."""
        court, time, event, followup = country(request.param)
        entry = np.where(court == 0, 200, -1)
        seen = entry < time
        court, time, event, followup, entry = (
            column[seen] for column in (court, time, event, followup, entry)
        )
        found = compare_courts(court, None, time, event, entry=entry, followup=followup)
        ended = (event > 0) & (time <= 200) & (court > 0)
        return found, ended.sum() / (court > 0).sum()

    def test_have_an_unseen_share(self, found):
        """What the country ends by then; nowhere else is anything unseen."""
        found, ended = found
        assert found.unseen[0] == pytest.approx(ended, abs=0.1)
        assert found.unseen[0] > 0.2
        assert not found.unseen[1:].any()

    def test_are_never_tested(self, found):
        """Who ended early was never seen: as unresolved it would look 1.7 times as bad."""
        found, _ = found
        assert found.unresolved.ratio[0] > 1.3
        assert found.full_followup[0] > 30
        assert not found.followed_through[0]
        assert not found.sufficient[0]
        assert np.isnan(found.unresolved.p_value[0])
        assert found.followed_through[1:].all()
        assert found.sufficient[1:].all()

    def test_are_tested_where_hardly_anybody_ends_unseen(self):
        """First seen after ten days, the court is like any other."""
        court, time, event, followup = country()
        entry = np.where(court == 0, 10, -1)
        seen = entry < time
        found = compare_courts(
            court[seen], None, time[seen], event[seen], entry=entry[seen], followup=followup[seen]
        )
        assert found.followed_through.all()
        assert found.sufficient.all()


@pytest.mark.parametrize("late", [False, True])
def test_of_a_young_court_the_open_are_unseen(late):
    """Nobody there was followed to the horizon: those open then have nobody to stand in."""
    court, time, event, followup = country()
    young = court == 0
    followup = np.where(young, followup % 365 + 1, followup)
    event, time = np.where(young & (time > followup), 0, event), np.minimum(time, followup)
    entry = np.where((court == 1) & (time > 5), 5, -1) if late else None
    found = compare_courts(court, None, time, event, entry=entry, followup=followup)
    assert found.unseen[0] == pytest.approx(0.35, abs=0.15)
    assert not found.followed_through[0]
    assert not found.sufficient[0]
    assert found.followed_through[1:].all()


@pytest.mark.parametrize("odd", ["young", "old", "every"])
def test_who_is_weighted_alike_stands_in_for_one_another_alone(odd):
    """The weights of courts that are pooled add up to their own number, as those of each other do.

    Pooled with a young court, others would stand in for ends that it was too young to see; where
    every court was followed otherwise than the mean, none is pooled.
    """
    court, time, event, followup = country()
    apart = court < (COURTS // 2 if odd == "every" else 1)
    fewer = followup % 300 + 1 if odd == "young" else 2000 + followup % 200
    followup = np.where(apart, fewer, followup % 600 + 300 if odd == "every" else followup)
    event, time = np.where(time > followup, 0, event), np.minimum(time, followup)
    rows = _comparison_rows.checked(court, None, time, event, None, followup)
    table = _comparison_rows.weight_table(rows, COURTS, HORIZON)
    weight = _comparison_rows.weights(rows, table, HORIZON)
    _, alike = np.unique(table.ending, axis=0, return_inverse=True)
    seen = EACH * (1 - table.unseen)
    np.testing.assert_allclose(
        np.bincount(alike[rows.court], weights=weight), np.bincount(alike, weights=seen), rtol=1e-9
    )
    assert np.bincount(alike).max() >= (1 if odd == "every" else COURTS - 3)


def test_a_court_that_loses_sight_of_the_open_does_not_look_swift():
    """Seven in ten of one court are lost after 250 days or so: who is left is no sample of it.

    By the others' weights its unresolved would be six of ten of what they are.
    """
    rng, ratios = np.random.default_rng(5), []
    for seed in range(8):
        court, time, event, followup = country(seed)
        lost = np.ceil(rng.exponential(250, court.size)).astype(int)
        gone = (court == 0) & (rng.random(court.size) < 0.7) & (lost < time)
        event, time = np.where(gone, 0, event), np.where(gone, lost, time)
        found = compare_courts(court, None, time, event, followup=followup)
        ratios.append((found.dismissal.ratio[0], found.unresolved.ratio[0]))
    dismissed, unresolved = np.mean(ratios, axis=0)
    assert dismissed == pytest.approx(1, abs=0.08)
    assert unresolved == pytest.approx(1, abs=0.2)


@pytest.mark.parametrize("late", [False, True])
def test_intervals_hold_the_ratio(late):
    """Also where nobody, or everybody, of a court ended without judgment."""
    court, time, event, followup = country()
    event = np.where((court == 0) & (event == 2), 1, event)
    event = np.where((court == 1) & (event > 0), 2, event)
    few = (court > 2) | (np.arange(court.size) % EACH < 40)
    entry = np.where((court == 5) & (time > 5), 5, -1)[few] if late else None
    found = compare_courts(
        court[few], None, time[few], event[few], entry=entry, followup=followup[few]
    )
    assert found.ratio[0] == 0
    for way in (found.dismissal, found.unresolved):
        assert (way.lower <= way.ratio).all()
        assert (way.ratio <= way.upper).all()


def test_few_courts_seem_followed_otherwise_by_chance():
    """Ends hide how long somebody would have been followed: the error knows how many were left."""
    apart = []
    for seed in range(20):
        few = np.arange(COURTS * EACH) % EACH < 60
        court, time, event = (column[few] for column in country(seed)[:3])
        apart.append(_censoring.followed_otherwise(court, COURTS, time, event, HORIZON))
    assert np.mean(apart) < 0.05
