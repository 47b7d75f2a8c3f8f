"""Every chart: valid XML, nothing that is not a number, all labels there and escaped, links."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtwatch.charts.attrition import attrition
from courtwatch.charts.bars import bars
from courtwatch.charts.data import (
    AttritionStage,
    AttritionWords,
    BarItem,
    Fill,
    Heading,
    Mark,
    MarkRow,
    Reference,
    Segment,
    Series,
    Span,
    StackedItem,
    Tile,
)
from courtwatch.charts.pareto import pareto
from courtwatch.charts.scale import NARROW, text_width
from courtwatch.charts.stacked import stacked
from courtwatch.charts.tile_grid import LAYOUTS, PLACES, tile_grid
from courtwatch.charts.timeline import timeline
from tests.unit.charts.parsing import (
    NAMESPACE,
    drawings,
    drawn_texts,
    fold,
    links,
    parsed,
    words,
)

KHMER = "សាលាដំបូងខេត្តបន្ទាយមានជ័យ សាលាដំបូងរាជធានីភ្នំពេញ"
HEADING = Heading("Title <b>", "Description & more", "c1")
PARTS = AttritionWords("went on", "still pending", "ended without judgment", "outside control")

labels = st.one_of(
    # Letters that matter here; all of Unicode would take seconds to set up and find no more.
    st.text("aMW <&\"'>é—\x00\ud800កខ្គា\u200b", min_size=1, max_size=60),
    st.sampled_from([KHMER, KHMER * 3, "<script>alert(1)</script>", "A&B \x00\x1b", "x" * 200]),
)
shares = st.floats(0, 1)
days = st.dates(date(2000, 1, 1), date(2040, 1, 1))


@st.composite
def bar_items(draw: st.DrawFn) -> BarItem:
    """A bar with or without value and interval."""
    lower, value, upper = sorted(draw(st.lists(shares, min_size=3, max_size=3)))
    known, interval = draw(st.booleans()), draw(st.booleans())
    return BarItem(
        draw(labels),
        value if known else None,
        lower if interval else None,
        upper if interval else None,
        draw(st.none() | st.integers(0, 10**6)),
        draw(st.none() | st.just("/cases?court=1&stage=x")),
    )


class TestBars:
    @given(st.lists(bar_items(), max_size=8), st.none() | shares)
    def test_is_valid_and_says_every_label(self, items, line):
        """Whatever the labels hold, the chart parses and a reader can get at all of them."""
        reference = None if line is None else Reference(line, "All courts")
        root = parsed(bars(items, HEADING, reference=reference))
        said = words(root)
        for item in items:
            # A label of blanks alone has nothing to say; wrapped lines are joined by blanks.
            assert fold(item.label) in said or fold(item.label) in fold(
                "".join(t for _, _, t in drawn_texts(root))
            )
        assert links(root) == [item.href for item in items if item.href]

    @given(st.lists(bar_items(), min_size=1, max_size=6))
    def test_no_two_texts_share_a_line_unless_they_fit(self, items):
        """On a page of 320 px the words of a row never run into each other."""
        lines: defaultdict[float, list[str]] = defaultdict(list)
        for y, anchor, text in drawn_texts(parsed(bars(items, HEADING)))[: -len("ticks")]:
            if anchor in ("start", "end"):
                lines[y].append(text)
        for texts in lines.values():
            if len(texts) > 1:
                assert sum(text_width(text) for text in texts) < NARROW

    @pytest.mark.parametrize("largest", [0.02, 0.09, 0.2, 0.45, 0.8, 1.0])
    def test_ticks_do_not_touch_on_a_phone(self, largest):
        """'80 %' ran into '100 %': the unit stands at the last one alone."""
        root = parsed(bars([BarItem("a", largest)], HEADING))
        ticks = [t for t in root.iter(f"{NAMESPACE}text") if t.get("class") == "cw-chart__quiet"]
        ends, said = [], []
        for tick in ticks:
            said.append(tick.text or "")
            x, wide = float(tick.attrib["x"][:-1]) / 100 * NARROW, text_width(said[-1])
            before = {"start": 0.0, "middle": wide / 2, "end": wide}
            left = x - before[tick.get("text-anchor", "start")]
            ends.append((left, left + wide))
        assert len(ends) > 2
        assert all(start - end > 6 for (_, end), (start, _) in pairwise(ends))
        assert [text.endswith(" %") for text in said] == [False] * (len(said) - 1) + [True]

    def test_many_rows_are_several_drawings_along_one_axis(self):
        """Paper is cut between drawings: one of 25 rows is longer than a page."""
        items = [BarItem(f"Court {n}", n / 100, href=f"/cases?court={n}") for n in range(1, 26)]
        roots = drawings(bars(items, HEADING, reference=Reference(0.1, "All courts")))
        assert [len(list(root.iter(f"{NAMESPACE}a"))) for root in roots] == [8, 9, 8]
        said = [words(root) for root in roots]
        assert [root.findtext(f"{NAMESPACE}title") for root in roots] == [
            f"{HEADING.title} ({n} / 3)" for n in (1, 2, 3)
        ]
        assert all("All courts" in each and "25 %" in each for each in said)
        assert sum(each.count("Court 17: 17 %") for each in said) == 1
        ids = [each.get("id") for root in roots for each in root.iter() if each.get("id")]
        assert len(ids) == len(set(ids))

    def test_a_bold_name_stays_in_the_frame_on_a_phone(self):
        """Bold letters are wider: a name that fits in others only is broken over two lines."""
        name = "Anukor Provincial Police Commissariat"
        assert text_width(name) < NARROW < text_width(name, bold=True)
        lines = [t for _y, _a, t in drawn_texts(parsed(bars([BarItem(name, 0.5)], HEADING)))]
        assert {"Anukor Provincial Police", "Commissariat"} < set(lines)

    def test_bar_is_as_long_as_its_value(self):
        """Half of the axis is half of the width."""
        root = parsed(bars([BarItem("a", 0.5), BarItem("b", 1)], HEADING))
        widths = [float(r.attrib["width"][:-1]) for r in root.iter(f"{NAMESPACE}rect")]
        assert widths[0] == pytest.approx(widths[1] / 2)
        assert widths[1] == pytest.approx(99)

    def test_unknown_value_draws_no_bar_but_says_why(self):
        """Insufficient data is words, not a bar of length zero."""
        root = parsed(bars([BarItem("Kep", None, text="insufficient data")], HEADING))
        assert list(root.iter(f"{NAMESPACE}rect")) == []
        assert "insufficient data" in words(root)

    def test_words_give_value_interval_and_denominator(self):
        """A figure never stands without its interval and n."""
        root = parsed(bars([BarItem("Kep", 0.25, 0.1, 0.5, 1200)], HEADING))
        assert "25 % (10 % – 50 %), n = 1,200" in words(root)

    @pytest.mark.parametrize(
        "item",
        [
            BarItem("a", float("nan")),
            BarItem("a", float("inf")),
            BarItem("a", -0.1),
            BarItem("a", 0.2, 0.5, 0.1),
        ],
    )
    def test_refuses_what_cannot_be_drawn(self, item):
        """A wrong number is an error, never a wrong picture."""
        with pytest.raises(ValueError):
            bars([item], HEADING)

    @pytest.mark.parametrize("href", ["javascript:alert(1)", "//elsewhere.org/", "http://x/"])
    def test_refuses_links_that_leave(self, href):
        """A label from an import can't smuggle an address in."""
        with pytest.raises(ValueError, match="our own pages"):
            bars([BarItem("a", 0.5, href=href)], HEADING)

    def test_order_is_kept(self):
        """Courts come in order of name: the chart never ranks."""
        root = parsed(bars([BarItem("A", 0.1), BarItem("B", 0.9), BarItem("C", 0.5)], HEADING))
        bold = [t.text for t in root.iter(f"{NAMESPACE}text") if t.get("font-weight")]
        assert bold == ["A", "B", "C"]


