"""`courtwatch reindex`: make the search index again, or compare it with the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import click
from sqlalchemy import select

from courtwatch.cli.context import CliContext, pass_context
from courtwatch.cli.exit_codes import BadInput, ExitCode
from courtwatch.cli.output import progress, say
from courtwatch.models import Case
from courtwatch.services.compare_index import Fault, compare_index
from courtwatch.services.jobs import owe_cases
from courtwatch.worker import Worker

SHOWN = 50


@click.command()
@click.option("--verify", "verify_only", is_flag=True, help="Compare index and database only.")
@click.option("--mend", is_flag=True, help="With --verify: index again what differs.")
@click.option("--if-missing", is_flag=True, help="Do nothing where there is an index already.")
@pass_context
def command(context: CliContext, verify_only: bool, mend: bool, if_missing: bool) -> None:
    """Make the search index again from the database, beside the one in use.

    The old one answers and follows the record until the new one is ready; server and worker may
    run meanwhile. With --verify the content of every document is compared with the record; what
    waits for the worker is no fault. Leaves with 5 if something differs and was not mended.
    """
    if mend and not verify_only:
        raise BadInput("--mend goes with --verify.")
    if verify_only:
        _verify(context, mend)
        return
    if if_missing and any(context.settings.index_directory.glob("*")):
        return
    worker = Worker(context.engine, context.settings)
    try:
        with _counted("Indexing") as told:
            written = worker.rebuild(told)
        _catch_up(worker)
    finally:
        worker.close()
    say(f"{written:,} documents indexed")


@contextmanager
def _counted(title: str) -> Iterator[Callable[[int], None]]:
    """Give what shows progress by totals."""
    with progress(title) as advance:
        done = 0

        def told(total: int) -> None:
            nonlocal done
            advance(total - done)
            done = total

        yield told


def _catch_up(worker: Worker) -> None:
    """Have the worker do what was committed meanwhile; where none runs, do it now."""
    if worker.lock.acquire():
        worker.run_once()
    else:
        worker.bell.ring()


def _verify(context: CliContext, mend: bool) -> None:
    with context.open_index() as index, _counted("Comparing") as told:
        found = compare_index(context.engine, index, told)
    say(f"{found.documents:,} documents compared, {len(found.faults):,} differ")
    if found.waiting:
        say(f"{found.waiting:,} jobs wait for the worker; what they ask for is no fault")
    for line in _lines(context, found.faults[:SHOWN]):
        say(line)
    if len(found.faults) > SHOWN:
        say(f"and {len(found.faults) - SHOWN:,} more")
    if not found.faults:
        return
    if not mend:
        say("Index again what differs: courtwatch reindex --verify --mend")
        raise click.exceptions.Exit(ExitCode.INDEX)
    with context.writing() as session:
        cases = {fault.case_id for fault in found.faults}
        owe_cases(session.connection(), cases, datetime.now(UTC))
    worker = Worker(context.engine, context.settings)
    try:
        _catch_up(worker)
    finally:
        worker.close()
    say(f"{len(cases):,} cases are indexed again")


def _lines(context: CliContext, faults: Sequence[Fault]) -> Iterator[str]:
    """Yield a line for each fault, by the public code: no name, no word of the record."""
    with context.reading() as session:
        rows = session.execute(
            select(Case.id, Case.public_code).where(Case.id.in_({f.case_id for f in faults}))
        )
        codes = {row.id: row.public_code for row in rows}
    for fault in faults:
        code = codes.get(fault.case_id, f"number {fault.case_id} (not in the database)")
        yield f"{code}  {fault.audience}: {fault.difference}"
