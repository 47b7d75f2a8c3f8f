"""Ends without judgment: who ended it, how, and why."""

from __future__ import annotations

from collections.abc import Iterable

from pyramid.i18n import TranslationStringFactory

from courtwatch.reports.context import NO_REASON, Body, Context
from courtwatch.reports.figures import Tally, share_figure, text_figure
from courtwatch.reports.model import (
    ChartKind,
    Column,
    ColumnKind,
    Figure,
    Headline,
    Row,
    RowKind,
    Table,
    Unit,
)
from courtwatch.reports.reason_rows import ReasonFold
from courtwatch.services.fact_filters import UNKNOWN
from workflows.event_codes import JUDGMENT, WITHOUT

_ = TranslationStringFactory("courtwatch")

BY_ACTOR = "by_actor"
BY_REASON = "by_reason"
STATED_ASSESSED = "stated_assessed"

DEFINITION = _(
    "Ended without judgment: not referred, held, non-suit, dismissed, withdrawn or time-barred, "
    "by an authority's act or omission. Acquittal is a judgment. Death, amnesty, diversion, "
    "transfer, joinder, and charges dropped because another charge goes on, are not counted here. "
    "Of a prosecution that was reopened the first end counts."
)
DIFFERS = _("assessed otherwise than stated, of those where both reasons are known")
CLOSED_BIAS = _(
    "The share of those that ended leaves out what is still open. It is no measure of how likely "
    "an end without judgment is: open prosecutions may end either way. Of what ended in the first "
    "months of a record it is far too high: those registered before are missing, and judgments "
    "take longest. Compare by year of registration."
)


def build(context: Context) -> Body:
    """Build the report."""
    tally = context.tally("code", "ended_by", "outcome", "reason", "reopened")
    ended = tally.only(code=WITHOUT)
    fold = ReasonFold(context, apart=False)
    tables = [_by_actor(context, ended, fold), _by_reason(context, ended, fold)]
    heads = _headlines(context, tally, ended, fold)
    if context.own and context.unit is Unit.PROSECUTION:
        table = _stated_assessed(context, fold)
        tables.append(table)
        heads += (Headline("differs", DIFFERS, table.figure("total", "differs")),)
    n = tally.sum().n
    return Body(
        headlines=heads,
        tables=tuple(tables),
        definition=DEFINITION,
        n=n,
        notes=(CLOSED_BIAS, *fold.notes),
    )


def _headlines(
    context: Context, tally: Tally, ended: Tally, fold: ReasonFold
) -> tuple[Headline, ...]:
    without, judged = ended.sum(), tally.sum(code=JUDGMENT)
    unknown = ended.sum(reason=fold.none.reasons)
    heads = [
        Headline(
            "ended",
            _("ended without judgment"),
            context.count(without, event_code=str(WITHOUT)),
            ColumnKind.COUNT,
        ),
        Headline(
            "share",
            _("of those that ended by a judgment or without one"),
            share_figure(without.n, without.n + judged.n),
        ),
        Headline(
            "unknown", _("of them without a known reason"), share_figure(unknown.n, without.n)
        ),
    ]
    if context.unit is Unit.PROSECUTION:
        reopened = ended.sum(reopened=True)
        heads.append(
            Headline("reopened", _("of them reopened later"), share_figure(reopened.n, without.n))
        )
    return tuple(heads)


def _by_actor(context: Context, ended: Tally, fold: ReasonFold) -> Table:
    all_ends = ended.sum()
    rows = []
    order = {name: place for place, name in enumerate(context.law.outcomes)}
    for actor in actors_of(context, ended):
        mine = ended.only(ended_by=actor)
        for outcome in sorted(mine.by("outcome"), key=lambda name: order.get(str(name), 999)):
            part = mine.only(outcome=outcome)
            count, unknown = part.sum(), part.sum(reason=fold.none.reasons)
            query = {
                "event_code": str(WITHOUT),
                "ended_by": str(actor) if actor else UNKNOWN,
                "outcome": str(outcome) if outcome else UNKNOWN,
            }
            rows.append(
                Row(
                    f"{actor or UNKNOWN}.{outcome or UNKNOWN}",
                    context.law.actor_label(actor) if actor else _("Not known who"),
                    (
                        _how(context, outcome),
                        context.count(count, **query),
                        share_figure(count.n, all_ends.n),
                        context.count(unknown, **query, reason=NO_REASON),
                        share_figure(unknown.n, count.n),
                    ),
                )
            )
    unknown = ended.sum(reason=fold.none.reasons)
    code = str(WITHOUT)
    total = Row(
        "total",
        _("All"),
        (
            text_figure(""),
            context.count(all_ends, event_code=code),
            share_figure(all_ends.n, all_ends.n),
            context.count(unknown, event_code=code, reason=NO_REASON),
            share_figure(unknown.n, all_ends.n),
        ),
        RowKind.TOTAL,
    )
    return Table(
        BY_ACTOR,
        _("Who ended it, and how"),
        (
            Column("how", _("How it ended"), ColumnKind.TEXT),
            Column("ended", _("Ended without judgment")),
            Column("share", _("Share of all ends without judgment"), ColumnKind.SHARE),
            Column("no_reason", _("No reason known")),
            Column("no_reason_share", _("Share without a known reason"), ColumnKind.SHARE),
        ),
        tuple(rows),
        all_ends.n,
        DEFINITION,
        _("Who ended it"),
        total=total,
        unknown=share_figure(unknown.n, all_ends.n),
        unknown_label=_("No reason known"),
        chart=ChartKind.BARS,
        chart_columns=("share",),
    )


