"""Ours beside theirs: official totals that were on record, and what we count of the same.

A total is of a stage, counted by the day on which a prosecution came to it, in a period of whole
months, of one court or all, of one offence or all. `beside` finds the totals that a report's
selection holds and counts the same prosecutions of ours; `coverage` says it in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from pyramid.i18n import TranslationStringFactory
from sqlalchemy import case, func

from courtwatch.models import ProsecutionFact, ReferenceTotal
from courtwatch.reports.context import Context
from courtwatch.reports.figures import Count
from courtwatch.reports.model import Label, Unit
from courtwatch.services import periods
from courtwatch.services.fact_filters import FactFilters
from courtwatch.services.reference_totals import Counted, Stage, on_record, period_of
from courtwatch.statistics.coverage import bounds
from workflows.elements import OutcomeGroup
from workflows.event_codes import JUDGMENT, WITHOUT

_ = TranslationStringFactory("courtwatch")

STAGES: Mapping[str, Label] = MappingProxyType(
    {
        Stage.ARREST: _("Arrested"),
        Stage.REGISTRATION: _("Registered"),
        Stage.CHARGE: _("Formally charged"),
        Stage.JUDGMENT: _("Judged"),
        Stage.CONVICTION: _("Convicted"),
    }
)
COUNTED: Mapping[str, Label] = MappingProxyType(
    {
        Counted.PROSECUTION: _("prosecutions"),
        Counted.PERSON: _("persons"),
        Counted.CASE: _("cases"),
    }
)
COVERAGE_UNKNOWN = _(
    "Coverage unknown: nobody has told how many prosecutions there were in all. The record is what "
    "monitors and registers brought in, not a sample that was drawn."
)
COVERAGE_OF_PROSECUTIONS = _(
    "Coverage is told of prosecutions alone: count prosecutions to see what is known of it."
)
COVERAGE_NARROWER = _(
    "Coverage unknown for this selection: official totals are known by court, offence and period "
    "alone (on record from: ${sources})."
)
COVERAGE_NONE_FITS = _(
    "Coverage unknown for this selection: none of the official totals on record is of its courts, "
    "offences and period (on record from: ${sources})."
)
COVERAGE_TOLD = _("Coverage: ours beside the official totals on record.")
BESIDE = _("${period}: ours ${ours}, theirs ${theirs} (${source})")
SHARE = _("${share} of theirs.")
AT_MOST = _("at most ${share} of theirs: they count persons, and one person can have several.")
MORE = _("ours are more: their total is not of all that we count.")
MORE_THAN_PERSONS = _(
    "ours are more, as they may be: they count persons, and one person can have several."
)
NO_BOUNDS = _("no bounds can be given.")
BOUNDS = _(
    "Of all of theirs, between ${lower} and ${upper} ended without judgment so far, whatever "
    "became of those that we do not know."
)
TIPPING = _(
    "If the odds of ending so were half of ours among those that we do not know: ${halved}; if "
    "twice ours: ${doubled}."
)
OLDER = _("Official totals of ${n} more are on record.")
_DAYS: Mapping[str, Any] = MappingProxyType(
    {
        Stage.ARREST: ProsecutionFact.arrested_on,
        Stage.REGISTRATION: ProsecutionFact.registered_on,
        Stage.CHARGE: ProsecutionFact.charged_on,
        Stage.JUDGMENT: ProsecutionFact.ended_on,
        Stage.CONVICTION: ProsecutionFact.ended_on,
    }
)
_BY_PERIOD = {"cohort": Stage.REGISTRATION, "arrested": Stage.ARREST, "charged": Stage.CHARGE}
_BEGUN = (Stage.ARREST, Stage.REGISTRATION, Stage.CHARGE)
"""Stages whose prosecutions have their end still before them: what became of all can be bounded."""
_FITTING = frozenset({"jurisdiction", "known_at", "court", "offence", *_BY_PERIOD})
SHOWN = 4


@dataclass(frozen=True)
class Beside:
    """One official total, and what we count of the same; `filters` None: no list shows it."""

    total: ReferenceTotal
    period: str
    ours: Count
    without: int
    filters: FactFilters | None

    @property
    def gap(self) -> int:
        """Return how many more they count than we do."""
        return self.total.count - self.ours.n


def convictions(context: Context) -> tuple[str, ...]:
    """Return the outcomes that find somebody guilty, in the order of the procedure."""
    law = context.law
    return tuple(
        outcome.name
        for outcome in law.outcomes.values()
        if outcome.group is OutcomeGroup.JUDGMENT
        and any(
            law.dispositions[name].conviction
            for name in outcome.dispositions
            if name in law.dispositions
        )
    )


def narrower(context: Context, stage: str, period: str) -> dict[str, str | tuple[str, ...]]:
    """Return the filters that list the prosecutions which came to a stage in a period."""
    if stage == Stage.JUDGMENT:
        return {"ended": period, "event_code": str(JUDGMENT)}
    if stage == Stage.CONVICTION:
        return {"ended": period, "outcome": convictions(context)}
    return {{v: k for k, v in _BY_PERIOD.items()}[Stage(stage)]: period}


def came_to(context: Context, stage: str) -> list[Any]:
    """Return the predicates of having come to a stage, on whatever day."""
    if stage == Stage.JUDGMENT:
        return [ProsecutionFact.event_code == JUDGMENT]
    if stage == Stage.CONVICTION:
        return [ProsecutionFact.outcome.in_(convictions(context))]
    return []


def day_of(stage: str) -> Any:
    """Return the column of the day on which a prosecution came to a stage."""
    return _DAYS[Stage(stage)]


def totals_of(context: Context) -> list[ReferenceTotal]:
    """Return the official totals that were on record at the report's moment."""
    return on_record(context.session, context.jurisdiction.id, context.filters.known_at)


