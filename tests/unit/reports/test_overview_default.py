"""Judgments in default: not notified, notified, opposed, set aside; and who knows none."""

from __future__ import annotations

from datetime import date

import pytest

from courtwatch.reports.queries import Reader
from courtwatch.reports.registry import Ask, make
from courtwatch.services.case_list import DEFAULT_SORT, CaseList
from courtwatch.services.fact_filters import FactFilters
from tests.unit.reports.asked import KH
from tests.unit.reports.conftest import opened
from tests.unit.reports.scene import COURT_X, NOW, Act, Scene, indicted, received

JUDGED = date(2024, 6, 1)
DEFAULT = Act("convict_in_default", JUDGED, COURT_X, disposition="convicted_default")
NOTIFIED = Act("notify_default_judgment", date(2024, 7, 1), COURT_X)
OPPOSED = Act("oppose", date(2024, 7, 10), COURT_X)


@pytest.fixture
def scene(reports_template, tmp_path):
    """Return four judgments in default, one set aside, one in presence, and one acquittal."""
    with opened(reports_template, tmp_path / "default.sqlite") as session:
        found = Scene(session)
        begun = (received(date(2024, 1, 2)), *indicted(date(2024, 2, 1), COURT_X))
        for acts in (
            (DEFAULT,), (DEFAULT,), (DEFAULT, NOTIFIED), (DEFAULT, NOTIFIED, OPPOSED),
            (DEFAULT, NOTIFIED, OPPOSED, Act("admit_opposition", date(2024, 8, 1), COURT_X)),
            (Act("convict", JUDGED, COURT_X, disposition="convicted_as_charged"),),
            (Act("acquit", JUDGED, COURT_X, disposition="acquitted"),),
        ):  # fmt: skip
            found.prosecution(*begun, *acts)
        found.publish()
        yield found


def overview(scene, reader=None, filters=KH):
    """Make the report."""
    return make(scene.session, "overview", Ask(filters), reader or Reader(None), NOW)


def test_says_where_each_stands_and_how_many_nobody_was_told_of(scene):
    report = overview(scene)
    table = report.table("default")
    counts = {row.key: row.figures[0].value for row in table.every_row()}
    assert counts == {
        "convicted_in_default": 2, "default_notified": 1, "opposition": 1, "total": 4,
    }  # fmt: skip
    assert table.figure("convicted_in_default", "share").value == 0.5
    heads = {head.key: head.figure for head in report.headlines}
    # One that was set aside is open again: neither a judgment nor one in default.
    assert (heads["in_default"].numerator, heads["in_default"].denominator) == (4, 6)
    assert (heads["not_notified"].numerator, heads["not_notified"].denominator) == (2, 4)
    assert table.notes, "no lawyer has confirmed the article"


def test_each_number_opens_its_prosecutions(scene):
    actor = scene.actor("lotus")
    listing = CaseList(scene.session, actor)
    for row in overview(scene, Reader(actor)).table("default").every_row():
        filters = row.figures[0].behind.filters
        assert listing.page(filters, DEFAULT_SORT, 0, 5).total == row.figures[0].value


def test_one_not_notified_is_told_also_where_there_is_none(scene):
    """Nought is an answer."""
    table = overview(scene, filters=KH.with_(cohort="2023")).table("default")
    assert table.figure("convicted_in_default", "n").value == 0
    assert table.figure("convicted_in_default", "share").value is None


def test_a_procedure_without_judgments_in_default_has_no_such_table(scene):
    report = overview(scene, filters=FactFilters(jurisdiction=("US-IL-COOK",)))
    assert "default" not in {table.key for table in report.tables}
    assert "in_default" not in {head.key for head in report.headlines}
