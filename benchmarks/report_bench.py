"""How long do the pages of reports take, and how does that grow?

    python benchmarks/report_bench.py [--sizes 10000,100000,1000000] [--reports ends,delay]
                                      [--keep DIRECTORY]

A report may be named with what is asked of it besides: `ends?unit=charge`.

Makes records of these sizes (`report_facts.py`), and asks every report there is for its page, as a
coordinator's browser does: cold, from the cache of reports, and as known at a revision a year and a
half ago. Each report is asked in a process of its own, whose peak of memory is told; templates are
read before, by the same report of a year in which there is nothing. Times are processor time.

The peer is DuckDB, in one thread, on the same rows: the same grouped counts and the same columns
that a cold report reads of facts (`report_peer.py`). What a report works out from them is in our
time alone, and so are rights, page and charts.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from http.cookies import SimpleCookie
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from wsgiref.util import setup_testing_defaults

from report_facts import counts, make_record, past_revision
from report_peer import Asked, ask_peer, timed

from courtwatch.models import migrate

JURISDICTION = "XD"
SIZES = (10_000, 100_000, 1_000_000)
AIMS = {"institutions": 5.0, "scorecard": 5.0}
AIM_COLD = 3.0
OTHER_UNITS = ("ends?unit=charge", "ends?unit=case")
AIM_CACHED = 0.3
AIM_PAST = 2.0
"""Times a report of today."""
_MEGABYTE = 1024 / 1e6
Figures = dict[str, Any]


# -- one report, in a process of its own ---------------------------------------------------------


class Browser:
    """Asks the application directly, and keeps its cookies."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._cookies: SimpleCookie = SimpleCookie()

    def ask(self, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        """Return status and page of an address; with `form` it is posted."""
        path, _mark, query = path.partition("?")
        body = urlencode(form or {}).encode()
        environ: dict[str, Any] = {
            "PATH_INFO": path, "QUERY_STRING": query, "REMOTE_ADDR": "127.0.0.1",
            "REQUEST_METHOD": "GET" if form is None else "POST", "wsgi.input": BytesIO(body),
            "CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "HTTP_COOKIE": "; ".join(f"{m.key}={m.value}" for m in self._cookies.values()),
        }  # fmt: skip
        setup_testing_defaults(environ)
        told: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], error: Any = None) -> None:
            told.append(int(status[:3]))
            for name, value in headers:
                if name.lower() == "set-cookie":
                    self._cookies.load(value)

        page = b"".join(self._app(environ, start)).decode()
        return told[0], page

    def sign_in(self, name: str, password: str) -> None:
        """Sign in through the form."""
        _status, page = self.ask("/sign-in")
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
        status, _page = self.ask("/sign-in", hidden | {"name": name, "password": password})
        if status != 303:
            raise SystemExit(f"cannot sign in: {status}")


def one(name: str, path: Path, revision: int) -> Figures:
    """Ask for one report's page, again, and for that of a past revision."""
    from courtwatch import make_app
    from courtwatch.demo.country import ACCOUNTS
    from courtwatch.settings import Settings

    app = make_app(_settings(Settings, path))
    browser = Browser(app)
    account = next(account for account in ACCOUNTS if account.name == "coordinator")
    browser.sign_in(account.name, account.password)
    kind, _mark, query = name.partition("?")
    address = f"/reports/{kind}?jurisdiction={JURISDICTION}{_asked(kind, browser)}&{query}"
    browser.ask(f"{address}&cohort=1990")

    before = _peak()
    with Asked(app.registry["courtwatch.engine"]) as asked:
        (status, page), cold = timed(lambda: browser.ask(address))
    peak = _peak()
    again = sorted(timed(lambda: browser.ask(address))[1] for _ in range(3))
    (_status, _page), past = timed(lambda: browser.ask(f"{address}&known_at={revision}"))
    return {
        "status": status, "page": len(page), "cold": cold, "cached": again[1], "past": past,
        "peak": peak, "grown": peak - before,
        "statements": asked.statements(),
    }  # fmt: skip


def _peak() -> float:
    """Return the peak of this process's memory in megabytes.

    As Linux tells it of the program that runs: `getrusage` goes on from that of whoever started it.
    """
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * _MEGABYTE


def _settings(kind: Any, path: Path) -> Any:
    directory = path.parent / f"{path.stem}_data"
    directory.mkdir(exist_ok=True)
    values = {
        "data_directory": directory, "index_directory": directory / "index", "worker": "none",
        "installation": "bench", "secure_cookies": "false", "password_time_cost": "1",
        "password_memory_mib": "1",
    }  # fmt: skip
    return kind.from_mapping(
        {"sqlalchemy.url": f"sqlite:///{path}"}
        | {f"courtwatch.{name}": str(value) for name, value in values.items()},
        "report_bench",
    )


def _asked(name: str, browser: Browser) -> str:
    """Return what a report must be asked besides: the first court of its list."""
    _status, page = browser.ask(f"/reports/{name}?jurisdiction={JURISDICTION}&cohort=1990")
    found = ""
    for field, options in re.findall(r'<select[^>]* name="([^"]+)"(.*?)</select>', page, re.S):
        if field in _REQUIRED.get(name, ()):
            values = [value for value in re.findall(r'value="([^"]+)"', options) if value]
            found += f"&{field}={values[0]}" if values else ""
    return found


