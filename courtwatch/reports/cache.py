"""Finished reports, kept in memory for a short while.

In memory and not in a table, because a GET writes nothing. The key holds the revision, so that a
report is never older than the record; the age bounds what else moves (today, share levels).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from threading import Lock

from courtwatch.reports.model import Report


class ReportMemory:
    """At most `size` reports, none older than `seconds` (0 keeps nothing)."""

    def __init__(self, seconds: int, size: int = 64) -> None:
        self.age = timedelta(seconds=seconds)
        self.size = size
        self._reports: OrderedDict[Hashable, Report] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, now: datetime, make: Callable[[], Report]) -> Report:
        """Return the report kept under `key` if it is young enough, else make and keep it."""
        if not self.age:
            return make()
        with self._lock:
            found = self._reports.get(key)
            if found is not None and timedelta() <= now - found.provenance.made_at <= self.age:
                self._reports.move_to_end(key)
                return found
        # Made outside the lock: two readers may make the same report, none waits for another's.
        report = make()
        with self._lock:
            self._reports[key] = report
            self._reports.move_to_end(key)
            while len(self._reports) > self.size:
                self._reports.popitem(last=False)
        return report