def beside(context: Context, totals: Iterable[ReferenceTotal]) -> list[Beside]:
    """Count ours of the same as each total, within the report's filters.

    Totals of a court or an offence that the filters leave out are left out, and so are those
    whose stage or unit nobody knows. One query for each stage, and one for each total of cases.
    """
    wanted = [
        total
        for total in totals
        if total.stage in set(Stage)
        and total.unit in set(Counted)
        and _within(context.filters.court, _code(context.words.institutions, total.institution_id))
        and _within(context.filters.offence, _code(context.words.offences, total.offence_id))
    ]
    ours = _Ours(context, wanted)
    return [_beside(context, ours, total) for total in wanted]


def narrower_than_totals(context: Context) -> Label:
    """Return the refusal where filters leave out what any total counts; None where they don't."""
    totals = totals_of(context)
    used = {name for name, _value in context.filters.pairs()}
    if not totals or used <= _FITTING - set(_BY_PERIOD):
        return None
    sources = ", ".join(sorted({total.source for total in totals}))
    return _(COVERAGE_NARROWER, mapping={"sources": sources})


def coverage(context: Context) -> tuple[Label, tuple[tuple[Label, ...], ...]]:
    """Return what is known of the coverage of a report, and a line for each total beside it."""
    if context.unit is not Unit.PROSECUTION:
        return COVERAGE_OF_PROSECUTIONS, ()
    totals = totals_of(context)
    if not totals:
        return COVERAGE_UNKNOWN, ()
    sources = ", ".join(sorted({total.source for total in totals}))
    filters = context.filters
    used = {name for name, _value in filters.pairs()}
    if not used <= _FITTING or len(used & set(_BY_PERIOD)) > 1:
        return _(COVERAGE_NARROWER, mapping={"sources": sources}), ()
    fitting = _fitting(context, totals)
    if not fitting:
        return _(COVERAGE_NONE_FITS, mapping={"sources": sources}), ()
    # The latest first: people ask of the present.
    fitting.sort(key=lambda t: (t.period_to, t.period_from), reverse=True)
    lines = [in_words(each) for each in beside(context, fitting[:SHOWN])]
    if len(fitting) > SHOWN:
        lines.append((_(OLDER, mapping={"n": str(len(fitting) - SHOWN)}),))
    return COVERAGE_TOLD, tuple(lines)


def more_than(total: ReferenceTotal) -> Label:
    """Return what it means that ours are more than a total."""
    return MORE_THAN_PERSONS if total.unit == Counted.PERSON else MORE


def in_words(each: Beside) -> tuple[Label, ...]:
    """Return a total and ours in words: what, how many, which share, and what follows."""
    total, ours = each.total, each.ours.n
    figures = {
        "period": each.period, "ours": f"{ours:,}", "theirs": f"{total.count:,}",
        "source": total.source,
    }  # fmt: skip
    said: list[Label] = [STAGES[total.stage or ""], _(BESIDE, mapping=figures)]
    if ours > total.count or total.count == 0:
        return (*said, more_than(total) if ours > total.count else NO_BOUNDS)
    share = {"share": _percent(ours / total.count)}
    if total.unit != Counted.PROSECUTION:
        return (*said, _(AT_MOST, mapping=share))
    said.append(_(SHARE, mapping=share))
    if total.stage in _BEGUN and ours:
        found = bounds(each.without / ours, ours / total.count)
        about = {"lower": _percent(found.lower), "upper": _percent(found.upper)}
        said.append(_(BOUNDS, mapping=about))
        if ours < total.count:
            odds = {"halved": _percent(found.at(2)), "doubled": _percent(found.at(0.5))}
            said.append(_(TIPPING, mapping=odds))
    return tuple(said)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _fitting(context: Context, totals: list[ReferenceTotal]) -> list[ReferenceTotal]:
    """Return the totals of just this selection, or of a part of its time."""
    filters = context.filters
    chosen = next(((n, getattr(filters, n)) for n in _BY_PERIOD if getattr(filters, n)), None)
    return [
        total
        for total in totals
        if total.unit in (Counted.PROSECUTION, Counted.PERSON)
        and total.stage in ((_BY_PERIOD[chosen[0]],) if chosen else _BEGUN)
        and _just(filters.court, _code(context.words.institutions, total.institution_id))
        and _just(filters.offence, _code(context.words.offences, total.offence_id))
        and (chosen is None or any(_inside(total, period) for period in chosen[1]))
    ]


