"""What changed the charges of a case while they were under way, as its page shows it."""

from __future__ import annotations

from collections.abc import Iterable

from courtwatch.models import Charge, Event
from courtwatch.services import labels
from courtwatch.services.case_page import ChangeShown
from courtwatch.services.case_reading import Reading
from courtwatch.services.charge_lineage import ChargeChange, changes_of, numbered
from courtwatch.services.labels import named


class ChargeChanges:
    """Numbers the charges of each accused, and shows which became which.

    What rests on an entry or a charge that is not on this page is left to the page that has it.
    """

    def __init__(self, reading: Reading) -> None:
        rows = reading.rows
        self.reading = reading
        self.charges: dict[int, Charge] = {
            c.id: c for found in rows.charges.values() for c in found
        }
        self.numbers = {
            key: number
            for found in rows.charges.values()
            for key, number in numbered(charge.id for charge in found).items()
        }
        self.events: dict[int, Event] = {event.id: event for event in rows.events}
        self.changes = {
            key: [
                change
                for change in changes_of(standing.inputs, standing.state)
                if change.event_id in self.events
                and change.charge_id in self.charges
                and (change.by is None or change.by in self.charges)
            ]
            for key, standing in rows.standings.items()
        }

    def successor(self, prosecution_id: int, charge_id: int) -> int | None:
        """Return the number of the charge that took the place of another; None if none did."""
        for change in reversed(self.changes[prosecution_id]):
            if change.charge_id == charge_id and change.by is not None:
                return self.numbers[change.by]
        return None

    def of(self, prosecution_id: int) -> Iterable[ChangeShown]:
        """Yield the changes of one accused's charges, in order."""
        for change in self.changes[prosecution_id]:
            yield self._shown(change)

    def _shown(self, change: ChargeChange) -> ChangeShown:
        names, procedure = self.reading.rows.names, self.reading.procedure
        event = self.events[change.event_id]
        step = next((s for s in procedure.steps if s.name == event.step), None)
        words = self.charges[change.charge_id].as_given
        return ChangeShown(
            number=self.numbers[change.charge_id],
            was=named(names.offences.get(change.was or 0)),
            as_given=words if self.reading.sight.record_text else None,
            became=named(names.offences.get(change.became or 0)),
            by=self.numbers[change.by] if change.by is not None else None,
            event_id=event.id,
            step=labels.step_label(procedure, event.step),
            actor=labels.actor_label(procedure, step.actor if step else None),
            institution=named(names.institutions.get(event.institution_id or 0)),
            first=event.occurred_from,
            last=event.occurred_to,
            precision=event.precision,
        )
