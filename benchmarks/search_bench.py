"""How fast the search engines are beside others, in one run on one machine.

    python benchmarks/search_bench.py [--size 100000] [--engines whoosh,plain] [--keep DIRECTORY]

Makes case documents of 120-200 words (Zipf vocabulary, 15 % with Khmer), indexes them with every
engine (see search_peers.py), and prints the milliseconds of processor time (p50 and p95) of each
class of query, the time to build, the size and a one-document commit, then what is aimed at.

Fairness: every repetition asks for other words, the same ones for each engine, in turns (another
engine begins each time), so that neither a cache of answers nor the load of the machine favours
one. The page of twenty is really produced. Before a class each engine answers three questions of
it that are not measured and not asked again: that is the warm-up, files are in memory then.
Commits come last, on documents spread over the index, the first one unmeasured. Answers are
compared with a scan of the texts ("right": questions with exactly that number of cases; a word is
taken as written there, so an engine that knows stems may find more).
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path

from search_aims import aims
from search_corpus import CLASSES, Corpus, Question, TextStore, Truth
from search_datasette import Datasette, installed
from search_peers import (
    Fts5,
    OurTantivy,
    OurWhoosh,
    Peer,
    PlainWhoosh,
    QuickStartWhoosh,
    RawTantivy,
)

from search_index import CaseDocument
from search_index.index import ENGINES

PEERS: dict[str, type[Peer]] = {
    kind.name: kind
    for kind in (
        PlainWhoosh,
        QuickStartWhoosh,
        OurWhoosh,
        OurTantivy,
        RawTantivy,
        Fts5,
        Datasette,
    )
}
WARM_UP = 3
COMMITS = 9


@dataclass
class Measured:
    """What one engine took. Times in milliseconds of processor time, build in seconds."""

    title: str
    build_cpu: float | None = None
    build_wall: float | None = None
    bytes: int = 0
    about: str = ""
    commits: list[float] = field(default_factory=list)
    commits_wall: list[float] = field(default_factory=list)
    queries: dict[str, list[float]] = field(default_factory=dict)
    right: dict[str, int] = field(default_factory=dict)
    cases: dict[str, int] = field(default_factory=dict)

    def p50(self, kind: str) -> float | None:
        """Median of a class; None if the engine can't answer it."""
        return quantile(self.queries.get(kind, ()), 0.5)

    def p95(self, kind: str) -> float | None:
        """95 of 100 queries take no longer."""
        return quantile(self.queries.get(kind, ()), 0.95)


def quantile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that so many are no larger than."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(len(values) * share) - 1)]


class Streamed:
    """Documents, and the processor time that making them takes (it is not the engine's)."""

    def __init__(self, corpus: Corpus, tell: Callable[[str], None]) -> None:
        self.spent = 0.0
        self._corpus = corpus
        self._tell = tell

    def __iter__(self) -> Iterator[CaseDocument]:
        for number in range(self._corpus.size):
            before = time.thread_time()
            document = self._corpus.document(number)
            self.spent += time.thread_time() - before
            if number and number % 50_000 == 0:
                self._tell(f"  {number:,} documents")
            yield document


