"""Guards: predicates that a procedure may put on a step, by name.

A guard is pure. It gets a mapping of facts and returns None when the step may be taken, or the
reason why not. A fact that is not known never refuses anything: the record must be able to hold
what a court did before every detail of the accused is known. Facts in use:

stage: str              the stage the step would start from
filed_charges: int      charges of this prosecution that were filed, amended or requalified
live_charges: int       charges that are still under way
offence_class: str      'international_crime', 'felony', 'misdemeanour', 'petty': the highest of the
                        charges
age_band: str           at the time of the offence: 'under_14', '14_15', '16_17', 'minor', 'adult'
custody: str            state of the custody track
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from workflows.elements import Text

Facts = Mapping[str, object]
Guard = Callable[[Facts], Text | None]

AGE_BANDS = frozenset({"under_14", "14_15", "16_17", "minor", "adult"})
"""The bands that a procedure may tell apart; the record knows no others."""

FELONIES = frozenset({"felony", "international_crime"})
MINOR_BANDS = frozenset({"under_14", "14_15", "16_17", "minor"})


def has_charges(facts: Facts) -> Text | None:
    """A judgment needs a charge that was filed; an allegation alone can't be judged."""
    if facts.get("filed_charges") == 0:
        return Text(
            "No filed charge is recorded for this accused. Add the charge first.",
            "មិនទាន់មានបទចោទសម្រាប់ជនជាប់ចោទនេះទេ។ សូមបន្ថែមបទចោទជាមុនសិន។",
        )
    return None


def no_live_charge(facts: Facts) -> Text | None:
    """The step closes the whole prosecution, so every charge must have ended."""
    live = facts.get("live_charges")
    if isinstance(live, int) and live > 0:
        return Text(
            "A charge is still under way. Record how every charge ended first.",
            "នៅមានបទចោទកំពុងដំណើរការ។ សូមកត់ត្រាលទ្ធផលនៃបទចោទទាំងអស់ជាមុនសិន។",
        )
    return None


def felony_only(facts: Facts) -> Text | None:
    """The law allows the step for felonies alone."""
    if facts.get("offence_class") in ("misdemeanour", "petty"):
        return Text(
            "The law allows this step for felonies only, and no felony is recorded here.",
            "ច្បាប់អនុញ្ញាតជំហាននេះសម្រាប់តែបទឧក្រិដ្ឋប៉ុណ្ណោះ ហើយនៅទីនេះមិនមានបទឧក្រិដ្ឋទេ។",
        )
    return None


def not_felony(facts: Facts) -> Text | None:
    """The law rules the step out for felonies."""
    if facts.get("offence_class") in FELONIES:
        return Text(
            "The law does not allow this step for a felony.",
            "ច្បាប់មិនអនុញ្ញាតជំហាននេះសម្រាប់បទឧក្រិដ្ឋទេ។",
        )
    return None


def misdemeanour_only(facts: Facts) -> Text | None:
    """The law allows the step for misdemeanours alone."""
    if facts.get("offence_class") in {*FELONIES, "petty"}:
        return Text(
            "The law allows this step for misdemeanours only.",
            "ច្បាប់អនុញ្ញាតជំហាននេះសម្រាប់តែបទមជ្ឈិមប៉ុណ្ណោះ។",
        )
    return None


def is_adult(facts: Facts) -> Text | None:
    """The step is closed to persons who were minors at the time of the offence."""
    if facts.get("age_band") in MINOR_BANDS:
        return Text(
            "The law does not allow this step for a minor.",
            "ច្បាប់មិនអនុញ្ញាតជំហាននេះចំពោះអនីតិជនទេ។",
        )
    return None


def is_minor(facts: Facts) -> Text | None:
    """The step exists for persons who were minors at the time of the offence."""
    if facts.get("age_band") == "adult":
        return Text(
            "The law allows this step for minors only.",
            "ច្បាប់អនុញ្ញាតជំហាននេះសម្រាប់តែអនីតិជនប៉ុណ្ណោះ។",
        )
    return None


def under_14(facts: Facts) -> Text | None:
    """The step exists for children below the age of criminal responsibility."""
    band = facts.get("age_band")
    if band in MINOR_BANDS - {"under_14", "minor"} or band == "adult":
        return Text(
            "This step is for children who were under 14 only.",
            "ជំហាននេះសម្រាប់តែកុមារអាយុក្រោម ១៤ ឆ្នាំប៉ុណ្ណោះ។",
        )
    return None


def at_least_14(facts: Facts) -> Text | None:
    """The step is closed to children below the age of criminal responsibility."""
    if facts.get("age_band") == "under_14":
        return Text(
            "The law does not allow this step for a child under 14.",
            "ច្បាប់មិនអនុញ្ញាតជំហាននេះចំពោះកុមារអាយុក្រោម ១៤ ឆ្នាំទេ។",
        )
    return None


GUARDS: Mapping[str, Guard] = MappingProxyType(
    {
        guard.__name__: guard
        for guard in (
            has_charges,
            no_live_charge,
            felony_only,
            not_felony,
            misdemeanour_only,
            is_adult,
            is_minor,
            under_14,
            at_least_14,
        )
    }
)
"""Every guard that a procedure file may name."""

ASKS_CLASS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "felony_only": ("felony",),
        "not_felony": ("felony",),
        "misdemeanour_only": ("misdemeanour",),
    }
)
"""The offence classes by whose names a guard decides."""

ASKS_AGE = frozenset({"is_adult", "is_minor", "under_14", "at_least_14"})
"""The guards that decide by the age band."""


def refusal(names: tuple[str, ...], facts: Facts) -> Text | None:
    """The reason of the first guard that refuses, in the order of `names`, or None."""
    for name in names:
        why = GUARDS[name](facts)
        if why is not None:
            return why
    return None
