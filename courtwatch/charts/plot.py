"""The layout that charts with two axes share: a plot between its tick labels, lines, letters.

Places along x are percentages like everywhere; lines are paths in a nested drawing that is
stretched to the plot, with strokes and dashes that keep their size (`vector-effect`). Nothing
is told apart by colour: lines by dashes and letters, points by shape.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from courtwatch.charts import svg
from courtwatch.charts.data import Shape, StepLine
from courtwatch.charts.scale import NARROW, Axis, text_width, wrap

LEFT, RIGHT = 0.15, 0.07
SPAN = 1 - LEFT - RIGHT
HEIGHT = 280.0
INSIDE = 1000.0
"""Width of the nested drawing, in its own units."""
STEPS = 180
"""A curve is drawn with at most so many steps; files have them all."""
ROOM = 17.0
DASHES: tuple[tuple[str | None, float], ...] = (
    (None, 2.5),
    ("9 4", 2.0),
    ("2 3", 2.25),
    ("10 3 2 3", 2.0),
    ("5 2 1 2 1 2", 2.0),
    (None, 1.0),
)
"""Dash and width of the lines, in their order."""


@dataclass(frozen=True)
class Plot:
    """Where things lie: `top` is the y of the highest tick, `x` gives shares 0..1 of the width."""

    top: float
    y: Axis
    x: Callable[[float], float]

    @property
    def bottom(self) -> float:
        """Return the y of the axis."""
        return self.top + HEIGHT

    def across(self, value: float) -> str:
        """Return the horizontal place of an x value."""
        return svg.percent(LEFT + SPAN * min(1.0, max(0.0, self.x(value))))

    def down(self, value: float) -> float:
        """Return the vertical place of a y value."""
        return self.bottom - HEIGHT * self.y.place(value)

    def inside(self, x: float, y: float) -> tuple[float, float]:
        """Return a place in the nested drawing of lines."""
        return INSIDE * min(1.0, max(0.0, self.x(x))), HEIGHT * (1 - self.y.place(y))

    def nested(self, paths: Sequence[Markup]) -> Markup:
        """Return paths in a drawing that is stretched over the plot."""
        return svg.element(
            "svg",
            svg.join(paths),
            x=svg.percent(LEFT),
            y=self.top,
            width=svg.percent(SPAN),
            height=HEIGHT,
            viewBox=f"0 0 {svg.number(INSIDE)} {svg.number(HEIGHT)}",
            preserveAspectRatio="none",
            overflow="visible",
        )

    def frame(
        self,
        y_labels: Sequence[str],
        x_ticks: Sequence[float],
        x_labels: Sequence[str],
        x_title: str,
    ) -> tuple[list[Markup], float]:
        """Return grid, tick labels and the title of x, and the y below them."""
        drawn = []
        for tick, label in zip(self.y.ticks, y_labels, strict=True):
            y = self.down(tick)
            drawn.append(
                svg.element(
                    "line",
                    x1=svg.percent(LEFT),
                    x2=svg.percent(LEFT + SPAN),
                    y1=y,
                    y2=y,
                    stroke=svg.QUIET,
                    stroke_width=0.5 if tick else 1,
                    stroke_dasharray="1 3" if tick else None,
                )
            )
            drawn.append(
                svg.text(label, y + 5, svg.percent(LEFT - 0.012), anchor="end",
                         class_="cw-chart__quiet")
            )  # fmt: skip
        drawn += self.below(x_ticks, x_labels, self.bottom + 18)
        for tick in x_ticks:
            x = self.across(tick)
            drawn.append(
                svg.element("line", x1=x, x2=x, y1=self.bottom, y2=self.bottom + 5,
                            stroke=svg.QUIET, stroke_width=1)
            )  # fmt: skip
        y = self.bottom + 18
        for line in wrap(x_title, NARROW):
            y += svg.LINE
            drawn.append(svg.text(line, y, full=x_title))
        return drawn, y + 8

    def below(self, ticks: Sequence[float], labels: Sequence[str], y: float) -> list[Markup]:
        """Return words below ticks, leaving out those that would touch the one before."""
        drawn = []
        free = 0.0
        places = [(LEFT + SPAN * min(1.0, max(0.0, self.x(tick)))) * NARROW for tick in ticks]
        for number, (place, label) in enumerate(zip(places, labels, strict=True)):
            width = text_width(label)
            last = number == len(labels) - 1
            start = min(place - width / 2, NARROW - width) if last else place - width / 2
            if number and start < free:
                continue
            free = start + width + 6
            anchor = "end" if last and place + width / 2 > NARROW else "middle"
            at = svg.percent(1.0) if anchor == "end" else svg.percent(place / NARROW)
            drawn.append(svg.text(label, y, at, anchor=anchor, class_="cw-chart__quiet"))
        return drawn


def path(points: Sequence[tuple[float, float]], number: int, *, fill: str = "none") -> Markup:
    """Return a line through places of the nested drawing, in the style of line `number`."""
    if not points:
        return Markup("")
    dash, width = DASHES[number % len(DASHES)]
    steps = [f"{svg.number(x)} {svg.number(y)}" for x, y in points]
    return svg.element(
        "path",
        d="M" + "L".join(steps),
        fill=fill,
        stroke=svg.INK,
        stroke_width=width,
        stroke_dasharray=dash,
        stroke_linejoin="round",
        vector_effect="non-scaling-stroke",
    )


def thinned(
    x: Sequence[float], values: Sequence[float | None], limit: float
) -> list[tuple[float, float]]:
    """Return (x, value) up to `limit`, at most one a STEPS-th of it: the last that holds there."""
    found: dict[int, tuple[float, float]] = {}
    for place, value in zip(x, values, strict=True):
        if place > limit:
            break
        if value is not None:
            found[int(STEPS * place / limit)] = (place, value)
    return list(found.values())


def stairs(
    points: Sequence[tuple[float, float]], start: float, end: float
) -> list[tuple[float, float]]:
    """Return the corners of a step function from (0, `start`) to `end`."""
    corners = [(0.0, start)]
    now = start
    for x, value in points:
        corners += [(x, now), (x, value)]
        now = value
    if end > corners[-1][0]:
        corners.append((end, now))
    return corners


def step_path(plot: Plot, line: StepLine, number: int, start: float, limit: float) -> Markup:
    """Return a curve with its band; it ends where nobody is followed any longer."""
    end = min(limit, line.x[-1]) if line.x else 0.0
    drawn = Markup("")
    if line.lower and line.upper:
        low = stairs(thinned(line.x, line.lower, limit), start, end)
        high = stairs(thinned(line.x, line.upper, limit), start, end)
        ring = [plot.inside(*at) for at in (*low, *reversed(high))]
        drawn += svg.element(
            "path",
            d="M" + "L".join(f"{svg.number(x)} {svg.number(y)}" for x, y in ring) + "Z",
            fill=svg.PALE,
            fill_opacity=0.55,
            stroke=svg.QUIET,
            stroke_width=0.5,
            vector_effect="non-scaling-stroke",
        )
    corners = stairs(thinned(line.x, line.estimate, limit), start, end)
    return drawn + path([plot.inside(*at) for at in corners], number)


def value_at(line: StepLine, at: float, start: float) -> float:
    """Return a step function's value at `at`."""
    now = start
    for x, value in zip(line.x, line.estimate, strict=True):
        if x > at:
            break
        now = now if value is None else value
    return now


