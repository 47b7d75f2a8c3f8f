"""The outbox: jobs that committed transactions owe, taken in batches and removed when done.

A job is deleted only after its work is durable. A crash in between does the work again, which is
harmless, because every job can be done twice.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, insert, select, update

from courtwatch.models import Job
from courtwatch.models.engine import WRITES
from courtwatch.services.work import INDEX_CASE

INDEX_ALL = "index_all"
INDEX_AGAIN = "index_again"
"""A case that is in the index in use, and may be missing from the one that is being built."""
OF_THE_INDEX = frozenset((INDEX_CASE, INDEX_ALL, INDEX_AGAIN))
NEWEST = 50
MANY_CASES = 5_000
"""More cases than this are indexed faster by building the index again."""
RETRY_SECONDS = (5, 30, 120, 600)


def due_jobs(connection: Connection, kind: str, now: datetime, limit: int) -> list[tuple[int, str]]:
    """Return the key and number of due jobs of a kind, oldest first."""
    query = (
        select(Job.id, Job.key)
        .where(Job.kind == kind, Job.run_at <= now)
        .order_by(Job.id)
        .limit(limit)
    )
    return [(job_id, key) for job_id, key in connection.execute(query)]


def due_kinds(connection: Connection, now: datetime) -> frozenset[str]:
    """Return the kinds of which jobs are due: the one question that an idle worker asks."""
    return frozenset(connection.scalars(select(Job.kind).where(Job.run_at <= now).distinct()))


def due_cases(connection: Connection, now: datetime, limit: int) -> list[tuple[int, int]]:
    """Return (job, case) of the next batch: the oldest, and with them the newest ones.

    So a hearing that is recorded while an import of thousands is being indexed is found at once.
    """
    oldest = due_jobs(connection, INDEX_CASE, now, limit)
    if len(oldest) == limit:
        query = (
            select(Job.id, Job.key)
            .where(Job.kind == INDEX_CASE, Job.run_at <= now, Job.id > oldest[-1][0])
            .order_by(Job.id.desc())
            .limit(NEWEST)
        )
        oldest += [(job_id, key) for job_id, key in connection.execute(query)]
    return [(job_id, int(key)) for job_id, key in oldest]


def index_jobs(connection: Connection) -> list[int]:
    """Return the jobs that ask for cases to be indexed, due or not."""
    return list(connection.scalars(select(Job.id).where(Job.kind.in_(OF_THE_INDEX))))


def cases_waiting(connection: Connection, case_ids: Sequence[int]) -> set[int]:
    """Return which of these cases changed since they were indexed."""
    keys = [str(case_id) for case_id in case_ids]
    query = select(Job.key).where(Job.kind == INDEX_CASE, Job.key.in_(keys))
    return {int(key) for key in connection.scalars(query)}


def keep(engine: Engine, job_ids: Sequence[int]) -> None:
    """Keep jobs for the index that is being built; in the one in use their work is done."""
    with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        keep_in(connection, job_ids)


def keep_in(connection: Connection, job_ids: Sequence[int]) -> None:
    """Keep jobs, in a transaction that writes more than that."""
    for start in range(0, len(job_ids), 500):
        chunk = Job.id.in_(job_ids[start : start + 500])
        connection.execute(update(Job).where(chunk).values(kind=INDEX_AGAIN))


def make_kept_due(engine: Engine) -> None:
    """Have kept jobs done in the index that is in use now."""
    with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        kept = update(Job).where(Job.kind == INDEX_AGAIN).values(kind=INDEX_CASE)
        connection.execute(kept)


def finish(engine: Engine, job_ids: Sequence[int]) -> None:
    """Remove jobs whose work is durable."""
    with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        finish_in(connection, job_ids)


def finish_in(connection: Connection, job_ids: Sequence[int]) -> None:
    """Remove jobs, in a transaction that writes more than that."""
    for start in range(0, len(job_ids), 500):
        connection.execute(delete(Job).where(Job.id.in_(job_ids[start : start + 500])))


def postpone(engine: Engine, job_ids: Sequence[int], now: datetime, error: str) -> None:
    """Try jobs again later: after 5 s, 30 s, 2 min, then every 10 min. None is ever dropped."""
    with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        for start in range(0, len(job_ids), 500):
            chunk = job_ids[start : start + 500]
            rows = connection.execute(select(Job.id, Job.attempts).where(Job.id.in_(chunk)))
            for job_id, attempts in rows.all():
                wait = RETRY_SECONDS[min(attempts, len(RETRY_SECONDS) - 1)]
                connection.execute(
                    update(Job)
                    .where(Job.id == job_id)
                    .values(
                        attempts=attempts + 1, run_at=now + timedelta(seconds=wait), error=error
                    )
                )


def owe_cases(connection: Connection, case_ids: Collection[int], now: datetime) -> None:
    """Owe the index of many cases at once: a job for each, or one new index for very many."""
    if len(case_ids) > MANY_CASES:
        connection.execute(delete(Job).where(Job.kind == INDEX_CASE))
        rows = [{"kind": INDEX_ALL, "key": "all"}]
    else:
        rows = [{"kind": INDEX_CASE, "key": str(case_id)} for case_id in sorted(case_ids)]
    if rows:
        waiting = {"run_at": now, "attempts": 0}
        connection.execute(insert(Job), [row | waiting for row in rows])
