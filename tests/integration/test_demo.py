"""`courtwatch demo` on a real database file, through the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from courtwatch.cli import run

INI = """\
[app:main]
use = egg:courtwatch
sqlalchemy.url = sqlite:///%(here)s/demo.sqlite
courtwatch.data_directory = %(here)s
courtwatch.index_directory = %(here)s/index
courtwatch.worker = none
courtwatch.secure_cookies = false

[server:main]
use = egg:waitress#main
host = 127.0.0.1
port = 6543
"""


@pytest.fixture
def ini(tmp_path: Path) -> str:
    """A settings file of its own directory."""
    path = tmp_path / "demo.ini"
    path.write_text(INI, encoding="utf-8")
    return str(path)


def demo(ini: str, *options: str) -> int:
    """Run the command; return its exit code."""
    return run(["-c", ini, "demo", *options])


def test_needs_a_database_and_says_how_to_make_it(ini, capsys):
    """Nothing is made on the side."""
    assert demo(ini) == 4
    assert "init" in capsys.readouterr().err


def test_makes_a_country_once(ini, capsys):
    """Twice the same is done once; another one is refused, and both say so."""
    assert run(["-c", ini, "init"]) == 0
    assert demo(ini, "--size", "40", "--seed", "5", "--format", "json") == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["invented"] is True
    assert printed["rows"]["prosecution"] >= 40
    assert {account["role"] for account in printed["accounts"]} == {
        "monitor", "coordinator", "analyst", "researcher", "administrator"
    }  # fmt: skip
    assert demo(ini, "--size", "40", "--seed", "5") == 0
    assert "Nothing was changed" in capsys.readouterr().err
    assert demo(ini, "--size", "41", "--seed", "5") == 6
    assert "already" in capsys.readouterr().err


def test_an_account_that_is_in_the_way_leaves_nothing_behind(ini, capsys):
    """All of the country or nothing."""
    import sqlite3

    assert run(["-c", ini, "init"]) == 0
    path = Path(ini).with_name("demo.sqlite")
    with sqlite3.connect(path) as connection:
        connection.execute(
            "insert into user (name, password_hash, language, active, created_at)"
            " values ('researcher', 'x', 'en', 1, '2026-01-01')"
        )
    connection.close()
    assert demo(ini, "--size", "5") != 0
    assert "researcher" in capsys.readouterr().err
    connection = sqlite3.connect(path)
    for table in ("prosecution", "organisation", "revision"):
        assert connection.execute(f"select count(*) from {table}").fetchone() == (0,)
    assert connection.execute("select count(*) from jurisdiction where invented").fetchone() == (0,)
    connection.close()


@pytest.mark.parametrize("options", [("--size", "0"), ("--size", "many"), ("--seed", "-1")])
def test_wrong_options_are_usage_errors(ini, options):
    """Exit code 2, as everywhere."""
    assert demo(ini, *options) == 2
