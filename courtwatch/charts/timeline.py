"""Timeline of a case: its stages and custody as periods, its hearings as marks on one line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from markupsafe import Markup

from courtwatch.charts import rows, svg
from courtwatch.charts.data import Fill, Heading, Mark, MarkRow, Span

MOST_TICKS = 4
SMALLEST = 0.004


def _ticks(first: date, last: date) -> list[date]:
    """Firsts of months or years within the period, few enough not to touch each other."""
    months = (last.year - first.year) * 12 + last.month - first.month
    for step in (1, 2, 3, 6, 12, 24, 60, 120, 600):
        if months // step + 1 <= MOST_TICKS:
            break
    found = []
    month = first.year * 12 + first.month - 1
    month += -month % step
    while (tick := date(month // 12, month % 12 + 1, 1)) <= last:
        if tick >= first:
            found.append(tick)
        month += step
    return found


def _place(day: date, first: date, last: date) -> float:
    return (min(max(day, first), last) - first).days / max(1, (last - first).days)


def _mark(place: float, y: float, mark: Mark) -> Markup:
    shape = svg.titled(
        "circle",
        mark.label,
        cx=rows.across(place),
        cy=y,
        r=6,
        fill=svg.MAIN if mark.held else "#ffffff",
        stroke=svg.INK,
        stroke_width=1.75,
        class_="cw-mark",
    )
    return svg.link(shape, mark.href, mark.label if mark.href else None)


def timeline(
    spans: Sequence[Span], marks: Sequence[MarkRow], heading: Heading, *, first: date, last: date
) -> Markup:
    """Draw periods and moments between ``first`` and ``last`` (today, or the day of the report).

    Each period has a row of its own with its words above, in the order given; one without an end
    runs to ``last`` with an open, dashed end. Raises ValueError when a period ends before it
    starts, or ``last`` is before ``first``.
    """
    if last < first:
        raise ValueError(f"the timeline ends on {last}, before it starts on {first}")
    drawn: list[Markup] = []
    y = 4.0
    named = [(span.label, span.text) for span in spans] + [(row.label, row.text) for row in marks]
    right = rows.beside(named)
    for span in spans:
        if span.end is not None and span.end < span.start:
            raise ValueError(f"period {span.label!r} ends on {span.end}, before {span.start}")
        words = rows.words(span.label, span.text, y, right)
        start = _place(span.start, first, last)
        end = 1.0 if span.end is None else _place(span.end, first, last)
        start = min(start, 1 - SMALLEST)
        share = max(end - start, SMALLEST)
        title = f"{span.label}: {span.text}" if span.text else span.label
        shape = rows.bar(heading.key, start, share, words.bottom, span.fill, title)
        if span.end is None:
            shape += svg.element(
                "line",
                x1=rows.across(1),
                x2=rows.across(1),
                y1=words.bottom - 4,
                y2=words.bottom + rows.BAR + 4,
                stroke=svg.INK,
                stroke_width=2.5,
                stroke_dasharray="3 3",
            )
        drawn += [svg.link(words.label + shape, span.href), *words.rest]
        y = words.bottom + rows.BAR + rows.GAP
    for row in marks:
        words = rows.words(row.label, row.text, y, right)
        middle = words.bottom + 8
        line = svg.element(
            "line",
            x1=rows.across(0),
            x2=rows.across(1),
            y1=middle,
            y2=middle,
            stroke=svg.QUIET,
            stroke_width=1,
        )
        drawn += [words.label, *words.rest, line]
        drawn += [_mark(_place(mark.day, first, last), middle, mark) for mark in row.marks]
        y = middle + 8 + rows.GAP
    grid = []
    for tick in _ticks(first, last):
        place = _place(tick, first, last)
        x = rows.across(place)
        grid.append(
            svg.element(
                "line", x1=x, x2=x, y1=2, y2=y, stroke=svg.QUIET, stroke_width=0.5,
                stroke_dasharray="1 3",
            )
        )  # fmt: skip
        anchor = "start" if place < 0.1 else "end" if place > 0.9 else "middle"
        grid.append(svg.text(f"{tick:%Y-%m}", y + 16, x, anchor=anchor, class_="cw-chart__quiet"))
    return svg.chart(heading, y + 26, [*grid, *drawn], [Fill.SOLID, *(s.fill for s in spans)])
