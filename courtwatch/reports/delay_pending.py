"""Prosecutions that are still open: how old they are, and who is at which stage by when."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pyramid.i18n import TranslationStringFactory

from courtwatch.models.packed import number_of
from courtwatch.reports.clock_rows import NEVER, ClockRows
from courtwatch.reports.clocks import COLUMN, Clocks
from courtwatch.reports.context import Context
from courtwatch.reports.delay_words import (
    HORIZONS,
    NOT_SO_LONG,
    count_of,
    estimate,
    known_by,
    reach,
)
from courtwatch.reports.model import (
    Column,
    ColumnKind,
    Figure,
    Label,
    Origin,
    Row,
    RowKind,
    Table,
)
from courtwatch.statistics.multistate import state_occupation
from courtwatch.statistics.refusal import CannotAnswer
from courtwatch.statistics.survival import cumulative_incidence
from workflows.event_codes import OPEN

_ = TranslationStringFactory("courtwatch")
Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

SHARES = ((25, "p25"), (50, "p50"), (75, "p75"), (90, "p90"))
UNSEEN_DAYS = 180
AGES_DEFINITION = _(
    "Age of prosecutions that are open, from the origin to the day they were last verified: what "
    "the record knows. Beside it the age they have on the last day of the record, if none ended "
    "since. The longer nobody looked, the further the two lie apart."
)
STATES_DEFINITION = _(
    "Where prosecutions stand so many days after the origin (Aalen-Johansen state occupation, with "
    "95 % intervals: Greenwood, log-log). A stage whose day is not known is passed over. The first "
    "table does not look at stages; where open ones of one stage are lost from view sooner than "
    "others, both differ a little."
)
BEFORE, CHARGED, TRIAL = 0, 1, 2
_BEFORE_DAY_0 = -1.0
"""Where those begin who are followed from the origin: what happens on that day is a move."""
STATES = (
    ("before", _("Not charged yet")),
    ("charged", _("Charged")),
    ("trial", _("On trial")),
    ("judgment", _("Judgment")),
    ("without", _("Ended without judgment")),
    ("outside", _("Ended outside control, or goes on elsewhere")),
)
FEWEST_OPEN = 5
"""Open ones, before their age has percentiles."""
FEW_OPEN = _("fewer than 5 are open")


def ages(context: Context, rows: ClockRows, today: int) -> Table:
    """Return percentiles of the age of what is open: active, and suspended, apart."""
    start = rows.days[COLUMN[context.origin]].astype(np.int64)
    seen = rows.days["last_verified_on"].astype(np.int64)
    last = today if context.data_until is None else number_of(context.data_until)
    known = (start != NEVER) & (rows.code == OPEN)
    parts = (
        ("active", _("Active"), known & ~rows.suspended, "no"),
        ("suspended", _("Suspended (absconded)"), known & rows.suspended, "yes"),
    )
    columns = (
        Column("n", _("Open")),
        *(Column(key, f"P{share}", ColumnKind.DAYS) for share, key in SHARES),
        Column("p50_today", _("P50 on the last day of the record"), ColumnKind.DAYS),
        Column("unseen", _("Not looked at for ${days} days", mapping={"days": str(UNSEEN_DAYS)})),
    )
    found = []
    for key, label, here, word in parts:
        age = np.maximum(np.minimum(seen[here], today) - start[here], 0)
        age = age[seen[here] != NEVER]
        whole = np.maximum(last - start[here], 0)
        unseen = (seen[here] == NEVER) | (seen[here] < last - UNSEEN_DAYS)
        found.append(
            Row(
                key,
                label,
                (
                    context.count(
                        count_of(rows, here), reached=context.origin.value, event_code=str(OPEN),
                        suspended=word,
                    ),
                    *(_percentile(age, share) for share, _key in SHARES),
                    _percentile(whole, 50),
                    Figure(int(np.count_nonzero(unseen))),
                ),
                RowKind.DETAIL,
            )
        )  # fmt: skip
    return Table(
        "pending", _("How old the open ones are"), columns, tuple(found),
        int(np.count_nonzero(known)), AGES_DEFINITION, _("Open"),
    )  # fmt: skip


def _percentile(age: Whole, share: int) -> Figure:
    if age.size < FEWEST_OPEN:
        return Figure(None, missing=FEW_OPEN)
    return Figure(float(np.percentile(age, share)), None, int(age.size))


def states(context: Context, rows: ClockRows, clock: Clocks, why: Label) -> Table:
    """Return who is at which stage at the horizons."""
    first = CHARGED if context.origin is Origin.CHARGE else BEFORE
    columns = tuple(Column(key, label, ColumnKind.PROBABILITY) for key, label in STATES[first:])
    title, label = _("Where they stand, by the days since the origin"), _("Days")
    if why is None:
        try:
            return Table(
                "states", title, columns, tuple(_occupied(context, rows, clock, first)), clock.n,
                STATES_DEFINITION, label,
            )  # fmt: skip
        except CannotAnswer:
            why = _("Nobody was followed from the day of the origin on.")
    return Table("states", title, columns, (), clock.n, STATES_DEFINITION, label, refused=why)


def _occupied(context: Context, rows: ClockRows, clock: Clocks, first: int) -> list[Row]:
    stays = _stays(context, rows, clock, first)
    until = reach(cumulative_incidence(clock.exit, clock.event, clock.delayed))
    found = state_occupation(*stays, start_time=_BEFORE_DAY_0)
    rows_made = []
    for horizon in HORIZONS:
        index = int(np.searchsorted(found.time, horizon, side="right")) - 1
        shares = found.start if index < 0 else found.probability[index]
        errors = np.zeros(shares.size) if index < 0 else found.se[index]
        pairs = zip(shares.tolist(), errors.tolist(), strict=True)
        by_state = dict(zip(found.states, pairs, strict=True))
        known = known_by(clock, horizon)
        figures = tuple(
            Figure(None, missing=NOT_SO_LONG)
            if horizon > until
            else estimate(*by_state.get(state, (0.0, 0.0)), None, known)
            for state in range(first, len(STATES))
        )
        name = _("${n} days", mapping={"n": f"{horizon:,}"})
        rows_made.append(Row(str(horizon), name, figures, RowKind.DETAIL))
    return rows_made


def _stays(
    context: Context, rows: ClockRows, clock: Clocks, first: int
) -> tuple[Whole, Whole, Floats, Floats]:
    """Return stays (from, to, start, stop) of everybody in up to three stages.

    A stay of no length is passed over: who is charged and tried on one day goes from before the
    charge to trial. Who is lost from view on the day of a move has moved: censoring comes last.
    """
    begin = clock.entry
    origin = rows.days[COLUMN[context.origin]].astype(np.float64)[clock.place]
    edges, came = [begin], [np.ones(clock.n, bool)]
    for name in ("charged_on", "trial_on"):
        day = rows.days[name][clock.place]
        time = np.where(day == NEVER, np.inf, day.astype(np.float64) - origin)
        came.append(time <= clock.exit)
        edges.append(np.minimum(np.maximum(time, begin), clock.exit))
    if first == CHARGED:
        edges[1] = begin
    edges[1] = np.minimum(edges[1], np.where(_known(rows, clock, "charged_on"), edges[1], edges[2]))
    edges[2] = np.maximum(edges[1], edges[2])
    edges.append(clock.exit)
    final = np.where(clock.event == OPEN, -1, clock.event + TRIAL)
    lengths = [edges[k + 1] - edges[k] > 0 for k in range(3)]
    found: list[tuple[Whole, Whole, Floats, Floats]] = []
    after = final
    for state in (TRIAL, CHARGED, BEFORE):
        here = lengths[state]
        found.append(
            (np.full(int(here.sum()), state), after[here], edges[state][here],
             edges[state + 1][here])
        )  # fmt: skip
        after = np.where(here | (came[state] & (after < 0)), state, after)
    return tuple(np.concatenate(parts) for parts in zip(*found, strict=True))  # type: ignore[return-value]


def _known(rows: ClockRows, clock: Clocks, name: str) -> NDArray[np.bool_]:
    known: NDArray[np.bool_] = rows.days[name][clock.place] != NEVER
    return known
