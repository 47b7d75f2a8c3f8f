"""What an import tells while it runs, what its chunks wrote, and what it did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Protocol

from courtwatch.exchange.quality import Quality
from courtwatch.exchange.tables import Table
from courtwatch.exchange.writer import Writer


class Progress(Protocol):
    """Shows a part of the work; `with progress(label, length) as advance: advance(n)`."""

    def __call__(
        self, label: str, length: int | None
    ) -> AbstractContextManager[Callable[[int], None]]:
        """Begin a part."""


def silent(label: str, length: int | None) -> AbstractContextManager[Callable[[int], None]]:
    """Show nothing."""
    return nullcontext(lambda done: None)


@dataclass(slots=True)
class ImportResult:
    """What an import did. `batch_id` None: nothing was written (dry run, or nothing new)."""

    quality: Quality
    tables: dict[str, Table]
    batch_id: int | None = None
    dry_run: bool = False
    stages: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        """True when the database holds something that it did not hold before."""
        return self.batch_id is not None


@dataclass(slots=True)
class Written:
    """What the chunks wrote."""

    rows: int = 0
    prosecutions: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    hearings: list[int] = field(default_factory=list)
    cases: list[int] = field(default_factory=list)

    def add(self, writer: Writer, rows: int) -> None:
        """Add what one chunk wrote."""
        self.rows += rows
        self.prosecutions += writer.prosecutions
        self.changed += writer.changed
        self.hearings += writer.hearings
        self.cases += writer.cases
