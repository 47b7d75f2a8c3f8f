"""The people of a case as its page shows them: accused with their charges, and victims."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from courtwatch.models import Charge, EventTarget, Prosecution
from courtwatch.services import labels
from courtwatch.services.case_charge_changes import ChargeChanges
from courtwatch.services.case_decided import Decided
from courtwatch.services.case_page import (
    AccusedShown,
    ChargeShown,
    DaysShown,
    UnresolvedShown,
    VictimShown,
)
from courtwatch.services.case_reading import Reading
from courtwatch.services.fact_rows import current_offences
from courtwatch.services.inexact_days import Days
from courtwatch.services.labels import named
from workflows.elements import Text


class People:
    """Shows each accused, where their prosecution stands, and each victim."""

    def __init__(self, reading: Reading, decided: Decided) -> None:
        self.reading = reading
        self.decided = decided
        self.rows = reading.rows
        self.sight = reading.sight
        self.procedure = reading.procedure
        self.changes = ChargeChanges(reading)
        self.targets: dict[tuple[int, int | None], EventTarget] = {
            (t.event_id, t.charge_id): t
            for event in reading.rows.events
            if event.rev_to is None
            for t in event.targets
        }

    def accused(self) -> tuple[AccusedShown, ...]:
        """Return the accused in the order of the record."""
        return tuple(self._accused(p) for p in self.rows.prosecutions)

    def victims(self) -> tuple[VictimShown, ...]:
        """Return the victims in the order of the record."""
        return tuple(self._victims())

    def _accused(self, prosecution: Prosecution) -> AccusedShown:
        rows, sight = self.rows, self.sight
        person = rows.people[prosecution.person_id]
        standing = rows.standings[prosecution.id]
        state = standing.state
        names = rows.person_names.get(person.id, ()) if self.reading.may_name(person.id) else ()
        procedure = self.procedure
        days = Days(standing.inputs, state, standing.machine.procedure)
        return AccusedShown(
            code=prosecution.public_code,
            number=self.reading.ordinals[prosecution.id],
            names=tuple((name.script, name.text) for name in names),
            pseudonym=person.pseudonym if sight.pseudonyms else None,
            sex=person.sex,
            age_band=person.age_band,
            citizenship=person.citizenship,
            official=person.official,
            related=person.related_to_child_victim if sight.pseudonyms else None,
            registered=days.registered(),
            days=DaysShown(
                stage=days.stage_span(state.stage),
                custody=days.span(state.custody_since),
                ended=days.span_of_event(state.ended_on, state.ended_event),
                verified=days.span(state.last_verified),
            ),
            state=state,
            stage=labels.stage_label(procedure, state.stage),
            outcome=labels.outcome_label(procedure, state.outcome),
            ended_by=labels.actor_label(procedure, state.ended_by),
            custody=labels.custody_label(procedure, state.custody),
            charges=tuple(self._charges(prosecution)),
            changes=tuple(self.changes.of(prosecution.id)),
            unresolved=tuple(self._unresolved(prosecution)),
            name_words=tuple(self.reading.words("name", name) for name in names),
            pseudonym_words=self.reading.words("accused", person) if sight.pseudonyms else None,
            clocks=self.rows.clocks[prosecution.id],
        )

    def _unresolved(self, prosecution: Prosecution) -> Iterable[UnresolvedShown]:
        steps = {event.id: event.step for event in self.rows.events}
        for item in self.rows.standings[prosecution.id].state.unresolved:
            yield UnresolvedShown(
                event_id=item.event_id,
                step=labels.step_label(self.procedure, steps.get(item.event_id, "?")),
                why=item.why,
                permitted=tuple(labels.step_label(self.procedure, name) for name in item.permitted),
            )

    def _charges(self, prosecution: Prosecution) -> Iterable[ChargeShown]:
        for charge in self.rows.charges.get(prosecution.id, ()):
            if not charge.voided or self.sight.corrections:
                yield self._charge(prosecution, charge)

    def _charge(self, prosecution: Prosecution, charge: Charge) -> ChargeShown:
        procedure = self.procedure
        standing = self.rows.standings[prosecution.id]
        days = Days(standing.inputs, standing.state, standing.machine.procedure)
        position = standing.state.positions.get(charge.id)
        target = self._target_of_end(position, charge) if position else None
        offence = self._offence_now(prosecution, charge)
        event = target.event if target is not None else None
        ended = position.disposition if position else None
        return ChargeShown(
            id=charge.id,
            number=self.changes.numbers[charge.id],
            by=self.changes.successor(prosecution.id, charge.id),
            kind=charge.kind,
            offence=named(offence),
            article=offence.article if offence is not None else "",
            as_given=charge.as_given if self.sight.record_text else None,
            exploitation=charge.exploitation,
            stage=labels.stage_label(procedure, position.stage if position else None),
            since=days.span_of_event(position.since, position.event_id) if position else None,
            disposition=labels.disposition_label(procedure, ended),
            disposed_on=days.span_of_event(position.disposed_on, position.event_id)
            if position
            else None,
            ended_by=self._ended_by(ended),
            institution=named(self.rows.names.institutions.get(event.institution_id or 0))
            if event is not None
            else None,
            live=bool(position and position.live),
            counted=bool(position and position.counted),
            voided=charge.voided,
            reasons_stated=self.decided.stated([target] if target else []),
            reasons_assessed=self.decided.assessed([target] if target else []),
            sentences=self.decided.sentences([target] if target else []),
            words=self.reading.words("charge", charge)
            if charge.as_given and self.sight.record_text
            else None,
        )

    def _offence_now(self, prosecution: Prosecution, charge: Charge) -> Any:
        """Return the charge's offence, what it was requalified to overriding what was filed."""
        standing = self.rows.standings[prosecution.id]
        current = current_offences(standing.inputs, standing.state)
        offence_id = current.get(charge.id, charge.offence_id)
        return self.rows.names.offences.get(offence_id or 0)

    def _target_of_end(self, position: Any, charge: Charge) -> EventTarget | None:
        if position.disposition is None or position.event_id is None:
            return None
        found = self.targets.get((position.event_id, charge.id))
        return found or self.targets.get((position.event_id, None))

    def _ended_by(self, disposition: str | None) -> Text | None:
        if disposition is None:
            return None
        try:
            return labels.actor_label(
                self.procedure, self.procedure.disposition(disposition).ended_by
            )
        except KeyError:
            return None

    def _victims(self) -> Iterable[VictimShown]:
        for number, victim in enumerate(self.rows.victims, 1):
            yield VictimShown(
                number=number,
                pseudonym=victim.pseudonym if self.sight.pseudonyms else None,
                sex=victim.sex,
                age_band=victim.age_band,
                citizenship=victim.citizenship,
                exploitation=victim.exploitation,
                civil_party=victim.civil_party,
                withdrawn=victim.withdrawn,
                words=self.reading.words("victim", victim) if self.sight.pseudonyms else None,
            )
