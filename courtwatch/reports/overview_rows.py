"""What the national overview reads: each prosecution's days and how far it came, in one query."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from pyramid.i18n import TranslationStringFactory
from sqlalchemy import ColumnElement, case

from courtwatch.models import ProsecutionFact
from courtwatch.reports.attrition import Levels
from courtwatch.reports.clock_rows import NEVER, ClockRows, Key, Word, read_rows
from courtwatch.reports.context import Context
from courtwatch.reports.looking_ahead import OF_A_COHORT, refused
from courtwatch.reports.model import Label, Origin
from workflows.event_codes import OPEN

_ = TranslationStringFactory("courtwatch")

Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]

DAYS = (
    "registered_on", "arrested_on", "charged_on", "trial_on", "ended_on", "entry_date",
    "last_verified_on",
)  # fmt: skip


def read(
    context: Context, levels: Levels, detained: tuple[str, ...], fresh: ColumnElement[bool]
) -> ClockRows:
    """Read the rows; `more` of them has `level`, `held`, `reopened` and `fresh`.

    That is how far each came, judgments aside; whether somebody is held (custody is one of
    `detained`) in a prosecution that goes on; whether it was reopened; whether `fresh` holds.
    """
    fact = ProsecutionFact
    stages = tuple(context.law.stages)
    rows = read_rows(
        context.population,
        DAYS,
        ("registered_on", "ended_on"),
        {
            "furthest": Word(fact.furthest_stage, stages),
            "custody": Word(fact.custody, detained),
            "live": Key(fact.live),
            "prosecution": Key(fact.prosecution_id),
            "reopened": Key(fact.reopened),
            "fresh": Key(case((fresh, 1), else_=0)),
        },
    )
    level = np.array([levels.of(stage, OPEN) for stage in (*stages, "")], np.int32)
    more = rows.more
    goes_on = (more["live"] == 1) | rows.suspended
    held = (more["custody"] < len(detained)) & goes_on
    found = {"level": level[more["furthest"]], "held": held.astype(np.int32)}
    return replace(rows, more=more | found)


def known(days: NDArray[np.int32]) -> Flags:
    """Say which days are known."""
    found: Flags = days != NEVER
    return found


def looks_ahead(context: Context) -> Label:
    """Return the refusal where filters look at what became of prosecutions; None else."""
    return refused(context.filters, Origin.REGISTRATION, OF_A_COHORT)
