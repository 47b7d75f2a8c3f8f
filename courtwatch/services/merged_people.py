"""Who may read the names of people in merged records: by the record in which each was entered.

A fact of a merged case belongs to the case that holds. The right to a name does not move with it:
it follows the case in which the person was entered. And where two records tell of one person, one
may know that they are a child: outside its own organisation a name is read only if both allow it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from courtwatch.models import Case, MergePair, Person, Prosecution, ProsecutionCase
from courtwatch.models.vocabulary import PairKind
from courtwatch.security.visibility import Level, level_expression, sight_of
from courtwatch.services.child_victims import child_victim_cases
from courtwatch.services.work import Actor


def name_rights(
    session: Session, actor: Actor | None, prosecution_ids: Sequence[int]
) -> dict[int, bool]:
    """Return whether names may be read, of those prosecutions that other records have a say in.

    Of all others the case in which they are listed decides.
    """
    found: dict[int, bool] = {}
    moved = _rows(
        session,
        actor,
        Prosecution.id,
        Prosecution.id.in_(prosecution_ids),
        Case.merged_into_id.is_not(None),
    )
    for key, may, _own in moved:
        found[key] = may
    pairs = session.execute(
        select(MergePair.kept_id, MergePair.merged_id).where(
            MergePair.kind == PairKind.PROSECUTION,
            MergePair.kept_id.in_(prosecution_ids),
            MergePair.rev_to.is_(None),
        )
    ).all()
    if not pairs:
        return found
    people = {pair.kept_id for pair in pairs} | {pair.merged_id for pair in pairs}
    rights = {
        key: (may, own)
        for key, may, own in _rows(session, actor, Prosecution.id, Prosecution.id.in_(people))
    }
    for pair in pairs:
        may, own = rights.get(pair.kept_id, (False, False))
        twin, _own = rights.get(pair.merged_id, (False, False))
        found[pair.kept_id] = found.get(pair.kept_id, True) and may and (own or twin)
    return found


def _rows(
    session: Session, actor: Actor | None, key: Any, *where: ColumnElement[bool]
) -> Iterator[tuple[int, bool, bool]]:
    """Give prosecutions, whether a name may be read in their own case, and whether it is one's own.

    Each by the case in which it was entered.
    """
    query = (
        select(
            key.label("key"),
            Case.id.label("case_id"),
            Case.owner_id,
            Case.share_level,
            Person.age_band,
            Person.related_to_child_victim,
            level_expression(actor).label("level"),
        )
        .join(ProsecutionCase, ProsecutionCase.prosecution_id == Prosecution.id)
        .join(Case, Case.id == ProsecutionCase.case_id)
        .join(Person, Person.id == Prosecution.person_id)
        .where(ProsecutionCase.rev_to.is_(None), *where)
    )
    rows = session.execute(query).all()
    children = child_victim_cases(session, {row.case_id for row in rows})
    for row in rows:
        level = Level(row.level)
        sight = sight_of(actor, level, row.owner_id, row.share_level)
        may = sight.name(row.age_band, row.related_to_child_victim, row.case_id in children)
        yield row.key, may, level is Level.OWN
