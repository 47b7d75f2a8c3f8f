"""`courtwatch rebuild`: derive every fact again from the record, and report differences."""

from __future__ import annotations

from collections import Counter

import click

from courtwatch.cli.context import CliContext, pass_context
from courtwatch.cli.exit_codes import ExitCode
from courtwatch.cli.output import Format, format_option, progress, say, write_rows
from courtwatch.services.fact_differences import all_differences, mend, total
from courtwatch.services.facts import FactDifference
from courtwatch.services.stored_keys import StaleKey, stale_names, stale_numbers
from courtwatch.services.stored_keys import mend as mend_keys
from courtwatch.services.work import SYSTEM, Work

SHOWN = 100
MENDED_AT_ONCE = 500


@click.command()
@click.option("--mend", "mending", is_flag=True, help="Write the derived facts where they differ.")
@format_option
@pass_context
def command(context: CliContext, mending: bool, output_format: Format) -> None:
    """Derive every stage, outcome and fact again, and list what differs from the stored ones.

    Compares the facts of prosecutions, charges and hearings that hold now, column by column, and
    whether there is one row for each; and the keys by which names and numbers are looked up. Lists
    the first hundred differences and counts all. Memory does not grow with the record. Exit code 0
    if nothing differs (or all was mended).
    """
    shown: list[FactDifference] = []
    kinds: Counter[tuple[str, str]] = Counter()
    wrong: dict[bool, set[int]] = {False: set(), True: set()}
    with context.reading() as session:
        connection = session.connection()
        prosecutions, hearings = total(connection)
        with progress("Deriving", prosecutions + hearings) as advance:
            for found in all_differences(connection, advance):
                kinds[found.table, found.column] += 1
                wrong[found.of_hearing].add(found.owner)
                if len(shown) < SHOWN:
                    shown.append(found)
        stale = [*stale_numbers(connection), *stale_names(connection)]
    columns = ("table", "key", "column", "stored", "derived")
    write_rows(
        columns, [tuple(getattr(found, name) for name in columns) for found in shown], output_format
    )
    say(
        f"{prosecutions:,} prosecutions and {hearings:,} hearings derived, "
        f"{kinds.total():,} differences"
    )
    for (table, column), count in kinds.most_common():
        say(f"  {table}.{column}: {count:,}")
    if stale:
        say(f"{len(stale):,} names and numbers are under a key that is out of date")
    if not kinds and not stale:
        return
    if not mending:
        raise click.exceptions.Exit(ExitCode.REFUSED)
    _mend_keys(context, stale)
    for of_hearings, owners in wrong.items():
        _mend(context, of_hearings, sorted(owners))


def _mend_keys(context: CliContext, stale: list[StaleKey]) -> None:
    for start in range(0, len(stale), MENDED_AT_ONCE):
        with context.writing() as session:
            mend_keys(session.connection(), stale[start : start + MENDED_AT_ONCE])


def _mend(context: CliContext, of_hearings: bool, owners: list[int]) -> None:
    """Mend in short transactions, so that others can write in between."""
    for start in range(0, len(owners), MENDED_AT_ONCE):
        with context.writing() as session:
            work = Work(session, SYSTEM, "facts:rebuilt")
            mend(work, of_hearings, owners[start : start + MENDED_AT_ONCE])
