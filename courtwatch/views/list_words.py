"""The words of the filters: what each is called, and what its closed values mean."""

from __future__ import annotations

from typing import Any

from courtwatch import labels
from courtwatch.services.messages import _
from workflows.event_codes import JUDGMENT, OPEN, OUTSIDE, WITHOUT

FILTER_WORDS: dict[str, Any] = {
    "jurisdiction": _("Jurisdiction"),
    "court": _("Court"),
    "decided_by": _("Decided by"),
    "office": _("Prosecution office"),
    "police": _("Police unit"),
    "offence": _("Principal offence"),
    "charge": _("Any charge"),
    "outcome": _("Outcome"),
    "disposition": _("How the deciding charge ended"),
    "ended_by": _("Ended by"),
    "event_code": _("Kind of end"),
    "reason": _("Reason stated"),
    "group": _("Group of reasons"),
    "assessed": _("Reason assessed by us"),
    "stage": _("Stage"),
    "phase": _("Phase"),
    "furthest": _("Furthest stage"),
    "reached": _("Reached"),
    "not_reached": _("Did not reach"),
    "pending": _("Registered and not ended on"),
    "dated": _("Days of registration and end known, in order"),
    "straight_to_trial": _("Before the trial court on the day of the charge"),
    "over_limit": _("Over a time limit"),
    "cohort": _("Registered in"),
    "arrested": _("Arrested in"),
    "charged": _("Charged in"),
    "ended": _("Ended in"),
    "live": _("Open"),
    "suspended": _("Suspended"),
    "reopened": _("Reopened"),
    "trafficking": _("A trafficking offence was charged"),
    "custody": _("Custody"),
    "custody_at_charge": _("Custody on the day of the charge"),
    "exploitation": _("Form of exploitation"),
    "sex": _("Sex of the accused"),
    "age_band": _("Age of the accused"),
    "official": _("The accused is an official"),
    "source": _("Who told how it stands"),
    "reliability": _("How reliable that is"),
    "organisation": _("Organisation"),
    "share_level": _("Sharing"),
    "unresolved": _("Entries to review"),
    "known_at": _("As known at revision"),
}

PERIOD_HINT = _("A year, a month, or from and to: 2024, 2024-05, 2023-07..2024-06")

_YES_NO: dict[str, Any] = {"yes": _("Yes"), "no": _("No")}
_MILESTONES: dict[str, Any] = {
    "arrest": _("Arrest"),
    "registration": _("Registration"),
    "charge": _("Charge"),
    "trial": _("Trial"),
    "judgment": _("Judgment"),
}

VALUE_WORDS: dict[str, dict[str, Any]] = {
    "event_code": {
        str(OPEN): _("No end yet"),
        str(JUDGMENT): _("Judgment"),
        str(WITHOUT): _("Ended without judgment"),
        str(OUTSIDE): _("Ended outside the authorities’ control, or goes on elsewhere"),
    },
    "live": {"yes": _("Open"), "no": _("Ended")},
    "suspended": _YES_NO,
    "reopened": _YES_NO,
    "trafficking": _YES_NO,
    "official": _YES_NO,
    "unresolved": {"yes": _("Has entries to review"), "no": _("Has none")},
    "reached": _MILESTONES,
    "not_reached": _MILESTONES,
    "dated": _YES_NO,
    "straight_to_trial": _YES_NO,
    "share_level": {str(value): words for value, words in labels.SHARE_LEVELS.items()},
    "phase": {
        "proceeding": _("Proceeding"),
        "suspected": _("Suspected"),
        "charged": _("Charged"),
        "accused": _("Accused"),
        "convicted": _("Convicted"),
        "closed": _("Closed"),
    },
    "sex": {str(value): words for value, words in labels.SEXES.items()},
    "age_band": {str(value): words for value, words in labels.AGE_BANDS.items()},
    "exploitation": dict(labels.EXPLOITATIONS),
    "source": {str(value): words for value, words in labels.SOURCES.items()},
    "reliability": {str(value): words for value, words in labels.RELIABILITIES.items()},
}