def _inside(total: ReferenceTotal, period: str) -> bool:
    found = periods.bounds(period)
    if found is None:
        return False
    first, after = found
    return (first is None or first <= total.period_from) and (
        after is None or total.period_to < after
    )


def _code(words: Mapping[int, Any], key: int | None) -> str | None:
    return None if key is None else words[key].code


def _just(chosen: tuple[str, ...], code: str | None) -> bool:
    """Say whether a total is of exactly what is chosen: of all where nothing is."""
    return chosen == (() if code is None else (code,))


def _within(chosen: tuple[str, ...], code: str | None) -> bool:
    """Say whether what a total is of lies within what is chosen."""
    return not chosen or code in chosen


def _beside(context: Context, ours: _Ours, total: ReferenceTotal) -> Beside:
    period = period_of(total.period_from, total.period_to)
    count, without = ours.of(total)
    more: dict[str, str | tuple[str, ...]] = narrower(context, total.stage or "", period)
    court = _code(context.words.institutions, total.institution_id)
    offence = _code(context.words.offences, total.offence_id)
    more |= {"court": court} if court else {}
    more |= {"offence": offence} if offence else {}
    listed = None if total.unit == Counted.CASE else context.drill_down(**more)
    return Beside(total, period, count, without, listed)


class _Ours:
    """What we count of each total: grouped by month once for each stage."""

    def __init__(self, context: Context, totals: list[ReferenceTotal]) -> None:
        self.context = context
        self.by_month: dict[str, dict[Any, list[tuple[date, int, int, int]]]] = {}
        months = [total for total in totals if total.unit != Counted.CASE]
        for stage in dict.fromkeys(str(total.stage) for total in months):
            self.by_month[stage] = self._months(
                stage, [total for total in months if total.stage == stage]
            )

    def of(self, total: ReferenceTotal) -> tuple[Count, int]:
        """Return how many of ours, and how many of them ended without judgment."""
        if total.unit == Counted.CASE:
            return self._cases(total), 0
        n = visible = without = 0
        for key, months in self.by_month[str(total.stage)].items():
            if _same(total.institution_id, key[0]) and _same(total.offence_id, key[1]):
                for month, count, seen, ended in months:
                    if total.period_from <= month <= total.period_to:
                        n, visible, without = n + count, visible + seen, without + ended
        return Count(n, visible), without

    def _months(
        self, stage: str, totals: list[ReferenceTotal]
    ) -> dict[Any, list[tuple[date, int, int, int]]]:
        day, fact = day_of(stage), ProsecutionFact
        parts: list[Any] = [func.extract("year", day), func.extract("month", day)]
        by_court = any(total.institution_id for total in totals)
        by_offence = any(total.offence_id for total in totals)
        parts += [fact.court_id] if by_court else []
        parts += [fact.offence_id] if by_offence else []
        first = min(total.period_from for total in totals)
        last = max(total.period_to for total in totals)
        query = (
            self.context.population.select(
                *parts, func.count(),
                func.sum(case((self.context.population.visible(), 1), else_=0)),
                func.sum(case((fact.event_code == WITHOUT, 1), else_=0)),
            )
            .where(day >= first, day < last + timedelta(days=1), *came_to(self.context, stage))
            .group_by(*parts)
        )  # fmt: skip
        found: dict[Any, list[tuple[date, int, int, int]]] = {}
        for year, month, *keys, n, visible, without in self.context.session.execute(query):
            court = keys[0] if by_court else None
            offence = keys[-1] if by_offence else None
            found.setdefault((court, offence), []).append(
                (date(int(year), int(month), 1), n, visible or 0, without or 0)
            )
        return found

    def _cases(self, total: ReferenceTotal) -> Count:
        fact, day = ProsecutionFact, day_of(str(total.stage))
        query = self.context.population.select(func.count(func.distinct(fact.case_id))).where(
            day >= total.period_from,
            day < total.period_to + timedelta(days=1),
            *came_to(self.context, str(total.stage)),
        )
        if total.institution_id is not None:
            query = query.where(fact.court_id == total.institution_id)
        if total.offence_id is not None:
            query = query.where(fact.offence_id == total.offence_id)
        return Count(self.context.session.scalar(query) or 0, 0)


def _same(wanted: int | None, key: int | None) -> bool:
    return wanted is None or wanted == key
