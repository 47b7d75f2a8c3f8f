"""The charges of prosecutions, as columns like those of the prosecutions themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from courtwatch.models import ChargeFact
from courtwatch.models.facts import holds_at
from courtwatch.models.packed import fingerprint
from courtwatch.reports.law import Law
from courtwatch.reports.packed_facts import PackedFacts, read_columns
from workflows.elements import CountsAs

Places = NDArray[np.int64]

_CODES = {
    CountsAs.JUDGMENT: 1,
    CountsAs.ENDED_WITHOUT_JUDGMENT: 2,
    CountsAs.OUTSIDE_CONTROL: 3,
    CountsAs.CONTINUES_ELSEWHERE: 3,
}
_FEW = 5_000
"""Charges of so many prosecutions are looked up; for more, all that hold are read."""


def read_charges(
    session: Session, facts: PackedFacts, law: Law, known_at: int | None
) -> tuple[PackedFacts, Places]:
    """Return the counted charges of prosecutions, and at which place the prosecution of each is.

    A charge has the columns of its prosecution, but its own offence, end, reason and institution:
    `outcome` is its disposition, from which follow who ended it and how that counts. No reason of
    a charge is assessed, and it is suspended with its prosecution as long as it is live.
    """
    fact = ChargeFact
    query: Any = select(
        fact.prosecution_id, fact.disposition, fact.offence_id, fact.reason_stated_id,
        fact.institution_id, fact.live,
    ).where(fact.counted.is_(True), holds_at(fact, known_at))  # fmt: skip
    keys = facts.numbers("prosecution_id")
    if facts.n <= _FEW:
        query = query.where(fact.prosecution_id.in_(keys.tolist()))
    of, dispositions, *others = read_columns(session, query)
    place_of = np.full(int(keys.max(initial=0)) + 1, -1)
    place_of[keys] = np.arange(facts.n)
    key = np.array(of, np.int64)
    place = np.where(key < place_of.size, place_of[np.minimum(key, place_of.size - 1)], -1)
    here = place >= 0
    rows = facts.rows[place[here]]
    _end(rows, _told(dispositions, here), law)
    for name, values in zip(("offence_id", "reason_stated_id", "decided_by_id"), others[:3],
                            strict=True):  # fmt: skip
        rows[name] = np.array([value or 0 for value in values], np.int32)[here]
    rows["reason_assessed_id"] = 0
    rows["suspended"] &= np.array(others[3], bool)[here]
    return PackedFacts(rows), place[here]


def _told(words: Sequence[str | None], here: NDArray[np.bool_]) -> tuple[list[str | None], Places]:
    """Return the different words, and the place among them of those `here`."""
    there = list(dict.fromkeys(words))
    number = {word: at for at, word in enumerate(there)}
    return there, np.array([number[word] for word in words], np.int64)[here]


def _end(rows: NDArray[Any], told: tuple[list[str | None], Places], law: Law) -> None:
    """Write how each charge ended: what follows from its disposition, as far as that is known."""
    words, place = told
    known = [law.dispositions.get(word or "") for word in words]
    rows["outcome"] = _prints(words)[place]
    rows["ended_by"] = _prints(each.ended_by if each else None for each in known)[place]
    code = [_CODES.get(each.counts_as, 0) if each else 0 for each in known]
    rows["event_code"] = np.array(code, np.uint8)[place]


def _prints(words: Iterable[str | None]) -> NDArray[np.uint32]:
    return np.array([fingerprint(word) for word in words], np.uint32)
