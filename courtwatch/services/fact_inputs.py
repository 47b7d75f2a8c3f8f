"""Read what the facts of some prosecutions are derived from, with a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, or_, select

from courtwatch.models import (
    Case,
    Charge,
    Event,
    EventAccount,
    EventTarget,
    Institution,
    Jurisdiction,
    Offence,
    Person,
    ProcedureVersion,
    Prosecution,
    ProsecutionCase,
    Reason,
    ReasonAssessed,
    ReasonStated,
)
from courtwatch.models.facts import holds_at
from courtwatch.models.history import states_at
from courtwatch.models.told import told_bits
from courtwatch.models.vocabulary import AgeBand, EventStatus, InstitutionKind
from courtwatch.services import merged_inputs
from workflows.elements import MOVED_TO_VERSION
from workflows.history import ChargeIn, EventIn, TargetIn
from workflows.machine import ProcedureMachine, machine_for
from workflows.procedure import loads

FactRow = Any
"""A row of a query whose columns are named in this module."""

CHUNK = 800  # below SQLite's limit of bound parameters on old builds


_AGE_BANDS = {
    AgeBand.UNDER_14: "under_14",
    AgeBand.FROM_14: "14_15",
    AgeBand.FROM_16: "16_17",
    AgeBand.FROM_18: "adult",
    AgeBand.FROM_25: "adult",
    AgeBand.FROM_35: "adult",
    AgeBand.FROM_50: "adult",
}


@dataclass
class ProsecutionInputs:
    """Everything one prosecution's facts depend on.

    `also`: targets of entries that were paired with the entry of a target, by that target. What
    another record says of the same act, such as its reasons, is asked there.
    """

    prosecution: FactRow
    charges: list[FactRow] = field(default_factory=list)
    events: dict[int, FactRow] = field(default_factory=dict)
    targets: dict[int, list[FactRow]] = field(default_factory=lambda: defaultdict(list))
    also: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def guard_facts(self, offences: Mapping[int, FactRow]) -> dict[str, object]:
        """Return what the guards of a procedure may ask about this accused."""
        classes = {
            offences[c.offence_id].offence_class for c in self.charges if c.offence_id in offences
        }
        facts: dict[str, object] = {}
        band = _AGE_BANDS.get(self.prosecution.age_band)
        if band is not None:
            facts["age_band"] = band
        for offence_class in ("felony", "misdemeanour", "petty"):
            if offence_class in classes:
                facts["offence_class"] = offence_class
                break
        return facts

    def events_in_order(self) -> list[FactRow]:
        """Return the events by earliest possible day, sequence and entry; undated ones last."""
        return sorted(
            self.events.values(),
            key=lambda e: (e.occurred_from or date.max, e.sequence, e.id),
        )

    def charges_in(self) -> list[ChargeIn]:
        """Return the charges as the engine takes them."""
        return [
            ChargeIn(id=c.id, kind=c.kind, parent=c.parent_id, rank=c.rank) for c in self.charges
        ]

    def events_in(self) -> list[EventIn]:
        """Return the events as the engine takes them, with this prosecution's targets only."""
        return [
            EventIn(
                id=event.id,
                step=event.step,
                day_from=event.occurred_from,
                day_to=event.occurred_to,
                sequence=event.sequence,
                targets=tuple(
                    TargetIn(t.charge_id, t.disposition, t.new)
                    for t in self.targets[event.id]
                    if t.charge_id is not None
                ),
                entry_stage=event.entry_stage,
                hour=int(event.time[:2]) if event.time else None,
            )
            for event in self.events.values()
        ]


@dataclass
class Lookups:
    """Small tables that every derivation needs, read once."""

    offences: dict[int, FactRow]
    institution_kinds: dict[int, InstitutionKind]
    institution_levels: dict[int, int | None]
    machines: dict[int, ProcedureMachine]
    reasons: dict[int, FactRow]
    zones: dict[int, ZoneInfo]


def read_lookups(connection: Connection) -> Lookups:
    """Read offences, kinds of institutions, procedures, reasons and time zones."""
    offences = connection.execute(
        select(Offence.id, Offence.trafficking, Offence.penalty_max_months, Offence.offence_class)
    )
    institutions = connection.execute(
        select(Institution.id, Institution.kind, Institution.level)
    ).all()
    procedures = connection.execute(select(ProcedureVersion))
    zones = connection.execute(select(Jurisdiction.id, Jurisdiction.time_zone))
    reasons = connection.execute(select(Reason.id, Reason.restricted, Reason.group_code))
    return Lookups(
        offences={row.id: row for row in offences},
        institution_kinds={row.id: row.kind for row in institutions},
        institution_levels={row.id: row.level for row in institutions},
        machines={
            row.id: machine_for(loads(row.text, f"{row.name} {row.version}")) for row in procedures
        },
        reasons={row.id: row for row in reasons},
        zones={row.id: ZoneInfo(row.time_zone) for row in zones},
    )


def read_inputs(
    connection: Connection, ids: Sequence[int], revision: int | None = None, apart: bool = False
) -> dict[int, ProsecutionInputs]:
    """Read the inputs of the prosecutions `ids`; merged ones are left out.

    What was merged into one of them is read with it (`services.merged_inputs`). `revision`: as
    they read at that past revision; None is the present. `apart`: as if nothing were merged.
    """
    found: dict[int, ProsecutionInputs] = {}
    for start in range(0, len(ids), CHUNK):
        found |= _read_chunk(connection, ids[start : start + CHUNK], revision, apart)
    return found


