"""The procedures that were published, with every version."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from courtwatch.models import ProcedureVersion


def every_version(session: Session) -> list[ProcedureVersion]:
    """Return all published versions by name, the newest of each procedure first."""
    return list(
        session.scalars(
            select(ProcedureVersion).order_by(
                ProcedureVersion.name, ProcedureVersion.version.desc()
            )
        )
    )


def versions_of(session: Session, name: str) -> list[ProcedureVersion]:
    """Return the published versions of a procedure, the newest first; none where unknown."""
    return list(
        session.scalars(
            select(ProcedureVersion)
            .where(ProcedureVersion.name == name)
            .order_by(ProcedureVersion.version.desc())
        )
    )
