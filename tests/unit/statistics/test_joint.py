"""Prosecutions of one case with one fate are not as many independent ones."""

import numpy as np
import pytest

from courtwatch.statistics._joint import Joint
from courtwatch.statistics.court_comparison import compare_courts

COURTS, EACH = 30, 240


def country(seed, of=3, large=0, joint=1.0):
    """Return columns of alike courts: cases of `of` accused, of eight in the first `large`.

    A share `joint` of the cases has one fate for all, the others one for each.
    """
    rng = np.random.default_rng(seed)
    court, number = np.repeat(np.arange(COURTS), EACH), np.arange(COURTS * EACH)
    case = np.unique(np.where(court < large, number // 8, 10**6 + number // of),
                     return_inverse=True)[1]  # fmt: skip
    together = rng.random(case.max() + 1)[case] < joint
    fate = np.where(together, rng.random(case.max() + 1)[case], rng.random(case.size))
    days = np.ceil(rng.lognormal(5.4, 0.6, case.max() + 1)[case]).astype(int)
    followup = rng.integers(300, 2200, case.max() + 1)[case]
    event = np.where(days <= followup, np.where(fate < 0.3, 2, 1), 0)
    return court, np.minimum(days, followup), event, followup, case


def compared(columns, known=True):
    """Compare courts, with or without the cases."""
    court, time, event, followup, case = columns
    return compare_courts(
        court, None, time, event, followup=followup, case=case if known else None
    )


class TestCompareCourts:
    def test_marks_no_court_for_a_few_large_cases(self):
        """Without the cases, courts with cases of eight are marked; with them, hardly one."""
        marked = {True: 0, False: 0}
        for seed in range(20):
            columns = country(seed, of=1, large=4)
            for known in marked:
                found = compared(columns, known)
                marked[known] += int((found.dismissal_flagged | found.unresolved_flagged)[:4].sum())
        assert marked[False] >= 8
        assert marked[True] <= 2

    def test_counts_a_case_of_one_fate_as_one(self):
        """Three of one fate are one: errors are those of a third as many."""
        few, many = compared(country(1, of=1)), compared(country(1))
        ratio = np.median(many.dismissal.se / compared(country(1), known=False).dismissal.se)
        assert ratio == pytest.approx(np.sqrt(3), rel=0.05)
        assert np.median(few.dismissal.se) < np.median(many.dismissal.se)

    def test_leaves_alone_whose_fates_are_their_own(self):
        """Co-accused who fare each for themselves count each, but for chance."""
        columns = country(2, joint=0.0)
        one, other = compared(columns), compared(columns, known=False)
        np.testing.assert_allclose(one.dismissal.se, other.dismissal.se, rtol=0.05)
        np.testing.assert_array_equal(one.ratio, other.ratio)

    def test_still_finds_a_court_that_ends_most(self):
        """Seven of ten of its cases, against three of ten."""
        court, time, event, followup, case = country(3)
        worse = (court == 5) & (event == 1) & (case % 7 < 4)
        found = compared((court, time, np.where(worse, 2, event), followup, case))
        assert found.dismissal_flagged[5]

    def test_ignores_the_order_of_rows_and_what_cases_are_called(self):
        """To the last bit, and nearly so."""
        columns = country(4, joint=0.5)
        order = np.random.default_rng(0).permutation(columns[0].size)
        one = compared(columns)
        shuffled = compared(tuple(column[order] for column in columns))
        np.testing.assert_array_equal(one.p_value, shuffled.p_value)
        named = compared((*columns[:4], 10**7 - 5 * columns[4]))
        np.testing.assert_allclose(one.p_value, named.p_value, rtol=1e-9)

    def test_takes_an_unknown_case_as_alone(self):
        """Below 0 nothing is joined, as without cases."""
        columns = country(5)
        unknown = np.full(columns[4].size, -1)
        one, other = compared((*columns[:4], unknown)), compared(columns, False)
        np.testing.assert_array_equal(one.p_value, other.p_value)

    def test_refuses_a_list_of_another_length(self):
        """As of any column."""
        columns = country(6)
        with pytest.raises(ValueError, match="case"):
            compared((*columns[:4], columns[4][1:]))


class TestJoint:
    def test_adds_the_pairs_of_a_case_within_a_court(self):
        """Case 7 lies in two courts, case 8 has one row that weighs; weights 2, 2 and 1, 1, 1."""
        court, case = np.array([0, 0, 1, 1, 1, 0, 1]), np.array([7, 7, 7, 7, 7, 8, 8])
        known = np.array([1, 1, 1, 1, 1, 1, 0], bool)
        weight, y = np.array([2.0, 2, 1, 1, 1, 1, 0]), np.array([1, 1, 0, 0, 0, 1, 0], bool)
        half = np.full(7, 0.5)
        joint = Joint.of(court, case, known)
        more = joint.covariance(3, weight, half, joint.alike(weight, y, half))
        np.testing.assert_allclose(more, [2 * 2 * 2 / 4, 6 / 4, 0])

    def test_is_nothing_where_fates_differ(self):
        """A negative correlation is chance: no court counts for more than it has."""
        court = case = np.zeros(4, int)
        y = np.array([1, 1, 0, 0], bool)
        found = Joint.of(court, case, np.ones(4, bool))
        assert found.alike(np.ones(4), y, np.full(4, 0.5)) == 0
