"""Funnel plot: courts by size and share, inside the limits that chance alone allows.

No order and no rank: a point's place is its size. Only courts that are marked are numbered, and
their list below is in the order given, by name.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from courtwatch.charts import plot as plots
from courtwatch.charts import svg
from courtwatch.charts.bars import as_percent
from courtwatch.charts.data import Heading, LimitLine, MarkShape, PlotWords, Point
from courtwatch.charts.plot import HEIGHT, LEFT, SPAN, Plot
from courtwatch.charts.scale import NARROW, nice_axis, text_width, wrap

_MOVES = ((10, 5), (-10, 5), (0, -10), (0, 20), (10, -8), (-10, -8), (10, 18), (-10, 18))


def funnel(
    points: Sequence[Point],
    limits: Sequence[LimitLine],
    heading: Heading,
    words: PlotWords,
    *,
    centre: float,
    centre_label: str,
    marks: Sequence[MarkShape],
) -> Markup:
    """Draw a point for every court, the share of all as a line, and pairs of limits.

    The x axis goes with the root of the size, so that small courts have room. Limits outside
    0..1 are clipped. Raises ValueError for a mark without shape, a share outside 0..1, a size
    below 1 and limits whose columns differ in length.
    """
    shapes = {each.mark: each.shape for each in marks}
    for point in points:
        if point.mark not in shapes:
            raise ValueError(f"{point.label!r}: no shape for the mark {point.mark!r}")
        if not 0 <= point.share <= 1 or not point.size >= 1 or not math.isfinite(point.size):
            raise ValueError(f"{point.label!r}: share {point.share} of {point.size}")
    largest = max([p.size for p in points] + [x for line in limits for x in line.size] + [1.0])
    used = {point.mark for point in points}
    entries = [(plots.shape(each.shape, 16, 10), each.label) for each in marks if each.mark in used]
    entries.append((plots.sample(0), centre_label))
    entries += [(plots.sample(number + 1), line.label) for number, line in enumerate(limits)]
    drawn, top = plots.legend(entries, 4)
    highest = max([p.share for p in points] + [min(1.0, centre * 1.5)])
    axis = nice_axis(highest, at_most=1.0)
    plot = Plot(top + 10, axis, lambda size: math.sqrt(size / largest))
    smallest = min([x for line in limits for x in line.size] + [1.0])
    paths = [plots.path([plot.inside(smallest, centre), plot.inside(largest, centre)], 0)]
    for number, line in enumerate(limits):
        for values in (line.lower, line.upper):
            at = zip(line.size, values, strict=True)
            corners = [plot.inside(x, min(axis.top, max(0.0, y))) for x, y in at]
            paths.append(plots.path(corners, number + 1))
    drawn.append(plot.nested(paths))
    ticks = _ticks(largest)
    frame, y = plot.frame(
        [as_percent(tick) for tick in axis.ticks], ticks, [f"{t:,.0f}" for t in ticks], words.x
    )
    numbers: dict[int, str] = {}
    for point in points:
        title = f"{point.label}: {point.text}" if point.text else point.label
        if point.named:
            numbers[id(point)] = str(len(numbers) + 1)
        mark = plots.shape(
            shapes[point.mark], plot.across(point.size), plot.down(point.share), title
        )
        drawn.append(svg.link(mark, point.href, title if point.href else None))
    drawn += _numbers(plot, [(p, numbers[id(p)]) for p in points if p.named])
    for point in points:
        if not point.named:
            continue
        shown = f"{numbers[id(point)]}  {point.label}" + (f": {point.text}" if point.text else "")
        for text in wrap(shown, NARROW, lines=4):
            drawn.append(svg.link(svg.text(text, y + svg.FONT, full=shown), point.href))
            y += svg.LINE
    return svg.chart(heading, y + 6, [*frame, *drawn])


def _ticks(largest: float) -> list[float]:
    """Return round sizes that stand apart on an axis of roots, from 0."""
    steps = [factor * 10**power for power in range(8) for factor in (1, 2, 5)]
    found = [0.0]
    for step in reversed([s for s in steps if s <= largest]):
        before = found[-1] if len(found) > 1 else None
        place = math.sqrt(step / largest)
        if place < 0.2:
            break
        if before is None or math.sqrt(before / largest) - place >= 0.25:
            found.append(float(step))
    return sorted(found)


def _numbers(plot: Plot, named: Sequence[tuple[Point, str]]) -> list[Markup]:
    """Return the numbers beside named points, moved so that they do not overlap on a phone."""
    taken: list[tuple[float, float, float, float]] = []
    drawn = []
    for point, number in named:
        x = (LEFT + SPAN * plot.x(point.size)) * NARROW
        y = plot.down(point.share)
        width = text_width(number)
        boxes = []
        for dx, dy in _MOVES:
            left = x + dx if dx > 0 else x + dx - width if dx < 0 else x - width / 2
            boxes.append((left, y + dy - 12, left + width, y + dy + 2))
        best = next((i for i, box in enumerate(boxes) if _free(box, taken, plot)), 0)
        taken.append(boxes[best])
        dx, dy = _MOVES[best]
        anchor = None if dx > 0 else "end" if dx < 0 else "middle"
        drawn.append(
            svg.text(number, y + dy, plot.across(point.size), dx=dx, anchor=anchor, bold=True)
        )
    return drawn


def _free(
    box: tuple[float, float, float, float],
    taken: Sequence[tuple[float, float, float, float]],
    plot: Plot,
) -> bool:
    left, top, right, bottom = box
    if left < 0 or right > NARROW or top < plot.top - 12 or bottom > plot.top + HEIGHT + 4:
        return False
    return all(right < one[0] or left > one[2] or bottom < one[1] or top > one[3] for one in taken)
