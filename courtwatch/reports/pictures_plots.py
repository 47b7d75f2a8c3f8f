"""Charts with two axes, made of a table's curves and rows; what each kind reads stands with it."""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup
from pyramid.i18n import TranslationStringFactory

from courtwatch.charts.curves import cumulative_incidence, kaplan_meier
from courtwatch.charts.cusum import cusum
from courtwatch.charts.data import (
    ExcessItem,
    Heading,
    Level,
    LimitLine,
    MarkShape,
    PlotWords,
    Point,
    Shape,
    Signal,
    StepLine,
)
from courtwatch.charts.excess import excess
from courtwatch.charts.funnel import funnel
from courtwatch.reports.about import Say
from courtwatch.reports.figure_words import full_text, value_text
from courtwatch.reports.model import Behind, ChartKind, ColumnKind, Curve, Figure, Row, Table

_ = TranslationStringFactory("courtwatch")

EXPLAINED = {
    ChartKind.INCIDENCE: _(
        "Lines are estimated shares that have ended so by each day, shaded areas their 95 % "
        "intervals. Below: how many were still followed."
    ),
    ChartKind.SURVIVAL: _(
        "The line is the estimated share that has no judgment yet, the shaded area its 95 % "
        "interval. Dotted lines lead to the days at which half and nine tenths have one."
    ),
    ChartKind.FUNNEL: _(
        "Each point is a court, further right the more prosecutions it has. Lines are limits that "
        "chance leaves around the share of all. Courts marked for review are numbered and listed "
        "by name. This is no ranking."
    ),
    ChartKind.CUSUM: _(
        "The line rises while more prosecutions end without judgment than is expected of such "
        "prosecutions, and falls towards zero otherwise."
    ),
    ChartKind.EXCESS: _("Bars to the right are more than expected, to the left fewer."),
    ChartKind.DIFFERENCE: _(
        "Bars to the right make the rate of A higher than that of B, bars to the left lower; "
        "together they are the difference. The thin lines are 95 % intervals."
    ),
}
AT_RISK = _("Still followed")
NOT_MARKED = _("not marked")
MORE = _("more than expected")
FEWER = _("fewer than expected")
SIGNED = {
    ChartKind.EXCESS: (MORE, FEWER),
    ChartKind.DIFFERENCE: (_("A higher"), _("A lower")),
}
SHAPES = {"review": Shape.DIAMOND, "insufficient": Shape.TRIANGLE, "": Shape.CIRCLE}
REVIEW = "review"
THRESHOLD = "threshold"
CENTRE = "centre"
WIDTHS = (90, 180, 365, 730, 1095, 1825, 3650)
"""Distances between ticks of days: three of them at the most fit a phone."""
CURVE_ROWS = 3
LAST_DAY = 1095.0


