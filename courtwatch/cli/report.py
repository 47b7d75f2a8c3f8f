"""`courtwatch report`: the reports of the pages, for a terminal, a spreadsheet or a program."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from courtwatch.cli.context import CliContext, pass_context
from courtwatch.cli.exit_codes import BadInput
from courtwatch.cli.output import Format, format_option, write_rows

if TYPE_CHECKING:
    from courtwatch.reports.model import Report
    from courtwatch.services.fact_filters import FactFilters


@click.command()
@click.argument("name", required=False)
@format_option
@click.option("--list", "list_reports", is_flag=True, help="List the reports and leave.")
@click.option(
    "--jurisdiction", metavar="CODE", help="The jurisdiction, where several are recorded."
)
@click.option(
    "--scope", type=click.Choice(["shared", "own"]), default="shared", show_default=True,
    help="Whose record: all organisations' shared cases, or one organisation's own.",
)  # fmt: skip
@click.option("--organisation", metavar="CODE", help="The organisation of --scope own.")
@click.option(
    "--unit", type=click.Choice(["prosecution", "charge", "case"]), default="prosecution",
    show_default=True, help="What is counted.",
)  # fmt: skip
@click.option(
    "--option", "options", multiple=True, metavar="NAME=VALUE",
    help="What a report asks besides, for example by=month (attrition) or origin=charge (delay).",
)  # fmt: skip
@click.option(
    "--as-known-at", metavar="MOMENT", default="",
    help="The record as it was: a day (2026-11-01), a day and time, or a revision's number.",
)  # fmt: skip
@click.option(
    "--filter", "filters", multiple=True, metavar="NAME=VALUE",
    help="As in the address of the list of cases, for example cohort=2024, court=KH-12-CFI, "
    "offence=KH-TIPSE-10, ended_by=prosecutor. Given twice for one name, either fits.",
)  # fmt: skip
@click.option(
    "--language", type=click.Choice(["en", "km"]), default=None, show_default="en",
    help="Language of names and labels; keys and numbers do not change. Of a frozen report, else "
    "its own.",
)  # fmt: skip
@click.option(
    "--to", "target", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Write a file instead; its ending says what: .xlsx, .csv, .json, .txt, .pdf.",
)  # fmt: skip
@click.option(
    "--suppressed", is_flag=True,
    help="Hide small numbers and all that would tell them; what can't be proved is withheld.",
)  # fmt: skip
@click.option(
    "--frozen", metavar="IDENTIFIER",
    help="Count a frozen report again, say whether it stands, and print it. Exit code 3: it does "
    "not.",
)  # fmt: skip
@pass_context
def command(
    context: CliContext,
    name: str | None,
    output_format: Format,
    list_reports: bool,
    jurisdiction: str | None,
    scope: str,
    organisation: str | None,
    unit: str,
    options: tuple[str, ...],
    as_known_at: str,
    filters: tuple[str, ...],
    language: str | None,
    suppressed: bool,
    target: Path | None,
    frozen: str | None,
) -> None:
    """Print a report; --list names them.

    The same figures as on the page, each with its interval, what is not known, and the moment of
    the record that it is of.
    """
    from courtwatch.reports import registry
    from courtwatch.reports.kinds import REPORTS, kind_of
    from courtwatch.reports.model import ScopeKind, Unit
    from courtwatch.reports.queries import Reader
    from courtwatch.reports.words import plain
    from courtwatch.services.fact_filters import FilterError

    if list_reports:
        said = language or "en"
        rows = [[key, plain(k.title, said), plain(k.lead, said)] for key, k in REPORTS.items()]
        write_rows(["report", "title", "counts"], rows, output_format)
        return
    if frozen:
        _frozen(context, frozen, _Output(output_format, target, _ending(target)), language)
        return
    if name is None:
        raise click.UsageError(
            f"Which report? There are: {', '.join(REPORTS)}. Or: courtwatch report --list"
        )
    kind = kind_of(name)
    output = _Output(output_format, target, _ending(target))
    if organisation:
        scope = "own"
    ask = registry.Ask(
        _filters(filters, jurisdiction),
        ScopeKind(scope),
        Unit(unit),
        as_known_at,
        organisation,
        _options(options, [option.name for option in kind.options]),
    )
    with context.reading() as session:
        try:
            report = registry.make(session, name, ask, Reader(public=suppressed))
        except FilterError as problem:
            raise BadInput(str(problem)) from None

    _write(report, output, language or "en")


@dataclass(frozen=True)
class _Output:
    """Where a report goes: printed in a format, or to a file by its ending."""

    printed: Format
    target: Path | None
    ending: str


def _ending(target: Path | None) -> str:
    from courtwatch.reports.formats import FORMATS, PDF

    ending = target.suffix[1:].lower() if target is not None else ""
    if target is not None and ending not in (*FORMATS, PDF):
        endings = ", ".join(f".{ending}" for ending in (*FORMATS, PDF))
        raise BadInput(f"--to {target}: the name of the file has to end with one of {endings}.")
    return ending


def _write(report: Report, output: _Output, language: str) -> None:
    from courtwatch.reports import render_csv, render_json, render_text
    from courtwatch.reports.formats import FORMATS, PDF
    from courtwatch.reports.words import plain

    def say(label: object) -> str:
        return plain(label, language)

    if output.target is not None:
        if output.ending == PDF:
            from courtwatch.printing import pdf

            output.target.write_bytes(pdf.render(report, say, language))
        else:
            output.target.write_bytes(FORMATS[output.ending].render(report, say))
        return
    renders = {
        Format.TEXT: render_text.render,
        Format.CSV: render_csv.render,
        Format.JSON: render_json.render,
    }
    click.echo(renders[output.printed](report, say), nl=False)


def _frozen(context: CliContext, code: str, output: _Output, language: str | None) -> None:
    """Write a frozen report as the record gives it, after saying whether it still stands."""
    from datetime import UTC, datetime

    from courtwatch.reports.snapshot_list import snapshot_by_code
    from courtwatch.reports.snapshots import NoSnapshot, SnapshotDiffers, verify
    from courtwatch.reports.words import plain

    with context.reading() as session:
        found = snapshot_by_code(session, code)
        if found is None:
            raise NoSnapshot(f"There is no frozen report {code!r}.")
        verdict = verify(session, found, datetime.now(UTC))

    if not verdict.same or verdict.report is None:
        differ = "; ".join(
            f"{plain(each.table)}/{plain(each.row)}/{plain(each.column)}: {each.then} -> {each.now}"
            for each in verdict.differences[:20]
        )
        causes = " ".join(plain(cause) for cause in verdict.causes)
        raise SnapshotDiffers(f"{code} does not stand. {causes} {differ}".rstrip())
    click.echo(f"{code} stands: SHA-256 {found.checksum}", err=True)
    _write(verdict.report, output, language or found.language)


def _options(given: tuple[str, ...], names: list[str]) -> dict[str, str]:
    found = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign or name not in names:
            raise BadInput(
                f"--option {text}: write NAME=VALUE. Names of this report: "
                f"{', '.join(names) or 'it has no options'}."
            )
        found[name] = value
    return found


def _filters(given: tuple[str, ...], jurisdiction: str | None) -> FactFilters:
    from courtwatch.services.fact_filters import NAMES, FactFilters, FilterError

    pairs = [("jurisdiction", jurisdiction)] if jurisdiction else []
    for text in given:
        name, sign, value = text.partition("=")
        if not sign or name not in NAMES:
            raise BadInput(f"--filter {text}: write NAME=VALUE. Names: {', '.join(sorted(NAMES))}.")
        pairs.append((name, value))
    try:
        return FactFilters.parse(pairs)
    except FilterError as problem:
        raise BadInput(str(problem)) from None
