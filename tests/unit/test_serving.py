"""Serving: no server listens beyond this machine by oversight."""

from pathlib import Path

import pytest

from courtwatch.serving import check_listen
from courtwatch.settings import Settings, SettingsError

ROOT = Path(__file__).resolve().parents[2]
INI = """
[DEFAULT]
http_port = 6543
[app:main]
use = egg:courtwatch
{server}
"""


def settings(serve_beyond_loopback: str = "false") -> Settings:
    """Return settings with or without the switch."""
    return Settings.from_mapping(
        {
            "sqlalchemy.url": "sqlite://",
            "courtwatch.serve_beyond_loopback": serve_beyond_loopback,
        },
        "test",
    )


def global_config(directory: Path, server: str) -> dict[str, str]:
    """Return what paste would hand to `main` for an ini file with this server section."""
    path = directory / "some.ini"
    path.write_text(INI.format(server=server), encoding="utf-8")
    return {"__file__": str(path)}


@pytest.mark.parametrize(
    "server",
    [
        "[server:main]\nuse = egg:waitress#main\nhost = 0.0.0.0",
        "[server:main]\nuse = egg:waitress#main\nhost = *",
        "[server:main]\nuse = egg:waitress#main\nhost = ::",
        "[server:main]\nuse = egg:waitress#main\nhost = 192.168.1.10",
        "[server:main]\nuse = egg:waitress#main\nhost = courtwatch.example.org",
        "[server:main]\nuse = egg:waitress#main\nlisten = 127.0.0.1:6543 10.0.0.1:6543",
        "[server:main]\nuse = egg:waitress#main\nlisten = *:6543",
        "[server:main]\nuse = egg:waitress#main\nlisten = [::]:6543",
        "[server:main]\nuse = egg:waitress#main\nport = 6543",
        "[server:main]\nuse = egg:gunicorn\nbind = 0.0.0.0:80",
        "[server:main]\nuse = egg:waitress#main\nhost=127.0.0.1\n"
        "[server:other]\nuse = egg:waitress#main\nhost = 0.0.0.0",
    ],
)
def test_refuses_a_server_that_other_machines_reach(tmp_path: Path, server: str) -> None:
    """Whatever words the server section uses, the start is refused and the switch is named."""
    with pytest.raises(SettingsError, match="serve_beyond_loopback = true"):
        check_listen(global_config(tmp_path, server), settings())


@pytest.mark.parametrize(
    "server",
    [
        "[server:main]\nuse = egg:waitress#main\nhost = 127.0.0.1\nget port = http_port",
        "[server:main]\nuse = egg:waitress#main\nhost = localhost",
        "[server:main]\nuse = egg:waitress#main\nlisten = 127.0.0.1:6543 [::1]:6543",
        "[server:main]\nuse = egg:waitress#main\nunix_socket = %(here)s/socket",
        "[server:main]\nuse = egg:gunicorn\nbind = unix:/run/courtwatch.sock",
        "",
    ],
)
def test_accepts_a_server_on_this_machine(tmp_path: Path, server: str) -> None:
    """Loopback addresses and sockets of the file system reach nobody else."""
    check_listen(global_config(tmp_path, server), settings())
    assert settings().open_serving is False


def test_the_switch_opens_it_and_the_banner_is_due(tmp_path: Path) -> None:
    """Serving others is possible on purpose, and then pages know to say so."""
    opened = settings("true")
    server = "[server:main]\nuse = egg:waitress#main\nhost = 0.0.0.0"
    check_listen(global_config(tmp_path, server), opened)
    assert opened.open_serving is True


@pytest.mark.parametrize("name", ["development.ini", "production.ini"])
def test_the_files_of_the_project_listen_here_only(name: str) -> None:
    """What we ship does not listen beyond this machine."""
    check_listen({"__file__": str(ROOT / name)}, settings())
    assert "host = 127.0.0.1" in (ROOT / name).read_text(encoding="utf-8")
