"""The pipeline by registration cohort: how far prosecutions came, and where the open ones wait."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyramid.i18n import TranslationStringFactory

from courtwatch.reports.attrition import (
    BEFORE_COURT,
    CHARGED,
    DEFINITION,
    JUDGED,
    LEVELS,
    NO_DAY,
    REGISTERED,
    Levels,
    partial,
)
from courtwatch.reports.clock_rows import ClockRows
from courtwatch.reports.clocks import never_came
from courtwatch.reports.context import Context
from courtwatch.reports.figures import Count, share_figure
from courtwatch.reports.model import (
    ChartKind,
    Cohort,
    Column,
    ColumnKind,
    Figure,
    Origin,
    Row,
    RowKind,
    Table,
)
from courtwatch.reports.overview_rows import known, looks_ahead
from workflows.event_codes import JUDGMENT, OPEN, OUTSIDE, WITHOUT

_ = TranslationStringFactory("courtwatch")
Whole = NDArray[np.int64]

FUNNEL, PIPELINE = "funnel", "pipeline"
STEPS = (REGISTERED, CHARGED, BEFORE_COURT)
LEVEL = np.array([[JUDGED if code == JUDGMENT else step for code in range(4)] for step in STEPS])
"""How far a prosecution came, by its furthest stage and by the code of its end."""
CODE = np.array([[0, 1, 2, 3]] * len(STEPS))
EVERY_COHORT = {"reached": "registration"}
WAITING = ("open_registered", "open_charged", "open_before_court")
ADDS_UP = _(
    "Registered = judgment + ended without judgment + ended outside control + open at one of the "
    "three steps. Open prosecutions are shown where they wait and are never counted as lost."
)


@dataclass(frozen=True)
class Cube:
    """Counts by furthest stage (3) and code of the end (4): all, and those the reader may open."""

    n: Whole
    visible: Whole

    def count(self, chosen: NDArray[np.bool_]) -> Count:
        """Return the count of some cells."""
        return Count(int(self.n[chosen].sum()), int(self.visible[chosen].sum()))

    def reached(self, level: int) -> Count:
        """Return how many came at least to `level`."""
        return self.count(level <= LEVEL)

    def here(self, level: int, code: int) -> Count:
        """Return how many came to `level` and no further, and have this code."""
        return self.count(np.equal(LEVEL, level) & np.equal(CODE, code))

    def coded(self, code: int) -> Count:
        """Return how many have this code."""
        return self.count(np.equal(CODE, code))

    @property
    def whole(self) -> Count:
        """Return all of them."""
        return self.count(np.ones(LEVEL.shape, bool))

    def listed(self, level: int) -> int:
        """Return how many the list by furthest stage shows at `level` or behind it."""
        return int(self.n[level:].sum())


def tables(context: Context, rows: ClockRows, levels: Levels) -> tuple[Table, Table]:
    """Return the funnel of all cohorts, and the pipeline of each; both or neither."""
    whole, cohorts = _counted(context, rows)
    dated = int(sum(cube.whole.n for cube in cohorts.values()))
    came = rows.n - int(np.count_nonzero(never_came(rows, Origin.REGISTRATION, context.law)))
    undated = share_figure(came - dated, came)
    funnel = _funnel(context, whole, levels, undated)
    pipeline = _pipeline(context, whole, cohorts, levels, undated)
    why = looks_ahead(context)
    if why is None:
        return funnel, pipeline
    # A cohort is everybody registered then, whatever became of them: never those closed in a year.
    nothing: dict[str, Any] = {"rows": (), "total": None, "n": 0, "unknown": None, "chart": None}
    return replace(funnel, refused=why, **nothing), replace(pipeline, refused=why, **nothing)


def _counted(context: Context, rows: ClockRows) -> tuple[Cube, dict[str, Cube]]:
    """Count everybody with a known day of registration, and each cohort by its code."""
    came = rows.days["registered_on"]
    dated = known(came)
    unit = "Y" if context.cohort is Cohort.YEAR else "M"
    period = came[dated].astype("datetime64[D]").astype(f"datetime64[{unit}]").astype(np.int64)
    first = int(period.min()) if period.size else 0
    size = int(period.max()) - first + 1 if period.size else 0
    cells = LEVEL.size
    key = (period - first) * cells + rows.more["level"][dated] * 4 + rows.code[dated]
    shape = (size, *LEVEL.shape)
    n = np.bincount(key, minlength=size * cells).reshape(shape)
    visible = np.bincount(key[rows.visible[dated]], minlength=size * cells).reshape(shape)
    codes = np.datetime_as_string(np.arange(first, first + size).astype(f"datetime64[{unit}]"))
    return Cube(n.sum(axis=0), visible.sum(axis=0)), {
        str(code): Cube(n[place], visible[place])
        for place, code in enumerate(codes)
        if n[place].any()
    }


def _reached(context: Context, cube: Cube, levels: Levels, level: int, **query: str) -> Figure:
    """Return how many came to a step, linked only where the list of stages shows the same."""
    count = cube.reached(level)
    if level in (CHARGED, BEFORE_COURT) and cube.listed(level) != count.n:
        return context.plain_count(count)
    return context.count(count, **levels.query(level), **query)


def _here(
    context: Context, cube: Cube, levels: Levels, level: int, code: int, **query: str
) -> Figure:
    stages = levels.exactly(level)
    return context.count(cube.here(level, code), event_code=str(code), furthest=stages, **query)


def _funnel(context: Context, cube: Cube, levels: Levels, undated: Figure) -> Table:
    whole = cube.whole.n
    rows = []
    for level, key, label in LEVELS:
        reached = _reached(context, cube, levels, level, **EVERY_COHORT)
        ends = tuple(
            context.plain_count(Count())
            if level == JUDGED
            else _here(context, cube, levels, level, code, **EVERY_COHORT)
            for code in (OPEN, WITHOUT, OUTSIDE)
        )
        figures = (reached, share_figure(cube.reached(level).n, whole), *ends)
        rows.append(Row(key, label, figures, RowKind.DETAIL))
    return Table(
        FUNNEL, _("How far they came, and where they wait"),
        (
            Column("reached", _("Came this far")),
            Column("share", _("Share of the registered"), ColumnKind.SHARE),
            Column("pending", _("Still open here")),
            Column("without", _("Ended here without judgment")),
            Column("outside", _("Ended here outside control, or goes on elsewhere")),
        ),
        tuple(rows), whole, DEFINITION, _("Stage"), unknown=undated, unknown_label=NO_DAY,
        chart=ChartKind.ATTRITION, chart_columns=("reached", "pending", "without", "outside"),
    )  # fmt: skip


def _pipeline(
    context: Context, whole: Cube, cohorts: dict[str, Cube], levels: Levels, undated: Figure
) -> Table:
    rows = tuple(
        Row(code, code, _figures(context, cube, levels, {"cohort": code}),
            remark=partial(context, code))
        for code, cube in cohorts.items()
    )  # fmt: skip
    title = (
        _("The pipeline by year of registration")
        if context.cohort is Cohort.YEAR
        else _("The pipeline by month of registration")
    )
    return Table(
        PIPELINE, title,
        (
            Column("registered", _("Registered")),
            Column(WAITING[0], _("Open, not charged yet")),
            Column("charged", _("Charged")),
            Column(WAITING[1], _("Open, charged")),
            Column("before_court", _("Before the trial court")),
            Column(WAITING[2], _("Open, before the trial court")),
            Column("judgment", _("Judgment")),
            Column("without", _("Ended without judgment")),
            Column("outside", _("Ended outside control, or goes on elsewhere")),
            Column("without_share", _("Ended without judgment, of the registered"),
                   ColumnKind.SHARE),
            Column("pending_share", _("Still open, of the registered"), ColumnKind.SHARE),
        ),
        rows, whole.whole.n, DEFINITION, _("Registered in"),
        total=Row("total", _("All with a known day"),
                  _figures(context, whole, levels, EVERY_COHORT), RowKind.TOTAL),
        unknown=undated, unknown_label=NO_DAY, notes=(ADDS_UP,), chart=ChartKind.STACKED,
        chart_columns=("judgment", "without", "outside", *WAITING),
    )  # fmt: skip


def _figures(
    context: Context, cube: Cube, levels: Levels, query: dict[str, str]
) -> tuple[Figure, ...]:
    n = cube.whole.n
    steps: list[Figure] = []
    for level in STEPS:
        steps.append(_reached(context, cube, levels, level, **query))
        steps.append(_here(context, cube, levels, level, OPEN, **query))
    ends = (
        context.count(cube.coded(code), event_code=str(code), **query)
        for code in (JUDGMENT, WITHOUT, OUTSIDE)
    )
    return (
        *steps,
        *ends,
        share_figure(cube.coded(WITHOUT).n, n),
        share_figure(cube.coded(OPEN).n, n),
    )
