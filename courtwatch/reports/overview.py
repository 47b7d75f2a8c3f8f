"""The national overview: the pipeline, the account of flows, times, and what changed."""

from __future__ import annotations

import numpy as np
from pyramid.i18n import TranslationStringFactory

from courtwatch.models.packed import number_of
from courtwatch.reports import (
    overview_change,
    overview_default,
    overview_detention,
    overview_flow,
    overview_pipeline,
    overview_tiles,
    overview_times,
)
from courtwatch.reports.attrition import (
    DEFINITION,
    LATE,
    STEPS_MISSING,
    Levels,
    police_headline,
    undated_query,
)
from courtwatch.reports.clocks import never_came
from courtwatch.reports.context import Body, Context
from courtwatch.reports.delay_words import count_of
from courtwatch.reports.figures import share_figure
from courtwatch.reports.model import ColumnKind, Headline, Origin, Table
from courtwatch.reports.overview_flow import ACCOUNTS, Length
from courtwatch.reports.overview_rows import known, read
from workflows.event_codes import JUDGMENT, OPEN

_ = TranslationStringFactory("courtwatch")

UNKNOWN_DAY = _(
    "Prosecutions without a known day of registration belong to no cohort and to no period of the "
    "account: they are in no denominator there. How many they are stands beside."
)


def build(context: Context) -> Body:
    """Build the report."""
    levels = Levels(context)
    rows = read(
        context, levels, overview_detention.detained(context), overview_change.fresh(context)
    )
    registered = known(rows.days["registered_on"])
    never = never_came(rows, Origin.REGISTRATION, context.law)
    pending = rows.code == OPEN
    suspended = pending & rows.suspended
    length = Length(context.option(ACCOUNTS.name))
    n = int(np.count_nonzero(registered))
    late = registered & (rows.days["entry_date"] > rows.days["registered_on"])
    detention = overview_detention.table(context, rows)
    judged = int(np.count_nonzero(rows.code == JUDGMENT))
    default_headlines, default_tables = overview_default.build(context, judged)
    return Body(
        headlines=(
            Headline("n", _("prosecutions on record"),
                     context.count(count_of(rows, np.ones(rows.n, bool))), ColumnKind.COUNT),
            Headline("pending", _("still open"),
                     context.count(count_of(rows, pending), event_code=str(OPEN)),
                     ColumnKind.COUNT),
            Headline("suspended", _("of these, suspended (absconded)"),
                     context.count(count_of(rows, suspended), event_code=str(OPEN),
                                   suspended="yes"),
                     ColumnKind.COUNT),
            *_beyond(detention),
            *default_headlines,
            Headline("late", _("entered late, of the registered"),
                     share_figure(int(np.count_nonzero(late)), n)),
            Headline("unknown", _("no registration day known: in no cohort, and in no account"),
                     context.count(count_of(rows, ~registered & ~never), **undated_query(context)),
                     ColumnKind.COUNT),
            *police_headline(context, count_of(rows, never)),
        ),
        tables=(
            *overview_pipeline.tables(context, rows, levels),
            *overview_flow.tables(context, rows, length),
            overview_times.table(context, rows, number_of(context.today)),
            detention,
            *default_tables,
            *overview_change.tables(context, rows),
            overview_tiles.table(context, rows),
        ),
        definition=DEFINITION,
        n=rows.n,
        notes=(LATE, STEPS_MISSING, UNKNOWN_DAY),
    )  # fmt: skip


def _beyond(detention: Table) -> tuple[Headline, ...]:
    """Return the headline of who is held beyond a legal limit; none where no limit is laid."""
    if detention.refused is not None:
        return ()
    figure = detention.figure("total", "over")
    return (Headline("over_limit", _("held beyond a legal limit"), figure, ColumnKind.COUNT),)
