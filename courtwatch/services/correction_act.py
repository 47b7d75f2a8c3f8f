"""An entry as it should be, tried against the procedure before the first row is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from courtwatch.commands.corrections import CorrectEvent, date_values
from courtwatch.commands.parsing import Invalid, When
from courtwatch.commands.steps import NamedCharge, NewCharge, RecordStep, SentenceGiven
from courtwatch.models import (
    Event,
    EventTarget,
    Offence,
    ProsecutionCase,
    ReasonStated,
    Sentence,
)
from courtwatch.models.vocabulary import AccountSource, ChargeKind
from courtwatch.services.entry_rows import accounts_of, hanging_on, targets_of
from courtwatch.services.entry_trial import refuse_change
from courtwatch.services.event_accounts import held_account
from courtwatch.services.fact_inputs import Lookups, ProsecutionInputs, read_inputs, read_lookups
from courtwatch.services.messages import _
from courtwatch.services.standing import Standing, make_standing, movable_charges
from courtwatch.services.step_rules import check_form, step_of
from courtwatch.services.what_if import (
    TRIED,
    TriedTarget,
    derived,
    like,
    lost,
    places_in_day,
    refuse_lost,
    with_charges,
    with_event,
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
class CorrectionAct:
    """One correction of one event: what is there, what shall be, and whether the law allows it."""

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

    # Taking back

    def check_taking_back(self) -> None:
        """Refuse to take back what other entries rest on. Raises Invalid naming them."""
        filed = {target.charge_id for target in self.before if target.new}
        for key in self.was:
            inputs = self.inputs[key]
            left = [charge for charge in inputs.charges if charge.id not in filed]
            after = derived(with_charges(without(inputs, [self.event.id]), left), self.lookups)
            gone = lost(self.states[key], after, [self.event.id])
            if gone:
                raise refuse_lost(self.machine, gone, inputs.events)

    # Putting right

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

    def plan(self) -> None:
        """Find what the entry shall do to which charge, and the place it takes. Raises Invalid."""
        self._check_accused()
        self._check_step()
        for key in self.accused:
            self.planned += self._plan_for(key)
        self._check_changed()
        self._check_form()
        self._check_law()

    def _check_accused(self) -> None:
        if not self.accused:
            raise Invalid({"accused": _("Choose which accused the entry is about")})
        if not set(self.accused) <= self.inputs.keys():
            raise Invalid({"accused": _("Choose an accused of this case")})

    def _check_step(self) -> None:
        built_in = self.event.step in BUILT_IN_STEPS
        if built_in != (self.entry.step in BUILT_IN_STEPS):
            raise Invalid({"step": _("Take this entry back and record the other step instead")})
        live = {stage.name for stage in self.machine.procedure.stages if stage.live}
        if self.entry.step == FIRST_SEEN and self.entry_stage not in live:
            raise Invalid({"entry_stage": _("Choose the stage at which you meet the case")})

    # What it does to which charge

    def _plan_for(self, key: int) -> list[PlannedTarget]:
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

    # Checks

    def _check_changed(self) -> None:
        event, entry = self.event, self.entry
        said = [
            (p.prosecution_id, p.charge_id, p.disposition, p.to_offence_id) for p in self.planned
        ]
        was = [(t.prosecution_id, t.charge_id, t.disposition, t.to_offence_id) for t in self.before]
        occurred = self.occurred
        same = (
            sorted(said, key=str) == sorted(was, key=str)
            and (occurred.first, occurred.last) == (event.occurred_from, event.occurred_to)
            and occurred.precision == event.precision
            and (entry.step, entry.institution) == (event.step, event.institution_id)
            and (entry.mode or None) == event.mode
            and self.time == event.time
            and self.entry_stage == event.entry_stage
            and not self.changed_offences()
            and not (entry.reason_stated or entry.reason_assessed or entry.sentence)
            and not self.restated_source()
        )
        if same:
            raise Invalid(
                {
                    "": _(
                        "Nothing differs from the entry as it is. Change what was wrong, or choose "
                        "that it should not be there."
                    )
                }
            )

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

    def _check_form(self) -> None:
        step = self.step
        if step is None:
            return
        errors: dict[str, Any] = {}
        for key in self.accused:
            standing = make_standing(without(self.inputs[key], [self.event.id]), self.lookups)
            try:
                check_form(self.work, standing, step, self._asked(key, step))
            except Invalid as problem:
                errors.update(problem.errors)
        jurisdiction_id = self.inputs[self.was[0]].prosecution.jurisdiction_id
        for charge_id, offence_id in self.changed_offences().items():
            offence = self.work.session.get(Offence, offence_id)
            if offence is None or offence.jurisdiction_id != jurisdiction_id:
                errors[f"filed-{charge_id}"] = _("Choose an offence from the list")
        if errors:
            raise Invalid(errors)

    def _asked(self, key: int, step: Step) -> RecordStep:
        """Return the entry as the rules of a step look at it, what carries over included."""
        plans = [p for p in self.planned if p.prosecution_id == key]
        origins = [p.origin.id for p in plans if p.origin is not None]
        session = self.work.session
        stated = [row.reason_id for row in hanging_on(session, ReasonStated, origins)]
        sentences = hanging_on(session, Sentence, origins)
        sentence = self.entry.sentence
        if sentence is None and sentences:
            sentence = SentenceGiven(kind=sentences[0].kind)
        same_place = (step.name, self.entry.institution) == (
            self.event.step,
            self.event.institution_id,
        )
        filing = [p.filing or NewCharge(offence=self._offence_of(p)) for p in plans if p.new]
        return RecordStep(
            step=step.name,
            institution=None if same_place else self.entry.institution,
            mode=self.entry.mode,
            charges=tuple(
                NamedCharge(
                    charge=p.charge_id, disposition=p.disposition, to_offence=p.to_offence_id
                )
                for p in plans
                if p.charge_id is not None and not p.new
            ),
            new_charges=tuple(new for new in filing if new.offence),
            reason_stated=self.entry.reason_stated or tuple(dict.fromkeys(stated)),
            reason_assessed=self.entry.reason_assessed,
            sentence=sentence,
            source=AccountSource.TOLD,
        )

    def _offence_of(self, plan: PlannedTarget) -> int:
        for inputs in self.inputs.values():
            for charge in inputs.charges:
                if charge.id == plan.charge_id:
                    return self.command.filed.get(charge.id) or charge.offence_id or 0
        return 0

    # The law

    def _check_law(self) -> None:
        """Find the first place within the day at which every history stays legal."""
        occurred = self.occurred
        cleaned = [without(self.inputs[key], [self.event.id]) for key in self.touched]
        places = places_in_day(cleaned, occurred)
        if occurred.first == self.event.occurred_from:
            places = list(dict.fromkeys([self.event.sequence, *places]))
        first: Invalid | None = None
        for place in places:
            try:
                self._try(place)
            except Invalid as problem:
                first = first or problem
                continue
            self.sequence = place
            return
        assert first is not None
        raise first

    def _try(self, place: int) -> None:
        for key in self.touched:
            refuse_change(self.inputs[key], self.after(key, place), self.event.id, self.lookups)

    def after(self, key: int, place: int) -> ProsecutionInputs:
        """Return what one prosecution's history would be derived from."""
        inputs = without(self.inputs[key], [self.event.id])
        mine = [plan for plan in self.planned if plan.prosecution_id == key]
        charges, targets = self._charges_after(key, mine)
        inputs = with_charges(inputs, charges)
        if not mine:
            return inputs
        occurred = self.occurred
        row = like(
            self.row,
            id=TRIED,
            step=self.entry.step,
            institution_id=self.entry.institution,
            occurred_from=occurred.first,
            occurred_to=occurred.last,
            time=self.time,
            sequence=place,
            entry_stage=self.entry_stage,
        )
        return with_event(inputs, row, targets)

    def _charges_after(
        self, key: int, mine: Sequence[PlannedTarget]
    ) -> tuple[list[Any], list[TriedTarget]]:
        filed = {target.charge_id for target in self.before if target.new}
        kept = {plan.charge_id for plan in mine if plan.new}
        offences = self.changed_offences()
        everybody = {c.id: c for inputs in self.inputs.values() for c in inputs.charges}
        charges = [c for c in self.inputs[key].charges if c.id not in filed or c.id in kept]
        own = {charge.id for charge in charges}
        alleged = self.alleged_of(key)
        charges += [
            like(everybody[one], prosecution_id=key, parent_id=alleged, kind=ChargeKind.FILED)
            for one in sorted(k for k in kept - own if k is not None)
        ]
        charges = [like(c, offence_id=offences[c.id]) if c.id in offences else c for c in charges]
        targets = []
        for number, plan in enumerate(mine):
            charge_id = plan.charge_id
            if plan.filing is not None:
                charge_id = -1 - number
                charges.append(
                    like(
                        next(iter(everybody.values())),
                        id=charge_id,
                        prosecution_id=key,
                        kind=ChargeKind.FILED,
                        offence_id=plan.filing.offence,
                        parent_id=alleged,
                    )
                )
            targets.append(TriedTarget(charge_id, plan.disposition, plan.to_offence_id, plan.new))
        return charges, targets

    def alleged_of(self, key: int) -> int | None:
        """Return the alleged charge of a prosecution: the parent of what is filed."""
        charges: Iterable[Any] = self.inputs[key].charges
        return next((int(c.id) for c in charges if c.kind == ChargeKind.ALLEGED), None)

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

    def standing_of(self, key: int) -> Standing:
        """Return where a prosecution stands without the entry."""
        return make_standing(without(self.inputs[key], [self.event.id]), self.lookups)
