"""The charts of a report: its tables drawn, in the reader's language, linked to the cases."""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup
from pyramid.i18n import TranslationStringFactory

from courtwatch.charts.attrition import attrition
from courtwatch.charts.bars import bars
from courtwatch.charts.data import (
    AttritionStage,
    AttritionWords,
    BarItem,
    Heading,
    Reference,
    Segment,
    Series,
    StackedItem,
    Tile,
)
from courtwatch.charts.pareto import pareto
from courtwatch.charts.stacked import stacked
from courtwatch.charts.tile_grid import has_a_place, tile_grid
from courtwatch.reports.about import Say
from courtwatch.reports.figure_words import full_text, number_text, value_text
from courtwatch.reports.model import Behind, ChartKind, ColumnKind, Figure, Report, Row, Table
from courtwatch.reports.pictures_plots import EXPLAINED, Plots
from courtwatch.reports.words import INVENTED
from courtwatch.services.fact_filters import FactFilters

_ = TranslationStringFactory("courtwatch")

Address = Callable[[FactFilters], str]

DESCRIPTION = _("The table below the chart has the same figures.")
INTERVALS = _("Bars are shares, lines their 95 % intervals. Order by name, not by rate.")
ALL_TOGETHER = _("all of this table together")
CUMULATIVE = _("running share")
BELOW = _("below ${a}")
BETWEEN = _("${a} to below ${b}")
FROM = _("${a} and above")
TOO_FEW = _("insufficient data")
WENT_ON = _("went on")
PENDING = _("still open here")
ENDED = _("ended here without judgment")
OUTSIDE = _("ended here outside control, or goes on elsewhere")


