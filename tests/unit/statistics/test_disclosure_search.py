"""How little is hidden, in how long, and that the proof fails where it should."""

from __future__ import annotations

import time

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from courtwatch.statistics._table_proof import Programs
from courtwatch.statistics.disclosure import feasible_ranges, suppress, with_margins


def balance(shape):
    """Return the matrix (r + c + 2, cells) that every movement of a table with margins solves."""
    sign = np.ones(shape)
    sign[-1, :-1] = sign[:-1, -1] = -1
    places = np.indices(shape)
    lines = [sign * (places[0] == i) for i in range(shape[0])]
    lines += [sign * (places[1] == j) for j in range(shape[1])]
    return np.array([line.ravel() for line in lines])


def fewest(counts, threshold):
    """Return how few cells can be hidden, from one mixed-integer program that shares no code.

    Variables are which cells are hidden, and for each primary two movements of all cells: in one
    it rises, in the other it falls, so far that both together are its width.
    """
    table = with_margins(counts)
    primary = np.flatnonzero((table > 0) & (table < threshold))
    cells, shape, table = table.size, table.shape, table.ravel()
    width = threshold - 1
    falls = np.minimum(np.maximum(table - 1, 0), width)
    size = cells * (1 + 2 * len(primary))
    hidden = np.eye(cells, size)
    conditions = []
    for k, cell in enumerate(primary):
        pair = [np.eye(cells, size, cells * (1 + 2 * k + side)) for side in (0, 1)]
        for moved in pair:
            conditions.append(LinearConstraint(balance(shape) @ moved, 0, 0))
            conditions.append(LinearConstraint(moved - width * hidden, -np.inf, 0))
            conditions.append(LinearConstraint(-moved - falls[:, None] * hidden, -np.inf, 0))
        conditions.append(LinearConstraint((pair[0] - pair[1])[cell], width, np.inf))
    lower, upper = np.full(size, -np.inf), np.full(size, np.inf)
    lower[:cells], upper[:cells] = np.isin(np.arange(cells), primary), table > 0
    found = milp(
        hidden.sum(axis=0),
        integrality=hidden.sum(axis=0),
        bounds=Bounds(lower, upper),
        constraints=conditions,
    )
    assert found.status == 0
    return round(found.fun)


def width_of(table, mask, cell):
    """Return the width of one cell's range from a program of its own, over all cells."""
    place = np.ravel_multi_index(cell, table.shape)
    ends = []
    for sign in (1, -1):
        found = linprog(
            sign * np.eye(1, table.size, place)[0],
            A_eq=balance(table.shape),
            b_eq=np.zeros(sum(table.shape)),
            bounds=[
                (1 - value if hides else 0, None if hides else 0)
                for value, hides in zip(table.flat, mask.flat, strict=True)
            ],
        )
        ends.append(np.inf if found.status == 3 else abs(found.fun))
    return sum(ends)


class TestHowLittleIsHidden:
    """Against what can be proved to be least."""

    def test_hides_hardly_more_than_the_least(self):
        """In 24 tables, at most one cell in a hundred more."""
        hidden = least = 0
        for seed in range(24):
            rng = np.random.default_rng(seed)
            counts = (
                rng.negative_binomial(1.2, 0.09, (5, 4))
                if seed % 2
                else np.minimum(rng.zipf(1.5, (5, 4)) - 1, 5000)
            )
            this, best = int(suppress(counts).sum()), fewest(counts, 5)
            assert this >= best
            hidden += this
            least += best
        assert least > 200
        assert hidden <= 1.01 * least

    def test_large_tables_take_a_moment(self):
        """200 courts and 12 kinds of ends took half a minute; every tenth hidden cell is tried."""
        rng = np.random.default_rng(7)
        sizes = np.minimum(rng.zipf(1.4, (200, 1)), 2000) * (3 / np.arange(1, 13))
        counts = rng.poisson(sizes)
        before = time.process_time()
        mask = suppress(counts)
        assert time.process_time() - before < 6
        table = with_margins(counts)
        small = (table > 0) & (table < 5)
        assert mask[small].all()
        assert mask.mean() < small.mean() + 0.04
        for cell in map(tuple, np.argwhere(mask)[::40]):
            assert width_of(table, mask, cell) >= (4 if small[cell] else 1) - 1e-6


class TestProof:
    """The programs that have the last word."""

    def test_agrees_with_two_programs_for_each_cell(self):
        """Of masks drawn at random, safe or not."""
        answers = []
        for seed in range(40):
            rng = np.random.default_rng(seed)
            counts = rng.negative_binomial(1.2, 0.2, (4, 4))
            table = with_margins(counts)
            mask = (rng.random(table.shape) < rng.uniform(0.3, 1)) & (table > 0)
            width = feasible_ranges(counts, mask).width[mask]
            for least in (1, 4, 9):
                answers.append(bool((width >= least - 1e-6).all()))
                proved = Programs(table, mask).prove(np.full(int(mask.sum()), least))
                assert proved == answers[-1]
        assert 20 < sum(answers) < 100

    def test_huge_counts_are_proved_as_well(self):
        """A movement of 4 is not lost beside thousands of millions."""
        counts = np.random.default_rng(3).integers(10**9, 2 * 10**9, (6, 5))
        counts[2, 3] = 3
        mask = suppress(counts)
        assert mask.sum() == 4
        assert (feasible_ranges(counts, mask).width[mask] >= 4).all()

    def test_a_threshold_may_be_huge(self):
        """Ways of a thousand million more are not tried one by one."""
        counts = np.random.default_rng(0).integers(0, 2 * 10**9, (8, 4))
        before = time.process_time()
        mask = suppress(counts, 10**9)
        assert time.process_time() - before < 5
        small = with_margins(counts) < 10**9
        assert (feasible_ranges(counts, mask).width[mask & small] >= 10**9 - 1).all()
