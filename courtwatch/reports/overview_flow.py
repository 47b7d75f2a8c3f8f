"""The flow account: opening pending + incoming - outgoing = closing pending, period by period.

Only prosecutions whose days are known and in order are in it; the others stand below, so that
nothing is lost and the identity holds exactly.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from pyramid.i18n import TranslationStringFactory

from courtwatch.models.packed import day_of, number_of
from courtwatch.reports.attrition import police_query, undated_query
from courtwatch.reports.clock_rows import ClockRows, spans_of
from courtwatch.reports.clocks import never_came
from courtwatch.reports.context import Context
from courtwatch.reports.delay_words import count_of
from courtwatch.reports.figures import Count, share_figure
from courtwatch.reports.model import Column, Figure, Label, Origin, Row, RowKind, Table
from courtwatch.reports.options import Choice
from courtwatch.reports.overview_rows import Flags, Whole, known, looks_ahead
from courtwatch.reports.words import POLICE_ALONE
from courtwatch.services.fact_filters import UNKNOWN
from workflows.event_codes import ENDS, OPEN

_ = TranslationStringFactory("courtwatch")

FLOW, LEFT_OUT = "flow", "flow_left_out"
SHOWN = {"quarter": 12, "year": 10}
"""How many periods stand on the page; what came before is the opening of the first."""
FLOW_DEFINITION = _(
    "Opening pending + incoming - outgoing = closing pending. Incoming: registered in the period. "
    "Outgoing: the first end at first instance lies in it. Pending: registered and not ended; "
    "suspended prosecutions are pending. Days are those of events as the record knows them, not "
    "those on which they were entered."
)
REOPENED = _(
    "The first end counts: who was reopened after it is not counted as pending again. How many of "
    "the outgoing that concerns stands beside them."
)
VAGUE = _(
    "A day known only as a month or as “about” a year counts on its first possible day. The last "
    "column says how many comings and goings of a period may belong to another one."
)
DOCKET = _(
    "This is the account of what is on record, not of the courts' dockets: cases that nobody "
    "brought in are missing from every line."
)
LAST_PERIOD = _(
    "so far: the record reaches to ${until}",
)
NO_DAYS = _("No day is known on which anything happened, so there is no period to account for.")
LEFT_OUT_DEFINITION = _(
    "Each counts once, under the first line that holds. They are in no line of the account."
)


class Length(StrEnum):
    """How long a period of the account is."""

    QUARTER = "quarter"
    YEAR = "year"


ACCOUNTS = Choice(
    "account",
    _("Flow account by"),
    ((Length.QUARTER.value, _("Quarter")), (Length.YEAR.value, _("Year"))),
    Length.QUARTER.value,
)


@dataclass(frozen=True)
class Period:
    """A quarter or a year: its first day, its last, its code and the months that filters take."""

    first: date
    last: date
    code: str
    months: tuple[str, ...]


def period_of(day: date, length: Length) -> Period:
    """Return the period in which a day lies."""
    if length is Length.YEAR:
        code = f"{day.year:04d}"
        return Period(date(day.year, 1, 1), date(day.year, 12, 31), code, (code,))
    quarter = (day.month - 1) // 3
    months = tuple(f"{day.year:04d}-{3 * quarter + n:02d}" for n in (1, 2, 3))
    first = date(day.year, 3 * quarter + 1, 1)
    after = date(day.year + 1, 1, 1) if quarter == 3 else date(day.year, 3 * quarter + 4, 1)
    return Period(first, after - timedelta(days=1), f"{day.year:04d}-Q{quarter + 1}", months)


def periods_until(last: date, first: date, length: Length) -> list[Period]:
    """Return the periods from the one of `first` to that of `last`, at most as many as shown."""
    found = [period_of(last, length)]
    while len(found) < SHOWN[length.value] and found[0].first > first:
        found.insert(0, period_of(found[0].first - timedelta(days=1), length))
    return found


@dataclass(frozen=True)
class Dated:
    """Who can be placed in the account, and why the others can't; each has one reason."""

    dated: Flags
    no_registration: Flags
    no_end: Flags
    disordered: Flags

    @classmethod
    def of(
        cls, came: NDArray[np.int32], ended: NDArray[np.int32], code: NDArray[np.int32]
    ) -> Dated:
        """Sort prosecutions by what is known of their days."""
        registered, over = known(came), code != OPEN
        no_end = registered & over & ~known(ended)
        disordered = registered & over & known(ended) & (ended < came)
        return cls(registered & ~no_end & ~disordered, ~registered, no_end, disordered)


