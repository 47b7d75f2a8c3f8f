"""Stacked bars: who ended it x why. Each series has a fill and a letter: no colour is needed."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_uppercase

from markupsafe import Markup

from courtwatch.charts import rows, svg
from courtwatch.charts.data import Fill, Heading, Series, StackedItem
from courtwatch.charts.scale import NARROW

FILLS = (
    Fill.SOLID,
    Fill.LIGHT,
    Fill.HATCHED,
    Fill.DOTTED,
    Fill.CROSSED,
    Fill.EMPTY,
    Fill.LINES,
    Fill.STEEP,
)
HEIGHT = 24
ROOM_FOR_LETTER = 18 / NARROW


def stacked(
    items: Sequence[StackedItem],
    series: Sequence[Series],
    heading: Heading,
) -> Markup:
    """Draw one bar for every item, the longest as long as the axis.

    More than `rows.MOST` items make several drawings of one scale, each with the legend.
    Segments are linked to their cases. A segment carries its letter where it has room; what each
    holds is in its tooltip and in ``item.text``. Raises ValueError for more series than letters,
    an unknown series, and a negative or missing value.
    """
    if len(series) > len(ascii_uppercase):
        raise ValueError(f"{len(series)} series are more than a chart can tell apart")
    number = {entry.name: position for position, entry in enumerate(series)}
    if len(number) != len(series):
        raise ValueError("two series have one name")
    legend = [
        (FILLS[position % len(FILLS)], entry.label, ascii_uppercase[position])
        for position, entry in enumerate(series)
    ]
    sums = [sum(segment.value for segment in item.segments) for item in items]
    largest = max(sums, default=0.0)
    texts = [item.text or f"{total:,.0f}" for item, total in zip(items, sums, strict=True)]
    right = rows.beside((item.label, text) for item, text in zip(items, texts, strict=True))
    bars = list(zip(items, texts, strict=True))
    return svg.join(
        _drawing(some, part, number, legend, largest, right)
        for some, part in rows.drawings(bars, heading)
    )


def _drawing(
    bars: Sequence[tuple[StackedItem, str]],
    heading: Heading,
    number: dict[str, int],
    legend: Sequence[tuple[Fill, str, str]],
    largest: float,
    right: bool,
) -> Markup:
    fills = [fill for fill, _label, _letter in legend]
    named = rows.legend(
        heading.key,
        [(fill, label) for fill, label, _letter in legend],
        4,
        [letter for _fill, _label, letter in legend],
    )
    drawn = list(named.rest)
    y = named.bottom + 4
    for item, text in bars:
        words = rows.words(item.label, text, y, right)
        drawn += [svg.link(words.label, item.href), *words.rest]
        start = 0.0
        for segment in sorted(item.segments, key=lambda part: _position(number, part.series)):
            if not segment.value >= 0:
                raise ValueError(f"{item.label!r}, {segment.series!r}: value {segment.value}")
            if segment.value == 0:
                continue
            fill, label, letter = legend[number[segment.series]]
            share = segment.value / largest
            amount = segment.text or f"{segment.value:,.0f}"
            title = f"{item.label}: {label}, {amount}"
            shape = rows.bar(heading.key, start, share, words.bottom, fill, title, HEIGHT)
            drawn.append(svg.link(shape, segment.href, title if segment.href else None))
            # The letter lies over the link, not in it: it is no part of what the link is called.
            if share >= ROOM_FOR_LETTER:
                drawn.append(_letter(letter, start + share / 2, words.bottom))
            start += share
        y = words.bottom + HEIGHT + rows.GAP
    return svg.chart(heading, y, drawn, fills)


def _position(number: dict[str, int], name: str) -> int:
    if name not in number:
        raise ValueError(f"unknown series {name!r}; there are: {', '.join(number)}")
    return number[name]


def _letter(letter: str, middle: float, top: float) -> Markup:
    """The letter of a series on a white ground, legible on every fill."""
    ground = svg.element("rect", x=-8, y=top + 4, width=16, height=16, rx=3, fill="#ffffff")
    mark = svg.text(letter, top + 17, "0", anchor="middle", bold=True)
    return svg.element(
        "svg",
        ground + mark,
        x=rows.across(middle),
        overflow="visible",
        pointer_events="none",
        aria_hidden="true",
    )
