"""Days of time limits: the last day of a period, and the moments between which a day lies."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from workflows.elements import Unit


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the last day of a month that is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def due_day(day: date, length: int, unit: Unit) -> date:
    """The last day of a period that counts from `day`. Raises ValueError for hours."""
    match unit:
        case Unit.DAYS:
            return day + timedelta(days=length)
        case Unit.WEEKS:
            return day + timedelta(weeks=length)
        case Unit.MONTHS:
            return add_months(day, length)
        case Unit.YEARS:
            return add_months(day, 12 * length)
        case Unit.HOURS:
            raise ValueError("hours count from an hour, not from a day")


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a day in a time zone."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The first moment after a day in a time zone."""
    return start_of(day + timedelta(days=1), zone)
