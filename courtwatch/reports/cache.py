"""Finished reports, kept in memory for a short while.

In memory and not in a table, because a GET writes nothing. The key holds the revision, so that a
report is never older than the record; the age bounds what else moves (today, share levels).
"""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from courtwatch.reports.model import Report

PAGES = 4
"""How many pages of one report are kept."""


@dataclass
class _Kept:
    """A report, and what was written of it: pages, packed, of a few addresses and languages."""

    report: Report
    pages: OrderedDict[Hashable, bytes] = field(default_factory=OrderedDict)


class ReportMemory:
    """At most `size` reports, none older than `seconds` (0 keeps nothing)."""

    def __init__(self, seconds: int, size: int = 64) -> None:
        self.age = timedelta(seconds=seconds)
        self.size = size
        self._reports: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, now: datetime, make: Callable[[], Report]) -> Report:
        """Return the report kept under `key` if it is young enough, else make and keep it."""
        if not self.age:
            return make()
        with self._lock:
            kept = self._reports.get(key)
            if kept is not None and timedelta() <= now - kept.report.provenance.made_at <= self.age:
                self._reports.move_to_end(key)
                return kept.report
        # Made outside the lock: two readers may make the same report, none waits for another's.
        report = make()
        with self._lock:
            self._reports[key] = _Kept(report)
            self._reports.move_to_end(key)
            while len(self._reports) > self.size:
                self._reports.popitem(last=False)
        return report

    def page(self, report: Report, key: Hashable, write: Callable[[], str]) -> str:
        """Return what is written of a report: of one that is kept, once for each `key`."""
        with self._lock:
            kept = next((each for each in self._reports.values() if each.report is report), None)
            packed = None if kept is None else kept.pages.get(key)
        if packed is not None:
            return zlib.decompress(packed).decode()
        page = write()
        if kept is not None:
            packed = zlib.compress(page.encode(), 1)
            with self._lock:
                kept.pages[key] = packed
                while len(kept.pages) > PAGES:
                    kept.pages.popitem(last=False)
        return page
