"""A settings file in a directory of its own, and the command line called in this process."""

from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

from courtwatch.cli import run
from tests.databases import seeded

INI = """
[app:main]
use = egg:courtwatch
sqlalchemy.url = sqlite:///%(here)s/var/some.sqlite
courtwatch.data_directory = %(here)s/var
courtwatch.index_directory = %(here)s/var/index
courtwatch.password_time_cost = 1
courtwatch.password_memory_mib = 1
"""


@dataclass(frozen=True)
class Result:
    """What a command left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


CommandLine = Callable[..., Result]


@pytest.fixture
def ini(tmp_path: Path) -> Path:
    """Write a settings file whose database does not exist yet."""
    path = tmp_path / "some.ini"
    path.write_text(INI, encoding="utf-8")
    return path


@pytest.fixture
def courtwatch(
    ini: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    """Return a function that runs `courtwatch -c some.ini ARGUMENTS` with standard input."""

    def call(*arguments: str, stdin: str = "") -> Result:
        monkeypatch.setattr("sys.stdin", StringIO(stdin))
        capsys.readouterr()
        code = run(["-c", str(ini), *arguments])
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return call


@pytest.fixture
def made(courtwatch: CommandLine, ini: Path) -> CommandLine:
    """Return the command line on a database like one that `init` made."""
    seeded(new_file(ini)).dispose()
    return courtwatch


def new_file(ini: Path) -> Path:
    """Make the directory of a database; return where its file belongs."""
    path = ini.parent / "var" / "some.sqlite"
    path.parent.mkdir()
    return path
