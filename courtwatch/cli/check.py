"""`courtwatch check`: look for faults in the record, and say how to mend them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from courtwatch.cli.context import CliContext, pass_context
from courtwatch.cli.exit_codes import BadInput, ExitCode
from courtwatch.cli.output import Format, format_option, progress, say, write_json, write_rows

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from courtwatch.services.integrity.check import Check, Found
    from courtwatch.services.integrity.kinds import Kind, Limits

GROUPS = ("law", "entry", "court", "database", "index")
COUNTS = ("kind", "severity", "group", "count", "title")
COLUMNS = (
    "kind", "severity", "case", "prosecution", "hearing", "event", "row", "since", "finding",
)  # fmt: skip
MOST = 100_000


@click.command()
@click.option("--kind", "codes", multiple=True, metavar="CODE", help="Look for this kind alone.")
@click.option("--group", type=click.Choice(GROUPS), help="Look for the kinds of one group.")
@click.option(
    "--organisation", metavar="CODE",
    help="Look at the cases of one organisation; kinds of the database are left out.",
)  # fmt: skip
@click.option(
    "--limit", type=click.IntRange(0, MOST), default=20, show_default=True,
    help="How many findings of each kind are listed; counts are always of all.",
)  # fmt: skip
@click.option(
    "--threshold", "thresholds", multiple=True, metavar="NAME=NUMBER",
    help="From how many on something is a finding, such as dormant_months=12; --list names them.",
)  # fmt: skip
@click.option("--list", "list_kinds", is_flag=True, help="List kinds and thresholds and leave.")
@format_option
@pass_context
def command(
    context: CliContext,
    codes: tuple[str, ...],
    group: str | None,
    organisation: str | None,
    limit: int,
    thresholds: tuple[str, ...],
    list_kinds: bool,
    output_format: Format,
) -> None:
    """Look for faults in the record: how many of each kind, then the first cases of each.

    Cases, accused and hearings are named by their codes, never by a person's name. What each kind
    means and how it is mended is told in docs/integrity.md. Changes nothing.

    Exit code 0: nothing is wrong, whatever is doubtful or to do. Exit code 10: something of the
    severity "wrong" was found. With --format csv the counts go to standard error.
    """
    if list_kinds:
        _list(output_format)
        return
    kinds = _chosen(codes, group, organisation)
    limits = _limits(thresholds)
    with context.reading() as session, _checking(context, session, organisation, limits) as check:
        found = []
        with progress("Looking", len(kinds)) as advance:
            for kind in kinds:
                found.append(check.look(kind, limit))
                advance(1)
        _print(session, check, found, output_format)
    if any(one.total and one.kind.severity == "wrong" for one in found):
        raise click.exceptions.Exit(ExitCode.FOUND)


def _chosen(codes: tuple[str, ...], group: str | None, organisation: str | None) -> list[Kind]:
    from courtwatch.services.integrity.registry import KINDS, kind_of

    kinds = [kind_of(code) for code in dict.fromkeys(codes)] or list(KINDS.values())
    if group:
        kinds = [kind for kind in kinds if kind.group == group]
    if organisation:
        kinds = [kind for kind in kinds if kind.about_cases]
    if not kinds:
        raise BadInput("No kind is left to look for. Kinds and groups: courtwatch check --list")
    return kinds


def _limits(thresholds: tuple[str, ...]) -> Limits:
    from courtwatch.services.integrity.kinds import Limits

    known = Limits.meanings()
    values = {}
    for text in thresholds:
        name, _sign, number = text.partition("=")
        if name not in known or not number.isdecimal() or int(number) > 9999:
            raise BadInput(
                f"--threshold {text}: write NAME=NUMBER, 0 to 9999. Names: {', '.join(known)}."
            )
        values[name] = int(number)
    return replace(Limits(), **values)


@contextmanager
def _checking(
    context: CliContext, session: Session, organisation: str | None, limits: Limits
) -> Iterator[Check]:
    from sqlalchemy import select

    from courtwatch.models import Organisation
    from courtwatch.models.vocabulary import Role
    from courtwatch.services.integrity.check import Check, everything, read_in_full
    from courtwatch.services.work import Actor
    from search_index.storage import POINTER

    now = datetime.now(UTC)
    if organisation is not None:
        row = session.scalars(select(Organisation).where(Organisation.code == organisation)).first()
        if row is None:
            raise BadInput(f"There is no organisation {organisation}.")
        # Another organisation's case is named only where this one may read its number.
        reader = Actor(None, row.id, Role.COORDINATOR, row.kind)
        yield Check(session, now, row.id, read_in_full(reader), limits)
        return
    # Opening an index that is not there would make an empty one.
    if not (Path(context.settings.index_directory) / POINTER).is_file():
        say("There is no search index here: it is not compared. Make it with courtwatch reindex.")
        yield Check(session, now, None, everything, limits)
        return
    with context.open_index() as index:
        yield Check(session, now, None, everything, limits, context.engine, index)


def _list(output_format: Format) -> None:
    from courtwatch.services.integrity.kinds import Limits
    from courtwatch.services.integrity.registry import KINDS

    rows = [[k.code, k.severity, k.group, k.who, str(k.title)] for k in KINDS.values()]
    write_rows(("kind", "severity", "group", "mended_by", "title"), rows, output_format)
    for name, (default, meaning) in Limits.meanings().items():
        say(f"--threshold {name}={default}: {meaning}")


def _print(session: Session, check: Check, found: list[Found], output_format: Format) -> None:
    from courtwatch.services.integrity.telling import Teller
    from courtwatch.services.messages import in_english

    counts = [
        (one.kind.code, one.kind.severity, one.kind.group, one.total, str(one.kind.title))
        for one in found
    ]
    teller = Teller(session, check.context.procedures)
    rows: list[tuple[Any, ...]] = []
    for one in found:
        for told in teller.tell(one.kind, one.findings):
            rows.append((*told.columns().values(), in_english(told.words)))
    if output_format is Format.JSON:
        write_json(
            {
                "counts": [dict(zip(COUNTS, row, strict=True)) for row in counts],
                "findings": [dict(zip(COLUMNS, row, strict=True)) for row in rows],
            }
        )
        return
    if output_format is Format.CSV:
        write_rows(COLUMNS, rows, output_format)
        for code, severity, _group, total, _title in counts:
            if total:
                say(f"{code} ({severity}): {total:,}")
        return
    write_rows(COUNTS, [row for row in counts if row[3]], output_format)
    clean = sum(1 for row in counts if not row[3])
    say(f"{len(counts)} kinds looked for, {clean} without a finding")
    if rows:
        click.echo("")
        write_rows(COLUMNS, rows, output_format)