class Bench:
    """One run."""

    def __init__(self, options: argparse.Namespace, root: Path) -> None:
        self.corpus = Corpus(options.size, options.seed)
        self.root = root
        self.repeats: int = options.repeats
        self.kinds: tuple[str, ...] = options.classes
        self.engines: tuple[str, ...] = options.engines
        self.measured: dict[str, Measured] = {}
        self.texts = TextStore(root / "texts.sqlite")

    def run(self) -> dict[str, Measured]:
        """Build what is missing, ask, commit."""
        if self._once(self.root / "texts.done"):
            self.texts.fill(self.corpus)
        questions = {
            kind: self.corpus.questions(kind, self.repeats + WARM_UP) for kind in self.kinds
        }
        say(f"scanning {self.corpus.size:,} texts for what is right")
        truth = Truth(self.corpus, [q for kind in questions.values() for q in kind]).scan()
        with ExitStack() as stack:
            stack.callback(self.texts.close)
            peers = {}
            for name in self.engines:
                peers[name] = self._made(name)
                peers[name].open()
                stack.callback(peers[name].close)
                self.measured[name].about = peers[name].about()
            for kind, asked in questions.items():
                say(f"asking: {kind}")
                self._ask(peers, kind, asked, truth)
            for name, peer in peers.items():
                if peer.borrows is None:
                    self._commit(name, peer)
        return self.measured

    def _once(self, mark: Path) -> bool:
        """True the first time for these documents; the mark is for a directory that is kept."""
        said = f"{self.corpus.size} {self.corpus.seed}"
        if mark.exists():
            if mark.read_text() != said:
                raise SystemExit(f"{mark.parent} holds other documents (size, seed): not {said}")
            return False
        mark.write_text(said)
        return True

    def _made(self, name: str) -> Peer:
        """An engine, built now unless it was kept."""
        folder = self.root / name
        peer = PEERS[name](folder, self.texts)
        self.measured[name] = measured = Measured(peer.title)
        kept = self.root / f"{name}.json"
        if kept.exists():
            values = json.loads(kept.read_text())
            measured.build_cpu, measured.build_wall = values["cpu"], values["wall"]
            measured.bytes = values["bytes"]
            return peer
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        if peer.borrows is not None:
            return peer
        say(f"building: {peer.title}")
        documents = Streamed(self.corpus, say)
        gc.collect()
        cpu, wall = time.process_time(), time.perf_counter()
        peer.build(iter(documents))
        measured.build_cpu = time.process_time() - cpu - documents.spent
        measured.build_wall = time.perf_counter() - wall - documents.spent
        measured.bytes = peer.size()
        values = {"cpu": measured.build_cpu, "wall": measured.build_wall, "bytes": measured.bytes}
        kept.write_text(json.dumps(values))
        return peer

    def _ask(
        self,
        peers: dict[str, Peer],
        kind: str,
        asked: Sequence[Question],
        truth: dict[Question, int],
    ) -> None:
        """Every engine answers every question, in turns; the first ones are the warm-up."""
        names = list(peers)
        able = set(names)
        gc.collect()
        for turn, question in enumerate(asked):
            first = turn % len(names)
            for name in names[first:] + names[:first]:
                if name not in able:
                    continue
                peer, measured = peers[name], self.measured[name]
                before = peer.cpu()
                answer = peer.ask(question)
                took = (peer.cpu() - before) * 1000
                if answer is None:
                    able.discard(name)
                elif turn >= WARM_UP:
                    total, shown = answer
                    if shown != min(total, 20):
                        raise AssertionError(f"{name} shows {shown} of {total}: {question}")
                    measured.queries.setdefault(kind, []).append(took)
                    measured.cases[kind] = measured.cases.get(kind, 0) + total
                    right = total == truth[question]
                    measured.right[kind] = measured.right.get(kind, 0) + right

    def _commit(self, name: str, peer: Peer) -> None:
        """Replace documents spread over the index, one at a time."""
        say(f"committing: {peer.title}")
        step = max(1, self.corpus.size // (COMMITS + 1))
        for turn in range(COMMITS + 1):
            document = self.corpus.document(turn * step % self.corpus.size)
            cpu, wall = time.process_time(), time.perf_counter()
            peer.commit(document)
            if turn:
                self.measured[name].commits.append((time.process_time() - cpu) * 1000)
                self.measured[name].commits_wall.append((time.perf_counter() - wall) * 1000)


def say(line: str) -> None:
    """Tell how far it is."""
    print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)


def figure(value: float | None) -> str:
    """Milliseconds for reading."""
    if value is None:
        return "cannot"
    return f"{value:.2f}" if value < 100 else f"{value:.0f}"


