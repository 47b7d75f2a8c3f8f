"""Articles of law, which are named in many ways: ``art. 247``, ``Article 247``, ``CPC 208``,
``art. 208-1``, ``articles 247 to 250``, ``មាត្រា ២៤៧``.

Read from words that are grouped already (:mod:`search_index.tokens`): a group is a compound such
as ``("cpc", "208")`` or a run of Khmer clusters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

Group = tuple[str, ...]

_WORDS = frozenset(("art", "arts", "article", "articles"))
_LAWS = frozenset(("cpc", "pc", "cc", "lsht", "tshtse"))
"""Short names of laws: of criminal procedure, penal, civil, on human trafficking."""
CUES = _WORDS | _LAWS
KHMER_CUE: Group = ("មា", "ត្រា")
_AND = frozenset((("and",), ("or",), ("et",), ("និ", "ង"), ("ឬ",)))
_TO = frozenset((("to",), ("until",), ("ដ", "ល់"), ("រ", "ហូ", "ត", "ដ", "ល់")))
_FILLING = frozenset((("of",), ("the",), ("no",), ("nos",), ("number",), ("លេ", "ខ")))
_WIDEST = 50
_BEHIND = 4


def articles(groups: Sequence[Group]) -> Iterator[str]:
    """Every article that is named, as ``247`` or ``208-1``, and with its law as ``cpc208``."""
    at = 0
    while at < len(groups):
        law, rest = _cue(groups, at)
        if rest is None:
            at += 1
            continue
        numbers, after = _numbers(groups, at, rest)
        if numbers:
            law = law or _law_near(groups, at, after)
            for number in numbers:
                yield number
                if law:
                    yield f"{law}{number}"
        at = max(after, at + 1)


def _cue(groups: Sequence[Group], at: int) -> tuple[str, Group | None]:
    """The law that a group names, and what follows in the group; None if it is no cue."""
    group = groups[at]
    if group[0] in CUES:
        return (group[0] if group[0] in _LAWS else ""), group[1:]
    if group[-2:] == KHMER_CUE:
        return "", ()
    return "", None


def _law_near(groups: Sequence[Group], at: int, after: int) -> str:
    """``LSHT art. 10``; ``article 208 of the CPC``."""
    if at and groups[at - 1][0] in _LAWS:
        return groups[at - 1][0]
    for group in groups[after : after + _BEHIND]:
        if group[0] in _LAWS:
            return group[0]
        if group not in _FILLING:
            break
    return ""


def _numbers(groups: Sequence[Group], at: int, rest: Group) -> tuple[list[str], int]:
    """The numbers after a cue, and the group after the last."""
    found: list[str] = []
    place = at
    is_range = False
    pending: Iterable[str] | None = rest or None
    while True:
        if pending is None:
            place += 1
            if place >= len(groups):
                break
            group = groups[place]
            if group in _TO and found:
                is_range = True
                continue
            if group in _FILLING or group in _AND or group[0] in _WORDS:
                continue
            pending = group
        parts = tuple(pending)
        pending = None
        if not all(part.isdigit() and len(part) <= 4 for part in parts) or len(parts) > 2:
            break
        found += _of_group(parts, found[-1] if is_range else "")
        is_range = False
    return found, place if found else at + 1


def _of_group(parts: Group, since: str) -> list[str]:
    numbers = [int(part) for part in parts]
    if since.isdigit() and len(numbers) == 1:
        return _between(int(since) + 1, numbers[0])
    if len(numbers) == 2:
        if numbers[1] <= numbers[0]:
            return [f"{numbers[0]}-{numbers[1]}"]
        return _between(*numbers)
    return [str(number) for number in numbers]


def _between(first: int, last: int) -> list[str]:
    """All articles of a range; of one that is too wide to be meant, its ends."""
    if last - first > _WIDEST or last < first:
        return [str(first), str(last)]
    return [str(number) for number in range(first, last + 1)]
