"""Time to an outcome: cumulative incidence of several causes, and one Kaplan-Meier curve."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_uppercase

from markupsafe import Markup

from courtwatch.charts import plot as plots
from courtwatch.charts import svg
from courtwatch.charts.bars import as_percent
from courtwatch.charts.data import Heading, Level, PlotWords, StepLine
from courtwatch.charts.plot import Plot
from courtwatch.charts.scale import NARROW, nice_axis, wrap


def cumulative_incidence(
    lines: Sequence[StepLine], heading: Heading, words: PlotWords, *, ticks: Sequence[float]
) -> Markup:
    """Draw the probability of each end over time, with bands, and who is at risk below.

    ``ticks`` are times from 0 up; the last is where the plot ends. All lines share the risk set
    of the first. Raises ValueError for more lines than letters and ticks that do not ascend.
    """
    _check(lines, ticks)
    highest = [max((u for u in line.upper or line.estimate if u is not None), default=0.0)
               for line in lines]  # fmt: skip
    plot, drawn = _plot(lines, max(highest, default=1.0), ticks)
    drawn.append(plot.nested([plots.step_path(plot, line, number, 0.0, ticks[-1])
                              for number, line in enumerate(lines)]))  # fmt: skip
    drawn += _letters(plot, lines, 0.0, ticks[-1])
    frame, y = _below(plot, lines[:1], words, ticks)
    return svg.chart(heading, y, [*frame, *drawn])


def kaplan_meier(
    line: StepLine,
    heading: Heading,
    words: PlotWords,
    *,
    ticks: Sequence[float],
    levels: Sequence[Level] = (),
) -> Markup:
    """Draw the share that is still without the event, its band, and who is at risk below.

    ``levels`` mark times: each is listed with a letter, and drawn from the curve down to the
    axis where it lies within the plot. Raises ValueError as ``cumulative_incidence``.
    """
    _check([line], ticks)
    limit = ticks[-1]
    named, top = plots.legend([(plots.sample(0), line.label)], 4)
    for number, level in enumerate(levels):
        shown = f"{ascii_uppercase[number]}  {level.label}"
        for text in wrap(shown, NARROW, lines=4):
            named.append(svg.text(text, top + svg.FONT, full=shown))
            top += svg.LINE
    plot = Plot(top + 10, nice_axis(1.0, at_most=1.0), lambda value: value / limit)
    paths = [plots.step_path(plot, line, 0, 1.0, limit)]
    marks = []
    for number, level in enumerate(levels):
        if level.at is None or level.at > limit:
            continue
        height = plots.value_at(line, level.at, 1.0) if level.share is None else level.share
        corners = [(level.at, height), (level.at, 0.0)]
        if level.share is not None:
            corners.insert(0, (0.0, height))
        paths.append(plots.path([plot.inside(*at) for at in corners], 2 if level.share else 1))
        marks.append((ascii_uppercase[number], level.at, 0.02 + 0.07 * number))
    drawn = [*named, plot.nested(paths)]
    drawn += [
        svg.text(letter, plot.down(height), plot.across(x), dx=5, bold=True)
        for letter, x, height in marks
    ]
    frame, y = _below(plot, [line], words, ticks)
    return svg.chart(heading, y, [*frame, *drawn])


def _check(lines: Sequence[StepLine], ticks: Sequence[float]) -> None:
    if len(lines) > len(ascii_uppercase):
        raise ValueError(f"{len(lines)} lines are more than a chart can tell apart")
    if len(ticks) < 2 or list(ticks) != sorted(set(ticks)) or ticks[0] != 0:
        raise ValueError(f"ticks ascend from 0: {list(ticks)}")
    for line in lines:
        if list(line.x) != sorted(line.x):
            raise ValueError(f"the times of {line.label!r} do not ascend")


def _plot(
    lines: Sequence[StepLine], highest: float, ticks: Sequence[float]
) -> tuple[Plot, list[Markup]]:
    entries = [
        (plots.sample(number), f"{ascii_uppercase[number]}  {line.label}")
        for number, line in enumerate(lines)
    ]
    named, top = plots.legend(entries, 4)
    axis = nice_axis(min(1.0, highest), at_most=1.0)
    return Plot(top + 10, axis, lambda value: value / ticks[-1]), named


def _letters(plot: Plot, lines: Sequence[StepLine], start: float, limit: float) -> list[Markup]:
    ends = []
    for number, line in enumerate(lines):
        end = min(limit, line.x[-1]) if line.x else 0.0
        ends.append((ascii_uppercase[number], end, plots.value_at(line, end, start)))
    return plots.letters(plot, ends)


def _below(
    plot: Plot, lines: Sequence[StepLine], words: PlotWords, ticks: Sequence[float]
) -> tuple[list[Markup], float]:
    """Return the frame, and the row of those at risk below its ticks."""
    frame, y = plot.frame(
        [as_percent(tick) for tick in plot.y.ticks], ticks, [f"{t:,.0f}" for t in ticks], words.x
    )
    for line in lines:
        if line.n and words.at_risk:
            frame.append(svg.text(words.at_risk, y + svg.FONT))
            y += svg.LINE
            counts = [plots.count_text(plots.at_risk(line, tick)) for tick in ticks]
            frame += plot.below(ticks, counts, y + svg.FONT)
            y += svg.LINE + 4
    return frame, y
