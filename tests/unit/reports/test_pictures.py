"""Each kind of chart is drawn from its table, in the reader's words, linked to the cases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from courtwatch.reports.model import (
    Behind,
    ChartKind,
    Column,
    ColumnKind,
    Curve,
    Figure,
    Row,
    Table,
)
from courtwatch.reports.pictures import Pictures
from courtwatch.reports.words import plain
from courtwatch.services.fact_filters import FactFilters
from tests.unit.charts.parsing import links, parsed, words
from tests.unit.reports.test_rendering import REPORT

BEHIND = Behind(3, FactFilters(court=("KH-12-CFI",)))
DAYS = (100.0, 400.0, 900.0)
JUDGED = Curve("judgment", "Judged", DAYS, (0.1, 0.3, 0.5), (0.05, 0.2, 0.4), (0.2, 0.4, 0.6),
               (90, 40, 10))  # fmt: skip


def table(chart, columns, rows, curves=(), limits=()):
    """Make a table whose chart reads its columns in order."""
    return Table(
        "t", "Title", tuple(Column(key, key, kind) for key, kind in columns), tuple(rows), 10,
        "Definition", "Row", chart=chart, chart_columns=tuple(key for key, _ in columns),
        curves=curves, x_label="the x", limits=limits,
    )  # fmt: skip


TABLES = {
    ChartKind.INCIDENCE: table(
        ChartKind.INCIDENCE, [("p", ColumnKind.PROBABILITY)],
        [Row("365", "365 days", (Figure(0.1, lower=0.05, upper=0.2),))], (JUDGED,),
    ),
    ChartKind.SURVIVAL: table(
        ChartKind.SURVIVAL, [("days", ColumnKind.DAYS)],
        [Row("median", "Half", (Figure(900.0, lower=400.0),)),
         Row("naive", "Naive", (Figure(120.0),))],
        (replace(JUDGED, estimate=(0.9, 0.7, 0.5)),), (0.5, 0.0),
    ),
    ChartKind.FUNNEL: table(
        ChartKind.FUNNEL,
        [("size", ColumnKind.COUNT), ("share", ColumnKind.PROBABILITY), ("mark", ColumnKind.MARK)],
        [Row("a", "A court", (Figure(120, behind=BEHIND), Figure(0.4, lower=0.3, upper=0.5),
                              Figure(None, text="Review", code="review"))),
         Row("b", "B court", (Figure(30), Figure(0.1), Figure(None, text="", code="")))],
        (Curve("centre", "All together", (1.0, 120.0), (0.2, 0.2)),
         Curve("95", "95 %", (1.0, 120.0), (0.2, 0.2), (-0.1, 0.1), (1.2, 0.3))),
    ),
    ChartKind.CUSUM: table(
        ChartKind.CUSUM, [("place", ColumnKind.COUNT)],
        [Row("signal.1", "Reached on 2024-05-01", (Figure(2, behind=BEHIND),))],
        (Curve("sum", "Sum", (1.0, 2.0), (0.5, 4.1), names=("2024-04-01", "2024-05-01")),
         Curve("threshold", "Threshold 4.0", (1.0, 2.0), (4.0, 4.0))),
    ),
    ChartKind.EXCESS: table(
        ChartKind.EXCESS, [("excess", ColumnKind.NUMBER), ("observed", ColumnKind.COUNT)],
        [Row("VW1", "Witness absent", (Figure(4.7), Figure(12, behind=BEHIND))),
         Row("EV1", "Evidence", (Figure(-2.2), Figure(3)))],
    ),
    ChartKind.TILES: table(
        ChartKind.TILES, [("share", ColumnKind.SHARE)],
        [Row("KH-12", "Phnom Penh", (Figure(0.25, 3, 12, 0.1, 0.5, behind=BEHIND),)),
         Row("elsewhere", "Elsewhere", (Figure(0.1, 1, 10, 0.0, 0.4),))],
        limits=(0.1, 0.2, 0.3),
    ),
}  # fmt: skip
SAID = {
    ChartKind.INCIDENCE: ["A Judged", "Still followed", "90"],
    ChartKind.SURVIVAL: ["A Half: 900 days (400 to beyond the record)", "B Naive: 120 days"],
    ChartKind.FUNNEL: ["1 A court: 40.0 % (30.0 to 50.0 %)", "Review", "not marked", "95 %"],
    ChartKind.CUSUM: ["1 Reached on 2024-05-01", "Threshold 4.0", "2024-04-01"],
    ChartKind.EXCESS: ["+4.7; observed: 12", "-2.2; observed: 3"],
    ChartKind.TILES: ["Phnom Penh: 25.0 %", "10.0 to below 20.0", "30.0 and above"],
}


def draw(each):
    """Draw a table of an otherwise empty report."""
    return Pictures(REPORT, plain, "en", lambda f: "/cases?" + f.to_query()).draw(each)


@pytest.mark.parametrize("kind", list(TABLES))
class TestEveryKind:
    def test_says_what_its_table_says(self, kind):
        """Labels, intervals and marks of the table are in the chart."""
        root = parsed(draw(TABLES[kind]))
        said = words(root)
        for text in SAID[kind]:
            assert text in said

    def test_opens_the_cases_behind_it(self, kind):
        """A linked figure is a linked mark; a curve, which counts everybody, opens nothing."""
        linked = [f for r in TABLES[kind].rows for f in r.figures if f.behind is not None]
        found = links(parsed(draw(TABLES[kind])))
        assert bool(found) == bool(linked)
        assert set(found) <= {"/cases?court=KH-12-CFI"}

    def test_is_the_same_to_the_byte(self, kind):
        """Nothing in a chart depends on when it is drawn."""
        assert draw(TABLES[kind]) == draw(TABLES[kind])

    def test_is_not_drawn_for_a_refused_table(self, kind):
        """What can't be answered has no picture."""
        assert draw(replace(TABLES[kind], refused="too few")) is None


@pytest.mark.parametrize(
    ("chart", "order"),
    [(ChartKind.EXCESS, ["Bee", "Cow", "Ant"]), (ChartKind.DIFFERENCE, ["Ant", "Bee", "Cow"])],
)
def test_reasons_stand_by_their_excess_and_parts_of_a_difference_as_in_the_table(chart, order):
    """Courts by their part of a difference would stand in a ranking."""
    values = {"Ant": -3.0, "Bee": 5.0, "Cow": 1.0}
    rows = [Row(key, key, (Figure(value),)) for key, value in values.items()]
    said = words(parsed(draw(table(chart, [("excess", ColumnKind.NUMBER)], rows))))
    assert sorted(order, key=lambda key: said.index(f"{key}:")) == order
