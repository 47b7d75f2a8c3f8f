"""The kind of frozen reports: kept figures that do not fit their checksum."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from courtwatch.models import ReportSnapshot
from courtwatch.reports.snapshot_figures import intact
from courtwatch.services.integrity.kinds import Context, Finding, Kind, Severity
from courtwatch.services.integrity.words import database_kind
from courtwatch.services.messages import _


def _snapshot_altered(context: Context) -> Iterator[Finding]:
    """Hash what is kept of each frozen report, some at a time."""
    query = select(ReportSnapshot.__table__).order_by(ReportSnapshot.id)
    for row in context.connection.execute(query.execution_options(yield_per=50)):
        if not intact(row):
            yield Finding(row_id=row.id, first=row.code)


KINDS: tuple[Kind, ...] = (
    database_kind(
        "snapshot_altered",
        Severity.WRONG,
        _("Frozen report whose figures do not fit its checksum"),
        _(
            "Somebody changed in the database what was frozen, or for whom. Its page says so and "
            "sends no file, and whoever quotes it has other figures."
        ),
        _(
            "No page makes this. Put the row back from a backup: its checksum says whether it is "
            "the right one. courtwatch report --frozen IDENTIFIER checks it."
        ),
        told=_("The frozen report ${first}."),
        stream=_snapshot_altered,
    ),
)
