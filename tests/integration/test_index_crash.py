"""A killed writer loses nothing it has confirmed and leaves nothing that can't be read."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from search_index import SearchRequest, open_index
from search_index.index import ENGINES

ROUNDS = int(os.environ.get("COURTWATCH_CRASH_ROUNDS", "5"))
"""For each engine. `benchmarks/index_crash.py` does 200 of the whole way."""
CODED = frozenset({"coded"})
CRASH = Path(__file__).parents[2] / "benchmarks" / "index_crash.py"

WRITER = """
import sys
from search_index import CaseDocument, open_index

number = int(sys.argv[3])
with open_index(sys.argv[1], sys.argv[2]) as index:
    print("ready", flush=True)
    while True:
        text = f"written{number} តុលាការ"
        cases = {number, number + 1, number % 17}
        batch = [CaseDocument(case_id, "coded", texts=(text,)) for case_id in cases]
        index.write(batch)
        # Said only after the batch is durable: from here on it must never be missing.
        print(number, flush=True)
        number += 2
        if number % 10 == 0:
            index.compact()
"""

REBUILDER = """
import sys
from search_index import CaseDocument, open_index

with open_index(sys.argv[1], sys.argv[2], for_rebuild=True) as index:
    print("ready", flush=True)
    while True:
        index.rebuild(CaseDocument(n, "coded", texts=("kept",)) for n in range(200))
        print("done", flush=True)
"""


def run_and_kill(
    script: str, path: Path, engine: str, argument: int, confirmations: int, seconds: float
) -> list[str]:
    """Start a writer and kill it ``seconds`` after so many confirmed batches; its lines."""
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(path), engine, str(argument)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert child.stdout is not None
    with child.stdout as output:
        assert output.readline() == "ready\n"
        lines = [output.readline() for _ in range(confirmations)]
        time.sleep(seconds)  # not waiting for anything: the moment of death is the experiment
        os.kill(child.pid, signal.SIGKILL)
        lines += output.readlines()
    assert child.wait() == -signal.SIGKILL
    return [line.strip() for line in lines]


@pytest.mark.parametrize("engine", ENGINES)
class TestKilledWriter:
    def test_no_confirmed_record_is_missing_and_the_index_can_be_read(
        self, tmp_path: Path, engine: str
    ) -> None:
        """No confirmed record is missing and the index can be read."""
        path = tmp_path / "index"
        chance = random.Random(20261123)
        confirmed: dict[int, int] = {}
        number = 0
        for round_number in range(ROUNDS):
            lines = run_and_kill(
                WRITER, path, engine, number, chance.randint(0, 6), chance.uniform(0.0, 0.06)
            )
            for line in lines:
                done = int(line)
                for case_id in {done, done + 1, done % 17}:
                    confirmed[case_id] = done
                number = max(number, done + 2)
            with open_index(path, engine) as index:
                keys = list(index.case_keys())
                assert len(keys) == len(set(keys)), f"round {round_number}: a case twice"
                found = {case_id for case_id, _ in keys}
                assert confirmed.keys() <= found, f"round {round_number}: records missing"
                # The batch under way when the killing came may be there as a whole.
                assert found - confirmed.keys() <= {number, number + 1, number % 17}
                for case_id, written in list(confirmed.items())[-6:]:
                    query = SearchRequest(f"written{written}", CODED, limit=None)
                    hits = {hit.case_id for hit in index.search(query).hits}
                    later = case_id in {number, number + 1, number % 17}
                    assert case_id in hits or later, f"round {round_number}: old words of {case_id}"
                everything = SearchRequest("តុលាការ", CODED, limit=None)
                assert index.search(everything).total == len(found)
        assert len(confirmed) > ROUNDS

    @pytest.mark.parametrize("seconds", [0.02, 0.11])
    def test_a_killed_rebuild_leaves_the_old_index(
        self, tmp_path: Path, engine: str, seconds: float
    ) -> None:
        """A killed rebuild leaves the old index."""
        path = tmp_path / "index"
        run_and_kill(REBUILDER, path, engine, 0, 0, seconds)
        with open_index(path, engine) as index:
            assert index.counts().documents in (0, 200)
            index.write([], replaced_case_ids=range(200))
            assert index.counts().documents == 0
        run_and_kill(REBUILDER, path, engine, 0, 1, seconds)
        with open_index(path, engine) as index:
            assert index.counts().documents in (0, 200)


def test_the_whole_way_from_commit_to_index() -> None:
    """A few rounds of what the benchmark does 200 times, on each engine: `courtwatch worker` is
    killed while cases, notes and redactions are recorded, and while an index is built again."""
    # In a process of its own, because it forks, which one with threads of an engine must not.
    done = subprocess.run(
        [sys.executable, CRASH, "--rounds", "2", "--first", "purge,rebuild"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for engine in ENGINES:
        assert f"{engine}: 2 rounds, " in done.stdout
    assert " 0 faults" in done.stdout
