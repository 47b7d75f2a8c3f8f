"""What a database counts of charges, prosecutions and cases: grouped queries to agree with."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from sqlalchemy import Select, and_, case, func, literal, select

from courtwatch.models import ChargeFact, ProsecutionFact
from courtwatch.models.facts import holds_at
from courtwatch.reports.figures import Count
from courtwatch.reports.model import Unit
from courtwatch.reports.queries import Population
from workflows.elements import CountsAs

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))

from report_peer import sql_columns  # type: ignore[import-not-found]

CODES = {
    CountsAs.JUDGMENT: 1, CountsAs.ENDED_WITHOUT_JUDGMENT: 2, CountsAs.OUTSIDE_CONTROL: 3,
    CountsAs.CONTINUES_ELSEWHERE: 3,
}  # fmt: skip


def grouped(population: Population, *names: str) -> dict[tuple[Any, ...], Count]:
    """Count in one grouped query what `Population.tally` counts, in the database's order."""
    columns = sql_columns() | (_columns_of_charges(population) if _charges(population) else {})
    keys = [columns[name] for name in names]
    visible = func.sum(case((population.visible(), 1), else_=0))
    query = _counted(population, select(*keys, func.count(), visible))
    if keys:
        query = query.group_by(*keys)
    rows = population.session.execute(query).all()
    return {tuple(row[:-2]): Count(row[-2] or 0, row[-1] or 0) for row in rows if row[-2]}


def _charges(population: Population) -> bool:
    return population.unit is Unit.CHARGE


def _counted(population: Population, query: Select[Any]) -> Select[Any]:
    fact = ProsecutionFact
    query = query.select_from(fact)
    everybody = population.select(fact.id)
    if population.unit is Unit.CASE:
        everybody = _furthest(population, everybody)
    if _charges(population):
        charge = ChargeFact
        query = query.join(
            charge,
            and_(
                charge.prosecution_id == fact.prosecution_id,
                charge.counted.is_(True),
                holds_at(charge, population.filters.known_at),
            ),
        )
    return query.where(fact.id.in_(everybody))


def _furthest(population: Population, everybody: Select[Any]) -> Select[Any]:
    fact = ProsecutionFact
    standing = case(
        (fact.event_code == 1, 0), (fact.event_code == 2, 3), (fact.event_code == 3, 4),
        (fact.suspended.is_(True), 2), else_=1,
    )  # fmt: skip
    stages = {stage.name: stage.order for stage in population.law.stages.values()}
    furthest = case(stages, value=fact.furthest_stage, else_=-1)
    place = func.row_number().over(
        partition_by=fact.case_id, order_by=(standing, furthest.desc(), fact.prosecution_id)
    )
    ranked = select(fact.id.label("id"), place.label("place")).where(fact.id.in_(everybody))
    found = ranked.subquery()
    return select(found.c.id).where(found.c.place == 1)


def _columns_of_charges(population: Population) -> dict[str, Any]:
    """Actor and code follow from the disposition."""
    charge, named = ChargeFact, population.law.dispositions.values()
    code = {each.name: CODES.get(each.counts_as, 0) for each in named}
    actor = {each.name: each.ended_by for each in named if each.ended_by}
    return {
        "code": func.coalesce(case(code, value=charge.disposition), 0),
        "ended_by": case(actor, value=charge.disposition),
        "outcome": charge.disposition,
        "offence": charge.offence_id,
        "reason": charge.reason_stated_id,
        "assessed": literal(None),
        "decided_by": charge.institution_id,
        "suspended": and_(ProsecutionFact.suspended, charge.live),
    }
