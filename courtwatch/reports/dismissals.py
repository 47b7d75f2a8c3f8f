"""Ends without judgment looked into: their ground in law, where and when, and what is alleged.

Who ended them and why is the report `ends`, every reason one by one the report `reasons`; what
became of trafficking charges is in `retention`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pyramid.i18n import TranslationStringFactory

from courtwatch.reports import retention
from courtwatch.reports.context import NO_REASON, SENSITIVE_CASES, Body, Context
from courtwatch.reports.ends import CLOSED_BIAS, DEFINITION, actors_of
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
)
from courtwatch.reports.offences import offences_of
from courtwatch.reports.reason_rows import NONE, NONE_LABEL, WITHHELD_LABEL, ReasonFold
from courtwatch.reports.words import NOT_KNOWN
from courtwatch.security.visibility import reads_lawful_marks, viewer_of
from courtwatch.services.fact_filters import UNKNOWN
from workflows.event_codes import JUDGMENT, WITHOUT

_ = TranslationStringFactory("courtwatch")

GROUND, OFFENCES, COURTS, YEARS, SENSITIVE = (
    "ground", "by_offence", "by_court", "by_year", "sensitive",
)  # fmt: skip
STATUTORY, DISCRETIONARY, NO_GROUND, UNMARKED = "S", "D", "N", "-"
CODE = str(WITHOUT)
Query = dict[str, str | tuple[str, ...]]
"""Filters of the list of cases."""
GROUND_WORDS = {
    STATUTORY: _("A ground in law"),
    DISCRETIONARY: _("Left to discretion"),
    NO_GROUND: _("No ground in law"),
    UNMARKED: _("Known, but its ground is not marked"),
}
GROUND_DEFINITION = _(
    "The main reason that the order or judgment states, by whether the law knows it as a ground "
    "for ending a prosecution. A reason that is no ground in law may still be true."
)
UNVERIFIED = _(
    "No lawyer has confirmed ${n} of the ${all} marks used here. They say what the text of the law "
    "seems to say; do not quote them as law."
)
NO_MARKS = _(
    "Whether a reason is a ground in law is shown to monitoring organisations and the ministry "
    "only."
)
NOT_COMPARED = _(
    "In order of name; not adjusted, and no measure of a court: courts differ in their cases. Fair "
    "comparison is the report on institutions."
)
SENSITIVE_DEFINITION = _(
    "Ends without judgment with which a reason of settlement, or of threat and integrity, is "
    "associated: stated by the decision, or assessed by the organisation's own monitors. These are "
    "allegations and not findings; that one is associated does not say that it ended the case."
)
SENSITIVE_FEW = _(
    "Allegations of settlement, threat and integrity are shown to monitoring organisations. To "
    "others a group is shown for the whole country only, from ${n} cases.",
    mapping={"n": str(SENSITIVE_CASES)},
)
ASSESSED_OF = _(
    "Your monitors assessed a reason of ${n} of ${all}. Whatever nobody assessed counts as not "
    "associated unless the decision states it: the last share may be higher, and is not lower."
)
SEE_ALSO = _(
    "Who ended them and why, and in an organisation's own record reasons stated against reasons "
    "assessed, is in the report on ends without judgment; each reason in the report on reasons."
)


def build(context: Context) -> Body:
    """Build the report."""
    ended = context.tally("code", "ended_by", "reason", "end_year").only(code=WITHOUT)
    by_court = context.tally("code", "decided_by", "reason").only(code=WITHOUT)
    by_offence = context.tally("code", "offence", "reason").only(
        code=frozenset({JUDGMENT, WITHOUT})
    )
    marks = _Marks(context)
    whole, unknown = ended.sum(), ended.sum(reason=marks.fold.none.reasons)
    kept = retention.build(context)
    heads = [
        Headline("ended", _("ended without judgment"), context.count(whole, event_code=CODE),
                 ColumnKind.COUNT),
        Headline("unknown", _("of them without a known reason"), share_figure(unknown.n, whole.n)),
    ]  # fmt: skip
    if marks.shown:
        heads.append(
            Headline("no_ground", _("of those with a known reason: no ground in law"),
                     share_figure(ended.sum(reason=marks.keys[NO_GROUND]).n, whole.n - unknown.n))
        )  # fmt: skip
    judged = by_offence.sum(code=JUDGMENT)
    tables = [
        _ground(context, ended, marks),
        _divided(context, by_offence, marks, OFFENCES, _("By offence"), _("Offence"), _offences),
        _divided(context, by_court, marks, COURTS, _("By who decided"), _("Institution"), _courts),
        _divided(context, ended, marks, YEARS, _("By year of the end"), _("Year"), _years),
        _sensitive(context, ended),
        *kept.tables,
    ]
    return Body(
        (*heads, *kept.headlines),
        tuple(tables),
        DEFINITION,
        whole.n + judged.n,
        (SEE_ALSO, CLOSED_BIAS, *marks.fold.notes),
    )


class _Marks:
    """Which reasons are a ground in law, for this reader. What is withheld has no mark."""

    def __init__(self, context: Context) -> None:
        reasons = context.words.reasons
        actor = context.reader.actor
        self.shown = actor is None or reads_lawful_marks(viewer_of(actor))
        self.fold = ReasonFold(context, apart=False)
        hidden = self.fold.none.reasons
        keys: dict[str, set[int]] = {mark: set() for mark in GROUND_WORDS}
        for key, reason in reasons.items():
            if key not in hidden:
                keys.get(reason.lawful or UNMARKED, keys[UNMARKED]).add(key)
        self.keys = {mark: frozenset(found) for mark, found in keys.items()}

    def codes(self, context: Context, mark: str) -> tuple[str, ...]:
        """Return the codes of the reasons with a mark."""
        return tuple(sorted({context.words.reasons[key].code for key in self.keys[mark]}))


def _ground(context: Context, ended: Tally, marks: _Marks) -> Table:
    title = _("Whether the reason stated is a ground in law")
    if not marks.shown:
        return Table(GROUND, title, (), (), 0, GROUND_DEFINITION, _("Ground"), refused=NO_MARKS)
    actors = actors_of(context, ended)
    whole, none = ended.sum(), ended.sum(reason=marks.fold.none.reasons)

    def row(key: str, label: Label, part: Tally, query: Query | None) -> Row:
        count = part.sum()

        def figure(**narrower: str) -> Figure:
            mine = part.sum(**{k: v if v != UNKNOWN else None for k, v in narrower.items()})
            if query is None:
                return context.plain_count(mine)
            return context.count(mine, **{"event_code": CODE, **query, **narrower})

        of_known = (
            Figure(None, missing=_("not a known reason"))
            if key in (NONE, "total")
            else share_figure(count.n, whole.n - none.n)
        )
        cells = [figure(ended_by=str(actor) if actor else UNKNOWN) for actor in actors]
        return Row(key, label, (*cells, figure(), share_figure(count.n, whole.n), of_known))

    rows = [
        row(mark, label, ended.only(reason=marks.keys[mark]),
            {"reason": marks.codes(context, mark)} if marks.keys[mark] else None)
        for mark, label in GROUND_WORDS.items()
        if mark != UNMARKED or ended.sum(reason=marks.keys[mark]).n
    ]  # fmt: skip
    label = WITHHELD_LABEL if marks.fold.withheld else NONE_LABEL
    rows.append(row(NONE, label, ended.only(reason=marks.fold.none.reasons), {"reason": NO_REASON}))
    total = row("total", _("All"), ended, {})
    used = {key for key in ended.values("reason") if key not in marks.fold.none.reasons}
    open_marks = sum(not context.words.reasons[int(str(key))].lawful_verified for key in used)
    about = {"n": str(open_marks), "all": str(len(used))}
    return Table(
        GROUND,
        title,
        (
            *(Column(str(a or UNKNOWN), context.law.actor_label(a) if a else NOT_KNOWN)
              for a in actors),
            Column("all", _("All")),
            Column("share", _("Share of all ends without judgment"), ColumnKind.SHARE),
            Column("of_known", _("Share of those with a known reason"), ColumnKind.SHARE),
        ),
        tuple(rows),
        whole.n,
        GROUND_DEFINITION,
        _("Ground"),
        heading=_(UNVERIFIED, mapping=about) if open_marks else None,
        total=Row("total", total.label, (*total.figures[:-1],
                  share_figure(whole.n - none.n, whole.n - none.n)), RowKind.TOTAL),
        unknown=share_figure(none.n, whole.n),
        unknown_label=_("No reason known"),
        chart=ChartKind.STACKED,
        chart_columns=tuple(str(actor or UNKNOWN) for actor in actors),
    )  # fmt: skip


Part = tuple[Tally, str, Label, Query]


def _offences(context: Context, tally: Tally) -> Iterable[Part]:
    for part, code, label in offences_of(context, tally):
        yield part, code, label, {"offence": code}


def _courts(context: Context, ended: Tally) -> Iterable[Part]:
    words = context.words.institutions
    parts = ended.split("decided_by")
    unknown = parts.pop(None, None)
    named = sorted(
        ((words[int(str(key))], part) for key, part in parts.items()),
        key=lambda item: (item[0].kind, item[0].name.get("en"), item[0].code),
    )
    for place, part in named:
        yield part, place.code, place.name, {"decided_by": place.code}
    if unknown is not None:
        yield unknown, UNKNOWN, NOT_KNOWN, {"decided_by": UNKNOWN}


def _years(context: Context, ended: Tally) -> Iterable[Part]:
    parts = ended.split("end_year")
    unknown = parts.pop(None, None)
    for year in sorted(int(str(key)) for key in parts):
        yield parts[year], f"{year:04}", f"{year:04}", {"ended": f"{year:04}"}
    if unknown is not None:
        yield unknown, UNKNOWN, NOT_KNOWN, {"ended": UNKNOWN}


def _divided(
    context: Context, tally: Tally, marks: _Marks, key: str, title: Label, row_label: Label,
    split: Callable[[Context, Tally], Iterable[Part]],
) -> Table:  # fmt: skip
    """Return ends without judgment by something, with those without a reason or ground."""
    by_offence = key == OFFENCES

    def figures(part: Tally, query: Query) -> tuple[Figure, ...]:
        ended = part.only(code=WITHOUT)
        count, judged = ended.sum(), part.sum(code=JUDGMENT)
        none = ended.sum(reason=marks.fold.none.reasons)
        found = [context.count(count, **{"event_code": CODE, **query})]
        if by_offence:
            found.append(share_figure(count.n, count.n + judged.n))
        found += [
            context.count(none, **{"event_code": CODE, "reason": NO_REASON, **query}),
            share_figure(none.n, count.n),
        ]
        if marks.shown:
            bad = ended.sum(reason=marks.keys[NO_GROUND])
            codes = marks.codes(context, NO_GROUND)
            found += [
                context.count(bad, **{"event_code": CODE, "reason": codes, **query}),
                share_figure(bad.n, count.n - none.n),
            ]
        return tuple(found)

    rows = [
        Row(code, label, figures(part, query))
        for part, code, label, query in split(context, tally)
        if part.sum(code=WITHOUT).n
    ]
    ended = tally.only(code=WITHOUT)
    column = {OFFENCES: "offence", COURTS: "decided_by", YEARS: "end_year"}[key]
    none = ended.sum(**{column: None})
    return Table(
        key,
        title,
        (
            Column("ended", _("Ended without judgment")),
            *((Column("share", _("Of those that ended by a judgment or without one"),
                      ColumnKind.SHARE),) if by_offence else ()),
            Column("no_reason", _("No reason known")),
            Column("no_reason_share", _("Share without a known reason"), ColumnKind.SHARE),
            *((Column("no_ground", _("No ground in law")),
               Column("no_ground_share", _("No ground, of those with a known reason"),
                      ColumnKind.SHARE)) if marks.shown else ()),
        ),
        tuple(rows),
        ended.sum().n,
        DEFINITION,
        row_label,
        heading=NOT_COMPARED if key == COURTS else None,
        total=Row("total", _("All"), figures(tally, {}), RowKind.TOTAL),
        unknown=share_figure(none.n, ended.sum().n),
        unknown_label=NOT_KNOWN,
    )  # fmt: skip


def _sensitive(context: Context, ended: Tally) -> Table:
    """Return the shares of settlement, and of threat and integrity."""
    fold = ReasonFold(context)  # shown for the whole country, from ten cases
    title = _("Settlement, threat and integrity")
    groups = [group for group in fold.groups if group.key in context.restricted_groups]
    if not groups:
        return Table(
            SENSITIVE, title, (), (), 0, SENSITIVE_DEFINITION, _("Allegation"),
            refused=SENSITIVE_FEW,
        )  # fmt: skip
    whole = ended.sum()
    assessed = context.tally("code", "reason", "assessed") if context.own else None
    columns = [
        Column("stated", _("Stated by the decision")),
        Column("stated_share", _("Share of all ends without judgment"), ColumnKind.SHARE),
    ]
    if assessed is not None:
        columns += [
            Column("assessed", _("Assessed by your monitors")),
            Column("either", _("Stated or assessed")),
            Column("either_share", _("Stated or assessed: share"), ColumnKind.SHARE),
        ]
    rows = []
    for group in groups:
        count = ended.sum(reason=group.reasons)
        figures = [context.reason_count(count, group.query), share_figure(count.n, whole.n)]
        if assessed is not None:
            mine = assessed.only(code=WITHOUT)
            said = mine.sum(assessed=group.reasons)
            both = mine.sum(assessed=group.reasons, reason=group.reasons)
            either = said + count - both
            codes = sorted(context.words.reasons[int(str(key))].code for key in group.reasons)
            query: Query = {"assessed": tuple(codes)}
            figures += [
                context.reason_count(said, query),
                context.plain_count(either),
                share_figure(either.n, whole.n),
            ]
        rows.append(Row(group.key, group.label, tuple(figures)))
    hidden = fold.withheld
    notes: list[Label] = [SENSITIVE_FEW] if hidden or context.reader.withholds else []
    if assessed is not None:
        known = whole - assessed.sum(code=WITHOUT, assessed=fold.none.reasons)
        notes.append(_(ASSESSED_OF, mapping={"n": f"{known.n:,}", "all": f"{whole.n:,}"}))
    return Table(
        SENSITIVE,
        title,
        tuple(columns),
        tuple(rows),
        whole.n,
        SENSITIVE_DEFINITION,
        _("Allegation"),
        notes=tuple(notes),
        unknown=share_figure(ended.sum(reason=fold.none.reasons).n, whole.n),
        unknown_label=WITHHELD_LABEL if hidden else NONE_LABEL,
    )
