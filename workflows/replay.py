"""The engine under `workflows.history.derive`: events of one prosecution, replayed in order.

Speed matters here (an import derives a hundred thousand events at once), so the replay reads the
flattened plan, and reasons for a refusal become sentences only when a person asks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

from workflows.elements import CHECKED_UNCHANGED, FIRST_SEEN, START, Text
from workflows.guards import Facts, refusal
from workflows.plan import FULLY, Applied, Move, Plan, Refusal, StepPlan
from workflows.state import ALLEGED, AMENDED, REQUALIFIED, ChargeIn, EventIn, FirstOutcome


class Replay:
    """The positions of one prosecution while its events are applied."""

    def __init__(
        self,
        plan: Plan,
        charges: Mapping[int, ChargeIn],
        announced: frozenset[int] | set[int],
        facts: Facts | None,
    ) -> None:
        self.plan = plan
        self.charges = charges
        self.announced = announced
        self.facts = facts
        self.stage: dict[int, str] = {}
        self.since: dict[int, date | None] = {}
        self.dispositions: dict[int, str] = {}
        self.disposed_on: dict[int, date | None] = {}
        self.disposed_by: dict[int, int] = {}
        self.events: dict[int, int] = {}
        self.superseded: dict[int, int | None] = {}
        self.stage_days: dict[str, date | None] = {}
        self.milestone_days: dict[str, date] = {}
        self.last_event_on: date | None = None
        self.open_count = 0
        self.custody = plan.custody_initial
        self.custody_since: date | None = None
        self.day: date | None = None
        self.verified: date | None = None
        self.entered: tuple[date | None, str, bool] | None = None
        self.first: FirstOutcome | None = None
        self.reopened = False

    def snapshot(self) -> dict[str, object]:
        """Everything that an event can change."""
        return {
            name: value.copy() if isinstance(value, dict) else value
            for name, value in vars(self).items()
        }

    def restore(self, snapshot: dict[str, object]) -> None:
        """Go back to a snapshot."""
        for name, value in snapshot.items():
            setattr(self, name, value)

    def apply(self, event: EventIn, beside: Sequence[EventIn] = ()) -> Applied:
        """Apply an event. An event that is refused as a whole changes nothing; an event that
        names several charges is applied to those that can take the step.

        beside: events of the same moment. A step that names no charge leaves those out that one
        of them names and could not take any more: the rest is indicted, not what is dropped.
        """
        name = event.step
        step = self.plan.steps.get(name)
        if step is None:
            if name == FIRST_SEEN:
                return self._first_seen(event)
            if name == CHECKED_UNCHANGED:
                return self._checked(event)
            return Applied(False, (self._refuse("unknown"),))
        if step.guards:
            why = refusal(step.guards, self._facts(event))
            if why is not None:
                return Applied(False, (self._refuse("guard", why=why),))
        if step.custody:
            target = step.moves.get(self.custody)
            if target is None:
                return Applied(False, (self._refuse("elsewhere"),))
            self._note_step(step, self._advance(event))
            self.custody = target
            self.custody_since = event.day_from
            return FULLY
        moves, refused = self._moves(step, event)
        if beside and not event.targets:
            moves = [move for move in moves if not self._claimed(move, beside)]
        if not moves:
            return Applied(False, (refused[0] if refused else self._refuse("elsewhere"),))
        self._note_step(step, self._carry_out(moves, event, step.sets_aside))
        if step.sets_custody is not None and step.sets_custody != self.custody:
            self.custody = step.sets_custody
            self.custody_since = event.day_from
        return Applied(True, tuple(refused)) if refused else FULLY

    # -- the steps that every procedure has

    def _first_seen(self, event: EventIn) -> Applied:
        entry = event.entry_stage or ""
        ends = {target.charge_id: target.disposition for target in event.targets}
        targets = list(ends)
        if not targets:
            targets = [cid for cid in self.stage if self._under_way(cid)] or self._waiting()
        moves = []
        why = None
        for cid in targets:
            stage = self.stage.get(cid, START)
            why = self.plan.machine.entry_refusal(stage, entry)
            if why is not None:
                break
            moves.append(Move(cid, entry, None, None))
        if why is not None or not moves:
            return Applied(False, (self._refuse("first_seen", why=why),))
        if entry not in self.plan.open:
            self._ended_before(event, ends)
        self.last_event_on = self._carry_out(moves, event, False) or self.last_event_on
        if self.entered is None or not self.entered[2]:
            self.entered = (event.day_from, entry, True)
        return FULLY

    def _ended_before(self, event: EventIn, ends: Mapping[int, str | None]) -> None:
        """First seen on appeal: what first instance decided may be told, its day is not known."""
        for cid, disposition in ends.items():
            if disposition in self.plan.dispositions:
                self.dispositions[cid] = str(disposition)
                self.disposed_on[cid] = None
                self.disposed_by[cid] = event.id

    def _checked(self, event: EventIn) -> Applied:
        if not self.stage:
            return Applied(False, (self._refuse("checked"),))
        self._advance(event)
        return FULLY

    # -- which charges a step moves, and where to

    def _under_way(self, cid: int) -> bool:
        return cid not in self.superseded and self.stage[cid] in self.plan.live

    def _waiting(self) -> list[int]:
        """Charges without a position that no event files: they are there from the beginning."""
        return [
            cid
            for cid in self.charges
            if cid not in self.stage and cid not in self.announced and cid not in self.superseded
        ]

    def _named(self, step: StepPlan) -> list[int]:
        """The charges that a step moves when none is named: every live one in its `from`."""
        moves = step.moves
        found: list[int] = []
        live: list[int] = []
        for cid, stage in self.stage.items():
            if stage in moves and cid not in self.superseded:
                found.append(cid)
                if stage in self.plan.live:
                    live.append(cid)
        if found:
            return live or found
        return self._waiting() if START in moves else []

    def _moves(self, step: StepPlan, event: EventIn) -> tuple[list[Move], list[Refusal]]:
        if not event.targets and (step.fixed is not None or not step.choices):
            to, stage, end = step.moves, self.stage, step.fixed
            return [
                Move(cid, to[stage.get(cid, START)], end, None) for cid in self._named(step)
            ], []
        moves: list[Move] = []
        refused: list[Refusal] = []
        for cid, source, disposition, parent in self._targets(step, event):
            move = self._move(step, cid, source, disposition, parent)
            if isinstance(move, Move):
                moves.append(move)
            else:
                refused.append(move)
        return moves, refused

    def _claimed(self, move: Move, beside: Sequence[EventIn]) -> bool:
        """Whether another event names the charge and would find it gone."""
        for event in beside:
            step = self.plan.steps.get(event.step)
            named = any(t.charge_id == move.charge_id and not t.new for t in event.targets)
            if step is not None and named:
                here = self.stage.get(move.charge_id, START)
                return here in step.moves and move.target not in step.moves
        return False

    def _targets(
        self, step: StepPlan, event: EventIn
    ) -> Iterator[tuple[int, str | None, str | None, int | None]]:
        """(charge, where it is, disposition said, charge that it replaces) for each target."""
        if not event.targets:
            for cid in self._named(step):
                yield cid, self.stage.get(cid, START), None, None
        for target in event.targets:
            cid = target.charge_id
            if target.new:
                source = self._filing_source(step, cid)
                yield cid, source, target.disposition, self._replaced(cid)
            elif cid in self.superseded:
                after = self._successors(cid)
                for successor in [c for c in after if self.stage.get(c) in step.moves] or after:
                    yield successor, self.stage.get(successor), target.disposition, None
            else:
                source = self.stage.get(cid, None if cid in self.announced else START)
                yield cid, source, target.disposition, None

    def _move(
        self,
        step: StepPlan,
        cid: int,
        source: str | None,
        disposition: str | None,
        parent: int | None,
    ) -> Move | Refusal:
        to = step.moves.get(source) if source is not None else None
        if to is None:
            unfiled = source is None and cid in self.announced and not step.files
            kind = "no_filing" if unfiled else "elsewhere"
            return self._refuse(kind, cid, source)
        if step.fixed is not None:
            if disposition not in (None, step.fixed):
                return self._refuse("disposition", cid, source)
            disposition = step.fixed
        elif step.choices:
            if disposition is None and len(step.choices) == 1:
                disposition = step.choices[0]
            elif disposition not in step.choices:
                return self._refuse("disposition", cid, source)
        elif disposition is not None:
            return self._refuse("no_disposition", cid, source)
        return Move(cid, to, disposition, parent)

    def _filing_source(self, step: StepPlan, cid: int) -> str | None:
        """From where a new charge is filed: from its parent, the allegation, or its siblings."""
        if not step.files or cid in self.stage:
            return None
        parent = self.charges[cid].parent
        order = sorted(
            (other for other in self.stage if other not in self.superseded),
            key=lambda other: (
                other != parent,
                self.charges[other].kind != ALLEGED,
                self.stage[other] not in self.plan.live,
                -self.plan.orders[self.stage[other]],
            ),
        )
        if parent in self.stage:
            order = order[:1]
        for other in order:
            if self.stage[other] in step.moves:
                return self.stage[other]
        return START if not self.stage and START in step.moves else None

    def _replaced(self, cid: int) -> int | None:
        charge = self.charges[cid]
        if charge.kind in (AMENDED, REQUALIFIED) and charge.parent in self.stage:
            return charge.parent
        return None

    def _successors(self, cid: int) -> list[int]:
        """What an event says of a superseded charge holds of the charges that replaced it."""
        after = self.superseded[cid]
        seen = {cid}
        while after is not None and after in self.superseded and after not in seen:
            seen.add(after)
            after = self.superseded[after]
        if after is not None:
            return [after]
        counted = [other for other in self.stage if other not in self.superseded]
        return [other for other in counted if self._under_way(other)] or counted

    # -- the effects

    def _advance(self, event: EventIn) -> date | None:
        """The effective day: not before what it follows, where the date is vague."""
        day = event.day_from
        if day is None:
            return None
        if self.day is not None and self.day > day:
            day = self.day
        self.day = day
        if self.verified is None or day > self.verified:
            self.verified = day
        return day

    def _note_step(self, step: StepPlan, day: date | None) -> None:
        if day is not None:
            self.last_event_on = day
            if step.milestone is not None and step.milestone not in self.milestone_days:
                self.milestone_days[step.milestone] = day

    def _carry_out(self, moves: list[Move], event: EventIn, sets_aside: bool) -> date | None:
        day = self._advance(event)
        if not self.stage:
            self._begin(moves, event)
        undone = {self.disposed_by.get(move.charge_id) for move in moves} if sets_aside else ()
        plan_open = self.plan.open
        for cid, to, disposition, parent in moves:
            before = self.stage.get(cid)
            if before in plan_open:
                self.open_count -= 1
            if to in plan_open:
                self.open_count += 1
                self._forget_end(cid)
            self.stage[cid] = to
            if before != to:
                self.since[cid] = day
                self.events[cid] = event.id
                if to not in self.stage_days:
                    self.stage_days[to] = day
            if disposition is not None:
                self.dispositions[cid] = disposition
                self.disposed_on[cid] = day
                self.disposed_by[cid] = event.id
            if parent is not None:
                self._supersede(parent, cid)
            if before is None and self.charges[cid].kind != ALLEGED:
                for other, charge in self.charges.items():
                    if charge.kind == ALLEGED and other not in self.superseded:
                        self._supersede(other, None)
        self._note_end(undone)
        return day

    def _begin(self, moves: list[Move], event: EventIn) -> None:
        """The first event: filed charges that no event files were there from the beginning."""
        first = moves[0]
        if self.entered is None:
            self.entered = (event.day_from, first.target, False)
        moving = {move.charge_id for move in moves}
        moves.extend(
            Move(cid, first.target, first.disposition, None)
            for cid in self._waiting()
            if cid not in moving and self.charges[cid].kind != ALLEGED
        )

    def _forget_end(self, cid: int) -> None:
        if cid in self.dispositions:
            del self.dispositions[cid]
            del self.disposed_on[cid]
            del self.disposed_by[cid]

    def _supersede(self, cid: int, by: int | None) -> None:
        """Let another charge take its place; one that two replace is no more open only once."""
        if cid not in self.superseded and self.stage.get(cid) in self.plan.open:
            self.open_count -= 1
        self.superseded[cid] = by

    def _note_end(self, undone: Collection[int | None]) -> None:
        """Keep the first end, and whether it lasted. undone: events that were set aside."""
        if self.open_count == 0:
            if self.first is None:
                self.first = self.end()
        elif self.first is not None:
            if self.first.ended_event in undone or self._passing(self.first):
                self.first = None
            else:
                self.reopened = True

    def _passing(self, end: FirstOutcome) -> bool:
        """Whether an end only passed the matter on to other charges."""
        return end.outcome in self.plan.passing

    def end(self) -> FirstOutcome | None:
        """The outcome by the procedure's rule over the counted charges, or None if there is none.

        The strongest outcome of any counted charge decides; charges that only go on elsewhere
        decide when there are no others. Among equals the most serious charge is named.
        """
        plan = self.plan
        ended = [
            (cid, disposition)
            for cid, disposition in self.dispositions.items()
            if cid not in self.superseded
        ]
        if not ended:
            return None
        weighty = [item for item in ended if item[1] not in plan.neutral] or ended
        order, _, cid, disposition = min(
            (plan.outcome_orders[disposition], self.charges[cid].rank, cid, disposition)
            for cid, disposition in weighty
        )
        outcome = plan.outcomes[order]
        days = [self.disposed_on[cid] for cid, _ in ended]
        known = [day for day in days if day is not None]
        return FirstOutcome(
            outcome.name,
            outcome.event_code,
            max(known) if len(known) == len(days) else None,
            plan.dispositions[disposition].ended_by or outcome.ended_by,
            self.disposed_by[cid],
            cid,
        )

    # -- refusals

    def _facts(self, event: EventIn) -> Facts:
        filed = sum(
            self.charges[cid].kind != ALLEGED for cid in self.stage if cid not in self.superseded
        )
        filed += sum(target.new for target in event.targets)
        waiting = [cid for cid in self._waiting() if self.charges[cid].kind != ALLEGED]
        return {
            "filed_charges": filed + len(waiting),
            "live_charges": sum(self._under_way(cid) for cid in self.stage),
            "custody": self.custody,
            **(self.facts or {}),
        }

    def _refuse(
        self,
        kind: str,
        cid: int | None = None,
        stage: str | None = None,
        why: Text | None = None,
    ) -> Refusal:
        if stage is None:
            stages = [self.stage[c] for c in self.stage if c not in self.superseded]
            stage = max(stages, key=self.plan.orders.__getitem__, default=START)
        return Refusal(kind, stage, self.custody, cid, why)
