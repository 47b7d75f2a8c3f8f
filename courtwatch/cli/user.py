"""`courtwatch user`: accounts and their organisations."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from courtwatch.cli.context import CliContext, pass_context
from courtwatch.cli.exit_codes import BadInput
from courtwatch.cli.output import Format, format_option, say, write_rows
from courtwatch.models import Membership, Organisation, User
from courtwatch.models.vocabulary import OrganisationKind, Role
from courtwatch.services import accounts
from courtwatch.services.work import SYSTEM, Work

_USUAL_KIND = {
    Role.MONITOR: OrganisationKind.NGO,
    Role.COORDINATOR: OrganisationKind.NGO,
    Role.ANALYST: OrganisationKind.MINISTRY,
    Role.RESEARCHER: OrganisationKind.RESEARCH,
    Role.ADMINISTRATOR: OrganisationKind.OPERATOR,
}

_password_option = click.option(
    "--password-stdin",
    is_flag=True,
    help="Read the password from the first line of standard input; without it you are asked.",
)


@click.group()
def command() -> None:
    """Add, list, change and close accounts.

    A password is asked for, or read from standard input; it is never part of the command line,
    which other people on the machine can see.
    """


def _example(text: str) -> str:
    return f"\b\nExample:\n  {text}"


@command.command(
    epilog=_example(
        "courtwatch user add sok --role monitor --organisation LAC "
        "--organisation-name 'Legal Aid'"
    )
)
@click.argument("name")
@click.option(
    "--role", type=click.Choice([role.value for role in Role]), required=True,
    help="What the person does.",
)
@click.option("--organisation", "code", required=True, metavar="CODE", help="Whose member.")
@click.option("--organisation-name", metavar="TEXT", help="Makes the organisation if it is new.")
@click.option(
    "--organisation-kind", type=click.Choice([kind.value for kind in OrganisationKind]),
    help="What a new organisation is; by default what fits the role.",
)
@click.option("--display-name", metavar="TEXT", help="The name on pages, if another.")
@click.option("--language", type=click.Choice(["en", "km"]), default="en", show_default=True)
@_password_option
@pass_context
def add(
    context: CliContext,
    name: str,
    role: str,
    code: str,
    organisation_name: str | None,
    organisation_kind: str | None,
    display_name: str | None,
    language: str,
    password_stdin: bool,
) -> None:
    """Add the account NAME, member of an organisation in one role."""
    _need_database(context)
    password = _read_password(password_stdin)
    kind = OrganisationKind(organisation_kind) if organisation_kind else _USUAL_KIND[Role(role)]
    with context.writing() as session:
        work = Work(session, SYSTEM, "account")
        organisation = _organisation(work, code, organisation_name, kind)
        user = accounts.add_user(
            session,
            accounts.hasher_of(context.settings),
            name,
            password,
            organisation,
            Role(role),
            datetime.now(UTC),
            display_name=display_name,
            language=language,
        )
        work.audit("user:added", f"user:{user.id}", {"role": role, "organisation": code})
        kept = user.name
    say(f"Added {kept}, {role} of {code}.")


@command.command("list", epilog=_example("courtwatch user list --format csv"))
@format_option
@pass_context
def list_users(context: CliContext, output_format: Format) -> None:
    """List accounts with their organisation and role."""
    statement = (
        select(
            User.name, Organisation.code, Membership.role, User.language, User.active,
            User.created_at,
        )
        .join(Membership, Membership.user_id == User.id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .order_by(Organisation.code, User.name)
    )
    with context.reading() as session:
        rows = [tuple(row) for row in session.execute(statement)]
    columns = ("name", "organisation", "role", "language", "active", "created_at")
    write_rows(columns, rows, output_format)


@command.command(epilog=_example("courtwatch user password sok --password-stdin < FILE"))
@click.argument("name")
@_password_option
@pass_context
def password(context: CliContext, name: str, password_stdin: bool) -> None:
    """Give an account a new password and sign its browsers out."""
    _need_database(context)
    new = _read_password(password_stdin)
    hasher = accounts.hasher_of(context.settings)
    _change(
        context, name, "user:password",
        lambda session, user: accounts.set_password(session, hasher, user, new),
    )
    say(f"{name} has a new password and is signed out everywhere.")


@command.command("close", epilog=_example("courtwatch user close sok"))
@click.argument("name")
@pass_context
def close(context: CliContext, name: str) -> None:
    """Shut an account out, at once. What it entered stays."""
    _change(context, name, "user:closed", lambda session, user: _set_active(user, False))
    say(f"{name} can no longer sign in.")


@command.command("open", epilog=_example("courtwatch user open sok"))
@click.argument("name")
@pass_context
def reopen(context: CliContext, name: str) -> None:
    """Let a closed account sign in again."""
    _change(context, name, "user:opened", lambda session, user: _set_active(user, True))
    say(f"{name} can sign in again.")


def _set_active(user: User, active: bool) -> None:
    user.active = active


def _change(
    context: CliContext, name: str, action: str, change: Callable[[Session, User], None]
) -> None:
    with context.writing() as session:
        kept = accounts.normal_name(name)
        user = session.scalar(select(User).where(User.name == kept))
        if user is None:
            raise BadInput(f"There is no account {kept}. See: courtwatch user list")
        change(session, user)
        Work(session, SYSTEM, "account").audit(action, f"user:{user.id}")


def _need_database(context: CliContext) -> None:
    """Say that the database is missing before a password is asked for."""
    assert context.engine is not None


def _read_password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


def _organisation(
    work: Work, code: str, name: str | None, kind: OrganisationKind
) -> Organisation:
    found = work.session.scalar(select(Organisation).where(Organisation.code == code))
    if found is not None:
        return found
    if name is None:
        codes = work.session.scalars(select(Organisation.code).order_by(Organisation.code)).all()
        known = f"Known: {', '.join(codes)}. " if codes else ""
        raise BadInput(
            f"There is no organisation {code}. {known}"
            "To make it, add: --organisation-name 'ITS NAME'"
        )
    made = work.add(Organisation(code=code, kind=kind, name_en=name, name_km=None))
    work.audit("organisation:added", f"organisation:{made.id}", {"kind": kind.value})
    return made
