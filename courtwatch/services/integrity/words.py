"""Words that several kinds of the database share."""

from __future__ import annotations

from typing import Any

from courtwatch.services.integrity.kinds import Group, Kind, Mender, Severity, Value
from courtwatch.services.messages import _

REPORT = _(
    "No page makes this. Stop writing, keep a copy of the database, and put the last backup in "
    "its place, or report it with the table and key."
)
REBUILD = _("Run: courtwatch rebuild --mend")


def database_kind(
    code: str, severity: Severity, title: Any, explanation: Any, mend: Any, **more: Any
) -> Kind:
    """Return a kind of the database, told by table and key of a row."""
    return Kind(
        code=code,
        group=Group.DATABASE,
        severity=severity,
        title=title,
        explanation=explanation,
        told=more.pop("told", _("A row of the table ${first}.")),
        mend=mend,
        who=Mender.ADMINISTRATOR,
        values=(Value.PLAIN, Value.PLAIN),
        **more,
    )
