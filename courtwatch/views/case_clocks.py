"""Time limits on the page of a case: which ran for each accused, and how they stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from courtwatch.services.case_page import AccusedShown, CasePage
from courtwatch.services.deadlines import SOON_DAYS
from courtwatch.services.limit_standing import LimitStanding, stand, within
from courtwatch.services.messages import _
from courtwatch.views.case_words import when
from courtwatch.views.limit_words import due_words, law_hint, started_words, state_cell
from courtwatch.web.page import Cell, Column
from workflows.limit_state import Status

_SHOWN = (Status.OVERDUE, Status.UNKNOWN, Status.SOON, Status.RUNNING)


@dataclass(frozen=True)
class Clocks:
    """Rows of the time limits of one accused."""

    present: list[list[Any]]
    ended: list[list[Any]]


class CaseClocks:
    """The time limits of a case at a moment: now, or the past moment that the page shows."""

    columns = (
        Column(_("Time limit")),
        Column(_("Began")),
        Column(_("Last day in time")),
        Column(_("How it stands")),
    )

    def __init__(self, page: CasePage, now: datetime) -> None:
        self.page = page
        self.now = now
        self.zone = ZoneInfo(page.jurisdiction.time_zone)
        self.entries = {entry.id: entry for entry in page.events}

    def of(self, accused: AccusedShown) -> Clocks:
        """Return the rows of one accused: what is over, unknown or runs; what has ended apart."""
        found = self._standings(accused)
        return Clocks(
            [self._row(one) for one in found if one.status in _SHOWN],
            [self._row(one) for one in found if one.status not in _SHOWN],
        )

    def by_accused(self) -> dict[str, Clocks]:
        """Return the rows of every accused, by the code of the prosecution."""
        return {one.code: self.of(one) for one in self.page.accused}

    def _standings(self, accused: AccusedShown) -> list[LimitStanding]:
        state = accused.state
        soon = within(SOON_DAYS, self.now, self.zone)
        found = [
            stand(
                clock,
                self.page.procedure,
                self.zone,
                self.now,
                soon,
                state.live or state.suspended,
                state.ended_on,
            )
            for clock in accused.clocks
        ]
        order = {status: place for place, status in enumerate(_SHOWN)}
        return sorted(found, key=lambda one: order.get(one.status, len(order)))

    def _began(self, one: LimitStanding) -> str:
        """Return when a limit began to run, as exactly as its entry is known."""
        entry, started = self.entries.get(one.clock.act_id), one.clock.started_at
        if entry is None or started is None or entry.first != started.astimezone(self.zone).date():
            return started_words(one, self.zone)
        return when(entry.first, entry.last, entry.precision)

    def _row(self, one: LimitStanding) -> list[Any]:
        return [
            Cell(one.label, hint=law_hint(one)),
            Cell(self._began(one), href=f"#event-{one.clock.act_id}"),
            due_words(one, self.zone),
            state_cell(one, self.zone, self.now),
        ]
