"""Derive the fact rows of prosecutions and charges from what was recorded.

The same code serves a writing transaction, an import, the demonstration and `courtwatch rebuild`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from sqlalchemy import Connection

from courtwatch.models.packed import pack
from courtwatch.models.told import NOBODY
from courtwatch.models.vocabulary import ChargeKind, InstitutionKind
from courtwatch.services.clocks import clock_rows
from courtwatch.services.custody_at_charge import custody_at_charge
from courtwatch.services.fact_inputs import (
    FactRow,
    Lookups,
    ProsecutionInputs,
    read_inputs,
    read_reasons,
    read_told,
)
from courtwatch.services.inexact_days import Days
from courtwatch.services.stage_days import first_reached
from workflows import event_codes
from workflows.history import ChargePosition, ProsecutionState, derive
from workflows.plan import plan_for

Values = dict[str, Any]
"""A fact row without its revisions, by column."""


def state_of(inputs: ProsecutionInputs, lookups: Lookups) -> ProsecutionState:
    """Derive one prosecution's state from its events."""
    machine = lookups.machines[inputs.prosecution.procedure_version_id]
    facts = inputs.guard_facts(lookups.offences)
    return derive(machine, inputs.charges_in(), inputs.events_in(), facts)


class DerivedRows(NamedTuple):
    """Fact rows without revisions."""

    prosecutions: list[Values]
    charges: list[Values]
    clocks: list[Values]


def derive_rows(connection: Connection, ids: Sequence[int], lookups: Lookups) -> DerivedRows:
    """Return the fact rows of prosecutions `ids`, of their charges and of their time limits."""
    prosecutions: list[Values] = []
    charges: list[Values] = []
    clocks: list[Values] = []
    inputs = read_inputs(connection, ids)
    states = {key: state_of(found, lookups) for key, found in inputs.items()}
    owners = {
        target_id: found.prosecution.owner_id
        for key, found in inputs.items()
        for event_id in _deciding_events(states[key])
        for target in found.targets.get(event_id, ())
        for target_id in (target.target_id, *found.also.get(target.target_id, ()))
    }
    stated, assessed = read_reasons(connection, owners)
    resting = {key: _rests_on(found, states[key]) for key, found in inputs.items()}
    told = read_told(connection, set().union(*resting.values()))
    for key, found in inputs.items():
        accounts = reduce(or_, (told.get(event_id, NOBODY) for event_id in resting[key]), NOBODY)
        builder = _RowBuilder(found, states[key], lookups, stated, assessed, accounts)
        prosecutions.append(builder.prosecution_row())
        charges.extend(builder.charge_rows())
        clocks.extend(clock_rows(found, states[key], builder.offences, lookups))
    return DerivedRows(prosecutions, charges, clocks)


def current_offences(inputs: ProsecutionInputs, state: ProsecutionState) -> dict[int, int | None]:
    """Return each charge's offence: the last requalification by day that had its legal place."""
    unresolved = {u.event_id for u in state.unresolved}
    offences = {charge.id: charge.offence_id for charge in inputs.charges}
    for event in inputs.events_in_order():
        if event.id in unresolved:
            continue
        for target in inputs.targets[event.id]:
            if target.charge_id is not None and target.to_offence_id is not None:
                offences[target.charge_id] = target.to_offence_id
    return offences


def _deciding_events(state: ProsecutionState) -> set[int]:
    """Return the events that ended a charge or the prosecution: those that may have reasons."""
    events = {p.event_id for p in state.positions.values() if p.disposition is not None}
    events |= {state.first_outcome.ended_event if state.first_outcome else None}
    return {event_id for event_id in events if event_id is not None}


def _is_counted(charge: FactRow, position: ChargePosition | None) -> bool:
    """Say whether a charge is counted as one: it was filed, and no other took its place.

    An alleged charge gives a prosecution its history and outcome, and is never counted.
    """
    return position is not None and position.counted and charge.kind != ChargeKind.ALLEGED


def _rests_on(inputs: ProsecutionInputs, state: ProsecutionState) -> set[int]:
    """Return the events that brought the counted charges where they stand; all, if none counts."""
    positions = [(charge, state.positions.get(charge.id)) for charge in inputs.charges]
    counted = [place for charge, place in positions if _is_counted(charge, place)]
    asked = counted or [place for _charge, place in positions]
    return {place.event_id for place in asked if place is not None and place.event_id is not None}


