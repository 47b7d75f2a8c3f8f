"""The past of a case page: the moment asked for, and the history from which one is chosen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyramid.request import Request

from courtwatch import labels
from courtwatch.models import Jurisdiction
from courtwatch.reports.model import KnownAt
from courtwatch.reports.moments import moment
from courtwatch.services.case_history import (
    Writers,
    Written,
    by_revision,
    for_reader,
    read_history,
    read_writers,
)
from courtwatch.services.case_page import CasePage
from courtwatch.services.messages import _
from courtwatch.views.case_parts import Parts
from courtwatch.views.case_words import text
from courtwatch.views.history_words import describe
from courtwatch.web.dates import format_moment
from courtwatch.web.page import Cell, Column

AS_KNOWN_AT = "as_known_at"
HISTORY_COLUMNS = (Column(_("When")), Column(_("What was written")), Column(_("By")))
SHOWN = 200


def known_at(request: Request, jurisdiction: Jurisdiction) -> KnownAt | None:
    """Return the moment that the address asks for; None is the present. Raises UnknownMoment."""
    written = request.GET.get(AS_KNOWN_AT, "").strip()
    return moment(request.dbsession, written, jurisdiction.time_zone) if written else None


class CasePast:
    """What a case page says of its past."""

    columns = HISTORY_COLUMNS

    def __init__(self, request: Request, page: CasePage, at: KnownAt | None) -> None:
        self.request = request
        self.page = page
        self.at = at
        self.parts = Parts(request, page)
        self.zone = page.jurisdiction.time_zone
        self.now_href = request.route_path("case", case=page.code)
        self.asked = request.GET.get(AS_KNOWN_AT, "").strip()

    @property
    def data_href(self) -> str:
        """Return where the case is a file, at the same moment; a revision's number stays it."""
        query = {} if self.at is None else {AS_KNOWN_AT: str(self.at.revision)}
        return str(self.request.route_path("case_data", case=self.page.code, _query=query))

    @property
    def moment(self) -> str:
        """Return the moment that is shown: a past revision's, else the present."""
        return format_moment(self.at.at if self.at else self.request.now, self.zone)

    @property
    def revision(self) -> int | None:
        """Return the past revision that is shown, if one is."""
        return self.at.revision if self.at else None

    def redacted(self) -> list[str]:
        """Say what was taken out of words on this page after the moment that it shows."""
        found = []
        for at, reason in self.page.redacted_since:
            why = text(labels.label(labels.REDACTION_REASONS, reason))
            words = _(
                "Words were taken out on ${moment} because: ${reason}",
                mapping={"moment": format_moment(at, self.zone), "reason": why},
            )
            found.append(text(words))
        return found

    def history(self) -> list[list[Any]]:
        """Return the revisions that wrote to this case, as far as the reader may know of them."""
        session = self.request.dbsession
        found = read_history(session, self.page.case.id)
        shown = by_revision(for_reader(found, self.page.sight, self.page.name_rights))
        keys = list(shown)[:SHOWN]
        writers = read_writers(session, keys)
        return [self._line(key, shown[key], writers) for key in keys]

    def _line(self, key: int, written: Iterable[Written], writers: Writers) -> list[Any]:
        href = self.request.route_path("case", case=self.page.code, _query={AS_KNOWN_AT: str(key)})
        when = format_moment(writers.revisions[key].at, self.zone)
        number = text(_("revision ${n}", mapping={"n": key}))
        what = describe(self.request.dbsession, self.page, written)
        by = who(self.page, writers, key, self.request.locale_name)
        return [Cell(when, href=href, hint=number), "; ".join(what), by]


def who(page: CasePage, writers: Writers, key: int, language: str) -> str:
    """Name who wrote a revision, as far as the reader may know."""
    revision = writers.revisions[key]
    if revision.organisation_id is None:
        return text(_("the system"))
    parts = []
    if page.sight.organisations:
        parts.append(writers.organisations[revision.organisation_id].name(language))
    user = writers.users.get(revision.user_id or 0)
    if user is not None and page.sight.monitor(revision.organisation_id):
        parts.append(user.display_name or user.name)
    return " · ".join(parts) or text(_("a monitoring organisation"))
