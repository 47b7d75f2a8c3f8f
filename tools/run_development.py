"""`make run`: makes what is missing (database, invented country, index), then serves.

One process from beginning to end, because each start of Python loads the same libraries again; a
second `make run` is there in seconds. What was entered is kept.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import socket
import sys
import warnings
from datetime import UTC, datetime
from typing import Any

HOST = "127.0.0.1"


def main(arguments: list[str] | None = None) -> int:
    """Prepare and serve; return the exit code of whatever failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ini")
    parser.add_argument("--port", default="6543")
    parser.add_argument("--prepare-only", action="store_true", help="do not serve")
    given = parser.parse_args(arguments)
    if (problem := port_problem(given.port)) is not None:
        say(f"Cannot listen on {HOST}:{given.port}: {problem}\n"
            "Choose another port:  make run PORT=7000")
        return 1
    warnings.filterwarnings("ignore", "pkg_resources is deprecated", UserWarning)
    if code := prepare(given.ini):
        return code
    greet(given.ini, given.port)
    if given.prepare_only:
        return 0
    from pyramid.scripts import pserve

    result: int | None = pserve.main(["pserve", given.ini, f"http_port={given.port}"])
    return result or 0


def port_problem(port: str) -> str | None:
    """Return why nothing can listen on `port`; None if it is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, int(port)))
        except (OSError, OverflowError, ValueError) as error:
            return str(error)
    return None


def prepare(ini: str) -> int:
    """Make what is missing; return 0, or the exit code of the command that failed."""
    state = status(ini)
    if state["database"] == "older":
        # Never upgrade the only copy.
        moment = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        if code := courtwatch(ini, "backup", f"{state['file']}.before-upgrade-{moment}"):
            return code
    if state["database"] in ("missing", "older"):
        if code := courtwatch(ini, "init"):
            return code
        state = status(ini)
    if state["database"] != "current":
        return courtwatch(ini, "user", "list") or 1  # says what is wrong with it
    if state["cases"] == 0:
        say("Inventing a country to try it on (half a minute) ...")
        # It prints the accounts, which are printed at every start.
        with contextlib.redirect_stdout(io.StringIO()):
            if code := courtwatch(ini, "demo"):
                return code
        state = status(ini)
    if state["index"] != "present" or (state["cases"] and not state["indexed_documents"]):
        say("Making the search index (a minute) ...")
        return courtwatch(ini, "reindex")
    return 0


def courtwatch(ini: str, *arguments: str) -> int:
    """Run a command of Courtwatch in this process; it says itself what goes wrong."""
    from courtwatch.cli import run

    return run(["-c", ini, *arguments])


def status(ini: str) -> dict[str, Any]:
    """Return what `courtwatch status` prints, and the file of the database."""
    from courtwatch.cli.context import CliContext
    from courtwatch.cli.status import describe
    from courtwatch.settings import SettingsError

    context = CliContext(ini)
    try:
        return {**describe(context), "file": context.database_file}
    except SettingsError as error:
        raise SystemExit(f"courtwatch: {error}") from None
    finally:
        context.close()


def greet(ini: str, port: str) -> None:
    """Say where to look and who can sign in."""
    say(f"\nCourtwatch is at  http://{HOST}:{port}  (stop it with Ctrl-C)")
    if status(ini)["invented"]:
        from courtwatch.demo.country import ACCOUNTS

        wide = max(len(account.name) for account in ACCOUNTS)
        say("Everything in it is invented. Sign in as one of:")
        for account in ACCOUNTS:
            say(f"  {account.name:<{wide}}  password {account.password}  {account.does}")
    else:
        say(f"It holds no demonstration. Its accounts: courtwatch -c {ini} user list")
    say("")


def say(text: str) -> None:
    """Print at once: the server that follows never ends."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
