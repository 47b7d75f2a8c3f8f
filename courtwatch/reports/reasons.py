"""The mix of reasons of ends without judgment, what is not known included."""

from __future__ import annotations

from pyramid.i18n import TranslationStringFactory

from courtwatch.reports.context import Body, Context
from courtwatch.reports.ends import DEFINITION
from courtwatch.reports.figures import ZERO, Count, Tally, share_figure
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
from courtwatch.reports.reason_rows import NONE, ReasonFold, ReasonGroup
from courtwatch.reports.words import ReasonWords
from courtwatch.security.visibility import SAYS_NONE
from courtwatch.services.fact_filters import UNKNOWN
from workflows.event_codes import WITHOUT

_ = TranslationStringFactory("courtwatch")

GROUPS = "groups"
CODES = "codes"
ASSESSED = "assessed"
_COLUMNS = (
    Column("ended", _("Ended without judgment")),
    Column("share", _("Share of all ends without judgment"), ColumnKind.SHARE),
    Column("share_of_known", _("Share of those with a known reason"), ColumnKind.SHARE),
)
CODES_MOVE = _(
    "Definitions move figures: when codes of reasons were clarified elsewhere, shares changed by "
    "a third without any change in the courts. Compare periods only under one version of the list."
)

_NO_SHARE = Figure(None, missing=_("not a known reason"))


def build(context: Context) -> Body:
    """Build the report: one count, and one more for an organisation's own record."""
    tally = context.tally("code", "reason").only(code=WITHOUT)
    fold = ReasonFold(context)
    tables = [
        _groups(context, tally, fold, GROUPS, _("Reasons stated, by group")),
        _codes(context, tally),
    ]
    if context.own and context.unit is Unit.PROSECUTION:
        assessed = context.tally("code", "assessed").only(code=WITHOUT)
        renamed = Tally(("code", "reason"), assessed.counts)
        tables.append(
            _groups(context, renamed, fold, ASSESSED, _("Reasons your monitors assessed, by group"))
        )
    whole, unknown = tally.sum(), tally.sum(reason=fold.none.reasons)
    headlines = (
        Headline(
            "ended",
            _("ended without judgment"),
            context.count(whole, event_code=str(WITHOUT)),
            ColumnKind.COUNT,
        ),
        Headline("unknown", _("of them without a known reason"), share_figure(unknown.n, whole.n)),
    )
    return Body(headlines, tuple(tables), DEFINITION, whole.n, (CODES_MOVE, *fold.notes))


def _groups(context: Context, tally: Tally, fold: ReasonFold, key: str, title: Label) -> Table:
    whole, none = tally.sum(), tally.sum(reason=fold.none.reasons)
    stated = key == GROUPS
    rows = [
        _row(
            context,
            tally,
            group,
            group.query if stated else _assessed_query(context, group),
            none.n,
        )
        for group in fold.groups
    ]
    return Table(
        key,
        title,
        _COLUMNS,
        tuple(rows),
        whole.n,
        _("The main reason that the order or judgment states.")
        if stated
        else _("What a monitor of your organisation concludes; it never leaves your organisation."),
        _("Reason"),
        total=_total(context, tally, none.n),
        unknown=share_figure(none.n, whole.n),
        unknown_label=_("No reason known"),
        chart=ChartKind.PARETO,
        chart_columns=("ended",),
    )


def _assessed_query(
    context: Context, group: ReasonGroup
) -> dict[str, str | tuple[str, ...]] | None:
    """Return the filters of assessed reasons; lists cannot ask for 'none assessed'."""
    known = sorted(key for key in group.reasons if key is not None)
    codes = tuple(context.words.reasons[key].code for key in known)
    return None if group.key == NONE or not codes else {"assessed": codes}


def _row(
    context: Context,
    tally: Tally,
    group: ReasonGroup,
    query: dict[str, str | tuple[str, ...]] | None,
    none: int,
) -> Row:
    count = tally.sum(reason=group.reasons)
    return Row(
        group.key,
        group.label,
        (
            context.reason_count(count, query),
            share_figure(count.n, tally.sum().n),
            _of_known(group.key, count.n, tally.sum().n - none),
        ),
    )


def _of_known(key: str, count: int, known: int) -> Figure:
    return _NO_SHARE if key == NONE else share_figure(count, known)


def _total(context: Context, tally: Tally, none: int) -> Row:
    whole = tally.sum()
    return Row(
        "total",
        _("All"),
        (
            context.count(whole, event_code=str(WITHOUT)),
            share_figure(whole.n, whole.n),
            share_figure(whole.n - none, whole.n - none),
        ),
        RowKind.TOTAL,
    )


def _codes(context: Context, tally: Tally) -> Table:
    """Return every reason that occurs, in the order of the list of reasons."""
    fold = ReasonFold(context, apart=False)
    whole, none = tally.sum(), tally.sum(reason=fold.none.reasons).n
    rows = []
    by_code: dict[str, tuple[ReasonWords, Count]] = {}
    # Where allegations are withheld, that none is given is told together with them.
    merged = fold.none.reasons if context.reader.withholds else frozenset({None})
    for key, count in tally.by("reason").items():
        if key in merged:
            continue
        reason = context.words.reasons[int(str(key))]
        earlier = by_code.get(reason.code, (reason, ZERO))  # versions of the list share codes
        by_code[reason.code] = (reason, earlier[1] + count)
    for reason, count in sorted(by_code.values(), key=lambda item: item[0].position):
        nothing = reason.code in SAYS_NONE
        rows.append(
            Row(
                reason.code,
                reason.name,
                (
                    context.reason_count(count, {"reason": reason.code}),
                    share_figure(count.n, whole.n),
                    _NO_SHARE if nothing else share_figure(count.n, whole.n - none),
                ),
            )
        )
    missing = tally.sum(reason=merged)
    label, query = _("None recorded"), fold.none.query
    if context.reader.withholds:
        label = fold.none.label
    else:
        query = {"reason": UNKNOWN}
    rows.append(
        Row(
            NONE,
            label,
            (
                context.reason_count(missing, query),
                share_figure(missing.n, whole.n),
                _NO_SHARE,
            ),
        )
    )
    return Table(
        CODES,
        _("Reasons stated, one by one"),
        _COLUMNS,
        tuple(rows),
        whole.n,
        _("The main reason that the order or judgment states. Reasons that never occur are left "
          "out."),
        _("Reason"),
        total=_total(context, tally, none),
        unknown=share_figure(none, whole.n),
        unknown_label=_("No reason known"),
    )  # fmt: skip
