"""An entry as it should be, tried against the procedure before the first row is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from courtwatch.commands.parsing import Invalid
from courtwatch.commands.steps import NamedCharge, NewCharge, RecordStep, SentenceGiven
from courtwatch.models import (
    Offence,
    ReasonStated,
    Sentence,
)
from courtwatch.models.vocabulary import AccountSource, ChargeKind
from courtwatch.services.correction_plan import CorrectionPlan, PlannedTarget
from courtwatch.services.entry_rows import hanging_on
from courtwatch.services.entry_trial import refuse_change
from courtwatch.services.fact_inputs import ProsecutionInputs
from courtwatch.services.messages import _
from courtwatch.services.standing import Standing, make_standing
from courtwatch.services.step_rules import check_form
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
from workflows.elements import BUILT_IN_STEPS, FIRST_SEEN, Step


class CorrectionAct(CorrectionPlan):
    """One correction of one event: what is there, what shall be, and whether the law allows it."""

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

    def plan(self) -> None:
        """Find what the entry shall do to which charge, and the place it takes. Raises Invalid."""
        self._check_accused()
        self._check_step()
        for key in self.accused:
            self.planned += self.plan_for(key)
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

    def standing_of(self, key: int) -> Standing:
        """Return where a prosecution stands without the entry."""
        return make_standing(without(self.inputs[key], [self.event.id]), self.lookups)
