"""Dates as a person reads them: with the precision that is known, and never more.

Months are spelt by gettext, digits stay European in both languages (an export and a page must
not differ by their digits).
"""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from pyramid.i18n import TranslationStringFactory

from courtwatch.web.i18n import translate

_ = TranslationStringFactory("courtwatch")

MONTHS = (
    _("January"),
    _("February"),
    _("March"),
    _("April"),
    _("May"),
    _("June"),
    _("July"),
    _("August"),
    _("September"),
    _("October"),
    _("November"),
    _("December"),
)
NOT_KNOWN = _("not known")


def format_day(value: date | None) -> str:
    """``2026-11-03`` -> '3 November 2026'; None -> 'not known'."""
    if value is None:
        return str(translate(NOT_KNOWN))
    return f"{value.day} {translate(MONTHS[value.month - 1])} {value.year}"


def _month(value: date) -> str:
    return f"{translate(MONTHS[value.month - 1])} {value.year}"


def _month_end(value: date) -> date:
    return value.replace(day=calendar.monthrange(value.year, value.month)[1])


def format_partial(first: date | None, last: date | None = None, about: bool = False) -> str:
    """The interval of days in which something happened, as one date of fitting precision.

    One day -> the day; a whole month -> 'November 2026'; a whole year -> '2026'; anything else
    -> 'between 3 November 2026 and 5 November 2026'; an open end -> 'after' or 'before'.
    ``about`` puts 'about' in front. Raises ValueError when ``first`` is after ``last``.
    """
    if first is None and last is None:
        return format_day(None)
    if first is None:
        assert last is not None
        text = translate(_("on or before ${day}", mapping={"day": format_day(last)}))
    elif last is None:
        text = translate(_("on or after ${day}", mapping={"day": format_day(first)}))
    elif first > last:
        raise ValueError(f"first day {first} is after last day {last}")
    elif first == last:
        text = format_day(first)
    elif first == first.replace(day=1) and last == _month_end(first):
        text = _month(first)
    elif first == date(first.year, 1, 1) and last == date(first.year, 12, 31):
        text = str(first.year)
    else:
        text = translate(
            _(
                "between ${first} and ${last}",
                mapping={"first": format_day(first), "last": format_day(last)},
            )
        )
    if about:
        text = translate(_("about ${date}", mapping={"date": text}))
    return str(text)


def format_range(first: date | None, last: date | None) -> str:
    """A period of a report, both days included: '1 January 2026 to 30 June 2026'."""
    return str(
        translate(
            _(
                "${first} to ${last}",
                mapping={"first": format_day(first), "last": format_day(last)},
            )
        )
    )


def format_moment(value: datetime | None, zone: str = "UTC") -> str:
    """A recorded moment, to the minute, in ``zone``: '3 November 2026, 14:05 UTC'.

    Raises ValueError for a naive datetime: a time without a zone is not a moment.
    """
    if value is None:
        return format_day(None)
    if value.tzinfo is None:
        raise ValueError(f"{value!r} has no time zone")
    local = value.astimezone(ZoneInfo(zone))
    name = "UTC" if local.utcoffset() == timedelta(0) else (local.tzname() or zone)
    return f"{format_day(local.date())}, {local:%H:%M} {name}"