@dataclass(frozen=True)
class Balance:
    """The account of k periods: arrays (k,), `outgoing` (3, k) by code of the end."""

    opening: Whole
    incoming: Whole
    outgoing: Whole
    closing: Whole


def balance(
    came: NDArray[np.int32], ended: NDArray[np.int32], code: NDArray[np.int32], edges: Sequence[int]
) -> Balance:
    """Return the account of dated prosecutions; `edges` are first days of periods, and the end."""
    bounds = np.asarray(edges)
    size = bounds.size + 1
    arrivals = np.bincount(np.searchsorted(bounds, came, side="right"), minlength=size)
    leavings = np.stack(
        [
            np.bincount(np.searchsorted(bounds, ended[code == kind], side="right"), minlength=size)
            for kind in ENDS
        ]
    )
    pending = np.cumsum(arrivals - leavings.sum(axis=0))
    return Balance(pending[:-2], arrivals[1:-1], leavings[:, 1:-1], pending[1:-1])


def tables(context: Context, rows: ClockRows, length: Length) -> tuple[Table, Table]:
    """Return the account, and who is not in it."""
    came, ended = rows.days["registered_on"], rows.days["ended_on"]
    sorted_by = Dated.of(came, ended, rows.code)
    why = looks_ahead(context)
    until = context.data_until
    if why is None and (until is None or not bool(sorted_by.dated.any())):
        why = NO_DAYS
    if why is not None or until is None:
        empty = Table(FLOW, _title(length), _COLUMNS, (), 0, FLOW_DEFINITION, _("Period"),
                      refused=why)  # fmt: skip
        return empty, _left_out(context, rows, sorted_by, None)
    first = day_of(int(came[sorted_by.dated].min()))
    periods = periods_until(until, first, length)
    return (_account(context, rows, sorted_by, periods, length),
            _left_out(context, rows, sorted_by, periods[-1].last))  # fmt: skip


_COLUMNS = (
    Column("opening", _("Pending at the beginning")),
    Column("incoming", _("Incoming")),
    Column("judgment", _("Judgment")),
    Column("without", _("Ended without judgment")),
    Column("outside", _("Ended outside control, or goes on elsewhere")),
    Column("outgoing", _("Outgoing, all")),
    Column("closing", _("Pending at the end")),
    Column("reopened", _("Of the outgoing, reopened since")),
    Column("uncertain", _("On a day known only roughly, may belong to another period")),
)


def _title(length: Length) -> Label:
    return _("Flow account by quarter") if length is Length.QUARTER else _("Flow account by year")


def _account(
    context: Context, rows: ClockRows, sorted_by: Dated, periods: list[Period], length: Length
) -> Table:
    edges = [number_of(p.first) for p in periods] + [number_of(periods[-1].last) + 1]
    whole, seen = (
        balance(rows.days["registered_on"][here], rows.days["ended_on"][here], rows.code[here],
                edges)
        for here in (sorted_by.dated, sorted_by.dated & rows.visible)
    )  # fmt: skip
    again = _reopened(rows, sorted_by, edges)
    rough = _uncertain(rows, sorted_by, edges)

    def out(place: int, kind: int | None) -> Count:
        if kind is None:
            return Count(int(whole.outgoing[:, place].sum()), int(seen.outgoing[:, place].sum()))
        return Count(int(whole.outgoing[kind - 1, place]), int(seen.outgoing[kind - 1, place]))

    found = []
    for place, period in enumerate(periods):
        before = (period.first - timedelta(days=1)).isoformat()
        came = Count(int(whole.incoming[place]), int(seen.incoming[place]))
        figures = (
            context.count(_pair(whole.opening, seen.opening, place), pending=before),
            context.count(came, cohort=period.months, dated="yes"),
            *(
                context.count(out(place, kind), ended=period.months, event_code=str(kind),
                              dated="yes")
                for kind in ENDS
            ),
            context.count(out(place, None), ended=period.months,
                          event_code=tuple(str(kind) for kind in ENDS), dated="yes"),
            context.count(_pair(whole.closing, seen.closing, place),
                          pending=period.last.isoformat()),
            context.count(again[place], ended=period.months, reopened="yes", dated="yes"),
            Figure(int(rough[place])),
        )  # fmt: skip
        remark = None
        if context.data_until is not None and period.last > context.data_until:
            remark = _(LAST_PERIOD, mapping={"until": context.data_until.isoformat()})
        found.append(Row(period.code, period.code, figures, RowKind.DETAIL, remark))
    sums = [sum(int(row.figures[place].value or 0) for row in found) for place in range(1, 6)]
    total = (
        found[0].figures[0],
        *(Figure(each) for each in sums),
        found[-1].figures[6],
        Figure(sum(count.n for count in again)),
        Figure(int(rough.sum())),
    )
    # Its levels are no sums of the periods', so it is a row and not the table's total.
    found.append(Row("total", _("All periods shown"), total, RowKind.TOTAL))
    n = int(np.count_nonzero(sorted_by.dated))
    registered = ~never_came(rows, Origin.REGISTRATION, context.law)
    everybody = int(np.count_nonzero(registered))
    return Table(
        FLOW, _title(length), _COLUMNS, tuple(found), n, FLOW_DEFINITION, _("Period"),
        unknown=share_figure(everybody - n, everybody),
        unknown_label=_("Can't be dated, not in this account"),
        notes=(REOPENED, VAGUE, DOCKET),
    )  # fmt: skip


