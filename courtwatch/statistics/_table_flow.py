"""How far a hidden cell of a table can move, as flow through the other hidden cells.

A table with its totals is a circulation: write totals of rows and columns with a minus, and every
row and every column of the (r + 1, c + 1) table adds up to 0. Raising one cell by d needs a flow
of d from its column back to its row through other hidden cells, so what can be recovered is a
maximum flow, exactly, and the cheapest cells to hide are a shortest path.

Source: Castro 2012, European Journal of Operational Research 216:1; Cox 1995, JASA 90:1453.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Mask = NDArray[np.bool_]
Cell = tuple[int, int]

ENDLESS = 1 << 40
SMALLEST = 1  # zeros are always shown, so a reader knows that a hidden cell is at least 1


@dataclass
class Flow:
    """Movement of hidden cells: `moved` is e = +d inside and in the total, -d in other margins."""

    table: Whole
    hidden: Mask
    moved: dict[Cell, int] = field(default_factory=dict)

    def room(self, cell: Cell, up: bool) -> int:
        """Return by how much e of a cell can still go up (row to column) or down."""
        i, j = cell
        plain = (i == self.table.shape[0] - 1) == (j == self.table.shape[1] - 1)
        now = self.moved.get(cell, 0)
        if up == plain:
            return ENDLESS
        lowest = int(self.table[cell]) - SMALLEST
        return lowest - now if up else lowest + now

    def push(self, path: list[tuple[Cell, bool]], amount: int) -> None:
        """Move the cells of a path."""
        for cell, up in path:
            self.moved[cell] = self.moved.get(cell, 0) + (amount if up else -amount)


class Network:
    """Rows and columns of a table as nodes, its nonzero cells as edges."""

    def __init__(self, table: Whole) -> None:
        self.table = table
        self.rows, self.columns = table.shape
        self._lines: tuple[bytes, list[list[Cell]]] = (b"", [])
        self.of_row = [[(i, int(j)) for j in np.flatnonzero(r)] for i, r in enumerate(table)]
        self.of_column = [[(int(i), j) for i in np.flatnonzero(c)] for j, c in enumerate(table.T)]
        # Cells count alike; of two, the smaller one is hidden rather than the larger, and
        # one inside rather than a total.
        edge = np.zeros(table.shape)
        edge[-1, :] += 0.25
        edge[:, -1] += 0.25
        self.cost = 1 + edge + 0.1 * np.log1p(table) / np.log1p(max(1, int(table.max())))

    def path(
        self, flow: Flow, start: int, goal: int, avoid: Cell
    ) -> tuple[list[tuple[Cell, bool]], int] | None:
        """Return the shortest path between two nodes through hidden cells, and the room along it.

        Nodes are rows 0..rows-1, then columns.
        """
        lines = self._hidden_lines(flow.hidden)
        came: dict[int, tuple[int, Cell, bool]] = {}
        queue, reached = deque([start]), {start}
        while queue:
            node = queue.popleft()
            from_row = node < self.rows
            for cell in lines[node]:
                other = cell[1] + self.rows if from_row else cell[0]
                if other in reached or cell == avoid or flow.room(cell, from_row) < 1:
                    continue
                came[other] = (node, cell, from_row)
                if other == goal:
                    return self._back(flow, came, start, goal)
                reached.add(other)
                queue.append(other)
        return None

    def _hidden_lines(self, hidden: Mask) -> list[list[Cell]]:
        """Return the hidden cells of each row, then of each column; one mask is asked often."""
        key = hidden.tobytes()
        if self._lines[0] != key:
            lines: list[list[Cell]] = [[] for _ in range(self.rows + self.columns)]
            for i, j in np.argwhere(hidden).tolist():
                lines[i].append((i, j))
                lines[self.rows + j].append((i, j))
            self._lines = (key, lines)
        return self._lines[1]

    def widened(
        self, flow: Flow, start: int, goal: int, avoid: Cell, room: int
    ) -> list[tuple[Cell, bool]] | None:
        """Return the cheapest path with so much room, through shown cells too at their cost."""
        best: dict[int, float] = {start: 0.0}
        came: dict[int, tuple[int, Cell, bool]] = {}
        queue = [(0.0, start)]
        while queue:
            cost, node = heapq.heappop(queue)
            if node == goal:
                return self._back(flow, came, start, goal)[0]
            if cost > best[node]:
                continue
            from_row = node < self.rows
            cells = self.of_row[node] if from_row else self.of_column[node - self.rows]
            for cell in cells:
                if cell == avoid or flow.room(cell, from_row) < room:
                    continue
                other = cell[1] + self.rows if from_row else cell[0]
                total = cost + (0.0 if flow.hidden[cell] else float(self.cost[cell]))
                if total < best.get(other, float("inf")):
                    best[other] = total
                    came[other] = (node, cell, from_row)
                    heapq.heappush(queue, (total, other))
        return None

    @staticmethod
    def _back(
        flow: Flow, came: dict[int, tuple[int, Cell, bool]], start: int, goal: int
    ) -> tuple[list[tuple[Cell, bool]], int]:
        steps, node = [], goal
        while node != start:
            node, cell, up = came[node]
            steps.append((cell, up))
        return steps, min(flow.room(cell, up) for cell, up in steps)

    def reach(self, hidden: Mask, cell: Cell, up: bool, most: int) -> tuple[int, Flow]:
        """Return by how much a hidden cell can go up (or down), at most `most`, and the flow."""
        flow = Flow(self.table, hidden)
        start, goal = self.ends(cell, up)
        plain = (cell[0] == self.rows - 1) == (cell[1] == self.columns - 1)
        limit = min(most, flow.room(cell, up if plain else not up))
        total = 0
        while total < limit:
            found = self.path(flow, start, goal, cell)
            if found is None:
                break
            steps, room = found
            amount = min(room, limit - total)
            flow.push(steps, amount)
            total += amount
        return total, flow

    def ends(self, cell: Cell, up: bool) -> tuple[int, int]:
        """Return where flow must start and end for a cell to go up (or down)."""
        row, column = cell[0], cell[1] + self.rows
        plain = (cell[0] == self.rows - 1) == (cell[1] == self.columns - 1)
        return (column, row) if up == plain else (row, column)
