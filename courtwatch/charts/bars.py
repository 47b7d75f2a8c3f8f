"""Horizontal bars of shares with Wilson (or any other) intervals as whiskers, in the order given.

The order is the report's: courts come by name, never ranked.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from courtwatch.charts import rows, svg
from courtwatch.charts.data import BarItem, Fill, Heading, Reference
from courtwatch.charts.scale import Axis, nice_axis


def as_percent(value: float) -> str:
    """0.123 -> '12.3 %', 0.5 -> '50 %'."""
    return f"{100 * value:.1f}".removesuffix(".0") + " %"


def interval_text(item: BarItem) -> str:
    """The words beside a bar: the report's own, else value, interval and denominator."""
    if item.text is not None:
        return item.text
    if item.value is None:
        return "–"
    text = as_percent(item.value)
    if item.lower is not None and item.upper is not None:
        text += f" ({as_percent(item.lower)} – {as_percent(item.upper)})"
    if item.n is not None:
        text += f", n = {item.n:,}"
    return text


def _reference(axis: Axis, reference: Reference, y: float) -> Markup:
    """The line beside one bar only: drawn through the whole chart it would strike words out."""
    x = rows.across(axis.place(reference.value))
    return svg.titled(
        "line",
        reference.label,
        x1=x,
        x2=x,
        y1=y - 4,
        y2=y + rows.BAR + 4,
        stroke=svg.INK,
        stroke_width=2,
        stroke_dasharray="4 2",
    )


def bars(
    items: Sequence[BarItem],
    heading: Heading,
    *,
    reference: Reference | None = None,
) -> Markup:
    """Draw one bar for every share, 0..1; a bar with ``href`` opens the cases behind it.

    More than `rows.MOST` items make several drawings along one axis, which ends at 100 % at the
    latest. Raises ValueError for NaN, negative values and reversed intervals.
    """
    ends = [end for item in items for end in (item.value, item.upper) if end is not None]
    if reference is not None:
        ends.append(reference.value)
    if any(not end >= 0 for end in ends):
        raise ValueError("bars start at 0: a value is negative or not a number")
    axis = nice_axis(max(ends, default=1.0), at_most=1.0)
    right = rows.beside((item.label, interval_text(item)) for item in items)
    return svg.join(
        _drawing(some, part, axis, reference, right)
        for some, part in rows.drawings(items, heading)
    )


def _drawing(
    items: Sequence[BarItem],
    heading: Heading,
    axis: Axis,
    reference: Reference | None,
    right: bool,
) -> Markup:
    drawn: list[Markup] = []
    y = 4.0
    if reference is not None:
        named = rows.words(f"┆ {reference.label}", "", y)
        drawn.append(named.label)
        y = named.bottom + 2
    top = y
    for item in items:
        words = rows.words(item.label, interval_text(item), y, right)
        shape = Markup("")
        if item.value is not None:
            title = f"{item.label}: {interval_text(item)}"
            share = axis.place(item.value)
            shape = rows.bar(heading.key, 0, share, words.bottom, Fill.SOLID, title)
        drawn += [svg.link(words.label + shape, item.href), *words.rest]
        drawn += rows.whisker(axis, item, words.bottom)
        if reference is not None:
            drawn.append(_reference(axis, reference, words.bottom))
        y = words.bottom + rows.BAR + rows.GAP
    grid = rows.axis_below(axis, [as_percent(tick) for tick in axis.ticks], top, y)
    return svg.chart(heading, y + 26, [*grid, *drawn], [Fill.SOLID])
