"""The scripts behind `make`: what is missing on the machine is named with what installs it."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import click
import pytest

from courtwatch.cli import demo
from tools import run_development

ROOT = Path(__file__).resolve().parents[3]
PLAIN_TOOLS = ("bash", "env", "ls", "cat")


@pytest.fixture
def bare_path(tmp_path: Path) -> Path:
    """Return a directory that is all of PATH and holds no Python."""
    directory = tmp_path / "bin"
    directory.mkdir()
    for name in PLAIN_TOOLS:
        found = shutil.which(name)
        assert found is not None
        (directory / name).symlink_to(found)
    return directory


def run_script(
    name: str, *arguments: str, path: Path | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a script of tools/ with another PATH and more variables."""
    environment = {**os.environ, **variables}
    if path is not None:
        environment["PATH"] = str(path)
    return subprocess.run(
        [ROOT / "tools" / name, *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60,
    )


def fake_python(directory: Path, body: str) -> None:
    """Put a `python3` on the path that answers as `body` does."""
    path = directory / "python3"
    path.write_text(f"#!/usr/bin/env bash\n{body}\n", encoding="utf-8")
    path.chmod(0o755)


class TestMakeVenv:
    def test_names_the_package_when_there_is_no_python(
        self, bare_path: Path, tmp_path: Path
    ) -> None:
        """One line to copy."""
        done = run_script("make_venv.sh", path=bare_path, VENV=str(tmp_path / "venv"))
        assert done.returncode == 1
        assert "sudo apt-get install python3 python3-venv" in done.stderr

    def test_an_older_python_counts_as_none(self, bare_path: Path, tmp_path: Path) -> None:
        """Debian 11 has 3.9."""
        fake_python(bare_path, "exit 1")
        done = run_script("make_venv.sh", path=bare_path, VENV=str(tmp_path / "venv"))
        assert done.returncode == 1
        assert "3.11 or newer" in done.stderr

    def test_names_the_package_when_the_module_venv_is_missing(
        self, bare_path: Path, tmp_path: Path
    ) -> None:
        """Debian's python3 comes without it."""
        fake_python(
            bare_path,
            'case "$2" in *ensurepip*) exit 1;; *print*) echo 3.11;; *) exit 0;; esac',
        )
        done = run_script("make_venv.sh", path=bare_path, VENV=str(tmp_path / "venv"))
        assert done.returncode == 1
        assert "sudo apt-get install python3.11-venv" in done.stderr
        assert not (tmp_path / "venv").exists()

    def test_keeps_an_environment_that_works(self) -> None:
        """A second make takes no time."""
        done = run_script("make_venv.sh", VENV=sys.prefix)
        assert (done.returncode, done.stdout) == (0, "")

    def test_does_not_overwrite_a_directory_that_is_something_else(self, tmp_path: Path) -> None:
        """Somebody's files may lie there."""
        (tmp_path / "letter.txt").write_text("precious", encoding="utf-8")
        done = run_script("make_venv.sh", VENV=str(tmp_path))
        assert done.returncode == 1
        assert (tmp_path / "letter.txt").read_text(encoding="utf-8") == "precious"


def test_a_missing_program_is_named_with_its_packages(bare_path: Path) -> None:
    """`make front` on a machine without Node.js."""
    done = run_script("need.sh", "npm", "nodejs", "npm", path=bare_path)
    assert done.returncode == 1
    assert "sudo apt-get install nodejs npm" in done.stderr


class TestRunDevelopment:
    def test_a_port_in_use_is_said_before_anything_is_made(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """And how to choose another."""
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = str(taken.getsockname()[1])
            assert run_development.main([str(tmp_path / "none.ini"), "--port", port]) == 1
        said = capsys.readouterr().err
        assert f"127.0.0.1:{port}" in said
        assert "make run PORT=" in said

    @pytest.mark.parametrize("port", ["port", "70000", "-1", ""])
    def test_refuses_a_port_that_is_none(self, port: str) -> None:
        """A mistyped port is said in words."""
        assert run_development.port_problem(port)

    def test_makes_what_is_missing_and_keeps_it(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """From nothing to an invented country that can be found; a second run makes nothing."""
        ini = tmp_path / "some.ini"
        ini.write_text(
            "[app:main]\nuse = egg:courtwatch\n"
            "sqlalchemy.url = sqlite:///%(here)s/var/some.sqlite\n"
            "courtwatch.password_time_cost = 1\ncourtwatch.password_memory_mib = 1\n",
            encoding="utf-8",
        )
        monkeypatch.setattr("courtwatch.cli.demo.command.params", small_demo())
        commands = [str(ini), "--port", "0", "--prepare-only"]
        assert run_development.main(commands) == 0
        said = capsys.readouterr().err
        assert "Made the database" in said
        assert "monitor" in said
        first = run_development.status(str(ini))
        assert first["prosecutions"] >= 20
        assert first["indexed_documents"] >= first["cases"]
        assert run_development.main(commands) == 0
        said = capsys.readouterr().err
        assert "Made the database" not in said
        assert "Inventing" not in said
        assert "monitor" in said
        assert run_development.status(str(ini)) == first


def small_demo() -> list[click.Parameter]:
    """Return the options of `courtwatch demo` with a country that is made in a second."""
    params = list(demo.command.params)
    for place, option in enumerate(params):
        if option.name == "size":
            params[place] = click.Option(["--size"], default=20, type=int)
    return params
