"""From rows to records: the interpreter of a mapping."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from courtwatch.exchange.conditions import compile_when
from courtwatch.exchange.events import EventBuilder
from courtwatch.exchange.extras import Extras
from courtwatch.exchange.linking import Links
from courtwatch.exchange.mapping import ChargeSpec, Check, Compare, Mapping
from courtwatch.exchange.naming import Naming, Resolver
from courtwatch.exchange.ordering import OrderRules
from courtwatch.exchange.plan import (
    CasePlan,
    ChargePlan,
    Plan,
    ProsecutionPlan,
)
from courtwatch.exchange.quality import Fate, Quality
from courtwatch.exchange.rows import Rows, enum_or, value_of
from courtwatch.exchange.tables import Table, reject
from courtwatch.exchange.values import Day, age_band
from courtwatch.models.vocabulary import ChargeKind, Sex, YesNoUnknown


def cut_off_day(mapping: Mapping, tables: dict[str, Table], today: date) -> date:
    """Return the day up to which the source tells: fixed, today, or the last day of a column."""
    if mapping.cut_off == "today":
        return today
    if "." not in mapping.cut_off:
        return date.fromisoformat(mapping.cut_off)
    name, _, column = mapping.cut_off.partition(".")
    days = [value.last for value in tables[name].columns[column] if value is not None]
    sane = [day for day in days if mapping.earliest <= day <= today]
    return max(sane, default=today)


class Builder:
    """Builds the plan of one import."""

    def __init__(
        self,
        mapping: Mapping,
        tables: dict[str, Table],
        quality: Quality,
        live: Callable[[str], bool],
        today: date,
    ) -> None:
        self.mapping = mapping
        self.tables = tables
        self.quality = quality
        self.live = live
        self.cut_off = cut_off_day(mapping, tables, today)
        self.rows = Rows(tables)
        self.naming = Naming(mapping.records, quality)
        self.links: Links

    def build(self, progress: Callable[[int], None] = lambda done: None) -> Plan:
        """Return the plan; every row has its fate afterwards."""
        self._check_range()
        self.links = Links(self.mapping, self.tables)
        order = self.mapping.order
        rules = OrderRules(order.chains, order.trust, order.slack_days)
        self.links.set_aside_contradictions(rules, self.quality)
        for compare in self.mapping.compare:
            self._compare(compare)
        for check in self.mapping.checks:
            self._check(check)
        plan = Plan(cut_off=self.cut_off)
        prosecutions = self._prosecutions()
        cases = self._cases(prosecutions)
        courts = [cases[key].court for key in self.links.case_keys]
        charge_at = self._charges(prosecutions)
        builder = EventBuilder(self, prosecutions, charge_at, courts)
        builder.build(progress)
        Extras(self.mapping, self.tables, self.links, self.naming, self.rows).build(cases)
        plan.cases = list(cases.values())
        plan.institutions, plan.offences = self.naming.institutions, self.naming.offences
        self._settle_fates()
        return plan

    # -- checks over whole tables

    def _check_range(self) -> None:
        for table in self.tables.values():
            for key, column in table.spec.columns.items():
                if column.type == "day":
                    self._check_days(table, key, column.heading[0])

    def _check_days(self, table: Table, key: str, heading: str) -> None:
        values = table.columns[key]
        shift = table.spec.columns[key].shift_hours
        told = 0
        for at, day in enumerate(values):
            if day is None:
                continue
            told += 1
            if day.last < self.mapping.earliest:
                kind, done = "impossible_day", "left unknown"
            elif day.first > self.cut_off:
                kind = "day_after_cut_off"
                done = f"not taken as happened: the data end on {self.cut_off}"
            else:
                continue
            values[at] = None
            if table.fates[at] is not Fate.REJECTED:
                self.quality.find(kind, table.name, table.lines[at], heading, day.first, done)
        if shift and told:
            self.quality.find_many(
                "clock_shift", table.name, heading, told, f"{told:,} times of day",
                f"moved by {shift:+g} hours",
            )  # fmt: skip

    def _compare(self, compare: Compare) -> None:
        """Compare what two tables tell of the same; for days, to the minute."""
        name, _, column = compare.column.partition(".")
        table = self.tables[name]
        counterpart = self._counterpart(table, compare.with_)
        agree = 0
        values = table.columns[column]
        for row in table.alive():
            value = values[row]
            other = counterpart(row)
            if value is None or other is None:
                continue
            if value == other:
                agree += 1
            else:
                self.quality.find(
                    compare.name, name, table.lines[row],
                    table.spec.columns[column].heading[0],
                    f"{_shown(value)}, but {compare.with_} {_shown(other)}",
                    compare.done,
                )  # fmt: skip
        self.quality.notes.append(
            f"{compare.column} and {compare.with_} agree in {agree:,} rows"
        )

    def _counterpart(self, table: Table, dotted: str) -> Callable[[int], Any]:
        """Return what finds, for a row, the value in another table's column."""
        name, _, column = dotted.partition(".")
        other = self.tables[name]
        values = other.columns[column]
        link = next((link for link in table.spec.links if link.to == name), None)

        def by_link(row: int) -> Any:
            assert link is not None
            found = other.index.get(table.key_of(row, link.columns) or "")
            return None if found is None else values[found]

        def by_prosecution(row: int) -> Any:
            own = self.links.prosecution_of(table.name, row)
            return None if own is None else self.links.first_day(dotted, own)

        return by_link if link is not None else by_prosecution

    def _check(self, check: Check) -> None:
        table = self.tables[check.table]
        test = compile_when(check.when, table, self.links)
        for row in table.alive():
            if test(row, None):
                shown = table.columns[check.show][row] if check.show else table.keys[row]
                value = shown.first if isinstance(shown, Day) else shown
                self.quality.find(
                    check.name, table.name, table.lines[row], check.show, value, check.done
                )

    # -- prosecutions, cases, charges

    def _day(self, table: Table, column: str | None, row: int, own: int) -> date | None:
        day = value_of(table, column, row)
        if day is None or not day.exact:
            return None
        slot = f"{table.name}.{column}"
        return None if (own, slot, day.first) in self.links.aside else day.first

    def _prosecutions(self) -> list[ProsecutionPlan]:
        spec = self.mapping.records.prosecution
        table = self.tables[spec.table]
        alleged = self.naming.offence(spec.alleged, table)
        made = []
        for own, row in enumerate(self.links.rows):
            known = table.ids.get(row)
            self.rows.claim(spec.table, row)
            registered = self._day(table, spec.registered, row, own)
            plan = ProsecutionPlan(
                key=table.keys[row],
                row=(spec.table, row),
                registered=registered,
                entry=self._day(table, spec.entry, row, own) if spec.entry else registered,
                sex=enum_or(Sex, value_of(table, spec.sex, row), Sex.UNKNOWN),
                age_band=age_band(value_of(table, spec.age, row)),
                citizenship=value_of(table, spec.citizenship, row),
                official=enum_or(
                    YesNoUnknown, value_of(table, spec.official, row), YesNoUnknown.UNKNOWN
                ),
                names=tuple(
                    (script, table.columns[column][row][:200])
                    for script, column in spec.names.items()
                    if table.columns[column][row] is not None
                ),
                id=known or 0,
                known=known is not None,
            )
            as_given = value_of(table, spec.alleged_as_given, row)
            plan.charges.append(
                ChargePlan(
                    kind=ChargeKind.ALLEGED,
                    offence=alleged(row),
                    as_given=as_given[:300] if as_given else None,
                    exploitation=value_of(table, spec.exploitation, row),
                    rank=0,
                    row=None,
                    known=plan.known,
                )
            )
            made.append(plan)
        return made

    def _cases(self, prosecutions: list[ProsecutionPlan]) -> dict[str, CasePlan]:
        spec = self.mapping.records.case
        table = self.tables[spec.table]
        rows = self._case_rows(table)
        court = self.naming.institution(spec.court, table)
        cases: dict[str, CasePlan] = {}
        for own, plan in enumerate(prosecutions):
            key = self.links.case_keys[own]
            case = cases.get(key)
            if case is None:
                row = rows.get(key, plan.row[1])
                ref = self.rows.claim(spec.table, row)
                case = cases[key] = CasePlan(
                    key=key,
                    numbers=[
                        (kind, str(value)[:120])
                        for kind, column in {spec.issuer: spec.number, **spec.more_numbers}.items()
                        if (value := value_of(table, column, row)) is not None
                    ],
                    court=court(row),
                    row=ref or (spec.table, row),
                    own_row=ref is not None,
                )
            case.prosecutions.append(plan)
        self._note_empty_cases(table, cases)
        return cases

    def _case_rows(self, table: Table) -> dict[str, int]:
        rows: dict[str, int] = {}
        for row in table.alive():
            key = self.links.case_of(table, row)
            if key is not None:
                rows.setdefault(key, row)
        return rows

    def _note_empty_cases(self, table: Table, cases: dict[str, CasePlan]) -> None:
        if table.spec.prosecution is not None:
            return
        for row in list(table.alive()):
            if self.links.case_of(table, row) not in cases:
                self.rows.skipped[table.name, row] = "the case has no accused"

    def _charges(self, prosecutions: list[ProsecutionPlan]) -> dict[str, tuple[int, int]]:
        """Make the charges that were filed; return their place (prosecution, charge) by key."""
        place: dict[str, tuple[int, int]] = {}
        for spec in self.mapping.records.charges:
            table = self.tables[spec.table]
            test = compile_when(spec.when, table, self.links)
            offence = self.naming.offence(spec.offence, table)
            for row in table.alive():
                own = self.links.prosecution_of(spec.table, row)
                if own is None or not test(row, None):
                    continue
                charge = self._charge(spec, table, row, offence)
                charges = prosecutions[own].charges
                place[f"{spec.table}|{table.key_of(row, spec.key)}"] = (own, len(charges))
                charges.append(charge)
        return place

    def _charge(
        self, spec: ChargeSpec, table: Table, row: int, offence: Resolver
    ) -> ChargePlan:
        as_given = value_of(table, spec.as_given, row)
        rank = value_of(table, spec.rank, row)
        ref = self.rows.claim(spec.table, row)
        known = table.ids.get(row)
        return ChargePlan(
            kind=spec.kind,
            offence=offence(row),
            as_given=as_given[:300] if as_given else None,
            exploitation=value_of(table, spec.exploitation, row),
            rank=int(rank) if rank is not None else 0,
            row=ref,
            id=known or 0 if ref is not None else 0,
            known=known is not None,
        )

    # -- the books

    def _settle_fates(self) -> None:
        for table in self.tables.values():
            fates = self.quality.tables[table.name].fates if table.lines else None
            for row in range(len(table.lines)):
                if table.fates[row] is not None:
                    continue
                if self.rows.is_claimed(table.name, row):
                    table.fates[row] = Fate.LOADED
                    assert fates is not None
                    fates[Fate.LOADED] += 1
                else:
                    reason = self.rows.skipped.get(
                        (table.name, row), "nothing in the mapping makes a record of this row"
                    )
                    reject(table, row, reason, self.quality)


def _shown(value: Any) -> str:
    return f"{value.first} {value.time or '00:00'}" if isinstance(value, Day) else str(value)
