"""The attrition funnel by registration cohort, with what is pending shown."""

from __future__ import annotations

from datetime import date, timedelta

from pyramid.i18n import TranslationStringFactory

from courtwatch.reports.context import HORIZON_DAYS, Body, Context
from courtwatch.reports.figures import Count, Tally, share_figure
from courtwatch.reports.model import (
    ChartKind,
    Cohort,
    Column,
    ColumnKind,
    Figure,
    Headline,
    Label,
    Row,
    RowKind,
    Table,
)
from courtwatch.reports.offences import STATUS, status_query
from courtwatch.services.fact_filters import UNKNOWN
from workflows.elements import Phase

_ = TranslationStringFactory("courtwatch")

FUNNEL, COHORTS = "funnel", "cohorts"
OPEN, JUDGMENT, WITHOUT, OUTSIDE = 0, 1, 2, 3
REGISTERED, CHARGED, BEFORE_COURT, JUDGED = 0, 1, 2, 3
_LEVELS = (
    (REGISTERED, "registered", _("Registered")),
    (CHARGED, "charged", _("Charged")),
    (BEFORE_COURT, "before_court", _("Before the trial court")),
    (JUDGED, "judgment", _("Judgment")),
)
DEFINITION = _(
    "A cohort is all prosecutions registered (received by the prosecution) in the same year or "
    "month, whatever became of them since. Each is counted at the furthest stage it came to. "
    "Pending prosecutions are shown and not left out: a young cohort has not failed because its "
    "cases are open."
)
PARTIAL = _(
    "Partial: registered less than ${days} days before the record ends (${until}), so that more "
    "ends will come.",
)
LATE = _(
    "Entered late: first seen by a monitor after the day it was registered. Prosecutions that "
    "ended before anybody saw them are missing from such cohorts."
)
UNKNOWN_DAY = _(
    "Prosecutions whose day of registration is not known belong to no cohort. They are counted in "
    "a row of their own."
)
STEPS_MISSING = _(
    "Who was first seen at a later stage counts as having come through the earlier ones."
)


class _Levels:
    """Which furthest stages mean charged, and which before the trial court."""

    def __init__(self, context: Context) -> None:
        self.charged = context.law.reached(Phase.CHARGED)
        self.before_court = context.law.reached(Phase.ACCUSED)

    def of(self, furthest: object, code: object) -> int:
        """Return the level that a prosecution came to."""
        if code == JUDGMENT:
            return JUDGED
        if furthest in self.before_court:
            return BEFORE_COURT
        return CHARGED if furthest in self.charged else REGISTERED

    def query(self, level: int) -> dict[str, str | tuple[str, ...]]:
        """Return the filters that list those who came at least to `level`."""
        if level == REGISTERED:
            return {}
        if level == JUDGED:
            return {"event_code": str(JUDGMENT)}
        stages = self.charged if level == CHARGED else self.before_court
        return {"furthest": tuple(sorted(stages))}


def build(context: Context) -> Body:
    """Build the report from one grouped query."""
    names = ("year", *(["month"] if context.cohort is Cohort.MONTH else []))
    tally = context.tally(*names, "furthest", "code", "suspended", "late", "reopened")
    levels = _Levels(context)
    whole = tally.sum()
    unknown, reopened = tally.sum(year=None), tally.sum(reopened=True)
    late, pending = tally.sum(late=1), tally.sum(code=OPEN)
    cohorts = _cohorts(context, tally, levels)
    return Body(
        headlines=(
            Headline("n", _("registered"), context.count(whole), ColumnKind.COUNT),
            Headline("pending", _("still open"), share_figure(pending.n, whole.n)),
            Headline("late", _("entered late"), share_figure(late.n, whole.n)),
            Headline("reopened", _("reopened after an end; the first end counts"),
                     share_figure(reopened.n, whole.n)),
            Headline("unknown", _("without a known day of registration"),
                     share_figure(unknown.n, whole.n)),
        ),
        tables=(_funnel(context, tally, levels), cohorts),
        definition=DEFINITION,
        n=whole.n,
        notes=(LATE, STEPS_MISSING, UNKNOWN_DAY),
    )  # fmt: skip


def _reached(tally: Tally, levels: _Levels, level: int) -> Count:
    """Return how many came at least to `level`."""
    furthest, code = tally.names.index("furthest"), tally.names.index("code")
    found = Count()
    for key, count in tally.counts.items():
        if levels.of(key[furthest], key[code]) >= level:
            found += count
    return found


def _reached_figure(
    context: Context, tally: Tally, levels: _Levels, level: int, **query: str
) -> Figure:
    """Return the count, linked only where the list of furthest stages shows the same."""
    count = _reached(tally, levels, level)
    furthest, code = tally.names.index("furthest"), tally.names.index("code")
    stages = levels.charged if level == CHARGED else levels.before_court
    if level in (CHARGED, BEFORE_COURT):
        listed = sum(c.n for k, c in tally.counts.items() if k[furthest] in stages)
        if listed != count.n:
            return context.plain_count(count)
    elif level == JUDGED and sum(c.n for k, c in tally.counts.items() if k[code] == 1) != count.n:
        return context.plain_count(count)
    return context.count(count, **levels.query(level), **query)


