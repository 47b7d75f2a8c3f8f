"""`courtwatch procedure`: list, show, check and draw procedure files, which needs no database;
publish versions and move cases between them (`procedure_versions`), which does."""

from __future__ import annotations

from pathlib import Path

import click

from courtwatch.cli.exit_codes import BadInput
from courtwatch.cli.output import Format, format_option, write_record, write_rows
from courtwatch.cli.procedure_versions import move, publish, versions
from workflows.diagram import mermaid
from workflows.elements import Track
from workflows.errors import ProcedureError
from workflows.procedure import load, names


@click.group()
def command() -> None:
    """List, check and draw procedure files; publish versions, and move cases between them.

    NAME is a bundled procedure (`courtwatch procedure list`) or the path of a file.
    """


_language_option = click.option(
    "--lang", type=click.Choice(["en", "km"]), default="en", show_default=True,
    help="The language of labels.",
)


@command.command("list", epilog="\b\nExample:\n  courtwatch procedure list --format csv")
@_language_option
@format_option
def list_(lang: str, output_format: Format) -> None:
    """List the procedures that come with Courtwatch."""
    columns = (
        "procedure", "version", "jurisdiction", "valid_from", "stages", "steps", "dispositions",
        "khmer_reviewed", "title",
    )  # fmt: skip
    rows = [
        (
            each.name,
            each.version,
            each.jurisdiction,
            each.valid_from,
            len(each.stages),
            len(each.steps),
            len(each.dispositions),
            each.khmer_reviewed,
            each.title.get(lang),
        )
        for each in map(load, names())
    ]
    write_rows(columns, rows, output_format)


@command.command(epilog="\b\nExample:\n  courtwatch procedure show cambodia --format csv")
@click.argument("name")
@_language_option
@format_option
def show(name: str, lang: str, output_format: Format) -> None:
    """Show the stages, steps and dispositions of NAME: the words that a mapping may use."""
    procedure = load(name)
    rows = [
        ("stage", stage.name, stage.label.get(lang), "", stage.phase.value)
        for stage in procedure.stages
    ]
    rows += [
        (
            "step",
            step.name,
            step.label.get(lang),
            step.article + ("" if step.verified or not step.article else " (unverified)"),
            " ".join(step.sources),
        )
        for step in procedure.steps
    ]
    rows += [
        ("disposition", each.name, each.label.get(lang), "", each.counts_as.value)
        for each in procedure.dispositions
    ]
    columns = ("kind", "name", "label", "article", "phase, from or counts as")
    write_rows(columns, rows, output_format)


@command.command(
    epilog="\b\nExample:\n  courtwatch procedure check workflows/procedures/cambodia.yaml"
)
@click.argument("file", type=click.Path(path_type=Path))
@format_option
def check(file: Path, output_format: Format) -> None:
    """Check the procedure in FILE as a whole and name every fault with file and line.

    Exit code 0: sound. Exit code 3: not; the faults stand on standard error, one a line, as
    FILE:LINE: what is wrong, what is allowed, what was probably meant. What is checked is told in
    docs/procedures.md.
    """
    try:
        procedure = load(file)
    except ProcedureError as error:
        faults = len(error.problems)
        raise BadInput(f"{file}: {faults} fault{'s' * (faults > 1)}\n{error}") from error
    write_record(
        {
            "file": str(file),
            "procedure": procedure.name,
            "version": procedure.version,
            "stages": len(procedure.stages),
            "steps": len(procedure.steps),
            "unverified_steps": sum(not step.verified for step in procedure.steps),
            "dispositions": len(procedure.dispositions),
            "time_limits": len(procedure.time_limits),
            "unverified_time_limits": sum(not limit.verified for limit in procedure.time_limits),
            "sha256": procedure.sha256,
        },
        output_format,
    )


@command.command(
    epilog="\b\nExample:\n  courtwatch procedure diagram cambodia --track custody"
)
@click.argument("name")
@click.option(
    "--track", type=click.Choice([track.value for track in Track]), default=Track.MAIN.value,
    show_default=True, help="What is drawn: the charges, or the custody of the accused.",
)
@_language_option
def diagram(name: str, track: str, lang: str) -> None:
    """Draw NAME as a state diagram in the Mermaid language.

    Stages are grouped by phase: round boxes are under way, hexagons suspended, double boxes ended.
    Letters stand for the ends that are possible from many stages.
    """
    click.echo(mermaid(load(name), lang, Track(track)), nl=False)


for _each in (publish, versions, move):
    command.add_command(_each)
