"""The attrition funnel by registration cohort, with what is pending shown."""

from __future__ import annotations

from datetime import date, timedelta

from pyramid.i18n import TranslationStringFactory

from courtwatch.reports.context import Body, Context
from courtwatch.reports.figures import Count, Tally, share_figure
from courtwatch.reports.looking_ahead import OF_A_COHORT, refuse
from courtwatch.reports.model import (
    ChartKind,
    Cohort,
    Column,
    ColumnKind,
    Figure,
    Headline,
    Label,
    Origin,
    Row,
    RowKind,
    Table,
)
from courtwatch.reports.offences import STATUS, status_query
from courtwatch.reports.words import POLICE_ALONE
from courtwatch.services.fact_filters import UNKNOWN
from courtwatch.statistics.terms import HORIZON_DAYS
from workflows.elements import Phase
from workflows.event_codes import JUDGMENT, OPEN, OUTSIDE, WITHOUT

_ = TranslationStringFactory("courtwatch")

FUNNEL, COHORTS = "funnel", "cohorts"
EVERY_COHORT = {"reached": "registration"}
REGISTERED, CHARGED, BEFORE_COURT, JUDGED = 0, 1, 2, 3
LEVELS = (
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
    "Prosecutions without a known day of registration belong to no cohort: they are in no "
    "denominator of this report. How many they are stands beside it, and in a row of their own "
    "below the cohorts."
)
NO_DAY = _("No registration day known, not in this table")
STEPS_MISSING = _(
    "Who was first seen at a later stage counts as having come through the earlier ones."
)


class Levels:
    """Which furthest stages mean charged, and which before the trial court."""

    def __init__(self, context: Context) -> None:
        self.stages = frozenset(context.law.stages)
        self.charged = context.law.reached(Phase.CHARGED)
        self.before_court = context.law.reached(Phase.ACCUSED)

    def of(self, furthest: object, code: object) -> int:
        """Return the level that a prosecution came to."""
        if code == JUDGMENT:
            return JUDGED
        if furthest in self.before_court:
            return BEFORE_COURT
        return CHARGED if furthest in self.charged else REGISTERED

    def exactly(self, level: int) -> tuple[str, ...]:
        """Return the furthest stages, for a filter, of who came to `level` and no further."""
        if level == BEFORE_COURT:
            return tuple(sorted(self.before_court))
        if level == CHARGED:
            return tuple(sorted(self.charged - self.before_court))
        return (*sorted(self.stages - self.charged), UNKNOWN)

    def query(self, level: int) -> dict[str, str | tuple[str, ...]]:
        """Return the filters that list those who came at least to `level`."""
        if level == REGISTERED:
            return {}
        if level == JUDGED:
            return {"event_code": str(JUDGMENT)}
        stages = self.charged if level == CHARGED else self.before_court
        return {"furthest": tuple(sorted(stages))}


def build(context: Context) -> Body:
    """Build the report from one count; shares are of those with a known day."""
    refuse(context.filters, Origin.REGISTRATION, OF_A_COHORT)
    names = ("year", *(["month"] if context.cohort is Cohort.MONTH else []))
    everybody = context.tally(*names, "furthest", "code", "suspended", "late", "reopened")
    dated, without = _by_day(everybody)
    police = without.only(furthest=context.law.before_prosecution)
    undated = without.without(furthest=context.law.before_prosecution)
    levels = Levels(context)
    whole, unknown = dated.sum(), undated.sum()
    reopened, late, pending = dated.sum(reopened=True), dated.sum(late=1), dated.sum(code=OPEN)
    return Body(
        headlines=(
            Headline("n", _("registered on a known day"),
                     _reached_figure(context, dated, levels, REGISTERED), ColumnKind.COUNT),
            Headline("pending", _("still open"), share_figure(pending.n, whole.n)),
            Headline("late", _("entered late"), share_figure(late.n, whole.n)),
            Headline("reopened", _("reopened after an end; the first end counts"),
                     share_figure(reopened.n, whole.n)),
            Headline("unknown", _("no registration day known: in no cohort, and in no share here"),
                     context.count(unknown, **undated_query(context)), ColumnKind.COUNT),
            *police_headline(context, police.sum()),
        ),
        tables=(_funnel(context, dated, undated, levels),
                _cohorts(context, dated, undated, levels)),
        definition=DEFINITION,
        n=whole.n,
        notes=(LATE, STEPS_MISSING, UNKNOWN_DAY),
    )  # fmt: skip


def police_headline(context: Context, count: Count) -> tuple[Headline, ...]:
    """Return the headline of who was never registered; none where no police refers anybody."""
    if not context.law.before_prosecution:
        return ()
    figure = context.count(count, **police_query(context))
    return (Headline("police_alone", POLICE_ALONE, figure, ColumnKind.COUNT),)


def undated_query(context: Context) -> dict[str, str | tuple[str, ...]]:
    """Return the filters that list who came before the prosecution on an unknown day."""
    police = context.law.before_prosecution
    rest = (*sorted(frozenset(context.law.stages) - police), UNKNOWN)
    return {"cohort": UNKNOWN, "furthest": rest} if police else {"cohort": UNKNOWN}


def police_query(context: Context) -> dict[str, str | tuple[str, ...]]:
    """Return the filters that list who has been with the police only, and was never registered."""
    return {"cohort": UNKNOWN, "furthest": tuple(sorted(context.law.before_prosecution))}


