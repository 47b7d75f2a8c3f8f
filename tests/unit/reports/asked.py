"""How tests ask for a report, and read its tables."""

from __future__ import annotations

from courtwatch.reports.queries import Reader
from courtwatch.reports.registry import Ask, make
from courtwatch.services.fact_filters import FactFilters
from tests.reports_asked import filters_of
from tests.unit.reports.scene import NOW

KH = FactFilters(jurisdiction=("KH",))


def build(record, name, reader=None, filters=KH, now=NOW, **ask):
    """Make a report for a monitor of 'lotus', or another reader."""
    reader = reader or Reader(record.actor("lotus"))
    return make(record.session, name, Ask(filters_of(name, filters), **ask), reader, now)


def head(report, key):
    """Return a headline's figure."""
    return next(each.figure for each in report.headlines if each.key == key)


def counts(table, column):
    """Return row key -> value of one column, the total included."""
    return {row.key: row.figures[table.column(column)].value for row in table.every_row()}
