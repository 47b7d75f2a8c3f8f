"""Counting units: what a case counts as, and how charges, prosecutions and cases hang together."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import pytest
from sqlalchemy import select

from courtwatch.models import ProsecutionFact
from courtwatch.reports.kinds import ReportProblem
from courtwatch.reports.model import Sizes, Unit
from courtwatch.reports.queries import Reader
from courtwatch.reports.registry import Ask, make
from tests.unit.reports.asked import KH
from tests.unit.reports.scene import COURT_X, NOW, OFFICE_A, Act, indicted, received

D = date(2023, 2, 1)
WAYS = {
    "judged": (received(D), *indicted(date(2023, 3, 1), COURT_X),
               Act("convict", date(2024, 1, 1), COURT_X, disposition="convicted_as_charged")),
    "open": (received(D),),
    "suspended": (received(D), Act("suspend", date(2023, 5, 1), OFFICE_A)),
    "held": (received(D), Act("hold_file", date(2023, 6, 1), OFFICE_A, stated="EV1")),
    "died": (received(D), Act("extinguish", date(2023, 7, 1), OFFICE_A,
                              disposition="extinct_death", stated="EX1")),
}  # fmt: skip
ORDER = ("judged", "open", "suspended", "held", "died")
COLUMN = {"judged": "judgment", "open": "open", "suspended": "suspended", "held": "without",
          "died": "outside"}  # fmt: skip


@pytest.fixture
def pairs(scene):
    """Every pair of ways in which two accused of one case can stand, each a case of its own."""
    for first in ORDER:
        for second in ORDER:
            case = scene.case()
            for way in (first, second):
                scene.prosecution(*WAYS[way], case=case)
    scene.publish()
    return scene


def report(scene, name, unit, filters=KH):
    """Make a report in a unit."""
    return make(scene.session, name, Ask(filters, unit=unit), Reader(), NOW)


class TestCases:
    def test_a_case_counts_as_the_prosecution_that_came_furthest(self, pairs):
        """Of 25 pairs the better of the two decides: 9, 7, 5, 3 and 1."""
        table = report(pairs, "offences", Unit.CASE).table("standing")
        found = {way: table.figure("total", COLUMN[way]).value for way in ORDER}
        assert found == dict(zip(ORDER, (9, 7, 5, 3, 1), strict=True))

    def test_everything_adds_up_to_the_cases_of_the_facts(self, record):
        """Each case once, whoever its accused are: the total is the number of cases."""
        cases = defaultdict(set)
        for fact in record.session.scalars(select(ProsecutionFact)):
            if fact.rev_to is None and fact.counted and fact.share_level != "private":
                cases[fact.case_id].add(fact.event_code)
        found = report(record, "offences", Unit.CASE)
        assert found.provenance.n == len(cases)
        without = sum(2 in codes and not codes & {0, 1} for codes in cases.values())
        assert found.table("standing").figure("total", "without").value == without

    def test_filters_choose_prosecutions_first(self, pairs):
        """Of those held in a month: each case that has one counts as held."""
        held = KH.with_(ended="2023-06")
        found = report(pairs, "ends", Unit.CASE, held)
        assert found.table("by_actor").figure("total", "ended").value == 9

    def test_no_list_of_prosecutions_passes_for_a_list_of_cases(self, pairs):
        """A list has as many rows as its figure counts, or there is none."""
        for name in ("ends", "offences", "reasons"):
            for table in report(pairs, name, Unit.CASE).tables:
                assert all(f.behind is None for row in table.every_row() for f in row.figures)

    @pytest.mark.parametrize("name", ["institutions", "attrition", "delay"])
    def test_is_refused_where_it_makes_no_sense(self, record, name):
        """An institution decides on a person; a clock runs for one accused."""
        with pytest.raises(ReportProblem, match="counts no cases"):
            report(record, name, Unit.CASE)


class TestSizes:
    @pytest.mark.parametrize("unit", list(Unit))
    def test_says_what_each_unit_would_count(self, pairs, unit):
        """The same three numbers whatever is counted, and the one counted among them."""
        found = report(pairs, "offences", unit).provenance
        assert found.sizes == Sizes(charges=9 + 1, prosecutions=50, cases=25)
        assert found.n == getattr(found.sizes, f"{unit.value}s")
