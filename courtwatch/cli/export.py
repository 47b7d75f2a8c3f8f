"""`courtwatch export`: all that an organisation entered."""

from __future__ import annotations

from pathlib import Path

import click

from courtwatch.cli.context import CliContext, pass_context
from courtwatch.cli.output import Format, format_option, progress, say, write_rows


@click.command()
@click.option("--organisation", "code", required=True, metavar="CODE", help="Whose data.")
@click.option(
    "--to", "directory", required=True, metavar="DIRECTORY", type=click.Path(path_type=Path),
    help="A new directory for the files.",
)
@format_option
@pass_context
def command(context: CliContext, code: str, directory: Path, output_format: Format) -> None:
    """Write out all that an organisation entered, as CSV files with a README.

    In its own cases and in those that others share, with what was changed or taken back since.
    Nothing that other organisations wrote is in it. Prints the files and their number of rows.
    """
    from courtwatch.exchange.organisation_export import export_organisation
    from courtwatch.exchange.organisation_sheets import sheets

    with context.reading() as session, progress("Writing", len(sheets(0))) as advance:
        counts = export_organisation(session.connection(), code, directory, advance)
    rows = [(f"{name}.csv", number) for name, number in counts.items()]
    write_rows(["file", "rows"], rows, output_format)
    say(f"Written to {directory}")
