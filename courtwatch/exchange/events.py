"""From rows to events: rules, days, targets, sentences."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from courtwatch.exchange.conditions import Test, compile_when
from courtwatch.exchange.mapping import Between, EventSpec, Rule, SentenceSpec
from courtwatch.exchange.naming import Resolver
from courtwatch.exchange.plan import (
    EventPlan,
    ProsecutionPlan,
    RowRef,
    SentencePlan,
    TargetPlan,
)
from courtwatch.exchange.tables import Table, reject
from courtwatch.exchange.values import Day
from courtwatch.models.vocabulary import ChargeKind, Precision
from workflows.elements import CHECKED_UNCHANGED

if TYPE_CHECKING:
    from courtwatch.exchange.builder import Builder

When = tuple[date | None, date | None, Precision, str | None]
"""from, to, precision, time of day."""

NO_DAY: When = (None, None, Precision.UNKNOWN, None)


class EventBuilder:
    """Makes the events of all prosecutions."""

    def __init__(
        self,
        builder: Builder,
        prosecutions: list[ProsecutionPlan],
        charge_at: dict[str, tuple[int, int]],
        courts: list[int | None],
    ) -> None:
        self.builder = builder
        self.links = builder.links
        self.prosecutions = prosecutions
        self.charge_at = charge_at
        self.courts = courts
        self.open_events: dict[tuple[Any, ...], EventPlan] = {}

    def build(self, progress: Callable[[int], None]) -> None:
        """Make all events, in the order in which the mapping lists them."""
        for sequence, spec in enumerate(self.builder.mapping.records.events):
            table = self.builder.tables[spec.table]
            maker = _Maker(self, spec, table, sequence)
            for row in list(table.alive()):
                if row not in table.ids:
                    maker.make(row)
                if not row % 1000:
                    progress(1000)
            self.open_events.clear()
        if self.builder.mapping.last_verified:
            self._verify(len(self.builder.mapping.records.events))

    def _verify(self, sequence: int) -> None:
        """Note for prosecutions still open that the source was looked at on its last day."""
        day = self.builder.cut_off
        for plan in self.prosecutions:
            if plan.known or not self._is_open(plan):
                continue
            plan.events.append(
                EventPlan(
                    CHECKED_UNCHANGED, sequence, None, day, day, Precision.DAY, None, None, None,
                    [TargetPlan(None)],
                )
            )  # fmt: skip

    def _is_open(self, plan: ProsecutionPlan) -> bool:
        filed = {at for at, charge in enumerate(plan.charges) if charge.kind != ChargeKind.ALLEGED}
        ended: set[int] = set()
        for event in plan.events:
            if self.builder.live(event.step):
                continue
            for target in event.targets:
                if target.charge is None:
                    return False
                ended.add(target.charge)
        return not filed or bool(filed - ended)


class _Maker:
    """Makes the events of one spec."""

    def __init__(self, events: EventBuilder, spec: EventSpec, table: Table, sequence: int) -> None:
        self.events = events
        self.links = events.links
        self.spec = spec
        self.table = table
        self.sequence = sequence
        builder = events.builder
        self.rows = builder.rows
        self.quality = builder.quality
        self.rules: list[tuple[Test, Rule]] = [
            (compile_when(rule.when, table, events.links), rule) for rule in spec.rules
        ]
        self.asked = sorted({c for rule in spec.rules for c in rule.when if "." not in c})
        sentence = spec.sentence
        self.sentenced = compile_when(sentence.when if sentence else {}, table, events.links)
        of_case = spec.institution == "of_case"
        named = None if of_case else spec.institution
        self.institution = builder.naming.institution(named, table)
        self.courts = events.courts if of_case else None
        self.to_offence: Resolver = builder.naming.offence(spec.to_offence, table)
        self.slots = [c if "." in c else f"{spec.table}.{c}" for c in spec.day]

    def make(self, row: int) -> None:
        """Make the events of one row."""
        owners = self.links.prosecutions_of(self.table, row)
        for own in owners:
            when, missing = self._when(row, own)
            day = when[0] if when[2] is Precision.DAY else None
            rule = next((rule for test, rule in self.rules if test(row, day)), None)
            if rule is None:
                self._no_rule(row)
            elif rule.step is None:
                self.rows.skipped.setdefault((self.spec.table, row), rule.skip or "")
            elif not (missing and self.spec.undated == "skip"):
                self._add(row, own, rule, when)

    def _no_rule(self, row: int) -> None:
        if self.spec.otherwise != "reject" or self.table.fates[row] is not None:
            return
        values = ", ".join(f"{name} = {self.table.columns[name][row]}" for name in self.asked)
        kept = self.rows.is_claimed(self.spec.table, row)
        self.quality.find(
            "no_rule", self.spec.table, self.table.lines[row], self.spec.name, values,
            "the row's other records were loaded, this step left out" if kept else "rejected",
        )  # fmt: skip
        if kept:
            return
        reject(self.table, row, f"no rule of '{self.spec.name}' fits {values}", self.quality)

    def _when(self, row: int, own: int) -> tuple[When, bool]:
        """Return when it happened, and whether no column of the source tells a day at all."""
        missing = True
        for column, slot in zip(self.spec.day, self.slots, strict=True):
            day: Day | None
            if "." in column:
                day = self.links.first_day(slot, own)
            else:
                day = self.table.columns[column][row]
            if day is None:
                continue
            missing = False
            if (own, slot, day.first) not in self.links.aside:
                return (day.first, day.last, day.precision, day.time), False
        if self.spec.between is not None and not (missing and self.spec.undated == "skip"):
            return self._between(self.spec.between, own), False
        return NO_DAY, missing

    def _between(self, spec: Between, own: int) -> When:
        first = max((d for s in spec.after for d in self.links.days_of(s, own)), default=None)
        last = min((d for s in spec.before for d in self.links.days_of(s, own)), default=None)
        if first is None:
            return NO_DAY if last is None else (last, last, Precision.ABOUT, None)
        last = last or self.events.builder.cut_off
        if first > last:
            return NO_DAY
        return first, last, Precision.DAY if first == last else Precision.ABOUT, None

    def _add(self, row: int, own: int, rule: Rule, when: When) -> None:
        plan = self.events.prosecutions[own]
        targets = self._targets(row, plan, own, ends=rule.disposition is not None)
        if targets is None:
            reject(self.table, row, "names a charge that is not among the charges", self.quality)
            return
        assert rule.step is not None
        institution = self.courts[own] if self.courts is not None else self.institution(row)
        key = (own, rule.step, institution, when, rule.mode, rule.entry_stage)
        event = self.events.open_events.get(key)
        if event is None:
            event = self.events.open_events[key] = EventPlan(
                rule.step, self.sequence, institution, *when, rule.mode, rule.entry_stage
            )
            plan.events.append(event)
        reason = rule.reason
        if reason is None and rule.reason_from is not None:
            reason = self.table.columns[rule.reason_from][row]
        assessed = None
        if self.spec.assessed is not None and rule.disposition is not None:
            assessed = self.table.columns[self.spec.assessed][row]
        sentence = self.spec.sentence if self.sentenced(row, when[0]) else None
        for charge in targets:
            target = TargetPlan(
                charge, rule.disposition, self._other_offence(row, plan, charge),
                self.spec.files, reason, assessed,
            )  # fmt: skip
            ref = self.rows.claim(self.spec.table, row)
            if charge is None and any(other.charge is None for other in event.targets):
                continue  # several rows tell the same of the whole prosecution
            if sentence is not None:
                target.sentence = self._sentence(sentence, row, ref)
            else:
                target.row = ref
            event.targets.append(target)

    def _targets(
        self, row: int, plan: ProsecutionPlan, own: int, ends: bool
    ) -> list[int | None] | None:
        """Return the charges that a row's event names, None for all; no list: it names none.

        An end is told of each charge: of those filed, or of the allegation where none was.
        """
        if self.spec.of == "charges" or (ends and self.spec.of == "prosecution"):
            filed = [at for at, c in enumerate(plan.charges) if c.kind != ChargeKind.ALLEGED]
            return [*filed] if filed else [0]
        if self.spec.of == "prosecution":
            return [None]
        columns = self.spec.charge or self.table.spec.key
        key = self.table.key_of(row, columns)
        records = self.events.builder.mapping.records
        for spec in records.charges:
            found = self.events.charge_at.get(f"{spec.table}|{key}")
            if found is not None and found[0] == own:
                return [found[1]]
        # A row that names a charge which the mapping does not take for a filed one is about the
        # allegation.
        own_table = any(s.table == self.spec.table for s in records.charges)
        return [0] if own_table else None

    def _other_offence(self, row: int, plan: ProsecutionPlan, charge: int | None) -> int | None:
        found = self.to_offence(row)
        if found is None or charge is None or plan.charges[charge].offence == found:
            return None
        return found

    def _sentence(self, spec: SentenceSpec, row: int, ref: RowRef | None) -> SentencePlan:
        columns = self.table.columns
        term = columns[spec.term][row] if spec.term else None
        unit = columns[spec.unit][row] if spec.unit else None
        detail = columns[spec.kind_detail][row] if spec.kind_detail else None
        days = spec.unit_days.get(unit or "")
        length = round(term * days) if term is not None and days is not None else None
        given = [f"{term:g}" if isinstance(term, float) else term, unit, detail]
        words = " ".join(str(part) for part in given if part)
        kind = (columns[spec.kind][row] if spec.kind else spec.kind_word) or "other"
        return SentencePlan(kind[:30], length, words[:60] or None, ref)
