"""Small counts hidden: nothing can be worked out, and little more than needed is hidden."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.optimize import linprog

from courtwatch.statistics.disclosure import feasible_ranges, suppress, with_margins

SMALL = st.one_of(st.integers(0, 6), st.integers(0, 60))
TABLES = arrays(np.int64, array_shapes(min_dims=2, max_dims=2, max_side=5), elements=SMALL)


def primary(counts, threshold=5):
    """Return the cells that must be hidden whatever else is."""
    table = with_margins(counts)
    return (table > 0) & (table < threshold)


def has_lines_alike(counts, threshold):
    """Say whether two rows or two columns are the same: either of them may be the hidden one."""
    rows = np.concatenate([counts, threshold], axis=1)
    columns = np.concatenate([counts, threshold]).T
    return any(len(np.unique(lines, axis=0)) < len(lines) for lines in (rows, columns))


def width_by_other_means(counts, mask, cell):
    """Return the width of a cell's range from one dense program over the inner cells alone.

    Margins are sums of inner cells here, not variables, so this shares nothing with the audit.
    """
    r, c = counts.shape
    inner = [np.eye(1, r * c, i * c + j)[0] for i in range(r) for j in range(c)]
    sums = {(i, j): inner[i * c + j] for i in range(r) for j in range(c)}
    sums |= {(i, c): sum(inner[i * c + j] for j in range(c)) for i in range(r)}
    sums |= {(r, j): sum(inner[i * c + j] for i in range(r)) for j in range(c)}
    sums |= {(r, c): sum(inner)}
    table = with_margins(counts)
    shown = [k for k in sums if not mask[k]]
    hidden = [k for k in sums if mask[k]]
    ends = []
    for sign in (1, -1):
        found = linprog(
            sign * sums[cell],
            A_eq=np.array([sums[k] for k in shown]) if shown else None,
            b_eq=[table[k] for k in shown] if shown else None,
            A_ub=-np.array([sums[k] for k in hidden]),
            b_ub=-np.ones(len(hidden)),
            bounds=(0, None),
        )
        ends.append(-np.inf * sign if found.status == 3 else sign * found.fun)
    return ends[1] - ends[0]


class TestSuppress:
    """The mask of a table."""

    @settings(max_examples=40, deadline=None)
    @given(TABLES)
    def test_nothing_can_be_worked_out(self, counts):
        """Every primary is hidden and at least 4 wide, every other hidden cell at least 1."""
        mask = suppress(counts)
        small, table = primary(counts), with_margins(counts)
        assert mask.shape == table.shape
        assert mask[small].all()
        assert not mask[table == 0].any()
        width = feasible_ranges(counts, mask).width
        assert (width[small] >= 4 - 1e-6).all()
        assert (width[mask] >= 1 - 1e-6).all()
        if not small.any():
            assert not mask.any()

    @settings(max_examples=15, deadline=None)
    @given(TABLES)
    def test_another_program_agrees(self, counts):
        """Ranges computed from inner cells alone are the same."""
        mask = suppress(counts)
        width = feasible_ranges(counts, mask).width
        for cell in map(tuple, np.argwhere(mask)):
            other = width_by_other_means(counts, mask, cell)
            assert other == width[cell] or abs(other - width[cell]) < 1e-6

    @settings(max_examples=15, deadline=None)
    @given(TABLES, st.integers(2, 10), st.integers(2, 10))
    def test_thresholds_may_differ_by_cell(self, counts, low, high):
        """A total takes the largest threshold of its cells."""
        threshold = np.full(counts.shape, low)
        threshold[0, 0] = high
        margins = np.full((counts.shape[0] + 1, counts.shape[1] + 1), low)
        top = max(low, high) if counts.size > 1 else high
        margins[0, 0], margins[0, -1], margins[-1, 0], margins[-1, -1] = high, top, top, top
        if counts.shape[1] == 1:
            margins[0, -1] = high
        if counts.shape[0] == 1:
            margins[-1, 0] = high
        table = with_margins(counts)
        mask = suppress(counts, threshold)
        small = (table > 0) & (table < margins)
        assert mask[small].all()
        width = feasible_ranges(counts, mask).width
        assert (width[small] >= margins[small] - 1 - 1e-6).all()

    def test_is_the_same_every_time(self):
        """For one table there is one mask."""
        counts = np.random.default_rng(1).negative_binomial(1.2, 0.1, (8, 5))
        np.testing.assert_array_equal(suppress(counts), suppress(counts.copy()))

    @settings(max_examples=40, deadline=None)
    @given(st.integers(0, 10_000))
    def test_the_order_of_rows_and_columns_changes_nothing(self, seed):
        """Courts in any order, or as columns: the same cells are hidden; thresholds move along."""
        rng = np.random.default_rng(seed)
        shape = rng.integers(1, 9, 2)
        counts = rng.integers(0, 4, shape) if seed % 2 else rng.negative_binomial(0.6, 0.06, shape)
        threshold = rng.choice([5, 10], shape)
        assume(not has_lines_alike(counts, threshold))
        rows, columns = rng.permutation(shape[0]), rng.permutation(shape[1])
        moved = suppress(counts[rows][:, columns], threshold[rows][:, columns])
        lines = np.ix_(np.append(rows, shape[0]), np.append(columns, shape[1]))
        mask = suppress(counts, threshold)
        np.testing.assert_array_equal(moved, mask[lines])
        # Two pages that lay one table either way must not hide different cells.
        np.testing.assert_array_equal(suppress(counts.T, threshold.T), mask.T)

    def test_hides_little_more_than_needed(self):
        """A fifth of these cells are small; primaries and a seventh more of the table at most."""
        hidden = small = 0.0
        for seed in range(6):
            counts = np.random.default_rng(seed).negative_binomial(1.2, 0.09, (10, 6))
            hidden += suppress(counts).mean() / 6
            small += primary(counts).mean() / 6
        assert 0.15 < small < 0.25
        assert hidden < small + 0.12

    def test_primaries_alone_would_be_worked_out(self):
        """The rule this replaces fails: a lone small cell of a row is row total minus the rest."""
        counts = np.array([[3, 20, 30], [40, 50, 60]])
        alone = primary(counts)
        assert feasible_ranges(counts, alone).width[0, 0] == 0
        mask = suppress(counts)
        assert mask.sum() == 4
        assert feasible_ranges(counts, mask).width[0, 0] >= 4

    def test_widens_beyond_row_and_column(self):
        """Zeros leave the small cell's own row and column without help; totals are hidden."""
        counts = np.array([[3, 0, 0], [0, 20, 0], [0, 0, 30]])
        mask = suppress(counts)
        assert feasible_ranges(counts, mask).width[mask].min() >= 1
        assert mask[0, 0]
        assert mask[3, 3]

    @pytest.mark.parametrize(
        ("counts", "threshold", "message"),
        [
            ([1, 2], 5, "rows and columns"),
            ([[1, -2]], 5, "whole numbers from 0"),
            ([[1.5, 2]], 5, "whole numbers from 0"),
            ([[float("nan"), 2]], 5, "whole numbers from 0"),
            ([[2**53, 2]], 5, "below 2"),
            (np.full((60, 60), 2**52), 5, "add up"),
            ([[1, 2], [3]], 5, "of one length"),
            ([[1, 2]], float("nan"), "whole number from 1"),
            ([[1, 2]], 0, "from 1"),
            ([[1, 2]], [5, 5], "one for each cell"),
        ],
    )
    def test_refuses_what_is_no_table(self, counts, threshold, message):
        """And says what is allowed."""
        with pytest.raises(ValueError, match=message):
            suppress(counts, threshold)

    def test_ranges_refuse_a_mask_that_hides_a_zero(self):
        """Zeros are always shown."""
        with pytest.raises(ValueError, match="zeros are shown"):
            feasible_ranges([[0, 9]], np.ones((2, 3), dtype=bool))

    def test_loads_the_optimiser_only_when_it_is_asked(self):
        """A web worker that publishes no table does not pay for it."""
        code = (
            "import sys, courtwatch.statistics.disclosure, courtwatch.statistics.court_comparison;"
            "sys.exit('scipy.optimize' in sys.modules or 'scipy.stats' in sys.modules)"
        )
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
