"""In what custody somebody was on a day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.custody import custody_on
from workflows.history import derive
from workflows.machine import machine_for
from workflows.plan import plan_for
from workflows.procedure import load
from workflows.state import ChargeIn, EventIn

MACHINE = machine_for(load("cambodia"))
LAW = plan_for(MACHINE)
START = date(2025, 1, 1)
STEPS = ("place_in_police_custody", "release_from_police_custody", "detain", "bail", "supervise",
         "charge", "submit_to_investigation", "receive_complaint", "checked_unchanged")  # fmt: skip


def event(number, step, day, until=None):
    """Give an event so many days after the first of January, undated for None."""
    first = None if day is None else START + timedelta(days=day)
    last = None if until is None else START + timedelta(days=until)
    return EventIn(number, step, first, last or first, 0)


HELD = (
    event(1, "place_in_police_custody", 0),
    event(2, "detain", 2),
    event(3, "charge", 2),
    event(4, "bail", 30),
)


class TestCustody:
    @pytest.mark.parametrize(
        ("day", "custody"),
        [(-1, "unknown"), (0, "police_custody"), (1, "police_custody"), (2, "detained"),
         (29, "detained"), (30, "bailed"), (400, "bailed")],
    )  # fmt: skip
    def test_is_what_the_evening_of_a_day_left(self, day, custody):
        assert custody_on(LAW, HELD, START + timedelta(days=day)) == custody
        turned = custody_on(LAW, tuple(reversed(HELD)), START + timedelta(days=day))
        assert turned == custody, "the order in which entries are given says nothing"

    def test_is_not_told_where_a_change_is_undated_or_around_the_day(self):
        undated = (*HELD, event(5, "detain", None))
        assert custody_on(LAW, undated, START) is None
        around = (event(1, "place_in_police_custody", 0), event(2, "detain", 1, 40))
        assert custody_on(LAW, around, START + timedelta(days=20)) is None
        assert custody_on(LAW, around, START) == "police_custody"
        assert custody_on(LAW, around, START + timedelta(days=40)) == "detained"

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 20)), max_size=8))
    def test_on_the_last_day_it_is_what_the_history_says(self, steps):
        """Whatever happened: the present custody is that of the last day, where it can be told.

        It always can where no two entries share a day.
        """
        events = [event(n, step, day) for n, (step, day) in enumerate(steps, 1)]
        state = derive(MACHINE, [ChargeIn(1, "alleged")], events)
        refused = {item.event_id for item in state.unresolved if item.whole}
        kept = [each for each in events if each.id not in refused]
        found = custody_on(LAW, kept, START + timedelta(days=99))
        apart = len({each.day_from for each in kept}) == len(kept)
        assert found == state.custody or (found is None and not apart)
