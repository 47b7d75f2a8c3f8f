"""Courts that nobody watched for a while: what is known of them, and what is not."""

import numpy as np
import pytest

from courtwatch.statistics.court_comparison import compare_courts
from courtwatch.statistics.survival import cumulative_incidence

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
def test_who_was_followed_otherwise_changes_no_weight_of_others(odd):
    """Courts that are pooled have Aalen-Johansen's shares of their own prosecutions.

    Pooled with a young court, others would stand in for ends that it was too young to see; where
    every court was followed otherwise none is pooled.
    """
    court, time, event, followup = country()
    apart = court < (COURTS // 2 if odd == "every" else 1)
    fewer = followup % 300 + 1 if odd == "young" else 2000 + followup % 200
    followup = np.where(apart, fewer, followup % 600 + 300 if odd == "every" else followup)
    event, time = np.where(time > followup, 0, event), np.minimum(time, followup)
    found = compare_courts(court, None, time, event, followup=followup)
    rest = ~apart if odd != "every" else court == 0
    incidence = cumulative_incidence(time[rest], event[rest])
    place = np.isin(found.court, np.unique(court[rest]))
    assert found.dismissal.observed[place].sum() == pytest.approx(
        rest.sum() * incidence.at(HORIZON)[0][1], rel=1e-9
    )
    assert found.unresolved.observed[place].sum() == pytest.approx(
        rest.sum() * incidence.survival[incidence.time <= HORIZON][-1], rel=1e-9
    )


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