def _by_day(tally: Tally) -> tuple[Tally, Tally]:
    """Return those with a known day of registration, and those without."""
    place = tally.names.index("year")
    dated = {key: count for key, count in tally.counts.items() if key[place] is not None}
    return Tally(tally.names, dated), tally.only(year=None)


def _reached(tally: Tally, levels: Levels, level: int) -> Count:
    """Return how many came at least to `level`."""
    furthest, code = tally.names.index("furthest"), tally.names.index("code")
    found = Count()
    for key, count in tally.counts.items():
        if levels.of(key[furthest], key[code]) >= level:
            found += count
    return found


def _reached_figure(
    context: Context, tally: Tally, levels: Levels, level: int, **query: str | tuple[str, ...]
) -> Figure:
    """Return the count, linked only where the list of furthest stages shows the same.

    An empty `query` means every cohort.
    """
    count = _reached(tally, levels, level)
    if level in (CHARGED, BEFORE_COURT):
        # A list by stage shows the judged only as long as judgments lead to stages of their own.
        stages = levels.charged if level == CHARGED else levels.before_court
        furthest = tally.names.index("furthest")
        if sum(c.n for k, c in tally.counts.items() if k[furthest] in stages) != count.n:
            return context.plain_count(count)
    # A step's own stages are narrower than those of a query that leaves out the police.
    return context.count(count, **{**(query or EVERY_COHORT), **levels.query(level)})


def _here(tally: Tally, levels: Levels, level: int, **wanted: object) -> Count:
    """Return how many came to `level` and no further, of those wanted."""
    part = tally.only(**wanted) if wanted else tally
    return _reached(part, levels, level) - _reached(part, levels, level + 1)


def _unknown_share(dated: Tally, undated: Tally) -> Figure:
    """Return the share without a known day: of all that came before the prosecution."""
    return share_figure(undated.sum().n, undated.sum().n + dated.sum().n)


def _funnel(context: Context, tally: Tally, undated: Tally, levels: Levels) -> Table:
    whole = tally.sum()
    rows = []
    for level, key, label in LEVELS:
        reached = _reached(tally, levels, level)
        rows.append(
            Row(
                key,
                label,
                (
                    _reached_figure(context, tally, levels, level),
                    share_figure(reached.n, whole.n),
                    *(
                        context.count(_here(tally, levels, level, code=code), event_code=str(code),
                                      furthest=levels.exactly(level), **EVERY_COHORT)
                        for code in (OPEN, WITHOUT, OUTSIDE)
                    ),
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
        unknown=_unknown_share(tally, undated),
        unknown_label=NO_DAY,
        chart=ChartKind.ATTRITION,
        chart_columns=("reached", "pending", "without", "outside"),
    )


def _cohorts(context: Context, tally: Tally, undated: Tally, levels: Levels) -> Table:
    places = [tally.names.index(name) for name in ("year", "month") if name in tally.names]
    parts: dict[str, Tally] = {}
    for key, count in tally.counts.items():
        code = _code(tuple(key[place] for place in places))
        parts.setdefault(code, Tally(tally.names, {})).counts[key] = count
    rows = [
        Row(code, code, _figures(context, part, levels, {"cohort": code}),
            remark=partial(context, code))
        for code, part in sorted(parts.items())
    ]  # fmt: skip
    if undated.counts:
        figures = _figures(context, undated, levels, undated_query(context))
        label = _("Day not known, not in the sum")
        rows.append(Row(UNKNOWN, label, figures, RowKind.DETAIL))
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
        total=Row("total", _("All with a known day"), _figures(context, tally, levels, {}),
                  RowKind.TOTAL),
        unknown=_unknown_share(tally, undated),
        unknown_label=NO_DAY,
        notes=(),
        chart=ChartKind.STACKED,
        chart_columns=("judgment", "without", "outside", "open", "suspended"),
    )  # fmt: skip


def _code(cohort: tuple[object, ...]) -> str:
    year = int(str(cohort[0]))
    return f"{year:04d}" if len(cohort) == 1 else f"{year:04d}-{int(str(cohort[1])):02d}"


def _figures(
    context: Context, part: Tally, levels: Levels, query: dict[str, str | tuple[str, ...]]
) -> tuple[Figure, ...]:
    n = part.sum().n
    status = {key: wanted for key, _label, wanted in STATUS if key != "judgment"}
    return (
        *(_reached_figure(context, part, levels, level, **query) for level, _k, _l in LEVELS),
        *(
            context.count(part.sum(**wanted), **(query or EVERY_COHORT), **status_query(wanted))
            for wanted in status.values()
        ),
        context.plain_count(part.sum(late=1)),
        share_figure(part.sum(code=WITHOUT).n, n),
        share_figure(part.sum(code=OPEN).n, n),
    )


def partial(context: Context, code: str) -> Label:
    """Return the remark of a cohort that was not followed long enough, or None."""
    if context.data_until is None:
        return None
    year, month = int(code[:4]), int(code[5:] or 12)
    after = date(year + 1, 1, 1) if month == 12 else date(year, month + 1, 1)
    last = after - timedelta(days=1)
    if last + timedelta(days=HORIZON_DAYS) <= context.data_until:
        return None
    until = context.data_until.isoformat()
    return _(PARTIAL, mapping={"days": str(HORIZON_DAYS), "until": until})