class _RowBuilder:
    """Build the fact rows of one prosecution."""

    def __init__(
        self,
        inputs: ProsecutionInputs,
        state: ProsecutionState,
        lookups: Lookups,
        stated: dict[int, int],
        assessed: dict[int, int],
        told: int,
    ) -> None:
        self.inputs = inputs
        self.state = state
        self.lookups = lookups
        self.stated = stated
        self.assessed = assessed
        self.told = told
        self.machine = lookups.machines[inputs.prosecution.procedure_version_id]
        self.offences = current_offences(inputs, state)

    def _shared(self) -> Values:
        row = self.inputs.prosecution
        return {
            "prosecution_id": row.id,
            "case_id": row.case_id,
            "jurisdiction_id": row.jurisdiction_id,
            "owner_id": row.owner_id,
            "share_level": str(row.share_level),
        }

    def prosecution_row(self) -> Values:
        """Return the prosecution's fact."""
        row, state, end = self.inputs.prosecution, self.state, self.state.first_outcome
        deciding = end.deciding_charge if end else None
        stated_id, assessed_id = self._reasons_of(end.ended_event if end else None, deciding)
        principal = self._principal_charge()
        reached = state.milestone_days
        values = self._shared() | {
            "procedure_version_id": row.procedure_version_id,
            "counted": True,
            "stage": state.stage,
            "phase": str(state.phase),
            "live": state.live,
            "suspended": state.suspended,
            "custody": state.custody,
            "outcome": end.outcome if end else None,
            "disposition": self._disposition_of(end.ended_event if end else None, deciding),
            "event_code": end.event_code if end else event_codes.OPEN,
            "ended_on": end.ended_on if end else None,
            "ended_by": end.ended_by if end else None,
            "decided_by_id": self._decided_by(),
            "reopened": state.reopened,
            "arrested_on": reached.get("arrest"),
            "registered_on": row.registered_on or reached.get("registration"),
            "charged_on": reached.get("charge"),
            "trial_on": reached.get("trial"),
            **first_reached(state, self.machine.procedure),
            "entry_date": row.entry_date or state.entered_on,
            "entry_stage": state.entered_stage,
            "furthest_stage": state.furthest_stage,
            "last_event_on": state.last_event_on,
            "last_verified_on": state.last_verified,
            "court_id": self._court(),
            "prosecution_office_id": self._prosecution_office(),
            "police_id": next(iter(self._acted(InstitutionKind.POLICE)), None),
            "offence_id": self.offences.get(principal.id) if principal else None,
            "exploitation": principal.exploitation if principal else None,
            "trafficking_filed": self._trafficking_filed(),
            "sex": str(row.sex),
            "age_band": str(row.age_band),
            "official": str(row.official),
            "reason_stated_id": stated_id,
            "reason_assessed_id": assessed_id,
            "charges": sum(
                _is_counted(charge, state.positions.get(charge.id))
                for charge in self.inputs.charges
            ),
            "live_charges": sum(
                charge.kind != ChargeKind.ALLEGED and state.positions[charge.id].live
                for charge in self.inputs.charges
                if charge.id in state.positions
            ),
            "unresolved": len(state.unresolved),
            "told": self.told,
        }
        days = Days(self.inputs, state, self.machine.procedure)
        charged = values["charged_on"]
        values |= {
            "inexact": days.of_fact(values),
            "custody_at_charge": custody_at_charge(
                self.inputs, state, plan_for(self.machine), charged, days.charged(charged)
            ),
        }
        return values | {"packed": pack(values)}

    def charge_rows(self) -> Iterator[Values]:
        """Return the facts of the charges."""
        for charge in self.inputs.charges:
            position = self.state.positions.get(charge.id)
            event_id = position.event_id if position else None
            event = self.inputs.events.get(event_id) if event_id is not None else None
            ended = position is not None and position.disposition is not None
            yield self._shared() | {
                "charge_id": charge.id,
                "kind": str(charge.kind),
                "counted": _is_counted(charge, position),
                "offence_id": self.offences.get(charge.id),
                "exploitation": charge.exploitation,
                "stage": position.stage if position else None,
                "live": bool(position and position.live),
                "since": position.since if position else None,
                "disposition": position.disposition if position else None,
                "disposed_on": position.disposed_on if position else None,
                "event_id": event_id,
                "institution_id": event.institution_id if event is not None and ended else None,
                "reason_stated_id": self._reasons_of(event_id, charge.id)[0] if ended else None,
            }

    def _reasons_of(
        self, event_id: int | None, charge_id: int | None
    ) -> tuple[int | None, int | None]:
        if event_id is None:
            return None, None
        targets = self.inputs.targets.get(event_id, [])
        own = [t for t in targets if t.charge_id == charge_id] or targets
        for target in own:
            every = (target.target_id, *self.inputs.also.get(target.target_id, ()))
            stated = next((self.stated[key] for key in every if key in self.stated), None)
            assessed = next((self.assessed[key] for key in every if key in self.assessed), None)
            if stated or assessed:
                return stated, assessed
        return None, None

    def _acted(self, kind: InstitutionKind) -> list[int]:
        """Return the institutions of a kind that acted, the last first."""
        kinds = self.lookups.institution_kinds
        return [
            int(event.institution_id)
            for event in reversed(self.inputs.events_in_order())
            if event.institution_id is not None and kinds[event.institution_id] == kind
        ]

    def _of_first_instance(self, institutions: list[int]) -> int | None:
        """Return the first of these that is of first instance.

        First instance is the headline: a court of appeal, the Supreme Court or a general prosecutor
        that acted later does not take the prosecution over.
        """
        levels = self.lookups.institution_levels
        return next((each for each in institutions if (levels[each] or 1) == 1), None)

    def _prosecution_office(self) -> int | None:
        """Return the office of first instance that acted last, else any that did."""
        offices = self._acted(InstitutionKind.PROSECUTION)
        return self._of_first_instance(offices) or next(iter(offices), None)

    def _court(self) -> int | None:
        """Return the court of first instance that acted last, else the case's, else any court."""
        courts = self._acted(InstitutionKind.COURT)
        case_court: int | None = self.inputs.prosecution.court_id
        return self._of_first_instance(courts) or case_court or next(iter(courts), None)

    def _decided_by(self) -> int | None:
        end = self.state.first_outcome
        event = self.inputs.events.get(end.ended_event or -1) if end else None
        return event.institution_id if event is not None else None

    def _disposition_of(self, event_id: int | None, charge_id: int | None) -> str | None:
        """Return the deciding charge's disposition: named by the event, or fixed by its step."""
        if event_id is None or charge_id is None:
            return None
        for target in self.inputs.targets.get(event_id, ()):
            if target.charge_id == charge_id and target.disposition:
                return str(target.disposition)
        position = self.state.positions.get(charge_id)
        if position is not None and position.event_id == event_id:
            return position.disposition
        step = self.machine.procedure.step(self.inputs.events[event_id].step)
        return step.disposition

    def _principal_charge(self) -> Any:
        """Return the charge at which a multi-charge prosecution counts.

        The highest maximum penalty, then the charge's own rank (statistics, section 1); the
        alleged charge only while no other counts.
        """
        positions = self.state.positions
        counted = [c for c in self.inputs.charges if c.id in positions and positions[c.id].counted]
        candidates = counted or self.inputs.charges

        def severity(charge: Any) -> tuple[bool, int, int, int]:
            offence = self.lookups.offences.get(self.offences.get(charge.id) or -1)
            penalty = offence.penalty_max_months if offence is not None else None
            filed = charge.kind != ChargeKind.ALLEGED
            return filed, penalty or 0, -charge.rank, -charge.id

        return max(candidates, key=severity, default=None)

    def _trafficking_filed(self) -> bool:
        """Say whether a trafficking offence was ever charged; an allegation is no charge."""
        return any(
            self.lookups.offences[charge.offence_id].trafficking
            for charge in self.inputs.charges
            if charge.offence_id is not None
            and charge.kind != ChargeKind.ALLEGED
            and charge.id in self.state.positions
        )
