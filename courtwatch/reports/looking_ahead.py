"""Filters that a report on time, or on what became of a cohort, can't be asked with."""

from __future__ import annotations

from pyramid.i18n import TranslationStringFactory

from courtwatch.reports.context import Unanswerable
from courtwatch.reports.model import Label, Origin
from courtwatch.services.fact_filters import FactFilters

_ = TranslationStringFactory("courtwatch")

BY_OUTCOME = (
    "outcome", "disposition", "ended_by", "event_code", "reason", "group", "assessed", "stage",
    "phase", "furthest", "live", "suspended", "reopened", "ended", "decided_by", "custody",
    "not_reached", "unresolved", "source", "reliability", "pending", "dated",
    "straight_to_trial", "over_limit",
)  # fmt: skip
"""Filters that look at what became of a prosecution later than its origin.

Who told how it stands is one of them: a judgment is told by others than a file that lies.
"""
_KNOWN_FROM = {
    "arrested": Origin.ARREST, "cohort": Origin.REGISTRATION, "charged": Origin.CHARGE,
    "custody_at_charge": Origin.CHARGE, "trafficking": Origin.CHARGE,
}  # fmt: skip
"""Filters that nobody fits before a day: whoever ended earlier is left out by them."""
_ORDER = tuple(Origin)
LOOKS_AHEAD = _(
    "How long prosecutions take can't be told of those alone that came to the same end or stage: "
    "the others would be missing from the count of who was still waiting. Leave out: ${names}.",
)


OF_A_COHORT = _(
    "This can't be told of those alone that came to the same end or stage: the others, and who "
    "still waits, would be missing. Leave out: ${names}.",
)


def later(filters: FactFilters, origin: Origin) -> list[str]:
    """Return the filters in use that choose those who came to a day behind `origin`."""
    at = _ORDER.index(origin)
    return [
        name
        for name, day in _KNOWN_FROM.items()
        if getattr(filters, name) and _ORDER.index(day) > at
    ]


def refused(filters: FactFilters, origin: Origin, words: Label = LOOKS_AHEAD) -> Label:
    """Return why filters look at what became of prosecutions after `origin`; None if none does."""
    used = [name for name in BY_OUTCOME if getattr(filters, name)]
    if any(each != origin.value for each in filters.reached):
        used.append("reached")
    used += later(filters, origin)
    return _(words, mapping={"names": ", ".join(used)}) if used else None


def refuse(filters: FactFilters, origin: Origin, words: Label = LOOKS_AHEAD) -> None:
    """Raise Unanswerable where filters look at what became of prosecutions after `origin`."""
    why = refused(filters, origin, words)
    if why is not None:
        raise Unanswerable(why)
