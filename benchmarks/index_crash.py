"""Kill the worker at random moments, again and again: is anything missing afterwards?

    python benchmarks/index_crash.py [--rounds 200] [--engine whoosh] [--seed 1]

The whole way, with real commits: monitors record cases, notes and redactions in SQLite while
`courtwatch worker` (the command itself, in a process of its own) indexes them. It is killed with
SIGKILL in the middle of that: of a batch, of a merge, of a purge, of building a new index, of the
swap; `courtwatch reindex` beside it is killed too. Then a worker is started again, and everything
that was committed must be there: every case found by its newest word, none twice, no redacted word
left in a file, every document as the record has it (`courtwatch reindex --verify`), nothing owed.

A round forks a process that has the program loaded already; otherwise starting Python would be
most of it. The process that forks opens no index, so that no thread is lost in the fork.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from courtwatch import worker as _loaded  # noqa: F401  (before the first fork)
from courtwatch.cli import run as command_line
from courtwatch.cli import worker as _worker  # noqa: F401
from courtwatch.commands.cases import AddNote, OpenCase, RedactWords
from courtwatch.models import Case, Job, Jurisdiction, Note, Organisation, User, migrate
from courtwatch.models.engine import begin_writing, make_engine, make_session_factory
from courtwatch.models.vocabulary import OrganisationKind, Role, ShareLevel
from courtwatch.services import accounts, jobs, seed
from courtwatch.services.compare_index import compare_index
from courtwatch.services.open_case import add_note, open_case
from courtwatch.services.redaction import find, redact
from courtwatch.services.search import Search
from courtwatch.services.work import Actor, Work
from courtwatch.settings import Settings, load_settings
from courtwatch.worker import Worker
from search_index.index import ENGINES
from search_index.storage import META, state_of

ACTS = ("cases", "changes", "burst", "purge", "rebuild", "reindex", "swap")
INI = """
[app:main]
use = egg:courtwatch
sqlalchemy.url = sqlite:///{directory}/courtwatch.sqlite
courtwatch.data_directory = {directory}
courtwatch.index_directory = {directory}/index
courtwatch.search_engine = {engine}
courtwatch.worker = process
courtwatch.worker_batch = 20
courtwatch.password_time_cost = 1
courtwatch.password_memory_mib = 1
"""


def forked(work: Callable[[], Any], log: Path) -> tuple[int, int]:
    """Begin work in another process; (its number, where its result can be read)."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    code = 1
    try:
        os.close(reading)
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.write(writing, json.dumps(work()).encode())
        code = 0
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def result_of(child: int, reading: int, log: Path) -> Any:
    """Wait for the result of a forked process. Raises AssertionError if it failed."""
    with os.fdopen(reading, "rb") as stream:
        told = stream.read()
    _child, status = os.waitpid(child, 0)
    assert status == 0, f"the process failed: {log.read_text()[-2000:]}"
    return json.loads(told)


@dataclass
class Killed:
    """What the rounds met."""

    rounds: int = 0
    commits: int = 0
    under_way: int = 0
    filling: int = 0
    acts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


