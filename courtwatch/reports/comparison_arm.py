"""One arm of a comparison: the prosecutions on which one kind of authority had to decide.

It knows by itself why its institutions can't be compared fairly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyramid.i18n import TranslationStringFactory

from courtwatch.reports.law import Decision
from courtwatch.reports.model import Label
from courtwatch.statistics.court_comparison import CourtComparison, compare_courts
from courtwatch.statistics.known_late import Known, late_to_compare
from courtwatch.statistics.refusal import CannotAnswer
from courtwatch.statistics.terms import HORIZON_DAYS
from workflows.event_codes import OPEN

_ = TranslationStringFactory("courtwatch")

Flags = NDArray[np.bool_]
Codes = NDArray[np.int32]
Whole = NDArray[np.int64]

FEWEST_COURTS = 3

NOBODY_CAME = _("No prosecution is known to have come before this authority on a known day.")
NONE_OPEN = _(
    "No open prosecution is known: shares of what was closed say nothing of what was not."
)
NO_INSTITUTION = _("The institution is not known for any of these prosecutions.")
KNOWN_LATE = _(
    "The institution is known only after disposition: for ${open} of ${all_open} open and "
    "${ended} of ${all_ended} decided prosecutions. Shares by institution would be “of disposed”, "
    "and nobody knows how many each still has open: a fair comparison is refused."
)
TOO_FEW = _("Institutions known: ${n}; at least ${fewest} are needed to compare them.")
ALL_ALIKE = _(
    "Within ${days} days no prosecution, or every one, ended in this way: there is nothing to "
    "compare."
)
IN_DEED = _("These records can't be compared: ${reason}.")


@dataclass(frozen=True)
class LeftOut:
    """Who came before an authority and is in no comparison; each once, by the first that holds.

    `no_step`: registered, and by their steps with the police, or nowhere, until now; `no_start`:
    the day it came is not known; `no_end`: the day of its end, or the last on which it
    was looked at, is not known; `impossible`: days in the wrong order or in the future;
    `seen_late`: first seen when it had left already.
    """

    no_step: int = 0
    no_start: int = 0
    no_end: int = 0
    impossible: int = 0
    seen_late: int = 0

    @property
    def total(self) -> int:
        """Return all of them."""
        return self.no_step + self.no_start + self.no_end + self.impossible + self.seen_late


@dataclass(frozen=True)
class Arm:
    """One way of ending prosecutions, and those on which its actor had to decide; arrays (m,).

    `place` leads back to the rows; `institution` has keys, -1 where not known; `event` is 0 not
    decided yet, 1 let go on (or judged), 2 ended so, 3 ended otherwise meanwhile. `time`, `entry`
    (-1 at once) and `followup` are days from `origin`. `covariates` (m, p) are category codes,
    `case` keys of cases. `late` is why the whole is refused of which this is a part: those without
    a known institution are in no part that is set apart by its institutions, so the part can't
    tell by itself.
    """

    key: str
    decision: Decision
    filter: str
    origin: str
    preliminary: bool
    place: Whole
    institution: Whole
    covariates: Codes
    time: Whole
    event: Whole
    entry: Whole
    followup: Whole
    case: Codes
    left_out: LeftOut
    late: Label = None

    @property
    def n(self) -> int:
        """Return how many prosecutions are compared."""
        return int(self.place.size)

    @property
    def judged(self) -> bool:
        """Say whether the alternative to ending so was a judgment."""
        return self.decision.went_on is None

    @property
    def delayed(self) -> Whole | None:
        """Return the entries; None where everybody was followed from the origin."""
        return self.entry if bool(np.any(self.entry >= 0)) else None

    def only(self, chosen: Flags) -> Arm:
        """Return the arm of some of its prosecutions."""
        return replace(
            self,
            **{
                name: getattr(self, name)[chosen]
                for name in ("place", "institution", "covariates", "time", "event", "entry",
                             "followup", "case")
            },
        )  # fmt: skip

    @property
    def arguments(self) -> dict[str, Any]:
        """Return what `compare_courts` and `expected_rows` both take."""
        return {
            "court": self.institution,
            "covariates": self.covariates,
            "time": self.time,
            "event": self.event,
            "horizon": HORIZON_DAYS,
            "entry": self.delayed,
            "followup": self.followup,
        }

    @cached_property
    def refusal(self) -> Label:
        """Return why institutions can't be compared fairly; None where they can."""
        known, is_open = self.institution >= 0, self.event == OPEN
        if not self.n:
            return NOBODY_CAME
        if self.late is not None:
            return self.late
        if not is_open.any():
            return NONE_OPEN
        if not known.any():
            return NO_INSTITUTION
        known_late = self.known_late
        if known_late is not None:
            return known_late
        courts = np.unique(self.institution[known]).size
        if courts < FEWEST_COURTS:
            return _(TOO_FEW, mapping={"n": str(courts), "fewest": str(FEWEST_COURTS)})
        if isinstance(self._compared, CannotAnswer):
            if "nothing to compare" in self._compared.reason:
                return _(ALL_ALIKE, mapping={"days": str(HORIZON_DAYS)})
            return _(IN_DEED, mapping={"reason": self._compared.reason})
        return None

    @property
    def known_late(self) -> Label:
        """Return the refusal where institutions are known only once they have decided, or None."""
        known, is_open = self.institution >= 0, self.event == OPEN
        counts = {
            "open": int((known & is_open).sum()), "all_open": int(is_open.sum()),
            "ended": int((known & ~is_open).sum()), "all_ended": int((~is_open).sum()),
        }  # fmt: skip
        if not late_to_compare(Known(**counts)):
            return None
        return _(KNOWN_LATE, mapping={name: f"{n:,}" for name, n in counts.items()})

    @cached_property
    def _compared(self) -> CourtComparison | CannotAnswer:
        try:
            return compare_courts(**self.arguments, case=self.case)
        except CannotAnswer as problem:
            return problem

    @property
    def compared(self) -> CourtComparison:
        """Return the comparison. Raises CannotAnswer where `refusal` says why there is none."""
        if self.refusal is not None or isinstance(self._compared, CannotAnswer):
            raise CannotAnswer(str(self.refusal))
        return self._compared


def by_institution(arm: Arm, chosen: Flags, keys: Sequence[int] | Whole) -> Whole:
    """Count the chosen prosecutions of an arm for each institution of `keys`."""
    wanted = np.asarray(keys, dtype=np.int64)
    order = np.argsort(wanted)
    found = np.searchsorted(wanted[order], arm.institution[chosen])
    inside = found < wanted.size
    inside[inside] &= wanted[order][found[inside]] == arm.institution[chosen][inside]
    counts = np.bincount(found[inside], minlength=wanted.size)
    result = np.empty(wanted.size, np.int64)
    result[order] = counts
    return result
