"""How fast histories become positions: a million events, on three workloads.

- uniform: one way of eight steps from report to acquittal, again and again, with other days.
- demonstration: the histories of the invented country (`courtwatch demo`), which come as often as
  they do there and are as long as they are there. Told again with other days, charges and ids until
  there are enough of them. With `--demonstration URL` those of a database that has been filled.
- random: eight events each, drawn from the procedure with a heavy tail: one to three filed
  charges, mixed dispositions, custody, requalification, first sights in the middle, checks, and
  events that are refused, vague, undated or of one moment with others. Most ways are new: this is
  the worst case.

Peers in the same run: (a) one `transitions` machine per prosecution, as the library's examples do
it, measured on fewer and scaled; (b) a bare walk of the same table, which knows no charges, dates,
order, outcomes or refusals and is the floor of what Python can do. Ours are `place` (every charge's
position, the prosecution's stage, custody and outcome), `derive` (all that with every day), and the
replay by itself. Processor time; the automaton starts empty for each workload.

    python benchmarks/replay_bench.py [EVENTS] [--demonstration URL]
"""

from __future__ import annotations

import argparse
import gc
import itertools
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from argon2 import PasswordHasher
from sqlalchemy import select
from transitions import Machine

from courtwatch.demo.build import build
from courtwatch.models import Prosecution as Row
from courtwatch.models import migrate
from courtwatch.models.engine import begin_writing, make_engine, make_session_factory
from courtwatch.services import seed
from courtwatch.services.fact_inputs import read_inputs, read_lookups
from workflows.automaton import automaton_for
from workflows.elements import CHECKED_UNCHANGED, FIRST_SEEN, START, Step, Track
from workflows.history import (
    ChargeIn,
    EventIn,
    TargetIn,
    derive,
    derive_by_replay,
    place,
)
from workflows.machine import ProcedureMachine, machine_for
from workflows.procedure import load

EVENTS_EACH = 8
AT_ONCE = 2_500
MACHINES = 40
REPLAYED = 40_000
INVENTED = 4_000
LABELS = {
    "machines": f"one machine per case ({MACHINES})",
    "bare": "bare walk of the table",
    "place": "positions",
    "derive": "positions with all days",
    "replay": "replay alone",
    "inputs": "(making the events from rows)",
}
BEGIN = date(2015, 1, 1)
UNIFORM = (
    "report",
    "refer_to_prosecutor",
    "submit_to_investigation",
    "charge",
    "close_investigation",
    "indict",
    "open_trial",
    "acquit",
)
FACTS: tuple[dict[str, object], ...] = (
    {"age_band": "adult", "offence_class": "felony"},
    {"age_band": "adult", "offence_class": "misdemeanour"},
    {"age_band": "16_17", "offence_class": "felony"},
    {"age_band": "adult"},
    {},
)


class Prosecution(NamedTuple):
    """What is replayed, and the plain row that each event was made of."""

    charges: tuple[ChargeIn, ...]
    events: list[EventIn]
    facts: dict[str, object]


