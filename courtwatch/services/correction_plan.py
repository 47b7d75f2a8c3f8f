"""An entry as it should be: what it says, and what it does to which charge of which accused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select

from courtwatch.commands.corrections import CorrectEvent, date_values
from courtwatch.commands.parsing import Invalid, When
from courtwatch.commands.steps import NamedCharge, NewCharge, RecordStep
from courtwatch.models import (
    Event,
    EventTarget,
    ProsecutionCase,
)
from courtwatch.services.entry_rows import accounts_of, targets_of
from courtwatch.services.event_accounts import held_account
from courtwatch.services.fact_inputs import Lookups, ProsecutionInputs, read_inputs, read_lookups
from courtwatch.services.messages import _
from courtwatch.services.standing import make_standing, movable_charges
from courtwatch.services.step_rules import step_of
from courtwatch.services.what_if import (
    derived,
    without,
)
from courtwatch.services.work import Work
from workflows.elements import BUILT_IN_STEPS, CHECKED_UNCHANGED, FIRST_SEEN, Step, Track
from workflows.machine import ProcedureMachine


@dataclass(frozen=True)
class PlannedTarget:
    """What the entry that will hold does to one charge of one accused.

    `origin`: the target before from which reasons and sentences carry over. `new`: the entry files
    the charge; `filing`: a charge that is not there yet.
    """

    prosecution_id: int
    charge_id: int | None
    disposition: str | None = None
    to_offence_id: int | None = None
    new: bool = False
    origin: EventTarget | None = None
    filing: NewCharge | None = None


@dataclass
class CorrectionPlan:
    """One correction of one event: what is there, and what shall be."""

    work: Work
    event: Event
    command: CorrectEvent
    before: list[EventTarget] = field(init=False)
    planned: list[PlannedTarget] = field(default_factory=list)
    sequence: int = 0

    def __post_init__(self) -> None:
        session = self.work.session
        connection = session.connection()
        self.before = targets_of(session, self.event.id)
        self.lookups: Lookups = read_lookups(connection)
        self.accounts = accounts_of(session, self.event.id)
        self.held = held_account(self.event, self.accounts)
        self.members = self._members()
        self.inputs: dict[int, ProsecutionInputs] = read_inputs(connection, self.members)
        self.was = [key for key in self._accused_before() if key in self.inputs]
        if not self.was:
            raise Invalid({"": _("This entry is about no prosecution of this case any more")})
        self.states = {key: derived(self.inputs[key], self.lookups) for key in self.inputs}
        prosecution = self.inputs[self.was[0]].prosecution
        self.machine: ProcedureMachine = self.lookups.machines[prosecution.procedure_version_id]
        self.row = self.inputs[self.was[0]].events[self.event.id]

    def _accused_before(self) -> list[int]:
        return list(dict.fromkeys(target.prosecution_id for target in self.before))

    def _members(self) -> list[int]:
        found = self.work.session.scalars(
            select(ProsecutionCase.prosecution_id)
            .where(ProsecutionCase.case_id == self.event.case_id, ProsecutionCase.rev_to.is_(None))
            .order_by(ProsecutionCase.prosecution_id)
        )
        return list(dict.fromkeys([*found, *self._accused_before()]))

    @property
    def entry(self) -> RecordStep:
        """Return the entry as it should be."""
        assert self.command.entry is not None
        return self.command.entry

    @property
    def accused(self) -> list[int]:
        """Return the prosecutions that it should be about."""
        return list(self.command.accused)

    @property
    def touched(self) -> list[int]:
        """Return every prosecution whose history changes."""
        return list(dict.fromkeys([*self.was, *self.accused]))

    @property
    def occurred(self) -> When:
        """Return the day as it should be; one that was not touched keeps its exact span."""
        event, entry = self.event, self.entry
        stored = When(event.occurred_from, event.occurred_to, event.precision)
        same = date_values("d", stored) == date_values("d", entry.occurred)
        return stored if same else entry.occurred

    @property
    def time(self) -> str | None:
        """Return the hour as it should be; a step that asks for none keeps what is there."""
        event, hour = self.event, self.entry.hour
        step = self.step
        if step is None or "hour" not in (*step.requires, *step.optional):
            return event.time
        if hour is None:
            return None
        if event.time and event.time.startswith(f"{hour:02d}"):
            return event.time
        return f"{hour:02d}:00"

    @property
    def step(self) -> Step | None:
        """Return the step as it should be; None for one that every procedure has."""
        name = self.entry.step
        return None if name in BUILT_IN_STEPS else step_of(self.machine, name)

    @property
    def entry_stage(self) -> str | None:
        """Return the stage of a first sight as it should be."""
        if self.entry.step != FIRST_SEEN:
            return None
        return self.command.entry_stage or self.event.entry_stage

    # What it does to which charge

    def plan_for(self, key: int) -> list[PlannedTarget]:
        """Return what the entry shall do to the charges of one accused."""
        step = self.step
        if self.entry.step == CHECKED_UNCHANGED or (step and step.track is Track.CUSTODY):
            return [PlannedTarget(key, None)]
        own = {charge.id: charge for charge in self.inputs[key].charges}
        filed = self._filed_for(key)
        taken = {target.charge_id for target in filed}
        named = [n for n in self.entry.charges if n.charge in own and n.charge not in taken]
        plans = [self._named(key, n) for n in named]
        plans += filed
        if step is not None and step.files_charges and key == self.accused[0]:
            plans += [
                PlannedTarget(key, None, new=True, filing=new) for new in self.entry.new_charges
            ]
        return plans or self._unnamed(key)

    def _named(self, key: int, named: NamedCharge) -> PlannedTarget:
        step = self.step
        disposition = named.disposition
        if step is None or not step.dispositions:
            disposition = None
        origin = self._origin(key, named.charge, disposition)
        to_offence = named.to_offence
        if to_offence is None and origin is not None and origin.charge_id == named.charge:
            to_offence = origin.to_offence_id
        return PlannedTarget(key, named.charge, disposition, to_offence, origin=origin)

    def _filed_for(self, key: int) -> list[PlannedTarget]:
        """Return the charges that the entry filed, of this accused or coming over to them."""
        step = self.step
        if step is None or not step.files_charges:
            return []
        left = [one for one in self.was if one not in self.accused]
        came = [one for one in self.accused if one not in self.was]
        found = []
        for target in self.before:
            stays = target.prosecution_id == key
            moves = target.prosecution_id in left and came and key == came[0]
            if target.new and (stays or moves):
                found.append(
                    PlannedTarget(
                        key, target.charge_id, target.disposition, new=True, origin=target
                    )
                )
        return found

    def _unnamed(self, key: int) -> list[PlannedTarget]:
        """Return what it does where no charge is named: as before, or as it did to others."""
        step = self.step
        before = [t for t in self.before if t.prosecution_id == key]
        if before and all(target.charge_id is None for target in before):
            return [PlannedTarget(key, None, origin=before[0])]
        choices = step.dispositions if step is not None else ()
        said = {t.disposition for t in self.before if t.disposition in choices}
        disposition = said.pop() if len(said) == 1 else None
        if step is None or (choices and disposition is None):
            return [PlannedTarget(key, None, origin=self._origin(key, None, None))]
        inputs = without(self.inputs[key], [self.event.id])
        ids = movable_charges(make_standing(inputs, self.lookups), step)
        if not ids:
            return [PlannedTarget(key, None, origin=self._origin(key, None, None))]
        return [
            PlannedTarget(key, one, disposition, origin=self._origin(key, one, disposition))
            for one in ids
        ]

    def _origin(
        self, key: int, charge_id: int | None, disposition: str | None
    ) -> EventTarget | None:
        """Return the target from which reasons and sentences carry over to a charge.

        Its own; for an accused who takes another's place that of the charge which ended alike.
        """
        own = [t for t in self.before if t.prosecution_id == key]
        for target in own:
            if target.charge_id == charge_id or target.charge_id is None:
                return target
        gone = [t for t in self.before if t.prosecution_id not in self.accused]
        if own or not gone:
            return None
        alike = [t for t in gone if disposition is None or t.disposition == disposition]
        return (alike or gone)[0]

    def restated_source(self) -> bool:
        """Say whether the form names another source than the entry rests on."""
        held, entry = self.held, self.entry
        return held is not None and (
            (held.source, held.reliability) != (entry.source, entry.reliability)
        )

    def changed_offences(self) -> dict[int, int]:
        """Return the charges that the entry filed with the wrong offence: charge to offence."""
        charges = {c.id: c for inputs in self.inputs.values() for c in inputs.charges}
        kept = {plan.charge_id for plan in self.planned if plan.new}
        return {
            key: offence
            for key, offence in self.command.filed.items()
            if key in kept and key in charges and charges[key].offence_id != offence
        }

    def leaving(self) -> list[int]:
        """Return the charges that the entry filed and, as it should be, does not file."""
        kept = {plan.charge_id for plan in self.planned if plan.new}
        filed = [t.charge_id for t in self.before if t.new and t.charge_id is not None]
        return [key for key in filed if key not in kept]

    def moving(self) -> Mapping[int, int]:
        """Return the filed charges that go to another accused: charge to prosecution."""
        owner = {c.id: key for key, inputs in self.inputs.items() for c in inputs.charges}
        return {
            plan.charge_id: plan.prosecution_id
            for plan in self.planned
            if plan.new
            and plan.charge_id is not None
            and owner.get(plan.charge_id) != plan.prosecution_id
        }

