"""The funnel and the cohorts of registration, on a record that can be counted by hand."""

from __future__ import annotations

import json
from datetime import date

from courtwatch.reports import render_csv, render_json, render_text
from tests.unit.reports.asked import build, counts, head
from tests.unit.reports.scene import COURT_X, Act


class TestAttrition:
    def test_shows_how_far_they_came_and_what_is_pending(self, record):
        """12 registered on a known day, 5 charged, 3 before the court, 2 judged."""
        table = build(record, "attrition").table("funnel")
        assert counts(table, "reached") == {
            "registered": 12, "charged": 5, "before_court": 3, "judgment": 2,
        }  # fmt: skip
        assert counts(table, "pending") == {
            "registered": 1, "charged": 1, "before_court": 0, "judgment": 0,
        }  # fmt: skip
        assert counts(table, "without") == {
            "registered": 4, "charged": 1, "before_court": 1, "judgment": 0,
        }  # fmt: skip

    def test_leaves_an_unknown_day_out_of_every_denominator(self, record):
        """13 are counted, one of them without a day: 12 are the whole, and one stands beside."""
        report = build(record, "attrition")
        funnel, cohorts = report.table("funnel"), report.table("cohorts")
        assert (report.provenance.n, funnel.n, cohorts.n) == (12, 12, 12)
        assert {row.figures[funnel.column("share")].denominator for row in funnel.rows} == {12}
        assert {head(report, key).denominator for key in ("pending", "late", "reopened")} == {12}
        assert head(report, "n").value == 12
        assert head(report, "n").behind.filters.reached == ("registration",)
        assert head(report, "unknown").value == 1
        assert head(report, "unknown").behind.filters.cohort == ("unknown",)
        for table in (funnel, cohorts):
            assert (table.unknown.numerator, table.unknown.denominator) == (1, 13)
        assert cohorts.total.figures[cohorts.column("pending_share")].denominator == 12
        words = " ".join(render_text.render(report, str).split())
        assert "1 no registration day known" in words
        csv_lines = render_csv.render(report, str).splitlines()
        assert any("no registration day known" in line and ",1," in line for line in csv_lines)
        heads = json.loads(render_json.render(report, str))["headlines"]
        assert {each["key"]: each["value"] for each in heads}["unknown"] == 1

    def test_counts_by_cohort_of_registration_and_never_of_closure(self, record):
        """Ended in 2024, registered in 2023: the cohort of 2023."""
        table = build(record, "attrition").table("cohorts")
        assert counts(table, "registered") == {"2023": 8, "2024": 4, "unknown": 1, "total": 12}
        assert counts(table, "judgment") == {"2023": 2, "2024": 0, "unknown": 0, "total": 2}
        assert counts(table, "open") == {"2023": 0, "2024": 1, "unknown": 1, "total": 1}
        assert counts(table, "suspended") == {"2023": 0, "2024": 1, "unknown": 0, "total": 1}
        assert counts(table, "outside") == {"2023": 0, "2024": 2, "unknown": 0, "total": 2}

    def test_marks_cohorts_that_were_not_followed_long_enough(self, record):
        """The record ends in August 2024: less than 730 days after both cohorts."""
        report = build(record, "attrition")
        rows = {row.key: row.remark for row in report.table("cohorts").rows}
        assert rows["2023"] is not None
        assert rows["2024"] is not None
        assert report.provenance.data_until == date(2024, 8, 1)

    def test_counts_months_when_asked(self, record):
        """Three were registered in February 2023 and one of them is private."""
        table = build(record, "attrition", options={"by": "month"}).table("cohorts")
        assert counts(table, "registered")["2023-02"] == 2
        assert list(counts(table, "registered"))[-2:] == ["unknown", "total"]

    def test_says_who_entered_late(self, scene):
        """Registered in January, first seen by a monitor at trial in June."""
        scene.prosecution(
            Act("first_seen", date(2024, 6, 1), COURT_X, entry="trial"),
            registered=date(2024, 1, 1),
        )
        scene.publish()
        assert build(scene, "attrition").table("cohorts").figure("2024", "late").value == 1