class Rounds:
    """An office that records, and a worker that dies."""

    def __init__(self, directory: Path, engine: str, seed_number: int) -> None:
        self.chance = random.Random(seed_number)
        self.ini = directory / "crash.ini"
        self.ini.write_text(INI.format(directory=directory, engine=engine))
        self.log = directory / "log"
        self.settings: Settings = load_settings(str(self.ini))
        self.engine = make_engine(self.settings.database_url)
        self.sessions = make_session_factory(self.engine)
        self.killed = Killed()
        self.words: dict[int, str] = {}
        self.secrets: list[str] = []
        self._number = 0
        self._set_up()

    def _set_up(self) -> None:
        migrate.upgrade(self.engine)
        with self.sessions() as session:
            begin_writing(session)
            seed.load(session)
            office = Organisation(code="lotus", kind=OrganisationKind.NGO, name_en="Lotus")
            session.add(office)
            session.flush()
            accounts.add_user(
                session,
                accounts.hasher_of(self.settings),
                "mony",
                "long password",
                office,
                Role.MONITOR,
                datetime.now(UTC),
            )
            session.commit()
            user = session.scalars(select(User.id)).one()
            self.actor = Actor(user, office.id, Role.MONITOR, OrganisationKind.NGO)
            self.country = session.scalars(
                select(Jurisdiction.id).where(Jurisdiction.code == "KH")
            ).one()

    # -- what the office records ---------------------------------------------------------------

    def _word(self) -> str:
        self._number += 1
        letters = "bcdfghjkmn"
        return "w" + "".join(letters[int(digit)] for digit in f"{self._number:06d}")

    def open(self) -> None:
        """Open a case with a word of its own; acknowledged when this returns."""
        word = self._word()
        with self.sessions() as session:
            begin_writing(session)
            command = OpenCase(
                jurisdiction=self.country,
                stage="trial",
                share_level=ShareLevel.PRIVATE,
                name_latin="Sok Dara",  # names are found by their sound: a word stands in a note
                note=f"{word} តុលាការបានសម្រេច",
            )
            case = open_case(Work(session, self.actor, "case:opened"), command)
            session.commit()
            self.words[case.id] = word
        self.killed.commits += 1
        self._ring()

    def change(self) -> None:
        """Add a note to a case."""
        if not self.words:
            return
        case_id, word = self.chance.choice(list(self.words)), self._word()
        with self.sessions() as session:
            begin_writing(session)
            work = Work(session, self.actor, "note:added")
            add_note(work, session.get_one(Case, case_id), AddNote(text=f"{word} again"))
            session.commit()
            self.words[case_id] = word
        self.killed.commits += 1
        self._ring()

    def purge(self) -> None:
        """Record a name that must not be there, have it indexed perhaps, and take it out."""
        secret = "zz" + self._word()
        case_id = self.chance.choice(list(self.words))
        with self.sessions() as session:
            begin_writing(session)
            work = Work(session, self.actor, "note:added")
            add_note(work, session.get_one(Case, case_id), AddNote(text=f"her name is {secret}"))
            session.commit()
        self._ring()
        self._pause(0.1)
        with self.sessions() as session:
            begin_writing(session)
            row = session.scalars(select(Note.id).where(Note.text.contains(secret))).one()
            found = find(session, self.actor, "note", row)
            assert found is not None
            work = Work(session, self.actor, "words:redacted")
            redact(work, found, RedactWords(words=secret, reason="child_identity"))
            session.commit()
        self.secrets.append(secret)
        self.killed.commits += 2
        self._ring()

    def rebuild(self) -> None:
        """Have the worker build the index again, as after a large import."""
        with self.sessions() as session:
            begin_writing(session)
            session.add(Job(kind=jobs.INDEX_ALL, key="all", run_at=datetime.now(UTC), attempts=0))
            session.commit()
        self._ring()

    def _ring(self) -> None:
        Worker(self.engine, self.settings).bell.ring()

    def _pause(self, most: float) -> None:
        """Let a random time go by: the moment of death is the experiment."""
        time.sleep(self.chance.uniform(0, most))

    # -- a round -------------------------------------------------------------------------------

    def run(
        self, count: int, tell: Callable[[str], None], first: Sequence[str] = ("cases", "burst")
    ) -> Killed:
        """Kill so many times, at `first` acts and then at any."""
        for number in range(count):
            act = first[number] if number < len(first) else self.chance.choice(ACTS)
            self._round(act)
            thorough = number % 20 == 19 or number == count - 1
            self.killed.faults += [f"round {number} ({act}): {f}" for f in self._check(thorough)]
            self.killed.rounds += 1
            self.killed.acts[act] += 1
            if self.killed.faults:
                break
            if thorough:
                tell(f"{number + 1} rounds, {len(self.words)} cases, nothing missing")
        return self.killed

    def _round(self, act: str) -> None:
        """Let a worker run, record something, and kill it."""
        self.engine.dispose()  # a connection is not to be shared with the fork
        children = [self._command("worker")]
        self._until(lambda: "The worker runs" in self._read_log())
        if not self.words:
            self.open()
        if act in ("reindex", "swap"):
            self.engine.dispose()
            children.append(self._command("reindex"))
        elif act == "rebuild":
            self.rebuild()
        elif act == "purge":
            self.purge()
        elif act == "burst":
            for _ in range(self.chance.randint(10, 40)):
                self.open()
        for _ in range(self.chance.randint(1, 5)):
            self.chance.choice((self.open, self.change))()
            self._pause(0.03)
        if act == "swap":
            before = state_of(self.settings.index_directory)[0]
            self._until(lambda: state_of(self.settings.index_directory)[0] != before, give_up=True)
            self._pause(0.02)
        elif act in ("rebuild", "reindex"):
            self._until(lambda: state_of(self.settings.index_directory)[1], give_up=True)
            self._pause(0.1)
        else:
            self._pause(0.4)
        for child, _reading in self.chance.sample(children, k=len(children)):
            os.kill(child, signal.SIGKILL)
        self.killed.filling += self._half_filled()
        for child, reading in children:
            os.waitpid(child, 0)
            os.close(reading)
        with self.sessions() as session:
            self.killed.under_way += bool(session.scalars(select(Job.id).limit(1)).all())
        self.engine.dispose()

    def _half_filled(self) -> bool:
        """True if a new index was being filled."""
        name, _filling = state_of(self.settings.index_directory)
        return any(g.name > name for g in self.settings.index_directory.glob("generation-*"))

    def _command(self, *arguments: str) -> tuple[int, int]:
        self.log.write_text("")
        return forked(lambda: command_line(["-c", str(self.ini), *arguments]), self.log)

    def _read_log(self) -> str:
        return self.log.read_text()

    def _until(self, condition: Callable[[], bool], *, give_up: bool = False) -> None:
        deadline = time.monotonic() + (1 if give_up else 60)
        while not condition():
            if time.monotonic() > deadline:
                if give_up:
                    return
                raise AssertionError(f"the worker does not start: {self._read_log()[-2000:]}")
            time.sleep(0.002)

    # -- afterwards ----------------------------------------------------------------------------

    def _check(self, thorough: bool) -> list[str]:
        """Start a worker again, let it finish, and look for what is wrong."""
        sample = self.chance.sample(list(self.words), k=min(12, len(self.words)))
        newest = list(self.words)[-12:]
        asked = {case_id: self.words[case_id] for case_id in {*sample, *newest}}
        child, reading = forked(lambda: self._look(asked, thorough), self.log)
        return list(result_of(child, reading, self.log))

    def _look(self, asked: dict[int, str], thorough: bool) -> list[str]:
        """In a process of its own: the restart, and the looking."""
        faults: list[str] = []
        worker = Worker(self.engine, self.settings)
        worker.claim()
        with worker.index as index:  # readable as the kill left it
            keys = list(index.case_keys())
            if len(keys) != len(set(keys)):
                faults.append("a case stands in the index twice, before the restart")
            if {case_id for case_id, _audience in keys} - set(self.words):
                faults.append("a case is in the index that was never committed")
        worker._index = None
        used, _filling = state_of(self.settings.index_directory)
        for left in self.settings.index_directory.glob("generation-*"):
            # A kill may have left one without its description, or half removed.
            if left.name < used and (left / META).exists():
                os.utime(left / META, (0, 0))  # as if the readers' two minutes were over
        with self.sessions() as session:
            told = {one for one in session.scalars(select(Job.error)) if one}
        if told:  # of a worker that lived: its jobs are tried again later, none is dropped
            print(f"postponed before the kill: {sorted(told)}", file=sys.stderr)
        later = datetime.now(UTC) + timedelta(hours=1)
        for _ in range(2 if self.secrets else 1):
            worker.run_once(later)
        with self.sessions() as session:
            owed = session.scalars(select(Job.kind)).all()
            if owed:
                why = {one for one in session.scalars(select(Job.error)) if one}
                faults.append(f"jobs are left: {sorted(owed)} {sorted(why)}")
            keys = list(worker.index.case_keys())
            if sorted(case_id for case_id, _audience in keys) != sorted(self.words):
                faults.append(f"{len(keys)} documents of {len(self.words)} cases")
            search = Search(session, worker.index, self.actor)
            for case_id, word in asked.items():
                page = search.page(word, {}, "relevance", 0, 20)
                found = [one.document.case_id for one in page.found]
                if found != [case_id]:
                    faults.append(f"{word} finds {found}, not {case_id}")
        if thorough:
            compared = compare_index(self.engine, worker.index)
            faults += [f"--verify: {fault}" for fault in compared.faults]
        faults += self._words_left()
        worker.close()
        return faults

    def _words_left(self) -> list[str]:
        """Redacted words that a file still holds."""
        secrets = [secret.encode() for secret in self.secrets[-5:]]
        left = []
        for path in self.settings.data_directory.rglob("*"):
            if path.is_file() and path != self.log:
                held = path.read_bytes().lower()
                left += [f"{path.name} holds a redacted word" for s in secrets if s in held]
        return left


