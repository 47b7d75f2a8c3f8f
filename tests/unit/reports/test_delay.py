"""The report on delay, on a scene whose curves can be computed by hand."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from courtwatch.models import ProsecutionFact
from courtwatch.models.vocabulary import OrganisationKind, Role
from courtwatch.reports import render_text
from courtwatch.reports.delay_words import estimate
from courtwatch.reports.looking_ahead import refused
from courtwatch.reports.model import Origin
from courtwatch.reports.queries import Reader
from courtwatch.reports.registry import Ask, ReportProblem, make
from courtwatch.reports.words import plain
from courtwatch.statistics.survival import cumulative_incidence
from tests.unit.reports.asked import KH
from tests.unit.reports.conftest import opened
from tests.unit.reports.scene import (
    COURT_X,
    NOW,
    OFFICE_A,
    Act,
    Scene,
    change_facts,
    indicted,
    received,
)

START = date(2022, 1, 1)


def day(after):
    """Return the day so many days after the common registration."""
    return START + timedelta(days=after)


def build(scene, reader=None, filters=KH, **ask):
    """Make the report for a monitor of 'lotus', or another reader."""
    return make(scene.session, "delay", Ask(filters, **ask), reader or Reader(scene.actor("lotus")),
                NOW)  # fmt: skip


def waiting(scene):
    """Write twelve prosecutions, all registered on one day.

    Judged on days 200 and 400; held on days 100 and 300; died on day 500; five open and last
    verified on day 150, 350 and 800 (three); one first seen on day 250 and judged on day 600; one
    of unknown registration.
    """
    for after in (200, 400):
        scene.prosecution(
            received(START), *indicted(date(2022, 2, 1), COURT_X),
            Act("convict", day(after), COURT_X, disposition="convicted_as_charged"),
        )  # fmt: skip
    for after in (100, 300):
        scene.prosecution(received(START), Act("hold_file", day(after), OFFICE_A))
    scene.prosecution(
        received(START), Act("extinguish", day(500), OFFICE_A, disposition="extinct_death")
    )
    for after in (150, 350, 800, 800, 800):
        scene.prosecution(
            received(START), Act("checked_unchanged", day(after)), offence="KH-TIPSE-15"
        )
    scene.prosecution(
        received(START), *indicted(date(2022, 2, 1), COURT_X),
        Act("convict", day(600), COURT_X, disposition="convicted_as_charged"), entry=day(250),
    )  # fmt: skip
    scene.prosecution(Act("first_seen", day(250), COURT_X, entry="trial"))
    scene.publish()


@pytest.fixture(scope="module")
def template(reports_template, tmp_path_factory):
    """Write the waiting record once."""
    path = tmp_path_factory.mktemp("delay") / "template.sqlite"
    with opened(reports_template, path) as session:
        waiting(Scene(session))
    return path


@pytest.fixture
def scene(template, tmp_path):
    """A scene with the waiting record in it."""
    with opened(template, tmp_path / "delay.sqlite") as session:
        yield Scene(session)


class TestIncidence:
    def test_is_that_of_aalen_and_johansen_with_delayed_entry(self, scene):
        """By hand, at risk before each end: day 100 of 10, 200 of 8, 300 of 8 (one entered on
        day 250), 400 of 6, 500 of 5, 600 of 4."""
        table = build(scene).table("incidence")
        s1 = 9 / 10  # held on day 100
        s2 = s1 * 7 / 8  # judged on day 200: one left open on day 150
        s3 = s2 * 7 / 8  # held on day 300: one entered on day 250
        judged_365 = s1 / 8
        without_365 = 1 / 10 + s2 / 8
        judged_500 = judged_365 + s3 / 6
        got = {c.key: table.figure("365", c.key).value for c in table.columns}
        assert got["judgment"] == pytest.approx(judged_365, abs=1e-12)
        assert got["without"] == pytest.approx(without_365, abs=1e-12)
        assert got["outside"] == 0
        assert got["open"] == pytest.approx(s3, abs=1e-12)
        assert got["at_risk"] == 6
        assert got["entered_late"] == 1
        assert build(scene).table("incidence").figure("180", "without").value == pytest.approx(0.1)
        late = cumulative_incidence(
            [100, 200, 300, 400, 500, 600, 150, 350, 800, 800, 800],
            [2, 1, 2, 1, 3, 1, 0, 0, 0, 0, 0], [-1] * 5 + [250] + [-1] * 5,
        )  # fmt: skip
        curve = table.curve("judgment")
        assert curve.estimate[-1] == pytest.approx(judged_500, abs=1e-12)
        assert curve.estimate == pytest.approx(late.incidence[:7, 0].tolist())
        assert curve.n == (10, 9, 8, 8, 7, 6, 5), "four are no curve"

    def test_shares_of_a_day_add_up(self, scene):
        """Everybody is judged, ended otherwise, or still open."""
        table = build(scene).table("incidence")
        for row in ("180", "365"):
            parts = [table.figure(row, k).value for k in ("judgment", "without", "outside", "open")]
            assert sum(parts) == pytest.approx(1, abs=1e-12)

    def test_refuses_a_horizon_that_too_few_were_followed_to(self, scene):
        """Three are followed on day 730: no figure, and a reason in every format."""
        report = build(scene)
        figure = report.table("incidence").figure("730", "judgment")
        assert figure.value is None
        assert "too few were followed so long" in render_text.render(report, plain)

    def test_intervals_are_log_log(self):
        """F ** exp(+-1.96 se / (F |ln F|)), by hand for F = 0.2 and se = 0.05."""
        figure = estimate(0.2, 0.05)
        step = math.exp(1.959963984540054 * 0.05 / (0.2 * math.log(5)))
        assert figure.lower == pytest.approx(0.2**step, abs=1e-12)
        assert figure.upper == pytest.approx(0.2 ** (1 / step), abs=1e-12)
        assert estimate(0.0, 0.0).lower is None

    @given(st.floats(0, 1), st.floats(0, 1))
    @example(5e-324, 1.0)
    @settings(max_examples=60)
    def test_intervals_hold_the_estimate_however_wide(self, value, se):
        """Also next to 1, where the scale has no room."""
        figure = estimate(value, se)
        if figure.lower is not None:
            assert figure.upper is not None
            assert 0 <= figure.lower <= value <= figure.upper <= 1


class TestTimes:
    def test_kaplan_meier_stands_beside_the_naive_median(self, scene):
        """Judged on days 200, 400, 600 of those followed; the naive median is 400."""
        table = build(scene).table("times")
        # S = 7/8 after day 200, x 5/6 after 400, x 3/4 after 600: 0.547, never a half.
        assert table.curve("no_judgment").estimate[-1] == pytest.approx(7 / 8 * 5 / 6)
        assert table.figure("median", "judgment").value is None
        assert table.figure("naive", "judgment").value == 400
        assert table.figure("naive", "judgment").denominator == 3
        (words,) = table.notes
        assert "no median yet" in words.interpolate()
        assert "400 days" in words.interpolate()

    def test_says_both_numbers_where_both_are_known(self, scene):
        """To any end: S falls to 0.459 on day 500, so that half have ended by then."""
        table = build(scene).table("times")
        assert table.figure("median", "end").value == 500
        assert table.figure("naive", "end").value == np.median([100, 200, 300, 400, 500, 600])

    def test_the_mean_goes_to_the_longest_horizon_that_enough_were_followed_to(self, scene):
        """Five were followed on day 500: 365 days, of which 165 with 7/8 of them waiting."""
        table = build(scene).table("times")
        figure = table.figure("restricted_mean", "judgment")
        assert figure.value == pytest.approx(200 + 165 * 7 / 8)
        (label,) = (row.label for row in table.rows if row.key == "restricted_mean")
        assert plain(label) == "Mean up to 365 days"

    def test_one_slip_in_a_register_ends_no_curve(self, scene):
        """One registered a thousand days too early ended long after all others were lost."""
        before = build(scene)
        scene.prosecution(received(date(2019, 4, 1)), Act("hold_file", date(2022, 4, 1), OFFICE_A))
        scene.publish()
        figure = build(scene).table("incidence").figure("1095", "open")
        assert figure.value is None, "one at risk who ended would say that nothing is open"
        assert build(scene).table("times").figure("p90", "end").value is None
        assert before.table("times").figure("p90", "end").value is None


class TestWhoIsCounted:
    def test_names_those_without_a_time(self, scene):
        """One has no known registration; it is in no figure, and beside all of them."""
        report = build(scene)
        left = report.table("left_out")
        assert {row.key: row.figures[0].value for row in left.every_row()} == {
            "never_came": 0, "no_origin": 1, "no_end": 0, "no_check": 0, "impossible": 0,
            "seen_late": 0, "total": 1,
        }  # fmt: skip
        heads = {each.key: each.figure.value for each in report.headlines}
        assert (heads["n"], heads["pending"], heads["no_origin"]) == (11, 5, 1)

    def test_who_never_came_to_the_origin_has_no_unknown_day(self, scene):
        """Nine of twelve were never charged, one of these is with the police alone."""
        undated = update(ProsecutionFact).where(ProsecutionFact.registered_on.is_(None))
        change_facts(scene.session, undated.values(
            furthest_stage="police_inquiry", event_code=0, charged_on=None, trial_on=None,
        ))  # fmt: skip
        report = build(scene)
        assert report.table("left_out").figure("never_came", "n").value == 1
        assert report.table("incidence").unknown.numerator == 0
        charged = build(scene, options={"origin": "charge"})
        left = charged.table("left_out")
        assert left.figure("never_came", "n").value == 9
        assert left.figure("no_origin", "n").value == 0
        heads = {each.key: each.figure.value for each in charged.headlines}
        assert (heads["n"], heads["never_came"], heads["no_origin"]) == (3, 9, 0)

    def test_every_table_of_durations_says_how_many_have_none(self, scene):
        """One of twelve, beside each of them; of hearings those of which nobody knows."""
        report = build(scene)
        told = {each.key: each.unknown for each in report.tables if each.refused is None}
        for key in ("incidence", "times", "by_sex", "by_age_band", "by_offence", "states"):
            assert (told[key].numerator, told[key].denominator) == (1, 12)
        refused = [each for each in report.tables if each.refused is not None]
        assert refused
        assert all(each.unknown is None for each in refused)

    def test_origins_are_never_mixed(self, scene):
        """Three were charged: from the charge there are too few, and it says so."""
        report = build(scene, options={"origin": "charge"})
        assert report.provenance.n == 3
        assert ("origin", "charge") in report.provenance.filters
        (warning,) = report.warnings
        assert "3 prosecutions have a known time from formal charge" in plain(warning)
        assert report.table("incidence").refused is not None
        assert report.table("incidence").rows == ()

    def test_refuses_where_no_open_prosecution_is_known(self, session):
        """Twelve that all ended: a register of the disposed tells no time."""
        scene = Scene(session)
        for after in range(12):
            scene.prosecution(received(START), Act("hold_file", day(100 + after), OFFICE_A))
        scene.publish()
        assert "No open prosecution is known" in plain(build(scene).table("times").refused)

    @pytest.mark.parametrize("filters", [{"outcome": "held"}, {"ended": "2022"}, {"live": "yes"}])
    def test_refuses_filters_that_look_ahead(self, scene, filters):
        """Time to an end of those that ended is no time to an end."""
        with pytest.raises(ReportProblem, match="came to the same end"):
            build(scene, filters=KH.with_(**filters))

    def test_a_day_behind_the_origin_is_an_end_looked_ahead_at(self, scene):
        """Nobody who was held is among those charged in a year: from registration on none could be.

        From the charge on everybody is.
        """
        charged = KH.with_(charged="2022")
        with pytest.raises(ReportProblem, match="Leave out: charged"):
            build(scene, filters=charged)
        for name, value in (("trafficking", "yes"), ("custody_at_charge", "detained")):
            assert refused(KH.with_(**{name: value}), Origin.REGISTRATION) is not None
        assert refused(charged, Origin.CHARGE) is None
        assert refused(KH.with_(cohort="2022"), Origin.REGISTRATION) is None
        assert refused(KH.with_(cohort="2022"), Origin.ARREST) is not None
        overview = make(scene.session, "overview", Ask(charged), Reader(), NOW)
        assert "charged" in plain(overview.table("times").refused)

    def test_an_open_one_counts_until_it_was_verified(self, scene):
        """Its age is 150, 350 or 800 days, and more on the last day of the record."""
        table = build(scene).table("pending")
        assert table.figure("active", "p50").value == 800
        assert table.figure("active", "n").value == 5
        assert table.figure("suspended", "p50").value is None
        assert table.figure("active", "unseen").value == 2


class TestGroups:
    def test_are_too_few_here_and_say_so(self, scene):
        """Six of one offence, five of the other: too few apart, and counted together."""
        table = build(scene).table("by_offence")
        assert [row.key for row in table.rows] == ["others"]
        assert table.figure("others", "n").value == 11
        both = [table.figure(row, "judgment").value for row in ("others", "total")]
        assert both[0] == both[1]
        assert build(scene).table("gray").figure("offence", "judgment").value is None

    def test_differ_where_they_do(self, scene):
        """Fifteen more of one offence, quickly judged: Gray's test sees it."""
        for after in range(15):
            scene.prosecution(
                received(START), *indicted(date(2022, 1, 1), COURT_X),
                Act("convict", day(30 + after), COURT_X, disposition="convicted_as_charged"),
                offence="KH-TIPSE-15",
            )  # fmt: skip
            scene.prosecution(received(START), Act("checked_unchanged", day(500 + after)))
        scene.publish()
        report = build(scene)
        gray = report.table("gray")
        assert gray.figure("offence", "groups").value == 2
        assert gray.figure("offence", "judgment").value < 0.001
        assert gray.figure("sex", "judgment").value is None
        quick = report.table("by_offence").figure("KH-TIPSE-15", "median")
        assert 30 <= quick.value <= 44

    def test_custody_of_today_is_refused_as_an_explanation(self, scene):
        """Who is detained follows from how long it took."""
        assert build(scene).table("by_custody").refused is not None


