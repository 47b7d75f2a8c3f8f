"""How clocks stand at a moment: kinds of limits, days over them, time zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.limit_days import end_of, start_of
from workflows.limit_state import (
    Interval,
    LimitKind,
    Over,
    Status,
    days_over,
    kind_of,
    status,
    surely_over,
    whole_days,
)
from workflows.procedure import load
from workflows.time_limits import Act, Clock, Why, clocks

PHNOM_PENH = ZoneInfo("Asia/Phnom_Penh")
CHICAGO = ZoneInfo("America/Chicago")
ZONES = st.sampled_from([PHNOM_PENH, CHICAGO])
LAW = load("cambodia")
ILLINOIS = load("illinois_felony")
DAYS = st.dates(date(2000, 1, 1), date(2030, 12, 31))
ARRESTED = ("arrest", "take_into_custody")
BASE = datetime(2026, 1, 1, tzinfo=UTC)


def kinds(law, kind):
    return {limit.name for limit in law.time_limits if kind_of(law, limit) is kind}


def detained(*acts, zone=PHNOM_PENH, law=LAW):
    """The clocks of an adult in a felony case, of limits of detention alone."""
    found = clocks(law, acts, "felony", "adult", zone)
    return [c for c in found if kind_of(law, law.time_limit(c.limit)) is LimitKind.DETENTION]


class TestKinds:
    """What a limit limits follows from the procedure, with no word more in its file."""

    def test_detention_is_what_release_stops(self):
        found = kinds(LAW, LimitKind.DETENTION)
        assert {"police_custody", "police_custody_extension", "detention_after_closing"} <= found
        assert all(name.startswith(("police_custody", "detention_")) for name in found)
        ceilings = [limit.name for limit in LAW.time_limits if limit.name.startswith("detention_")]
        assert set(ceilings) <= found

    def test_a_deadline_for_an_act_in_detention_is_no_limit_of_detention(self):
        """The prosecutor's fifteen days run only in detention; release does not stop them."""
        assert "final_submission_detained" in kinds(LAW, LimitKind.ACT)
        assert "speedy_trial_in_custody" in kinds(ILLINOIS, LimitKind.ACT)

    def test_rights_lapse(self):
        assert kinds(LAW, LimitKind.RIGHT) == {x.name for x in LAW.time_limits if x.lapses}


class TestDaysOver:
    def test_two_limits_of_one_person_are_counted_once(self):
        """Six months and the ceiling of eighteen: the later one lies within the earlier."""
        found = detained(Act(1, "detain", date(2024, 1, 10)))
        assert len(found) == 2
        now = end_of(date(2025, 8, 10), PHNOM_PENH)
        alone = (date(2025, 8, 10) - date(2024, 7, 10)).days
        assert days_over(found, now, PHNOM_PENH) == Over(alone, alone)

    def test_days_from_the_first_day_too_late_to_the_day_before_release(self):
        """Due with 10 July, released on the 13th: the 11th and 12th for sure, at most the 13th."""
        found = detained(
            Act(1, "detain", date(2024, 1, 10), sequence=1),
            Act(2, "release", date(2024, 7, 13), sequence=2),
        )
        now = datetime(2026, 1, 1, tzinfo=UTC)
        assert days_over(found, now, PHNOM_PENH) == Over(2, 3)

    def test_a_late_extension_leaves_the_days_before_it(self):
        found = detained(
            Act(1, "detain", date(2024, 1, 10), sequence=1),
            Act(2, "extend_detention", date(2024, 7, 20), sequence=2),
        )
        now = end_of(date(2024, 12, 31), PHNOM_PENH)
        assert days_over(found, now, PHNOM_PENH) == Over(9, 10)

    def test_in_time_or_unknown_is_no_day(self):
        now = datetime(2030, 1, 1, tzinfo=UTC)
        released = detained(
            Act(1, "detain", date(2024, 1, 10), sequence=1),
            Act(2, "release", date(2024, 7, 10), sequence=2),
        )
        unknown = detained(Act(1, "place_in_police_custody", date(2024, 1, 10)))
        assert [clock.unknown for clock in unknown] == [Why.HOUR_MISSING]
        for found in (released, unknown):
            assert days_over(found, now, PHNOM_PENH) == Over(0, 0)

    def test_release_on_a_day_that_nobody_knows(self):
        """Nothing is certain; at most it lasts until now."""
        found = detained(
            Act(1, "detain", date(2024, 1, 10), sequence=1), Act(2, "release", None, sequence=2)
        )
        now = end_of(date(2024, 7, 20), PHNOM_PENH)
        assert {status(clock, now) for clock in found} == {Status.UNKNOWN}
        assert days_over(found, now, PHNOM_PENH) == Over(0, 10)

    @given(
        st.lists(st.tuples(st.integers(0, 400), st.integers(1, 400)), max_size=8),
        ZONES,
    )
    def test_whole_days_of_a_union_agree_with_counting_hours(self, given, zone):
        """Against a walk over every hour; the months of summer time are left out of it."""
        found = [
            Interval(BASE + timedelta(hours=start), BASE + timedelta(hours=start + length))
            for start, length in given
        ]
        held = {hour for start, length in given for hour in range(start, start + length)}
        days = run = 0
        for hour in range(900):
            run = run + 1 if hour in held else 0
            days += run > 0 and run % 24 == 0
        assert whole_days(found, zone) == days

    @given(DAYS, st.integers(0, 400), DAYS, st.integers(0, 400))
    def test_at_least_is_never_more_than_at_most_and_only_grows(self, start, vague, now, later):
        (clock, *_) = detained(Act(1, "detain", start, start + timedelta(days=vague % 60)))
        first, then = (
            days_over([clock], end_of(day, PHNOM_PENH), PHNOM_PENH)
            for day in (now, now + timedelta(days=later))
        )
        assert 0 <= first.least <= first.most
        assert first.least <= then.least
        assert first.most <= then.most
        over = surely_over(clock, end_of(now, PHNOM_PENH))
        assert (over is not None) == (status(clock, end_of(now, PHNOM_PENH)) is Status.OVERDUE)


