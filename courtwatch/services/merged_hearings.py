"""Hearings of two records of one case: a paired one is one hearing, told of in both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, and_, select
from sqlalchemy.orm import aliased

from courtwatch.models import Hearing, MergePair
from courtwatch.models.vocabulary import HearingStatus, PairHolds, PairKind

TOLD = ("status", "adjournment_reason_id", "next_on")
"""What came of a hearing."""
_NOTHING_CAME = (HearingStatus.SCHEDULED, HearingStatus.UNKNOWN)


def paired_hearings() -> Select[int]:
    """Return the query for hearings for which another stands: one that was not taken back."""
    kept = aliased(Hearing)
    return (
        select(MergePair.merged_id)
        .join(kept, and_(kept.id == MergePair.kept_id, kept.voided.is_(False)))
        .where(MergePair.kind == PairKind.HEARING, MergePair.rev_to.is_(None))
    )


def hidden_hearings(connection: Connection, ids: Sequence[int]) -> set[int]:
    """Return for which of these hearings another stands."""
    return set(connection.scalars(paired_hearings().where(MergePair.merged_id.in_(ids))))


def told_by_both(
    connection: Connection, ids: Sequence[int]
) -> dict[int, list[tuple[PairHolds, Mapping[Any, Any]]]]:
    """Return what merged records say of these hearings, and which record holds, by hearing."""
    query = (
        select(
            MergePair.kept_id,
            MergePair.holds,
            Hearing.status,
            Hearing.adjournment_reason_id,
            Hearing.next_on,
        )
        .join(Hearing, Hearing.id == MergePair.merged_id)
        .where(
            MergePair.kind == PairKind.HEARING,
            MergePair.kept_id.in_(ids),
            MergePair.rev_to.is_(None),
            Hearing.voided.is_(False),
        )
        .order_by(MergePair.id)
    )
    found: dict[int, list[tuple[PairHolds, Mapping[Any, Any]]]] = defaultdict(list)
    for row in connection.execute(query).mappings():
        found[row["kept_id"]].append((row["holds"], row))
    return found


def as_one(
    own: Mapping[Any, Any], others: Sequence[tuple[PairHolds, Mapping[Any, Any]]]
) -> dict[str, Any]:
    """Return what came of a hearing: as said by hand, else as told by the first that knows."""
    by_hand = [row for holds, row in others if holds is PairHolds.MERGED]
    asked = by_hand[:1] or [own, *(row for holds, row in others if holds is PairHolds.RULE)]
    knows = (row for row in asked if row["status"] not in _NOTHING_CAME)
    held = next(knows, asked[0])
    return {column: held[column] for column in TOLD}


def with_twins(connection: Connection, ids: Iterable[int]) -> list[int]:
    """Return these hearings and those that they are paired with, in order."""
    every = set(ids)
    query = select(MergePair.kept_id, MergePair.merged_id).where(
        MergePair.kind == PairKind.HEARING, MergePair.rev_to.is_(None)
    )
    chunk = sorted(every)
    for start in range(0, len(chunk), 800):
        part = chunk[start : start + 800]
        for column in (MergePair.kept_id, MergePair.merged_id):
            for row in connection.execute(query.where(column.in_(part))):
                every |= {row.kept_id, row.merged_id}
    return sorted(every)