class Plots:
    """Draws curves, funnels, sums and excess."""

    def __init__(self, say: Say, href: Callable[[Behind | None], str | None]) -> None:
        self.say = say
        self.href = href

    def draw(self, table: Table, heading: Heading) -> Markup | None:
        """Return the chart of a table; None where its curve has no point."""
        if table.chart in SIGNED:
            return self._excess(table, heading)
        if not table.curves or not table.curves[0].x:
            return None
        match table.chart:
            case ChartKind.INCIDENCE:
                return self._incidence(table, heading)
            case ChartKind.SURVIVAL:
                return self._survival(table, heading)
            case ChartKind.FUNNEL:
                return self._funnel(table, heading)
            case ChartKind.CUSUM:
                return self._cusum(table, heading)
        return None

    def _incidence(self, table: Table, heading: Heading) -> Markup:
        """Draw every curve of the table over days."""
        lines = [self._line(curve) for curve in table.curves]
        words = PlotWords(self.say(table.x_label), self.say(AT_RISK))
        return cumulative_incidence(lines, heading, words, ticks=_ticks(table))

    def _survival(self, table: Table, heading: Heading) -> Markup:
        """Draw the first curve; `chart_columns[0]` has times, of the rows in `limits`' order.

        A row whose place in `limits` is above 0 is a level of the curve (0.5: half have ended); 0
        is a time that is set beside it, and a row below 0 stands in the table alone.
        """
        place = table.column(table.chart_columns[0])
        kind = table.columns[place].kind
        levels = []
        for row, share in zip(table.rows, table.limits, strict=False):
            if share < 0:
                continue
            figure = row.figures[place]
            text = f"{self.say(row.label)}: {full_text(figure, kind, self.say)}"
            levels.append(Level(text, figure.value, 1 - share if share > 0 else None))
        words = PlotWords(self.say(table.x_label), self.say(AT_RISK))
        line = self._line(table.curves[0])
        return kaplan_meier(line, heading, words, ticks=_ticks(table), levels=levels)

    def _funnel(self, table: Table, heading: Heading) -> Markup:
        """Draw a point for each row: `chart_columns` are size, share and mark.

        Curves are limits over sizes; the one of the key 'centre' has the share of all.
        """
        size, share, mark = (table.column(key) for key in table.chart_columns)
        centre = table.curve(CENTRE)
        limits = [
            LimitLine(self.say(c.label), c.x, _known(c.lower), _known(c.upper))
            for c in table.curves
            if c.key != CENTRE
        ]
        points, labels = [], {}
        for row in table.rows:
            if row.figures[size].value is None or row.figures[share].value is None:
                continue
            said = row.figures[mark]
            code = said.code if said.code in SHAPES else ""
            labels[code] = self.say(said.text) if code else self.say(NOT_MARKED)
            points.append(self._point(table, row, (size, share), code or ""))
        marks = [
            MarkShape(code, shape, labels[code]) for code, shape in SHAPES.items() if code in labels
        ]
        return funnel(
            points, limits, heading, PlotWords(self.say(table.x_label)),
            centre=centre.estimate[0] or 0.0, centre_label=self.say(centre.label), marks=marks,
        )  # fmt: skip

    def _point(self, table: Table, row: Row, places: tuple[int, int], code: str) -> Point:
        size, share = (row.figures[place] for place in places)
        text = full_text(share, table.columns[places[1]].kind, self.say)
        behind = size.behind or share.behind
        return Point(
            self.say(row.label), max(1.0, float(size.value or 0)),
            min(1.0, max(0.0, float(share.value or 0))), code, text,
            code == REVIEW, self.href(behind),
        )  # fmt: skip

    def _cusum(self, table: Table, heading: Heading) -> Markup:
        """Draw the curve 'sum' and its threshold; rows are its signals, at `chart_columns[0]`."""
        line, threshold = table.curves[0], table.curve(THRESHOLD)
        place = table.column(table.chart_columns[0])
        signals = [
            Signal(int(figure.value), self.say(row.label), self.href(figure.behind))
            for row in table.rows
            if (figure := row.figures[place]).value is not None
        ]
        return cusum(
            _known(line.estimate), line.names or tuple(f"{x:g}" for x in line.x), heading,
            PlotWords(self.say(table.x_label)), threshold=threshold.estimate[0] or 0.0,
            threshold_label=self.say(threshold.label), value_label=self.say(line.label),
            signals=signals,
        )  # fmt: skip

    def _excess(self, table: Table, heading: Heading) -> Markup:
        """Draw `chart_columns[0]`, more or fewer than expected; the other columns are its words.

        Reasons by descending excess. What a difference consists of as in its table: sorted by it,
        courts would stand in a ranking.
        """
        place = table.column(table.chart_columns[0])
        items = []
        for row in table.rows:
            figure = row.figures[place]
            if figure.value is None:
                continue
            said = [
                f"{self.say(table.columns[other].label)}: "
                f"{value_text(row.figures[other], table.columns[other].kind, self.say)}"
                for other in map(table.column, table.chart_columns[1:])
            ]
            text = "; ".join([_signed(figure, table.columns[place].kind, self.say), *said])
            linked = next((f.behind for f in row.figures if f.behind is not None), None)
            items.append(
                ExcessItem(self.say(row.label), float(figure.value), text, self.href(linked),
                           figure.lower, figure.upper)
            )  # fmt: skip
        if table.chart is ChartKind.EXCESS:
            items.sort(key=lambda item: -item.excess)
        more, fewer = (self.say(words) for words in SIGNED[table.chart or ChartKind.EXCESS])
        return excess(items, heading, more=more, fewer=fewer)

    def _line(self, curve: Curve) -> StepLine:
        return StepLine(
            self.say(curve.label), curve.x, curve.estimate, curve.lower, curve.upper, curve.n
        )


def _ticks(table: Table) -> list[float]:
    """Return ticks of days: three steps to the curve's end, or to the last row that is a day."""
    days = [float(row.key) for row in table.rows if row.key.isdigit()]
    last = min(max(days, default=LAST_DAY), table.curves[0].x[-1])
    width = next((w for w in WIDTHS if CURVE_ROWS * w >= last), WIDTHS[-1])
    return [float(width * step) for step in range(CURVE_ROWS + 1)]


def _known(values: tuple[float | None, ...]) -> tuple[float, ...]:
    return tuple(0.0 if value is None else value for value in values)


def _signed(figure: Figure, kind: ColumnKind, say: Say) -> str:
    more = (figure.value or 0) > 0 and value_text(figure, kind, say).strip("0.")
    return f"+{full_text(figure, kind, say)}" if more else full_text(figure, kind, say)