@st.composite
def attrition_stages(draw: st.DrawFn) -> AttritionStage:
    """A stage whose parts are at most the whole."""
    parts = draw(st.lists(st.integers(0, 1000), min_size=4, max_size=4))
    return AttritionStage(
        draw(labels),
        sum(parts),
        parts[0],
        parts[1],
        parts[2],
        href=draw(st.none() | st.just("/cases?stage=1")),
    )


class TestAttrition:
    @given(st.lists(attrition_stages(), max_size=6))
    def test_is_valid_and_accounts_for_everybody(self, stages):
        """The segments of a row are together as long as the stage's share of the cohort."""
        root = parsed(attrition(stages, HEADING, PARTS))
        whole = max((stage.reached for stage in stages), default=0)
        rows: defaultdict[str, float] = defaultdict(float)
        for rect in root.iter(f"{NAMESPACE}rect"):
            if rect.get("class") == "cw-mark":
                rows[rect.attrib["y"]] += float(rect.attrib["width"][:-1])
        reached = [stage.reached for stage in stages if stage.reached]
        assert len(rows) == len(reached)
        for width, count in zip(rows.values(), reached, strict=True):
            assert width == pytest.approx(99 * count / whole, abs=0.05)

    def test_pending_is_shown_and_linked(self):
        """Pending prosecutions have their own area, words and link."""
        stage = AttritionStage("Charged", 10, pending=4, pending_href="/cases?pending=1")
        root = parsed(attrition([stage], HEADING, PARTS))
        assert links(root) == ["/cases?pending=1"]
        assert "Charged: still pending, 4" in words(root)

    def test_refuses_parts_beyond_the_whole(self):
        """More ended than ever reached the stage is a bug in a report, not a picture."""
        with pytest.raises(ValueError, match="of 3"):
            AttritionStage("x", 3, pending=2, ended=2)


