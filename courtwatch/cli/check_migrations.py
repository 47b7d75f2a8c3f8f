"""`courtwatch check-migrations`: would the models need a migration that nobody wrote?"""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from courtwatch.cli.exit_codes import CommandError, ExitCode


class MigrationPending(CommandError):
    """The models have something that no migration makes."""

    exit_code = ExitCode.DATABASE


@click.command()
def command() -> None:
    """Check that the migrations make the tables that the code expects.

    Runs all migrations on an empty database of its own and compares. Your database is not
    touched, and needs not exist.
    """
    from courtwatch.models import migrate
    from courtwatch.models.engine import make_engine

    with tempfile.TemporaryDirectory() as directory:
        engine = make_engine(f"sqlite:///{Path(directory) / 'migrated.sqlite'}")
        try:
            migrate.upgrade(engine)
            pending = migrate.pending_changes(engine)
        finally:
            engine.dispose()
    if pending:
        changes = "\n".join(f"  {change}" for change in pending)
        raise MigrationPending(f"The models have what no migration makes:\n{changes}")
    click.echo(f"Migrations and models agree (migration {migrate.head()}).")