class TestStates:
    def test_are_where_prosecutions_stand(self, scene):
        """On day 180 those two that were charged in February are on trial."""
        table = build(scene).table("states")
        values = {c.key: table.figure("180", c.key).value for c in table.columns}
        assert sum(values.values()) == pytest.approx(1, abs=1e-12)
        assert values["without"] == pytest.approx(0.1, abs=1e-12)
        assert values["trial"] == pytest.approx(0.2, abs=1e-12)

    def test_who_is_lost_from_view_on_the_day_of_a_move_has_moved(self, session):
        """Six of twelve were charged, of whom nothing is known since."""
        scene = Scene(session)
        for _ in range(6):
            scene.prosecution(
                received(START), Act("submit_to_investigation", day(30), OFFICE_A, new=True),
                Act("charge", day(40), COURT_X),
            )  # fmt: skip
            scene.prosecution(received(START), Act("checked_unchanged", day(300)))
        scene.publish()
        table = build(scene).table("states")
        assert table.figure("180", "charged").value == pytest.approx(0.5, abs=1e-12)
        assert table.figure("180", "before").value == pytest.approx(0.5, abs=1e-12)

    def test_have_the_interval_of_the_first_table(self, scene):
        """Until day 180 stages make no difference to who ended without judgment: nor to its se."""
        found = build(scene)
        here = found.table("states").figure("180", "without")
        first = found.table("incidence").figure("180", "without")
        assert (here.lower, here.upper) == pytest.approx((first.lower, first.upper), abs=0.02)
        assert here.lower < here.value < here.upper


class TestUnknownShare:
    def test_is_one_number_in_every_table_of_durations(self, scene):
        """Who ended before the origin has a known day of it and no duration."""
        fact = ProsecutionFact
        held = scene.session.scalars(select(fact.id).where(fact.outcome == "held")).first()
        change_facts(
            scene.session, update(fact).where(fact.id == held).values(ended_on=day(-1))
        )
        report = build(scene)
        first = report.table("incidence")
        assert first.unknown.numerator == 2
        for key in ("times", "by_sex", "by_age_band", "by_offence", "states"):
            table = report.table(key)
            assert (table.n, table.unknown) == (first.n, first.unknown), key


class TestReaders:
    def test_the_ministry_reads_it_and_opens_what_it_may(self, scene):
        """Counts open lists for those who may see them; figures are the same."""
        ministry = Reader(scene.actor("justice", Role.ANALYST, OrganisationKind.MINISTRY))
        theirs, ours = build(scene, ministry), build(scene)
        assert theirs.table("incidence") == ours.table("incidence")
