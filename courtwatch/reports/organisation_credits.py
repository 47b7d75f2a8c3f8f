"""Who is credited with how many cases: a joint case whole to each, and counted once for all."""

from __future__ import annotations

from pyramid.i18n import TranslationStringFactory
from sqlalchemy import select

from courtwatch.models import Organisation
from courtwatch.reports.context import Context
from courtwatch.reports.model import Column, Figure, Row, RowKind, Table
from courtwatch.reports.organisation_rows import Supported
from courtwatch.reports.organisation_support import Credit
from courtwatch.reports.organisation_words import BOTH_NUMBERS, CREDITS, DEFINITION
from courtwatch.security.visibility import counts_all_organisations

_ = TranslationStringFactory("courtwatch")


def credits_table(
    context: Context, supported: Supported, chosen: Organisation | None, cases: int
) -> Table | None:
    """Return who is credited with how many cases; None where organisations are not named."""
    actor = context.reader.actor
    if chosen is None and actor is not None and not counts_all_organisations(actor):
        return None
    found = supported.credits()
    named = [chosen] if chosen is not None else list(
        context.session.scalars(select(Organisation).where(Organisation.id.in_(found)))
    )  # fmt: skip
    named.sort(key=lambda row: context.then.value(row, "code"))
    rows = []
    for each in named:
        credit = found.get(each.id, Credit())
        figures = (*credit, credit.kept + credit.helped)
        rows.append(
            Row(
                context.then.value(each, "code"),
                context.then.name(each),
                tuple(Figure(value) for value in figures),
            )
        )
    sums = [sum(int(row.figures[place].value or 0) for row in rows) for place in range(4)]
    return Table(
        CREDITS,
        _("Cases: counted once for all, and credited to each"),
        (
            Column("kept", _("Counted once: kept by it")),
            Column("joint", _("Of these joint: others support it, too")),
            Column("helped", _("Kept by others, supported by it")),
            Column("credited", _("Credited to it")),
        ),
        tuple(rows),
        cases,
        DEFINITION,
        _("Organisation"),
        total=Row("total", _("All"), tuple(Figure(value) for value in sums), RowKind.TOTAL),
        notes=(BOTH_NUMBERS,),
    )
