"""Whether a court is known from the end only: then nobody knows who still waits at which court.

Registers of courts name one when it disposes of a prosecution. Shares by court would be shares of
what was disposed of, and whoever divides by court asks here first.
"""

from __future__ import annotations

from typing import NamedTuple

from courtwatch.reports.clock_rows import ClockRows

OPEN = 0
MUCH_LESS = 0.2


class KnownOf(NamedTuple):
    """Of which share of the open, and of the ended, the court is known, in words."""

    open: str
    ended: str


def known_late(rows: ClockRows) -> KnownOf | None:
    """Return how often courts are known where that is much less of the open; else None.

    Where nobody is open, or nobody has ended, there is nothing to tell it from.
    """
    is_open, known = rows.code == OPEN, rows.court != 0
    if not is_open.any() or is_open.all():
        return None
    shares = float(known[is_open].mean()), float(known[~is_open].mean())
    if shares[0] >= shares[1] - MUCH_LESS:
        return None
    return KnownOf(*(f"{100 * share:.0f} %" for share in shares))
