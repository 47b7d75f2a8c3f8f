"""`courtwatch status`: what is there, for a person and for the scripts around Courtwatch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from sqlalchemy import func, select
from sqlalchemy.exc import DatabaseError

from courtwatch.cli.context import CliContext, pass_context
from courtwatch.cli.exit_codes import BadInput
from courtwatch.cli.output import Format, format_option, write_record
from courtwatch.models import Case, Job, Organisation, Prosecution, User, migrate
from search_index.errors import SearchIndexError
from search_index.storage import POINTER


@click.command()
@format_option
@click.option("--only", metavar="NAME", help="Print the value of one line alone.")
@pass_context
def command(context: CliContext, output_format: Format, only: str | None) -> None:
    """Say how database, cases and search index stand. Changes nothing.

    `database` is current, missing, older, newer or damaged; `index` is present, missing or
    damaged; `invented` says whether this is the demonstration. The exit code is 0 whatever it
    finds: this command is there to look.
    """
    record = describe(context)
    if only is None:
        write_record(record, output_format)
        return
    if only not in record:
        raise BadInput(f"There is no line {only!r}. Allowed: {', '.join(record)}.")
    click.echo("" if record[only] is None else str(record[only]))


def describe(context: CliContext) -> dict[str, Any]:
    """Return what `status` prints; counts are None where the database cannot be read."""
    record: dict[str, Any] = {
        "database": _database(context),
        "migration": None,
        "invented": None,
        "cases": None,
        "prosecutions": None,
        "accounts": None,
        "waiting_jobs": None,
    }
    if record["database"] == "current":
        record["migration"] = migrate.head()
        with context.reading() as session:
            invented = select(Organisation.id).where(Organisation.invented).limit(1)
            record["invented"] = session.scalar(invented) is not None
            for name, table in (
                ("cases", Case), ("prosecutions", Prosecution),
                ("accounts", User), ("waiting_jobs", Job),
            ):
                record[name] = session.scalar(select(func.count()).select_from(table))
    record["index"], record["indexed_documents"] = _index(context)
    return record


def _database(context: CliContext) -> str:
    try:
        assert context.engine is not None
    except migrate.DatabaseMissing:
        return "missing"
    except migrate.DatabaseOlder:
        return "older"
    except migrate.DatabaseNewer:
        return "newer"
    except DatabaseError:
        return "damaged"
    return "current"


def _index(context: CliContext) -> tuple[str, int | None]:
    # Opening an index that is not there would make an empty one.
    if not (Path(context.settings.index_directory) / POINTER).is_file():
        return "missing", None
    try:
        with context.open_index() as index:
            return "present", sum(1 for key in index.case_keys())
    except SearchIndexError:
        return "damaged", None
