"""How long prosecutions take: to a judgment, to another end, and how long the open ones wait.

Every figure counts from one origin, chosen by the reader. Open prosecutions count as long as they
were followed, and none longer; whoever was first seen later counts from then on.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from pyramid.i18n import TranslationStringFactory
from scipy.special import ndtri

from courtwatch.models import ProsecutionFact
from courtwatch.models.packed import number_of
from courtwatch.reports import delay_docket, delay_groups, delay_pending, delay_unknown
from courtwatch.reports.clock_rows import NEVER, Key, Word, read_rows
from courtwatch.reports.clocks import COLUMN, Clocks, clocks, never_came, vague
from courtwatch.reports.context import Body, Context
from courtwatch.reports.delay_words import (
    CAUSES,
    DEFINITION,
    HORIZONS,
    NO_TIME,
    NOT_SO_LONG,
    ORIGINS,
    count_of,
    followed_at,
    line_of,
    longest,
    quantile,
    reach,
    refusal,
    share_at,
    since,
    still_open,
)
from courtwatch.reports.figures import Count, count_figure, share_figure
from courtwatch.reports.looking_ahead import refuse
from courtwatch.reports.model import (
    ChartKind,
    Column,
    ColumnKind,
    Curve,
    Figure,
    Headline,
    Label,
    Row,
    RowKind,
    Table,
)
from courtwatch.statistics.survival import (
    CumulativeIncidence,
    KaplanMeier,
    cumulative_incidence,
    kaplan_meier,
)
from workflows.event_codes import JUDGMENT, OPEN, OUTSIDE, WITHOUT

_ = TranslationStringFactory("courtwatch")

INCIDENCE, TIMES = "incidence", "times"
NEW_DAYS = ("charged_on", "trial_on", "ended_on", "entry_date", "last_verified_on")
COMPETING = _(
    "Ends compete: who is dismissed can't be judged any more. The shares of a day add up to 100 % "
    "with those still open, and are no shares of those that ended."
)
LATE = _(
    "${n} of ${all} were first seen after the day of the origin and count from the day they were "
    "seen. Those that ended before anybody saw them are missing; this corrects for it.",
)
WHY = _(
    "Of prosecutions that do not end otherwise, half have a judgment after ${km} days "
    "(Kaplan-Meier). The median of those that were judged already is ${naive} days: it leaves out "
    "the ${open} that are still open, which wait longest, so in a young record it is too short. "
    "Quote the first.",
)
WHY_SAME = _(
    "The median of those that were judged already leaves out the ${open} that are still open. In "
    "this record both medians lie close together (${naive} and ${km} days); they need not.",
)
WHY_NOT_HALF = _(
    "Less than half would have a judgment by the last day that anybody was followed: there is no "
    "median yet. The median of those that were judged already (${naive} days) is one of the fast "
    "ones alone, and must not be quoted as how long prosecutions take.",
)
CURVES = _(
    "Aalen-Johansen estimates with 95 % intervals on the log-log scale. A share of 0 or 1 has none "
    "there, and no band, as in R's survfit: its interval is Wilson's of those of whom it is known. "
    "What counts as what stands above."
)
HALF = _("until half have a judgment, of those that do not end otherwise")
NET = _(
    "Time to a judgment is that of prosecutions that don't end otherwise: other ends count as no "
    "longer followed. How many do end otherwise stands in the first table."
)


def build(context: Context) -> Body:
    """Build the report from one query of days."""
    refuse(context.filters, context.origin)
    column = COLUMN[context.origin]
    names = tuple(dict.fromkeys((column, "registered_on", *NEW_DAYS)))
    fact = ProsecutionFact
    more: dict[str, Key | Word] = {
        "case": Key(fact.case_id), "furthest": Word(fact.furthest_stage, tuple(context.law.stages)),
    }  # fmt: skip
    rows = read_rows(context.population, names, (column, "ended_on"), more)
    today = number_of(context.today)
    clock = clocks(rows, context.origin, today)
    why = refusal(clock, context.origin)
    never = never_came(rows, context.origin, context.law)
    known, came = rows.days[column] != NEVER, int(np.count_nonzero(~never))
    pending = known & (rows.code == OPEN)
    times = _times(context, clock, why)
    tables = [
        _of_known(_incidence(context, clock, why), came),
        _of_known(times, came),
        *(_of_known(each, came) for each in delay_groups.tables(context, rows, clock, why)),
        delay_pending.ages(context, rows, today),
        _of_known(delay_pending.states(context, rows, clock, why), came),
        delay_unknown.left_out(context, rows, clock.left_out, never),
        *delay_unknown.vague_days(vague(rows, context.origin, today), clock, why),
        *delay_docket.tables(context, rows),
    ]
    half, naive = (
        times.figure(row, "judgment") if times.rows else Figure(None, missing=why)
        for row in ("median", "naive")
    )
    return Body(
        headlines=(
            Headline("n", _("with a known day of the origin"),
                     context.count(count_of(rows, known), reached=context.origin.value),
                     ColumnKind.COUNT),
            Headline("median", HALF, half,
                     ColumnKind.DAYS),
            Headline("naive", _("median of those judged already: too short"), naive,
                     ColumnKind.DAYS),
            Headline("pending", _("still open"),
                     context.count(count_of(rows, pending), reached=context.origin.value,
                                   event_code=str(OPEN)),
                     ColumnKind.COUNT),
            Headline("no_origin", _("day of the origin not known: in no figure here"),
                     count_figure(count_of(rows, ~known & ~never), None), ColumnKind.COUNT),
            *_never(context, count_of(rows, never)),
        ),
        tables=tuple(tables),
        definition=_(DEFINITION, mapping={"origin": ORIGINS[context.origin]}),
        n=int(np.count_nonzero(known)),
        notes=(COMPETING, NET, *([_late(clock)] if clock.late.any() else [])),
        warnings=(why,) if why is not None else (),
    )  # fmt: skip


def _never(context: Context, count: Count) -> tuple[Headline, ...]:
    """Return the headline of who never came to the origin; none of an arrest."""
    label = delay_unknown.never_label(context)
    if label is None:
        return ()
    return (Headline("never_came", label, count_figure(count, None), ColumnKind.COUNT),)


def _of_known(table: Table, came: int) -> Table:
    """Say beside a table of durations how many that came to the origin are not in its n.

    Who never came to it has no unknown day. Not beside the tests: those seen late are not in their
    n, and have a duration.
    """
    if table.refused is not None or table.key == delay_groups.TESTS:
        return table
    unknown = share_figure(came - (table.n or 0), came)
    return replace(table, unknown=unknown, unknown_label=NO_TIME)


def _late(clock: Clocks) -> Label:
    n = int(np.count_nonzero(clock.late))
    return _(LATE, mapping={"n": f"{n:,}", "all": f"{clock.n:,}"})


def _incidence(context: Context, clock: Clocks, why: Label) -> Table:
    columns = (
        *(Column(key, label, ColumnKind.PROBABILITY) for key, label in CAUSES),
        Column("open", _("Still open"), ColumnKind.PROBABILITY),
        Column("at_risk", _("Still followed")),
        Column("entered_late", _("Entered late by then")),
    )
    table = Table(
        INCIDENCE,
        _("What became of them, by the days since the origin"),
        columns,
        (),
        clock.n,
        CURVES,
        _("Days"),
        refused=why,
    )
    if why is not None:
        return table
    curve = cumulative_incidence(clock.exit, clock.event, clock.delayed)
    still = kaplan_meier(clock.exit, np.minimum(clock.event, 1), clock.delayed)
    rows = tuple(_horizon(clock, curve, still, horizon) for horizon in HORIZONS)
    return Table(
        table.key, table.title, columns, rows, clock.n, table.definition, table.row_label,
        chart=ChartKind.INCIDENCE, curves=_curves(curve), x_label=since(context.origin),
    )  # fmt: skip


def _horizon(clock: Clocks, curve: CumulativeIncidence, still: KaplanMeier, horizon: int) -> Row:
    entered = int(np.count_nonzero(clock.late & (clock.entry <= horizon)))
    figures: tuple[Figure, ...] = (Figure(None, missing=NOT_SO_LONG),) * 4
    if horizon <= reach(curve):
        figures = (
            *(share_at(curve, clock, code, horizon) for code in (JUDGMENT, WITHOUT, OUTSIDE)),
            still_open(still, clock, horizon),
        )
    beside = (Figure(followed_at(clock, horizon)), Figure(entered))
    label = _("${n} days", mapping={"n": f"{horizon:,}"})
    return Row(str(horizon), label, (*figures, *beside), RowKind.DETAIL)


def _curves(curve: CumulativeIncidence) -> tuple[Curve, ...]:
    known = CAUSES[: curve.incidence.shape[1]]
    return tuple(line_of(curve, code, key, label) for code, (key, label) in enumerate(known, 1))


def _none(value: float) -> float | None:
    return None if math.isnan(value) else value


def _times(context: Context, clock: Clocks, why: Label) -> Table:
    columns = (
        Column("judgment", _("To a judgment"), ColumnKind.DAYS),
        Column("end", _("To any end"), ColumnKind.DAYS),
    )
    title, label = _("How long it takes"), _("Measure")
    definition = _(
        "Kaplan-Meier with log-log intervals. In the mean up to a number of days, what takes "
        "longer counts as that long (restricted mean). Nothing is said of days to which fewer than "
        "five were followed."
    )
    if why is not None:
        return Table(TIMES, title, columns, (), clock.n, definition, label, refused=why)
    judged, ended = clock.event == JUDGMENT, clock.event != OPEN
    to_judgment = kaplan_meier(clock.exit, judged, clock.delayed)
    to_end = kaplan_meier(clock.exit, ended, clock.delayed)
    both = ((to_judgment, clock.exit[judged]), (to_end, clock.exit[ended]))
    limit = longest(clock, HORIZONS)
    rows = (
        Row("median", _("Half (median)"), tuple(quantile(k, 0.5) for k, _x in both),
            RowKind.DETAIL),
        Row("p90", _("Nine tenths (P90)"), tuple(quantile(k, 0.9) for k, _x in both),
            RowKind.DETAIL),
        Row("restricted_mean", _("Mean up to ${days} days", mapping={"days": f"{limit:,}"}),
            tuple(_mean(k, limit, clock) for k, _x in both), RowKind.DETAIL),
        Row("naive", _("Median of those that ended (too short)"),
            tuple(_naive(days, 0.5) for _k, days in both), RowKind.DETAIL),
        Row("naive_p90", _("P90 of those that ended (too short)"),
            tuple(_naive(days, 0.9) for _k, days in both), RowKind.DETAIL),
    )  # fmt: skip
    kept = to_judgment.time <= reach(to_judgment)
    curve = Curve(
        "no_judgment", _("Still without a judgment"), tuple(to_judgment.time[kept].tolist()),
        tuple(to_judgment.survival[kept].tolist()),
        tuple(_none(x) for x in to_judgment.lower[kept].tolist()),
        tuple(_none(x) for x in to_judgment.upper[kept].tolist()),
        tuple(to_judgment.at_risk[kept].tolist()),
    )  # fmt: skip
    return Table(
        TIMES, title, columns, rows, clock.n, definition, label,
        notes=(_why(rows[0].figures[0], rows[3].figures[0], clock),),
        chart=ChartKind.SURVIVAL, chart_columns=("judgment",), curves=(curve,),
        x_label=since(context.origin), limits=(0.5, 0.9, -1.0, 0.0, -1.0),
    )  # fmt: skip


def _mean(km: KaplanMeier, limit: int, clock: Clocks) -> Figure:
    if limit > reach(km):
        return Figure(None, missing=NOT_SO_LONG)
    mean, se = km.restricted_mean(limit)
    z = float(ndtri(0.975))
    return Figure(mean, None, clock.n, max(0.0, mean - z * se), min(float(limit), mean + z * se))


def _naive(days: np.ndarray, share: float) -> Figure:
    if days.size == 0:
        return Figure(None, missing=_("none has ended so"))
    return Figure(float(np.quantile(days, share)), None, int(days.size))


def _why(half: Figure, naive: Figure, clock: Clocks) -> Label:
    """Return why the two medians differ, with their numbers."""
    if naive.value is None:
        return NET
    numbers = {
        "naive": f"{naive.value:,.0f}",
        "open": f"{int(np.count_nonzero(clock.event == OPEN)):,}",
    }
    if half.value is None:
        return _(WHY_NOT_HALF, mapping=numbers)
    numbers["km"] = f"{half.value:,.0f}"
    inside = half.lower is not None and half.lower <= naive.value
    return _(WHY_SAME if inside else WHY, mapping=numbers)