def _prosecutions(ids: Sequence[int], revision: int | None) -> FactRow:
    prosecution, case, person = (
        states_at(model, revision).c for model in (Prosecution, Case, Person)
    )
    return (
        select(
            prosecution.id,
            prosecution.registered_on,
            prosecution.registered_to,
            prosecution.entry_date,
            prosecution.merged_into_id,
            case.id.label("case_id"),
            case.merged_into_id.label("case_merged_into_id"),
            case.jurisdiction_id,
            case.procedure_version_id,
            case.owner_id,
            case.share_level,
            case.court_id,
            person.sex,
            person.age_band,
            person.official,
        )
        .join_from(
            prosecution.id.table,
            ProsecutionCase,
            ProsecutionCase.prosecution_id == prosecution.id,
        )
        .join(case.id.table, case.id == ProsecutionCase.case_id)
        .join(person.id.table, person.id == prosecution.person_id)
        .where(
            prosecution.id.in_(ids),
            holds_at(ProsecutionCase, revision),
        )
    )


def _read_chunk(
    connection: Connection, ids: Sequence[int], revision: int | None, apart: bool
) -> dict[int, ProsecutionInputs]:
    merges = None if apart else merged_inputs.merges_of(connection, ids, revision)
    into = merges.into if merges else {}
    every = list(dict.fromkeys((*ids, *into)))
    found: dict[int, ProsecutionInputs] = {}
    for row in connection.execute(_prosecutions(every, revision)):
        if row.id in into and merges is not None:
            merges.rows[into[row.id]].append(row)
        elif apart or row.merged_into_id is None:
            found[row.id] = ProsecutionInputs(row)
    if not apart:
        merged_inputs.in_their_case(connection, found, revision)
    charge = states_at(Charge, revision).c
    charges = select(
        charge.id,
        charge.prosecution_id,
        charge.kind,
        charge.offence_id,
        charge.exploitation,
        charge.parent_id,
        charge.rank,
    ).where(charge.prosecution_id.in_(every), charge.voided.is_(False))
    for row in connection.execute(charges.order_by(charge.id)):
        key = into.get(row.prosecution_id, row.prosecution_id)
        if key in found:
            found[key].charges.append(row)
    _read_events(connection, every, into, found, revision)
    if merges is not None and into:
        merged_inputs.pool(connection, merges, found, revision)
    return found


def _read_events(
    connection: Connection,
    ids: Sequence[int],
    into: Mapping[int, int],
    found: dict[int, ProsecutionInputs],
    revision: int | None,
) -> None:
    # An event that holds was recorded; one taken back is closed, and held until then.
    query = (
        select(
            EventTarget.id.label("target_id"),
            EventTarget.prosecution_id,
            EventTarget.charge_id,
            EventTarget.disposition,
            EventTarget.to_offence_id,
            EventTarget.new,
            Event.id,
            Event.step,
            Event.institution_id,
            Event.occurred_from,
            Event.occurred_to,
            Event.precision,
            Event.time,
            Event.sequence,
            Event.entry_stage,
            Event.chosen_account_id,
        )
        .join(Event, Event.id == EventTarget.event_id)
        .where(
            EventTarget.prosecution_id.in_(ids),
            Event.step != MOVED_TO_VERSION,  # says under which law, and nothing of the charges
            holds_at(Event, revision),
            or_(Event.status == EventStatus.RECORDED, Event.rev_to.is_not(None)),
        )
        .order_by(Event.id, EventTarget.id)
    )
    for row in connection.execute(query):
        inputs = found.get(into.get(row.prosecution_id, row.prosecution_id))
        if inputs is not None:
            inputs.events[row.id] = row
            inputs.targets[row.id].append(row)


def read_reasons(
    connection: Connection, owners: Mapping[int, int]
) -> tuple[dict[int, int], dict[int, int]]:
    """Return the primary stated and the first assessed reason of each target that has one.

    `owners`: target -> the organisation that owns its case. What another organisation's monitors
    conclude is theirs: only the owner's own assessment becomes a fact of the case.
    """
    stated: dict[int, int] = {}
    assessed: dict[int, int] = {}
    target_ids = list(owners)
    for start in range(0, len(target_ids), CHUNK):
        chunk = target_ids[start : start + CHUNK]
        for row in connection.execute(
            select(ReasonStated.target_id, ReasonStated.reason_id)
            .where(ReasonStated.target_id.in_(chunk), ReasonStated.rev_to.is_(None))
            .order_by(ReasonStated.primary.desc(), ReasonStated.id)
        ):
            stated.setdefault(row.target_id, row.reason_id)
        for own in connection.execute(
            select(
                ReasonAssessed.target_id,
                ReasonAssessed.reason_id,
                ReasonAssessed.organisation_id,
            )
            .where(ReasonAssessed.target_id.in_(chunk), ReasonAssessed.rev_to.is_(None))
            .order_by(ReasonAssessed.id)
        ):
            if own.organisation_id == owners[own.target_id]:
                assessed.setdefault(own.target_id, own.reason_id)
    return stated, assessed


def read_told(connection: Connection, events: Collection[int]) -> dict[int, int]:
    """Return who told of each event that anybody told of, as `models.told` writes it."""
    found: dict[int, int] = defaultdict(int)
    keys = sorted(events)
    for start in range(0, len(keys), CHUNK):
        query = select(EventAccount.event_id, EventAccount.source, EventAccount.reliability).where(
            EventAccount.event_id.in_(keys[start : start + CHUNK]), EventAccount.rev_to.is_(None)
        )
        for event_id, source, reliability in connection.execute(query):
            found[event_id] |= told_bits(source, reliability)
    return found