def at_risk(line: StepLine, at: float) -> int | None:
    """Return how many are at risk just before or at `at`: the count of the next step."""
    for x, n in zip(line.x, line.n, strict=True):
        if x >= at:
            return n
    return None if not line.n else 0


def count_text(n: int | None) -> str:
    """Return a count short enough to stand below a tick: 12,345 or 1,234 k."""
    if n is None:
        return "–"
    return f"{n:,}" if n < 100_000 else f"{n / 1000:,.0f} k"


def apart(places: Sequence[float], top: float, bottom: float) -> list[float]:
    """Return places moved apart so that letters at them do not touch, inside top..bottom."""
    order = sorted(range(len(places)), key=lambda i: (places[i], i))
    moved = list(places)
    before = top - ROOM
    for i in order:
        moved[i] = max(places[i], before + ROOM)
        before = moved[i]
    after = bottom + ROOM
    for i in reversed(order):
        moved[i] = min(moved[i], after - ROOM)
        after = moved[i]
    return moved


def letters(plot: Plot, ends: Sequence[tuple[str, float, float]]) -> list[Markup]:
    """Return letters at the right of lines that end at (letter, x, y)."""
    heights = apart(
        [plot.down(y) for _letter, _x, y in ends], plot.top + 4, max(plot.bottom - 2, plot.top)
    )
    return [
        svg.text(letter, height + 5, plot.across(x), dx=5, bold=True)
        for (letter, x, _y), height in zip(ends, heights, strict=True)
    ]


def legend(entries: Sequence[tuple[Markup, str]], top: float) -> tuple[list[Markup], float]:
    """Return samples with their words, one below the other, and the y below them."""
    drawn = []
    y = top
    for sample, label in entries:
        drawn.append(svg.element("svg", sample, x="0.5%", y=y, overflow="visible"))
        for line in wrap(label, NARROW - 48, lines=4):
            drawn.append(svg.text(line, y + svg.FONT, "0.5%", dx=40, full=label))
            y += svg.LINE
        y += 2
    return drawn, y + 6


def sample(number: int) -> Markup:
    """Return a short piece of line `number`."""
    dash, width = DASHES[number % len(DASHES)]
    return svg.element(
        "line",
        x1=0,
        x2=32,
        y1=10,
        y2=10,
        stroke=svg.INK,
        stroke_width=width,
        stroke_dasharray=dash,
    )


_SHAPES = {
    Shape.DIAMOND: "M0-7L7 0 0 7-7 0Z",
    Shape.TRIANGLE: "M0-6L6 5-6 5Z",
    Shape.SQUARE: "M-5-5H5V5H-5Z",
    Shape.CROSS: "M-5-5L5 5M-5 5L5-5",
    Shape.CIRCLE: "M-4.5 0A4.5 4.5 0 1 0 4.5 0A4.5 4.5 0 1 0-4.5 0Z",
}


def shape(kind: Shape, x: str | float, y: float, title: str = "") -> Markup:
    """Return a point; diamonds are filled, so that they stand out in print."""
    drawn = svg.titled(
        "path",
        title,
        d=_SHAPES[kind],
        fill=svg.INK if kind is Shape.DIAMOND else "#ffffff",
        stroke=svg.INK,
        stroke_width=1.25,
        class_="cw-mark",
    )
    return svg.element("svg", drawn, x=x, y=y, overflow="visible")
