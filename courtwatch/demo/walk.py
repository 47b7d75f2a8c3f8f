"""Walk one case through the procedure: every step is asked of the procedure's own table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from courtwatch.demo import behaviour
from courtwatch.demo.behaviour import CHOICES, Choice, Rate
from courtwatch.demo.charges import Bench
from courtwatch.demo.drafts import CaseDraft, EventDraft, TargetDraft
from courtwatch.models.vocabulary import ChargeKind
from workflows.elements import FIRST_SEEN, START, Step
from workflows.guards import refusal
from workflows.machine import ProcedureMachine

MOST_STEPS = 40
DETENTION_REVIEW = timedelta(days=180)


@dataclass
class Group:
    """Accused who move together, where they stand, and since when."""

    members: tuple[int, ...]
    stage: str
    day: date
    taken: frozenset[str] = frozenset()


class Walk:
    """The walk of one case until `until`; fills `case.events`.

    `entry`: the stage at which the case is met first, or None when it is followed from its
    beginning. What came before is then not recorded.
    """

    def __init__(
        self,
        rng: Random,
        machine: ProcedureMachine,
        case: CaseDraft,
        until: date,
        bench: Bench,
        entry: str | None,
    ) -> None:
        self.rng = rng
        self.machine = machine
        self.procedure = machine.procedure
        self.case = case
        self.until = until
        self.bench = bench
        self.entry = entry
        self.sequences: dict[date, int] = {}
        self.pending: list[Group] = []
        """Groups that were still under way, or at rest, when the walk ended."""

    def run(self) -> None:
        """Walk all accused of the case."""
        everyone = tuple(range(len(self.case.accused)))
        waiting = [Group(everyone, START, self.case.opened)]
        steps = 0
        while waiting and steps < MOST_STEPS * len(everyone):
            group = waiting.pop()
            steps += 1
            if self._splits(group):
                apart = self.rng.choice(group.members)
                rest = tuple(key for key in group.members if key != apart)
                waiting.append(Group((apart,), group.stage, group.day, group.taken))
                group = Group(rest, group.stage, group.day, group.taken)
            following = self._advance(group)
            if following is None:
                self.pending.append(group)
            else:
                waiting.append(following)
        self.pending += waiting

    def _splits(self, group: Group) -> bool:
        together = len(group.members) > 1 and self.entry is None and group.stage != START
        return together and self.rng.random() < behaviour.APART

    def _advance(self, group: Group) -> Group | None:
        """Take the next step of a group; None when nothing more happens until the last day."""
        choice = self._choose(group)
        if choice is None or choice.step is None:
            return None
        day = group.day + timedelta(days=self._days(choice.days))
        if day > self.until:
            return None
        step = self.procedure.step(choice.step)
        target = self.machine.table[group.stage, step.name]
        self._extend_detention(group, day)
        self._carry_out(group, step, target, day)
        self._custody(group, step.name, day)
        taken = group.taken | {step.name} if choice.once else group.taken
        following = Group(group.members, target, day, taken)
        if target == self.entry:
            self._enter(following)
        return following

    def _choose(self, group: Group) -> Choice | None:
        choices = [
            choice
            for choice in CHOICES.get(group.stage, ())
            if choice.step is None or self._legal(choice, group)
        ]
        if not choices:
            return None
        weights = [choice.weight * self._rate(choice) for choice in choices]
        lot = self.rng.random() * sum(weights)
        for choice, weight in zip(choices, weights, strict=True):
            lot -= weight
            if lot < 0:
                return choice
        return choices[-1]

    def _legal(self, choice: Choice, group: Group) -> bool:
        assert choice.step is not None
        if (choice.once and choice.step in group.taken) or (
            (group.stage, choice.step) not in self.machine.table
        ):
            return False
        guards = self.procedure.step(choice.step).guards
        if not guards:
            return True
        return all(refusal(guards, self._facts(key, group)) is None for key in group.members)

    def _facts(self, key: int, group: Group) -> dict[str, object]:
        accused = self.case.accused[key]
        filed = sum(charge.kind is not ChargeKind.ALLEGED for charge in accused.charges)
        return accused.facts() | {"stage": group.stage, "filed_charges": filed}

    def _rate(self, choice: Choice) -> float:
        if choice.rate is None:
            return 1.0
        province = self.case.seat.province
        if choice.rate is Rate.HOLD:
            return province.hold
        if choice.rate is Rate.NON_SUIT:
            return province.non_suit
        return province.dismissal

    def _days(self, median: float) -> int:
        if median <= 0:
            return 0
        return round(median * math.exp(self.rng.gauss(0.0, behaviour.SPREAD)))

    # -- what a step does to the charges

    def _carry_out(self, group: Group, step: Step, target: str, day: date) -> None:
        if step.files_charges and self._must_file(step, group):
            targets = self._file(group, step, target)
            self._record(step, day, targets, group.stage)
            return
        self._partial_end(group, step, day)
        targets = []
        for key in group.members:
            accused = self.case.accused[key]
            for index in accused.live_charges():
                charge = accused.charges[index]
                if (charge.stage, step.name) not in self.machine.table:
                    continue
                drafted = TargetDraft(key, index)
                self.bench.decide(step, charge, drafted)
                targets.append(drafted)
                charge.stage = self.machine.table[charge.stage, step.name]
        self.bench.give_reasons(self.case, targets)
        self._record(step, day, targets, group.stage)

    def _must_file(self, step: Step, group: Group) -> bool:
        if "new_charges" in step.requires:
            return True
        filed = any(len(self.case.accused[key].charges) > 1 for key in group.members)
        if step.name == "charge":
            return not filed
        return not filed and self.rng.random() < behaviour.FILES_AT_SUBMISSION

    def _file(self, group: Group, step: Step, target: str) -> list[TargetDraft]:
        targets = []
        for key in group.members:
            accused = self.case.accused[key]
            further = step.name == "submit_more_charges"
            stage = accused.charges[accused.live_charges()[0]].stage if further else target
            for charge in self.bench.new_charges(accused, stage, further):
                accused.charges.append(charge)
                targets.append(TargetDraft(key, len(accused.charges) - 1, new=True))
            accused.charges[0].live = False
        return targets

    def _partial_end(self, group: Group, step: Step, day: date) -> None:
        """End the lesser of several charges in another way, on the same day."""
        other, chance = {"indict": ("order_non_suit", 0.14), "convict": ("acquit", 0.22)}.get(
            step.name, ("", 0.0)
        )
        if not other or self.rng.random() >= chance:
            return
        targets = []
        for key in group.members:
            accused = self.case.accused[key]
            live = accused.live_charges()
            if len(live) < 2:
                continue
            charge = accused.charges[live[-1]]
            to = self.machine.table.get((charge.stage, other))
            if to is None:
                continue
            drafted = TargetDraft(key, live[-1])
            self.bench.decide(self.procedure.step(other), charge, drafted)
            charge.stage, charge.live = to, False
            targets.append(drafted)
        if targets:
            self.bench.give_reasons(self.case, targets)
            self._record(self.procedure.step(other), day, targets, group.stage)

    def _record(
        self,
        step: Step,
        day: date,
        targets: Sequence[TargetDraft],
        stage: str,
        hour: int | None = None,
    ) -> None:
        if not targets:
            return
        self.case.events.append(
            EventDraft(
                step=step.name,
                day=day,
                sequence=self._next_sequence(day),
                targets=list(targets),
                institution=self.bench.institution(self.case, step, stage),
                hour=hour,
                mode=self.bench.mode(step),
            )
        )

    def _next_sequence(self, day: date) -> int:
        number = self.sequences.get(day, 0)
        self.sequences[day] = number + 1
        return number

    # -- custody, held per accused

    def _custody(self, group: Group, after: str, day: date) -> None:
        main = self.procedure.step(after)
        by_step: dict[str, list[TargetDraft]] = {}
        for key in group.members:
            accused = self.case.accused[key]
            if main.sets_custody is not None:
                # Whoever is held by another act, or by none, has no detention to be extended.
                accused.custody, accused.detained_until = main.sets_custody, None
            for name, chance in behaviour.CUSTODY_AFTER.get(after, ()):
                if self.rng.random() < chance and self._move_custody(key, name, day):
                    by_step.setdefault(name, []).append(TargetDraft(key, None))
                    break
        for name, targets in by_step.items():
            hour = self.rng.randrange(24) if "custody" in name else None
            self._record(self.procedure.step(name), day, targets, group.stage, hour)

    def _move_custody(self, key: int, name: str, day: date) -> bool:
        accused = self.case.accused[key]
        to = self.machine.custody_table.get((accused.custody, name))
        guards = self.procedure.step(name).guards
        if to is None or refusal(guards, accused.facts()) is not None:
            return False
        accused.custody = to
        accused.detained_until = day + DETENTION_REVIEW if to == "detained" else None
        return True

    def _extend_detention(self, group: Group, before: date) -> None:
        for key in group.members:
            accused = self.case.accused[key]
            while accused.detained_until is not None and accused.detained_until < before:
                day = accused.detained_until
                name = "extend_detention" if self.rng.random() < 0.8 else "release"
                if group.stage not in ("charged", "investigation_closed", "investigation"):
                    accused.detained_until = None
                    break
                self._move_custody(key, name, day)
                self._record(self.procedure.step(name), day, [TargetDraft(key, None)], group.stage)

    # -- a case that is met late

    def _enter(self, group: Group) -> None:
        """Forget what came before: the case is met here."""
        self.entry = None
        day = group.day
        self.case.events.clear()
        self.sequences.clear()
        targets = []
        for key in group.members:
            accused = self.case.accused[key]
            accused.custody, accused.detained_until = "unknown", None
            accused.charges = [
                charge for charge in accused.charges
                if charge.live or charge.kind is ChargeKind.ALLEGED
            ]  # fmt: skip
            targets += [TargetDraft(key, index) for index in accused.live_charges()]
        self.case.entry_day = day
        self.case.events.append(
            EventDraft(FIRST_SEEN, day, self._next_sequence(day), targets, entry_stage=group.stage)
        )
