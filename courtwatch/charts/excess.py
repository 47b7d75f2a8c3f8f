"""More or fewer than expected: a bar for each to either side of zero."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from courtwatch.charts import rows, svg
from courtwatch.charts.data import ExcessItem, Fill, Heading
from courtwatch.charts.scale import Axis, nice_axis


def excess(items: Sequence[ExcessItem], heading: Heading, *, more: str, fewer: str) -> Markup:
    """Draw ``items`` in their order, bars to the right of zero for more, left for fewer.

    Where an item has an interval it lies across its bar.

    More than `rows.MOST` items make several drawings along one axis.

    ``more`` and ``fewer`` name the two for the legend. Raises ValueError for an excess that is
    not finite.
    """
    ends = [end for i in items for end in (i.excess, i.lower, i.upper) if end is not None]
    high, low = max([*ends, 0.0]), max([-end for end in ends] + [0.0])
    scale = nice_axis(max(high, low), most=3)
    above = scale.ticks if high or not low else (0.0,)
    left = tuple(-tick for tick in reversed(scale.ticks) if tick) if low else ()
    ticks = (*left, *above)
    axis = Axis(ticks[-1], ticks, ticks[0])
    right = rows.beside((item.label, item.text) for item in items)
    return svg.join(
        _drawing(some, part, axis, more, fewer, right)
        for some, part in rows.drawings(items, heading)
    )


def _drawing(
    items: Sequence[ExcessItem], heading: Heading, axis: Axis, more: str, fewer: str, right: bool
) -> Markup:
    named = rows.legend(heading.key, [(Fill.SOLID, more), (Fill.HATCHED, fewer)], 4)
    drawn = list(named.rest)
    y = top = named.bottom + 4
    for item in items:
        words = rows.words(item.label, item.text, y, right)
        zero, end = axis.place(0.0), axis.place(item.excess)
        fill = Fill.SOLID if item.excess >= 0 else Fill.HATCHED
        title = f"{item.label}: {item.text}"
        shape = rows.bar(heading.key, min(zero, end), abs(end - zero), words.bottom, fill, title)
        drawn += [svg.link(words.label + shape, item.href), *words.rest]
        drawn += rows.whisker(axis, item, words.bottom)
        y = words.bottom + rows.BAR + rows.GAP
    signed = [f"{tick:+g}" if tick else "0" for tick in axis.ticks]
    grid = rows.axis_below(axis, signed, top, y)
    return svg.chart(heading, y + 26, [*grid, *drawn], [Fill.SOLID, Fill.HATCHED])
