"""What the national overview reads: each prosecution's days and how far it came, in one query."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyramid.i18n import TranslationStringFactory
from sqlalchemy import case

from courtwatch.models import ProsecutionFact
from courtwatch.reports.attrition import BEFORE_COURT, CHARGED, REGISTERED, Levels
from courtwatch.reports.clock_rows import NEVER, ClockRows, Key, read_rows
from courtwatch.reports.context import Context
from courtwatch.reports.looking_ahead import OF_A_COHORT, refused
from courtwatch.reports.model import Label, Origin

_ = TranslationStringFactory("courtwatch")

Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]

DAYS = (
    "registered_on", "arrested_on", "charged_on", "trial_on", "ended_on", "entry_date",
    "last_verified_on",
)  # fmt: skip
OPEN, JUDGMENT, WITHOUT, OUTSIDE = 0, 1, 2, 3
FIRST_DAY = date(1970, 1, 1)


def read(context: Context, levels: Levels, more: Mapping[str, Any]) -> ClockRows:
    """Read the rows; `more` of them has `level` (how far, judgments aside) and `reopened`.

    `more` are conditions by the name of a column that is 1 where they hold.
    """
    furthest = ProsecutionFact.furthest_stage
    level = case(
        (furthest.in_(sorted(levels.before_court)), BEFORE_COURT),
        (furthest.in_(sorted(levels.charged)), CHARGED),
        else_=REGISTERED,
    )
    conditions = {"reopened": ProsecutionFact.reopened.is_(True), **more}
    digits = {"level": Key(level, 1)}
    digits |= {name: Key(case((each, 1), else_=0), 1) for name, each in conditions.items()}
    return read_rows(context.population, DAYS, ("registered_on", "ended_on"), digits)


def day_of(number: int) -> date:
    """Return the day that is `number` days after the first of 1970."""
    return FIRST_DAY + timedelta(days=number)


def known(days: NDArray[np.int32]) -> Flags:
    """Say which days are known."""
    found: Flags = days != NEVER
    return found


def looks_ahead(context: Context) -> Label:
    """Return the refusal where filters look at what became of prosecutions; None else."""
    return refused(context.filters, Origin.REGISTRATION, OF_A_COHORT)
