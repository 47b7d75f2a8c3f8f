"""How prosecutions stand and ended, by offence."""

from __future__ import annotations

from collections.abc import Mapping

from pyramid.i18n import TranslationStringFactory

from courtwatch.reports.context import Body, Context
from courtwatch.reports.figures import Tally, share_figure
from courtwatch.reports.model import (
    ChartKind,
    Column,
    ColumnKind,
    Figure,
    Headline,
    Label,
    Row,
    RowKind,
    Table,
    Unit,
)
from courtwatch.reports.words import NOT_KNOWN
from courtwatch.services.fact_filters import UNKNOWN
from workflows.event_codes import ENDS, JUDGMENT, OPEN, OUTSIDE, WITHOUT

_ = TranslationStringFactory("courtwatch")

STANDING = "standing"
OUTCOMES = "outcomes"
STATUS = (
    ("open", _("Open"), {"code": OPEN, "suspended": False}),
    ("suspended", _("Suspended (absconded)"), {"code": OPEN, "suspended": True}),
    ("judgment", _("Judgment"), {"code": JUDGMENT}),
    ("without", _("Ended without judgment"), {"code": WITHOUT}),
    ("outside", _("Ended outside the authority's control, or goes on elsewhere"),
     {"code": OUTSIDE}),
)  # fmt: skip
DEFINITION = _(
    "Open: no end at first instance yet. Judgment: conviction or acquittal. Ended without "
    "judgment: by an authority's act or omission. The share leaves out what is open and what "
    "ended outside the authority's control."
)
ONE_OFFENCE = _(
    "A prosecution with several charges counts once, at the offence with the highest maximum "
    "penalty among its counted charges."
)
EVERY_CHARGE = _("Every counted charge counts at its own offence; alleged charges do not count.")

_COUNTED = {
    Unit.PROSECUTION: _("prosecutions"), Unit.CHARGE: _("charges"), Unit.CASE: _("cases"),
}  # fmt: skip


def status_query(wanted: Mapping[str, object]) -> dict[str, str]:
    """Return the filters that list the prosecutions of one status."""
    query = {"event_code": str(wanted["code"])}
    if "suspended" in wanted:
        query["suspended"] = "yes" if wanted["suspended"] else "no"
    return query


def build(context: Context) -> Body:
    """Build the report from one count."""
    tally = context.tally("offence", "code", "suspended", "outcome")
    whole, unknown = tally.sum(), tally.sum(offence=None)
    judged, without = tally.sum(code=JUDGMENT), tally.sum(code=WITHOUT)
    tables = [_standing(context, tally), _outcomes(context, tally)]
    return Body(
        headlines=(
            Headline("n", _COUNTED[context.unit],
                     context.count(whole), ColumnKind.COUNT),
            Headline("share", _("ended without judgment, of those that ended by a judgment or "
                                "without one"),
                     share_figure(without.n, without.n + judged.n)),
            Headline("unknown", _("without a known offence"), share_figure(unknown.n, whole.n)),
        ),
        tables=tuple(tables),
        definition=DEFINITION,
        n=whole.n,
        notes=(EVERY_CHARGE if context.unit is Unit.CHARGE else ONE_OFFENCE,),
    )  # fmt: skip


def offences_of(context: Context, tally: Tally) -> list[tuple[Tally, str, Label]]:
    """Return (part, code, label) of the offences that occur, by code; the unknown last."""
    parts = tally.split("offence")
    unknown = parts.pop(None, None)
    words = context.words.offences
    found: list[tuple[Tally, str, Label]] = [
        (part, words[int(str(key))].code, words[int(str(key))].name) for key, part in parts.items()
    ]
    found.sort(key=lambda item: _natural(item[1]))
    return found if unknown is None else [*found, (unknown, UNKNOWN, NOT_KNOWN)]


def _natural(code: str) -> list[tuple[int, int, str]]:
    """Order codes as people do: article 9 before article 10."""
    parts: list[tuple[int, int, str]] = []
    digits = letters = ""
    for sign in code + "\0":
        if sign.isascii() and sign.isdigit():
            if letters:
                parts.append((1, 0, letters))
                letters = ""
            digits += sign
        else:
            if digits:
                parts.append((0, int(digits), ""))
                digits = ""
            letters += sign
    return parts


def _standing(context: Context, tally: Tally) -> Table:
    columns = (
        Column("n", _("All")),
        *(Column(key, label) for key, label, _wanted in STATUS),
        Column("share", _("Ended without judgment, of those with or without a judgment"),
               ColumnKind.SHARE),
    )  # fmt: skip

    def figures(part: Tally, query: dict[str, str]) -> tuple[Figure, ...]:
        without, judged = part.sum(code=WITHOUT).n, part.sum(code=JUDGMENT).n
        return (
            context.count(part.sum(), **query),
            *(
                context.count(part.sum(**wanted), **query, **status_query(wanted))
                for _key, _label, wanted in STATUS
            ),
            share_figure(without, without + judged),
        )

    rows = [
        Row(code, label, figures(part, {"offence": code}))
        for part, code, label in offences_of(context, tally)
    ]
    whole, unknown = tally.sum(), tally.sum(offence=None)
    return Table(
        STANDING,
        _("How they stand, by offence"),
        columns,
        tuple(rows),
        whole.n,
        DEFINITION,
        _("Offence"),
        total=Row("total", _("All"), figures(tally, {}), RowKind.TOTAL),
        unknown=share_figure(unknown.n, whole.n),
        unknown_label=_("Offence not known"),
        chart=ChartKind.BARS,
        chart_columns=("share",),
    )


def _outcomes(context: Context, tally: Tally) -> Table:
    law = context.law
    names = law.dispositions if context.unit is Unit.CHARGE else law.outcomes
    label = law.disposition_label if context.unit is Unit.CHARGE else law.outcome_label
    ended = Tally(tally.names, {k: c for k, c in tally.counts.items() if k[1] != OPEN})
    occurring = [name for name in names if ended.sum(outcome=name).n]
    # A name that no published version knows (it was withdrawn) still counts.
    occurring += sorted(str(v) for v in ended.values("outcome") if v not in names)
    columns = (
        *(Column(name, label(name)) for name in occurring),
        Column("ended", _("All that ended")),
    )

    def figures(part: Tally, query: dict[str, str]) -> tuple[Figure, ...]:
        return (
            *(context.count(part.sum(outcome=n), **query, outcome=n) for n in occurring),
            context.count(part.sum(), **query, event_code=tuple(map(str, ENDS))),
        )

    rows = [
        Row(code, name, figures(part, {"offence": code}))
        for part, code, name in offences_of(context, ended)
    ]
    unknown = ended.sum(offence=None)
    return Table(
        OUTCOMES,
        _("How they ended, by offence"),
        columns,
        tuple(rows),
        ended.sum().n,
        EVERY_CHARGE if context.unit is Unit.CHARGE else law.rule,
        _("Offence"),
        total=Row("total", _("All"), figures(ended, {}), RowKind.TOTAL),
        unknown=share_figure(unknown.n, ended.sum().n),
        unknown_label=_("Offence not known"),
    )
