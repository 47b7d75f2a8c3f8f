"""Figures of court management in the report on delay: of a complete docket, and of hearings."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import update

from courtwatch.models import ProsecutionFact, ReferenceTotal
from courtwatch.reports.delay_docket import _held
from courtwatch.reports.words import plain
from tests.unit.reports.asked import KH
from tests.unit.reports.scene import Scene, change_facts
from tests.unit.reports.test_delay import build, day, waiting


@pytest.fixture
def scene(session):
    """A scene with the waiting record in it."""
    scene = Scene(session)
    waiting(scene)
    return scene


class TestDocket:
    def total(self, scene, count, year=2022):
        """Bring an official total of what was registered in a year."""
        scene.session.add(
            ReferenceTotal(
                jurisdiction_id=scene.jurisdiction.id, source="Ministry",
                period_from=date(year, 1, 1), period_to=date(year, 12, 31), unit="prosecution",
                stage="registration", count=count, rev_from=scene.revision_id,
            )
        )  # fmt: skip
        scene.session.commit()

    def dated(self, scene, **values):
        """Give the one of unknown registration a day, or take it away from the prosecution."""
        undated = ProsecutionFact.registered_on.is_(None)
        change_facts(scene.session, update(ProsecutionFact).where(undated).values(**values))
        scene.session.commit()

    def test_is_refused_without_official_totals(self, scene):
        """What monitors brought in is no docket."""
        assert "not known" in plain(build(scene).table("docket").refused)

    def test_is_refused_where_we_have_fewer(self, scene):
        """Eleven of twenty."""
        self.total(scene, 20)
        figure = build(scene).table("docket").figure("2022", "clearance")
        assert figure.value is None
        assert "20" in plain(figure.missing)
        assert "11" in plain(figure.missing)

    def test_is_computed_where_the_docket_is_complete(self, scene):
        """In 2022 three were resolved (days 100, 200, 300) of eleven; eight were pending.

        What the police ended was in no docket.
        """
        self.total(scene, 11)
        self.dated(
            scene, furthest_stage="police_inquiry", event_code=2, outcome="not_referred",
            ended_on=day(50),
        )  # fmt: skip
        table = build(scene).table("docket")
        row = {c.key: table.figure("2022", c.key).value for c in table.columns}
        assert row["incoming"] == 11
        assert row["resolved"] == 3
        assert row["pending"] == 8
        assert row["clearance"] == pytest.approx(3 / 11)
        assert row["disposition_time"] == pytest.approx(365 * 8 / 3)

    def test_of_a_year_in_which_none_was_resolved_the_clearance_rate_is_none(self, scene):
        """One came in in 2021 and waits: 0 of 1; how long it would take nobody can tell."""
        self.total(scene, 1, 2021)
        self.dated(scene, registered_on=date(2021, 6, 1))
        table = build(scene).table("docket")
        assert table.figure("2021", "clearance").value == 0
        figure = table.figure("2021", "disposition_time")
        assert (figure.value, plain(figure.missing)) == (None, "none was resolved")

    def test_what_ended_before_it_came_in_was_not_resolved_in_the_docket(self, scene):
        """The police did not refer it, an order brought it in: twelve came, three were resolved."""
        self.total(scene, 12)
        self.dated(
            scene, registered_on=day(80), event_code=2, outcome="not_referred", ended_on=day(50),
            reopened=True,
        )  # fmt: skip
        table = build(scene).table("docket")
        row = {c.key: table.figure("2022", c.key).value for c in table.columns}
        assert (row["incoming"], row["resolved"], row["pending"]) == (12, 3, 8)

    def test_is_refused_where_somebody_came_in_on_an_unknown_day(self, scene):
        """It was on trial when it was first seen: nobody knows which year's docket it is of."""
        self.total(scene, 11)
        figure = build(scene).table("docket").figure("2022", "clearance")
        assert figure.value is None
        assert "1 came before the prosecution on an unknown day" in plain(figure.missing)

    def test_is_refused_where_an_earlier_year_is_not_complete(self, scene):
        """What 2021 left is resolved in 2022."""
        self.total(scene, 11)
        self.dated(scene, registered_on=date(2021, 6, 1))
        figure = build(scene).table("docket").figure("2022", "disposition_time")
        assert figure.value is None
        assert "2021" in plain(figure.missing)
        self.total(scene, 1, 2021)
        assert build(scene).table("docket").figure("2022", "disposition_time").value is not None

    def test_is_refused_for_a_narrower_selection(self, scene):
        """Nobody told a total of women; and a year resolves what came in other years, too."""
        self.total(scene, 11)
        for filters in (KH.with_(sex="unknown"), KH.with_(cohort="2022")):
            narrow = build(scene, filters=filters)
            assert "narrower" in plain(narrow.table("docket").refused)

    def test_hearings_are_held_of_those_whose_end_is_known(self):
        """Three held, one adjourned, two unknown: 3 of 4."""
        share = _held({"held": 3, "adjourned": 1, "unknown": 2})[-1]
        assert (share.numerator, share.denominator) == (3, 4)
