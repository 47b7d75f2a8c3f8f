"""How charges changed on a case page: which became which, when, through which step."""

from __future__ import annotations

from typing import Any

from courtwatch.services.case_page import AccusedShown, ChangeShown
from courtwatch.services.messages import _
from courtwatch.views.case_words import text, when
from courtwatch.web.page import Cell, Column

CHANGE_COLUMNS = (
    Column(_("Charge")),
    Column(_("Before")),
    Column(_("After")),
    Column(_("When and by which step")),
)


def change_rows(one: AccusedShown) -> list[list[Any]]:
    """Return the rows of the changes of one accused's charges, in order."""
    return [_row(change) for change in one.changes]


def _row(change: ChangeShown) -> list[Any]:
    unknown = _("Offence not known")
    if change.by is not None:
        after = _("a new charge, ${n}, in its place", mapping={"n": change.by})
    else:
        after = _("the same charge goes on")
    parts = [when(change.first, change.last, change.precision)]
    parts += [text(who) for who in (change.actor, change.institution) if who is not None]
    return [
        str(change.number),
        Cell(change.was or unknown, hint=f"“{change.as_given}”" if change.as_given else ""),
        Cell(change.became or unknown, hint=after),
        Cell(change.step, href=f"#event-{change.event_id}", hint=" · ".join(parts)),
    ]
