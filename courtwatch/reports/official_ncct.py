"""The NCCT's half-year: what came in, and what was before the courts, old and new."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pyramid.i18n import TranslationStringFactory
from sqlalchemy import and_, case, func, or_

from courtwatch.models import ProsecutionFact
from courtwatch.reports import official_words as words
from courtwatch.reports.context import Context
from courtwatch.reports.figures import Count, Tally, share_figure
from courtwatch.reports.model import Column, Figure, Row, RowKind, Table
from courtwatch.reports.official_parts import Made, Query, Span, folded
from courtwatch.reports.official_rows import Facts, OffenceClass
from courtwatch.reports.official_totals import STAGES, narrower
from courtwatch.services.fact_filters import UNKNOWN
from courtwatch.services.reference_totals import Stage
from workflows.event_codes import JUDGMENT, OPEN, OUTSIDE, WITHOUT

_ = TranslationStringFactory("courtwatch")

UNDATED = "undated"


def _group_of(law: Mapping[int, OffenceClass], offence: object) -> str:
    if offence is None:
        return UNKNOWN
    found = law.get(int(str(offence)))
    if found is None:
        return "other"
    if found.trafficking:
        return "trafficking"
    return "sexual" if (found.iccs or "").startswith("03") else "other"


def ncct(facts: Facts, span: Span, law: Mapping[int, OffenceClass]) -> Made:
    """Return the form: cases and accused of the half-year, and what was before the courts."""
    context = facts.context
    whole = {
        stage: facts.tally(stage, span.first, span.after, "offence", "exploitation", "sex",
                     "age")
        for stage in (*words.STAGES, Stage.ARREST)
    }  # fmt: skip
    stages = (Stage.REGISTRATION, Stage.ARREST, Stage.CHARGE, Stage.CONVICTION)
    parts = {
        stage: folded(whole[stage], law, lambda o, _e: _group_of(law, o)) for stage in stages
    }
    columns = (Column("cases", _("Cases registered")),
               *(Column(stage, STAGES[stage]) for stage in stages))  # fmt: skip
    cases = _cases(context, span, law)
    rows = tuple(
        Row(group, label, (
            context.plain_count(cases[group]),
            *(
                context.count(parts[s][0][group].sum(), **parts[s][1][group],
                              **narrower(context, s, span.period))
                if group in parts[s][0] else Figure(0)
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
        UNDATED: and_(fact.ended_on.is_(None), fact.event_code != OPEN),
        "judged": and_(fact.ended_on < span.after, fact.event_code == JUDGMENT),
        "without": and_(fact.ended_on < span.after, fact.event_code == WITHOUT),
        "outside": and_(fact.ended_on < span.after, fact.event_code == OUTSIDE),
    }
    became = case(*((when, name) for name, when in kinds.items()), else_="pending")
    age = case((fact.charged_on < span.first, "old"), else_="new")
    visible = func.sum(case((context.population.visible(), 1), else_=0))
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
        "judged": {"ended": span.period, "event_code": str(JUDGMENT)},
        "without": {"ended": span.period, "event_code": str(WITHOUT)},
        "outside": {"ended": span.period, "event_code": str(OUTSIDE)},
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
