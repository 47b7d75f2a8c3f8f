"""`courtwatch init`: the database, without anything invented."""

from __future__ import annotations

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
        context.database_file.parent.mkdir(parents=True, exist_ok=True)
    engine = context.unchecked_engine
    before = migrate.current(engine)
    migrate.upgrade(engine)
    after = migrate.current(engine)
    with make_session_factory(engine)() as session:
        begin_writing(session)
        seed.load(session)
        session.commit()
    if before is None:
        say(f"Made the database (migration {after}) with courts, offences and reasons.")
        say("Next, an account: courtwatch user add NAME --role administrator --organisation CODE")
    elif before == after:
        say(f"The database is up to date (migration {after}).")
    else:
        say(f"Brought the database from migration {before} to {after}.")
