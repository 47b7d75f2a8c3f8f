"""`courtwatch revision`: what was written when, and by whom."""

from __future__ import annotations

import click
from sqlalchemy import select

from courtwatch.cli.context import CliContext, pass_context
from courtwatch.cli.output import Format, format_option, write_rows
from courtwatch.models import Organisation, Revision, User


@click.group()
def command() -> None:
    """Show what was written when, and by whom.

    A revision is one writing transaction. Its number is a moment of the record: reports take it
    as the moment at which something was known.
    """


@command.command("list", epilog="\b\nExample:\n  courtwatch revision list --limit 5 --format csv")
@click.option(
    "--limit", type=click.IntRange(1), default=50, show_default=True, help="How many at most.",
)
@format_option
@pass_context
def list_(context: CliContext, limit: int, output_format: Format) -> None:
    """List revisions, newest first. What the software wrote itself names no user."""
    statement = (
        select(Revision.id, Revision.at, Organisation.code, User.name, Revision.kind)
        .outerjoin(Organisation, Organisation.id == Revision.organisation_id)
        .outerjoin(User, User.id == Revision.user_id)
        .order_by(Revision.id.desc())
        .limit(limit)
    )
    with context.reading() as session:
        rows = [tuple(row) for row in session.execute(statement)]
    write_rows(("revision", "at", "organisation", "user", "kind"), rows, output_format)
