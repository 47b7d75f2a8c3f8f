"""The comparison of two groups, on a record whose split is known by hand."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from courtwatch.reports.kinds import ReportProblem
from courtwatch.reports.queries import Reader
from courtwatch.reports.registry import Ask, make
from courtwatch.reports.words import plain
from courtwatch.services.case_list import DEFAULT_SORT, CaseList
from courtwatch.statistics.difference import share_difference
from courtwatch.statistics.rates import wilson_interval
from tests.unit.reports.asked import KH
from tests.unit.reports.conftest import opened
from tests.unit.reports.scene import COURT_X, NOW, OFFICE_A, Act, Scene, received

OFTEN, SELDOM = "KH-TIPSE-10", "KH-TIPSE-15"
# (cohort, offence): prosecutions, and how many of them were held: the same share in both years.
MIX = {(2020, OFTEN): (30, 15), (2020, SELDOM): (10, 1), (2021, OFTEN): (10, 5),
       (2021, SELDOM): (30, 3)}  # fmt: skip


@pytest.fixture(scope="module")
def written(reports_template, tmp_path_factory):
    """Two cohorts that were decided alike and differ in their offences, and a young one."""
    path = tmp_path_factory.mktemp("two") / "two.sqlite"
    with opened(reports_template, path) as session:
        scene = Scene(session)
        for (year, offence), (n, held) in MIX.items():
            start = date(year, 3, 1)
            for number in range(n):
                ends = (
                    Act("hold_file", start + timedelta(days=100), OFFICE_A)
                    if number < held
                    else Act("extinguish", start + timedelta(days=200), OFFICE_A,
                             disposition="extinct_death")
                )  # fmt: skip
                scene.prosecution(received(start), ends, offence=offence)
        for _number in range(4):
            young = received(date(2024, 1, 1))
            scene.prosecution(young, Act("hold_file", date(2024, 2, 1), OFFICE_A), offence=None)
            filed = Act("submit_to_investigation", date(2024, 9, 1), OFFICE_A, new=True)
            scene.prosecution(young, filed, Act("charge", date(2024, 9, 2), COURT_X), offence=None)
        scene.publish()
    return path


@pytest.fixture
def scene(written, tmp_path):
    """A scene on a copy of the record."""
    with opened(written, tmp_path / "two.sqlite") as session:
        yield Scene(session)


def report(scene, reader=None, **options):
    """Make the report."""
    return make(scene.session, "comparison", Ask(KH, options=options), reader or Reader(), NOW)


class TestYears:
    def test_are_set_beside_one_another_only_where_all_could_be_followed(self, scene):
        """A young year would have the rate of those that ended fast: of one here, all of it."""
        options = {"between": "offence", "a": OFTEN, "b": SELDOM}
        table = report(scene, **options).table("split_cohort")
        assert table.refused is None
        assert table.figure("2020", "rate_a").value == pytest.approx(0.5)
        young = received(date(2024, 1, 1))
        scene.prosecution(young, Act("hold_file", date(2024, 2, 1), OFFICE_A), offence=OFTEN)
        scene.publish()
        found = report(scene, **options)
        assert "registered until 20" in plain(found.table("split_cohort").refused)
        assert found.table("rates").refused is None, "the rates allow for it"


    def test_a_kind_that_nobody_could_be_followed_of_has_no_rate(self, scene):
        """As a court that opened last year: its one end came fast, and would read as all of it."""
        young = received(date(2024, 1, 1))
        filed = Act("submit_to_investigation", date(2024, 2, 1), OFFICE_A, new=True)
        died = Act("extinguish", date(2024, 3, 1), COURT_X, disposition="extinct_death")
        scene.prosecution(young, filed, Act("charge", date(2024, 2, 2), COURT_X), died,
                          offence=OFTEN)  # fmt: skip
        scene.publish()
        table = report(scene, between="offence", a=OFTEN, b=SELDOM).table("split_court")
        rate = table.figure(COURT_X, "rate_a")
        assert rate.value is None
        assert "could be followed so long" in plain(rate.missing)
        assert table.figure(COURT_X, "share_a").value > 0
        assert table.figure("unknown", "rate_a").value is not None


class TestUnknown:
    def test_who_was_never_registered_has_no_unknown_time(self, scene):
        """One is with the police; one was first seen on trial, and of it alone it is unknown."""
        before = report(scene, between="offence", a=OFTEN, b=SELDOM)
        police = Act("first_seen", date(2024, 1, 1), entry="police_inquiry")
        later = Act("first_seen", date(2024, 1, 1), COURT_X, entry="trial")
        for act in (police, later):
            scene.prosecution(act, offence=OFTEN)
        scene.publish()
        after = report(scene, between="offence", a=OFTEN, b=SELDOM)
        n, more = (each.table("rates").rows[0].figures[0].value for each in (before, after))
        assert more == n + 2
        assert after.table("rates").n == before.table("rates").n
        assert after.table("rates").unknown.numerator == 1


class TestSplit:
    def test_groups_decided_alike_differ_by_their_mix_alone(self, scene):
        """Held: 16 of 40 and 8 of 40. All 20 points are mix, none is rate."""
        found = report(scene, a="2020", b="2021")
        assert [head.figure.value for head in found.headlines] == pytest.approx([0.4, 0.2, 20.0])
        assert "Ends without judgment, within 730 days" in plain(found.headlines[-1].label)
        table = found.table("split_offence")
        assert table.figure("total", "mix").value == pytest.approx(20.0)
        assert table.figure("total", "rate").value == pytest.approx(0.0, abs=1e-9)
        assert table.figure(OFTEN, "rate_a").value == pytest.approx(0.5)
        assert table.figure(OFTEN, "share_b").value == pytest.approx(0.25)
        rate = table.figure(OFTEN, "rate_a")
        ends = wilson_interval(15, 30)  # everybody was followed: each weighs 1
        assert (rate.lower, rate.upper) == pytest.approx((float(ends.lower), float(ends.upper)))
        # 20 points of mix are more than chance; a rate that does not differ may be off, though.
        mix, same = table.figure("total", "mix"), table.figure("total", "rate")
        assert 0 < mix.lower < mix.value < mix.upper
        assert same.lower < 0 < same.upper
        assert table.figure("total", "sum") == found.headlines[2].figure

    @pytest.mark.parametrize("rate", ["without", "judgment"])
    @pytest.mark.parametrize("between", ["cohort", "offence"])
    def test_mix_and_rate_add_up_to_the_difference(self, scene, rate, between):
        """In every table, and of every row; the total is the difference of the headlines."""
        found = report(scene, rate=rate, between=between)
        first, second, difference = (head.figure.value for head in found.headlines)
        assert 100 * (first - second) == pytest.approx(difference, abs=1e-9)
        tables = [table for table in found.tables if table.key.startswith("split_") and table.rows]
        assert tables
        for table in tables:
            for row in table.every_row():
                mix, kept, both = (figure.value for figure in row.figures[-3:])
                assert mix + kept == pytest.approx(both, abs=1e-9)
            sums = np.sum([[f.value for f in row.figures[-3:]] for row in table.rows], axis=0)
            assert sums == pytest.approx([f.value for f in table.total.figures[-3:]], abs=1e-9)
            assert sums[2] == pytest.approx(difference, abs=1e-9)

    def test_the_report_chooses_the_latest_cohorts_that_were_followed(self, scene):
        """2024 is too young; swapped groups have the opposite difference."""
        usual = report(scene)
        assert [head.label for head in usual.headlines[:2]] == ["2020", "2021"]
        swapped = report(scene, a="2021", b="2020")
        assert swapped.headlines[2].figure.value == pytest.approx(-usual.headlines[2].figure.value)

    def test_counts_open_the_prosecutions_of_their_group(self, scene):
        """Each stratum of each group lists as many as it counts."""
        actor = scene.actor("lotus")
        table = report(scene, Reader(actor), a="2020-02..2020-04", b="2021").table("split_offence")
        listing = CaseList(scene.session, actor)
        for code, column in ((OFTEN, "all_a"), (SELDOM, "all_b"), ("total", "all_a")):
            figure = table.figure(code, column)
            assert figure.behind is not None
            listed = listing.page(figure.behind.filters, DEFAULT_SORT, 0, 5).total
            assert figure.value == listed == (40 if code == "total" else 30)


    def test_all_ends_have_an_interval_where_the_rate_is_of_dismissals_too(self, scene):
        """The column of all ends without judgment is the same, whichever rate is compared."""
        found, other = (
            report(scene, a="2020", b="2021", rate=rate).table("rates")
            for rate in ("dismissal", "without")
        )
        for group in "AB":
            figure = found.figure(group, "without")
            assert figure == other.figure(group, "without")
            assert figure.lower < figure.value < figure.upper

    def test_what_is_still_open_is_the_rest_and_has_an_interval(self, scene):
        """The shares of a group add up to one, also where nobody, or everybody, is open."""
        for rate in ("without", "dismissal"):
            table = report(scene, a="2020", b="2021", rate=rate).table("rates")
            for group in "AB":
                keys = ("judgment", "without", "outside", "open")
                figures = [table.figure(group, key) for key in keys]
                assert sum(figure.value for figure in figures) == pytest.approx(1)
                for figure in figures:
                    assert figure.lower <= figure.value <= figure.upper
                    assert figure.lower < figure.upper

    def test_nobody_is_no_certainty(self, scene):
        """No judgment in either group: nought, as wide as 0 of 40 twice leave it."""
        heads = {head.key: head.figure for head in report(scene, rate="judgment").headlines}
        assert heads["difference"].value == 0
        found = share_difference(0, 40, 0, 40)
        ends = (heads["difference"].lower, heads["difference"].upper)
        assert ends == pytest.approx((100 * found.lower, 100 * found.upper))
        assert heads["a"].lower == 0
        assert 0.08 < heads["a"].upper < 0.09


class TestRefusal:
    def test_a_young_cohort_gets_no_rate(self, scene):
        """Four of its eight were held already: a share of those that ended would say 100 %."""
        found = report(scene, a="2024", b="2021")
        assert not found.headlines
        assert "at least 30 are needed" in str(found.warnings[0].interpolate())
        assert found.table("rates").refused is not None
        assert found.table("values").rows

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ({"a": "2020", "b": "2020-03..2021"}, "share prosecutions"),
            ({"between": "court", "a": "KH-99"}, "is not on record"),
            ({"a": "last year"}, "is not on record"),
        ],
    )
    def test_says_what_can_be_asked(self, scene, options, said):
        """Groups that overlap or are not there are refused in words."""
        with pytest.raises(ReportProblem, match=said):
            report(scene, **options)

    def test_filters_that_look_ahead_are_refused(self, scene):
        """Of those that ended in a month, all ended: the rate would be one."""
        with pytest.raises(ReportProblem, match="Leave out: ended"):
            make(scene.session, "comparison", Ask(KH.with_(ended="2021")), Reader(), NOW)
