"""The automaton says of every history what the replay says, and keeps within its bound."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.workflows.drawn import MACHINES, History, histories
from tests.unit.workflows.paths import FILED, day, event, one_a_day, shortest_paths
from workflows.automaton import Automaton, automaton_for
from workflows.history import (
    ChargeIn,
    EventIn,
    Placement,
    ProsecutionState,
    TargetIn,
    derive,
    derive_by_replay,
    place,
)
from workflows.procedure import names

SMALL = {id(machine): Automaton(machine, most_edges=12) for machine in MACHINES}


def replayed(history: History) -> ProsecutionState:
    """Return what the replay alone makes of a history."""
    return derive_by_replay(history.machine, history.charges, history.events, history.facts)


def walked(automaton: Automaton, history: History) -> ProsecutionState | None:
    """Return what an automaton makes of a history; None if it leaves it to the replay."""
    return automaton.state(history.charges, history.events, history.facts)


class TestSameAsTheReplay:
    """One meaning, two ways to it."""

    @settings(max_examples=250)
    @given(histories(), st.integers(1, 400), st.randoms(use_true_random=False))
    def test_any_history(self, history: History, shift: int, rng: Random) -> None:
        """What is drawn costs more than what is asked of it, so each history is asked everything:
        as it is, on other days and under other ids, with its events in any order, without days,
        and of an automaton that keeps twelve edges and forgets all the time."""
        mixed = history._replace(events=tuple(rng.sample(history.events, len(history.events))))
        for same in (history, history.elsewhere(shift), mixed):
            expected = replayed(same)
            state = derive(*same[:4])
            assert state == expected
            assert list(state.positions) == list(expected.positions)
            assert place(*same[:4]) == Placement.of(expected)
        assert walked(SMALL[id(history.machine)], history) in (None, replayed(history))

    @settings(max_examples=60)
    @given(histories(prompt=True))
    def test_a_history_with_exact_days_is_walked(self, history: History) -> None:
        """No fallback where each event has its day, so that the property above is not empty."""
        automaton = automaton_for(history.machine)
        before = automaton.walked, automaton.replayed
        state = walked(automaton, history)
        assert state == replayed(history)
        assert (automaton.walked, automaton.replayed) == (before[0] + 1, before[1])

    @pytest.mark.parametrize("machine", MACHINES, ids=names())
    def test_each_entry_of_the_table(self, machine) -> None:
        """Exhaustively: the shortest way to each stage, and from there each step, legal or not."""
        paths = {"": (), **shortest_paths(machine)}
        for way in paths.values():
            events = one_a_day(machine, way)
            for step in machine.procedure.steps:
                choice = next(iter(step.possible_dispositions), None)
                taken = event(99, step.name, 99, TargetIn(1, choice))
                state = automaton_for(machine).state(FILED, [*events, taken], None)
                assert state == derive_by_replay(machine, FILED, [*events, taken], None)


class TestWhatIsLeftToTheReplay:
    """Histories whose order is not plain."""

    @pytest.fixture
    def automaton(self) -> Automaton:
        """Give a new automaton of Cambodia."""
        return Automaton(MACHINES[names().index("cambodia")])

    @pytest.mark.parametrize(
        ("events", "why"),
        [
            ([event(1, "report", None)], "an event has no day"),
            (
                [event(1, "indict", 0, until=day(9)), event(2, "report", 3)],
                "an event that is refused may have happened later",
            ),
            (
                [event(1, "report", 0), event(2, "arrest", 0, TargetIn(1))],
                "of two events of one moment one names its charge",
            ),
            ([event(1, "report", 0, TargetIn(5))], "a charge of somebody else"),
        ],
        ids=lambda value: value.replace(" ", "_") if isinstance(value, str) else "",
    )
    def test_is_replayed(self, automaton: Automaton, events: list[EventIn], why: str) -> None:
        """The automaton says nothing, and counts it."""
        charges = [ChargeIn(1, "alleged")]
        assert automaton.state(charges, events, None) is None, why
        assert automaton.placement(charges, events, None) is None, why
        assert (automaton.walked, automaton.replayed) == (0, 2)


class TestBounds:
    """What is kept."""

    def test_edges_and_roots_are_forgotten_together(self, cambodia) -> None:
        """However many kinds of histories come, no more than the bound is kept."""
        automaton = Automaton(cambodia, most_edges=50)
        for rank in range(200):
            charges = (ChargeIn(1, "alleged"), ChargeIn(2, "filed", rank=rank))
            automaton.state(charges, [event(1, "report", 0)], None)
            automaton.state((ChargeIn(1, "filed", rank=rank),), [], None)
            assert automaton.kept <= 50
        assert automaton.forgotten >= 6

    def test_a_shared_way_is_made_once(self, cambodia) -> None:
        """A thousand prosecutions of one way cost as many edges as one."""
        automaton = Automaton(cambodia)
        way = one_a_day(cambodia, shortest_paths(cambodia)["trial"])
        for shift in range(1000):
            events = [e._replace(id=e.id + shift, day_from=day(shift + e.id)) for e in way]
            state = automaton.state(FILED, events, None)
            assert state is not None
            assert state.positions[1].since == events[-1].day_from
        assert automaton.edges_made == len(way)

    def test_a_state_shares_nothing_that_can_be_changed(self, cambodia) -> None:
        """A caller that writes into a state changes no later one."""
        events = one_a_day(cambodia, shortest_paths(cambodia)["trial"])
        first = derive(cambodia, FILED, events)
        expected = replace(first, stage_days=dict(first.stage_days))
        first.stage_days.clear()
        first.milestone_days.clear()
        first.positions.clear()
        again = derive(cambodia, FILED, events)
        assert again.stage_days == expected.stage_days
        assert again.positions
        assert again == derive_by_replay(cambodia, FILED, events)

    def test_threads_may_walk_at_once(self, cambodia) -> None:
        """Eight threads that make the same edges get what one gets."""
        automaton = Automaton(cambodia, most_edges=40)
        ways = [one_a_day(cambodia, way) for way in shortest_paths(cambodia).values()]
        expected = [derive_by_replay(cambodia, FILED, way) for way in ways]

        def walk(_: int) -> list[ProsecutionState | None]:
            return [automaton.state(FILED, way, None) for way in ways]

        with ThreadPoolExecutor(8) as pool:
            for found in pool.map(walk, range(32)):
                assert found == expected
