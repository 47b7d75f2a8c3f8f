"""CUSUM of one court: a sum that rises while more end than expected, and its threshold."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from courtwatch.charts import plot as plots
from courtwatch.charts import svg
from courtwatch.charts.data import Heading, PlotWords, Shape, Signal
from courtwatch.charts.plot import Plot
from courtwatch.charts.scale import NARROW, nice_axis, wrap

MOST_TICKS = 4


def cusum(
    values: Sequence[float],
    names: Sequence[str],
    heading: Heading,
    words: PlotWords,
    *,
    threshold: float,
    threshold_label: str,
    value_label: str,
    signals: Sequence[Signal] = (),
) -> Markup:
    """Draw the sum after each prosecution, in the order of registration.

    ``names`` are as many words for their days; some stand below the axis. Raises ValueError for
    columns of different length, values below 0, and a signal that lies outside.
    """
    if len(names) != len(values):
        raise ValueError("every value needs its name")
    if any(not value >= 0 for value in values) or not threshold > 0:
        raise ValueError("a sum is never below 0, and its threshold lies above")
    n = len(values)
    if any(not 1 <= signal.place <= n for signal in signals):
        raise ValueError(f"a signal lies outside 1 to {n}")
    named, top = plots.legend(
        [(plots.sample(0), value_label), (plots.sample(1), threshold_label)], 4
    )
    axis = nice_axis(max([*values, threshold]) * 1.05)
    last = max(1, n)
    plot = Plot(top + 10, axis, lambda place: place / last)
    corners = [(0.0, 0.0)]
    wanted = max(1, math.ceil(n / (2 * plots.STEPS)))
    kept = {signal.place for signal in signals} | {n}
    for place, value in enumerate(values, 1):
        if place % wanted == 0 or place in kept:
            corners.append((float(place), value))
    drawn = [
        *named,
        plot.nested(
            [
                plots.path([plot.inside(*at) for at in corners], 0),
                plots.path([plot.inside(0, threshold), plot.inside(last, threshold)], 1),
            ]
        ),
    ]
    ticks = _ticks(n)
    frame, y = plot.frame(
        [f"{tick:g}" for tick in axis.ticks], ticks,
        [names[int(t) - 1] if t else "" for t in ticks], words.x,
    )  # fmt: skip
    for number, signal in enumerate(signals, 1):
        mark = plots.shape(
            Shape.DIAMOND,
            plot.across(signal.place),
            plot.down(values[signal.place - 1]),
            signal.label,
        )
        drawn.append(svg.link(mark, signal.href, signal.label if signal.href else None))
        shown = f"{number}  {signal.label}"
        drawn.append(
            svg.text(str(number), plot.down(values[signal.place - 1]) - 9,
                     plot.across(signal.place), anchor="middle", bold=True)
        )  # fmt: skip
        for text in wrap(shown, NARROW, lines=3):
            drawn.append(svg.link(svg.text(text, y + svg.FONT, full=shown), signal.href))
            y += svg.LINE
    return svg.chart(heading, y + 6, [*frame, *drawn])


def _ticks(n: int) -> list[float]:
    """Return a few places, the first and the last among them."""
    count = min(n, MOST_TICKS)
    if count < 2:
        return [float(n)] if n else []
    return [float(round(1 + k * (n - 1) / (count - 1))) for k in range(count)]
