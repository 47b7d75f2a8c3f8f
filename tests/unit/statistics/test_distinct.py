"""Distinct values by counting are those of numpy, of every kind of column."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from courtwatch.statistics._distinct import distinct

COLUMNS = st.one_of(
    arrays.arrays(np.int64, st.integers(0, 40), elements=st.integers(-30, 30)),
    arrays.arrays(np.int8, st.integers(0, 40)),
    arrays.arrays(np.int64, st.integers(0, 40)),
    arrays.arrays(np.uint64, st.integers(0, 40)),
    arrays.arrays(bool, st.integers(0, 40)),
    arrays.arrays(np.float64, st.integers(0, 40), elements=st.sampled_from([-1.0, 0.0, 2.0, 9.0])),
    arrays.arrays(np.float64, st.integers(0, 40), elements=st.floats(allow_nan=True)),
    arrays.arrays("U3", st.integers(0, 40)),
)


class TestDistinct:
    """What `numpy.unique` says, sooner."""

    @given(COLUMNS)
    def test_says_what_numpy_says(self, values):
        """The same values in the same order, and the same places; of the same type."""
        found, place = distinct(values)
        seen, inverse = np.unique(values, return_inverse=True)
        np.testing.assert_array_equal(found, seen)
        np.testing.assert_array_equal(place, inverse)
        assert found.dtype == values.dtype
        assert place.dtype == np.int64

    @pytest.mark.parametrize("far", [2**62, -(2**63)])
    def test_does_not_count_up_to_numbers_that_lie_far_apart(self, far):
        """Two numbers do not ask for an array of all between them."""
        found, place = distinct(np.array([far, 1, far]))
        assert sorted(found.tolist()) == sorted([far, 1])
        np.testing.assert_array_equal(found[place], [far, 1, far])
