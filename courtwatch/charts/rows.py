"""The layout that the bar-like charts share: rows of words above a bar across the whole width.

Words stand above the bar and never beside it, so that nothing overlaps on a phone and a long
court name in Khmer has room.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from markupsafe import Markup

from courtwatch.charts import svg
from courtwatch.charts.data import BarItem, ExcessItem, Fill, Heading
from courtwatch.charts.scale import NARROW, Axis, text_width, wrap

T = TypeVar("T")

MOST = 9
"""A chart of more rows is several drawings: paper is cut between them, not through letters."""
BAR = 16
GAP = 14
LEFT = 0.005
SPAN = 0.99
"""Bars use this part of the width: a whisker at the end must not be cut in half."""


@dataclass(frozen=True)
class Words:
    """The words above a bar: the label (to be linked), the rest, and where the bar begins."""

    label: Markup
    rest: tuple[Markup, ...]
    bottom: float


def drawings(items: Sequence[T], heading: Heading) -> Iterator[tuple[Sequence[T], Heading]]:
    """Give the rows of each drawing of a chart, about as many in each, with its heading."""
    of = max(1, math.ceil(len(items) / MOST))
    ends = [round(number * len(items) / of) for number in range(of + 1)]
    for number, (start, end) in enumerate(pairwise(ends), 1):
        yield items[start:end], heading.part(number, of)


def across(share: float) -> str:
    """Share 0..1 of the axis -> horizontal place."""
    return svg.percent(LEFT + SPAN * share)


def wide(share: float) -> str:
    """Share 0..1 of the axis -> width."""
    return svg.percent(SPAN * share)


def beside(pairs: Iterable[tuple[str, str]]) -> bool:
    """Say whether every label has room for its value on one line.

    One row below and the next at the right would read as if they meant something else.
    """
    return all(text_width(a, bold=True) + text_width(b) + 14 <= NARROW for a, b in pairs)


def words(label: str, value: str, top: float, right: bool = False) -> Words:
    """Label at the left, value below it, or at the right of its line (where `beside` says so).

    The label has at most two lines; what is cut is in its tooltip. The value is never cut: it
    wraps over as many lines as it needs.
    """
    lines = wrap(label, NARROW, bold=True)
    drawn = []
    y = top + svg.FONT
    shown = Markup("")
    for number, line in enumerate(lines):
        # The whole label is the tooltip of its last line, also where nothing was cut visibly.
        full = label if number == len(lines) - 1 else None
        shown += svg.text(line, y, bold=True, full=full)
        y += svg.LINE
    if value:
        if right:
            drawn.append(svg.text(value, y - svg.LINE, "100%", anchor="end"))
        else:
            for line in wrap(value, NARROW, lines=6):
                drawn.append(svg.text(line, y, full=value))
                y += svg.LINE
    return Words(shown, tuple(drawn), y - svg.FONT + 5)


def bar(
    key: str, start: float, share: float, y: float, fill: Fill, title: str, height: float = BAR
) -> Markup:
    """A bar segment from ``start`` over ``share`` of the axis, with an outline for print."""
    return svg.titled(
        "rect",
        title,
        x=across(start),
        y=y,
        width=wide(share),
        height=height,
        fill=svg.paint(key, fill),
        stroke=svg.INK,
        stroke_width=0.75,
        class_="cw-mark",
    )


def whisker(axis: Axis, item: BarItem | ExcessItem, y: float) -> list[Markup]:
    """The interval of an item across its bar; nothing where it has none.

    Raises ValueError for an interval that ends before it begins.
    """
    if item.lower is None or item.upper is None:
        return []
    if item.lower > item.upper:
        raise ValueError(f"bar {item.label!r}: interval from {item.lower} to {item.upper}")
    ends = [across(axis.place(end)) for end in (item.lower, item.upper)]
    middle = y + BAR / 2
    lines = [(ends[0], ends[1], middle, middle)]
    lines += [(end, end, middle - 5, middle + 5) for end in ends]
    # A white line below the dark one keeps the whisker visible on the bar.
    return [
        svg.element("line", x1=a, x2=b, y1=c, y2=d, stroke=stroke, stroke_width=width)
        for stroke, width in (("#ffffff", 4.0), (svg.INK, 1.75))
        for a, b, c, d in lines
    ]


def axis_below(axis: Axis, labels: Sequence[str], top: float, bottom: float) -> list[Markup]:
    """Grid lines from ``top`` to ``bottom`` and tick labels below; takes 24 px under bottom."""
    drawn = []
    for tick, label in zip(axis.ticks, _unit_once(labels), strict=True):
        place = axis.place(tick)
        x = across(place)
        drawn.append(
            svg.element(
                "line",
                x1=x,
                x2=x,
                y1=top,
                y2=bottom,
                stroke=svg.QUIET,
                stroke_width=0.5,
                stroke_dasharray="1 3" if tick else None,
            )
        )
        anchor = "start" if place < 0.05 else "end" if place > 0.95 else "middle"
        drawn.append(svg.text(label, bottom + 16, x, anchor=anchor, class_="cw-chart__quiet"))
    return drawn


def _unit_once(labels: Sequence[str]) -> list[str]:
    """'80 %', '100 %' -> '80', '100 %': with the unit at each, labels would touch on a phone."""
    if not all(label.endswith(" %") for label in labels):
        return list(labels)
    return [label.removesuffix(" %") for label in labels[:-1]] + [*labels[-1:]]


def legend(
    key: str, entries: Sequence[tuple[Fill, str]], top: float, letters: Sequence[str] = ()
) -> Words:
    """Fill samples with their words, one a line: the longest label still fits a phone."""
    drawn = []
    y = top
    for number, (fill, label) in enumerate(entries):
        drawn.append(
            svg.element(
                "rect",
                x="0.5%",
                y=y + 2,
                width=22,
                height=14,
                fill=svg.paint(key, fill),
                stroke=svg.INK,
                stroke_width=0.75,
            )
        )
        shown = f"{letters[number]}  {label}" if letters else label
        for line in wrap(shown, NARROW - 34, lines=3):
            drawn.append(svg.text(line, y + svg.FONT, "0.5%", dx=30, full=shown))
            y += svg.LINE
        y += 3
    return Words(Markup(""), tuple(drawn), y + 8)