_REQUIRED = {"scorecard": ("court",)}


# -- the whole run -------------------------------------------------------------------------------


def say(line: str) -> None:
    """Tell how far it is."""
    print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)


def measure(size: int, root: Path, names: Sequence[str], peer: bool) -> dict[str, Figures]:
    """Return the figures of every report at one size."""
    # A record that was kept is of use as long as no migration came: facts may hold more since.
    path = root / f"record_{size}_{migrate.head()}.sqlite"
    if not path.exists():
        say(f"making {size:,} prosecutions")
        make_record(path, size)
    say(f"{size:,}: {', '.join(f'{n:,} {table}' for table, n in counts(path).items())}")
    revision = past_revision(path)
    found: dict[str, Figures] = {}
    for name in names:
        found[name] = figures = _apart("one", name, str(path), str(revision))
        say(
            f"  {name:19} cold {figures['cold']:6.2f} s, cached {figures['cached']:5.2f}, then "
            f"{figures['past']:6.2f}, {figures['peak']:,.0f} MB (status {figures['status']})"
        )
    if peer:
        asked = {name: figures["statements"] for name, figures in found.items()}
        asked_file = root / "asked.json"
        asked_file.write_text(json.dumps(asked))
        for name, took in _apart("peer", str(path), str(asked_file)).items():
            found[name]["duckdb"] = took
    return found


def _apart(*arguments: str) -> Any:
    """Run a part of this file in a process of its own; return what it tells."""
    told = subprocess.run(
        [sys.executable, __file__, "--part", *arguments],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return json.loads(told.stdout.splitlines()[-1])


def table(found: dict[int, dict[str, Figures]], names: Sequence[str]) -> None:
    """Print the figures, and whether the largest record meets the aims."""
    print(
        f"\n{'report':19}{'size':>10}{'cold s':>9}{'cached s':>10}{'then s':>9}{'times':>7}"
        f"{'peak MB':>9}{'more MB':>9}{'DuckDB s':>10}{'ratio':>7}"
    )
    for name in names:
        for size, reports in found.items():
            one_ = reports[name]
            duck = one_.get("duckdb")
            print(
                f"{name:19}{size:10,}{one_['cold']:9.2f}{one_['cached']:10.3f}{one_['past']:9.2f}"
                f"{one_['past'] / one_['cold']:7.2f}{one_['peak']:9.0f}{one_['grown']:9.0f}"
                + (f"{duck:10.3f}{one_['cold'] / duck:7.1f}" if duck else f"{'cannot':>10}")
                + ("" if one_["status"] == 200 else f"  status {one_['status']}")
            )
    print()
    for line in aims(found, names):
        print(line)


def aims(found: dict[int, dict[str, Figures]], names: Sequence[str]) -> list[str]:
    """Return a line for each aim, of the largest size."""
    sizes = sorted(found)
    lines = []
    for name in names:
        figures = found[sizes[-1]][name]
        wanted = AIMS.get(name, AIM_COLD)
        cold, cached, past = figures["cold"], figures["cached"], figures["past"]
        lines += [
            _line(cold <= wanted, f"{name}: cold {cold:.2f} s of {wanted:.0f}"),
            _line(cached <= AIM_CACHED, f"{name}: cached {cached:.3f} s of {AIM_CACHED}"),
            _line(past <= AIM_PAST * cold, f"{name}: then {past / cold:.2f} times of {AIM_PAST}"),
        ]
        if len(sizes) > 1:
            before = found[sizes[-2]][name]["cold"]
            growth = (cold / before) / (sizes[-1] / sizes[-2])
            lines.append(_line(growth <= 1, f"{name}: grows {growth:.2f} times as the record"))
    return lines


def _line(met: bool, text: str) -> str:
    return f"{'met    ' if met else 'NOT MET'}  {text}"


def main() -> None:
    """Run it."""
    if sys.argv[1:2] == ["--part"]:
        part, *rest = sys.argv[2:]
        if part == "one":
            print(json.dumps(one(rest[0], Path(rest[1]), int(rest[2]))))
        else:
            print(json.dumps(ask_peer(Path(rest[0]), json.loads(Path(rest[1]).read_text()))))
        return
    from courtwatch.reports.kinds import REPORTS

    reader = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    reader.add_argument("--sizes", default=",".join(map(str, SIZES)))
    reader.add_argument("--reports", default=",".join((*REPORTS, *OTHER_UNITS)))
    reader.add_argument("--keep", type=Path, metavar="DIRECTORY", help="keep and reuse the records")
    reader.add_argument("--no-peer", action="store_true", help="leave DuckDB out")
    options = reader.parse_args()
    names = options.reports.split(",")
    root = options.keep or Path(tempfile.mkdtemp(prefix="report_bench"))
    root.mkdir(parents=True, exist_ok=True)
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the start")
    try:
        found = {
            size: measure(size, root, names, not options.no_peer)
            for size in map(int, options.sizes.split(","))
        }
    finally:
        if options.keep is None:
            shutil.rmtree(root)
    table(found, names)
    print(f"load {os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    main()
