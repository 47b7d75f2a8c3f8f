"""One court: its prosecutions beside the country's, for one page to be printed and argued about.

Everything is read at once for the country (`scorecard_rows`), and each part compares the court with
it. No figure ranks the court; what can't be said of so few is said to be so.
"""

from __future__ import annotations

from pyramid.i18n import TranslationStringFactory

from courtwatch.reports import (
    looking_ahead,
    scorecard_cases,
    scorecard_compared,
    scorecard_course,
    scorecard_work,
)
from courtwatch.reports.context import Body, Context
from courtwatch.reports.figures import share_figure
from courtwatch.reports.model import ColumnKind, Headline
from courtwatch.reports.replies import read_replies
from courtwatch.reports.scorecard_limits import Limits
from courtwatch.reports.scorecard_rows import Court, read_court
from courtwatch.statistics.terms import HORIZON_DAYS
from workflows.event_codes import OPEN

_ = TranslationStringFactory("courtwatch")

DEFINITION = _(
    "All prosecutions at one court, beside those of the whole country under the same filters. A "
    "prosecution counts at the court that acted last, or else at that of its case. Prosecutions of "
    "this court are part of the country's."
)
NO_RANKING = _(
    "This is one court, not a place in a ranking. Differences from the country that are not "
    "adjusted for the mix of cases are no findings; the adjusted comparison is the table “Beside "
    "other courts”."
)
ONLY_ONE = _(
    "Where few prosecutions are known, years are counted together and intervals are wide. What "
    "can't be said of so few is refused with its reason."
)


def build(context: Context) -> Body:
    """Build the report. Raises Unanswerable where none, or more than one court is asked for."""
    looking_ahead.refuse(context.filters, context.origin)
    court = read_court(context)
    times, limits = scorecard_course.Times(court), Limits(court)
    place, *compared = scorecard_compared.tables(court)
    answered = read_replies(context, court.key).table()
    return Body(
        headlines=_headlines(court, times),
        tables=(
            scorecard_course.funnel(court),
            scorecard_course.cohorts(court),
            *times.tables(),
            place,
            *(() if answered is None else (answered,)),
            *compared,
            *scorecard_work.tables(court, limits),
            *scorecard_cases.tables(court, limits),
        ),
        definition=DEFINITION,
        n=int(court.mine.sum()),
        notes=(NO_RANKING, ONLY_ONE),
    )


def _headlines(court: Court, times: scorecard_course.Times) -> tuple[Headline, ...]:
    n = int(court.mine.sum())
    is_open = court.rows.code == OPEN
    here, country = times.at("without", HORIZON_DAYS)
    mapping = {"days": str(HORIZON_DAYS)}
    return (
        Headline("court", court.words.name, court.figure(court.mine), ColumnKind.COUNT),
        Headline("open", _("still open"), share_figure(court.count(is_open).n, n)),
        Headline(
            "without", _("ended without judgment after ${days} days, estimated", mapping=mapping),
            here, ColumnKind.PROBABILITY,
        ),
        Headline("country", _("the same in the country"), country, ColumnKind.PROBABILITY),
    )  # fmt: skip
