"""The cases of one court that are worth reading, as far as the reader may open them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pyramid.i18n import TranslationStringFactory
from sqlalchemy import select

from courtwatch.models import Case
from courtwatch.models.packed import day_of
from courtwatch.reports.clock_rows import NEVER
from courtwatch.reports.context import NO_REASON
from courtwatch.reports.delay_pending import UNSEEN_DAYS
from courtwatch.reports.figures import share_figure, text_figure
from courtwatch.reports.model import (
    Column,
    ColumnKind,
    Figure,
    Label,
    Opens,
    Row,
    RowKind,
    Table,
)
from courtwatch.reports.scorecard_limits import Limits
from courtwatch.reports.scorecard_rows import Court, Flags
from courtwatch.statistics.terms import HORIZON_DAYS
from workflows.event_codes import OPEN, WITHOUT

_ = TranslationStringFactory("courtwatch")

Days = NDArray[np.int32]

REVIEW, CASES = "review", "cases"
MOST_CASES = 30
"""Rows of the table of cases: what fits beside the rest on paper. The counts open all of them."""
REVIEW_DEFINITION = _(
    "What somebody could look into, each counted by itself: one prosecution may be in several. A "
    "count here says nothing of whose fault it is."
)
CASES_DEFINITION = _(
    "Cases of this court that you may open, each once, under the first of the reasons above that "
    "holds for one of its prosecutions; of each reason the longest ago first. Since: the day from "
    "which a limit was surely over, of the end, of registration, or when somebody last looked."
)
TODAYS_RIGHTS = _(
    "Who may open which case is decided by today's rights: a report of a past moment lists none."
)
OPENS_NONE = _("You may open no case: the counts are all that is shown.")
NONE_TO_OPEN = _("There is no such case that you may open.")
SHOWN = _("${shown} of ${open} cases that you may open are listed; ${all} there are in all.")


class Reviewed:
    """What is worth reading: reasons in order of their weight, and who is meant by each."""

    def __init__(self, court: Court, limits: Limits) -> None:
        self.court, self.over, self.over_since = court, limits.over, limits.since
        rows, until = court.rows, court.until
        self.ended = rows.code == WITHOUT
        is_open = rows.code == OPEN
        begun = rows.days["registered_on"]
        seen = rows.days["last_verified_on"]
        self.long = is_open & (begun != NEVER) & (begun <= until - HORIZON_DAYS)
        self.old = is_open & ((seen == NEVER) | (seen < until - UNSEEN_DAYS))
        self.no_reason = self.ended & (rows.more["no_reason"] == 1)
        self.unresolved = rows.more["unresolved"] > 0
        self.reopened = rows.more["reopened"] == 1

    def reasons(self) -> tuple[tuple[str, Label, Flags, Days | None, Figure], ...]:
        """Return key, words, who is meant, the days since when, and the count."""
        court = self.court
        on = court.rows.days
        days = {"days": str(HORIZON_DAYS)}
        return (
            ("over", _("Over a time limit of detention"), self.over, self.over_since,
             court.plain(self.over)),
            ("no_reason", _("Ended without judgment, no reason known"), self.no_reason,
             on["ended_on"], court.figure(self.no_reason, event_code=str(WITHOUT),
                                          reason=NO_REASON)),
            ("open_long", _("Registered ${days} days ago or more, no end known", mapping=days),
             self.long, on["registered_on"], court.plain(self.long)),
            ("unresolved", _("An entry has no place in the procedure"), self.unresolved, None,
             court.figure(self.unresolved, unresolved="yes")),
            ("unseen", _("Open, and nobody looked for ${days} days",
                         mapping={"days": str(UNSEEN_DAYS)}), self.old, on["last_verified_on"],
             court.plain(self.old)),
            ("reopened", _("Reopened after an end"), self.reopened, on["ended_on"],
             court.figure(self.reopened, reopened="yes")),
            ("ended", _("Ended without judgment, with a reason"), self.ended & ~self.no_reason,
             on["ended_on"], court.plain(self.ended & ~self.no_reason)),
        )  # fmt: skip


def tables(court: Court, limits: Limits) -> tuple[Table, Table]:
    """Return the counts that open lists, and the table of cases."""
    reviewed = Reviewed(court, limits)
    n = int(court.mine.sum())
    rows = tuple(
        Row(key, label, (
            figure, share_figure(int((chosen & court.mine).sum()), n)
        ), RowKind.DETAIL)
        for key, label, chosen, _day, figure in reviewed.reasons()
    )  # fmt: skip
    counts = Table(
        REVIEW,
        _("To review"),
        (
            Column("n", _("Prosecutions")),
            Column("share", _("Share of all at this court"), ColumnKind.SHARE),
        ),
        rows,
        n,
        REVIEW_DEFINITION,
        _("Why"),
    )
    return counts, _cases(court, reviewed)


def _cases(court: Court, reviewed: Reviewed) -> Table:
    refused: Label = None
    if not court.here.known_at.latest:
        refused = TODAYS_RIGHTS
    elif not court.here.reader.opens_cases:
        refused = OPENS_NONE
    found: dict[int, tuple[Label, int]] = {}
    in_all = 0
    if refused is None:
        found, in_all = _chosen(court, reviewed)
        refused = None if found else NONE_TO_OPEN
    shown = list(found)[:MOST_CASES]
    codes = _codes(court, shown)
    rows = tuple(
        Row(codes[key], codes[key], (
            text_figure(found[key][0]), _written(found[key][1])
        ), RowKind.DETAIL)
        for key in shown
        if key in codes
    )  # fmt: skip
    said = {"shown": f"{len(rows):,}", "open": f"{len(found):,}", "all": f"{in_all:,}"}
    return Table(
        CASES,
        _("Cases to review"),
        (
            Column("why", _("Why"), ColumnKind.TEXT),
            Column("since", _("Since"), ColumnKind.TEXT),
        ),
        rows,
        in_all,
        CASES_DEFINITION,
        _("Case"),
        notes=() if refused is not None else (_(SHOWN, mapping=said),),
        refused=refused,
        opens=Opens.CASE,
    )


def _chosen(court: Court, reviewed: Reviewed) -> tuple[dict[int, tuple[Label, int]], int]:
    """Return the cases that the reader may open, in order, and how many there are in all."""
    cases, visible = court.rows.more["case"], court.rows.visible
    found: dict[int, tuple[Label, int]] = {}
    everybody = np.zeros(court.rows.n, bool)
    for _key, label, chosen, since, _figure in reviewed.reasons():
        mine = chosen & court.mine
        everybody |= mine
        place = np.flatnonzero(mine & visible)
        days = np.full(place.size, NEVER) if since is None else since[place]
        order = np.lexsort((cases[place], days, days == NEVER))
        for case, when in zip(cases[place][order].tolist(), days[order].tolist(), strict=True):
            found.setdefault(case, (label, when))
    return found, int(np.unique(cases[everybody]).size)


def _codes(court: Court, keys: list[int]) -> dict[int, str]:
    query = select(Case.id, Case.public_code).where(Case.id.in_(keys))
    return {key: code for key, code in court.here.session.execute(query)}


def _written(day: int) -> Figure:
    if day == NEVER:
        return text_figure(_("not known"))
    return text_figure(day_of(day).isoformat())
