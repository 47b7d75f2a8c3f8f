"""What is asked of time limits, read from the words of an address or a command line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from courtwatch.models import Jurisdiction
from courtwatch.reports import moments, queries
from courtwatch.reports.moments import UnknownMoment
from courtwatch.reports.queries import Reader
from courtwatch.services.deadlines import MOST_DAYS, SOON_DAYS, Question
from courtwatch.services.fact_filters import FilterError
from courtwatch.services.messages import _
from workflows.limit_state import LimitKind

OPERATOR = Reader()
"""Who asks at the command line."""
NAMES = ("jurisdiction", "kind", "days", "court", "organisation", "as_known_at", "released")


def make_question(
    session: Session,
    given: Mapping[str, str],
    now: datetime,
    everything: bool = False,
    reader: Reader = OPERATOR,
) -> Question | None:
    """Return what these words ask; None where nothing is recorded that the reader may know of.

    Raises FilterError.
    """
    recorded = {one.code: one for one in queries.jurisdictions_with_facts(session, reader)}
    if not recorded:
        return None
    code = given.get("jurisdiction") or next(iter(recorded))
    problems: dict[str, Any] = {}
    if code not in recorded:
        problems["jurisdiction"] = _(
            "Choose one of: ${codes}", mapping={"codes": ", ".join(recorded)}
        )
        raise FilterError(problems)
    jurisdiction = recorded[code]
    kind, days = given.get("kind") or LimitKind.DETENTION, given.get("days") or str(SOON_DAYS)
    if kind not in list(LimitKind):
        problems["kind"] = _("Choose one of: ${codes}", mapping={"codes": ", ".join(LimitKind)})
    if not (days.isascii() and days.isdigit() and len(days) < 5 and int(days) <= MOST_DAYS):
        problems["days"] = _("Enter a number of days from 0 to ${n}", mapping={"n": str(MOST_DAYS)})
    revision, at = None, now
    try:
        revision, at = _moment(session, given.get("as_known_at") or "", jurisdiction, now)
    except UnknownMoment as problem:
        problems["as_known_at"] = problem.words
    if problems:
        raise FilterError(problems)
    return Question(
        jurisdiction=jurisdiction,
        now=at,
        days=int(days),
        kind=LimitKind(kind),
        court=given.get("court") or None,
        organisation=given.get("organisation") or None,
        revision=revision,
        everything=everything,
        released=given.get("released") != "no",
    )


def _moment(
    session: Session, written: str, jurisdiction: Jurisdiction, now: datetime
) -> tuple[int | None, datetime]:
    """Return the revision that is asked for, and the moment of which limits are asked."""
    if not written:
        return None, now
    known = moments.moment(session, written, jurisdiction.time_zone)
    if written.isascii() and written.isdigit():
        return known.revision, known.at or now
    return known.revision, min(moments.last_moment(written, jurisdiction.time_zone), now)