def _pair(whole: Whole, seen: Whole, place: int) -> Count:
    return Count(int(whole[place]), int(seen[place]))


def _reopened(rows: ClockRows, sorted_by: Dated, edges: list[int]) -> list[Count]:
    """Count, by period of the first end, who was reopened after it."""
    here = sorted_by.dated & (rows.code != OPEN) & (rows.more["reopened"] == 1)
    place = np.searchsorted(edges, rows.days["ended_on"][here], side="right") - 1
    seen = rows.visible[here]
    return [
        Count(int(np.count_nonzero(place == k)), int(np.count_nonzero(seen & (place == k))))
        for k in range(len(edges) - 1)
    ]


def _uncertain(rows: ClockRows, sorted_by: Dated, edges: list[int]) -> Whole:
    """Count the comings and goings of each period whose day may lie in another one."""
    found = np.zeros(len(edges) - 1, np.int64)
    for place, text in rows.inexact.items():
        if not sorted_by.dated[place]:
            continue
        spans = spans_of(text)
        for name in ("registered_on", "ended_on"):
            if name not in spans or (name == "ended_on" and rows.code[place] == OPEN):
                continue
            counted = bisect_right(edges, rows.days[name][place])
            first, last = (bisect_right(edges, day) for day in spans[name])
            if first != last and 0 < counted < len(edges):
                found[counted - 1] += 1
    return found


def _left_out(context: Context, rows: ClockRows, sorted_by: Dated, last: date | None) -> Table:
    later = sorted_by.dated & (
        np.zeros(rows.n, bool) if last is None else rows.days["registered_on"] > number_of(last)
    )
    never = never_came(rows, Origin.REGISTRATION, context.law)
    lines: tuple[tuple[str, Label, Flags, Mapping[str, str | tuple[str, ...]] | None], ...] = (
        ("police_alone", POLICE_ALONE, never, police_query(context)),
        (
            "no_registration",
            _("Day of registration not known"),
            sorted_by.no_registration & ~never,
            undated_query(context),
        ),
        (
            "no_end",
            _("Ended on a day that is not known"),
            sorted_by.no_end,
            {"reached": "registration", "ended": UNKNOWN, "event_code": tuple(map(str, ENDS))},
        ),
        ("disordered", _("Ended before the day of registration"), sorted_by.disordered, None),
        ("later", _("Registered on a day that is still to come"), later, None),
    )
    found = tuple(
        Row(key, label, (_figure(context, count_of(rows, here), query),))
        for key, label, here, query in lines
        if key != "police_alone" or context.law.before_prosecution
    )
    whole = count_of(rows, ~sorted_by.dated | later)
    query = None if bool(later.any()) else {"dated": "no"}
    return Table(
        LEFT_OUT, _("Not in the account"), (Column("n", _("Prosecutions")),), found, rows.n,
        LEFT_OUT_DEFINITION, _("Why"),
        total=Row("total", _("All of them"), (_figure(context, whole, query),), RowKind.TOTAL),
    )  # fmt: skip


def _figure(
    context: Context, count: Count, query: Mapping[str, str | tuple[str, ...]] | None
) -> Figure:
    return context.plain_count(count) if query is None else context.count(count, **query)