def report(measured: dict[str, Measured], kinds: Sequence[str], repeats: int) -> None:
    """Print tables: indexes, then classes of query."""
    print(f"\n{'':16}{'build CPU s':>12}{'wall s':>9}{'MB':>8}   commit CPU ms p50 (wall)")
    for one in measured.values():
        if one.build_cpu is not None and one.build_wall is not None:
            built = f"{one.build_cpu:12.1f}{one.build_wall:9.1f}{one.bytes / 1e6:8.1f}"
            cpu, wall = (quantile(values, 0.5) for values in (one.commits, one.commits_wall))
            print(f"{one.title:16}{built}   {figure(cpu)} ({figure(wall)})   {one.about}")
    table("CPU ms p50 / p95", measured, kinds, times)
    table(f"right of {repeats} (cases)", measured, kinds, hits)


def times(one: Measured, kind: str) -> str:
    """Median and slow ones."""
    return (
        "cannot" if one.p50(kind) is None else f"{figure(one.p50(kind))} / {figure(one.p95(kind))}"
    )


def hits(one: Measured, kind: str) -> str:
    """Answers that agree with the scan, and all cases found."""
    return f"{one.right[kind]} ({one.cases[kind]:,})" if kind in one.right else "cannot"


def table(
    title: str,
    measured: dict[str, Measured],
    kinds: Sequence[str],
    cell: Callable[[Measured, str], str],
) -> None:
    """Print a row for each class and a column for each engine."""
    print(f"\n{title:19}" + "".join(f"{one.title:>18}" for one in measured.values()))
    for kind in kinds:
        print(f"{kind:19}" + "".join(f"{cell(one, kind):>18}" for one in measured.values()))


def available(wanted: Sequence[str]) -> tuple[str, ...]:
    """The engines that can run here; says which can't, and why."""
    chosen = list(wanted)
    for name in (OurWhoosh.name, OurTantivy.name):
        if name in chosen and name not in ENGINES:
            print(f"{name}: skipped, this installation's open_index does not know the engine")
            chosen.remove(name)
    if Datasette.name in chosen and not installed():
        print("datasette: skipped, it is not installed (make bench installs it)")
        chosen.remove(Datasette.name)
    for name in tuple(chosen):
        lender = PEERS[name].borrows
        if lender is not None and lender not in chosen:
            chosen.insert(chosen.index(name), lender)
    return tuple(chosen)


def listed(known: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    """A reader of names parted by commas."""

    def read(text: str) -> tuple[str, ...]:
        names = tuple(name.strip() for name in text.split(",") if name.strip())
        for name in names:
            if name not in known:
                raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(known)}")
        return names

    return read


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it."""
    reader = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    reader.add_argument("--size", type=int, default=100_000, help="documents (default 100,000)")
    reader.add_argument("--seed", type=int, default=1)
    reader.add_argument("--repeats", type=int, default=15, help="questions of each class (15)")
    reader.add_argument(
        "--engines", type=listed(tuple(PEERS)), default=tuple(PEERS), help=", ".join(PEERS)
    )
    reader.add_argument(
        "--classes", type=listed(tuple(CLASSES)), default=tuple(CLASSES), help=", ".join(CLASSES)
    )
    reader.add_argument("--keep", type=Path, metavar="DIRECTORY", help="keep and reuse the indexes")
    reader.add_argument("--json", type=Path, metavar="FILE", help="write every figure there too")
    options = reader.parse_args(arguments)
    options.engines = available(options.engines)
    root = options.keep or Path(tempfile.mkdtemp(prefix="search_bench"))
    root.mkdir(parents=True, exist_ok=True)
    load = os.getloadavg()[0]
    print(
        f"{options.size:,} cases, {options.repeats} questions a class, seed {options.seed}; Python "
        f"{platform.python_version()}, {os.cpu_count()} processors, load {load:.1f} at the start"
    )
    try:
        measured = Bench(options, root).run()
    finally:
        if options.keep is None:
            shutil.rmtree(root)
    report(measured, options.classes, options.repeats)
    print()
    for line in aims(measured, options.classes, options.size, options.repeats):
        print(line)
    print(f"load {os.getloadavg()[0]:.1f} at the end")
    if options.json:
        told = {name: asdict(one) for name, one in measured.items()}
        about = {"size": options.size, "seed": options.seed, "repeats": options.repeats}
        options.json.write_text(json.dumps(about | {"engines": told}, indent=1, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
