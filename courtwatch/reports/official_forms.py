"""The tables of UN-CTS, GLOTIP and US TIP, and which prosecutions each figure opens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from pyramid.i18n import TranslationStringFactory

from courtwatch.reports import official_words as words
from courtwatch.reports.context import Context
from courtwatch.reports.figures import Tally, share_figure
from courtwatch.reports.model import Column, Figure, Label, Row, RowKind, Table
from courtwatch.reports.official_ncct import ncct
from courtwatch.reports.official_parts import (
    Made,
    Query,
    Span,
    folded,
    trafficking_codes,
    trafficking_of,
    year_of,
)
from courtwatch.reports.official_rows import AGE_BANDS, AGES, SEXES, Facts, OffenceClass
from courtwatch.reports.official_totals import narrower
from courtwatch.reports.words import NOT_KNOWN
from courtwatch.services.fact_filters import UNKNOWN

_ = TranslationStringFactory("courtwatch")

YEARS = 5


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


def _un_cts(facts: Facts, span: Span, law: Mapping[int, OffenceClass]) -> Made:
    context = facts.context
    spans = tuple(year_of(year) for year in range(span.first.year - YEARS + 1, span.first.year + 1))
    tables: list[Table] = []
    whole: dict[str, Tally] = {}
    for stage in words.STAGES:
        part = facts.tally(stage, spans[0].first, span.after, "year", "offence",
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
    parts, queries = folded(part, law, lambda o, e: _class_of(law, o, e))
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


def _glotip(facts: Facts, span: Span, law: Mapping[int, OffenceClass]) -> Made:
    context = facts.context
    came = {
        stage: facts.tally(stage, span.first, span.after, "offence", "exploitation", "sex",
                     "age")
        for stage in words.STAGES
    }  # fmt: skip
    whole = {stage: trafficking_of(part, law) for stage, part in came.items()}
    codes = trafficking_codes(law)
    articles = [
        (each.code, each.name, {"offence": each.code}, {"offence": key})
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


def _us_tip(facts: Facts, span: Span, law: Mapping[int, OffenceClass]) -> Made:
    context = facts.context
    before = year_of(span.first.year - 1)
    codes = trafficking_codes(law)
    came = {
        stage: facts.tally(stage, before.first, span.after, "year", "offence", "exploitation",
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
            parts, queries = folded(part, law, lambda _o, e: _tip_form(e))
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


FORMS: Mapping[str, Callable[[Facts, Span, Mapping[int, OffenceClass]], Made]] = (
    MappingProxyType(
        {words.UN_CTS: _un_cts, words.GLOTIP: _glotip, words.US_TIP: _us_tip, words.NCCT: ncct}
    )
)