def _how(context: Context, outcome: object) -> Figure:
    if outcome is None:
        return text_figure(_("Not known"))
    if context.unit is Unit.CHARGE:
        return text_figure(context.law.disposition_label(outcome))
    return text_figure(context.law.outcome_label(outcome))


def actors_of(context: Context, ended: Tally) -> list[object]:
    """Return who ended these, in the order of the procedure; others behind, the unknown last."""
    occurring = ended.values("ended_by")
    known = [actor for actor in context.law.actors_of_ends() if actor in occurring]
    rest = [actor for actor in occurring if actor not in known]
    return [*known, *sorted(rest, key=lambda actor: (actor is None, str(actor)))]


def _who(actor: object) -> dict[str, str]:
    return {"ended_by": str(actor) if actor else UNKNOWN}


def _by_reason(context: Context, ended: Tally, fold: ReasonFold) -> Table:
    code = str(WITHOUT)
    actors = actors_of(context, ended)
    rows = []
    for group in fold.groups:
        mine = ended.only(reason=group.reasons)
        cells = [
            context.reason_count(mine.sum(ended_by=actor), group.query, **_who(actor))
            for actor in actors
        ]
        whole = context.reason_count(mine.sum(), group.query)
        share = share_figure(mine.sum().n, ended.sum().n)
        rows.append(Row(group.key, group.label, (*cells, whole, share)))
    everything = ended.sum()
    sums = [
        context.count(ended.sum(ended_by=actor), event_code=code, **_who(actor)) for actor in actors
    ]
    return Table(
        BY_REASON,
        _("Why: the reason stated, by who ended it"),
        (
            *(
                Column(
                    str(actor or UNKNOWN),
                    context.law.actor_label(actor) if actor else _("Not known who"),
                )
                for actor in actors
            ),
            Column("all", _("All")),
            Column("share", _("Share of all ends without judgment"), ColumnKind.SHARE),
        ),
        tuple(rows),
        everything.n,
        _("The main reason that the order or judgment states, by group."),
        _("Reason stated"),
        total=Row(
            "total",
            _("All"),
            (
                *sums,
                context.count(everything, event_code=code),
                share_figure(everything.n, everything.n),
            ),
            RowKind.TOTAL,
        ),
        unknown=share_figure(ended.sum(reason=fold.none.reasons).n, everything.n),
        unknown_label=_("No reason known"),
        chart=ChartKind.STACKED,
        chart_columns=tuple(str(actor or UNKNOWN) for actor in actors),
    )


def _stated_assessed(context: Context, fold: ReasonFold) -> Table:
    tally = context.tally("code", "reason", "assessed").only(code=WITHOUT)
    columns = [group for group in fold.groups if tally.sum(assessed=group.reasons).n]
    known = [group for group in fold.groups if group is not fold.none]
    both = {
        stated.key: {
            group.key: tally.sum(reason=stated.reasons, assessed=group.reasons).n
            for group in known
        }
        for stated in known
    }

    def compared(parts: Iterable[str]) -> tuple[Figure, Figure]:
        n = sum(sum(both[part].values()) for part in parts)
        alike = sum(both[part][part] for part in parts)
        return Figure(n), share_figure(n - alike, n)

    rows = [
        Row(
            stated.key,
            stated.label,
            (
                *(
                    context.plain_count(tally.sum(reason=stated.reasons, assessed=group.reasons))
                    for group in columns
                ),
                context.plain_count(tally.sum(reason=stated.reasons)),
                *compared([stated.key] if stated in known else []),
            ),
        )
        for stated in fold.groups
    ]
    whole = tally.sum()
    unknown = tally.sum(assessed=fold.none.reasons)
    return Table(
        STATED_ASSESSED,
        _("The reason stated (rows) against the reason your monitors assessed (columns)"),
        (
            *(Column(f"assessed_{group.key}", group.label) for group in columns),
            Column("all", _("All")),
            Column("both", _("Stated and assessed")),
            Column("differs", _("Of another group, of those"), ColumnKind.SHARE),
        ),
        tuple(rows),
        whole.n,
        _(
            "Assessed: what a monitor of your organisation concludes. It never leaves your "
            "organisation. The last column says how often it is of another group than the reason "
            "stated, where both are known."
        ),
        _("Reason stated"),
        total=Row(
            "total",
            _("All"),
            (
                *(context.plain_count(tally.sum(assessed=group.reasons)) for group in columns),
                context.plain_count(whole),
                *compared(list(both)),
            ),
            RowKind.TOTAL,
        ),
        unknown=share_figure(unknown.n, whole.n),
        unknown_label=_("No reason assessed"),
    )
