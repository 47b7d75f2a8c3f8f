"""What linear programs (HiGHS) prove about the hidden cells of a table.

Variables are by how much each hidden cell moves: every row and every column of the table with its
margins, totals taken with a minus, moves by 0. Movements are small where counts are huge.

Source: Fischetti and Salazar 2001, Management Science 47:1008; Huangfu and Hall 2018 for HiGHS.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from courtwatch.statistics._table_flow import SMALLEST, Mask, Whole

Floats = NDArray[np.float64]


class Programs:
    """The linear programs of a table (r + 1, c + 1) with its margins, of which cells are hidden."""

    def __init__(self, table: Whole, hidden: Mask) -> None:
        # Imported here: a web worker that publishes no table need not load it.
        from scipy.sparse import csr_array

        cells = np.argwhere(hidden)
        rows, columns = table.shape
        edge = (cells[:, 0] == rows - 1) != (cells[:, 1] == columns - 1)
        sign = np.where(edge, -1, 1)
        index = np.arange(len(cells))
        self._lowest = SMALLEST - table[hidden]
        self._sums = csr_array(
            (
                np.concatenate([sign, sign]),
                (np.concatenate([cells[:, 0], rows + cells[:, 1]]), np.concatenate([index, index])),
            ),
            shape=(rows + columns, len(cells)),
        )

    def ranges(self) -> Iterator[tuple[float, float]]:
        """Yield by how much each hidden cell can fall (0 or less) and rise, two programs each."""
        endless = np.full(len(self._lowest), np.inf)
        for place in range(len(self._lowest)):
            low, high = (
                float(self._furthest(np.array([place]), direction, self._lowest, endless)[place])
                for direction in (-1, 1)
            )
            yield low, high

    def prove(self, least: Whole) -> bool:
        """Return whether the range of each hidden cell is at least so wide, `least` (hidden,).

        Each program yields one table that agrees with what is shown, which is checked in whole
        numbers; it tells how far many cells can move, so few programs are needed. All cells in
        doubt are moved at once, and the first of them alone where that settles none.
        """
        low, high = np.zeros_like(least), np.zeros_like(least)
        doubt = np.arange(len(least))
        while len(doubt):
            for goal in (doubt, doubt[:1]):
                for direction in (-1, 1):
                    moved = self._moved(goal, direction, least)
                    low, high = np.minimum(low, moved), np.maximum(high, moved)
                left = np.flatnonzero(high - low < least)
                if len(left) < len(doubt):
                    break
            else:
                return False
            doubt = left
        return True

    def _moved(self, goal: Whole, direction: int, least: Whole) -> Whole:
        """Return movements (hidden,) that take the cells of the goal far one way, in sum.

        No cell is asked to move further than it must be able to, and no other one needs to move
        further than the widest of them.
        """
        most = np.full(len(least), least.max())
        most[goal] = least[goal]
        found = self._furthest(goal, direction, np.maximum(self._lowest, -most), most)
        if np.isfinite(found).all():
            moved: Whole = np.rint(found).astype(np.int64)
            if not (self._sums @ moved).any() and (moved >= self._lowest).all():
                return moved
        return np.zeros_like(least)

    def _furthest(
        self, goal: Whole, direction: int, lowest: NDArray[np.generic], highest: NDArray[np.generic]
    ) -> Floats:
        """Return the movements (hidden,) that take the cells of the goal furthest, in sum.

        Infinite where nothing limits them, NaN where the program was not solved.
        """
        from scipy.optimize import linprog

        towards = np.zeros(len(self._lowest))
        towards[goal] = -direction
        found = linprog(
            towards,
            A_eq=self._sums,
            b_eq=np.zeros(self._sums.shape[0]),
            bounds=np.column_stack([lowest, highest]),
            method="highs",
        )
        if found.x is None:
            return np.full(len(towards), direction * np.inf if found.status == 3 else np.nan)
        return np.asarray(found.x, dtype=np.float64)
