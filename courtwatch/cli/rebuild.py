"""`courtwatch rebuild`: derive every fact again from the events, and report differences."""

from __future__ import annotations

from collections import Counter

import click
from sqlalchemy import select

from courtwatch.cli.context import CliContext, pass_context
from courtwatch.cli.exit_codes import ExitCode
from courtwatch.cli.output import Format, format_option, progress, say, write_rows
from courtwatch.models import Prosecution
from courtwatch.services.fact_inputs import read_lookups
from courtwatch.services.facts import differences, refresh
from courtwatch.services.work import SYSTEM, Work

CHUNK = 2_000
SHOWN = 100


@click.command()
@click.option("--mend", is_flag=True, help="Write the derived facts where they differ.")
@format_option
@pass_context
def command(context: CliContext, mend: bool, output_format: Format) -> None:
    """Derive every stage, outcome and fact again, and list what differs from the stored ones.

    Exit code 0 if nothing differs (or all was mended).
    """
    with context.reading() as session:
        connection = session.connection()
        lookups = read_lookups(connection)
        ids = list(connection.scalars(select(Prosecution.id).order_by(Prosecution.id)))
        found = []
        with progress("Deriving", len(ids)) as advance:
            for start in range(0, len(ids), CHUNK):
                chunk = ids[start : start + CHUNK]
                found += list(differences(connection, chunk, lookups))
                advance(len(chunk))
    rows = [(d.table, d.key, d.column, d.stored, d.derived) for d in found]
    write_rows(("table", "key", "column", "stored", "derived"), rows[:SHOWN], output_format)
    kinds = Counter((d.table, d.column) for d in found)
    say(f"{len(ids):,} prosecutions derived, {len(found):,} differences")
    for (table, column), count in kinds.most_common():
        say(f"  {table}.{column}: {count:,}")
    if not found:
        return
    if not mend:
        raise click.exceptions.Exit(ExitCode.REFUSED)
    with context.writing() as session:
        work = Work(session, SYSTEM, "facts:rebuilt")
        refresh(work, {difference.prosecution_id for difference in found})
