"""Charts with two axes, and the Pareto of excess: nothing outside the plot, nothing unsaid."""

from __future__ import annotations

import itertools
import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courtwatch.charts import plot
from courtwatch.charts.curves import cumulative_incidence, kaplan_meier
from courtwatch.charts.cusum import cusum
from courtwatch.charts.data import (
    ExcessItem,
    Heading,
    Level,
    LimitLine,
    MarkShape,
    PlotWords,
    Point,
    Shape,
    Signal,
    StepLine,
)
from courtwatch.charts.excess import excess
from courtwatch.charts.funnel import funnel
from courtwatch.charts.scale import NARROW, text_width
from tests.unit.charts.parsing import NAMESPACE, fold, links, parsed, words

KHMER = "សាលាដំបូងខេត្តបន្ទាយមានជ័យ សាលាដំបូងរាជធានីភ្នំពេញ"
HEADING = Heading("Title <b>", "Description & more", "c1")
WORDS = PlotWords("days since registration", "at risk")
TICKS = (0.0, 365.0, 730.0, 1095.0)
MARKS = (
    MarkShape("none", Shape.CIRCLE, "not marked"),
    MarkShape("review", Shape.DIAMOND, "review"),
    MarkShape("few", Shape.TRIANGLE, "insufficient data"),
)
labels = st.sampled_from(["Judgment", KHMER, "<script>", "A & B", "x" * 90])


def checked(drawing):
    """Parse a chart; its lines lie inside their view box, its letters do not overlap."""
    root = parsed(drawing)
    for inner in root.iter(f"{NAMESPACE}svg"):
        if "viewBox" not in inner.attrib:
            continue
        _x, _y, width, height = (float(v) for v in inner.attrib["viewBox"].split())
        for path in inner.iter(f"{NAMESPACE}path"):
            values = [float(v) for v in re.findall(r"-?[\d.]+", path.attrib["d"])]
            assert all(math.isfinite(value) for value in values)
            assert all(-0.01 <= x <= width + 0.01 for x in values[::2])
            assert all(-0.01 <= y <= height + 0.01 for y in values[1::2])
    boxes = []
    for text in root.iter(f"{NAMESPACE}text"):
        x = float(text.attrib["x"].rstrip("%")) / 100 * NARROW + float(text.get("dx", 0))
        wide = text_width(text.text or "")
        left = x - wide * {"end": 1, "middle": 0.5}.get(text.get("text-anchor", ""), 0)
        boxes.append((left, float(text.attrib["y"]), left + wide, text.get("font-weight")))
    plain = [box for box in boxes if box[3] is None]
    for number, one in enumerate(plain):
        for other in plain[number + 1 :]:
            apart = one[2] <= other[0] + 0.5 or other[2] <= one[0] + 0.5
            assert apart or abs(one[1] - other[1]) >= 11, (one, other)
    return root


@st.composite
def step_lines(draw, rising=True):
    """A curve that rises from 0 (or falls from 1), with a band and who is at risk."""
    x = sorted(draw(st.sets(st.integers(0, 3000), max_size=30)))
    values = sorted(draw(st.lists(st.floats(0, 1), min_size=len(x), max_size=len(x))))
    values = values if rising else values[::-1]
    half = draw(st.floats(0, 0.3))
    known = draw(st.lists(st.booleans(), min_size=len(x), max_size=len(x)))
    return StepLine(
        draw(labels),
        tuple(map(float, x)),
        tuple(values),
        tuple(max(0.0, v - half) if k else None for v, k in zip(values, known, strict=True)),
        tuple(min(1.0, v + half) if k else None for v, k in zip(values, known, strict=True)),
        tuple(range(len(x) * 90_000, 0, -90_000)),
    )


