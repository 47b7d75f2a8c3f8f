"""Whether a court is known from the end only: then nobody knows who still waits at which court.

Registers of courts name one when it disposes of a prosecution. Shares by court would be shares of
what was disposed of, and whoever divides by court asks here first. Who sets courts beside one
another asks the arm of a comparison; the rule of both is `statistics.known_late`.
"""

from __future__ import annotations

from typing import NamedTuple

from courtwatch.reports.clock_rows import ClockRows
from courtwatch.statistics.known_late import Known, late_for_shares
from workflows.event_codes import OPEN


class KnownOf(NamedTuple):
    """Of which share of the open, and of the ended, the court is known, in words."""

    open: str
    ended: str


def known_of(rows: ClockRows) -> Known:
    """Count of how many of the open, and of the ended, the court is known."""
    is_open, known = rows.code == OPEN, rows.court != 0
    return Known(
        int((known & is_open).sum()),
        int(is_open.sum()),
        int((known & ~is_open).sum()),
        int((~is_open).sum()),
    )


def known_late(rows: ClockRows) -> KnownOf | None:
    """Return how often courts are known where that is too seldom of the open; else None."""
    of = known_of(rows)
    if of.shares is None or not late_for_shares(of):
        return None
    return KnownOf(*(f"{100 * share:.0f} %" for share in of.shares))
