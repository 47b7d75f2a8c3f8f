"""From days to durations: who is followed from when until when, and who has no clock and why."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from courtwatch.reports.clock_rows import NEVER, ClockRows, spans_of
from courtwatch.reports.law import Law
from courtwatch.reports.model import Origin
from workflows.event_codes import OPEN

Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]
Floats = NDArray[np.float64]

COLUMN = {
    Origin.ARREST: "arrested_on",
    Origin.REGISTRATION: "registered_on",
    Origin.CHARGE: "charged_on",
}
FROM_THE_START = -1.0
"""Entry of somebody who is followed from the origin: before day 0."""


@dataclass(frozen=True)
class LeftOut:
    """How many have no duration, by why; each counts once, under the first that holds.

    `no_origin`: the day of the origin is not known; `no_end`: ended on an unknown day;
    `no_check`: open, and no day is known on which it still was; `impossible`: the end lies before
    the origin, or in the future; `seen_late`: first seen only on the day it left, or behind it.
    """

    no_origin: int
    no_end: int
    no_check: int
    impossible: int
    seen_late: int

    @property
    def total(self) -> int:
        """Return all of them."""
        return self.no_origin + self.no_end + self.no_check + self.impossible + self.seen_late


@dataclass(frozen=True)
class Clocks:
    """Durations from one origin, arrays (n,) of those that have one.

    `exit` and `entry` are whole days; `entry` is -1 for whoever is followed from the origin;
    `event` 0 open, 1 judgment, 2 ended without, 3 outside control. `place` leads back to the rows.
    """

    place: Whole
    exit: Floats
    entry: Floats
    event: Whole
    left_out: LeftOut

    @property
    def n(self) -> int:
        """Return how many have a duration."""
        return int(self.exit.size)

    @property
    def late(self) -> Flags:
        """Say who was first seen after the origin."""
        return self.entry > FROM_THE_START

    @property
    def delayed(self) -> Floats | None:
        """Return the entries for an estimator; None where everybody is followed from the origin."""
        return self.entry if bool(self.late.any()) else None

    def only(self, chosen: Flags) -> Clocks:
        """Return the clocks of some."""
        return replace(
            self, place=self.place[chosen], exit=self.exit[chosen], entry=self.entry[chosen],
            event=self.event[chosen],
        )  # fmt: skip


def clocks(rows: ClockRows, origin: Origin, today: int) -> Clocks:
    """Return durations from `origin` until the end, or until an open one was last verified.

    `today` is the last day there can be, as days since 1970: what lies behind it is a slip.
    """
    start = rows.days[COLUMN[origin]].astype(np.int64)
    return _clocks(rows, start, rows.days["ended_on"].astype(np.int64), today)


def never_came(rows: ClockRows, origin: Origin, law: Law) -> Flags:
    """Say who never came to the origin, as far as is known: there is no day that nobody knows.

    `rows` have `furthest`, places in the stages of `law`.
    """
    before = law.before(origin)
    early = np.array([name in before for name in (*law.stages, None)])[rows.more["furthest"]]
    found: Flags = early & (rows.days[COLUMN[origin]] == NEVER)
    return found


def open_until(rows: ClockRows, start: Whole, today: int) -> Whole:
    """Return the last day on which each is known to have been open, if it is; NEVER: none known.

    Who was looked at before the origin only is known to be open on the day of the origin.
    """
    seen = rows.days["last_verified_on"].astype(np.int64)
    return np.where(seen == NEVER, NEVER, np.minimum(np.maximum(seen, start), max(today, 0)))


def first_seen(rows: ClockRows, start: Whole) -> tuple[Whole, Flags]:
    """Return when each was first seen, and who was first seen after the origin."""
    first = rows.days["entry_date"].astype(np.int64)
    return first, (first != NEVER) & (first > start)


def _clocks(rows: ClockRows, start: Whole, ended: Whole, today: int) -> Clocks:
    is_open = rows.code == OPEN
    end = np.where(is_open, open_until(rows, start, today), ended)
    first, late = first_seen(rows, start)
    no_origin = start == NEVER
    no_end = ~no_origin & ~is_open & (end == NEVER)
    no_check = ~no_origin & is_open & (end == NEVER)
    known = ~(no_origin | no_end | no_check)
    impossible = known & ((end < start) | (start > today) | (end > today))
    seen_late = known & ~impossible & late & (first >= end)
    kept = known & ~impossible & ~seen_late
    place = np.flatnonzero(kept)
    entry = np.where(late, first - start, FROM_THE_START)[kept].astype(np.float64)
    return Clocks(
        place,
        (end - start)[kept].astype(np.float64),
        entry,
        rows.code[kept].astype(np.int64),
        LeftOut(*(int(np.count_nonzero(each)) for each in (
            no_origin, no_end, no_check, impossible, seen_late
        ))),
    )  # fmt: skip


@dataclass(frozen=True)
class Vague:
    """How many durations rest on a day that is not exact, and the two extremes of them.

    `shortest` has every vague duration as short as its bounds allow, `longest` as long.
    """

    n: int
    shortest: Clocks
    longest: Clocks


def vague(rows: ClockRows, origin: Origin, today: int) -> Vague:
    """Return the extremes between which vague days leave durations.

    A fact keeps the first possible day of each: both a later origin and a later end are possible.
    """
    column = COLUMN[origin]
    start, ended = rows.days[column].astype(np.int64), rows.days["ended_on"].astype(np.int64)
    late_start, early_end = start.copy(), ended.copy()
    early_start, late_end = start.copy(), ended.copy()
    n = 0
    for place, text in rows.inexact.items():
        if start[place] == NEVER:
            continue  # no duration rests on its days
        found = spans_of(text)
        touched = False
        if column in found:
            early_start[place], late_start[place] = found[column]
            touched = True
        if "ended_on" in found and ended[place] != NEVER:
            early_end[place], late_end[place] = found["ended_on"]
            touched = True
        n += touched
    # Days of one prosecution keep their order: an origin is never behind its end.
    late_start = np.where(
        (ended != NEVER) & (late_start > early_end) & (start <= ended),
        np.maximum(start, early_end), late_start,
    )  # fmt: skip
    return Vague(
        n,
        _clocks(rows, late_start, early_end, today),
        _clocks(rows, early_start, np.minimum(late_end, today), today),
    )
