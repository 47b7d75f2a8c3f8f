"""`courtwatch procedure publish | versions | move`: which version a case is read by."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from courtwatch.cli.context import CliContext, pass_context
from courtwatch.cli.output import (
    Format,
    format_option,
    progress,
    say,
    write_json,
    write_record,
    write_rows,
)

CHANGE_COLUMNS = ("case", "prosecution", "what", "before", "after")


@click.command(
    epilog="\b\nExample:\n  courtwatch procedure publish my_country.yaml\n\n"
    "Exit codes: 0 published, or the same text was already; 3 the file has faults; 6 another text "
    "is published under this version, or a higher version is."
)
@click.argument("file", type=click.Path(path_type=Path))
@format_option
@pass_context
def publish(context: CliContext, file: Path, output_format: Format) -> None:
    """Publish the procedure in FILE in this database: new cases get it from its first day on.

    A published version never changes. Cases that are there keep theirs until they are moved.
    """
    from courtwatch.services.procedure_versions import publish as publish_version
    from workflows.procedure import load

    procedure = load(file)
    with context.writing() as session:
        row, new = publish_version(session, procedure, datetime.now(UTC))
        record = {
            "procedure": row.name,
            "version": row.version,
            "valid_from": row.valid_from,
            "published": row.published_at,
            "new": new,
            "sha256": row.sha256,
        }
    write_record(record, output_format)
    if not new:
        say("The same text was published already. Nothing was changed.")


@click.command(epilog="\b\nExample:\n  courtwatch procedure versions cambodia --format csv")
@click.argument("name", required=False)
@format_option
@pass_context
def versions(context: CliContext, name: str | None, output_format: Format) -> None:
    """List the published versions, of the procedure NAME or of all, and the cases on each."""
    from courtwatch.services.procedure_versions import UnknownVersion
    from courtwatch.services.procedure_versions import versions as published

    columns = ("procedure", "version", "valid_from", "published", "cases", "sha256")
    with context.reading() as session:
        found = published(session, name)
        if name is not None and not found:
            known = sorted({one.row.name for one in published(session)})
            raise UnknownVersion(
                f"No procedure {name!r} is published here; there are: {', '.join(known)}"
            )
        rows = [
            (
                one.row.name,
                one.row.version,
                one.row.valid_from,
                one.row.published_at,
                one.cases,
                one.row.sha256,
            )
            for one in found
        ]
    write_rows(columns, rows, output_format)


@click.command(
    epilog="\b\nExamples:\n"
    "  courtwatch procedure move --from cambodia/1 --to cambodia/2\n"
    "  courtwatch procedure move --from cambodia/1 --to cambodia/2 --apply\n\n"
    "Exit codes: 0 listed or moved; 3 no such version; 6 the versions are of different "
    "procedures, or a case named is not on the first."
)
@click.option(
    "--from", "source", required=True, metavar="NAME/VERSION", help="The version they are on."
)
@click.option("--to", "target", required=True, metavar="NAME/VERSION", help="The version to go to.")
@click.option(
    "--case", "codes", multiple=True, metavar="CODE",
    help="Only this case; may be given several times. Without it: all on the first version.",
)
@click.option("--apply", "apply_", is_flag=True, help="Move them. Without it nothing is written.")
@click.option(
    "--also-with-unresolved", is_flag=True,
    help="Also move cases in which entries would have no legal place any more.",
)
@format_option
@pass_context
def move(
    context: CliContext,
    source: str,
    target: str,
    codes: tuple[str, ...],
    apply_: bool,
    also_with_unresolved: bool,
    output_format: Format,
) -> None:
    """List what moving cases to another published version would change, or move them.

    Counts come first, then each change of stage, custody, outcome and event code, and each entry
    that would have no legal place any more (what: unresolved). A case with such an entry stays
    where it is unless --also-with-unresolved is given. A move stands on the case's timeline; what
    was known at an earlier moment is read by the version of that moment.
    """
    from courtwatch.services.procedure_moves import CHUNK, MovePlan, cases_to_move, move_cases
    from courtwatch.services.procedure_moves import plan_move as plan_of
    from courtwatch.services.procedure_versions import find_version
    from courtwatch.services.work import SYSTEM, Work

    with context.reading() as session:
        old, new = find_version(session, source), find_version(session, target)
        ids = cases_to_move(session, old, new, codes)
        if not apply_:
            with progress("Deriving", len(ids)) as advance:
                plan = plan_of(session, old, new, ids, also_with_unresolved, advance)
    if apply_:
        plan = MovePlan()
        with progress("Moving", len(ids)) as advance:
            for start in range(0, len(ids), CHUNK):
                chunk = ids[start : start + CHUNK]
                with context.writing() as session:
                    work = Work(
                        session, SYSTEM, "case:moved", installation=context.settings.installation
                    )
                    old, new = find_version(session, source), find_version(session, target)
                    plan.add(move_cases(work, old, new, chunk, also_with_unresolved))
                advance(len(chunk))
    _print(plan, apply_, output_format)


def _print(plan: object, applied: bool, output_format: Format) -> None:
    from courtwatch.services.procedure_moves import MovePlan

    assert isinstance(plan, MovePlan)
    rows = [(c.case, c.prosecution, c.what, c.before, c.after) for c in plan.changes]
    counts = {"applied": applied, **plan.counts()}
    if output_format is Format.JSON:
        write_json(
            {
                "counts": counts,
                "staying": plan.staying,
                "changes": [dict(zip(CHANGE_COLUMNS, row, strict=True)) for row in rows],
            }
        )
        return
    if output_format is Format.CSV:
        # One table to a file: the figures go where remarks go.
        for name, value in counts.items():
            say(f"{name}: {value}")
        write_rows(CHANGE_COLUMNS, rows, output_format)
    else:
        write_record(counts, output_format)
        if rows:
            click.echo()
            write_rows(CHANGE_COLUMNS, rows, output_format)
    if plan.staying:
        say(
            f"{len(plan.staying)} cases {'stayed' if applied else 'would stay'}, because entries "
            f"would have no legal place: {', '.join(plan.staying)}"
        )
    if not applied:
        say("Nothing was written. To move them, add --apply.")
