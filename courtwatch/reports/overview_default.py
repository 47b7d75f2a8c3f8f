"""Judgments in default: how many there are, and how many of them nobody has been told of yet."""

from __future__ import annotations

from pyramid.i18n import TranslationStringFactory
from sqlalchemy import case, func

from courtwatch.models import ProsecutionFact
from courtwatch.reports.context import Context
from courtwatch.reports.figures import ZERO, Count, share_figure
from courtwatch.reports.law import DEFAULT
from courtwatch.reports.model import Column, ColumnKind, Headline, Label, Row, RowKind, Table
from courtwatch.reports.words import NOT_KNOWN
from courtwatch.services.fact_filters import UNKNOWN
from workflows.event_codes import JUDGMENT

_ = TranslationStringFactory("courtwatch")

DEFINITION = _(
    "Convictions of somebody who was not there, by where they stand now. Such a judgment becomes "
    "final only when it was notified and the time for opposition has passed; one that was set "
    "aside is open again, and not here. Share: of the judgments in default."
)
NOT_NOTIFIED = _("Not notified yet")
MUST_CONFIRM = _("A lawyer must still confirm the law on judgments in default (${article}).")


def build(context: Context, judged: int) -> tuple[tuple[Headline, ...], tuple[Table, ...]]:
    """Return the share of the `judged` that were so in default, and where those judgments stand.

    Nothing where the procedure knows no judgment in default.
    """
    steps = context.law.in_default
    outcomes = context.law.outcomes_of(steps)
    if not outcomes:
        return (), ()
    counts = _by_stage(context, outcomes)
    whole = sum(counts.values(), ZERO)
    query: dict[str, str | tuple[str, ...]] = {
        "outcome": outcomes, "event_code": str(JUDGMENT),
    }
    waiting = {step.target for step in steps}

    def row(stage: str, label: Label) -> Row:
        count = counts.get(stage, ZERO)
        figures = (context.count(count, **query, stage=stage), share_figure(count.n, whole.n))
        return Row(stage, label, figures)

    rows = [
        row(name, NOT_NOTIFIED if name in waiting else stage.label)
        for name, stage in context.law.stages.items()
        if name in waiting or name in counts
    ]
    if UNKNOWN in counts:
        rows.append(row(UNKNOWN, NOT_KNOWN))
    table = Table(
        DEFAULT, _("Judgments in default"),
        (Column("n", _("Prosecutions")), Column("share", _("Share"), ColumnKind.SHARE)),
        tuple(rows), whole.n, DEFINITION, _("Where they stand"),
        total=Row("total", _("All"), (context.count(whole, **query),
                                      share_figure(whole.n, whole.n)), RowKind.TOTAL),
        unknown=share_figure(counts.get(UNKNOWN, ZERO).n, whole.n),
        unknown_label=_("Stage not known"), notes=_notes(context),
    )  # fmt: skip
    unheard = sum(counts.get(name, ZERO).n for name in waiting)
    return (
        Headline("in_default", _("of the judged: convicted in default"),
                 share_figure(whole.n, judged)),
        Headline("not_notified", _("of these, not notified yet"), share_figure(unheard, whole.n)),
    ), (table,)  # fmt: skip


def _by_stage(context: Context, outcomes: tuple[str, ...]) -> dict[str, Count]:
    fact, population = ProsecutionFact, context.population
    seen = func.sum(case((population.visible(), 1), else_=0))
    query = (
        population.select(fact.stage, func.count(), seen)
        .where(fact.event_code == JUDGMENT, fact.outcome.in_(outcomes))
        .group_by(fact.stage)
    )
    return {
        stage or UNKNOWN: Count(n, visible) for stage, n, visible in context.session.execute(query)
    }


def _notes(context: Context) -> tuple[Label, ...]:
    unsure = dict.fromkeys(step.article for step in context.law.in_default if not step.verified)
    return tuple(_(MUST_CONFIRM, mapping={"article": article}) for article in unsure)