class Pictures:
    """Draws the tables of one report."""

    def __init__(self, report: Report, say: Say, language: str, address: Address) -> None:
        self.report = report
        self.say = say
        self.language = language
        self.address = address
        self._plots = Plots(say, self._href)

    def draw(self, table: Table) -> Markup | None:
        """Return the chart of a table; None where it has none, or nothing to show."""
        if table.chart is None or table.refused is not None or not table.rows or table.n == 0:
            return None
        match table.chart:
            case ChartKind.BARS:
                return self._bars(table)
            case ChartKind.STACKED:
                return self._stacked(table)
            case ChartKind.PARETO:
                return self._pareto(table)
            case ChartKind.ATTRITION:
                return self._attrition(table)
            case ChartKind.TILES:
                return self._tiles(table)
            case _:
                return self._plots.draw(
                    table, self._heading(table, self.say(EXPLAINED[table.chart]))
                )

    def _heading(self, table: Table, more: str = "") -> Heading:
        title = self.say(table.title)
        if table.subject is not None:
            title = f"{self.say(table.subject)}: {title}"
        words = [self.say(DESCRIPTION)]
        if more:
            words.insert(0, more)
        if self.report.provenance.invented:
            invented = self.say(INVENTED)
            title = f"{title} ({invented})"
            words.insert(0, f"{invented}.")
        key = f"chart-{table.key}".replace(".", "-")
        return Heading(title, " ".join(words), key, self.language)

    def _href(self, behind: Behind | None) -> str | None:
        if behind is None or behind.visible == 0:
            return None
        return self.address(behind.filters)

    def _bars(self, table: Table) -> Markup:
        place = table.column(table.chart_columns[0])
        items = [self._bar(table, row, row.figures[place]) for row in table.rows]
        reference = None
        whole = table.total.figures[place] if table.total is not None else None
        # Parts of one whole have no rate in common: their total is always 100 %.
        if whole is not None and whole.value is not None and whole.value < 1:
            reference = Reference(
                whole.value, f"{self.say(ALL_TOGETHER)}: {100 * whole.value:.1f} %"
            )
        return bars(items, self._heading(table, self.say(INTERVALS)), reference=reference)

    def _bar(self, table: Table, row: Row, figure: Figure) -> BarItem:
        label = self.say(row.label)
        texts = [f for f in row.figures if f.text is not None]
        if texts and self.say(texts[0].text):
            label = f"{label}: {self.say(texts[0].text)}"
        text = full_text(figure, ColumnKind.SHARE, self.say)
        if figure.denominator is not None:
            text = f"{text}, n = {figure.denominator:,}"
        linked = next((f.behind for f in row.figures if f.behind is not None), None)
        return BarItem(
            label, figure.value, figure.lower, figure.upper, figure.denominator,
            self._href(linked), text,
        )  # fmt: skip

    def _stacked(self, table: Table) -> Markup:
        columns = [table.columns[table.column(key)] for key in table.chart_columns]
        items = []
        for row in table.rows:
            segments = []
            said = []
            for column in columns:
                figure = row.figures[table.column(column.key)]
                count = int(figure.value or 0)
                if not count:
                    continue
                text = f"{self.say(column.label)}: {count:,}"
                segments.append(Segment(column.key, count, text, self._href(figure.behind)))
                said.append(text)
            if segments:
                text = f"{sum(int(s.value) for s in segments):,}"
                label = self.say(row.label)
                if row.remark is not None:
                    label = f"{label} *"
                items.append(StackedItem(label, tuple(segments), text))
        series = [Series(column.key, self.say(column.label)) for column in columns]
        return stacked(items, series, self._heading(table))

    def _pareto(self, table: Table) -> Markup:
        place = table.column(table.chart_columns[0])
        items = []
        for row in table.rows:
            figure = row.figures[place]
            if figure.value:
                n = table.n or 1
                text = f"{figure.value:,} ({100 * figure.value / n:.1f} %)"
                items.append(
                    BarItem(
                        self.say(row.label), float(figure.value), n=n,
                        href=self._href(figure.behind), text=text,
                    )
                )  # fmt: skip
        return pareto(items, self._heading(table), cumulative=self.say(CUMULATIVE))

    def _attrition(self, table: Table) -> Markup:
        reached, pending, ended, outside = (table.column(key) for key in table.chart_columns)
        last = len(table.rows) - 1
        stages = []
        for place, row in enumerate(table.rows):
            count = int(row.figures[reached].value or 0)
            stages.append(
                AttritionStage(
                    self.say(row.label),
                    count,
                    pending=int(row.figures[pending].value or 0) if place < last else 0,
                    ended=int(row.figures[ended].value or 0) if place < last else 0,
                    outside=int(row.figures[outside].value or 0) if place < last else 0,
                    href=self._href(row.figures[reached].behind),
                )
            )
        words = AttritionWords(
            self.say(WENT_ON), self.say(PENDING), self.say(ENDED), self.say(OUTSIDE)
        )
        return attrition(stages, self._heading(table), words)

    def _tiles(self, table: Table) -> Markup:
        """Draw provinces: row keys are their codes (ISO 3166-2), `limits` part four shades."""
        place = table.column(table.chart_columns[0])
        kind = table.columns[place].kind
        tiles = []
        for row in table.rows:
            figure = row.figures[place]
            if has_a_place(row.key):
                tiles.append(
                    Tile(
                        row.key, self.say(row.label), figure.value,
                        value_text(figure, kind, self.say), self._href(figure.behind),
                    )
                )  # fmt: skip
        first, second, third = (number_text(limit, kind) for limit in table.limits)
        classes = [
            self.say(_(BELOW, mapping={"a": first})),
            self.say(_(BETWEEN, mapping={"a": first, "b": second})),
            self.say(_(BETWEEN, mapping={"a": second, "b": third})),
            self.say(_(FROM, mapping={"a": third})),
        ]
        heading = self._heading(table, self.say(table.columns[place].label))
        return tile_grid(
            tiles, heading, limits=table.limits, classes=classes, too_few=self.say(TOO_FEW)
        )
