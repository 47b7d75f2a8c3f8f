"""What else hangs on a case: hearings, victims, notes."""

from __future__ import annotations

from courtwatch.exchange.conditions import compile_when
from courtwatch.exchange.linking import Links
from courtwatch.exchange.mapping import Mapping
from courtwatch.exchange.naming import Naming
from courtwatch.exchange.plan import CasePlan, HearingPlan, NotePlan, VictimPlan
from courtwatch.exchange.rows import Rows, enum_or, value_of
from courtwatch.exchange.tables import Table
from courtwatch.exchange.values import age_band
from courtwatch.models.vocabulary import HearingStatus, Sex, YesNoUnknown


class Extras:
    """Adds hearings, victims and notes to the cases of a plan."""

    def __init__(
        self,
        mapping: Mapping,
        tables: dict[str, Table],
        links: Links,
        naming: Naming,
        rows: Rows,
    ) -> None:
        self.mapping = mapping
        self.tables = tables
        self.links = links
        self.naming = naming
        self.rows = rows

    def build(self, cases: dict[str, CasePlan]) -> None:
        """Add all of them."""
        self._hearings(cases)
        self._victims(cases)
        self._notes(cases)

    def _hearings(self, cases: dict[str, CasePlan]) -> None:
        for spec in self.mapping.records.hearings:
            table = self.tables[spec.table]
            test = compile_when(spec.when, table, self.links)
            court = self.naming.institution(spec.court, table)
            for row in list(table.alive()):
                case = cases.get(self.links.case_of(table, row) or "")
                day = table.columns[spec.day][row]
                if case is None or day is None or row in table.ids or not test(row, None):
                    continue
                ref = self.rows.claim(spec.table, row)
                following = value_of(table, spec.next, row)
                own = self.links.prosecution_of(spec.table, row)
                case.hearings.append(
                    HearingPlan(
                        day=day.first,
                        kind=value_of(table, spec.kind, row) or "trial",
                        court=court(row) if court(row) is not None else case.court,
                        status=enum_or(
                            HearingStatus,
                            value_of(table, spec.status, row),
                            HearingStatus.UNKNOWN,
                        ),
                        adjournment_reason=value_of(table, spec.adjournment_reason, row),
                        next=following.first if following else None,
                        prosecutions=self._positions(case, own),
                        row=ref or (spec.table, row),
                        own_row=ref is not None,
                    )
                )

    def _positions(self, case: CasePlan, own: int | None) -> list[int]:
        if own is None:
            return []
        row = (self.mapping.records.prosecution.table, self.links.rows[own])
        return [at for at, plan in enumerate(case.prosecutions) if plan.row == row]

    def _victims(self, cases: dict[str, CasePlan]) -> None:
        for spec in self.mapping.records.victims:
            table = self.tables[spec.table]
            for row in list(table.alive()):
                case = cases.get(self.links.case_of(table, row) or "")
                if case is None or row in table.ids:
                    continue
                ref = self.rows.claim(spec.table, row)
                pseudonym = value_of(table, spec.pseudonym, row)
                case.victims.append(
                    VictimPlan(
                        pseudonym=(pseudonym or f"V{len(case.victims) + 1}")[:40],
                        sex=enum_or(Sex, value_of(table, spec.sex, row), Sex.UNKNOWN),
                        age_band=age_band(value_of(table, spec.age, row)),
                        citizenship=value_of(table, spec.citizenship, row),
                        exploitation=value_of(table, spec.exploitation, row),
                        civil_party=enum_or(
                            YesNoUnknown,
                            value_of(table, spec.civil_party, row),
                            YesNoUnknown.UNKNOWN,
                        ),
                        row=ref or (spec.table, row),
                        own_row=ref is not None,
                    )
                )

    def _notes(self, cases: dict[str, CasePlan]) -> None:
        for spec in self.mapping.records.notes:
            table = self.tables[spec.table]
            for row in list(table.alive()):
                case = cases.get(self.links.case_of(table, row) or "")
                text = table.columns[spec.text][row]
                if case is None or text is None or row in table.ids:
                    continue
                ref = self.rows.claim(spec.table, row)
                note = NotePlan(text, spec.language, ref or (spec.table, row), ref is not None)
                case.notes.append(note)
