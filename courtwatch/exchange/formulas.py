"""Cells for spreadsheets: text that a spreadsheet would run as a formula is made harmless."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

_DANGEROUS = "=+-@|%"
_SKIPPED = "\ufeff\x00 \t\r\n\u00a0\u200b"


def safe_cell(value: Any) -> Any:
    """Return `value` for a CSV cell; text that reads as a formula gets an apostrophe in front.

    A spreadsheet skips a byte-order mark, NUL and blanks before it looks, so they are skipped
    here too (OWASP, CSV injection). Numbers are left alone.
    """
    if value is None or isinstance(value, (bool, int, float, Decimal)):
        return value
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, date):
        return value.isoformat()
    text = str(value).replace("\x00", "")
    return "'" + text if reads_as_formula(text) else text


def reads_as_formula(text: str) -> bool:
    """Say whether a spreadsheet that is given this text may run it as a formula."""
    start = text.lstrip(_SKIPPED)[:1]
    # A tab or a return at the very beginning is itself enough for some spreadsheets.
    return bool(start and start in _DANGEROUS) or text.startswith(("\t", "\r"))


def safe_row(values: Iterable[Any]) -> list[Any]:
    """Return a row of harmless cells."""
    return [safe_cell(value) for value in values]
