"""What the report on institutions says beside its figures."""

from __future__ import annotations

from pyramid.i18n import TranslationStringFactory

from courtwatch.reports.model import Figure
from courtwatch.reports.options import Choice
from courtwatch.statistics.court_comparison import (
    JUDGMENTS_EXPECTED,
    LEAST_BEHIND,
    SUFFICIENT,
    TESTED_AT_LEAST,
)
from courtwatch.statistics.terms import HORIZON_DAYS

_ = TranslationStringFactory("courtwatch")

DAYS_AND = {"days": str(HORIZON_DAYS), "sufficient": str(SUFFICIENT), "least": str(LEAST_BEHIND)}

NAME, CODE, SIZE, MARKED = "name", "code", "size", "marked"
ORDER = Choice(
    "order",
    _("Order of institutions"),
    (
        (NAME, _("By name")),
        (CODE, _("By code")),
        (SIZE, _("By number of prosecutions")),
        (MARKED, _("Marked for review first, then by name")),
    ),
    NAME,
)
"""Never by a rate: half of what raw ranking points at is chance or the mix of cases."""

LIKE_WITH_LIKE = _(
    "Each comparison is of one kind of act by one kind of actor: prosecution offices by files "
    "held, investigating judges' courts by non-suits, trial courts by dismissals. Acts of "
    "different actors are never added up."
)
COMPARED = _(
    "Of the prosecutions that came before this authority, those that it ended so within ${days} "
    "days, counted from ${origin}. Expected: had a typical institution had the same prosecutions,"
    " adjusted for group of the offence, sex, adult or minor, number of accused and, from the "
    "charge on, custody on the day of the charge. Both are weighted, so that those followed for a"
    " shorter time are not taken for resolved; whoever was first seen later counts from that day "
    "on. Ratio: observed over expected, with its 95 % interval, which is the wider, the more "
    "co-accused of one case fare alike. Drawn together: the same ratio, moved towards that of all "
    "the more, the less is known of an institution (empirical Bayes). Unresolved: neither decided "
    "nor ended within those days. Not in the adjustment: earlier convictions, the strength of the "
    "evidence, and the year, because of young prosecutions only those are known that ended fast."
)
FUNNEL = _(
    "Adjusted share: the ratio times the share of all. Number: how many prosecutions the figure is "
    "worth, after weighting; co-accused of one case count as so many fewer as they fare alike. "
    "Limits at 95 and 99.8 % are what chance alone leaves around the share of all (exact binomial, "
    "interpolated); the wide ones allow for how much institutions differ by nature. Marks rest on "
    "the test of the comparison, not on these lines."
)
REVIEW_MEANS = _(
    "“Review” asks to look at the prosecutions behind the figure. It says nothing of why, and is "
    "no verdict on anybody: in simulations one mark in twenty is chance."
)
NOT_MARKED_MEANS = _(
    "“Not marked” is no clean bill: about half of the institutions that truly end too many are "
    "not marked."
)
INSUFFICIENT_MEANS = _(
    "“Insufficient data”: fewer than ${sufficient} prosecutions that came at least ${days} days "
    "before the record ends, or a figure that would be marked and rests on fewer than ${least} "
    "prosecutions: weighted for others that were lost sight of, one can look like twenty. It has "
    "an interval and no mark, and its prosecutions can be read one by one.",
    mapping=DAYS_AND,
)
UNSEEN_MEANS = _(
    "Where nobody was watched while more than one in twenty may have ended (all were first seen "
    "late or are young, or nobody looked again at those still open), there is no figure: who was "
    "seen tells nothing of the others."
)
FUNNEL_TITLE = _("Funnel plot, adjusted")
NO_RANKS = _(
    "Institutions stand in order of name, unless asked otherwise, and never in order of a rate."
)
FEW_TESTED = _(
    "No institution was tested: only ${n} have ${sufficient} prosecutions followed for ${days} "
    "days, and ${needed} are needed to know how much institutions differ by nature.",
    mapping=DAYS_AND | {"needed": str(TESTED_AT_LEAST)},
)
LEFT_OUT = _(
    "Not compared: ${total}. The day they came before this authority is not known: ${no_start}; "
    "the day they left it is not known: ${no_end}; days in the wrong order: ${impossible}; first "
    "seen when they had left it, or on their last day: ${seen_late}; registered, but no step tells "
    "that they came here: ${no_step}."
)
SMALL = _("Too few to compare: read one by one")
SMALL_HEADING = _("Insufficient data: the numbers on record open the prosecutions")
SMALL_DEFINITION = _(
    "Institutions with fewer than ${sufficient} prosecutions that came at least ${days} days "
    "before the record ends. Nothing follows from a share of so few. On record: all at this "
    "stage or behind it, also those left out of the comparison.",
    mapping=DAYS_AND,
)
POOLED = _("Too few in this period: all years together")
POOLED_HEADING = _("Years pooled, because the period chosen has too few")
POOLED_DEFINITION = _(
    "Institutions that have too few prosecutions in the period chosen, compared by all years that "
    "are on record. Those that have too few even so stay without a mark: their prosecutions can be "
    "read one by one."
)
NONE_JUDGED = _("Without any judgment")
NONE_SENT = _("Without any prosecution that went on")
NONE_DEFINITION = _(
    "Institutions of which no judgment (or, where it is not theirs to judge, no prosecution that "
    "went on) is known, although at least ${expected} were expected after ${days} days. A list, no "
    "mark: it may be that judgments are not brought to the record.",
    mapping={"expected": f"{JUDGMENTS_EXPECTED:g}", "days": str(HORIZON_DAYS)},
)
RECORDED = _("As recorded")
RECORDED_HEADING = _("Unadjusted, not for comparison, coverage unknown")
DEFINITION_ON = _(
    "Decided: ended in this way, or gone on behind the stage at which this actor decides. Not "
    "decided yet, ended by others, and ended outside the authority's control are left out; so is "
    "who was brought straight to trial past this actor, on the day of the charge."
)
DEFINITION_JUDGED = _(
    "Decided: ended in this way, or by a judgment. What is still open, ended by others, or ended "
    "outside the authority's control is left out."
)
FIRST_SEEN_LATER = _(
    "As recorded, prosecutions that were first seen behind the stage of a decision count as gone "
    "on; those that ended there before anybody saw them are missing. Where many enter late, shares "
    "read too low. The comparison leaves both out."
)
BY_LAW = _("Ended by operation of law (limitation): no institution decided, not in these tables.")
OF_DISPOSED = _(
    "Of disposed: here the court is known only once a prosecution has ended (known for ${open} of "
    "${all_open} open ones, for ${ended} of ${all_ended} ended ones). Shares are of what was "
    "disposed of. A fair comparison of courts is refused: nobody knows how many prosecutions each "
    "court still has open, so a court that lets them lie would look better than it is.",
)
LOOKS_AHEAD = _(
    "Institutions can't be compared by those prosecutions alone that came to the same end or "
    "stage: the others would be missing. Leave out: ${names}.",
)
PRELIMINARY = _("Branches that hold preliminary hearings only: kept apart, not trial courts")

MARKS = {
    "review": _("review"),
    "none": _("not marked"),
    "insufficient": _("insufficient data"),
    "not_tested": _("not tested"),
}
NO_FIGURE = _("nothing known by then")
NOT_THROUGH = _("nobody watched from first to last of ${days} days", mapping=DAYS_AND)
HARDLY_EXPECTED = _("less than half a prosecution expected")
STANDS_OUT = _("stands out: not drawn towards the others")
LEAST_EXPECTED = 0.5
ALL_FOLLOWED = _("Followed ${days} days or more", mapping=DAYS_AND)


def mark(code: str) -> Figure:
    """Return a mark of the table."""
    return Figure(None, text=MARKS[code], code=code)
