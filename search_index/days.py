"""Days as people write them -> the numbers yyyymmdd that an index holds."""

from __future__ import annotations

import calendar

from search_index.numbers import latin_digits

Bounds = tuple[int, int]
"""First and last number of a day, month or year."""


def day_bounds(text: str) -> Bounds | None:
    """First and last number yyyymmdd of a day, month or year; ``None`` if it is none.

    ``2023`` -> (20230000, 20231299); ``2023-05`` -> (20230500, 20230599). Also 31/12/2023 and
    12/2023 as dates are written in Cambodia, and Khmer digits. The 30th of February is none.
    """
    plain = latin_digits(text.strip())
    parts = plain.replace("/", "-").replace(".", "-").split("-")
    if not all(part.isascii() and part.isdigit() for part in parts) or len(parts) > 3:
        return None
    if len(parts) == 1 and len(plain) == 8:
        parts = [plain[:4], plain[4:6], plain[6:]]
    if len(parts) > 1 and len(parts[-1]) == 4 and len(parts[0]) < 3:
        parts.reverse()
    if len(parts[0]) != 4 or any(len(part) > 2 for part in parts[1:]):
        return None
    year, month, day = (int(part) for part in (*parts, "0", "0")[:3])
    if year < 1 or month > 12 or (len(parts) > 1 and not month):
        return None
    if len(parts) == 1:
        return year * 10000, year * 10000 + 1299
    if len(parts) == 2:
        return year * 10000 + month * 100, year * 10000 + month * 100 + 99
    if not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    exact = year * 10000 + month * 100 + day
    return exact, exact


def after(bounds: Bounds, *, years: bool = False) -> int:
    """The first number after a day, month or year; ``years``: where only years are told apart."""
    return (bounds[1] // 10000 + 1) * 10000 if years else bounds[1] + 1


def before(bounds: Bounds, *, years: bool = False) -> int:
    """The last number before a day, month or year."""
    return bounds[0] // 10000 * 10000 - 1 if years else bounds[0] - 1
