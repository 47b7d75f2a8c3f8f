"""What the comparison of two groups says: what is split, and why there may be no answer."""

from __future__ import annotations

from pyramid.i18n import TranslationStringFactory

_ = TranslationStringFactory("courtwatch")

RATES_TITLE = _("What became of both groups")
DEFINITION = _(
    "The share that came to it within ${days} days of registration, by Aalen-Johansen: open "
    "prosecutions count until they were last verified, whoever was first seen later from that day "
    "on, and other ends compete. The difference A minus B is split (Kitagawa 1955). Mix: what it "
    "would be if both groups were decided alike and differed in their cases only, sum of (share of "
    "A - share of B) x mean rate. Rate: what it would be with the same cases, sum of (rate of A - "
    "rate of B) x mean share. Mix and rate add up to the difference exactly. Where a group has "
    "nobody of a kind, what that kind adds is mix.",
)
INTERVALS = _(
    "Rates, their difference and the parts of the split have 95 % intervals. A part whose interval "
    "reaches over 0 may be chance. Where kinds are many and most have few prosecutions, the "
    "intervals of the parts are too narrow: in simulations nine in ten held the truth."
)
DIFFERENCE = _("percentage points: A minus B. ${rate}, within ${days} days of registration")
NO_TIME = _("Without a known time")
NO_CAUSE = _(
    "A split describes; it proves nothing. Rate holds everything by which the groups differ "
    "besides the kinds of the table: evidence, custody, who was watched."
)
TOO_YOUNG = _(
    "${group}: ${n} of its prosecutions began at least ${days} days before the record ends; at "
    "least ${fewest} are needed. A rate of those that ended already would be a rate of the fast "
    "ones. Choose a shorter time or an older group."
)
TOO_SHORT = _(
    "${group}: too few were followed for ${days} days. Choose a shorter time or another group."
)
COURT_LATE = _(
    "The court is known of ${open} of the open and ${ended} of the ended prosecutions: it is known "
    "from the end. A comparison by court would leave out who waits."
)
YOUNG_YEARS = _(
    "Of prosecutions registered less than ${days} days before the record ends only those are known "
    "that ended fast, and the rate of their year would be theirs. Years are set beside one another "
    "where all could be followed so long: choose those registered until ${day}."
)
NO_GROUPS = _(
    "There are no two groups of this kind that were followed long enough. Choose a shorter time, "
    "or name two groups."
)
