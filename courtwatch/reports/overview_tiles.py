"""The share that ends without judgment, by province: a grid of tiles in no order of rate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pyramid.i18n import TranslationStringFactory

from courtwatch.charts.tile_grid import has_a_place
from courtwatch.models import Institution
from courtwatch.models.packed import number_of
from courtwatch.reports.clock_rows import ClockRows
from courtwatch.reports.clocks import Clocks, clocks
from courtwatch.reports.context import Context
from courtwatch.reports.delay_groups import FROM_THE_END
from courtwatch.reports.delay_words import count_of, share_at
from courtwatch.reports.figures import share_figure
from courtwatch.reports.known_late import known_late
from courtwatch.reports.model import (
    ChartKind,
    Column,
    ColumnKind,
    Figure,
    Label,
    Origin,
    Row,
    RowKind,
    Table,
)
from courtwatch.reports.overview_rows import Flags, Whole, known, looks_ahead
from courtwatch.reports.then import courts_then
from courtwatch.reports.words import NOT_KNOWN
from courtwatch.services.fact_filters import UNKNOWN
from courtwatch.statistics.court_comparison import SUFFICIENT
from courtwatch.statistics.survival import cumulative_incidence
from courtwatch.statistics.terms import HORIZON_DAYS
from workflows.event_codes import OPEN, WITHOUT

_ = TranslationStringFactory("courtwatch")

PROVINCES = "provinces"
LIMITS = (0.1, 0.2, 0.3)
"""Between the shades; fixed in advance, so that no map is drawn to show a difference."""
PROVINCES_DEFINITION = _(
    "Estimated share that ends without judgment within ${days} days of registration (Aalen-"
    "Johansen, open ones counted as long as they were followed), by the province of the court. A "
    "province with fewer than ${enough} prosecutions with a known time that were registered "
    "${days} days before the record ends has no share. Provinces differ in their cases and in who "
    "is watching: this is no ranking and no comparison of courts.",
    mapping={"days": str(HORIZON_DAYS), "enough": str(SUFFICIENT)},
)
INSUFFICIENT = _("insufficient data: fewer than ${n} followed long enough",
                 mapping={"n": str(SUFFICIENT)})  # fmt: skip
NO_PROVINCE = _("Of no court here the province is known.")


@dataclass(frozen=True)
class _Province:
    """One province: its code, what it is called, and the courts in it."""

    code: str
    label: Label
    courts: dict[int, str]


def table(context: Context, rows: ClockRows) -> Table:
    """Return the shares by province."""
    columns = (
        Column("registered", _("Registered")),
        Column("enough", _("Followed long enough")),
        Column("open", _("Still open")),
        Column("without", _("Ended without judgment"), ColumnKind.PROBABILITY),
    )
    title = _("Ended without judgment, by province")
    came = known(rows.days["registered_on"])
    found = _provinces(context, np.unique(rows.court[came]))
    why = looks_ahead(context) or _from_the_end(rows) or (None if found else NO_PROVINCE)
    if why is not None:
        return Table(PROVINCES, title, columns, (), 0, PROVINCES_DEFINITION, _("Province"),
                     refused=why)  # fmt: skip
    clock = clocks(rows, Origin.REGISTRATION, number_of(context.today))
    where = _where(rows, found)
    of_clock = where[clock.place]
    whole = context.today if context.data_until is None else context.data_until
    timed = np.zeros(rows.n, bool)
    timed[clock.place] = True
    early = timed & (rows.days["registered_on"] <= number_of(whole) - HORIZON_DAYS)
    made = [
        _row(context, rows, province, came & (where == number), early,
             clock.only(of_clock == number))
        for number, province in enumerate(found)
    ]  # fmt: skip
    nowhere = came & (where == -1)
    if nowhere.any():
        figures = (*(context.plain_count(count_of(rows, nowhere & each))
                     for each in (came, early, rows.code == OPEN)),
                   Figure(None, missing=_("in no province")))  # fmt: skip
        made.append(Row(UNKNOWN, NOT_KNOWN, figures))
    return Table(
        PROVINCES, title, columns, tuple(made), int(np.count_nonzero(came)), PROVINCES_DEFINITION,
        _("Province"),
        unknown=share_figure(int(np.count_nonzero(nowhere)), int(np.count_nonzero(came))),
        unknown_label=_("In no known province"),
        chart=ChartKind.TILES, chart_columns=("without",), limits=LIMITS,
    )  # fmt: skip


def _provinces(context: Context, courts: Whole) -> list[_Province]:
    """Return the provinces of these courts, by name; each is called by its court of first level."""
    then = context.then
    parts: dict[str, dict[int, Any]] = {}
    used = {int(key) for key in courts}

    def of_first_level(row: Institution) -> tuple[int, str]:
        return then.value(row, "level") or 9, then.value(row, "code")

    for row in courts_then(context.session, context.jurisdiction, then):
        region = then.value(row, "region")
        if region is not None and has_a_place(region) and row.id in used:
            parts.setdefault(region, {})[row.id] = row
    return [
        _Province(
            code,
            then.name(min(rows.values(), key=of_first_level)),
            {key: then.value(row, "code") for key, row in rows.items()},
        )
        for code, rows in sorted(parts.items(), key=lambda pair: int(pair[0].partition("-")[2]))
    ]


def _where(rows: ClockRows, provinces: list[_Province]) -> Whole:
    """Return the place of each row's province; -1 where it is in none."""
    size = int(rows.court.max(initial=0)) + 1
    place = np.full(size, -1, np.int64)
    for number, province in enumerate(provinces):
        place[[key for key in province.courts if key < size]] = number
    return place[rows.court]


def _from_the_end(rows: ClockRows) -> Label:
    """Return the refusal where a court is known only once a prosecution has ended."""
    late = known_late(rows)
    return None if late is None else _(FROM_THE_END, mapping=late._asdict())


def _row(
    context: Context, rows: ClockRows, province: _Province, here: Flags, early: Flags, clock: Clocks
) -> Row:
    courts = tuple(sorted(province.courts.values()))
    enough = count_of(rows, here & early)
    figures = (
        context.count(count_of(rows, here), court=courts, reached="registration"),
        context.plain_count(enough),
        context.count(count_of(rows, here & (rows.code == OPEN)), court=courts,
                      reached="registration", event_code=str(OPEN)),
        _share(clock, enough.n),
    )  # fmt: skip
    return Row(province.code, province.label, figures, RowKind.PART)


def _share(clock: Clocks, enough: int) -> Figure:
    """Return the share ended without judgment at the horizon, or why there is none."""
    if enough < SUFFICIENT or clock.n < SUFFICIENT:
        return Figure(None, denominator=clock.n, missing=INSUFFICIENT)
    curve = cumulative_incidence(clock.exit, clock.event, clock.delayed)
    return replace(share_at(curve, clock, WITHOUT, HORIZON_DAYS), denominator=clock.n)
