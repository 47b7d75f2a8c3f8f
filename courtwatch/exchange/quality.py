"""What an import found and what it did about it; and the proof that no row was lost."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from courtwatch.exchange.formulas import safe_row


class Fate(StrEnum):
    """What became of one input row. Every row has exactly one fate."""

    LOADED = "loaded"
    UNCHANGED = "unchanged"
    MERGED = "merged"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Finding:
    """One anomaly: where it is, what was there, and what was done."""

    kind: str
    table: str
    line: int | None
    column: str | None
    value: str
    done: str


@dataclass(frozen=True, slots=True)
class Reject:
    """One row that is not in the database, with the reason."""

    table: str
    line: int
    reason: str


@dataclass(slots=True)
class TableCount:
    """Rows of one table by fate. `balanced` is the conservation law of an import."""

    table: str
    noun: str
    read: int = 0
    fates: Counter[Fate] = field(default_factory=Counter)

    @property
    def accounted(self) -> int:
        """Rows that have a fate."""
        return sum(self.fates.values())

    @property
    def balanced(self) -> bool:
        """True when every row that was read has one fate."""
        return self.read == self.accounted


LOOKED_FOR = (
    "duplicate_row", "duplicate_key", "missing_link", "unknown_value", "unreadable_value",
    "typing_variant", "untidy_text", "impossible_number", "impossible_day", "day_after_cut_off",
    "days_out_of_order", "tables_disagree", "no_rule", "changed_row", "unknown_institution",
    "unknown_offence", "unresolved_step",
)  # fmt: skip
"""What every import looks for, whatever the mapping adds."""

LISTED_PER_KIND = 5
"""So many examples of a kind are printed in the text report; the CSV lists all."""


@dataclass(slots=True)
class Quality:
    """Collects findings and fates while an import goes on."""

    findings: list[Finding] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    tables: dict[str, TableCount] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    records: Counter[str] = field(default_factory=Counter)
    _weights: dict[int, int] = field(default_factory=dict)

    def find(
        self, kind: str, table: str, line: int | None, column: str | None, value: Any, done: str
    ) -> None:
        """Note one anomaly."""
        self.findings.append(Finding(kind, table, line, column, str(value), done))

    def find_many(
        self, kind: str, table: str, column: str | None, count: int, value: str, done: str
    ) -> None:
        """Note an anomaly that is the same in `count` rows, as one line of the list."""
        self._weights[len(self.findings)] = count
        self.find(kind, table, None, column, value, done)

    def reject(self, table: str, line: int, reason: str) -> None:
        """Note that a row is not taken."""
        self.rejects.append(Reject(table, line, reason))

    def kinds(self) -> dict[tuple[str, str, str], int]:
        """Return how often each (kind, table, what was done) was found, most frequent first."""
        counts: Counter[tuple[str, str, str]] = Counter()
        for at, found in enumerate(self.findings):
            counts[found.kind, found.table, found.done] += self._weights.get(at, 1)
        return dict(counts.most_common())

    def count_of(self, kind: str) -> int:
        """Return how often a kind of anomaly was found over all tables."""
        return sum(number for (name, _, _), number in self.kinds().items() if name == kind)

    @property
    def balanced(self) -> bool:
        """True when the numbers of every table add up."""
        return all(count.balanced for count in self.tables.values())

    def summary(self) -> dict[str, Any]:
        """Return the counts as plain values, for the import batch and machine-readable output."""
        return {
            "tables": {
                count.table: {
                    "read": count.read,
                    **{fate.value: count.fates.get(fate, 0) for fate in Fate},
                    "balanced": count.balanced,
                }
                for count in self.tables.values()
            },
            "records": dict(sorted(self.records.items())),
            "anomalies": [
                {"kind": kind, "table": table, "done": done, "count": number}
                for (kind, table, done), number in self.kinds().items()
            ],
            "notes": list(self.notes),
        }

    def text(self) -> str:
        """Return the report for a person."""
        lines = ["Rows", *_table_lines(self.tables.values())]
        if self.records:
            lines += ["", "Records made"]
            lines += [f"  {number:>9,}  {name}" for name, number in sorted(self.records.items())]
        lines += ["", "Found, and what was done"]
        lines += list(self._kind_lines()) or ["  nothing out of the ordinary"]
        found = {kind for kind, _, _ in self.kinds()}
        missed = [kind for kind in LOOKED_FOR if kind not in found]
        if missed:
            lines += [f"  looked for and not found: {', '.join(missed)}"]
        if self.notes:
            lines += ["", "Notes", *(f"  {note}" for note in self.notes)]
        return "\n".join(lines) + "\n"

    def _kind_lines(self) -> Iterable[str]:
        examples: dict[tuple[str, str, str], list[Finding]] = {}
        for found in self.findings:
            shown = examples.setdefault((found.kind, found.table, found.done), [])
            if len(shown) < LISTED_PER_KIND:
                shown.append(found)
        for key, number in self.kinds().items():
            kind, table, done = key
            yield f"  {number:>9,}  {kind} in {table}: {done}"
            for found in examples[key]:
                place = f"line {found.line}" if found.line else "all"
                column = f", {found.column}" if found.column else ""
                yield f"             {place}{column}: {found.value}"

    def write_csv(self, path: Path) -> None:
        """Write every finding, one a line."""
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(["kind", "table", "line", "column", "value", "done", "rows"])
            for at, found in enumerate(self.findings):
                rows = self._weights.get(at, 1)
                cells = [found.kind, found.table, found.line, found.column, found.value, found.done]
                writer.writerow(safe_row([*cells, rows]))


def _table_lines(counts: Iterable[TableCount]) -> Iterable[str]:
    for count in counts:
        parts = " + ".join(f"{count.fates.get(fate, 0):,} {fate.value}" for fate in Fate)
        sign = "=" if count.balanced else "IS NOT"
        yield f"  {count.table}: {count.read:,} read {sign} {parts}   ({count.noun})"
