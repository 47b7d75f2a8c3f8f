"""What an organisation tells its donors: its cases, hearings, victims and outcomes.

A joint case is one that several organisations support. It is counted once for all, with the
organisation that keeps it, and credited to each; the report gives both numbers.
"""

from __future__ import annotations

from pyramid.i18n import TranslationStringFactory
from sqlalchemy import select

from courtwatch.models import Organisation
from courtwatch.reports.context import Body, Context, Unanswerable
from courtwatch.reports.figures import share_figure
from courtwatch.reports.model import ColumnKind, Figure, Headline, Table
from courtwatch.reports.organisation_counts import Counts
from courtwatch.reports.organisation_credits import credits_table
from courtwatch.reports.organisation_lines import by_age, by_province, by_quarter, by_sex
from courtwatch.reports.organisation_rows import SEVERAL_COURTS, Supported
from courtwatch.reports.organisation_words import (
    BOTH_NUMBERS,
    DEFINITION,
    EVERYBODY,
    MANY_COURTS,
    NO_ORGANISATION,
    NO_VICTIMS,
    NOT_THERE,
    NOT_YOURS,
    ONE_ONLY,
    SMALL_CELLS,
    TWO_DAYS,
    VICTIMS,
)
from courtwatch.security.visibility import counts_all_organisations

_ = TranslationStringFactory("courtwatch")

_SMALL = 5


def build(context: Context) -> Body:
    """Build the report: a few queries, none of them for a row."""
    chosen = _chosen(context)
    who = chosen.id if chosen is not None else None
    supported = Supported(context, who)
    counts = Counts(context, supported)
    tables = [
        counts.table(by_quarter(counts.by_day())),
        counts.table(by_province(context), tiles=True),
        counts.table(by_sex(), people=True),
        counts.table(by_age(), people=True),
    ]
    credited = credits_table(context, supported, chosen, counts.cases.sum().n)
    if credited is not None:
        tables.insert(0, credited)
    notes = [TWO_DAYS, VICTIMS if counts.victims_shown else NO_VICTIMS]
    if counts.cases.sum(court=SEVERAL_COURTS).n:
        notes.append(MANY_COURTS)
    notes.insert(0, NO_ORGANISATION if credited is None else BOTH_NUMBERS)
    small = sum(_small(table) for table in tables)
    warnings = (_(SMALL_CELLS, mapping={"n": str(small)}),) if small else ()
    return Body(
        _headlines(counts, credited, who is not None),
        tuple(tables),
        EVERYBODY if who is None else DEFINITION,
        counts.people.sum().n,
        tuple(notes),
        warnings,
    )


def _chosen(context: Context) -> Organisation | None:
    """Return the organisation that is asked about; None: all together. Raises Unanswerable."""
    session, actor, codes = context.session, context.reader.actor, context.filters.organisation
    own = context.scope.organisation_id
    if len(codes) > 1:
        raise Unanswerable(ONE_ONLY)
    if not codes:
        return session.get(Organisation, own) if own is not None else None
    found = session.scalars(select(Organisation).where(Organisation.code == codes[0])).first()
    mine = own if own is not None else actor.organisation_id if actor is not None else None
    free = own is None and (actor is None or counts_all_organisations(actor))
    if not free and (found is None or found.id != mine):
        home = session.get(Organisation, mine) if mine is not None else None
        raise Unanswerable(_(NOT_YOURS, mapping={"code": home.code if home else "–"}))
    if found is None:
        raise Unanswerable(_(NOT_THERE, mapping={"code": codes[0]}))
    return found


def _headlines(counts: Counts, credited: Table | None, one: bool) -> tuple[Headline, ...]:
    cases, held = counts.cases.sum(), counts.hearings.sum(held=1)
    heads = [
        Headline("cases", _("cases"), Figure(cases.n), ColumnKind.COUNT),
        Headline("prosecutions", _("prosecutions"), Figure(counts.people.sum().n),
                 ColumnKind.COUNT),
        Headline("held", _("hearings held"), Figure(held.n), ColumnKind.COUNT),
    ]  # fmt: skip
    if counts.victims_shown:
        heads.append(
            Headline("victims", _("victims"), Figure(counts.victims.sum().n), ColumnKind.COUNT)
        )
    if credited is not None and credited.total is not None:
        once, joint, helped, _credited = (int(f.value or 0) for f in credited.total.figures)
        heads.insert(1, Headline("once", _("of them counted once for all: kept by it"),
                                 Figure(once), ColumnKind.COUNT))  # fmt: skip
        # Of all together each joint case has a keeper among them: who helps would count it again.
        heads.insert(2, Headline("joint", _("joint cases"),
                                 share_figure(joint + (helped if one else 0), credited.n or 0)
                                 ))  # fmt: skip
    return tuple(heads)


def _small(table: Table) -> int:
    """Count the numbers of a table that are 1 to 4."""
    return sum(
        0 < (figure.value or 0) < _SMALL
        for row in table.rows
        for column, figure in zip(table.columns, row.figures, strict=True)
        if column.kind is ColumnKind.COUNT
    )
