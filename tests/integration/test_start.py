"""Starting for real: `pserve` on a port of its own, and the words when it cannot start."""

import os
import re
import selectors
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from courtwatch.cli import run

ROOT = Path(__file__).resolve().parents[2]
PSERVE = Path(sys.executable).with_name("pserve")
START_SECONDS = 180
INI = """
[DEFAULT]
http_port = 6543
[app:main]
use = egg:courtwatch
sqlalchemy.url = sqlite:///%(here)s/var/some.sqlite
courtwatch.data_directory = %(here)s/var
courtwatch.index_directory = %(here)s/var/index
courtwatch.worker = none
[server:main]
use = egg:waitress#main
host = {host}
get port = http_port
[loggers]
keys = root
[handlers]
keys = console
[formatters]
keys =
[logger_root]
level = INFO
handlers = console
[handler_console]
class = StreamHandler
args = (sys.stderr,)
"""


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a database with the project's own `init`."""
    made = tmp_path_factory.mktemp("start")
    assert run(["-c", str(write_ini(made)), "init"]) == 0
    return made


def write_ini(directory: Path, host: str = "127.0.0.1", name: str = "some.ini") -> Path:
    """Write a settings file and return its path."""
    path = directory / name
    path.write_text(INI.format(host=host), encoding="utf-8")
    return path


@contextmanager
def served(ini: Path) -> Iterator[str]:
    """Run pserve on a free port; give its address as soon as it says that it serves."""
    process = subprocess.Popen(
        [PSERVE, str(ini), "http_port=0"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=ROOT,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    try:
        yield _address(process)
    finally:
        process.terminate()  # SIGINT is ignored below a background job of a shell
        process.wait(timeout=START_SECONDS)
        assert process.stderr is not None
        process.stderr.close()


def _address(process: "subprocess.Popen[str]") -> str:
    assert process.stderr is not None
    said = ""
    deadline = time.monotonic() + START_SECONDS
    with selectors.DefaultSelector() as selector:
        selector.register(process.stderr, selectors.EVENT_READ)
        while selector.select(timeout=max(0.0, deadline - time.monotonic())):
            line = process.stderr.readline()
            said += line
            if found := re.search(r"Serving on (http://127\.0\.0\.1:\d+)", line):
                return found[1]
            if not line:
                break
    raise AssertionError(f"pserve did not start:\n{said}")


def start_and_fail(ini: Path) -> subprocess.CompletedProcess[str]:
    """Run pserve, which must not start."""
    return subprocess.run(
        [PSERVE, str(ini), "http_port=0"],
        capture_output=True, text=True, cwd=ROOT, check=False, timeout=START_SECONDS,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )


def test_pserve_serves_the_sign_in_page_and_refuses_another_host(directory: Path) -> None:
    """The address that it prints shows a page; a name that somebody else controls does not."""
    with served(directory / "some.ini") as address:
        with urllib.request.urlopen(f"{address}/sign-in") as answer:
            assert answer.status == 200
            assert b"<form" in answer.read()
        other = urllib.request.Request(f"{address}/sign-in", headers={"Host": "example.org"})
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(other)
        assert refused.value.code == 403
        refused.value.close()


def test_does_not_start_on_a_network(directory: Path) -> None:
    """The switch is named, and there is no traceback to read through."""
    done = start_and_fail(write_ini(directory, host="0.0.0.0", name="open.ini"))
    assert done.returncode != 0
    assert "courtwatch.serve_beyond_loopback = true" in done.stderr
    assert "Traceback" not in done.stderr


def test_does_not_start_without_a_database(tmp_path: Path) -> None:
    """It says which file is missing and what makes it."""
    done = start_and_fail(write_ini(tmp_path))
    assert done.returncode != 0
    assert "some.sqlite" in done.stderr
    assert "courtwatch init" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "var" / "some.sqlite").exists()


def test_does_not_start_with_a_wrong_setting(tmp_path: Path) -> None:
    """File, line and what is allowed."""
    ini = write_ini(tmp_path)
    text = ini.read_text(encoding="utf-8").replace("worker = none", "worker = nobody")
    ini.write_text(text, encoding="utf-8")
    done = start_and_fail(ini)
    assert done.returncode != 0
    assert "some.ini, line 9" in done.stderr
    assert "thread, process, none" in done.stderr
    assert "Traceback" not in done.stderr


def test_prequest_answers_in_process(directory: Path) -> None:
    """An administrator can look at a page without a server."""
    done = subprocess.run(
        [PSERVE.with_name("prequest"), str(directory / "some.ini"), "/sign-in"],
        capture_output=True, text=True, cwd=ROOT, check=True, timeout=START_SECONDS,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    assert "<form" in done.stdout


def test_pshell_offers_session_settings_and_tables(directory: Path) -> None:
    """A developer can ask the database at once."""
    ini = directory / "shell.ini"
    text = (directory / "some.ini").read_text(encoding="utf-8")
    ini.write_text(text + "[pshell]\nsetup = courtwatch.cli.shell.setup\n", encoding="utf-8")
    done = subprocess.run(
        [PSERVE.with_name("pshell"), "-p", "python", str(ini)],
        input="print('cases:', session.query(models.Case).count(), settings.page_size)\n",
        capture_output=True, text=True, cwd=ROOT, check=True, timeout=START_SECONDS,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    assert "cases: 0 50" in done.stdout
