"""Which case a public code names, and where one that was merged went."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from courtwatch.models import Case


@dataclass(frozen=True)
class MovedTo:
    """The case was merged; its address leads to the one that holds."""

    code: str


def case_itself(session: Session, code: str) -> Case | None:
    """Return the case with this public code, wherever it went since."""
    return session.scalars(select(Case).where(Case.public_code == code)).one_or_none()


def find_case(session: Session, code: str) -> Case | MovedTo | None:
    """Return the case with this public code, or where it went, or None."""
    case = case_itself(session, code)
    seen: set[int] = set()
    moved = case
    while moved is not None and moved.merged_into_id is not None and moved.id not in seen:
        seen.add(moved.id)
        moved = session.get(Case, moved.merged_into_id)
    if moved is not None and moved is not case:
        return MovedTo(moved.public_code)
    return case
