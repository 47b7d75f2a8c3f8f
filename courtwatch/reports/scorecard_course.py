"""How far prosecutions of one court came, and how long they took, beside the country."""

from __future__ import annotations

from dataclasses import replace

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
from courtwatch.reports.clocks import Clocks, clocks, never_came
from courtwatch.reports.delay_words import (
    DEFINITION as TIME_DEFINITION,
)
from courtwatch.reports.delay_words import (
    HORIZONS,
    NO_TIME,
    NOT_SO_LONG,
    ORIGINS,
    count_of,
    followed_at,
    line_of,
    reach,
    refusal,
    share_at,
    since,
    still_open,
)
from courtwatch.reports.figures import share_figure
from courtwatch.reports.model import (
    ChartKind,
    Column,
    ColumnKind,
    Curve,
    Figure,
    Label,
    Row,
    RowKind,
    Table,
)
from courtwatch.reports.packed_tally import calendar_years
from courtwatch.reports.scorecard_rows import Court, Flags
from courtwatch.statistics.survival import (
    CumulativeIncidence,
    KaplanMeier,
    cumulative_incidence,
    kaplan_meier,
)
from workflows.event_codes import JUDGMENT, OPEN, OUTSIDE, WITHOUT

_ = TranslationStringFactory("courtwatch")

FUNNEL, COHORTS = "funnel", "cohorts"
HERE, COUNTRY = _("This court"), _("Country")
LAST = _(
    "A prosecution counts at the court that acted last, or else at that of its case: one that was "
    "transferred counts where it is now."
)
CODES = {"judgment": JUDGMENT, "without": WITHOUT}
STILL_OPEN = "still_open"
EVERY_COHORT = {"reached": "registration"}


def funnel(court: Court) -> Table:
    """Return how far the registered came: this court and the country."""
    rows, levels = court.rows, Levels(court.here)
    level = _levels(court, levels)
    mine, known = court.mine & court.registered, court.registered
    n = int(mine.sum())
    found = []
    for place, key, label in LEVELS:
        came = known & (level >= place)
        here = mine & (level == place) if place < JUDGED else np.zeros_like(mine)
        linked = _linked(court, levels, place, level)
        all_, own = int(came.sum()), int((came & mine).sum())
        figures = (
            court.figure(came, **linked) if linked is not None else court.plain(came),
            share_figure(own, n),
            *(
                court.figure(here & (rows.code == code), event_code=str(code),
                             furthest=levels.exactly(place), **EVERY_COHORT)
                for code in (OPEN, WITHOUT, OUTSIDE)
            ),
            court.all_counted(came, **linked)
            if linked is not None
            else court.country.plain_count(count_of(rows, came)),
            share_figure(all_, int(known.sum())),
        )
        found.append(Row(key, label, figures, RowKind.DETAIL))
    everybody = int((court.mine & ~court.never_registered).sum())
    return Table(
        FUNNEL,
        _("How far they came"),
        (
            Column("reached", _("Came this far")),
            Column("share", _("Share of the registered"), ColumnKind.SHARE),
            Column("pending", _("Still open here")),
            Column("without", _("Ended here without judgment")),
            Column("outside", _("Ended here outside control, or goes on elsewhere")),
            Column("country", _("Country: came this far")),
            Column("country_share", _("Country: share"), ColumnKind.SHARE),
        ),
        tuple(found),
        n,
        DEFINITION,
        _("Stage"),
        unknown=share_figure(everybody - n, everybody),
        unknown_label=NO_DAY,
        notes=(LAST,),
        chart=ChartKind.ATTRITION,
        chart_columns=("reached", "pending", "without", "outside"),
    )


def _levels(court: Court, levels: Levels) -> NDArray[np.int8]:
    """Return the level that each prosecution of the country came to."""
    names = (*court.comparison.stages, "")
    table = np.array([levels.of(name, None) for name in names], np.int8)
    return np.where(court.rows.code == JUDGMENT, JUDGED, table[court.rows.more["furthest"]])


def _linked(
    court: Court, levels: Levels, place: int, level: NDArray[np.int8]
) -> dict[str, str | tuple[str, ...]] | None:
    """Return the filters that list those who came so far; None where a list shows others."""
    if place in (REGISTERED, JUDGED):
        return {**levels.query(place), **EVERY_COHORT}
    stages = levels.charged if place == CHARGED else levels.before_court
    assert place in (CHARGED, BEFORE_COURT)
    named = np.array([name in stages for name in (*court.comparison.stages, "")])
    listed = named[court.rows.more["furthest"]]
    known = court.registered
    if not np.array_equal(listed & known, (level >= place) & known):
        return None
    return {**levels.query(place), **EVERY_COHORT}