class TestPareto:
    @given(st.lists(st.tuples(labels, st.floats(0, 1e6)), max_size=8))
    def test_is_valid_and_falls(self, pairs):
        """Bars never get longer from top to bottom, and the running share ends at the total."""
        items = [BarItem(label, value) for label, value in pairs]
        root = parsed(pareto(items, HEADING, cumulative="Running share"))
        widths = [float(r.attrib["width"][:-1]) for r in root.iter(f"{NAMESPACE}rect")]
        assert widths == sorted(widths, reverse=True)
        assert len(widths) == len(items)

    def test_running_share_reaches_everything(self):
        """The last diamond stands at 100 %."""
        items = [BarItem("a", 3), BarItem("b", 1), BarItem("c", 4)]
        root = parsed(pareto(items, HEADING, cumulative="Running share"))
        assert "b: Running share 100 %" in words(root)
        assert "c: Running share 50 %" in words(root)

    def test_refuses_an_unknown_value(self):
        """A sum with an unknown part has no shares."""
        with pytest.raises(ValueError):
            pareto([BarItem("a", None)], HEADING, cumulative="x")


class TestStacked:
    SERIES = tuple(Series(f"s{n}", label) for n, label in enumerate(["One", "<Two>", KHMER]))

    @given(
        st.lists(
            st.tuples(labels, st.lists(st.integers(0, 500), min_size=3, max_size=3)), max_size=5
        )
    )
    def test_is_valid_and_adds_up(self, rows):
        """Segments fill exactly their item's share of the longest."""
        items = [
            StackedItem(
                label,
                tuple(Segment(f"s{n}", value, href="/cases?x=1") for n, value in enumerate(values)),
            )
            for label, values in rows
        ]
        root = parsed(stacked(items, self.SERIES, HEADING))
        largest = max((sum(values) for _, values in rows), default=0)
        lengths: defaultdict[str, float] = defaultdict(float)
        for rect in root.iter(f"{NAMESPACE}rect"):
            if rect.get("class") == "cw-mark":
                lengths[rect.attrib["y"]] += float(rect.attrib["width"][:-1])
        sums = [sum(values) for _, values in rows if sum(values)]
        for length, total in zip(lengths.values(), sums, strict=True):
            assert length == pytest.approx(99 * total / largest, abs=0.05)
        assert len(links(root)) == sum(value > 0 for _, values in rows for value in values)

    def test_every_series_can_be_told_apart_without_colour(self):
        """Eight series have eight fills, and each has its letter."""
        series = [Series(str(n), f"Reason {n}") for n in range(8)]
        item = StackedItem("Court", tuple(Segment(str(n), 10) for n in range(8)))
        root = parsed(stacked([item], series, HEADING))
        fills = {r.get("fill") for r in root.iter(f"{NAMESPACE}rect") if r.get("class")}
        assert len(fills) == 8
        said = [t.text for t in root.iter(f"{NAMESPACE}text")]
        assert [letter for letter in "ABCDEFGH" if said.count(letter) == 1] == list("ABCDEFGH")

    def test_refuses_an_unknown_series(self):
        """A segment without a legend could not be read."""
        with pytest.raises(ValueError, match="unknown series 'z'"):
            stacked([StackedItem("a", (Segment("z", 1),))], self.SERIES, HEADING)


@st.composite
def spans(draw: st.DrawFn) -> Span:
    """A period, perhaps open."""
    start = draw(days)
    length = draw(st.none() | st.integers(0, 4000))
    end = None if length is None else start + timedelta(days=length)
    return Span(draw(labels), start, end, fill=draw(st.sampled_from(Fill)))


