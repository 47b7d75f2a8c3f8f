"""Counting units: what one case counts as, and what changes from unit to unit."""

from __future__ import annotations

from typing import Any

from pyramid.i18n import TranslationStringFactory
from sqlalchemy import ColumnElement, Select, case, func, select

from courtwatch.models import ProsecutionFact
from courtwatch.reports.law import Law
from courtwatch.reports.model import Label, Sizes, Unit

_ = TranslationStringFactory("courtwatch")

UNITS: dict[Unit, Label] = {
    Unit.PROSECUTION: _("prosecutions (one accused in one case), not persons"),
    Unit.CHARGE: _("charges (one offence against one accused)"),
    Unit.CASE: _("cases (one court file, with all its accused)"),
}
CASE_RULE = _(
    "A case counts once, as that one of its prosecutions that came furthest: one with a judgment "
    "before one that is open, that before one that is suspended, that before one that ended "
    "without judgment, that before one that ended outside the authorities’ control; of several "
    "such, the one with the furthest stage, then the one recorded first. So a case ends without "
    "judgment only where no accused was judged and none is still waiting. "
    "Filters choose prosecutions first: only those that fit are asked."
)
CHARGE_RULE = _(
    "Every counted charge counts by itself; alleged charges, and charges whose place another took, "
    "do not count."
)
PROSECUTION_RULE = _("An accused with several charges counts once, an accused in two cases twice.")
RULES: dict[Unit, Label] = {
    Unit.PROSECUTION: PROSECUTION_RULE,
    Unit.CHARGE: CHARGE_RULE,
    Unit.CASE: CASE_RULE,
}
SIZES_WORDS = _("${charges} charges in ${prosecutions} prosecutions in ${cases} cases.")

# Before one another, first to last: judged, open, suspended, ended without judgment, outside.
_JUDGED, _OPEN, _SUSPENDED, _WITHOUT, _OUTSIDE = range(5)


def furthest_of_each_case(where: ColumnElement[bool], law: Law) -> Select[Any]:
    """Return the keys of facts, one for each case: the prosecution that its case counts as."""
    fact = ProsecutionFact
    standing = case(
        (fact.event_code == 1, _JUDGED),
        (fact.event_code == 2, _WITHOUT),
        (fact.event_code == 3, _OUTSIDE),
        (fact.suspended.is_(True), _SUSPENDED),
        else_=_OPEN,
    )
    stages = {stage.name: stage.order for stage in law.stages.values()}
    furthest = case(stages, value=fact.furthest_stage, else_=-1) if stages else fact.id * 0
    place = (
        func.row_number()
        .over(
            partition_by=fact.case_id,
            order_by=(
                standing,
                furthest.desc(),
                fact.prosecution_id,
            ),
        )
        .label("place")
    )
    ranked = select(fact.id.label("id"), place).where(where).subquery()
    return select(ranked.c.id).where(ranked.c.place == 1)


def sizes_label(sizes: Sizes) -> Label:
    """Return how many charges, prosecutions and cases the same record is, in words."""
    counts = {name: f"{getattr(sizes, name):,}" for name in ("charges", "prosecutions", "cases")}
    return _(SIZES_WORDS, mapping=counts)