def cohorts(court: Court) -> Table:
    """Return what became of those registered in each year, with the country's share beside."""
    known = court.registered
    year = calendar_years(court.day("registered_on"))
    found = []
    for each in np.unique(year[court.mine & known]).tolist():
        chosen = known & (year == each)
        code = f"{each:04d}"
        found.append(
            Row(code, code, _cohort(court, chosen, cohort=code), remark=partial(court.here, code))
        )
    everybody = int((court.mine & ~court.never_registered).sum())
    n = int((court.mine & known).sum())
    return Table(
        COHORTS,
        _("By year of registration"),
        (
            Column("registered", _("Registered")),
            Column("judgment", _("Judgment")),
            Column("without", _("Ended without judgment")),
            Column("outside", _("Ended outside control, or goes on elsewhere")),
            Column("open", _("Open")),
            Column("without_share", _("Ended without judgment, of the registered"),
                   ColumnKind.SHARE),
            Column("country_share", _("The same in the country"), ColumnKind.SHARE),
        ),
        tuple(found),
        n,
        DEFINITION,
        _("Registered in"),
        total=Row(
            "total", _("All with a known day"), _cohort(court, known, **EVERY_COHORT), RowKind.TOTAL
        ),
        unknown=share_figure(everybody - n, everybody),
        unknown_label=NO_DAY,
        chart=ChartKind.STACKED,
        chart_columns=("judgment", "without", "outside", "open"),
    )  # fmt: skip


def _cohort(court: Court, chosen: Flags, **query: str) -> tuple[Figure, ...]:
    code, mine = court.rows.code, court.mine
    ended = chosen & (code == WITHOUT)
    return (
        court.figure(chosen, **query),
        *(
            court.figure(chosen & (code == each), event_code=str(each), **query)
            for each in (JUDGMENT, WITHOUT, OUTSIDE, OPEN)
        ),
        share_figure(int((ended & mine).sum()), int((chosen & mine).sum())),
        share_figure(int(ended.sum()), int(chosen.sum())),
    )


class Times:
    """Curves of this court and of the country, from one origin."""

    def __init__(self, court: Court) -> None:
        self.court = court
        self.origin = court.here.origin
        self.country = clocks(court.rows, self.origin, court.comparison.today)
        self.never = never_came(court.rows, self.origin, court.here.law)
        self.mine = self.country.only(court.mine[self.country.place])
        self.refused: Label = court.late or refusal(self.mine, self.origin)
        self.curves: tuple[CumulativeIncidence, ...] = ()
        self.still: tuple[KaplanMeier, ...] = ()
        if self.refused is None:
            both = (self.mine, self.country)
            self.curves = tuple(cumulative_incidence(c.exit, c.event, c.delayed) for c in both)
            self.still = tuple(
                kaplan_meier(c.exit, np.minimum(c.event, 1), c.delayed) for c in both
            )

    def at(self, key: str, horizon: int) -> tuple[Figure, Figure]:
        """Return a share at this court and in the country, so many days after the origin."""
        if self.refused is not None:
            return (Figure(None, missing=self.refused),) * 2
        both = (self.mine, self.country)
        if key == STILL_OPEN:
            mine, country = (
                _open(still, each, horizon) for still, each in zip(self.still, both, strict=True)
            )
        else:
            mine, country = (
                share_at(curve, each, CODES[key], horizon, each.n)
                for curve, each in zip(self.curves, both, strict=True)
            )
        return mine, country

    def tables(self) -> tuple[Table, ...]:
        """Return a table for each end with its chart, and one of who is still open."""
        titles = {
            "judgment": _("When they are judged"),
            "without": _("When they end without judgment"),
            STILL_OPEN: _("Who is still open"),
        }
        return tuple(self._table(key, title) for key, title in titles.items())

    def _table(self, key: str, title: Label) -> Table:
        definition = _(TIME_DEFINITION, mapping={"origin": ORIGINS[self.origin]})
        columns = (
            Column("here", HERE, ColumnKind.PROBABILITY),
            Column("country", COUNTRY, ColumnKind.PROBABILITY),
            Column("at_risk", _("This court: still followed")),
            Column("country_at_risk", _("Country: still followed")),
        )
        came, n = int((self.court.mine & ~self.never).sum()), self.mine.n
        rows: tuple[Row, ...] = ()
        if self.refused is None:
            rows = tuple(
                Row(
                    str(horizon), _("${n} days", mapping={"n": f"{horizon:,}"}),
                    (*self.at(key, horizon), *(
                        Figure(followed_at(each, horizon)) for each in (self.mine, self.country)
                    )),
                    RowKind.DETAIL,
                )
                for horizon in HORIZONS
            )  # fmt: skip
        drawn = self.refused is None and key != STILL_OPEN
        return Table(
            f"time_{key}", title, columns, rows, n, definition, _("Days"),
            unknown=share_figure(came - n, came),
            unknown_label=NO_TIME,
            chart=ChartKind.INCIDENCE if drawn else None,
            curves=self._lines(key) if drawn else (),
            x_label=since(self.origin),
            refused=self.refused,
        )  # fmt: skip

    def _lines(self, key: str) -> tuple[Curve, ...]:
        named = zip(("here", "country"), (HERE, COUNTRY), self.curves, strict=True)
        return tuple(line_of(curve, CODES[key], name, label) for name, label, curve in named)


def _open(still: KaplanMeier, clock: Clocks, horizon: int) -> Figure:
    """Return the share still open, with the interval that the report `delay` gives it."""
    if horizon > reach(still):
        return Figure(None, missing=NOT_SO_LONG)
    return replace(still_open(still, clock, horizon), denominator=clock.n)