def rounds(
    engine: str,
    count: int,
    seed_number: int,
    tell: Callable[[str], None],
    first: Sequence[str] = ("cases", "burst"),
) -> Killed:
    """Run on a directory of its own."""
    directory = Path(tempfile.mkdtemp(prefix="index_crash"))
    try:
        office = Rounds(directory, engine, seed_number)
        try:
            return office.run(count, tell, first)
        finally:
            office.engine.dispose()
    finally:
        shutil.rmtree(directory)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; 1 if anything was missing."""
    reader = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    reader.add_argument("--rounds", type=int, default=200)
    reader.add_argument("--engine", choices=ENGINES, action="append", help="default: each")
    reader.add_argument("--seed", type=int, default=1)
    reader.add_argument(
        "--first", default="cases,burst", metavar="ACTS", help=f"at first, of: {', '.join(ACTS)}"
    )
    options = reader.parse_args(arguments)
    failed = False
    for engine in options.engine or ENGINES:

        def tell(line: str, engine: str = engine) -> None:
            print(f"{time.strftime('%H:%M:%S')} {engine}: {line}", flush=True)

        first = options.first.split(",")
        killed = rounds(engine, options.rounds, options.seed, tell, first)
        tell(
            f"{killed.rounds} rounds, {killed.commits} commits acknowledged, {len(killed.faults)} "
            f"faults; work was under way in {killed.under_way}, a new index was being filled in "
            f"{killed.filling}; {dict(killed.acts)}"
        )
        for fault in killed.faults:
            print(f"  {fault}")
        failed = failed or bool(killed.faults)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
