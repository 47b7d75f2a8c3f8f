"""Counting units: what one case counts as, and what changes from unit to unit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pyramid.i18n import TranslationStringFactory

from courtwatch.reports.law import Law
from courtwatch.reports.model import Label, Sizes, Unit
from courtwatch.reports.packed_facts import PackedFacts

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
    "Every counted charge counts by itself, as it stands: after a reopening or on appeal by what "
    "was decided last, not, as a prosecution, by its first end. Alleged charges, and charges whose "
    "place another took, do not count."
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
_STANDING = (_OPEN, _JUDGED, _WITHOUT, _OUTSIDE)
"""By the code of an end; one that is open may be suspended."""


def furthest_of_each_case(facts: PackedFacts, law: Law) -> NDArray[np.bool_]:
    """Say of each prosecution (n,) whether it is the one that its case counts as."""
    standing = np.array(_STANDING)[facts.numbers("event_code")]
    suspended = (standing == _OPEN) & (facts.numbers("suspended") == 1)
    standing = np.where(suspended, _SUSPENDED, standing)
    stages = sorted(law.stages)
    order = np.array([*(law.stages[name].order for name in stages), -1])
    furthest = order[facts.places("furthest_stage", stages)]
    rank = (standing * (order.max() + 2) - furthest).astype(np.int64) << 32
    cases = facts.numbers("case_id")
    sequence = np.lexsort((rank + facts.numbers("prosecution_id"), cases))
    first = np.diff(cases[sequence], prepend=-1) != 0
    chosen = np.zeros(facts.n, bool)
    chosen[sequence[first]] = True
    return chosen


def sizes_label(sizes: Sizes) -> Label:
    """Return how many charges, prosecutions and cases the same record is, in words."""
    counts = {name: f"{getattr(sizes, name):,}" for name in ("charges", "prosecutions", "cases")}
    return _(SIZES_WORDS, mapping=counts)
