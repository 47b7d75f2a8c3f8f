"""The command line as a whole: help, examples, exit codes, and words instead of tracebacks."""

import builtins
import errno
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import click
import pytest
import sqlalchemy.exc

from courtwatch.cli import COMMANDS, exists, group, root_context
from courtwatch.cli.exit_codes import (
    _BY_CLASS,
    BadInput,
    ExitCode,
    Refused,
    code_for,
    message_for,
)
from courtwatch.models.migrate import DatabaseOlder
from courtwatch.settings import SettingsError
from tests.unit.cli.conftest import CommandLine
from tools.generate_docs import command_page

ROOT = Path(__file__).resolve().parents[3]


def every_command() -> list[tuple[str, click.Command]]:
    """Return each command and each command inside a group, with its full name."""
    root = root_context()
    found: list[tuple[str, click.Command]] = []
    for name in filter(exists, COMMANDS):
        command = group.get_command(root, name)
        assert command is not None
        found.append((name, command))
        if isinstance(command, click.Group):
            found.extend((f"{name} {inner}", each) for inner, each in command.commands.items())
    return found


def help_of(command: click.Command) -> str:
    """Return a command's help as the command line shows it."""
    return command.get_help(click.Context(command, parent=root_context()))


class TestHelp:
    def test_every_command_shows_an_example(self) -> None:
        """Somebody who reads the help can copy a line and run it."""
        without = [
            name
            for name, command in every_command()
            if f"courtwatch {name}" not in help_of(command)
            and "courtwatch -c" not in help_of(command)
        ]
        assert without == []

    def test_every_command_says_what_it_does(self) -> None:
        """A command without a sentence is not done."""
        assert [name for name, command in every_command() if not command.help] == []

    def test_the_list_shows_each_command_with_its_example(self, courtwatch: CommandLine) -> None:
        """`courtwatch --help` is enough to get going."""
        result = courtwatch("--help")
        assert result.code == ExitCode.OK
        for name in filter(exists, COMMANDS):
            assert f"\n  {name} " in result.out
            assert COMMANDS[name].example in result.out

    def test_the_list_names_every_exit_code(self, courtwatch: CommandLine) -> None:
        """Scripts can tell errors apart."""
        shown = courtwatch("--help").out
        assert [code for code in ExitCode if f"\n  {code.value} " not in shown] == []

    def test_a_command_that_is_not_there_is_not_offered(self, courtwatch: CommandLine) -> None:
        """Only what has its module is listed and run."""
        assert not exists("nosuch")
        assert courtwatch("nosuch").code == ExitCode.USAGE

    def test_listing_imports_no_command(self) -> None:
        """The list comes from the table, so that it is quick and cannot fail."""
        script = (
            "import sys, warnings; warnings.simplefilter('ignore')\n"
            "from courtwatch.cli import run\n"
            "assert run(['--help']) == 0\n"
            "loaded = [name for name in sys.modules if name.startswith('courtwatch.cli.')]\n"
            "sys.stderr.write(' '.join(sorted(loaded)))\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert set(done.stderr.split()) <= {"courtwatch.cli.exit_codes", "courtwatch.cli.context"}


def test_the_page_about_commands_is_current() -> None:
    """docs/cli.md is what `make docs` writes."""
    written = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert written == command_page(), "run: make docs"


def _wrapped(message: str) -> sqlalchemy.exc.OperationalError:
    return sqlalchemy.exc.OperationalError("INSERT ...", {}, sqlite3.OperationalError(message))


class TestExitCodes:
    @pytest.mark.parametrize(
        ("error", "code"),
        [
            (BadInput("x"), ExitCode.BAD_INPUT),
            (Refused("x"), ExitCode.REFUSED),
            (SettingsError("x"), ExitCode.SETTINGS),
            (DatabaseOlder("x"), ExitCode.DATABASE),
            (OSError(errno.ENOSPC, "No space left on device"), ExitCode.DISK_FULL),
            (FileNotFoundError(errno.ENOENT, "No such file", "a.csv"), ExitCode.BAD_INPUT),
            (_wrapped("database or disk is full"), ExitCode.DISK_FULL),
            (_wrapped("database is locked"), ExitCode.BUSY),
            (_wrapped("file is not a database"), ExitCode.DATABASE),
            (_wrapped("near \"SELEC\": syntax error"), ExitCode.UNEXPECTED),
            (ZeroDivisionError("division by zero"), ExitCode.UNEXPECTED),
        ],
    )
    def test_each_error_has_its_code(self, error: Exception, code: ExitCode) -> None:
        """The code tells a script what kind of trouble it is."""
        assert code_for(error) is code
        assert message_for(error)

    def test_a_file_error_names_the_file(self) -> None:
        """Not `[Errno 2]` but the file and what is wrong with it."""
        error = FileNotFoundError(errno.ENOENT, "No such file or directory", "a.csv")
        assert message_for(error) == "a.csv: No such file or directory"

    def test_every_named_class_exists(self) -> None:
        """A class that was renamed would silently become an unexpected error."""
        defined = {
            found
            for package in ("courtwatch", "workflows", "search_index")
            for path in (ROOT / package).rglob("*.py")
            for found in re.findall(r"^class (\w+)", path.read_text(encoding="utf-8"), re.M)
        }
        foreign = {"ValidationError"}
        named = {name for name in _BY_CLASS if not hasattr(builtins, name)}
        assert named - defined - foreign == set()

    def test_every_code_is_explained(self) -> None:
        """A number without words is no documentation."""
        assert all(code.meaning for code in ExitCode)


class TestErrors:
    def test_a_missing_database_is_said_with_the_command_that_makes_it(
        self, courtwatch: CommandLine
    ) -> None:
        """And looking for it makes no empty file."""
        result = courtwatch("user", "list")
        assert result.code == ExitCode.DATABASE
        assert "init" in result.err
        assert "Traceback" not in result.err

    def test_a_wrong_setting_is_said_with_its_line(
        self, courtwatch: CommandLine, ini: Path
    ) -> None:
        """No command runs on settings that are not understood."""
        ini.write_text(ini.read_text(encoding="utf-8") + "courtwatch.worker = thred\n", "utf-8")
        result = courtwatch("status")
        assert result.code == ExitCode.SETTINGS
        assert "line 9" in result.err
        assert "thread, process, none" in result.err

    def test_a_missing_settings_file_is_named(
        self, courtwatch: CommandLine, ini: Path
    ) -> None:
        """`courtwatch` run in the wrong directory says so."""
        ini.unlink()
        result = courtwatch("status")
        assert result.code == ExitCode.SETTINGS
        assert "some.ini" in result.err

    def test_something_that_is_no_database_is_left_as_it_is(
        self, courtwatch: CommandLine, ini: Path
    ) -> None:
        """A damaged file is evidence; nothing is written over it."""
        path = ini.parent / "var" / "some.sqlite"
        path.parent.mkdir()
        path.write_bytes(b"this is not a database, but somebody's letter " * 100)
        before = path.read_bytes()
        result = courtwatch("init")
        assert result.code == ExitCode.DATABASE
        assert "backup" in result.err
        assert path.read_bytes() == before
