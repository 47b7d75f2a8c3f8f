"""How much courts differ by nature."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri

from courtwatch.statistics import _overdispersion


class TestSpread:
    """Natural variation is found, and failing courts move it little."""

    @pytest.mark.parametrize("tau", [0.0, 0.2, 0.5])
    def test_finds_what_it_was_given(self, tau):
        """Within a tenth on 2,000 courts, with and without one in ten shifted."""
        rng = np.random.default_rng(7)
        se = rng.uniform(0.05, 0.4, 2000)
        shift = 0.3 + tau * rng.normal(size=2000) + se * rng.normal(size=2000)
        clean = _overdispersion.estimate(shift, se)
        assert abs(np.sqrt(clean.tau2) - tau) < 0.07
        assert abs(clean.mu - 0.3) < 0.03
        bad = _overdispersion.estimate(shift + 1.2 * (rng.random(2000) < 0.1), se)
        assert abs(np.sqrt(bad.tau2) - tau) < 0.18
        assert abs(bad.mu - 0.3) < 0.1

    def test_hangs_on_no_last_bit(self):
        """Eleven courts whose centre jumped by a third of the odds with the 13th digit."""
        shift = np.array([-0.31166304, 0.47201706, -1.62913007, -0.73221818, -0.32138431,
                          0.86218691, 1.1499232, 0.42324026, -0.18714402, -0.48866173,
                          0.94793091])  # fmt: skip
        se = np.array([0.30868448, 0.32258962, 0.83019542, 0.65098066, 0.44752248, 0.36869289,
                       0.28951478, 0.54068156, 0.43949515, 0.57308218, 0.367055])  # fmt: skip
        rng = np.random.default_rng(3)
        one = _overdispersion.median_deviation(shift, se)
        for _ in range(30):
            moved = se * (1 + 1e-12 * rng.normal(size=11))
            other = _overdispersion.median_deviation(shift, moved)
            assert abs(other.mu - one.mu) < 1e-9
            assert abs(other.tau2 - one.tau2) < 1e-9

    def test_rescales_what_winsorising_takes(self):
        """The constant is the mean square of a normal winsorised at 10 % on either side."""
        edge = float(ndtri(0.9))
        density = np.exp(-(edge**2) / 2) / np.sqrt(2 * np.pi)
        exact = 0.8 - 2 * edge * density + 0.2 * edge**2
        assert abs(exact - _overdispersion._WINSORISED_SQUARE) < 1e-6
