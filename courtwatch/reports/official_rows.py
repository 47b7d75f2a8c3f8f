"""What official tables count: who came to a stage in a period, by class and person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from pyramid.i18n import TranslationStringFactory
from sqlalchemy import case, func, select

from courtwatch.models import Offence, ProsecutionFact
from courtwatch.models.vocabulary import AgeBand, Sex
from courtwatch.reports.context import Context
from courtwatch.reports.figures import Count, Tally
from courtwatch.reports.model import Label
from courtwatch.reports.official_totals import came_to, day_of
from courtwatch.reports.words import UNKNOWN

_ = TranslationStringFactory("courtwatch")

CHILDREN = tuple(band.value for band in (AgeBand.UNDER_14, AgeBand.FROM_14, AgeBand.FROM_16))
ADULTS = tuple(
    band.value for band in AgeBand if band is not AgeBand.UNKNOWN and band.value not in CHILDREN
)
AGES = ("adult", "juvenile", UNKNOWN)
AGE_BANDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"adult": ADULTS, "juvenile": CHILDREN, UNKNOWN: (UNKNOWN,)}
)
SEXES = tuple(sex.value for sex in (Sex.FEMALE, Sex.MALE, Sex.OTHER, Sex.UNKNOWN))


@dataclass(frozen=True)
class OffenceClass:
    """What official tables ask of an offence."""

    code: str
    name: Label
    law: str
    article: str
    iccs: str | None
    trafficking: bool


def offences(context: Context) -> dict[int, OffenceClass]:
    """Return the offences of the jurisdiction as they read at the report's moment, by key."""
    then = context.then
    query = select(Offence).where(Offence.jurisdiction_id == context.jurisdiction.id)
    return {
        row.id: OffenceClass(
            then.value(row, "code"), then.name(row), then.value(row, "law"),
            then.value(row, "article"), then.value(row, "iccs"), then.value(row, "trafficking"),
        )
        for row in context.session.scalars(query)
    }  # fmt: skip


def tally(context: Context, stage: str, first: date, after: date, *names: str) -> Tally:
    """Count those who came to `stage` from `first` until before `after`: one grouped query.

    `names` among year, offence, exploitation, sex, age, official; age is adult, juvenile or
    unknown, and a value that is not recorded reads unknown.
    """
    return counted(context, [day_of(stage) >= first, day_of(stage) < after,
                             *came_to(context, stage)], day_of(stage), *names)  # fmt: skip


def counted(context: Context, where: list[Any], day: Any, *names: str) -> Tally:
    """Count what fits the predicates by the columns `names`: one grouped query."""
    fact = ProsecutionFact
    columns: dict[str, Any] = {
        "year": func.extract("year", day),
        "offence": fact.offence_id,
        "exploitation": func.coalesce(fact.exploitation, UNKNOWN),
        "sex": fact.sex,
        "official": fact.official,
        "age": case(
            (fact.age_band.in_(ADULTS), "adult"),
            (fact.age_band.in_(CHILDREN), "juvenile"),
            else_=UNKNOWN,
        ),
    }
    keys = [columns[name] for name in names]
    visible = func.sum(case((context.population.visible(), 1), else_=0))
    query = context.population.select(*keys, func.count(), visible).where(*where)
    if keys:
        query = query.group_by(*keys)
    counts: dict[tuple[object, ...], Count] = {}
    for *values, n, seen in context.session.execute(query):
        counts[tuple(values)] = Count(n, seen or 0)
    return Tally(names, counts)
