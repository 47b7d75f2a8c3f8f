"""What reports on time read of a fact, packed into one value of fixed width.

A report on time reads some twenty columns of every prosecution. A database hands out a million
rows of twenty values in some ten seconds, and of one value in less than one. What is packed is
written with the row and says nothing that its columns do not; `courtwatch check` derives it again
and tells of any difference. Another layout is a migration that packs every row again.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from datetime import date
from typing import Any
from zlib import crc32

DAYS = (
    "registered_on", "arrested_on", "charged_on", "trial_on", "filed_on", "accused_on", "ended_on",
    "entry_date", "last_event_on", "last_verified_on",
)  # fmt: skip
"""Days since 1970-01-01, NEVER where none is known: four bytes each."""
KEYS = (
    "case_id", "prosecution_id", "owner_id", "offence_id", "court_id", "decided_by_id",
    "prosecution_office_id", "police_id", "reason_stated_id", "reason_assessed_id",
)  # fmt: skip
"""Keys of other rows, 0 for none: four bytes each."""
WORDS = ("outcome", "ended_by", "furthest_stage", "custody", "custody_at_charge")
"""Words of a procedure, as `fingerprint` tells them: four bytes each."""
PLACES: Mapping[str, tuple[str, ...]] = {
    "sex": ("female", "male", "other", "unknown"),
    "age_band": ("0-13", "14-15", "16-17", "18-24", "25-34", "35-49", "50+", "unknown"),
}
"""Words as their place here, the last for any other: a byte each. Never in another order."""
SMALL = ("event_code", "suspended", "reopened", "live", "trafficking_filed")
"""Small numbers, and what is so (1) or not (0): a byte each."""
COUNTS = ("charges", "unresolved")
"""Two bytes each; more than they hold is told as the most they hold."""

NEVER = -(2**31)
MOST = 2**16 - 1
_LAYOUT = struct.Struct(
    f"<{len(DAYS) + len(KEYS)}i{len(WORDS)}I{len(PLACES) + len(SMALL)}B{len(COUNTS)}H"
)
WIDTH = _LAYOUT.size
_FIRST = date(1970, 1, 1).toordinal()
_PLACE_OF = {name: {word: at for at, word in enumerate(words)} for name, words in PLACES.items()}


def pack(fact: Mapping[str, Any]) -> bytes:
    """Return the columns of a fact, packed; what `fact` does not name is not known."""
    return _LAYOUT.pack(
        *(_day(fact.get(name)) for name in DAYS),
        *(fact.get(name) or 0 for name in KEYS),
        *(fingerprint(fact.get(name)) for name in WORDS),
        *(_place(name, fact.get(name)) for name in PLACES),
        *(int(fact.get(name) or 0) for name in SMALL),
        *(min(fact.get(name) or 0, MOST) for name in COUNTS),
    )


def pack_inserted(context: Any) -> bytes:
    """Return what is packed of the row that a statement inserts: the default of the column."""
    return pack(context.get_current_parameters())


def fingerprint(word: str | None) -> int:
    """Return 32 bits that stand for a word (CRC-32 of its UTF-8), 0 for none.

    Two words may share them: who reads makes sure that those that may stand there do not
    (`reports.packed_facts`).
    """
    return 0 if word is None else crc32(word.encode())


def number_of(day: date) -> int:
    """Return a day as days since 1970-01-01."""
    return day.toordinal() - _FIRST


def day_of(number: int) -> date:
    """Return the day of which `number_of` is a number."""
    return date.fromordinal(number + _FIRST)


def _day(day: date | None) -> int:
    return NEVER if day is None else number_of(day)


def _place(name: str, word: str | None) -> int:
    return _PLACE_OF[name].get(word or "", len(PLACES[name]) - 1)
