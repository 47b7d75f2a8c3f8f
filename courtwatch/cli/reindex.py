"""`courtwatch reindex`: make the search index again, or compare it with the database."""

from __future__ import annotations

import click

from courtwatch.cli.context import CliContext, pass_context
from courtwatch.cli.exit_codes import ExitCode
from courtwatch.cli.output import progress, say
from courtwatch.worker import Worker, WorkerBusy, verify


@click.command()
@click.option("--verify", "verify_only", is_flag=True, help="Compare index and database only.")
@click.option("--if-missing", is_flag=True, help="Do nothing where there is an index already.")
@pass_context
def command(context: CliContext, verify_only: bool, if_missing: bool) -> None:
    """Make the search index again from the database, beside the one in use."""
    if verify_only:
        _verify(context)
        return
    if if_missing and any(context.settings.index_directory.glob("*")):
        return
    worker = Worker(context.engine, context.settings)
    if not worker.lock.acquire():
        raise WorkerBusy(
            f"A running server or worker holds {worker.lock.path}. Stop it first, then run "
            "courtwatch reindex again; meanwhile it indexes what changes."
        )
    try:
        with progress("Indexing") as advance:
            done = 0

            def told(total: int) -> None:
                nonlocal done
                advance(total - done)
                done = total

            written = worker.rebuild(told)
    finally:
        worker.close()
    say(f"{written:,} documents indexed")


def _verify(context: CliContext) -> None:
    with context.open_index() as index:
        missing, superfluous = verify(context.engine, index)
    say(f"{len(missing)} cases missing in the index, {len(superfluous)} that should not be there")
    if missing or superfluous:
        raise click.exceptions.Exit(ExitCode.INDEX)