class TestCurves:
    @settings(max_examples=40)
    @given(st.lists(step_lines(), min_size=1, max_size=4))
    def test_incidence_is_valid_and_names_every_line(self, lines):
        """Any curves can be drawn, also without a point; each has its letter and words."""
        root = checked(cumulative_incidence(lines, HEADING, WORDS, ticks=TICKS))
        said = words(root)
        for letter, line in zip("ABCD", lines, strict=False):
            assert f"{letter} {fold(line.label)}" in said
        again = cumulative_incidence(list(lines), HEADING, WORDS, ticks=TICKS)
        assert again == cumulative_incidence(lines, HEADING, WORDS, ticks=TICKS)

    @settings(max_examples=40)
    @given(step_lines(rising=False), st.none() | st.integers(0, 2000))
    def test_kaplan_meier_is_valid_with_and_without_a_median(self, line, median):
        """A median behind the end of the plot is said in words and not drawn."""
        levels = [Level("median 412 days", median, 0.5), Level("of those that ended", 140.0)]
        root = checked(kaplan_meier(line, HEADING, WORDS, ticks=TICKS, levels=levels))
        assert "A median 412 days" in words(root)
        assert "B of those that ended" in words(root)

    def test_a_step_stands_at_its_time_and_height(self):
        """Half of the time is half of the plot, half of the share half of its height."""
        line = StepLine("j", (500.0,), (0.5,), (), (), (10,))
        drawing = cumulative_incidence([line], HEADING, WORDS, ticks=(0, 500, 1000))
        root = parsed(drawing)
        (inner,) = [s for s in root.iter(f"{NAMESPACE}svg") if "viewBox" in s.attrib]
        (path,) = inner.iter(f"{NAMESPACE}path")
        assert path.attrib["d"] == "M0 280L500 280L500 0"

    def test_counts_who_is_at_risk_at_the_ticks(self):
        """The count below a tick is that of the next step, and 0 behind the last."""
        line = StepLine("j", (100.0, 400.0), (0.1, 0.2), (), (), (50, 7))
        root = parsed(cumulative_incidence([line], HEADING, WORDS, ticks=(0, 400, 900)))
        texts = [t.text for t in root.iter(f"{NAMESPACE}text")]
        assert texts[texts.index("at risk") + 1 :][:3] == ["50", "7", "0"]

    def test_lines_differ_without_colour(self):
        """Four lines, four dashes."""
        lines = [StepLine(str(n), (10.0,), (0.1 * n,), (), (), ()) for n in range(1, 5)]
        root = parsed(cumulative_incidence(lines, HEADING, WORDS, ticks=TICKS))
        (inner,) = [s for s in root.iter(f"{NAMESPACE}svg") if "viewBox" in s.attrib]
        dashes = [p.get("stroke-dasharray") for p in inner.iter(f"{NAMESPACE}path")]
        assert len(set(dashes)) == 4

    def test_a_long_curve_is_thinned_to_what_can_be_seen(self):
        """Five thousand steps make a drawing of a few kilobytes, and end where they end."""
        x = tuple(float(day) for day in range(5000))
        line = StepLine("j", x, tuple(day / 5000 for day in x))
        drawing = cumulative_incidence([line], HEADING, WORDS, ticks=(0, 2500, 5000))
        assert len(drawing) < 20_000
        assert plot.value_at(line, 4999, 0) == 4999 / 5000

    @pytest.mark.parametrize("ticks", [(0,), (0, 0), (10, 20), (0, 20, 10)])
    def test_refuses_ticks_that_do_not_ascend(self, ticks):
        """A wrong axis is an error, never a wrong picture."""
        with pytest.raises(ValueError, match="ascend"):
            cumulative_incidence([], HEADING, WORDS, ticks=ticks)


class TestLetters:
    @settings(max_examples=40)
    @given(st.lists(st.floats(20, 280), min_size=1, max_size=6))
    def test_are_moved_apart_inside_the_plot(self, places):
        """Lines that end together still have letters that can be told apart."""
        moved = sorted(plot.apart(places, 20, 280))
        assert all(b - a >= plot.ROOM - 1e-6 for a, b in itertools.pairwise(moved))
        assert moved[0] >= 20 - 1e-6
        assert moved[-1] <= 280 + 1e-6


@st.composite
def points(draw):
    """A court anywhere in the funnel."""
    return Point(
        draw(labels), draw(st.integers(1, 6000)), draw(st.floats(0, 1)),
        draw(st.sampled_from([m.mark for m in MARKS])), "34 %, n = 120", draw(st.booleans()),
        draw(st.none() | st.just("/cases?court=1")),
    )  # fmt: skip


def drawn_funnel(courts, limits=(), centre=0.22):
    """Draw a funnel with the usual words."""
    return funnel(
        courts, limits, HEADING, PlotWords("prosecutions"), centre=centre,
        centre_label="all: 22 %", marks=MARKS,
    )  # fmt: skip


