"""The order in which events counted: all that have a place, never back in time."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings

from tests.unit.workflows.drawn import History, histories
from workflows.history import derive, order_of


@settings(max_examples=200)
@given(histories())
def test_holds_what_counted_and_never_goes_back(history: History) -> None:
    """Days only grow, from unknown on; none is before the first day that its event can have had."""
    given_ = history.machine, history.charges, history.events, history.facts
    order = order_of(*given_)
    state = derive(*given_)
    placeless = {item.event_id for item in state.unresolved if item.whole}
    events = {event.id: event for event in history.events}
    assert set(order) == set(events) - placeless
    days = [day or date.min for day in order.values()]
    assert days == sorted(days)
    for key, day in order.items():
        first = events[key].day_from
        assert first is None or (day is not None and day >= first)


@settings(max_examples=100)
@given(histories(prompt=True))
def test_of_exact_days_it_is_the_order_of_the_calendar(history: History) -> None:
    order = order_of(history.machine, history.charges, history.events, history.facts)
    events = {event.id: event for event in history.events}
    days = [events[key].day_from or date.min for key in order]
    assert list(order.values()) == days == sorted(days)
