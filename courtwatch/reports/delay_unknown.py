"""Who is in no figure of durations and why, and what vague days leave open."""

from __future__ import annotations

import numpy as np
from pyramid.i18n import TranslationStringFactory

from courtwatch.reports.clock_rows import ClockRows
from courtwatch.reports.clocks import Clocks, Flags, LeftOut, Vague
from courtwatch.reports.context import Context
from courtwatch.reports.delay_words import HORIZONS, reach, share_of
from courtwatch.reports.model import Column, ColumnKind, Figure, Label, Origin, Row, RowKind, Table
from courtwatch.reports.words import POLICE_ALONE
from courtwatch.statistics.survival import cumulative_incidence
from workflows.event_codes import JUDGMENT

_ = TranslationStringFactory("courtwatch")

LEFT_OUT, VAGUE = "left_out", "vague"
NEVER_CAME = {
    Origin.REGISTRATION: POLICE_ALONE,
    Origin.CHARGE: _("Not charged, as far as is known"),
}
"""There is no day to be known. Of an arrest nobody can tell: many are summoned."""
NO_ORIGIN = _("Day of the origin not known")
NO_ARREST = _("No day of arrest known: never arrested, or not recorded")


def never_label(context: Context) -> Label:
    """Return what those are called that never came to the origin; None where there are none."""
    if context.origin is Origin.REGISTRATION and not context.law.before_prosecution:
        return None
    return NEVER_CAME.get(context.origin)


def left_out(context: Context, rows: ClockRows, left: LeftOut, never: Flags) -> Table:
    """Return who has no duration. `never`: who never came to the origin, as far as is known."""
    origin = context.origin
    n = int(np.count_nonzero(never))
    reasons = [
        ("no_origin", NO_ARREST if origin is Origin.ARREST else NO_ORIGIN, left.no_origin - n),
        ("no_end", _("Ended on an unknown day"), left.no_end),
        ("no_check", _("Open, and no day known on which it was seen"), left.no_check),
        ("impossible", _("Ended before the origin, or a day in the future"), left.impossible),
        ("seen_late", _("First seen only when it had ended or was last seen"), left.seen_late),
    ]
    label = never_label(context)
    if label is not None:
        reasons.insert(0, ("never_came", label, n))
    return Table(
        LEFT_OUT,
        _("Not in these figures"),
        (Column("n", _("Prosecutions")),),
        tuple(Row(key, label, (Figure(count),)) for key, label, count in reasons),
        rows.n,
        _("Each counts once, under the first reason that holds. n is everybody in the selection."),
        _("Why"),
        total=Row("total", _("All left out"), (Figure(left.total),), RowKind.TOTAL),
    )


def vague_days(found: Vague, clock: Clocks, why: Label) -> list[Table]:
    """Return the bounds that vague days leave for the share judged; nothing without such days."""
    if why is not None or found.n == 0:
        return []
    columns = (
        Column("recorded", _("Judged, as recorded"), ColumnKind.PROBABILITY),
        Column("longest", _("At the least"), ColumnKind.PROBABILITY),
        Column("shortest", _("At the most"), ColumnKind.PROBABILITY),
    )
    curves = [
        cumulative_incidence(each.exit, each.event, each.delayed)
        for each in (clock, found.longest, found.shortest)
        if each.n
    ]
    rows = []
    for horizon in [each for each in HORIZONS if each <= reach(curves[0])]:
        values = [share_of(curve, JUDGMENT, horizon)[0] for curve in curves]
        label = _("${n} days", mapping={"n": f"{horizon:,}"})
        values[1:] = sorted(values[1:])
        rows.append(
            Row(str(horizon), label, tuple(Figure(value) for value in values), RowKind.DETAIL)
        )
    return [
        Table(
            VAGUE,
            _("What vague days leave open"),
            columns,
            tuple(rows),
            found.n,
            _("n prosecutions have an origin or an end known only within bounds: their first "
              "possible days are counted. The other columns take every one of them as long, or as "
              "short, as its bounds allow; the truth lies between, and these are no intervals of "
              "chance."),
            _("Days"),
        )
    ]  # fmt: skip
