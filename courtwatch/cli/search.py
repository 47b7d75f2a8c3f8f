"""`courtwatch search`: find cases from the terminal, as a person or an audience would."""

from __future__ import annotations

import click
from sqlalchemy import select

from courtwatch.cli.context import CliContext, pass_context
from courtwatch.cli.output import Format, format_option, say, write_rows
from courtwatch.models import Membership, User
from courtwatch.services.outcome_rules import rules_in_full, version_of
from courtwatch.services.search import Search
from courtwatch.services.work import Actor


@click.command()
@click.argument("query")
@click.option("--as", "user_name", required=True, help="Sign-in name: you find what this user may.")
@click.option(
    "--sort",
    type=click.Choice(["relevance", "last_event", "registered"]),
    default="relevance",
    show_default=True,
)
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True)
@click.option("--lang", type=click.Choice(["en", "km"]), default="en", show_default=True)
@format_option
@pass_context
def command(
    context: CliContext,
    query: str,
    user_name: str,
    sort: str,
    limit: int,
    lang: str,
    output_format: Format,
) -> None:
    """Find cases by words, in English or Khmer."""
    with context.reading() as session, context.open_index() as index:
        row = session.execute(
            select(User, Membership).join(Membership).where(User.name == user_name).limit(1)
        ).first()
        if row is None:
            raise click.BadParameter(f"there is no user {user_name!r}", param_hint="--as")
        user, membership = row
        actor = Actor(
            user.id,
            membership.organisation_id,
            membership.role,
            membership.organisation.kind,
        )
        answer = Search(session, index, actor).page(query, {}, sort, 0, limit)
        if answer.problem is not None:
            raise click.BadParameter(answer.problem.message, param_hint="QUERY")
        rows = [
            (
                found.document.code,
                found.court.get(lang) if found.court else "",
                found.stage.get(lang) if found.stage else "",
                found.outcome.get(lang) if found.outcome else "",
                " … ".join("".join(t for t, _hit in cut) for _field, cut in found.passages),
            )
            for found in answer.found
        ]
        write_rows(("case", "court", "stage", "outcome", "found"), rows, output_format)
        rules = rules_in_full(session, of_cases=True)
        for version in sorted({version_of(found.procedure) for found in answer.found}):
            say(f"Outcome by the rule of {version}: {rules[version]}")
        say(f"{answer.total} cases")
