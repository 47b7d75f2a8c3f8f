"""`courtwatch status`: what is there, for a person and for the scripts around Courtwatch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from sqlalchemy import func, select
from sqlalchemy.exc import DatabaseError

from courtwatch.cli.context import CliContext, pass_context
from courtwatch.cli.exit_codes import BadInput, ExitCode
from courtwatch.cli.output import Format, format_option, write_record
from courtwatch.models import Case, Job, Organisation, Prosecution, User, migrate
from search_index.errors import IndexOutdated, SearchIndexError
from search_index.storage import POINTER

INDEX_LINES = ("index", "indexed_documents")


@click.command()
@format_option
@click.option("--only", metavar="NAME", help="Print the value of one line alone.")
@pass_context
def command(context: CliContext, output_format: Format, only: str | None) -> None:
    """Say how database, cases and search index stand. Changes nothing.

    `database` is current, missing, older, newer or damaged; `index` is present, missing, outdated
    or damaged; `invented` says whether this is the demonstration. Fit to be a health check: what
    is found is printed, and the exit code is 4 unless the database is current, else 5 unless the
    index is present. With --only, a line about the database leaves with 0 or 4, one about the
    index with 0 or 5.
    """
    record = describe(context)
    if only is None:
        write_record(record, output_format)
    elif only in record:
        click.echo("" if record[only] is None else str(record[only]))
    else:
        raise BadInput(f"There is no line {only!r}. Allowed: {', '.join(record)}.")
    code = exit_code(record, only)
    if code is not ExitCode.OK:
        click.get_current_context().exit(code)


def exit_code(record: Mapping[str, Any], only: str | None = None) -> ExitCode:
    """Return what `status` leaves with, for the whole record or for one line of it."""
    if only not in INDEX_LINES and record["database"] != "current":
        return ExitCode.DATABASE
    if (only is None or only in INDEX_LINES) and record["index"] != "present":
        return ExitCode.INDEX
    return ExitCode.OK


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
    except IndexOutdated:
        return "outdated", None
    except SearchIndexError:
        return "damaged", None
