"""What became of trafficking charges: kept to the end, or something else by then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyramid.i18n import TranslationStringFactory
from sqlalchemy import select

from courtwatch.models import ChargeFact
from courtwatch.models.facts import holds_at
from courtwatch.reports.context import Context
from courtwatch.reports.figures import Tally, share_figure
from courtwatch.reports.model import (
    Column,
    ColumnKind,
    Figure,
    Headline,
    Row,
    RowKind,
    Table,
)
from courtwatch.reports.offences import offences_of
from courtwatch.reports.packed_facts import among, read_columns
from courtwatch.reports.words import NOT_KNOWN
from courtwatch.services.fact_filters import UNKNOWN
from workflows.event_codes import JUDGMENT, OPEN, WITHOUT

_ = TranslationStringFactory("courtwatch")

RETENTION, BECAME = "retention", "became"
TITLE = _("Trafficking charges: kept or lost")
HOW = _("How it stands or ended")
DEFINITION = _(
    "Prosecutions in which a charge was filed for a trafficking offence, at whatever time. An "
    "allegation is no charge, and a charge of another offence that was requalified to trafficking "
    "later was not filed for it. Kept: a charge that counts still names a trafficking offence, "
    "when it ended or now. Lost: it was requalified, or another charge took its place, which ends "
    "nothing. A conviction of a lesser offence may leave the charge as it was: it is a row of its "
    "own."
)
BECAME_DEFINITION = _(
    "Of those that lost it: the offence at which the prosecution counts now, the one with the "
    "highest maximum penalty of those that are left."
)
NO_OFFENCE = _("No offence known, and so not in this table")
NO_TRAFFICKING = _("No offence of this jurisdiction is marked as trafficking.")


@dataclass(frozen=True)
class Retention:
    """What the report on dismissals adds about trafficking charges."""

    headlines: tuple[Headline, ...]
    tables: tuple[Table, ...]


def build(context: Context) -> Retention:
    """Count those that were ever charged with it by whether they still are."""
    ids = [key for key, words in context.words.offences.items() if words.trafficking]
    if not ids:
        return Retention((), (Table(RETENTION, TITLE, (), (), 0, DEFINITION, HOW,
                                    refused=NO_TRAFFICKING),))  # fmt: skip
    charged: Any = select(ChargeFact.prosecution_id).where(
        ChargeFact.offence_id.in_(ids),
        ChargeFact.counted.is_(True),
        holds_at(ChargeFact, context.filters.known_at),
    )
    facts, _visible = context.population.facts()
    [keys] = read_columns(context.session, charged)
    # Only where it was ever charged.
    charged_with = facts.numbers("trafficking_filed") == 1
    tally = context.population.tally(
        "retained", "code", "outcome", "offence",
        chosen=charged_with,
        flags={"retained": among(facts.numbers("prosecution_id"), keys)},
    )  # fmt: skip
    no_offence = int(np.count_nonzero(~charged_with & (facts.numbers("offence_id") == 0)))
    closed = tally.only(code=frozenset({JUDGMENT, WITHOUT}))
    headlines = tuple(
        Headline(key, label, share_figure(part.sum(retained=1).n, part.sum().n))
        for key, label, part in (
            ("retained", _("of trafficking charges kept until a judgment or another end"), closed),
            ("retained_judged", _("of those judged: still a trafficking charge"),
             tally.only(code=JUDGMENT)),
        )
    )  # fmt: skip
    kept = _kept(context, tally, ids, no_offence)
    return Retention(headlines, (kept, _became(context, tally.only(retained=0))))


def _kept(context: Context, tally: Tally, ids: list[int], no_offence: int) -> Table:
    """Return who kept it, by how they stand; of `no_offence` more nobody knows the charge."""
    codes = tuple(sorted({context.words.offences[key].code for key in ids}))

    def figures(
        query: Mapping[str, str | tuple[str, ...]], **wanted: object
    ) -> tuple[Figure, ...]:
        every, kept = tally.sum(**wanted), tally.sum(retained=1, **wanted)
        return (
            context.count(every, trafficking="yes", **query),
            context.count(kept, trafficking="yes", charge=codes, **query),
            context.plain_count(every - kept),
            share_figure(kept.n, every.n),
        )

    rows = [Row("open", _("Still open"), figures({"event_code": str(OPEN)}, code=OPEN))]
    ended = tally.without(code=OPEN)
    occurring = set(ended.values("outcome"))
    known = [name for name in context.law.outcomes if name in occurring]
    for name in [*known, *sorted(str(each) for each in occurring if each not in known and each)]:
        codes_of = {str(code) for code in ended.only(outcome=name).values("code")}
        query = {"outcome": (str(name),), "event_code": tuple(sorted(codes_of))}
        rows.append(Row(name, context.law.outcome_label(name), figures(query, outcome=name)))
    if None in occurring:
        every, kept = ended.sum(outcome=None), ended.sum(outcome=None, retained=1)
        parts = (context.plain_count(each) for each in (every, kept, every - kept))
        rows.append(Row(UNKNOWN, NOT_KNOWN, (*parts, share_figure(kept.n, every.n))))
    n = tally.sum().n
    return Table(
        RETENTION,
        TITLE,
        (
            Column("charged", _("Charged with trafficking")),
            Column("kept", _("Kept to the end, or until now")),
            Column("lost", _("Lost: something else by then")),
            Column("share", _("Share that kept it"), ColumnKind.SHARE),
        ),
        tuple(rows),
        n,
        DEFINITION,
        HOW,
        total=Row("total", _("All"), figures({}), RowKind.TOTAL),
        unknown=share_figure(no_offence, n + no_offence),
        unknown_label=NO_OFFENCE,
    )


def _became(context: Context, lost: Tally) -> Table:
    whole, unknown = lost.sum().n, lost.sum(offence=None).n
    return Table(
        BECAME,
        _("What lost trafficking charges became"),
        (Column("n", _("Prosecutions")), Column("share", _("Share"), ColumnKind.SHARE)),
        tuple(
            Row(code, label, (context.plain_count(part.sum()), share_figure(part.sum().n, whole)))
            for part, code, label in offences_of(context, lost)
        ),
        whole,
        BECAME_DEFINITION,
        _("Offence"),
        total=Row("total", _("All"), (Figure(whole), share_figure(whole, whole)), RowKind.TOTAL),
        unknown=share_figure(unknown, whole),
        unknown_label=_("Offence not known"),
    )
