"""Moments of the record: revisions, named by a day, a time or a number."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from courtwatch.commands.parsing import KHMER_DIGITS
from courtwatch.models import Revision
from courtwatch.models.engine import BUSY_TIMEOUT_SECONDS
from courtwatch.reports.model import KnownAt
from courtwatch.services.messages import Told, _


class UnknownMoment(Told):
    """A moment of the record cannot be read, or lies before its beginning."""

    exit_code = 3


def latest(session: Session) -> KnownAt:
    """Return the present moment of the record."""
    row = session.execute(
        select(Revision.id, Revision.at).order_by(Revision.id.desc()).limit(1)
    ).first()
    return KnownAt(0, None, True) if row is None else KnownAt(row.id, row.at, True)


def moment(session: Session, text: str | None, zone: str, today: datetime | None = None) -> KnownAt:
    """Return the moment that a person wrote: a day, a day and time, or a revision's number.

    A day means its end, in the time zone of the courts. None or '' is the present, and so is a
    moment that is not over, or only just, at `today` (None: now) as long as nothing was written
    since. Raises UnknownMoment.
    """
    now = latest(session)
    written = (text or "").strip().translate(KHMER_DIGITS)
    if not written:
        return now
    if written.isascii() and written.isdigit() and len(written) <= 12:
        return _at_revision(session, int(written), now)
    until = _until(written, zone)
    row = session.execute(
        select(Revision.id, Revision.at)
        .where(Revision.at <= until)
        .order_by(Revision.at.desc(), Revision.id.desc())
        .limit(1)
    ).first()
    if row is None:
        raise UnknownMoment(
            _(
                "Nothing was recorded yet at ${moment}. Choose a later moment.",
                mapping={"moment": written},
            )
        )
    # Clocks may step back: everything written up to then, by number, is the record of then. A
    # moment that is over stays what it was, also where nothing was written since. Who began to
    # write before it may still be waiting for others to finish.
    over = until <= (today or datetime.now(UTC)) - timedelta(seconds=BUSY_TIMEOUT_SECONDS)
    return KnownAt(row.id, row.at, row.id == now.revision and not over)


def _at_revision(session: Session, number: int, now: KnownAt) -> KnownAt:
    row = session.execute(select(Revision.id, Revision.at).where(Revision.id == number)).first()
    if row is None:
        raise UnknownMoment(
            _(
                "There is no revision ${number}; the latest is ${latest}. "
                "Give the number of a revision, or a day such as 2026-11-01.",
                mapping={"number": str(number), "latest": str(now.revision)},
            )
        )
    return KnownAt(row.id, row.at, False)


def _until(written: str, zone: str) -> datetime:
    try:
        if len(written) == 10:
            day = date.fromisoformat(written)
            end = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
            return end.astimezone(UTC) - timedelta(microseconds=1)
        # The plus of a time zone, typed into an address, arrives as a blank.
        found = datetime.fromisoformat(re.sub(r"(T[\d:.]+) (\d\d:?\d\d)$", r"\1+\2", written))
    except (ValueError, OverflowError):
        raise UnknownMoment(
            _(
                "“${moment}” is no moment. Write a day (2026-11-01), a day and time "
                "(2026-11-01T14:30) or the number of a revision.",
                mapping={"moment": written},
            )
        ) from None
    return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def last_moment(written: str, zone: str) -> datetime:
    """Return the last moment of a day, or the day and time, that a person wrote.

    Raises UnknownMoment.
    """
    return _until(written, zone)
