"""Facets that hold for a time: a value from one moment until another, asked of any moment.

That a due date has passed is true from a moment on, without anybody writing anything. A document
therefore carries *spells*, and a request the moment that it asks about. Each spell is cut into
blocks of 1, 2, 4, ... minutes that begin at a multiple of their length, as few as possible; a
moment lies in exactly one block of each length. So any engine that looks up exact values answers
by the blocks of a moment, however many spells there are: no range, no scan, and nothing to write
when time passes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

LEVELS = 28
_END = 1 << (LEVELS - 1)  # minutes since 1970: the year 2225
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, order=True)
class Spell:
    """A value that holds from `start` (included) until `end` (excluded; None: for good).

    Moments are aware. What lies before 1970 begins then; parts of minutes do not count.
    """

    value: str
    start: datetime
    end: datetime | None = None

    def holds(self, moment: datetime) -> bool:
        """Say whether it holds at a moment."""
        minute = _minute(moment)
        return _minute(self.start) <= minute and (self.end is None or minute < _minute(self.end))


def _minute(moment: datetime) -> int:
    return min(max(int((moment - _EPOCH).total_seconds() // 60), 0), _END)


def merged(spells: Iterable[Spell]) -> tuple[Spell, ...]:
    """The same spells, those of one value that touch as one."""
    found: list[Spell] = []
    for spell in sorted(spells, key=lambda one: (one.value, one.start)):
        last = found[-1] if found else None
        if (
            last is None
            or last.value != spell.value
            or (last.end is not None and last.end < spell.start)
        ):
            found.append(spell)
        elif last.end is not None:
            end = None if spell.end is None else max(last.end, spell.end)
            found[-1] = Spell(last.value, last.start, end)
    return tuple(found)


def spell_keys(facet: str, spell: Spell) -> Iterator[str]:
    """The exact values to index for a spell."""
    first = _minute(spell.start)
    last = _END if spell.end is None else _minute(spell.end)
    level = 0
    while first < last:
        if first & 1:
            yield f"{facet}@{spell.value}:{level}.{first}"
            first += 1
        if last & 1:
            last -= 1
            yield f"{facet}@{spell.value}:{level}.{last}"
        first, last, level = first >> 1, last >> 1, level + 1


def moment_keys(facet: str, value: str, moment: datetime) -> Iterator[str]:
    """The exact values of which a document has one if `value` holds for it at a moment."""
    minute = min(_minute(moment), _END - 1)
    for level in range(LEVELS):
        yield f"{facet}@{value}:{level}.{minute >> level}"