def _here(tally: Tally, levels: _Levels, level: int, **wanted: object) -> Count:
    """Return how many came to `level` and no further, of those wanted."""
    part = tally.only(**wanted) if wanted else tally
    return _reached(part, levels, level) - _reached(part, levels, level + 1)


def _funnel(context: Context, tally: Tally, levels: _Levels) -> Table:
    whole = tally.sum()
    rows = []
    for level, key, label in _LEVELS:
        reached = _reached(tally, levels, level)
        rows.append(
            Row(
                key,
                label,
                (
                    _reached_figure(context, tally, levels, level),
                    share_figure(reached.n, whole.n),
                    context.plain_count(_here(tally, levels, level, code=OPEN)),
                    context.plain_count(_here(tally, levels, level, code=WITHOUT)),
                    context.plain_count(_here(tally, levels, level, code=OUTSIDE)),
                ),
                RowKind.DETAIL,
            )
        )
    return Table(
        FUNNEL,
        _("How far they came"),
        (
            Column("reached", _("Came this far")),
            Column("share", _("Share of the registered"), ColumnKind.SHARE),
            Column("pending", _("Still open here")),
            Column("without", _("Ended here without judgment")),
            Column("outside", _("Ended here outside control, or goes on elsewhere")),
        ),
        tuple(rows),
        whole.n,
        DEFINITION,
        _("Stage"),
        unknown=share_figure(tally.sum(year=None).n, whole.n),
        unknown_label=_("Day of registration not known"),
        chart=ChartKind.ATTRITION,
        chart_columns=("reached", "pending", "without", "outside"),
    )


def _cohorts(context: Context, tally: Tally, levels: _Levels) -> Table:
    places = [tally.names.index(name) for name in ("year", "month") if name in tally.names]
    parts: dict[tuple[object, ...], Tally] = {}
    for key, count in tally.counts.items():
        cohort = tuple(key[place] for place in places)
        parts.setdefault(cohort, Tally(tally.names, {})).counts[key] = count
    order = sorted(parts, key=lambda cohort: (cohort[0] is None, _code(cohort)))
    rows = []
    for cohort in order:
        part = parts[cohort]
        code = _code(cohort)
        label: Label = _("Day not known") if code == UNKNOWN else code
        rows.append(
            Row(code, label, _figures(context, part, levels, {"cohort": code}),
                remark=_partial(context, code))
        )  # fmt: skip
    whole = tally.sum()
    return Table(
        COHORTS,
        _("By year of registration")
        if context.cohort is Cohort.YEAR
        else _("By month of registration"),
        (
            Column("registered", _("Registered")),
            Column("charged", _("Charged")),
            Column("before_court", _("Before the trial court")),
            Column("judgment", _("Judgment")),
            *(Column(key, label) for key, label, _wanted in STATUS if key != "judgment"),
            Column("late", _("Entered late")),
            Column("without_share", _("Ended without judgment, of the registered"),
                   ColumnKind.SHARE),
            Column("pending_share", _("Still open, of the registered"), ColumnKind.SHARE),
        ),
        tuple(rows),
        whole.n,
        DEFINITION,
        _("Registered in"),
        total=Row("total", _("All"), _figures(context, tally, levels, {}), RowKind.TOTAL),
        unknown=share_figure(tally.sum(year=None).n, whole.n),
        unknown_label=_("Day of registration not known"),
        notes=(),
        chart=ChartKind.STACKED,
        chart_columns=("judgment", "without", "outside", "open", "suspended"),
    )  # fmt: skip


def _code(cohort: tuple[object, ...]) -> str:
    if cohort[0] is None:
        return UNKNOWN
    year = int(str(cohort[0]))
    return f"{year:04d}" if len(cohort) == 1 else f"{year:04d}-{int(str(cohort[1])):02d}"


def _figures(
    context: Context, part: Tally, levels: _Levels, query: dict[str, str]
) -> tuple[Figure, ...]:
    n = part.sum().n
    status = {key: wanted for key, _label, wanted in STATUS if key != "judgment"}
    return (
        *(_reached_figure(context, part, levels, level, **query) for level, _k, _l in _LEVELS),
        *(
            context.count(part.sum(**wanted), **query, **status_query(wanted))
            for wanted in status.values()
        ),
        context.plain_count(part.sum(late=1)),
        share_figure(part.sum(code=WITHOUT).n, n),
        share_figure(part.sum(code=OPEN).n, n),
    )


def _partial(context: Context, code: str) -> Label:
    """Return the remark of a cohort that was not followed long enough, or None."""
    if code == UNKNOWN or context.data_until is None:
        return None
    year, month = int(code[:4]), int(code[5:] or 12)
    after = date(year + 1, 1, 1) if month == 12 else date(year, month + 1, 1)
    last = after - timedelta(days=1)
    if last + timedelta(days=HORIZON_DAYS) <= context.data_until:
        return None
    until = context.data_until.isoformat()
    return _(PARTIAL, mapping={"days": str(HORIZON_DAYS), "until": until})
