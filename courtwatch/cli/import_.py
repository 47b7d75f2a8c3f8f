"""`courtwatch import`: load a register, a workbook or form exports through a mapping."""

from __future__ import annotations

from pathlib import Path

import click

from courtwatch.cli.context import CliContext, pass_context
from courtwatch.cli.exit_codes import BadInput
from courtwatch.cli.output import Format, format_option, progress, say, write_json, write_rows

_DEFAULTS = {"workbook": "ngo_workbook", "kobo": "kobo"}


@click.command(
    epilog="\b\nExamples:\n"
    "  courtwatch import cook-county DIRECTORY --dry-run\n"
    "  courtwatch import workbook cases.xlsx --organisation LAC\n"
    "  courtwatch import kobo EXPORT_DIRECTORY --organisation LAC\n"
    "  courtwatch import my_mapping.yaml DIRECTORY --organisation LAC"
)
@click.argument("mapping", metavar="MAPPING")
@click.argument("source", metavar="PATH", type=click.Path(path_type=Path))
@click.option("--organisation", metavar="CODE", help="Whose data it is, if the mapping says not.")
@click.option("--mapping", "named", metavar="NAME|FILE", help="The mapping for `workbook`, `kobo`.")
@click.option("--dry-run", is_flag=True, help="Read and check everything, write nothing.")
@click.option(
    "--report", "report_directory", metavar="DIR", type=click.Path(path_type=Path, file_okay=False),
    help="Where the report, the list of anomalies and the rejected rows go "
    "[default: imports/ beside the database].",
)
@format_option
@pass_context
def command(
    context: CliContext,
    mapping: str,
    source: Path,
    organisation: str | None,
    named: str | None,
    dry_run: bool,
    report_directory: Path | None,
    output_format: Format,
) -> None:
    """Load the tables at PATH as MAPPING says, all or nothing.

    MAPPING is the name of a mapping that comes with Courtwatch (cook-county, workbook, kobo), or
    a mapping file. A source that was loaded before changes nothing, and the command says so. The
    quality report is printed; every row is in the database or in rejects.csv with its reason.
    Undo with: courtwatch batch undo BATCH
    """
    from courtwatch.exchange import mapping_reader
    from courtwatch.exchange.loader import Importer
    from courtwatch.exchange.reporting import write_reports

    if not source.exists():
        raise BadInput(f"{source}: there is no such file or directory.")
    file = mapping_reader.load(named or _DEFAULTS.get(mapping, mapping))
    installation = context.settings.installation
    importer = Importer(
        context.engine, file, source, organisation, progress=progress, installation=installation
    )
    result = importer.run(dry_run=dry_run)
    name = file.mapping.mapping
    directory = report_directory or _default_directory(context, name, result.batch_id)
    written = write_reports(result, file, directory)
    _print(result, output_format)
    say(_remark(result, dry_run))
    say(f"Reports: {', '.join(str(path) for path in written)}")


def _default_directory(context: CliContext, mapping: str, batch_id: int | None) -> Path:
    name = f"batch-{batch_id}" if batch_id is not None else f"{mapping}-nothing-written"
    return context.settings.data_directory / "imports" / name


def _print(result: object, output_format: Format) -> None:
    from courtwatch.exchange.import_result import ImportResult

    assert isinstance(result, ImportResult)
    quality = result.quality
    if output_format is Format.TEXT:
        click.echo(quality.text(), nl=False)
        if result.outcomes:
            click.echo("\nOutcomes derived")
            for outcome, number in result.outcomes.most_common():
                click.echo(f"  {number:>9,}  {outcome}")
    elif output_format is Format.JSON:
        summary = quality.summary() | {
            "batch": result.batch_id,
            "dry_run": result.dry_run,
            "outcomes": dict(result.outcomes.most_common()),
            "stages": dict(result.stages.most_common()),
            "seconds": {part: round(taken, 1) for part, taken in result.seconds.items()},
        }
        write_json(summary)
    else:
        rows = [(*key, number) for key, number in quality.kinds().items()]
        write_rows(["kind", "table", "done", "rows"], rows, output_format)


def _remark(result: object, dry_run: bool) -> str:
    batch_id = getattr(result, "batch_id", None)
    if dry_run:
        return "Dry run: nothing was written."
    if batch_id is None:
        return "Nothing is new in this source; the database is as it was."
    return f"Loaded as batch {batch_id}. To take it back: courtwatch batch undo {batch_id}"