class Drawing:
    """Prosecutions drawn from a procedure. At each place some steps are common and most are rare:
    the weights fall as 1, 1/4, 1/9, ... in the order in which the file declares them."""

    def __init__(self, machine: ProcedureMachine, seed: int) -> None:
        self.machine = machine
        self.random = random.Random(seed)
        self.stages = [stage.name for stage in machine.procedure.stages if stage.live]
        self.main: dict[str, list[Step]] = {}
        self.custody: dict[str, list[Step]] = {}
        for step in machine.procedure.steps:
            known = self.main if step.track is Track.MAIN else self.custody
            for source in step.sources:
                known.setdefault(source, []).append(step)

    def uniform(self) -> Prosecution:
        """Draw the days alone."""
        first = BEGIN + timedelta(days=self.random.randrange(3_000))
        events = [
            EventIn(
                number + 1,
                step,
                first + timedelta(days=30 * number + self.random.randrange(30)),
                None,
                0,
                (TargetIn(2, None, True),) if step == "submit_to_investigation" else (),
            )
            for number, step in enumerate(UNIFORM)
        ]
        return Prosecution((ChargeIn(1, "alleged"), ChargeIn(2, "filed")), events, FACTS[0])

    def anything(self) -> Prosecution:
        """Draw a whole history."""
        rng = self.random
        filed = [ChargeIn(2 + n, "filed", rank=n) for n in range(rng.choice((1, 1, 1, 2, 2, 3)))]
        charges = [ChargeIn(1, "alleged"), *filed]
        fresh = [charge.id for charge in filed]
        at: dict[int, str] = {1: START}
        custody = self.machine.procedure.custody_initial
        day = BEGIN + timedelta(days=rng.randrange(3_000))
        events: list[EventIn] = []
        sequence = 0
        for number in range(1, EVENTS_EACH + 1):
            pause = rng.choice((0, 1, 5, 20, 60, 200))
            sequence = sequence + 1 if pause == 0 else 0
            day += timedelta(days=pause)
            lot = rng.random()
            entry = None
            targets: tuple[TargetIn, ...] = ()
            if number == 1 and lot < 0.15:
                name, entry = FIRST_SEEN, rng.choice(self.stages)
                at = dict.fromkeys(at, entry)
            elif lot < 0.08 and number > 1:
                name = CHECKED_UNCHANGED
            elif lot < 0.25 and custody in self.custody:
                step = self._one_of(self.custody[custody])
                name, custody = step.name, dict(step.moves)[custody]
            elif lot < 0.28:
                step = rng.choice(self.machine.procedure.steps)
                name = step.name
            else:
                name, targets = self._main(at, charges, fresh)
            until = day + timedelta(days=27) if lot > 0.97 else None
            undated = lot > 0.997
            events.append(
                EventIn(
                    number,
                    name,
                    None if undated else day,
                    until,
                    0 if lot > 0.95 else sequence,
                    targets,
                    entry,
                )
            )
        return Prosecution(tuple(charges), events, rng.choice(FACTS))

    def _one_of(self, steps: list[Step]) -> Step:
        weights = [1 / place**2 for place in range(1, len(steps) + 1)]
        return self.random.choices(steps, weights)[0]

    def _main(
        self, at: dict[int, str], charges: list[ChargeIn], fresh: list[int]
    ) -> tuple[str, tuple[TargetIn, ...]]:
        """Take a step of the main track with the charge that is furthest behind."""
        rng = self.random
        cid = min(at, key=lambda c: at[c] not in self.main)
        if at[cid] not in self.main:
            return CHECKED_UNCHANGED, ()
        step = self._one_of(self.main[at[cid]])
        source, to = at[cid], dict(step.moves)[at[cid]]
        alike = [other for other, stage in at.items() if stage == source]
        if "to_offence" in step.requires and cid > 1:
            new = ChargeIn(len(charges) + 1, "requalified", cid)
            charges.append(new)
            del at[cid]
            at[new.id] = to
            return step.name, (TargetIn(new.id, None, True),)
        if step.files_charges and fresh:
            ends = step.possible_dispositions or (None,)
            targets = tuple(TargetIn(new, ends[0], True) for new in fresh)
            at.clear()
            at.update(dict.fromkeys(fresh, to))
            fresh.clear()
            return step.name, targets
        moved = alike if rng.random() < 0.8 else [cid]
        at.update(dict.fromkeys(moved, to))
        if step.dispositions:
            return step.name, tuple(TargetIn(c, rng.choice(step.dispositions)) for c in moved)
        return step.name, () if moved is alike else (TargetIn(cid),)


def one_machine_per_case(machine: ProcedureMachine, histories: list[Prosecution]) -> None:
    """Build a machine for each prosecution and trigger what is possible, as far as it can."""
    law = machine.procedure
    states = [START, *(stage.name for stage in law.stages)]
    moves = [
        {"trigger": name, "source": source, "dest": target}
        for (source, name), target in machine.table.items()
    ]
    for history in histories:
        own = Machine(
            states=states, transitions=moves, initial=START, auto_transitions=False,
            ignore_invalid_triggers=True,
        )  # fmt: skip
        for event in history.events:
            if event.step in own.events:
                own.trigger(event.step)


def bare_walk(machine: ProcedureMachine, histories: list[list[str]]) -> None:
    """Walk the table with the names of the steps, keeping nothing but the stage."""
    table = dict(machine.table)
    for steps in histories:
        stage = START
        for step in steps:
            stage = table.get((stage, step), stage)


class Times:
    """Processor seconds, by what they were spent on."""

    def __init__(self) -> None:
        self.spent: defaultdict[str, float] = defaultdict(float)
        self.events: Counter[str] = Counter()

    def of(self, name: str, events: int, work: Callable[[], object]) -> object:
        """Add the time of one run over so many events; return what it made."""
        start = time.process_time()
        made = work()
        self.spent[name] += time.process_time() - start
        self.events[name] += events
        return made

    def each(self, name: str) -> float:
        """Microseconds an event."""
        return self.spent[name] / self.events[name] * 1e6


def drawn(draw: Callable[[], Prosecution]) -> Iterator[Prosecution]:
    """Draw without an end."""
    while True:
        yield draw()


def demonstration(url: str | None) -> list[Prosecution]:
    """The histories of the invented country: of a filled database, or of one made for it."""
    engine = make_engine(url or "sqlite://")
    if url is None:
        migrate.upgrade(engine)
        with make_session_factory(engine)() as session:
            begin_writing(session)
            seed.load(session)
            build(session, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1), size=INVENTED)
            session.commit()
    found = []
    with engine.connect() as connection:
        lookups = read_lookups(connection)
        ids = list(connection.scalars(select(Row.id).order_by(Row.id)))
        for start in range(0, len(ids), AT_ONCE):
            for each in read_inputs(connection, ids[start : start + AT_ONCE]).values():
                facts = each.guard_facts(lookups.offences)
                found.append(Prosecution(tuple(each.charges_in()), each.events_in(), facts))
    return found