class TestTimeZones:
    """Days are those of the courts; hours are real hours."""

    @given(DAYS, ZONES)
    def test_a_day_begins_and_ends_at_midnight_there(self, day, zone):
        for moment, named in (
            (start_of(day, zone), day),
            (end_of(day, zone), day + timedelta(days=1)),
        ):
            local = moment.astimezone(zone)
            assert (local.date(), local.time()) == (named, time())

    @given(DAYS)
    def test_every_day_of_phnom_penh_has_24_hours(self, day):
        assert end_of(day, PHNOM_PENH) - start_of(day, PHNOM_PENH) == timedelta(hours=24)

    @pytest.mark.parametrize(
        ("day", "hours"), [(date(2025, 3, 9), 23), (date(2025, 11, 2), 25), (date(2025, 6, 1), 24)]
    )
    def test_days_of_chicago_have_what_summer_time_leaves(self, day, hours):
        assert end_of(day, CHICAGO) - start_of(day, CHICAGO) == timedelta(hours=hours)

    def test_a_period_across_summer_time_ends_with_its_last_day(self):
        """30 days from 20 February 2025, in winter, end with 22 March, in summer time."""
        (clock,) = (
            c
            for c in clocks(
                ILLINOIS,
                [Act(n, step, date(2025, 2, 20)) for n, step in enumerate(ARRESTED)],
                None,
                None,
                CHICAGO,
            )
            if c.limit == "preliminary_hearing_in_custody"
        )
        assert clock.started_at == datetime(2025, 2, 20, 6, tzinfo=UTC)
        assert clock.due_at == datetime(2025, 3, 23, 5, tzinfo=UTC)
        assert status(clock, datetime(2025, 3, 23, 4, 59, tzinfo=UTC)) is Status.RUNNING
        assert status(clock, datetime(2025, 3, 23, 5, 0, tzinfo=UTC)) is Status.OVERDUE

    @pytest.mark.parametrize(
        ("placed", "due"),
        [(date(2025, 3, 8), "2025-03-10 13:00"), (date(2025, 11, 1), "2025-11-03 11:00")],
    )
    def test_hours_are_real_hours_over_a_change_of_the_clock(self, placed, due):
        """48 hours from noon: an hour later by the clock in spring, an hour earlier in autumn."""
        act = Act(1, "place_in_police_custody", placed, at=time(12))
        clock = next(c for c in detained(act, zone=CHICAGO) if c.limit == "police_custody")
        assert f"{clock.due_at.astimezone(CHICAGO):%Y-%m-%d %H:%M}" == due

    @pytest.mark.parametrize("zone", [PHNOM_PENH, CHICAGO])
    def test_whole_days_over_a_change_of_the_clock(self, zone):
        """Midnight to midnight of a day of 23 hours is a day, of 25 one and not more."""
        for day in (date(2025, 3, 9), date(2025, 11, 2)):
            assert whole_days([Interval(start_of(day, zone), end_of(day, zone))], zone) == 1

    def test_a_vague_day_is_unknown_between_its_bounds_in_that_zone(self):
        clock = Clock(
            "detention_felony", 1, BASE,
            end_of(date(2025, 3, 1), CHICAGO), end_of(date(2025, 3, 31), CHICAGO),
        )  # fmt: skip
        assert status(clock, end_of(date(2025, 3, 30), CHICAGO)) is Status.UNKNOWN
        assert status(clock, end_of(date(2025, 3, 31), CHICAGO)) is Status.OVERDUE
