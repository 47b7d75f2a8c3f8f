"""The timeline of a case as its page shows it: entries, what they touched and who told of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from courtwatch.models import Event, EventTarget
from courtwatch.models.vocabulary import EventStatus
from courtwatch.services import labels
from courtwatch.services.case_decided import Decided
from courtwatch.services.case_page import EventShown, NoteShown, SourceShown, TouchedShown
from courtwatch.services.case_reading import Reading
from courtwatch.services.charge_lineage import IN_PLACE
from courtwatch.services.labels import named
from courtwatch.services.timeline_order import in_order
from workflows.elements import MOVED_TO_VERSION, Text


class Entries:
    """Shows each entry, and what took the place of what."""

    def __init__(self, reading: Reading, decided: Decided) -> None:
        self.reading = reading
        self.decided = decided
        self.rows = rows = reading.rows
        self.sight = reading.sight
        self.procedure = reading.procedure
        self.charges = {c.id: c for charges in rows.charges.values() for c in charges}
        self.entries = {event.id: event for event in rows.events} | rows.replaced
        self.followed = {
            event.replaces_id: event.id for event in rows.events if event.replaces_id is not None
        }
        self.redated = {
            event.replaces_id: event.id
            for event in rows.replaced.values()
            if event.replaces_id is not None
        }

    def events(self) -> tuple[EventShown, ...]:
        """Return the entries that hold and, for whom they are shown, those taken back."""
        return tuple(self._events())

    def _events(self) -> Iterable[EventShown]:
        unresolved: dict[int, Text] = {}
        for standing in self.rows.standings.values():
            for item in standing.state.unresolved:
                unresolved.setdefault(item.event_id, item.why)
        for event in in_order(self.rows.events, self.rows.standings.values()):
            voided = event.status is EventStatus.VOIDED
            if not voided or self.sight.corrections:
                yield self._event(event, voided, unresolved.get(event.id))

    def _event(self, event: Event, voided: bool, why: Text | None) -> EventShown:
        step = next((s for s in self.procedure.steps if s.name == event.step), None)
        moved = event.step == MOVED_TO_VERSION
        label = labels.step_label(self.procedure, event.step)
        return EventShown(
            id=event.id,
            step=labels.with_hint(label, event.mode) if moved else label,
            actor=labels.actor_label(self.procedure, step.actor if step else None),
            article=step.article if step else "",
            institution=named(self.rows.names.institutions.get(event.institution_id or 0)),
            first=event.occurred_from,
            last=event.occurred_to,
            precision=event.precision,
            time=event.time,
            mode=None if moved else event.mode,
            moved=moved,
            entry_stage=labels.stage_label(self.procedure, event.entry_stage),
            touched=tuple(self._touched(target) for target in event.targets),
            reasons_stated=self.decided.stated(event.targets),
            reasons_assessed=self.decided.assessed(event.targets),
            sentences=self.decided.sentences(event.targets),
            sources=tuple(
                self._source(event, a) for a in event.accounts if a.rev_to in (None, event.rev_to)
            ),
            notes=() if voided and self._holder(event) else tuple(self._notes_of(event)),
            entered=self.reading.writer(self._first_of(event).rev_from),
            changed=self.reading.writer(event.rev_from) if event.replaces_id is not None else None,
            in_place_of=self._corrected_before(event) if self.sight.corrections else None,
            held_by=self._holder(event) if voided else None,
            earlier=tuple(self._earlier(event)) if self.sight.corrections else (),
            unresolved=why,
            voided=voided,
            void_reason=event.void_reason,
            corrected=self.reading.writer(event.rev_to) if voided and event.rev_to else None,
            remarks=tuple(self._remarks_of(event)),
            own=event.organisation_id == self.sight.organisation_id,
        )

    def _before(self, event: Event) -> Iterable[Event]:
        """Yield the entries whose place this one took, the latest first."""
        current = self.entries.get(event.replaces_id or 0)
        while current is not None:
            yield current
            current = self.entries.get(current.replaces_id or 0)

    def _first_of(self, event: Event) -> Event:
        """Return what was entered first, before corrections and better sources."""
        return [event, *self._before(event)][-1]

    def _corrected_before(self, event: Event) -> int | None:
        """Return the entry, taken back by a correction, whose place this one took."""
        voided = (e.id for e in self._before(event) if e.status is EventStatus.VOIDED)
        return next(voided, None)

    def _holder(self, event: Event) -> int | None:
        """Return the entry that holds in the place of one that was corrected."""
        current = event.id
        while current in self.followed or current in self.redated:
            current = self.followed.get(current) or self.redated[current]
        return current if current != event.id else None

    def _notes_of(self, event: Event) -> Iterable[NoteShown]:
        """Yield the notes of an entry and of those whose place it took: they are not copied."""
        for one in (event, *self._before(event)):
            yield from self.reading.notes.get(("event", one.id), ())

    def _remarks_of(self, event: Event) -> Iterable[NoteShown]:
        """Yield why an entry was taken back; of one that holds, why its source was chosen."""
        yield from self.reading.notes.get(("correction", event.id), ())
        for before in self._before(event):
            if event.status is EventStatus.VOIDED or before.status is EventStatus.VOIDED:
                break
            yield from self.reading.notes.get(("correction", before.id), ())

    def _earlier(self, event: Event) -> Iterable[tuple[date | None, date | None]]:
        """Yield the days this entry had before a better source gave another."""
        for before in self._before(event):
            if before.status is EventStatus.VOIDED:
                break
            days = (before.occurred_from, before.occurred_to)
            if days != (event.occurred_from, event.occurred_to):
                yield days

    def _touched(self, target: EventTarget) -> TouchedShown:
        charge = self.charges.get(target.charge_id or 0)
        offences = self.rows.names.offences
        former = None
        if charge is not None and target.new and charge.kind in IN_PLACE:
            former = self.charges.get(charge.parent_id or 0)
        return TouchedShown(
            accused=self.reading.ordinals.get(target.prosecution_id, 0),
            charge=named(offences.get(charge.offence_id or 0)) if charge is not None else None,
            disposition=labels.disposition_label(self.procedure, target.disposition),
            to_offence=named(offences.get(target.to_offence_id or 0)),
            new=target.new,
            instead_of=named(offences.get(former.offence_id or 0)) if former is not None else None,
        )

    def _source(self, event: Event, account: Any) -> SourceShown:
        return SourceShown(
            source=account.source,
            reliability=account.reliability,
            organisation=self.reading.organisation(account.organisation_id),
            person=self.reading.person(account.organisation_id, account.user_id),
            first=account.occurred_from,
            last=account.occurred_to,
            precision=account.precision,
            disposition=labels.disposition_label(self.procedure, account.disposition),
            chosen=account.id == event.chosen_account_id,
        )
