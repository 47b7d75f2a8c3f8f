"""Does the index stay fast while cases are recorded one by one?

    python benchmarks/index_commits.py [--size 20000] [--commits 500] [--engine whoosh]

Builds an index of case documents, then commits one document after the other as the worker does: a
write, and merging in a thread beside it. Prints what a query costs before and after (processor
time, p50 over classes of query, other words each time), how many segments there are, and how long
a write waited at most, merges included: what is recorded has to be found within 2 seconds.
The aim: after 500 single commits a query costs at most twice what it did.
"""

from __future__ import annotations

import argparse
import gc
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from search_corpus import CLASSES, Corpus, Question, written
from search_peers import ASKER, FACETS, for_audiences

from search_index import CaseDocument, SearchIndex, SearchRequest, Sort, open_index
from search_index.index import ENGINES

REPEATS = 9


class Merging:
    """Merges in a thread, one at a time, as the worker does (`courtwatch.index_upkeep`)."""

    def __init__(self, index: SearchIndex) -> None:
        self.index = index
        self.longest = 0.0
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Merge unless that is going on."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._merge)
            self._thread.start()

    def _merge(self) -> None:
        began = time.perf_counter()
        self.index.compact()
        self.longest = max(self.longest, time.perf_counter() - began)

    def end(self) -> None:
        """Wait for the last merge."""
        if self._thread is not None:
            self._thread.join()


def ask(index: SearchIndex, question: Question) -> int:
    """One page."""
    request = SearchRequest(
        written(question),
        ASKER,
        facets=FACETS if question.kind == "two facets" else (),
        sort=Sort.LAST_EVENT if question.kind == "date sort" else Sort.RELEVANCE,
    )
    return index.search(request).total


def costs(index: SearchIndex, corpus: Corpus) -> dict[str, float]:
    """Median milliseconds of processor time by class; the first three are the warm-up."""
    found = {}
    for kind in CLASSES:
        if kind == "highlighting":
            continue
        took = []
        gc.collect()
        for question in corpus.questions(kind, REPEATS + 3):
            began = time.process_time()
            ask(index, question)
            took.append((time.process_time() - began) * 1000)
        found[kind] = sorted(took[3:])[REPEATS // 2]
    return found


def commit(
    index: SearchIndex, made: Sequence[CaseDocument], merging: Merging
) -> tuple[list[float], list[int]]:
    """Write one document after the other; seconds of each, and segments on the way."""
    took, segments = [], []
    for document in made:
        began = time.perf_counter()
        index.write(for_audiences(document), replaced_case_ids=(document.case_id,))
        took.append(time.perf_counter() - began)
        segments.append(index.counts().segments)
        merging.begin()
    merging.end()
    return took, segments


def measure(engine: str, size: int, commits: int) -> bool:
    """Print what one engine does; True if the aims are met."""
    folder = Path(tempfile.mkdtemp(prefix="index_commits"))
    corpus = Corpus(size, 1)
    try:
        with open_index(folder, engine, for_rebuild=True) as made:
            made.rebuild(one for document in corpus.documents() for one in for_audiences(document))
        with open_index(folder, engine) as index:
            at_first = index.counts().segments
            before = costs(index, corpus)
            changed = [corpus.document(n * 7919 % size) for n in range(commits)]
            merging = Merging(index)
            took, segments = commit(index, changed, merging)
            during = sorted(took)
            after = costs(index, corpus)
            left = index.counts()
    finally:
        shutil.rmtree(folder)
    print(f"\n{engine}: {size:,} cases, {commits} single commits")
    print(
        f"  segments {at_first} at first, {max(segments)} at most, {left.segments} at the end; "
        f"a write p50 {during[len(during) // 2] * 1000:.0f} ms, "
        f"p95 {during[int(len(during) * 0.95)] * 1000:.0f} ms, longest {during[-1]:.2f} s; "
        f"longest merge {merging.longest:.1f} s"
    )
    met = during[-1] < 2
    for kind, first in before.items():
        times = after[kind] / first
        met = met and (times <= 2 or after[kind] - first < 0.5)
        print(f"  {kind:14} {first:8.2f} ms  then {after[kind]:8.2f} ms  {times:5.2f} times")
    verdict = "met" if met else "NOT MET"
    print(f"  {verdict}: at most twice (or half a millisecond more), no write waits for 2 s")
    return met


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it."""
    reader = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    reader.add_argument("--size", type=int, default=20_000)
    reader.add_argument("--commits", type=int, default=500)
    reader.add_argument("--engine", choices=ENGINES, action="append", help="default: each")
    options = reader.parse_args(arguments)
    met = [measure(one, options.size, options.commits) for one in options.engine or ENGINES]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