def again(histories: list[Prosecution]) -> Iterator[Prosecution]:
    """Tell histories again and again, each time on other days and under other numbers."""
    for round_ in itertools.count():
        days, numbers = timedelta(days=round_), round_ * 10_000_000
        for charges, events, facts in histories:
            yield Prosecution(
                tuple(
                    charge._replace(
                        id=charge.id + numbers,
                        parent=None if charge.parent is None else charge.parent + numbers,
                    )
                    for charge in charges
                ),
                [
                    event._replace(
                        id=event.id + numbers,
                        day_from=event.day_from and event.day_from + days,
                        day_to=event.day_to and event.day_to + days,
                        targets=tuple(
                            target._replace(charge_id=target.charge_id + numbers)
                            for target in event.targets
                        ),
                    )
                    for event in events
                ],
                facts,
            )


def batches(histories: Iterator[Prosecution], wanted: int) -> Iterator[list[Prosecution]]:
    """Batches until there are so many events, so that a million need no memory for all."""
    batch: list[Prosecution] = []
    events = 0
    for history in histories:
        batch.append(history)
        events += len(history.events)
        if len(batch) == AT_ONCE or events >= wanted:
            yield batch
            batch = []
        if events >= wanted:
            return


class Workload:
    """One workload measured: the automaton starts empty."""

    def __init__(self, name: str, machine: ProcedureMachine) -> None:
        self.name = name
        self.machine = machine
        automaton_for.cache_clear()
        self.automaton = automaton_for(machine)
        self.times = Times()
        self.ways: set[tuple[str, ...]] = set()
        self.ends: set[object] = set()
        self.prosecutions = self.left = 0

    def run(self, batch: list[Prosecution]) -> None:
        """Add one batch. The positions come first, and pay for the edges."""
        machine, times = self.machine, self.times
        names = [[event.step for event in history.events] for history in batch]
        rows = [[tuple(event) for event in history.events] for history in batch]
        count = sum(map(len, rows))
        gc.collect()
        times.of("bare", count, lambda: bare_walk(machine, names))
        times.of("inputs", count, lambda: [list(map(EventIn._make, own)) for own in rows])
        before = self.automaton.replayed
        places = times.of("place", count, lambda: [place(machine, *each) for each in batch])
        self.left += self.automaton.replayed - before
        times.of("derive", count, lambda: [derive(machine, *each) for each in batch])
        if times.events["replay"] < REPLAYED:
            times.of("replay", count, lambda: [derive_by_replay(machine, *each) for each in batch])
        if not times.events["machines"]:
            some = batch[:MACHINES]
            events = sum(len(each.events) for each in some)
            times.of("machines", events, lambda: one_machine_per_case(machine, some))
        self.prosecutions += len(batch)
        self.ways.update(map(tuple, names))
        assert isinstance(places, list)
        self.ends.update(places)

    def tell(self) -> None:
        """Print the times and the ratios to the peers."""
        times, automaton = self.times, self.automaton
        print(
            f"{self.name}: {times.events['place']:,} events of {self.prosecutions:,} prosecutions, "
            f"{len(self.ways):,} different ways, {len(self.ends):,} different placements"
        )
        print(
            f"  replayed instead of walked: {self.left:,} ({self.left / self.prosecutions:.2%}); "
            f"edges made: {automaton.edges_made:,}, all forgotten {automaton.forgotten} times"
        )
        machines, bare = times.each("machines"), times.each("bare")
        for key, label in LABELS.items():
            each = times.each(key)
            ratios = (
                f"{machines / each:8.1f} times faster than a machine per case,"
                f"{each / bare:7.1f} times slower than the bare walk"
                if key in ("place", "derive", "replay")
                else ""
            )
            print(f"  {label:<30}{each:8.2f} us an event{ratios}")


def main() -> None:
    """Measure the workloads."""
    parser = argparse.ArgumentParser(description="How fast histories become positions.")
    parser.add_argument("events", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--demonstration", metavar="URL", help="a database that has been filled")
    given = parser.parse_args()
    machine = machine_for(load("cambodia"))
    drawing = Drawing(machine, seed=20261125)
    workloads = {
        "uniform": drawn(drawing.uniform),
        "demonstration": again(demonstration(given.demonstration)),
        "random": drawn(drawing.anything),
    }
    for name, histories in workloads.items():
        workload = Workload(name, machine)
        for batch in batches(histories, given.events):
            workload.run(batch)
        workload.tell()


if __name__ == "__main__":
    main()
