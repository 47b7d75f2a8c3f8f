"""Versions of procedures that a database of an earlier release holds."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from courtwatch.models import ProcedureVersion
from workflows.procedure import Procedure, loads

PUBLISHED = Path(__file__).parent / "data" / "procedures" / "published"
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def published(name: str, version: int) -> Procedure:
    """Return a version as it was published."""
    path = PUBLISHED / f"{name}_{version}.yaml"
    return loads(path.read_text(encoding="utf-8"), path.name)


def store(session: Session, procedure: Procedure) -> ProcedureVersion:
    """Put a version into the database as if it had been published before the others."""
    found = session.scalars(
        select(ProcedureVersion).where(
            ProcedureVersion.name == procedure.name,
            ProcedureVersion.version == procedure.version,
        )
    ).one_or_none()
    if found is not None:
        return found
    row = ProcedureVersion(
        name=procedure.name,
        version=procedure.version,
        sha256=procedure.sha256,
        text=procedure.text,
        valid_from=procedure.valid_from,
        published_at=MOMENT,
    )
    session.add(row)
    session.flush()
    return row


def first_cambodia(session: Session) -> ProcedureVersion:
    """Return version 1 of cambodia, stored as an installation of the first release has it."""
    return store(session, published("cambodia", 1))
