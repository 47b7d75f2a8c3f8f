"""One court in the comparison of all that decide in one way: what every table of it asks."""

from __future__ import annotations

import numpy as np
from pyramid.i18n import TranslationStringFactory

from courtwatch.reports.comparison_arm import Arm
from courtwatch.reports.delay_words import count_of
from courtwatch.reports.figures import Count
from courtwatch.reports.institution_words import NOT_THROUGH
from courtwatch.reports.model import Label
from courtwatch.reports.scorecard_rows import Court, Flags
from courtwatch.statistics.court_comparison import CourtComparison
from courtwatch.statistics.decomposition import ExpectedRows, expected_rows

_ = TranslationStringFactory("courtwatch")

NOTHING_BY_THEN = _("no outcome is known here within the horizon")


class Compared:
    """One way of ending prosecutions: this court among those that decide on it."""

    def __init__(self, court: Court, arm: Arm) -> None:
        self.court, self.arm = court, arm
        self.mine: Flags = arm.institution == court.key
        self.n = int(self.mine.sum())
        self.label = arm.decision.outcome.label
        self.refused: Label = arm.refusal
        self.compared: CourtComparison | None = None if self.refused is not None else arm.compared
        self._modelled: ExpectedRows | None = None

    @property
    def modelled(self) -> ExpectedRows:
        """Return what the model expects of each prosecution."""
        if self._modelled is None:
            self._modelled = expected_rows(**self.arm.arguments)
        return self._modelled

    @property
    def at(self) -> int:
        """Return the place of this court among those compared."""
        assert self.compared is not None
        return int(np.flatnonzero(self.compared.court == self.court.key)[0])

    @property
    def followed_through(self) -> bool:
        """Say whether hardly anybody ended here unseen, and so figures can be shown."""
        return self.compared is not None and bool(self.compared.followed_through[self.at])

    @property
    def nothing_known(self) -> Label:
        """Return why this court has no figure by the horizon, where it has none."""
        return NOTHING_BY_THEN if self.followed_through else NOT_THROUGH

    @property
    def without_judgment(self) -> bool:
        """Say whether no judgment is known where five were to be expected."""
        return (
            self.compared is not None
            and self.arm.judged
            and bool(self.compared.without_judgment[self.at])
        )

    def counted(self, chosen: Flags) -> Count:
        """Return how many of the arm are chosen, and how many of them the reader may open."""
        picked = np.zeros(self.court.rows.n, bool)
        picked[self.arm.place[chosen]] = True
        return count_of(self.court.rows, picked)
