"""One writing transaction: who writes, its revision, and the jobs it owes.

Every service takes a `Work`. It knows no request; the view or the command line makes it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, insert, select
from sqlalchemy.orm import Session

from courtwatch.models import Audit, Base, Case, Job, Recorded, Revision, Submission, Versioned
from courtwatch.models.history import REVISION_KEY
from courtwatch.models.vocabulary import OrganisationKind, Role

INDEX_CASE = "index_case"
PURGE_INDEX = "purge_index"
_Row = TypeVar("_Row", bound=Base)


@dataclass(frozen=True)
class Actor:
    """Who acts: a signed-in user in one organisation, or (None) the system itself."""

    user_id: int | None
    organisation_id: int | None
    role: Role | None = None
    organisation_kind: OrganisationKind | None = None
    language: str = "en"


SYSTEM = Actor(None, None)


class SubmissionConflict(Exception):
    """The same client id was sent with other content."""


class Work:
    """A writing transaction in progress.

    The revision is taken on the first write, so that a request that changes nothing leaves no
    trace. The caller commits.
    """

    def __init__(
        self,
        session: Session,
        actor: Actor,
        kind: str,
        now: datetime | None = None,
        installation: str = "local",
    ) -> None:
        self.session = session
        self.actor = actor
        self.kind = kind
        self.now = now or datetime.now(UTC)
        self.installation = installation
        self._revision_id: int | None = None

    @property
    def revision_id(self) -> int:
        """Return this transaction's revision, taking one if it has none yet."""
        if self._revision_id is None:
            connection = self.session.connection()
            self._revision_id = take_revision(connection, self.kind, self.now, self.actor)
            self.session.info[REVISION_KEY] = self._revision_id
        return self._revision_id

    @property
    def organisation_id(self) -> int:
        """Return the acting organisation. Raises ValueError where the system acts."""
        if self.actor.organisation_id is None:
            raise ValueError("this act needs an organisation")
        return self.actor.organisation_id

    def add(self, row: _Row) -> _Row:
        """Add a row under this revision and give it its key."""
        if isinstance(row, Recorded | Versioned):
            row.rev_from = self.revision_id
        self.session.add(row)
        self.session.flush()
        return row

    def edit(self, row: _Row) -> _Row:
        """Take the revision under which `row` (Versioned) is about to be changed."""
        assert self.revision_id
        return row

    def close(self, rows: Iterable[Recorded]) -> None:
        """Close rows: they hold no longer from this revision on."""
        for row in rows:
            if row.rev_to is None:
                row.rev_to = self.revision_id

    def owe(self, kind: str, key: str) -> None:
        """Leave a job for the worker, in this transaction."""
        self.session.execute(
            insert(Job).values(kind=kind, key=key, run_at=self.now, attempts=0, error=None)
        )

    def owe_index(self, case_ids: Iterable[int]) -> None:
        """Have the worker index these cases again, or the cases that they were merged into."""
        every = set(case_ids)
        merged = select(Case.merged_into_id).where(
            Case.id.in_(every), Case.merged_into_id.is_not(None)
        )
        every |= {key for key in self.session.scalars(merged) if key is not None}
        for case_id in sorted(every):
            self.owe(INDEX_CASE, str(case_id))

    def audit(
        self, action: str, subject: str | None = None, detail: Mapping[str, Any] | None = None
    ) -> None:
        """Note an act that must be accounted for. Codes only, never names or queries."""
        self.session.add(
            Audit(
                at=self.now,
                user_id=self.actor.user_id,
                organisation_id=self.actor.organisation_id,
                action=action,
                subject=subject,
                detail=dict(detail) if detail else None,
            )
        )

    def seen_before(self, uuid: str | None, payload: Mapping[str, Any]) -> str | None:
        """Return the earlier result if this submission was carried out already, else None.

        Raises SubmissionConflict if the same id came with other content or from another user.
        """
        if not uuid:
            return None
        earlier = self.session.get(Submission, uuid)
        if earlier is None:
            return None
        same = earlier.payload_sha256 == payload_sha256(payload)
        if not same or earlier.user_id != self.actor.user_id:
            raise SubmissionConflict(
                "This form was already sent with other content. Open the page again and check "
                "what was saved before you enter it anew."
            )
        return earlier.result

    def remember(self, uuid: str | None, payload: Mapping[str, Any], result: str) -> None:
        """Remember what a submission led to (`result`: a code or address of our own)."""
        if uuid and self.actor.user_id is not None:
            self.session.add(
                Submission(
                    uuid=uuid,
                    user_id=self.actor.user_id,
                    payload_sha256=payload_sha256(payload),
                    result=result,
                    at=self.now,
                )
            )


def payload_sha256(payload: Mapping[str, Any]) -> str:
    """Return a checksum of a payload that does not depend on the order of its keys."""
    text = json.dumps(payload, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def take_revision(connection: Connection, kind: str, now: datetime, actor: Actor = SYSTEM) -> int:
    """Insert a revision by Core, for bulk writers, and return its number."""
    result = connection.execute(
        insert(Revision).values(
            at=now, user_id=actor.user_id, organisation_id=actor.organisation_id, kind=kind
        )
    )
    assert result.inserted_primary_key is not None
    return int(result.inserted_primary_key[0])
