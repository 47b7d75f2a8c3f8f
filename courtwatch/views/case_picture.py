"""A case in time, drawn: how long each accused has waited, what was entered, and the hearings.

The list of entries and the table of hearings on the same page are its table twin.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from markupsafe import Markup

from courtwatch import labels
from courtwatch.charts.data import Heading, Mark, MarkRow, Span
from courtwatch.charts.timeline import timeline
from courtwatch.models.vocabulary import HearingStatus, Precision
from courtwatch.services.case_page import AccusedShown, CasePage, EventShown
from courtwatch.services.messages import _
from courtwatch.views.case_parts import Parts
from courtwatch.views.case_words import text
from courtwatch.web.dates import format_day

TITLE = _("The case in time")
DESCRIPTION = _(
    "One bar for each accused, from the first entry of which the day is known to the last, or on "
    "to the end of the chart while the prosecution goes on; below them a mark for each entry and "
    "each hearing. A hearing that was not held is an empty mark."
)
FEWEST = 2
"""Entries of a known day: one alone has no course."""


def picture(shown: CasePage, parts: Parts, until: date, language: str) -> Markup | None:
    """Return the drawing of a case up to a day; None where too few days are known.

    A day that is known only as a month, or as about a day, has no place in it.
    """
    entries = [one for one in shown.events if not one.voided]
    dated = [(day, one) for one in entries if (day := _day(one)) is not None]
    if len(dated) < FEWEST:
        return None
    hearings = [one for one in shown.hearings if not one.voided]
    days = [day for day, _one in dated] + [one.day for one in hearings]
    heading = Heading(text(TITLE), text(DESCRIPTION), "case-in-time", language)
    rows = [
        MarkRow(
            text(_("Entries")),
            tuple(
                Mark(f"{format_day(day)}: {text(one.step)}", day, f"#event-{one.id}")
                for day, one in dated
            ),
            _left_out(len(entries) - len(dated)),
        )
    ]
    if hearings:
        marks = tuple(
            Mark(
                f"{format_day(one.day)}: {text(labels.label(labels.HEARING_KINDS, one.kind))}, "
                f"{text(labels.label(labels.HEARING_STATUSES, one.status))}",
                one.day,
                f"#hearing-{one.code}",
                one.status is HearingStatus.HELD,
            )
            for one in hearings
        )
        rows.append(MarkRow(text(_("Hearings")), marks))
    spans = [span for one in shown.accused if (span := _span(one, dated, parts)) is not None]
    return timeline(spans, rows, heading, first=min(days), last=max(until, *days))


def _day(event: EventShown) -> date | None:
    exact = event.precision is Precision.DAY and event.first == event.last
    return event.first if exact else None


def _left_out(count: int) -> str:
    words = _("not drawn, the exact day is not known: ${n}", mapping={"n": count})
    return text(words) if count else ""


def _span(
    accused: AccusedShown, dated: Iterable[tuple[date, EventShown]], parts: Parts
) -> Span | None:
    """Return the time of one accused, who is meant by what names nobody in particular, too."""
    days = [
        day
        for day, one in dated
        if not one.touched or any(each.accused == accused.number for each in one.touched)
    ]
    if not days:
        return None
    stage = text(accused.stage) if accused.stage is not None else ""
    return Span(
        parts.people.get(accused.number, ""),
        min(days),
        None if accused.state.live else max(days),
        stage,
    )
