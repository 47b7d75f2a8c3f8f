"""`courtwatch reference`: official totals that ours are set beside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from courtwatch.cli.context import CliContext, pass_context
from courtwatch.cli.exit_codes import BadInput
from courtwatch.cli.output import Format, format_option, say, write_record, write_rows

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from courtwatch.models import Jurisdiction

_jurisdiction_option = click.option(
    "--jurisdiction", "code", metavar="CODE", default="KH", show_default=True,
    help="Whose courts and offences the totals are of.",
)  # fmt: skip


@click.group(
    epilog="\b\nExamples:\n"
    "  courtwatch reference import totals.csv --dry-run\n"
    "  courtwatch reference list --format csv"
)
def command() -> None:
    """Bring in, and list, official totals that ours are set beside."""


@command.command(
    "import",
    epilog="\b\nExample:\n  courtwatch reference import totals.csv --jurisdiction KH\n\n"
    "\b\nA file:\n"
    "  source,court,period,offence,stage,unit,count,remark\n"
    "  US TIP Report 2017,,2015,,charge,person,69,\n"
    "  Ministry of Justice,KH-12-CFI,2024,,registration,prosecution,812,from the yearbook\n\n"
    "Exit codes: 0 taken in, or all of it was on record already; 3 the file cannot be used (every "
    "bad line is told), nothing is kept.",
)
@click.argument("file", type=click.Path(path_type=Path))
@_jurisdiction_option
@click.option("--dry-run", is_flag=True, help="Read and check everything, write nothing.")
@format_option
@pass_context
def import_(
    context: CliContext, file: Path, code: str, dry_run: bool, output_format: Format
) -> None:
    """Take in the totals of FILE, all of them or none.

    FILE is CSV in UTF-8 with a header. Columns: source (who published it), period (2024, 2024-05,
    2024-01..2024-06), stage (arrest, registration, charge, judgment, conviction), unit
    (prosecution, person, case), count (a whole number, or `withdrawn`) and, where wanted, court,
    offence (codes; empty is all) and remark. A figure of the same source for the same thing
    replaces the one on record, which reports of past moments keep.
    """
    from hashlib import sha256

    from courtwatch.services.reference_totals import KIND, read, take_in
    from courtwatch.services.work import SYSTEM, Work

    content = file.read_bytes()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"{file}: not UTF-8 (byte {error.start}). Save it as CSV UTF-8.") from None
    with context.writing() as session:
        jurisdiction = _jurisdiction(session, code)
        totals = read(session, jurisdiction, text, str(file))
        work = Work(session, SYSTEM, KIND, installation=context.settings.installation)
        done = take_in(work, jurisdiction, totals, dry_run, sha256(content).hexdigest())
        if dry_run:
            session.rollback()
    write_record(
        {
            "jurisdiction": code,
            "new": done.added,
            "replaced": done.replaced,
            "withdrawn": done.withdrawn,
            "as_before": done.unchanged,
            "dry_run": dry_run,
        },
        output_format,
    )
    if dry_run:
        say("Dry run: nothing was written.")


@command.command("list", epilog="\b\nExample:\n  courtwatch reference list --format csv")
@_jurisdiction_option
@click.option(
    "--as-known-at", "known_at", metavar="REVISION", type=click.IntRange(1),
    help="The totals that were on record at this revision [default: those on record now].",
)  # fmt: skip
@format_option
@pass_context
def list_(context: CliContext, code: str, known_at: int | None, output_format: Format) -> None:
    """List the totals on record; as CSV it is a file that `import` reads."""
    from sqlalchemy import select

    from courtwatch.models import Institution, Offence
    from courtwatch.services.reference_totals import COLUMNS, lines_of, on_record

    with context.reading() as session:
        jurisdiction = _jurisdiction(session, code)
        rows = on_record(session, jurisdiction.id, known_at)
        courts = {key: name for key, name in session.execute(
            select(Institution.id, Institution.code))}  # fmt: skip
        offences = {key: name for key, name in session.execute(
            select(Offence.id, Offence.code))}  # fmt: skip
        write_rows(COLUMNS, list(lines_of(rows, courts, offences)), output_format)


def _jurisdiction(session: Session, code: str) -> Jurisdiction:
    from sqlalchemy import select

    from courtwatch.models import Jurisdiction

    found = session.scalars(select(Jurisdiction).where(Jurisdiction.code == code)).first()
    if found is None:
        known = ", ".join(sorted(session.scalars(select(Jurisdiction.code))))
        raise BadInput(f"There is no jurisdiction “{code}”. Recorded are: {known}.")
    return found
