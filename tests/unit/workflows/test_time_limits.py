"""What is due and when: known answers, and what holds for every history."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.elements import Unit
from workflows.limit_days import add_months, due_day, end_of
from workflows.limit_state import Status, status
from workflows.procedure import load
from workflows.time_limits import Act, Clock, End, Why, clocks

ZONE = ZoneInfo("Asia/Phnom_Penh")
LAW = load("cambodia")


def found(acts, offence_class="felony", age_band="adult"):
    """The clocks, by limit."""
    by_name: dict[str, list[Clock]] = {}
    for clock in clocks(LAW, acts, offence_class, age_band, ZONE):
        by_name.setdefault(clock.limit, []).append(clock)
    return by_name


def acts(*given):
    """Acts from pairs of step and day, in this order."""
    return [
        Act(number, step, date.fromisoformat(day) if day else None, sequence=number)
        for number, (step, day, *_) in enumerate(given, 1)
    ]


def last_day(clock):
    """The last day that is in time."""
    return (clock.due_at.astimezone(ZONE) - timedelta(seconds=1)).date().isoformat()


class TestKnownAnswers:
    def test_adult_felony_extended_twice_reaches_the_ceiling(self):
        """Six months from 31 January end on 31 July; the law's 18 months end the same day."""
        by_name = found(
            acts(
                ("detain", "2025-01-31"),
                ("extend_detention", "2025-07-30"),
                ("extend_detention", "2026-01-30"),
            )
        )
        (first,) = by_name["detention_felony"]
        second, third = by_name["detention_felony_extension"]
        (ceiling,) = by_name["detention_felony_ceiling"]
        assert [last_day(c) for c in (first, second, third, ceiling)] == [
            "2025-07-31",
            "2026-01-31",
            "2026-07-31",
            "2026-07-31",
        ]
        assert (first.ended, second.ended, third.ended) == (End.EXTENDED, End.EXTENDED, None)
        assert status(first, datetime(2027, 1, 1, tzinfo=UTC)) is Status.IN_TIME
        assert status(ceiling, end_of(date(2026, 7, 31), ZONE)) is Status.OVERDUE
        assert status(ceiling, end_of(date(2026, 7, 30), ZONE)) is Status.RUNNING

    def test_minor_misdemeanour_has_one_ceiling(self):
        by_name = found(acts(("detain", "2025-10-31")), "misdemeanour", "16_17")
        assert list(by_name) == ["detention_misdemeanour_16_17"]
        assert last_day(by_name["detention_misdemeanour_16_17"][0]) == "2026-02-28"

    def test_police_custody_and_extension_across_midnight(self):
        """48 hours from 23:30 end at 23:30 two days later, 24 more one day after that."""
        placed = Act(1, "place_in_police_custody", date(2025, 3, 1), at=time(23, 30))
        extended = Act(2, "extend_police_custody", date(2025, 3, 3), at=time(20, 0))
        released = Act(3, "release_from_police_custody", date(2025, 3, 5), at=time(0, 10))
        by_name = found([placed, extended, released])
        (base,) = by_name["police_custody"]
        (longer,) = by_name["police_custody_extension"]
        assert base.due_at == datetime(2025, 3, 3, 23, 30, tzinfo=ZONE)
        assert longer.due_at == datetime(2025, 3, 4, 23, 30, tzinfo=ZONE)
        now = datetime(2025, 6, 1, tzinfo=UTC)
        assert (status(base, now), status(longer, now)) == (Status.IN_TIME, Status.LATE)

    def test_hours_without_an_hour_are_unknown(self):
        (clock,) = found(acts(("place_in_police_custody", "2025-03-01")))["police_custody"]
        assert clock.unknown is Why.HOUR_MISSING

    def test_opposition_counts_from_the_notification(self):
        by_name = found(
            acts(
                ("convict_in_default", "2025-01-10"),
                ("notify_default_judgment", "2025-05-20"),
            )
        )
        (clock,) = by_name["opposition_period"]
        assert last_day(clock) == "2025-06-04"
        late = datetime(2025, 7, 1, tzinfo=UTC)
        assert status(clock, late, lapses=LAW.time_limit(clock.limit).lapses) is Status.LAPSED

    def test_immediate_appearance_two_weeks(self):
        by_name = found(acts(("order_immediate_appearance", "2025-04-01")), "misdemeanour")
        assert last_day(by_name["immediate_judgment"][0]) == "2025-04-15"

    def test_judgment_in_default_and_flight_stop_detention(self):
        for step in ("convict_in_default", "suspend", "dismiss", "release"):
            by_name = found(acts(("detain", "2025-01-01"), (step, "2025-02-01")))
            assert by_name["detention_felony_ceiling"][0].ended is not None, step

    def test_limitation_starts_again_with_every_act(self):
        by_name = found(acts(("arrest", "2010-01-01"), ("refer_to_prosecutor", "2012-02-29")))
        (clock,) = by_name["limitation_felony"]
        assert last_day(clock) == "2027-02-28"
        (ended,) = found(acts(("arrest", "2010-01-01"), ("convict", "2012-01-01")))[
            "limitation_felony"
        ]
        assert ended.ended is End.SATISFIED

    def test_final_submission_follows_custody(self):
        """Fifteen days while detained; a month from the same day once released."""
        by_name = found(
            acts(
                ("detain", "2025-01-01"),
                ("close_investigation", "2025-03-01"),
                ("release", "2025-03-05"),
            )
        )
        (detained,) = by_name["final_submission_detained"]
        (free,) = by_name["final_submission"]
        assert (last_day(detained), detained.ended) == ("2025-03-16", End.CUSTODY)
        assert (last_day(free), free.ended) == ("2025-04-01", None)

    def test_custody_that_nobody_recorded_is_unknown(self):
        by_name = found(acts(("close_investigation", "2025-03-01")))
        assert [c.unknown for c in by_name["final_submission_detained"]] == [Why.CUSTODY_UNKNOWN]

    def test_vague_start_is_unknown_between_its_bounds(self):
        act = Act(1, "detain", date(2025, 3, 1), date(2025, 3, 31))
        (clock,) = found([act])["detention_felony"]
        moments = [date(2025, 8, 30), date(2025, 9, 15), date(2025, 10, 2)]
        assert [status(clock, end_of(day, ZONE)) for day in moments] == [
            Status.RUNNING,
            Status.UNKNOWN,
            Status.OVERDUE,
        ]

    def test_extension_of_what_nobody_recorded_is_unknown(self):
        """The court ordered the detention, so Article 208 has no period to lengthen."""
        by_name = found(acts(("detain_by_court", "2025-01-01"), ("extend_detention", "2025-03-01")))
        assert [c.unknown for c in by_name["detention_felony_extension"]] == [Why.BASE_MISSING]

    @pytest.mark.parametrize(
        ("offence_class", "age_band", "why"),
        [(None, "adult", Why.CLASS_UNKNOWN), ("felony", None, Why.AGE_UNKNOWN)],
    )
    def test_doubt_about_which_limit_is_unknown_once(self, offence_class, age_band, why):
        by_name = found(acts(("detain", "2025-03-01")), offence_class, age_band)
        assert [c.unknown for many in by_name.values() for c in many] == [why]

    def test_every_class_and_band_has_one_ceiling(self):
        """The longest running limit of a detained person is unique."""
        for offence_class in ("felony", "misdemeanour"):
            for band in ("14_15", "16_17", "adult"):
                by_name = found(acts(("detain", "2025-03-01")), offence_class, band)
                dues = sorted(c.due_at for many in by_name.values() for c in many)
                assert dues, (offence_class, band)
                assert len(dues) == len(set(dues)), (offence_class, band)


