"""`courtwatch demo`: an invented country, for looking around and for measuring."""

from __future__ import annotations

import click

from courtwatch.cli.context import CliContext, pass_context
from courtwatch.cli.output import Format, format_option, progress, say, write_json, write_rows

DEFAULT_SIZE = 3_000
LARGEST = 5_000_000


@click.command(
    epilog="Exit codes: 0 done, or the same country was there already; 4 no database yet "
    "(courtwatch init); 6 another invented country is there."
)
@click.option(
    "--size", default=DEFAULT_SIZE, show_default=True, metavar="N",
    type=click.IntRange(1, LARGEST), help="Prosecutions to invent.",
)  # fmt: skip
@click.option(
    "--seed", default=1, show_default=True, metavar="S", type=click.IntRange(0),
    help="The same size and seed give the same country.",
)  # fmt: skip
@format_option
@pass_context
def command(context: CliContext, size: int, seed: int, output_format: Format) -> None:
    """Fill the database with an invented country.

    Its courts, organisations, persons and cases are all invented, and every page, chart and
    export of them says so. There is one account for each role; the passwords are printed and
    known to everybody, so never serve such a database to other machines.
    """
    from courtwatch.demo import build as demo
    from courtwatch.services.accounts import hasher_of

    with context.writing() as session:
        found = demo.existing(session)
        if found is not None and found.summary == {"size": size, "seed": seed}:
            say("The same invented country is in this database already. Nothing was changed.")
            _print_accounts(output_format, None)
            return
        with _Bars() as bars:
            report = demo.build(
                session, hasher_of(context.settings), size=size, seed=seed, progress=bars.show
            )
    say(
        f"Invented {sum(report.rows.values()):,} rows: {report.rows['prosecution']:,} prosecutions "
        f"in {report.cases:,} cases ({report.entered_twice} cases entered by two organisations)."
    )
    say("The search index does not know them yet: run courtwatch reindex, or let the worker do it.")
    _print_accounts(output_format, report)


def _print_accounts(output_format: Format, report: object) -> None:
    from courtwatch.demo.build import DemoReport
    from courtwatch.demo.country import ACCOUNTS

    accounts = [(a.name, a.password, a.role.value, a.organisation, a.does) for a in ACCOUNTS]
    columns = ("name", "password", "role", "organisation", "does")
    if output_format is not Format.JSON:
        write_rows(columns, accounts, output_format)
        return
    made = report.rows if isinstance(report, DemoReport) else {}
    write_json(
        {
            "invented": True,
            "rows": made,
            "accounts": [dict(zip(columns, account, strict=True)) for account in accounts],
        }
    )


class _Bars:
    """One progress bar for each phase, closed when the next begins."""

    WORDS = {"invent": "Inventing cases, deriving stages and outcomes"}

    def __init__(self) -> None:
        self._phase = ""
        self._done = 0
        self._bar: object = None

    def __enter__(self) -> _Bars:
        return self

    def __exit__(self, *error: object) -> None:
        self._close()

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.__exit__(None, None, None)  # type: ignore[attr-defined]
            self._bar = None

    def show(self, phase: str, done: int, total: int) -> None:
        """Move the bar of `phase` to `done` of `total`."""
        if phase != self._phase:
            self._close()
            self._phase, self._done = phase, 0
            self._bar = progress(self.WORDS[phase], total)
            self._advance = self._bar.__enter__()
        self._advance(done - self._done)
        self._done = done
