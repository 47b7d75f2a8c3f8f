"""Which row became a record, and how a row's cells are looked up."""

from __future__ import annotations

from typing import Any

from courtwatch.exchange.plan import RowRef
from courtwatch.exchange.tables import Table


class Rows:
    """Keeps account of which row became a record, so that each is claimed once."""

    def __init__(self, tables: dict[str, Table]) -> None:
        self._claimed = {name: bytearray(len(table.lines)) for name, table in tables.items()}
        self.skipped: dict[RowRef, str] = {}

    def claim(self, table: str, row: int) -> RowRef | None:
        """Return the reference for the first record of a row; None for further ones."""
        claimed = self._claimed[table]
        if claimed[row]:
            return None
        claimed[row] = 1
        return table, row

    def is_claimed(self, table: str, row: int) -> bool:
        """Return whether any record was made of a row."""
        return bool(self._claimed[table][row])


def value_of(table: Table, column: str | None, row: int) -> Any:
    """Return a cell's value; None where the mapping names no column."""
    return None if column is None else table.columns[column][row]


def enum_or(kind: Any, value: Any, default: Any) -> Any:
    """Return the member of a closed set, or what stands for an unknown one."""
    return default if value is None else kind(value)
