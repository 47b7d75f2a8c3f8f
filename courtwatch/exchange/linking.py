"""Whose row is it: the prosecutions and cases of a source, and the days that are told of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from courtwatch.exchange.mapping import Mapping
from courtwatch.exchange.ordering import OrderRules, SetAside
from courtwatch.exchange.quality import Quality
from courtwatch.exchange.tables import Table
from courtwatch.exchange.values import Day


class Links:
    """Prosecutions by number 0..n-1, and the rows of every table by prosecution."""

    def __init__(self, mapping: Mapping, tables: dict[str, Table]) -> None:
        self.mapping = mapping
        self.tables = tables
        main = tables[mapping.records.prosecution.table]
        columns = main.spec.prosecution or main.spec.key
        self.rows: list[int] = []
        self.index: dict[str, int] = {}
        self.case_keys: list[str] = []
        for at in main.alive():
            key = main.key_of(at, columns)
            if key is None or key in self.index:
                continue
            self.index[key] = len(self.rows)
            self.rows.append(at)
            self.case_keys.append(main.key_of(at, main.spec.case or columns) or key)
        self.of_case: dict[str, list[int]] = {}
        for number, case in enumerate(self.case_keys):
            self.of_case.setdefault(case, []).append(number)
        self._owner: dict[str, list[int | None]] = {}
        self._present: dict[str, set[int]] = {}
        self._days: dict[str, dict[int, list[date]]] = {}
        self._first: dict[str, dict[int, Day]] = {}
        self._by_day: dict[str, dict[date, list[int]]] = {}
        self.aside: set[tuple[int, str, date]] = set()

    def prosecution_of(self, table: str, row: int) -> int | None:
        """Return the prosecution of a row; None for a row about a whole case."""
        owners = self._owner.get(table)
        if owners is None:
            owners = self._owner[table] = self._find_owners(self.tables[table])
        return owners[row]

    def _find_owners(self, table: Table) -> list[int | None]:
        columns = table.spec.prosecution
        if columns is None:
            return [None] * len(table.lines)
        if len(columns) == 1:
            keys = table.columns[columns[0]]
            return [None if key is None else self.index.get(str(key)) for key in keys]
        return [
            self.index.get(table.key_of(at, columns) or "") for at in range(len(table.lines))
        ]

    def prosecutions_of(self, table: Table, row: int) -> list[int]:
        """Return the prosecution of a row, or all of the case that the row is about."""
        own = self.prosecution_of(table.name, row)
        if own is not None:
            return [own]
        key = self.case_of(table, row)
        return self.of_case.get(key, []) if key is not None else []

    def case_of(self, table: Table, row: int) -> str | None:
        """Return the key of the case of a row."""
        own = self.prosecution_of(table.name, row)
        if own is not None:
            return self.case_keys[own]
        return table.key_of(row, table.spec.case) if table.spec.case else None

    def has_rows(self, table: str, prosecution: int) -> bool:
        """Return whether a prosecution has rows that count in a table."""
        present = self._present.get(table)
        if present is None:
            rows = self.tables[table].alive()
            owners = (self.prosecution_of(table, row) for row in rows)
            present = self._present[table] = {own for own in owners if own is not None}
        return prosecution in present

    def days_of(self, slot: str, prosecution: int) -> list[date]:
        """Return the days of a prosecution in TABLE.COLUMN that were not set aside."""
        days = self._slot(slot).get(prosecution)
        if not days:
            return []
        if not self.aside:
            return days
        return [day for day in days if (prosecution, slot, day) not in self.aside]

    def first_day(self, slot: str, prosecution: int) -> Day | None:
        """Return the first told day of a prosecution in TABLE.COLUMN, trusted or not."""
        self._slot(slot)
        return self._first[slot].get(prosecution)

    def _slot(self, slot: str) -> dict[int, list[date]]:
        found = self._days.get(slot)
        if found is None:
            name, _, column = slot.partition(".")
            table = self.tables[name]
            values = table.columns[column]
            found = self._days[slot] = {}
            first = self._first[slot] = {}
            for row in table.alive():
                day = values[row]
                if day is None:
                    continue
                for own in self.prosecutions_of(table, row):
                    first.setdefault(own, day)
                    if not day.exact:
                        continue
                    days = found.setdefault(own, [])
                    if day.first not in days:
                        days.append(day.first)
        return found

    def set_aside_contradictions(self, rules: OrderRules, quality: Quality) -> None:
        """Set aside, in every prosecution, the days that contradict the order of the law."""
        slots = {slot: self._slot(slot) for slot in sorted(rules.slots)}
        for number, days in self._days_by_prosecution(slots):
            for found in rules.set_aside(days):
                self.aside.add((number, found.slot, found.day))
                self._tell(number, found, quality)

    def _days_by_prosecution(
        self, slots: dict[str, dict[int, list[date]]]
    ) -> Iterator[tuple[int, dict[str, list[date]]]]:
        for number in range(len(self.rows)):
            days = {slot: found[number] for slot, found in slots.items() if number in found}
            if len(days) > 1:
                yield number, days

    def _tell(self, number: int, found: SetAside, quality: Quality) -> None:
        name, _, column = found.slot.partition(".")
        table = self.tables[name]
        rows = [
            row
            for row in self._rows_with(table, column, found.day)
            if number in self.prosecutions_of(table, row)
        ]
        other, day = found.against
        side = "after" if found.day > day else "before"
        for row in rows:
            quality.find(
                "days_out_of_order", name, table.lines[row], table.spec.columns[column].heading[0],
                f"{found.day} lies {side} {other} {day}",
                "of the contradicting days the least trusted was set aside; its day is unknown",
            )  # fmt: skip

    def _rows_with(self, table: Table, column: str, day: date) -> list[int]:
        """Return the rows of a table with a day in a column, from an index made once."""
        slot = f"{table.name}.{column}"
        index = self._by_day.get(slot)
        if index is None:
            index = self._by_day[slot] = {}
            for row in table.alive():
                value = table.columns[column][row]
                if value is not None:
                    index.setdefault(value.first, []).append(row)
        return index.get(day, [])
