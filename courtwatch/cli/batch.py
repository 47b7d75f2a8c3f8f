"""`courtwatch batch`: list import batches, undo one."""

from __future__ import annotations

import click

from courtwatch.cli.context import CliContext, pass_context
from courtwatch.cli.output import Format, format_option, say, write_rows


@click.group()
def command() -> None:
    """List import batches, or undo one."""


@command.command("list", epilog="\b\nExample:\n  courtwatch batch list --format csv")
@format_option
@pass_context
def list_(context: CliContext, output_format: Format) -> None:
    """List all import batches, newest first."""
    from courtwatch.exchange.batches import list_batches

    columns = [
        "batch", "mapping", "source", "organisation", "status", "started", "finished", "cases",
        "prosecutions",
    ]  # fmt: skip
    with context.reading() as session:
        rows = [
            (
                row.id,
                row.mapping,
                row.source,
                row.organisation,
                row.status,
                row.started_at,
                row.finished_at,
                row.cases,
                row.prosecutions,
            )
            for row in list_batches(session.connection())
        ]
    write_rows(columns, rows, output_format)


@command.command(epilog="\b\nExample:\n  courtwatch batch undo 3")
@click.argument("batch", type=int)
@format_option
@pass_context
def undo(context: CliContext, batch: int, output_format: Format) -> None:
    """Void all that BATCH loaded.

    What was loaded stays readable as of before. Cases on which somebody worked since are left as
    they are and listed.
    """
    from courtwatch.exchange.batches import undo as undo_batch
    from courtwatch.services.work import SYSTEM

    done = undo_batch(context.engine, batch, SYSTEM)
    say(f"Batch {batch}: {done.voided:,} cases voided, {len(done.kept):,} left.")
    if done.kept:
        say("Left as they are, because somebody worked on them since:")
        write_rows(["case"], [(code,) for code in done.kept], output_format)