class TestTimeline:
    @given(st.lists(spans(), max_size=5), st.lists(days, max_size=10), days, st.integers(0, 9000))
    def test_is_valid_for_any_dates(self, periods, hearings, first, length):
        """Periods before, in and after the chart, a chart of one day: all can be drawn."""
        marks = [MarkRow("Hearings", tuple(Mark(str(day), day) for day in hearings))]
        last = first + timedelta(days=length)
        root = parsed(timeline(periods, marks, HEADING, first=first, last=last))
        assert len(list(root.iter(f"{NAMESPACE}circle"))) >= len(hearings)

    def test_dates_stand_where_they_belong(self):
        """The middle of the year is in the middle of the chart."""
        root = parsed(
            timeline(
                [Span("Investigation", date(2026, 1, 1), date(2026, 7, 2))],
                [],
                HEADING,
                first=date(2026, 1, 1),
                last=date(2026, 12, 31),
            )
        )
        bar = next(r for r in root.iter(f"{NAMESPACE}rect") if r.get("class"))
        assert float(bar.attrib["width"][:-1]) == pytest.approx(49.5, abs=0.1)

    @given(days, st.integers(0, 20000))
    def test_tick_labels_do_not_touch(self, first, length):
        """At most four dates below the axis, each on its own place."""
        root = parsed(timeline([], [], HEADING, first=first, last=first + timedelta(days=length)))
        assert len(drawn_texts(root)) <= 5

    def test_refuses_a_period_that_ends_before_it_starts(self):
        """Impossible dates are found in a test, not in court."""
        with pytest.raises(ValueError, match="before"):
            timeline(
                [Span("x", date(2026, 2, 1), date(2026, 1, 1))],
                [],
                HEADING,
                first=date(2026, 1, 1),
                last=date(2026, 3, 1),
            )


class TestTileGrid:
    CLASSES = ("below 10 %", "10 to 20 %", "20 to 30 %", "30 % and more")

    @given(
        st.sampled_from(LAYOUTS).flatmap(
            lambda places: st.dictionaries(st.sampled_from(sorted(places)), st.none() | shares)
        ),
        st.sampled_from(["12 %", "–", "សម្ងាត់ណាស់ហើយ"]),
    )
    def test_is_valid_and_shows_every_province(self, values, text):
        """All 25 provinces are drawn, with data or without; those with data are linked."""
        tiles = [Tile(code, KHMER, value, text, "/cases?p=1") for code, value in values.items()]
        root = parsed(tile_grid(tiles, HEADING, limits=(0.1, 0.2, 0.3), classes=self.CLASSES))
        marks = [r for r in root.iter(f"{NAMESPACE}rect") if r.get("class") == "cw-mark"]
        assert len(marks) == 25
        assert len(links(root)) == len(tiles)

    def test_no_two_provinces_share_a_place(self):
        """Twenty-five codes, twenty-five places, twenty-five abbreviations."""
        assert len(PLACES) == 25
        assert {f"KH-{n}" for n in range(1, 26)} == set(PLACES)
        for places in LAYOUTS:
            assert len({place[:2] for place in places.values()}) == 25
            assert len({place[2] for place in places.values()}) == 25

    def test_two_countries_make_no_grid(self):
        """What is invented never stands beside what is not."""
        tiles = [Tile("KH-1", "x", 0.1, "x"), Tile("XD-01", "x", 0.1, "x")]
        with pytest.raises(ValueError, match="XD-01"):
            tile_grid(tiles, HEADING, limits=(0.1, 0.2, 0.3), classes=self.CLASSES)

    def test_more_ink_means_more(self):
        """The four shades follow the limits, which belong to the class above them."""
        tiles = [
            Tile(code, code, value, "x")
            for code, value in zip(sorted(PLACES), (0.05, 0.1, 0.2, 0.3), strict=False)
        ]
        root = parsed(tile_grid(tiles, HEADING, limits=(0.1, 0.2, 0.3), classes=self.CLASSES))
        fills = {
            t.text: r.get("fill")
            for r in root.iter(f"{NAMESPACE}rect")
            if r.get("class")
            for t in r.iter(f"{NAMESPACE}title")
        }
        assert [fills[f"{tile.code}: x"] for tile in tiles] == [
            "#ffffff",
            "url(#c1-dotted)",
            "url(#c1-hatched)",
            "url(#c1-crossed)",
        ]

    def test_refuses_what_is_no_province(self):
        """An unknown code would vanish from the picture without a word."""
        with pytest.raises(ValueError, match="KH-99"):
            tile_grid(
                [Tile("KH-99", "x", 0.1, "x")],
                HEADING,
                limits=(0.1, 0.2, 0.3),
                classes=self.CLASSES,
            )
