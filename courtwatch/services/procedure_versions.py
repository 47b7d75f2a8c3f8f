"""Published versions of procedures: dated, kept word for word, never changed.

A case keeps the version under which it was opened until it is moved (`services.procedure_moves`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from courtwatch.models import Case, ProcedureVersion
from workflows.procedure import Procedure


class ProcedureChanged(Exception):
    """A published procedure reads differently without a new version number."""

    exit_code = 6  # refused by a rule, as in courtwatch.cli.exit_codes


class VersionTooLow(Exception):
    """A version below one that is published already: cases would seem to go back in time."""

    exit_code = 6


class UnknownVersion(Exception):
    """No such version of a procedure is published here."""

    exit_code = 3


@dataclass(frozen=True)
class VersionInUse:
    """A published version and how many cases keep it; cases merged into another are not counted."""

    row: ProcedureVersion
    cases: int

    @property
    def name(self) -> str:
        """Return name and version as commands take them."""
        return named(self.row)


def named(row: ProcedureVersion) -> str:
    """Return name and version as commands take and print them, such as cambodia/2."""
    return f"{row.name}/{row.version}"


def valid_on(name: str, day: date) -> Select[ProcedureVersion]:
    """Return the query for the newest version that is in force on `day`.

    Where none is in force yet, the newest there is: a case needs one.
    """
    later = case((ProcedureVersion.valid_from > day, 1), else_=0)
    return (
        select(ProcedureVersion)
        .where(ProcedureVersion.name == name)
        .order_by(later, ProcedureVersion.version.desc())
        .limit(1)
    )


def publish(session: Session, procedure: Procedure, now: datetime) -> tuple[ProcedureVersion, bool]:
    """Publish a version; the caller commits. Returns its row, and whether it is new.

    The same text again changes nothing. Raises ProcedureChanged for another text under a version
    that is published, VersionTooLow for one below the newest.
    """
    stored = _stored(session, procedure.name)
    known = stored.get(procedure.version)
    if known is not None:
        if known.sha256 != procedure.sha256:
            raise ProcedureChanged(
                f"{procedure.name} {procedure.version} is published in this database and reads "
                f"differently (SHA-256 {known.sha256[:12]} there, {procedure.sha256[:12]} in the "
                "file). A published version never changes: give the file a higher 'version', or "
                "restore the old text."
            )
        return known, False
    newest = max(stored, default=None)
    if newest is not None and procedure.version < newest:
        raise VersionTooLow(
            f"{procedure.name} {procedure.version} can't be published: version {newest} "
            f"is already. Give the file the version {newest + 1} or higher."
        )
    row = ProcedureVersion(
        name=procedure.name,
        version=procedure.version,
        sha256=procedure.sha256,
        text=procedure.text,
        valid_from=procedure.valid_from,
        published_at=now,
    )
    session.add(row)
    session.flush()
    return row, True


def _stored(session: Session, name: str) -> Mapping[int, ProcedureVersion]:
    query = select(ProcedureVersion).where(ProcedureVersion.name == name)
    return {row.version: row for row in session.scalars(query)}


def versions(session: Session, name: str | None = None) -> list[VersionInUse]:
    """Return the published versions, of one procedure or of all, oldest first."""
    counted = (
        select(Case.procedure_version_id, func.count())
        .where(Case.merged_into_id.is_(None))
        .group_by(Case.procedure_version_id)
    )
    cases = {key: count for key, count in session.execute(counted)}
    query = select(ProcedureVersion).order_by(ProcedureVersion.name, ProcedureVersion.version)
    if name is not None:
        query = query.where(ProcedureVersion.name == name)
    return [VersionInUse(row, cases.get(row.id, 0)) for row in session.scalars(query)]


def find_version(session: Session, given: str) -> ProcedureVersion:
    """Return the version that words such as `cambodia/2` name. Raises UnknownVersion."""
    known = {one.name: one.row for one in versions(session)}
    try:
        return known[given.strip()]
    except KeyError:
        raise UnknownVersion(
            f"No version {given!r} is published in this database; there are: "
            f"{', '.join(known) or '(none: run courtwatch init)'}"
        ) from None
