"""Kinds of the search index and of the worker that writes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, func, or_

from courtwatch.models import Job
from courtwatch.services.compare_index import Difference, compare_index
from courtwatch.services.integrity.kinds import (
    Context,
    Finding,
    Group,
    Kind,
    Mender,
    Severity,
    Value,
    found,
)
from courtwatch.services.messages import _

WAITING_HOURS = 24
_TOLD = {
    Difference.MISSING: "not in the index",
    Difference.EXTRA: "should not be in the index",
    Difference.OUTDATED: "older in the index than in the record",
}


def _job_failing(context: Context) -> Sequence[Select[Any]]:
    query = (
        found(first=Job.kind, second=func.count(Job.id))
        .select_from(Job)
        .where(
            or_(
                Job.attempts >= context.limits.job_attempts,
                Job.run_at < context.now - timedelta(hours=WAITING_HOURS),
            )
        )
        .group_by(Job.kind)
    )
    return (query,)


def _index_out_of_step(context: Context) -> Iterator[Finding]:
    """Compare index and database; a case that waits for the worker is not out of step."""
    if context.engine is None or context.index is None:
        return
    for fault in compare_index(context.engine, context.index).faults:
        yield Finding(row_id=fault.case_id, first="case", second=_TOLD[fault.difference])


KINDS: tuple[Kind, ...] = (
    Kind(
        code="job_failing",
        group=Group.INDEX,
        severity=Severity.DOUBTFUL,
        title=_("Jobs that fail or wait too long"),
        explanation=_(
            "The worker tried them several times, or nobody has taken them for a day. What was "
            "recorded is not found by searching, and redacted words may still be in the index."
        ),
        told=_("Jobs of the kind ${first}: ${second}."),
        mend=_("See that a worker runs (courtwatch worker); its log says why a job fails."),
        who=Mender.ADMINISTRATOR,
        find=_job_failing,
        values=(Value.PLAIN, Value.PLAIN),
    ),
    Kind(
        code="index_out_of_step",
        group=Group.INDEX,
        severity=Severity.WRONG,
        title=_("Search index out of step"),
        explanation=_(
            "A case is missing from the search index, or the index holds one that it should not. "
            "Searching does not find the first; the second is hidden by a check at every search, "
            "and should not be there all the same."
        ),
        told=_("A row of the table ${first} is ${second}."),
        mend=_("Run: courtwatch reindex"),
        who=Mender.ADMINISTRATOR,
        stream=_index_out_of_step,
        values=(Value.PLAIN, Value.PLAIN),
        costly=True,
    ),
)
