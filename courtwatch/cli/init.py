"""`courtwatch init`: the database, without anything invented."""

from __future__ import annotations

import os
from pathlib import Path

import click

from courtwatch.cli.context import CliContext, pass_context
from courtwatch.cli.output import say


@click.command()
@pass_context
def command(context: CliContext) -> None:
    """Make the database, or bring it up to date.

    Runs the migrations, then loads jurisdictions, institutions, offences and reasons. Run again
    it changes only what is newer in this version. It adds no case and no account.
    """
    from courtwatch.models import migrate
    from courtwatch.models.engine import begin_writing, make_session_factory
    from courtwatch.services import seed

    if context.database_file is not None:
        _make_private(context.database_file)
    engine = context.unchecked_engine
    before = migrate.current(engine)
    migrate.upgrade(engine)
    after = migrate.current(engine)
    try:
        with make_session_factory(engine)() as session:
            begin_writing(session)
            seed.load(session)
            session.commit()
    except Exception:
        if before is None:
            # Tables without courts and offences would pass for a database that can be used.
            migrate.downgrade(engine, "base")
        raise
    if before is None:
        say(f"Made the database (migration {after}) with courts, offences and reasons.")
        say(
            "Next, an account: courtwatch user add NAME --role administrator "
            "--organisation CODE --organisation-name 'ITS NAME'"
        )
    elif before == after:
        say(f"The database is up to date (migration {after}).")
    else:
        say(f"Brought the database from migration {before} to {after}.")


def _make_private(path: Path) -> None:
    """Make an empty file that its owner alone can read; SQLite gives its journals the same mode."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
