"""`courtwatch deadlines`: what the page of deadlines shows, of every case and with codes only."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from courtwatch.cli.context import CliContext, pass_context
from courtwatch.cli.exit_codes import BadInput
from courtwatch.cli.output import Format, format_option, say, write_rows


@click.command(
    epilog="\b\nExamples:\n  courtwatch deadlines --days 14 --format csv\n"
    "  courtwatch deadlines --totals --as-known-at 2026-06-30"
)
@click.option(
    "--days", type=int, default=14, show_default=True,
    help="Due within so many days is due soon; 0 is today.",
)  # fmt: skip
@click.option(
    "--kind", type=click.Choice(["detention", "act", "right"]), default="detention",
    show_default=True,
    help="Limits of custody and detention; acts that an authority owes; periods in which a "
    "right may be used.",
)  # fmt: skip
@click.option("--jurisdiction", metavar="CODE", help="Where several are recorded: which.")
@click.option("--court", metavar="CODE", help="Only of this court.")
@click.option("--organisation", metavar="CODE", help="Only of cases that this one keeps.")
@click.option(
    "--as-known-at", metavar="MOMENT", default="",
    help="The record as it was, and the limits asked of then: a day (2026-11-01), a day and time, "
    "or a revision's number.",
)  # fmt: skip
@click.option("--totals", is_flag=True, help="Persons and days by court and organisation instead.")
@format_option
@pass_context
def command(
    context: CliContext,
    days: int,
    kind: str,
    jurisdiction: str | None,
    court: str | None,
    organisation: str | None,
    as_known_at: str,
    totals: bool,
    output_format: Format,
) -> None:
    """List time limits that are over, due soon or not known, in all cases of the database.

    Accused are codes, never names. How person-days are counted stands in the guides; a limit that
    is not known adds none.
    """
    from courtwatch.reports.deadline_question import make_question
    from courtwatch.services import deadline_rows
    from courtwatch.services.deadlines import Deadlines
    from courtwatch.services.fact_filters import FilterError

    given = {
        "days": str(days),
        "kind": kind,
        "jurisdiction": jurisdiction or "",
        "court": court or "",
        "organisation": organisation or "",
        "as_known_at": as_known_at,
    }
    with context.reading() as session:
        try:
            question = make_question(session, given, datetime.now(UTC), everything=True)
            if question is None:
                raise BadInput("Nothing has been recorded yet.")
            deadlines = Deadlines(session, None, question)
            found = deadlines.found()
        except FilterError as problem:
            raise BadInput(str(problem)) from None
        names = deadline_rows.names_of(session, found)
        columns = deadline_rows.TOTAL_COLUMNS if totals else deadline_rows.COLUMNS
        rows = (
            deadline_rows.total_values(found, names)
            if totals
            else deadline_rows.row_values(deadlines, found, names)
        )
        write_rows(columns, [list(row.values()) for row in rows], output_format)
    total = found.total
    say(f"As of {question.now.isoformat(timespec='seconds')}, {question.jurisdiction.code}:")
    say(f"  {total.over:,} persons over a limit, {total.soon:,} due within {days} days")
    say(f"  {total.unknown:,} persons of whom it is not known")
    if kind == "detention":
        say(f"  {total.held.least:,} to {total.held.most:,} person-days of those held now")
        say(f"  {total.all_days.least:,} to {total.all_days.most:,} person-days of all")
        if found.ended_unknown:
            say(f"  {found.ended_unknown:,} limits ran on when their prosecution ended")
