"""How long after a commit is the case found?

    python benchmarks/index_lag.py [--commits 100] [--engine whoosh]

The application itself, on SQLite: cases are opened through its form, and another reader of the
index looks for them. The clock runs from the answer to the form until the case is found by a word
of its note. Three ways: the worker as a thread of the server; `courtwatch worker` as a process
beside it, woken by the commit; the same without being woken, so that looking once a second is all
there is. Prints p50, p95 and the longest, and what an idle worker costs. The aim: 2 seconds.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from webtest import TestApp

from courtwatch import make_app
from courtwatch.db import WAKE
from courtwatch.models import Jurisdiction, Organisation, migrate
from courtwatch.models.engine import begin_writing, make_engine, make_session_factory
from courtwatch.models.vocabulary import OrganisationKind, Role
from courtwatch.services import accounts, seed
from courtwatch.settings import Settings, load_settings
from search_index.index import ENGINES, SearchRequest, open_index

AIM = 2.0
IDLE = 10.0
GIVE_UP = 60.0
PASSWORD = "correct horse battery"
AUDIENCES = frozenset({"network", "org:1"})
"""Of the one organisation there is; a note is read by its own people."""
INI = """
[app:main]
use = egg:courtwatch
sqlalchemy.url = sqlite:///{directory}/courtwatch.sqlite
courtwatch.data_directory = {directory}
courtwatch.index_directory = {directory}/index
courtwatch.search_engine = {engine}
courtwatch.worker = {worker}
courtwatch.secure_cookies = false
courtwatch.password_time_cost = 1
courtwatch.password_memory_mib = 1
"""


def set_up(settings: Settings) -> str:
    """Make a database with one monitor; the key of Cambodia."""
    engine = make_engine(settings.database_url)
    migrate.upgrade(engine)
    with make_session_factory(engine)() as session:
        begin_writing(session)
        seed.load(session)
        office = Organisation(code="lotus", kind=OrganisationKind.NGO, name_en="Lotus")
        session.add(office)
        session.flush()
        hasher = accounts.hasher_of(settings)
        now = datetime.now(UTC)
        accounts.add_user(session, hasher, "mony", PASSWORD, office, Role.MONITOR, now)
        session.commit()
        key = session.scalars(select(Jurisdiction.id).where(Jurisdiction.code == "KH")).one()
    engine.dispose()
    return str(key)


def opened(browser: TestApp, country: str, word: str) -> None:
    """Open a case through the form."""
    page = browser.get(f"/cases/new?jurisdiction={country}")
    form = next(one for one in page.forms.values() if "submission" in one.fields)
    form["share_level"], form["note"] = "full", f"The hearing was about {word}."
    form.submit(status=303)


def lags(browser: TestApp, country: str, settings: Settings, count: int) -> list[float]:
    """Seconds from each answer until the case is found."""
    found = []
    with open_index(settings.index_directory, settings.search_engine.value) as index:
        for number in range(count):
            word = "lag" + "".join("bdfghjkmnp"[int(digit)] for digit in f"{number:04d}")
            opened(browser, country, word)
            began = time.perf_counter()
            request = SearchRequest(word, AUDIENCES)
            while not index.search(request).total:
                if time.perf_counter() - began > GIVE_UP:
                    raise SystemExit(f"{word} is not found after {GIVE_UP:g} s")
                time.sleep(0.005)
            found.append(time.perf_counter() - began)
    return found


def measure(engine: str, way: str, count: int) -> bool:
    """Print what one way of running the worker takes."""
    with tempfile.TemporaryDirectory(prefix="index_lag") as directory:
        ini = Path(directory) / "lag.ini"
        mode = "thread" if way == "thread" else "process"
        ini.write_text(INI.format(directory=directory, engine=engine, worker=mode))
        settings = load_settings(str(ini))
        country = set_up(settings)
        worker = None
        if mode == "process":
            command = [
                "-c",
                "import sys; from courtwatch.cli import run; sys.exit(run(sys.argv[1:]))",
            ]
            worker = subprocess.Popen([sys.executable, *command, "-c", str(ini), "worker"])
        app: Any = make_app(settings)
        try:
            if way == "not woken":
                app.registry[WAKE] = _nobody
            browser = TestApp(app, extra_environ={"REMOTE_ADDR": "127.0.0.1"})
            form = browser.get("/sign-in").forms[0]
            form["name"], form["password"] = "mony", PASSWORD
            form.submit(status=303)
            opened(browser, country, "lagbegins")
            took = sorted(lags(browser, country, settings, count + 2)[2:])
            idle = cpu_of(worker.pid, time.sleep) if worker is not None else None
        finally:
            if worker is not None:
                worker.send_signal(signal.SIGTERM)
                worker.wait(60)
            thread = app.registry.get("courtwatch.worker_thread")
            if thread is not None:
                thread.stop()
                thread.join(60)
            app.registry["courtwatch.engine"].dispose()
    spent = "" if idle is None else f"; idle, the worker takes {idle * 100:.2f} % of a processor"
    verdict = "met" if took[-1] < AIM else "NOT MET"
    p50, p95 = took[len(took) // 2], took[int(len(took) * 0.95)]
    print(
        f"{engine}, {way}: p50 {p50:.2f} s, p95 {p95:.2f} s, longest {took[-1]:.2f} s of "
        f"{len(took)}; {verdict}: {AIM:g} s{spent}",
        flush=True,
    )
    return took[-1] < AIM


def _nobody() -> None:
    """Do not ring."""


def cpu_of(process: int, rest: Callable[[float], None]) -> float:
    """Share of a processor that another process takes while nothing happens (Linux)."""
    before = time.clock_gettime(~process << 3 | 2)
    rest(IDLE)
    return (time.clock_gettime(~process << 3 | 2) - before) / IDLE


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it."""
    reader = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    reader.add_argument("--commits", type=int, default=100)
    reader.add_argument("--engine", choices=ENGINES, action="append", help="default: each")
    options = reader.parse_args(arguments)
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors")
    met = [
        measure(engine, way, options.commits)
        for engine in options.engine or ENGINES
        for way in ("thread", "process", "not woken")
    ]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
