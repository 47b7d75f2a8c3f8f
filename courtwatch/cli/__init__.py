"""The command `courtwatch [-c development.ini] COMMAND`.

**To add a command**, write `courtwatch/cli/<name>.py` (hyphens become underscores) that exposes
`command`, a `click.Command` or `click.Group`, and add a line to `COMMANDS`:

    from courtwatch.cli.context import CliContext, pass_context

    @click.command()
    @click.argument("directory")
    @pass_context
    def command(context: CliContext, directory: str) -> None:
        '''Load a register.'''
        with context.writing() as session:   # commits at the end, rolls back on an error
            ...

The table carries one line of summary and the example, so that `--help` imports no command and
every command's own help ends with its example and the exit codes it can give. Only the module of
the command that is run is imported; a command whose module does not exist is not listed.

Errors: raise, with words for people. `courtwatch.cli.exit_codes` maps exceptions to exit codes;
`main` prints the message to stderr, and a traceback only with `--debug`. What a command prints as
its result goes to stdout through `courtwatch.cli.output`; progress and remarks go to stderr.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
import warnings
from dataclasses import dataclass
from keyword import iskeyword

import click

from courtwatch.cli.exit_codes import ExitCode, code_for, message_for

DEFAULT_CONFIG = "development.ini"


@dataclass(frozen=True)
class Entry:
    """One line of the table of commands."""

    summary: str
    example: str

    def module(self, name: str) -> str:
        """Return the module that holds the command `name` (`import` is a word of Python's)."""
        module = name.replace("-", "_")
        return f"{__name__}.{module}_" if iskeyword(module) else f"{__name__}.{module}"


COMMANDS: dict[str, Entry] = {
    "init": Entry(
        "Make the database, or bring it up to date; loads courts, offences and reasons.",
        "courtwatch -c production.ini init",
    ),
    "user": Entry(
        "Add, list, change and close accounts.",
        "courtwatch user add sok --role monitor --organisation LAC --organisation-name 'Legal Aid'",
    ),
    "demo": Entry(
        "Fill an empty database with an invented country.",
        "courtwatch demo --size 3000 --seed 1",
    ),
    "import": Entry(
        "Load a register or a workbook through its mapping.",
        "courtwatch import cook-county DIRECTORY --dry-run",
    ),
    "reference": Entry(
        "Bring in official totals that ours are set beside, and list them.",
        "courtwatch reference import totals.csv --dry-run",
    ),
    "batch": Entry(
        "List import batches, or undo one.",
        "courtwatch batch list --format csv",
    ),
    "unresolved": Entry(
        "List entries of imports that have no legal place, and what would give them one.",
        "courtwatch unresolved --batch 3 --format csv",
    ),
    "export": Entry(
        "Write out all that an organisation entered.",
        "courtwatch export --organisation LAC --to DIRECTORY",
    ),
    "search": Entry(
        "Find cases by words, in English or Khmer.",
        'courtwatch search "hearing AND family" --as monitor --format csv',
    ),
    "report": Entry(
        "Print a report.",
        "courtwatch report ends --format json",
    ),
    "deadlines": Entry(
        "List time limits that are over, due soon or not known, with person-days over the limit.",
        "courtwatch deadlines --days 14 --format csv",
    ),
    "reindex": Entry(
        "Make the search index again from the database.",
        "courtwatch reindex",
    ),
    "rebuild": Entry(
        "Derive every stage, outcome and fact again from the events.",
        "courtwatch rebuild",
    ),
    "check": Entry(
        "Look for faults in the record, and say how to mend them.",
        "courtwatch check --group law --format csv",
    ),
    "worker": Entry(
        "Run the worker: the only writer of the search index.",
        "courtwatch -c production.ini worker",
    ),
    "procedure": Entry(
        "List, check, draw and publish procedures; move cases to a new version.",
        "courtwatch procedure check workflows/procedures/cambodia.yaml",
    ),
    "revision": Entry(
        "Show what was written when, and by whom.",
        "courtwatch revision list --format csv",
    ),
    "backup": Entry(
        "Copy the database while it is in use, and check the copy.",
        "courtwatch backup before-upgrade.sqlite",
    ),
    "status": Entry(
        "Say how database, cases and search index stand.",
        "courtwatch status --format json",
    ),
    "check-migrations": Entry(
        "Check that the migrations make the tables that the code expects.",
        "courtwatch check-migrations",
    ),
}


def exists(name: str) -> bool:
    """Return whether the command `name` has its module."""
    return name in COMMANDS and importlib.util.find_spec(COMMANDS[name].module(name)) is not None


class _Commands(click.Group):
    """The group whose commands are imported when they are run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands that are there."""
        return [name for name in COMMANDS if exists(name)]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import and return one command, with its example in its help."""
        if not exists(name):
            return None
        entry = COMMANDS[name]
        command: click.Command = importlib.import_module(entry.module(name)).command
        command.name = name
        if not command.help:
            command.help = entry.summary
        if "Example" not in (command.help or "") + (command.epilog or ""):
            # \b keeps click from filling the lines
            command.epilog = f"\b\nExample:\n  {entry.example}\n\n{command.epilog or ''}".rstrip()
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write summary and example of each command, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, COMMANDS[name].summary) for name in self.list_commands(ctx)]
            )
        with formatter.section("Examples"):
            formatter.write_text("\b\n" + "\n".join(
                COMMANDS[name].example for name in self.list_commands(ctx)
            ))
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code.value), code.meaning) for code in ExitCode])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-c", "--config", default=DEFAULT_CONFIG, show_default=True, metavar="FILE",
    help="The settings file.",
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(package_name="courtwatch", message="Courtwatch %(version)s")
@click.pass_context
def group(ctx: click.Context, config: str, debug: bool) -> None:
    """Courtwatch: every prosecution, from arrest to outcome."""
    from courtwatch.cli.context import CliContext

    ctx.obj = CliContext(config)
    ctx.call_on_close(ctx.obj.close)


def root_context() -> click.Context:
    """Return the context that the command line begins with, for whoever reads commands unrun.

    A command keeps the help option of its first context: begun otherwise, it would be another's.
    """
    return click.Context(group, info_name="courtwatch", **group.context_settings)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with a documented exit code."""
    warnings.filterwarnings("ignore", "pkg_resources is deprecated", UserWarning)
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit code, with the error's words on stderr."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        result = group.main(args=given, prog_name="courtwatch", standalone_mode=False)
    except click.Abort:
        click.echo("courtwatch: interrupted", err=True)
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except BrokenPipeError:
        # The reader of our output (head, less) has left: nothing to say, and nobody to say it to.
        sys.stderr.close()
        return ExitCode.OK
    except Exception as error:
        if "--debug" in given:
            traceback.print_exc()
        code = code_for(error)
        click.echo(f"courtwatch: {message_for(error)}", err=True)
        if code is ExitCode.UNEXPECTED and "--debug" not in given:
            click.echo("Run it again with: courtwatch --debug ...", err=True)
        return code
    return result if isinstance(result, int) else ExitCode.OK
