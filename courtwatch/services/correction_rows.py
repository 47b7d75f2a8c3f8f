"""What was put right in a case, as its page shows it: read with a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, select, true
from sqlalchemy.orm import Session

from courtwatch.models import Correction, Hearing, HearingProsecution, history_table
from courtwatch.services.corrections import HEARING


@dataclass(frozen=True)
class HearingWas:
    """One correction of a hearing: what was wrong, under which revision, and what stood there.

    `day` and `institution_id` are None where the hearing itself was right; `prosecutions` are those
    that it was taken off.
    """

    kind: str
    revision_id: int
    day: date | None
    institution_id: int | None
    prosecutions: tuple[int, ...]


def hearing_corrections(
    session: Session, case_id: int, revision: int | None = None
) -> dict[int, list[HearingWas]]:
    """Return the corrections of a case's hearings by hearing, earliest first.

    `revision`: those that were made by then (None: all).
    """
    past = history_table(Hearing.__table__)  # type: ignore[arg-type]
    rows = session.execute(
        select(
            Correction.row_id,
            Correction.kind,
            Correction.revision_id,
            past.c.scheduled_on,
            past.c.institution_id,
        )
        .outerjoin(
            past, and_(past.c.id == Correction.row_id, past.c.rev_to == Correction.revision_id)
        )
        .where(
            Correction.case_id == case_id,
            Correction.subject == HEARING,
            true() if revision is None else Correction.revision_id <= revision,
        )
        .order_by(Correction.id)
    ).all()
    gone: dict[Any, list[int]] = defaultdict(list)
    closed = session.execute(
        select(
            HearingProsecution.hearing_id,
            HearingProsecution.rev_to,
            HearingProsecution.prosecution_id,
        ).where(
            HearingProsecution.hearing_id.in_([row.row_id for row in rows]),
            true() if revision is None else HearingProsecution.rev_from <= revision,
        )
    ).all()
    present = {(h, p) for h, rev_to, p in closed if _holds(rev_to, revision)}
    for hearing_id, rev_to, prosecution_id in closed:
        if not _holds(rev_to, revision) and (hearing_id, prosecution_id) not in present:
            gone[hearing_id, rev_to].append(prosecution_id)
    found: dict[int, list[HearingWas]] = defaultdict(list)
    for row in rows:
        off = tuple(gone.get((row.row_id, row.revision_id), ()))
        found[row.row_id].append(
            HearingWas(row.kind, row.revision_id, row.scheduled_on, row.institution_id, off)
        )
    return found


def _holds(rev_to: int | None, revision: int | None) -> bool:
    """Say whether a row that was closed by `rev_to` held at a revision (None: now)."""
    return rev_to is None or (revision is not None and rev_to > revision)
