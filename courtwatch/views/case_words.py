"""Words of the record as pages write them, and who may act on the case that a page shows."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pyramid.request import Request

from courtwatch import labels
from courtwatch.models.vocabulary import Precision
from courtwatch.security.permissions import allows
from courtwatch.services.case_page import AccusedShown, CasePage, WordsShown, WriterShown
from courtwatch.services.inexact_days import Span
from courtwatch.services.messages import _
from courtwatch.web.dates import format_day, format_moment, format_partial
from courtwatch.web.i18n import translate
from courtwatch.web.page import Action


def text(label: Any) -> str:
    """Return a label in the reader's language as plain text."""
    return str(translate(label))


def typed_pseudonym(pseudonym: str | None) -> bool:
    """Say whether a pseudonym is none that a program gave (A1, V2), and so may hold a name."""
    return pseudonym is not None and re.fullmatch(r"[AV]\d+", pseudonym) is None


def when(first: Any, last: Any, precision: Precision) -> str:
    """Return a day with the precision that is known."""
    if first is None and last is None:
        return text(_("Day not known"))
    return format_partial(first, last or first, about=precision is Precision.ABOUT)


def span_words(span: Span | None) -> str:
    """Return a day with the precision that is known; None is not known."""
    if span is None:
        return format_day(None)
    return format_partial(span.first, span.last, span.about)


def since(span: Span | None) -> str:
    """Return since when something is so, nothing where that is not known."""
    return text(_("since ${day}", mapping={"day": span_words(span)})) if span is not None else ""


class CaseWords:
    """What every part of one page is written with."""

    def __init__(self, request: Request, page: CasePage) -> None:
        self.request = request
        self.page = page
        self.people = {one.number: self.called(one) for one in page.accused}

    def may(self, permission: str) -> bool:
        """Say whether this person may do this to this case."""
        return self.page.writable and allows(self.request.identity, permission)

    def moment(self, value: datetime | None) -> str:
        """Return a recorded moment in the jurisdiction's time."""
        return format_moment(value, self.page.jurisdiction.time_zone)

    def called(self, one: AccusedShown) -> str:
        """Return how an accused is called: by name where it may be shown."""
        names = " / ".join(name for _script, name in one.names)
        if names:
            return names
        number = text(_("Accused ${n}", mapping={"n": one.number}))
        return f"{number} ({one.pseudonym})" if one.pseudonym else number

    def writer(self, one: WriterShown | None) -> str:
        """Return who wrote and when."""
        if one is None:
            return ""
        parts = [self.moment(one.at)]
        if not one.system:
            parts.append(text(one.organisation or _("a monitoring organisation")))
        if one.person:
            parts.append(one.person)
        return " · ".join(parts)

    def taken_out(self, words: WordsShown | None) -> str:
        """Return when and why words were taken out; empty if none were."""
        if words is None or words.taken_out is None:
            return ""
        at, reason = words.taken_out
        zone = ZoneInfo(self.page.jurisdiction.time_zone)
        why = text(labels.label(labels.REDACTION_REASONS, reason))
        return text(
            _(
                "words taken out on ${day} because: ${reason}",
                mapping={"day": format_day(at.astimezone(zone).date()), "reason": why},
            )
        )

    def redact(self, words: WordsShown | None, label: Any, about: Any = "") -> list[Action]:
        """Return the link to the page where words are taken out, where this person may."""
        if words is None or not words.may or not self.may("record:words:redact"):
            return []
        href = self.request.route_path("redact", kind=words.kind, row=words.row_id)
        return [Action(label, href, about)]
