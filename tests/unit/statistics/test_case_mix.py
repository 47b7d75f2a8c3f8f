"""What a typical court would have done with the same prosecutions, and how far a court lies off."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logit

from courtwatch.statistics import _case_mix


class TestShifts:
    """Firth's shift of a court is found however small the court is."""

    @pytest.mark.parametrize("ended", [0.0, 1.0])
    def test_of_one_prosecution_is_known_in_closed_form(self, ended):
        """Its score is 0 where the share is (y + 1/2) / 2, whatever was to be expected."""
        predictor = np.linspace(-5, 5, 41)
        one = np.ones(41)
        cells = _case_mix.Cells(
            court=np.arange(41), levels=np.zeros((1, 41), np.int64), categories=1,
            first=np.arange(41), weight=1.5 * one, square=2.25 * one,
        )  # fmt: skip
        found = _case_mix.shifts(cells, 1.5 * ended * one, predictor)
        np.testing.assert_allclose(found.shift, logit((ended + 0.5) / 2) - predictor, atol=1e-8)
