"""Which frozen reports somebody may open, and who froze them, as far as they may know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from courtwatch.models import Organisation, ReportSnapshot, User
from courtwatch.reports.model import Label
from courtwatch.security.frozen_rights import frozen_predicate, opens_frozen, reads_frozen_words
from courtwatch.security.visibility import Viewer, viewer_of
from courtwatch.services.work import Actor


def may_open(actor: Actor, snapshot: ReportSnapshot) -> bool:
    """Say whether this reader may open a snapshot."""
    return opens_frozen(actor, snapshot.audience, snapshot.organisation_id)


def snapshot_by_code(session: Session, code: str) -> ReportSnapshot | None:
    """Return a snapshot by its identifier, whoever may open it."""
    return session.scalars(select(ReportSnapshot).where(ReportSnapshot.code == code)).first()


def snapshots_for(session: Session, actor: Actor, most: int) -> Sequence[Any]:
    """Return the snapshots that this reader may open, the newest first: what a list shows of them.

    Never the figures, which are long.
    """
    s = ReportSnapshot
    columns = (
        s.code, s.report, s.filters, s.options, s.scope, s.unit, s.audience, s.revision_id,
        s.frozen_at, s.title,
    )  # fmt: skip
    query = _with_who(*columns).where(frozen_predicate(actor, s)).order_by(s.id.desc())
    return session.execute(query.limit(most)).all()


def _with_who(*columns: Any) -> Select[Any]:
    """Return a query of snapshots with who froze them, as `frozen_by` reads it."""
    s = ReportSnapshot
    return (
        select(
            *columns,
            s.organisation_id,
            Organisation.name_en.label("organisation"),
            User.name.label("user_name"),
            User.display_name,
        )
        .join(Organisation, Organisation.id == s.organisation_id)
        .join(User, User.id == s.user_id)
    )


def frozen_by(actor: Actor, row: Any) -> Label:
    """Return who froze a row of the list, as this reader may know.

    The person to monitors of their own organisation alone; the organisation to monitors and to
    its own people.
    """
    if reads_frozen_words(actor, row.organisation_id):
        return f"{row.display_name or row.user_name}, {row.organisation}"
    own = actor.organisation_id == row.organisation_id
    return row.organisation if own or viewer_of(actor) is Viewer.NETWORK else "–"


def who_froze(session: Session, actor: Actor, snapshot: ReportSnapshot) -> Label:
    """Return who froze a snapshot, as `frozen_by`."""
    query = _with_who().where(ReportSnapshot.id == snapshot.id)
    return frozen_by(actor, session.execute(query).one())
