"""The entries of a case in the order in which they happened, as far as that is known.

Where days are exact, that is their order. An entry of a month or about a year stands behind what
has to come before it: that is how it counted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from courtwatch.models import Event
from courtwatch.services.standing import Standing
from workflows.history import order_of

Place = tuple[date, int]
"""The first day that is possible, and the number within the history of an accused."""

BEHIND = 2**31  # what did not count stands behind what counted on that day


def in_order(events: Iterable[Event], standings: Collection[Standing]) -> list[Event]:
    """Return entries in order; what has no day and no place comes last."""
    places = places_of(standings)

    def key(event: Event) -> tuple[date, int, int, int]:
        day, number = places.get(event.id) or (event.occurred_from or date.max, BEHIND)
        return day, number, event.sequence, event.id

    return sorted(events, key=key)


def places_of(standings: Collection[Standing]) -> dict[int, Place]:
    """Return the place of each entry that counted; about several accused, the later holds."""
    found: dict[int, Place] = {}
    for one in standings:
        charges, events = one.inputs.charges_in(), one.inputs.events_in()
        order = order_of(one.machine, charges, events, one.facts)
        for number, (event_id, day) in enumerate(order.items()):
            place = (day or date.min, number)
            found[event_id] = max(found.get(event_id, place), place)
    return found
