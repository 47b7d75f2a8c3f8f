"""How fast histories become states: events of whole prosecutions, eight each, derived in full.

Ratios in the same run to (a) one `transitions` machine per case, as the library's examples do it,
measured on fewer cases and scaled, and (b) a bare walk of the same table, which knows no charges,
dates, outcomes or custody and is the floor of what Python can do.

    python benchmarks/replay_bench.py [EVENTS]
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from transitions import Machine

from workflows.elements import START
from workflows.history import ChargeIn, EventIn, TargetIn, derive
from workflows.machine import ProcedureMachine, machine_for
from workflows.procedure import load

STEPS = (
    "report",
    "refer_to_prosecutor",
    "submit_to_investigation",
    "charge",
    "close_investigation",
    "indict",
    "open_trial",
    "acquit",
)
MACHINES_PER_CASE = 40
BEGIN = date(2024, 1, 1)


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time of one run, so that neighbours on the machine count less."""
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


def one_machine_per_case(machine: ProcedureMachine, cases: int) -> None:
    """Build a machine for each case and trigger its steps."""
    law = machine.procedure
    states = [START, *(stage.name for stage in law.stages)]
    moves = [
        {"trigger": name, "source": source, "dest": target}
        for (source, name), target in machine.table.items()
    ]
    for _ in range(cases):
        own = Machine(states=states, transitions=moves, initial=START, auto_transitions=False)
        for step in STEPS:
            own.trigger(step)


def bare_walk(machine: ProcedureMachine, cases: int) -> None:
    """Walk the table, keeping nothing but the stage."""
    table = dict(machine.table)
    for _ in range(cases):
        stage = START
        for step in STEPS:
            stage = table[stage, step]


def derive_all(machine: ProcedureMachine, cases: int) -> None:
    """Derive the state of each case from its events."""
    charges = (ChargeIn(1, "alleged"), ChargeIn(2, "filed"))
    filing = (TargetIn(2, new=True),)
    events = [
        EventIn(
            number,
            step,
            BEGIN + timedelta(days=number),
            None,
            0,
            filing if step == "submit_to_investigation" else (),
        )
        for number, step in enumerate(STEPS)
    ]
    for _ in range(cases):
        state = derive(machine, charges, events)
        assert state.outcome == "acquitted"


def main() -> None:
    """Print the times and the ratios."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    cases = max(1, wanted // len(STEPS))
    events = cases * len(STEPS)
    machine = machine_for(load("cambodia"))
    derive_all(machine, 10)
    ours = seconds(lambda: derive_all(machine, cases))
    floor = seconds(lambda: bare_walk(machine, cases))
    naive = seconds(lambda: one_machine_per_case(machine, MACHINES_PER_CASE))
    naive *= cases / MACHINES_PER_CASE
    print(f"{events:,} events of {cases:,} prosecutions")
    print(f"derived in full:            {ours:8.2f} s  {ours / events * 1e6:6.2f} us an event")
    print(f"one machine per case:       {naive:8.2f} s  (from {MACHINES_PER_CASE} cases)")
    print(f"bare walk of the table:     {floor:8.2f} s")
    print(f"ratio to a machine per case: {naive / ours:.0f} times faster")
    print(f"ratio to the bare walk:      {ours / floor:.0f} times slower")


if __name__ == "__main__":
    main()
