"""The tables of each form: how a stage is divided, and which prosecutions each figure opens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from pyramid.i18n import TranslationStringFactory
from sqlalchemy import and_, case, func, or_

from courtwatch.models import ProsecutionFact
from courtwatch.reports import official_words as words
from courtwatch.reports.context import Context
from courtwatch.reports.figures import Count, Tally, share_figure
from courtwatch.reports.model import (
    Column,
    Figure,
    Label,
    Row,
    RowKind,
    Table,
)
from courtwatch.reports.official_rows import (
    AGE_BANDS,
    AGES,
    SEXES,
    OffenceClass,
    tally,
)
from courtwatch.reports.official_totals import (
    STAGES,
    narrower,
)
from courtwatch.reports.words import NOT_KNOWN, UNKNOWN
from courtwatch.services.reference_totals import Stage, period_of

_ = TranslationStringFactory("courtwatch")

YEARS = 5
UNDATED = "undated"
Query = dict[str, str | tuple[str, ...]]


@dataclass(frozen=True)
class Span:
    """The period of a table: `first` until before `after`."""

    first: date
    after: date
    label: str

    @property
    def period(self) -> str:
        """Return it as filters write it."""
        return period_of(self.first, self.after - timedelta(days=1))


@dataclass(frozen=True)
class Made:
    """One form's tables, the periods they are of, and its own tallies by stage.

    `whole` are those whom the form counts; `came` all who came to a stage, whatever the offence:
    of whom no offence is known nobody can say whether they belong into a form of trafficking.
    """

    tables: tuple[Table, ...]
    spans: tuple[Span, ...]
    whole: Mapping[str, Tally]
    came: Mapping[str, Tally]
    queries: Mapping[str, Query]
    rules: tuple[Label, ...]


def year_of(year: int) -> Span:
    """Return a calendar year."""
    return Span(date(year, 1, 1), date(year + 1, 1, 1), str(year))


def _class_of(law: Mapping[int, OffenceClass], offence: object, exploitation: object) -> str:
    """Return the class of ICCS at which a prosecution counts."""
    if offence is None:
        return UNKNOWN
    found = law.get(int(str(offence)))
    if found is None or not found.iccs:
        return words.NO_CLASS
    if found.iccs == "0204":
        return words.FORM_CLASSES.get(str(exploitation), "0204")
    return found.iccs


def _folded(
    part: Tally, law: Mapping[int, OffenceClass], fold: Callable[[object, object], str]
) -> tuple[dict[str, Tally], dict[str, Query]]:
    """Return parts by a class of offence and exploitation, and the filters that list each."""
    offence, form = part.names.index("offence"), part.names.index("exploitation")
    parts: dict[str, dict[Any, Count]] = {}
    codes: dict[str, dict[str, None]] = {}
    forms: dict[str, dict[str, None]] = {}
    for key, count in part.counts.items():
        name = fold(key[offence], key[form])
        parts.setdefault(name, {})[key] = count
        code = UNKNOWN if key[offence] is None else law[int(str(key[offence]))].code
        codes.setdefault(name, {})[code] = None
        forms.setdefault(name, {})[str(key[form])] = None
    queries: dict[str, Query] = {}
    for name in parts:
        queries[name] = {"offence": tuple(sorted(codes[name]))}
        if name in words.FORM_OF_CLASS or name in words.TIP_COLUMNS:
            queries[name]["exploitation"] = tuple(sorted(forms[name]))
    return {name: Tally(part.names, counts) for name, counts in parts.items()}, queries


def _un_cts(context: Context, span: Span, law: Mapping[int, OffenceClass]) -> Made:
    spans = tuple(year_of(year) for year in range(span.first.year - YEARS + 1, span.first.year + 1))
    tables: list[Table] = []
    whole: dict[str, Tally] = {}
    for stage in words.STAGES:
        part = tally(context, stage, spans[0].first, span.after, "year", "offence",
                     "exploitation", "sex", "age")  # fmt: skip
        whole[stage] = part.only(year=span.first.year)
        tables.append(_by_class(context, stage, part, spans, law))
        tables.append(_by_person(context, stage, whole[stage], span))
    queries = {stage: narrower(context, stage, span.period) for stage in words.STAGES}
    rules = (words.OFFENCE_RULE, words.AGE_RULE)
    return Made(tuple(tables), spans, whole, whole, queries, rules)


def _by_class(
    context: Context, stage: str, part: Tally, spans: tuple[Span, ...],
    law: Mapping[int, OffenceClass],
) -> Table:  # fmt: skip
    parts, queries = _folded(part, law, lambda o, e: _class_of(law, o, e))
    columns = tuple(Column(span.label, span.label) for span in spans)

    def figures(mine: Tally, query: Query) -> tuple[Figure, ...]:
        return tuple(
            context.count(
                mine.sum(year=span.first.year), **query, **narrower(context, stage, span.period)
            )
            for span in spans
        )

    last = {words.NO_CLASS: 1, UNKNOWN: 2}
    names = {words.NO_CLASS: words.NOT_MAPPED, UNKNOWN: NOT_KNOWN}
    rows = tuple(
        Row(name, names.get(name) or words.CLASSES.get(name, name),
            figures(parts[name], queries[name]), remark=name if name not in names else None)
        for name in sorted(parts, key=lambda each: (last.get(each, 0), each))
    )  # fmt: skip
    unknown = part.sum(offence=None)
    return Table(
        f"{stage}_offence",
        _("By offence (ICCS) and year"),
        columns,
        rows,
        part.sum().n,
        words.OFFENCE_RULE,
        _("Class of ICCS"),
        subject=words.STAGES[stage],
        total=Row("total", _("All"), figures(part, {}), RowKind.TOTAL),
        unknown=share_figure(unknown.n, part.sum().n),
        unknown_label=_("Offence not known"),
    )


def _by_person(context: Context, stage: str, part: Tally, span: Span) -> Table:
    columns = (*(Column(age, words.AGES[age]) for age in AGES), Column("all", _("All")))
    when = narrower(context, stage, span.period)

    def figures(mine: Tally, query: Query) -> tuple[Figure, ...]:
        return (
            *(context.count(mine.sum(age=age), **query, age_band=AGE_BANDS[age], **when)
              for age in AGES),
            context.count(mine.sum(), **query, **when),
        )  # fmt: skip

    rows = tuple(
        Row(sex, words.SEXES[sex], figures(part.only(sex=sex), {"sex": sex})) for sex in SEXES
    )
    known = part.sum() - part.sum(sex=UNKNOWN)
    return Table(
        f"{stage}_person",
        _("By sex and age, ${year}", mapping={"year": span.label}),
        columns,
        rows,
        part.sum().n,
        words.AGE_RULE,
        _("Sex"),
        subject=words.STAGES[stage],
        total=Row("total", _("All"), figures(part, {}), RowKind.TOTAL),
        unknown=share_figure(part.sum().n - known.n, part.sum().n),
        unknown_label=_("Sex not known"),
    )


def trafficking_of(part: Tally, law: Mapping[int, OffenceClass]) -> Tally:
    """Return the part that counts at an offence of trafficking."""
    wanted = frozenset(key for key, each in law.items() if each.trafficking)
    return part.only(offence=wanted)


def _trafficking_codes(law: Mapping[int, OffenceClass]) -> tuple[str, ...]:
    return tuple(sorted(each.code for each in law.values() if each.trafficking))


def _glotip(context: Context, span: Span, law: Mapping[int, OffenceClass]) -> Made:
    came = {
        stage: tally(context, stage, span.first, span.after, "offence", "exploitation", "sex",
                     "age")
        for stage in words.STAGES
    }  # fmt: skip
    whole = {stage: trafficking_of(part, law) for stage, part in came.items()}
    codes = _trafficking_codes(law)
    articles = [
        (each.code, _article(each), {"offence": each.code}, {"offence": key})
        for key, each in sorted(law.items())
        if each.trafficking and any(part.sum(offence=key).n for part in whole.values())
    ]
    persons = [
        (sex, words.SEXES[sex], {"sex": sex, "offence": codes}, {"sex": sex}) for sex in SEXES
    ]
    tables = (
        _by_stage(context, "articles", _("By article of the law"), _("Article"), articles, whole,
                  span, codes),
        _by_stage(context, "sex", _("By sex"), _("Sex"), persons, whole, span, codes),
    )  # fmt: skip
    return Made(tables, (span,), whole, came, _queries(context, span, codes),
                 (words.TRAFFICKING_RULE, words.OFFENCE_RULE))  # fmt: skip


def _article(each: OffenceClass) -> Label:
    return each.name


def _queries(context: Context, span: Span, codes: tuple[str, ...]) -> dict[str, Query]:
    return {
        stage: narrower(context, stage, span.period) | {"offence": codes}
        for stage in words.STAGES
    }


def _by_stage(
    context: Context, key: str, title: Label, label: Label,
    rows: Iterable[tuple[str, Label, Any, Any]], whole: Mapping[str, Tally], span: Span,
    codes: tuple[str, ...],
) -> Table:  # fmt: skip
    columns = tuple(Column(stage, words.STAGES[stage]) for stage in words.STAGES)

    def figures(query: Query, wanted: Mapping[str, object]) -> tuple[Figure, ...]:
        return tuple(
            context.count(
                whole[stage].sum(**wanted), **query, **narrower(context, stage, span.period)
            )
            for stage in words.STAGES
        )

    found = tuple(Row(code, name, figures(query, wanted)) for code, name, query, wanted in rows)
    return Table(
        key, title, columns, found, sum(part.sum().n for part in whole.values()),
        words.TRAFFICKING_RULE, label, subject=span.label,
        total=Row("total", _("All"), figures({"offence": codes}, {}), RowKind.TOTAL),
    )  # fmt: skip


def _us_tip(context: Context, span: Span, law: Mapping[int, OffenceClass]) -> Made:
    before = year_of(span.first.year - 1)
    codes = _trafficking_codes(law)
    came = {
        stage: tally(context, stage, before.first, span.after, "year", "offence", "exploitation",
                     "sex", "age", "official")
        for stage in words.STAGES
    }  # fmt: skip
    both = {stage: trafficking_of(part, law) for stage, part in came.items()}
    columns = (*(Column(k, label) for k, label in words.TIP_COLUMNS.items()),
               Column("all", _("All")))  # fmt: skip
    rows = []
    for stage, every in both.items():
        for each in (span, before):
            part = every.only(year=each.first.year)
            parts, queries = _folded(part, law, lambda _o, e: _tip_form(e))
            when = narrower(context, stage, each.period)
            figures = (
                *(context.count(parts[k].sum(), **queries[k], **when) if k in parts else Figure(0)
                  for k in words.TIP_COLUMNS),
                context.count(part.sum(), offence=codes, **when),
            )  # fmt: skip
            rows.append(Row(f"{stage}_{each.label}", words.STAGES[stage], figures, RowKind.DETAIL,
                            each.label))  # fmt: skip
    actions = Table(
        "actions", _("Investigations, prosecutions, convictions"), columns, tuple(rows),
        sum(part.sum().n for part in both.values()), words.ACTION_RULE, _("Action, year"),
        notes=(words.PURPOSE_RULE,),
    )  # fmt: skip
    whole = {stage: part.only(year=span.first.year) for stage, part in both.items()}
    queries = _queries(context, span, codes)
    officials = Table(
        "officials", _("Officials among them, ${year}", mapping={"year": span.label}),
        (Column("yes", _("Official")), Column("no", _("Not an official")),
         Column(UNKNOWN, NOT_KNOWN), Column("all", _("All"))),
        tuple(
            Row(stage, words.STAGES[stage], (
                *(context.count(whole[stage].sum(official=said), official=said, **queries[stage])
                  for said in ("yes", "no", UNKNOWN)),
                context.count(whole[stage].sum(), **queries[stage]),
            ), RowKind.DETAIL)
            for stage in words.STAGES
        ),
        sum(part.sum().n for part in whole.values()), words.ACTION_RULE, _("Action"),
    )  # fmt: skip
    came = {stage: part.only(year=span.first.year) for stage, part in came.items()}
    return Made((actions, officials), (before, span), whole, came, queries,
                 (words.TRAFFICKING_RULE, words.OFFENCE_RULE))  # fmt: skip


def _tip_form(exploitation: object) -> str:
    return words.FORM_OF_CLASS[words.FORM_CLASSES.get(str(exploitation), "0204")]


def _group_of(law: Mapping[int, OffenceClass], offence: object) -> str:
    if offence is None:
        return UNKNOWN
    found = law.get(int(str(offence)))
    if found is None:
        return "other"
    if found.trafficking:
        return "trafficking"
    return "sexual" if (found.iccs or "").startswith("03") else "other"


def _ncct(context: Context, span: Span, law: Mapping[int, OffenceClass]) -> Made:
    whole = {
        stage: tally(context, stage, span.first, span.after, "offence", "exploitation", "sex",
                     "age")
        for stage in (*words.STAGES, Stage.ARREST)
    }  # fmt: skip
    stages = (Stage.REGISTRATION, Stage.ARREST, Stage.CHARGE, Stage.CONVICTION)
    folded = {stage: _folded(whole[stage], law, lambda o, _e: _group_of(law, o))
              for stage in stages}  # fmt: skip
    columns = (Column("cases", _("Cases registered")),
               *(Column(stage, STAGES[stage]) for stage in stages))  # fmt: skip
    cases = _cases(context, span, law)
    rows = tuple(
        Row(group, label, (
            context.plain_count(cases[group]),
            *(
                context.count(folded[s][0][group].sum(), **folded[s][1][group],
                              **narrower(context, s, span.period))
                if group in folded[s][0] else Figure(0)
                for s in stages
            ),
        ))
        for group, label in words.GROUPS.items()
    )  # fmt: skip
    total = (
        context.plain_count(cases["total"]),
        *(context.count(whole[s].sum(), **narrower(context, s, span.period)) for s in stages),
    )
    entered = Table(
        "entered", _("Cases and accused of the half-year"), columns, rows,
        whole[Stage.REGISTRATION].sum().n, words.STAGE_RULE, _("Offence"), subject=span.label,
        total=Row("total", _("All"), total, RowKind.TOTAL), notes=(words.CASES_RULE,),
    )  # fmt: skip
    own = {stage: whole[stage] for stage in words.STAGES}
    queries = {stage: narrower(context, stage, span.period) for stage in words.STAGES}
    return Made((entered, _courts(context, span)), (span,), own, own, queries,
                 (words.OFFENCE_RULE,))  # fmt: skip


def _cases(context: Context, span: Span, law: Mapping[int, OffenceClass]) -> dict[str, Count]:
    """Count distinct cases registered, by group of offence and in all: two queries."""
    fact = ProsecutionFact
    groups = {key: _group_of(law, key) for key in law}
    group = case(groups, value=fact.offence_id, else_=UNKNOWN) if groups else fact.sex
    distinct: Any = func.count(func.distinct(fact.case_id))
    when = (fact.registered_on >= span.first, fact.registered_on < span.after)
    found = dict.fromkeys(words.GROUPS, Count())
    for name, n in context.session.execute(
        context.population.select(group, distinct).where(*when).group_by(group)
    ):
        found[name] = Count(n, 0)
    total = context.session.scalar(context.population.select(distinct).where(*when)) or 0
    return found | {"total": Count(total, 0)}


def _courts(context: Context, span: Span) -> Table:
    """Return what was before the courts: old and new, and what became of it in the half-year."""
    fact = ProsecutionFact
    last = span.after - timedelta(days=1)
    kinds = {
        UNDATED: and_(fact.ended_on.is_(None), fact.event_code != 0),
        "judged": and_(fact.ended_on < span.after, fact.event_code == 1),
        "without": and_(fact.ended_on < span.after, fact.event_code == 2),
        "outside": and_(fact.ended_on < span.after, fact.event_code == 3),
    }
    became = case(*((when, name) for name, when in kinds.items()), else_="pending")
    age = case((fact.charged_on < span.first, "old"), else_="new")
    visible = func.sum(case((context.reader.visible(), 1), else_=0))
    query = context.population.select(age, became, func.count(), visible).where(
        fact.charged_on < span.after,
        or_(fact.ended_on.is_(None), fact.ended_on >= span.first),
    )
    counts: dict[tuple[object, ...], Count] = {
        (row[0], row[1]): Count(row[2], row[3] or 0)
        for row in context.session.execute(query.group_by(age, became))
    }
    every = Tally(("age", "became"), counts)
    part = every.without(became=UNDATED)
    before = f"..{(span.first - timedelta(days=1)).isoformat()}"
    charged = {"old": before, "new": span.period, "total": f"..{last.isoformat()}"}
    lasting = (f"{span.first.isoformat()}..", UNKNOWN)
    ended: dict[str, Query] = {
        "all": {"ended": lasting},
        "judged": {"ended": span.period, "event_code": "1"},
        "without": {"ended": span.period, "event_code": "2"},
        "outside": {"ended": span.period, "event_code": "3"},
        "pending": {"ended": (f"{span.after.isoformat()}..", UNKNOWN)},
    }
    labels = {
        "all": _("Before the courts"),
        "judged": _("Judged in it"),
        "without": _("Ended without judgment in it"),
        "outside": _("Ended outside control in it"),
        "pending": _("Pending at its end"),
    }

    def figure(mine: Tally, name: str, key: str, listed: bool) -> Figure:
        count = mine.sum() if key == "all" else mine.sum(became=key)
        # A list of those whose day of ending is not there can't leave out who has ended.
        if not listed and UNKNOWN in ended[key]["ended"]:
            return context.plain_count(count)
        return context.count(count, charged=charged[name], **ended[key])

    def figures(name: str) -> tuple[Figure, ...]:
        whole = every if name == "total" else every.only(age=name)
        listed = whole.sum(became=UNDATED).n == 0
        mine = whole.without(became=UNDATED)
        return tuple(figure(mine, name, key, listed) for key in labels)

    return Table(
        "courts", _("Before the courts"),
        tuple(Column(key, label) for key, label in labels.items()),
        (Row("old", _("Old"), figures("old")), Row("new", _("New"), figures("new"))),
        part.sum().n, words.COURT_RULE, _("When charged"), subject=span.label,
        total=Row("total", _("All"), figures("total"), RowKind.TOTAL),
        unknown=share_figure(every.sum(became=UNDATED).n, every.sum().n),
        unknown_label=_("Ended on a day that is not known, not in this table"),
    )  # fmt: skip


FORMS: Mapping[str, Callable[[Context, Span, Mapping[int, OffenceClass]], Made]] = (
    MappingProxyType(
        {words.UN_CTS: _un_cts, words.GLOTIP: _glotip, words.US_TIP: _us_tip, words.NCCT: _ncct}
    )
)