class TestFunnel:
    @settings(max_examples=40)
    @given(st.lists(points(), max_size=12))
    def test_is_valid_and_lists_only_marked_courts_in_the_order_given(self, courts):
        """The list below is by name as the report gives it: never by rank."""
        sizes = (1.0, 30.0, 6000.0)
        lines = [LimitLine("95 %", sizes, (-0.2, 0.1, 0.2), (1.3, 0.4, 0.24))]
        root = checked(drawn_funnel(courts, lines))
        said = words(root)
        for number, court in enumerate([c for c in courts if c.named], 1):
            assert f"{number} {fold(court.label)}"[:60] in said
        assert len(links(root)) >= sum(court.href is not None for court in courts)

    def test_shapes_say_the_mark(self):
        """Each mark has its own outline, listed in the legend only where it occurs."""
        courts = [Point("A", 100, 0.5, "review", named=True), Point("B", 50, 0.2, "none")]
        root = parsed(drawn_funnel(courts))
        outlines = {p.attrib["d"] for p in root.iter(f"{NAMESPACE}path") if p.get("class")}
        assert len(outlines) == 2
        assert "insufficient data" not in words(root)

    @pytest.mark.parametrize(
        "court",
        [
            Point("A", 100, 1.5, "none"),
            Point("A", 0, 0.5, "none"),
            Point("A", 10, float("nan"), "none"),
            Point("A", 10, 0.5, "worst"),
        ],
    )
    def test_refuses_what_cannot_be_drawn(self, court):
        """A wrong number is an error."""
        with pytest.raises(ValueError):
            drawn_funnel([court])


class TestCusum:
    @settings(max_examples=40)
    @given(st.lists(st.floats(0, 20), min_size=1, max_size=60), st.floats(0.5, 30), st.data())
    def test_is_valid_with_its_signals(self, values, threshold, data):
        """Threshold and every signal are in the drawing, whatever the sum did."""
        place = data.draw(st.integers(1, len(values)))
        root = checked(
            cusum(
                values, [f"2024-{1 + n % 12:02d}" for n in range(len(values))], HEADING,
                PlotWords("registered"), threshold=threshold, threshold_label="threshold",
                value_label="sum", signals=[Signal(place, "2024-05: above", "/cases?x=1")],
            )
        )  # fmt: skip
        assert "1 2024-05: above" in words(root)

    def test_refuses_a_signal_outside(self):
        """A signal stands at a prosecution that is there."""
        with pytest.raises(ValueError, match="outside 1 to 1"):
            cusum([1.0], ["a"], HEADING, WORDS, threshold=1, threshold_label="t",
                  value_label="v", signals=[Signal(2, "x")])  # fmt: skip


class TestExcess:
    @settings(max_examples=40)
    @given(st.lists(st.tuples(labels, st.floats(-500, 500)), max_size=8))
    def test_is_valid_and_has_a_bar_for_each(self, pairs):
        """Bars are as long as their excess, right of zero for more and left for fewer."""
        items = [ExcessItem(label, value, f"{value:+.1f}") for label, value in pairs]
        root = parsed(excess(items, HEADING, more="more", fewer="fewer"))
        bars = [r for r in root.iter(f"{NAMESPACE}rect") if r.get("class") == "cw-mark"]
        assert len(bars) == len(items)

    def test_an_interval_lies_across_its_bar_and_inside_the_chart(self):
        """From its lower to its upper end, also where it reaches further than any bar."""
        items = [ExcessItem("a", 2, "+2", None, -4, 8), ExcessItem("b", 1, "+1")]
        root = parsed(excess(items, HEADING, more="m", fewer="f"))
        [bar, _other] = [r for r in root.iter(f"{NAMESPACE}rect") if r.get("class") == "cw-mark"]
        whiskers = [r for r in root.iter(f"{NAMESPACE}line") if r.get("stroke-width") == "1.75"]
        assert len(whiskers) == 3
        ends = [float(whiskers[0].attrib[x][:-1]) for x in ("x1", "x2")]
        zero, two = (float(bar.attrib["x"][:-1]) + part * float(bar.attrib["width"][:-1])
                     for part in (0, 1))  # fmt: skip
        assert ends[1] - zero == pytest.approx(4 * (two - zero), abs=0.05)
        assert zero - ends[0] == pytest.approx(2 * (two - zero), abs=0.05)
        assert 0 <= ends[0] < ends[1] <= 100
        with pytest.raises(ValueError, match="interval from 3 to 1"):
            excess([ExcessItem("a", 2, "+2", None, 3, 1)], HEADING, more="m", fewer="f")

    def test_zero_lies_between_more_and_fewer(self):
        """A bar of +4 ends where it should, one of -2 begins left of zero."""
        items = [ExcessItem("fewer", -2, "-2"), ExcessItem("more", 4, "+4")]
        root = parsed(excess(items, HEADING, more="m", fewer="f"))
        fewer, more = [r for r in root.iter(f"{NAMESPACE}rect") if r.get("class") == "cw-mark"]
        left = {r: float(r.attrib["x"][:-1]) for r in (more, fewer)}
        wide = {r: float(r.attrib["width"][:-1]) for r in (more, fewer)}
        assert left[fewer] + wide[fewer] == pytest.approx(left[more], abs=0.05)
        assert wide[more] == pytest.approx(2 * wide[fewer], abs=0.05)
        assert more.get("fill") != fewer.get("fill")
