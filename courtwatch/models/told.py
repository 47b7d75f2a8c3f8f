"""Who told how a prosecution stands, as one number: a bit for each kind of source and reliability.

A fact keeps it, so that a filter asks one column and no account. Two reliabilities and three
sources of one prosecution are five bits: which account said how reliable is not told.
"""

from __future__ import annotations

from collections.abc import Mapping

from courtwatch.models.vocabulary import AccountSource, Reliability

BITS: Mapping[str, Mapping[str, int]] = {
    "source": {
        AccountSource.OFFICIAL_REGISTER: 1,
        AccountSource.COURT_DOCUMENT: 2,
        AccountSource.SEEN_IN_COURT: 4,
        AccountSource.TOLD: 8,
        AccountSource.MEDIA: 16,
        AccountSource.IMPORT: 32,
    },
    "reliability": {Reliability.HIGH: 64, Reliability.MEDIUM: 128, Reliability.LOW: 256},
}
"""The bit of each word, by the column of an account. A word keeps its bit; a new one gets the next.

Facts of the past hold them, and the migration that wrote them has the same."""

NOBODY = 0
"""No account at all: each has a source and a reliability."""


def told_bits(source: str, reliability: str) -> int:
    """Return the bits of one account."""
    return BITS["source"][source] | BITS["reliability"][reliability]


def most_authoritative(told: int) -> AccountSource | None:
    """Return the most authoritative source of what was told; None if nobody told."""
    return next((source for source in AccountSource if told & BITS["source"][source]), None)
