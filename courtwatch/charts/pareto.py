"""Pareto chart: what makes up most of a total, largest first, with the running share."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

from markupsafe import Markup

from courtwatch.charts import rows, svg
from courtwatch.charts.bars import as_percent
from courtwatch.charts.data import BarItem, Fill, Heading
from courtwatch.charts.scale import nice_axis


def pareto(items: Sequence[BarItem], heading: Heading, *, cumulative: str) -> Markup:
    """Draw ``items`` by descending value; diamonds joined by a line show the running share.

    ``cumulative`` names the line in the legend. Bars and line share one axis, the share of the
    total. Items without value are refused, as are negative ones: their sum has no shares.
    """
    values = [item.value for item in items]
    if any(value is None or not value >= 0 for value in values):
        raise ValueError("a Pareto chart needs a value of 0 or more for every item")
    ordered = sorted(items, key=lambda item: -(item.value or 0.0))
    total = sum(value for value in values if value is not None)
    axis = nice_axis(1.0, at_most=1.0)
    named = rows.words(f"◆ {cumulative}", "", 4)
    bars: list[Markup] = []
    labels = [named.label]
    y = top = named.bottom + 4
    points: list[tuple[float, float, str]] = []
    running = accumulate((item.value or 0.0) / total if total else 0.0 for item in ordered)
    right = rows.beside(
        (item.label, _text(item, (item.value or 0.0) / total if total else 0.0)) for item in ordered
    )
    for item, sum_so_far in zip(ordered, running, strict=True):
        share = (item.value or 0.0) / total if total else 0.0
        text = _text(item, share)
        words = rows.words(item.label, text, y, right)
        title = f"{item.label}: {text}"
        shape = rows.bar(heading.key, 0, min(share, 1.0), words.bottom, Fill.SOLID, title)
        bars.append(svg.link(shape, item.href, title))
        labels += [svg.link(words.label, item.href), *words.rest]
        points.append(
            (
                axis.place(sum_so_far),
                words.bottom + rows.BAR / 2,
                f"{item.label}: {cumulative} {as_percent(min(sum_so_far, 1.0))}",
            )
        )
        y = words.bottom + rows.BAR + rows.GAP
    for width, stroke in ((4.5, "#ffffff"), (1.5, svg.INK)):
        bars += [
            svg.element(
                "line",
                x1=rows.across(a[0]),
                y1=a[1],
                x2=rows.across(b[0]),
                y2=b[1],
                stroke=stroke,
                stroke_width=width,
                stroke_dasharray="6 3" if stroke == svg.INK else None,
                class_="cw-chart__running",
            )
            for a, b in pairwise(points)
        ]
    # Words after the line, so that their rim keeps them free of it.
    marks = [_diamond(place, middle, title) for place, middle, title in points]
    grid = rows.axis_below(axis, [as_percent(tick) for tick in axis.ticks], top, y)
    return svg.chart(heading, y + 26, [*grid, *bars, *labels, *marks], [Fill.SOLID])


def _text(item: BarItem, share: float) -> str:
    return item.text or f"{item.value:,.0f} ({as_percent(share)})"


def _diamond(place: float, middle: float, title: str) -> Markup:
    """A mark at a relative place; nested, because a path knows no percentages."""
    path = svg.titled(
        "path",
        title,
        d=f"M0 {svg.number(middle - 6)}l6 6-6 6-6-6z",
        fill="#ffffff",
        stroke=svg.INK,
        stroke_width=1.5,
    )
    return svg.element("svg", path, x=rows.across(place), overflow="visible")