def oracle(day, months):
    """The month arithmetic said another way: count months, then step back to a day that exists."""
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    number = day.day
    while True:
        try:
            return date(year, month, number)
        except ValueError:
            number -= 1


DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))
STEPS = st.sampled_from(
    [step.name for step in LAW.steps] + ["first_seen", "checked_unchanged"] + ["detain"] * 5
)
ACTS = st.lists(
    st.builds(
        lambda step, day, extra, at: Act(
            0, step, day, day + timedelta(days=extra) if day else None, at
        ),
        STEPS,
        st.one_of(st.none(), DAYS, DAYS, DAYS),
        st.sampled_from([0, 0, 0, 40]),
        st.one_of(st.none(), st.times()),
    ),
    max_size=12,
).map(lambda found: [act._replace(id=n, sequence=n) for n, act in enumerate(found)])
CLASSES = st.sampled_from([None, "felony", "misdemeanour", "petty"])
BANDS = st.sampled_from([None, "14_15", "16_17", "adult"])
MOMENTS = st.integers(0, 90 * 365 * 24).map(
    lambda hours: datetime(1990, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
)


class TestAlways:
    @given(DAYS, st.integers(0, 240))
    def test_months_agree_with_an_independent_oracle(self, day, months):
        assert add_months(day, months) == oracle(day, months)

    @given(DAYS, st.integers(0, 20))
    def test_years_are_twelve_months_and_29_february_ends_on_28(self, day, years):
        due = due_day(day, years, Unit.YEARS)
        assert (due.year, due.month) == (day.year + years, day.month)
        assert due.day == day.day or (day.month, day.day, due.day) == (2, 29, 28)

    @given(ACTS, CLASSES, BANDS, MOMENTS)
    def test_satisfied_is_never_overdue_and_unknown_stays_unknown(self, given, cls, band, now):
        for clock in clocks(LAW, given, cls, band, ZONE):
            shown = status(clock, now, timedelta(days=30))
            if clock.unknown is not None:
                assert shown is Status.UNKNOWN
            if clock.ended is not None:
                assert shown in (Status.IN_TIME, Status.LATE, Status.UNKNOWN)
            if clock.due_at is None:
                assert clock.unknown is not None
                continue
            assert clock.latest_due_at is not None
            if shown is Status.OVERDUE:
                assert clock.due_at <= clock.latest_due_at <= now
            assert clock.due_at <= clock.latest_due_at

    @given(ACTS, CLASSES, BANDS, st.randoms())
    def test_order_of_arrival_does_not_matter(self, given, cls, band, random):
        mixed = list(given)
        random.shuffle(mixed)
        assert clocks(LAW, mixed, cls, band, ZONE) == clocks(LAW, given, cls, band, ZONE)

    @given(DAYS, st.integers(0, 700), st.sampled_from(["felony", "misdemeanour"]))
    def test_an_extension_never_shortens(self, day, later, cls):
        first = Act(1, "detain", day, sequence=1)
        more = Act(2, "extend_detention", day + timedelta(days=later), sequence=2)
        base = f"detention_{cls}"
        before = found([first], cls)[base][0]
        after = found([first, more], cls)
        longer = after[f"{base}_extension"][0]
        assert before.due_at is not None
        assert longer.due_at is not None
        assert after[base][0].due_at == before.due_at
        assert longer.due_at > before.due_at
