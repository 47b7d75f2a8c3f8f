"""What a report must be asked besides, so that tests can walk over all of them."""

from __future__ import annotations

from courtwatch.reports.kinds import REPORTS
from courtwatch.services.fact_filters import FactFilters

COURT = "KH-12-CFI"


def needs_of(name: str) -> tuple[str, ...]:
    """Return the filters that a report needs; none for a name that is no report."""
    return tuple(REPORTS[name].needs) if name in REPORTS else ()


def query_of(name: str, query: str = "") -> str:
    """Return the query of a report's address: `query` (with its '?', or '') and what it needs."""
    needed = "&".join(f"{each}={COURT}" for each in needs_of(name))
    return query if not needed else f"{query}&{needed}" if query else f"?{needed}"


def filters_of(name: str, filters: FactFilters) -> FactFilters:
    """Return filters, with those that the report needs."""
    missing = [each for each in needs_of(name) if not getattr(filters, each)]
    return filters.with_(**dict.fromkeys(missing, COURT))
