"""Writing a plan, case by case, with keys of our own choosing: rows for many tables at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, func, select, text

from courtwatch.exchange.bulk import insert_rows, new_code
from courtwatch.exchange.plan import CasePlan, ChargePlan, EventPlan, ProsecutionPlan, RowRef
from courtwatch.exchange.tables import Table as SourceTable
from courtwatch.models import (
    Case,
    CaseNumber,
    Charge,
    Event,
    EventAccount,
    EventTarget,
    ExternalKey,
    Hearing,
    HearingProsecution,
    Note,
    Person,
    PersonName,
    Prosecution,
    ProsecutionCase,
    ReasonAssessed,
    ReasonStated,
    Sentence,
    Victim,
)
from courtwatch.models.vocabulary import (
    AccountSource,
    Confidence,
    EventStatus,
    NoteTier,
    Presence,
    Reliability,
    ShareLevel,
    YesNoUnknown,
)
from courtwatch.services.people import stored_name_key
from search_index.numbers import normalise_case_number

Row = dict[str, Any]

# Parents before children, so that foreign keys hold at every statement.
_TABLES: tuple[Table, ...] = tuple(
    model.__table__  # type: ignore[misc]
    for model in (
        Case, CaseNumber, Person, PersonName, Prosecution, ProsecutionCase, Charge, Victim,
        Hearing, HearingProsecution, Event, EventTarget, EventAccount, ReasonStated,
        ReasonAssessed, Sentence, Note, ExternalKey,
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys in the database of what the plan names."""

    source: str
    batch_id: int
    installation: str
    jurisdiction_id: int
    procedure_version_id: int
    organisation_id: int
    user_id: int | None
    share_level: ShareLevel
    account_source: AccountSource
    reliability: Reliability
    institutions: list[int | None]
    offences: list[int | None]
    reasons: dict[str, int]
    adjournment_reasons: dict[str, int]


class Ids:
    """Hands out keys. Inside one writing transaction nobody else can take them.

    SQLite: the transaction holds the only write lock. PostgreSQL: keys come from the sequence.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.next: dict[str, int] = {}

    def take(self, table: Table) -> int:
        """Return a fresh key for `table`."""
        if self.connection.dialect.name == "postgresql":
            sequence = text("select nextval(pg_get_serial_sequence(:name, 'id'))")
            return int(self.connection.execute(sequence, {"name": f'"{table.name}"'}).scalar_one())
        found = self.next.get(table.name)
        if found is None:
            found = int(self.connection.execute(select(func.max(table.c.id))).scalar() or 0)
        self.next[table.name] = found + 1
        return found + 1


class Writer:
    """Collects the rows of some cases and inserts them."""

    def __init__(
        self,
        connection: Connection,
        keys: Keys,
        tables: dict[str, SourceTable],
        revision_id: int,
        existing_cases: Callable[[CasePlan], int | None],
    ) -> None:
        self.connection = connection
        self.keys = keys
        self.tables = tables
        self.revision_id = revision_id
        self.existing_case = existing_cases
        self.ids = Ids(connection)
        self.rows: dict[Table, list[Row]] = {table: [] for table in _TABLES}
        self.prosecutions: list[int] = []
        self.changed: list[int] = []
        self.hearings: list[int] = []
        self.cases: list[int] = []

    def _add(self, model: Any, **values: Any) -> int:
        table: Table = model.__table__
        found = self.ids.next.get(table.name)
        if found is None or self.connection.dialect.name == "postgresql":
            key = self.ids.take(table)
        else:
            key = self.ids.next[table.name] = found + 1
        values["id"] = key
        self.rows[table].append(values)
        return key

    def insert(self) -> int:
        """Insert what was collected; returns the number of rows."""
        written = 0
        for table in _TABLES:
            rows = self.rows[table]
            insert_rows(self.connection, table, rows)
            written += len(rows)
        return written

    def _remember(self, kind: str, key: str, row_id: int, digest: str | None) -> None:
        self._add(
            ExternalKey, source=self.keys.source, kind=kind, key=key[:160], row_id=row_id,
            batch_id=self.keys.batch_id, row_sha256=digest,
        )  # fmt: skip

    def _remember_row(self, row: RowRef | None, record_id: int) -> None:
        if row is not None:
            table = self.tables[row[0]]
            if row[1] not in table.ids:
                self._remember(row[0], table.keys[row[1]], record_id, table.digests[row[1]])

    # -- one case

    def case(self, plan: CasePlan) -> None:
        """Collect the rows of one case; what is in the database already is left alone."""
        plan.id = self.existing_case(plan) or 0
        touched = False
        if not plan.id:
            plan.id = self._add(
                Case,
                public_code=new_code("C"),
                jurisdiction_id=self.keys.jurisdiction_id,
                procedure_version_id=self.keys.procedure_version_id,
                owner_id=self.keys.organisation_id,
                court_id=self._institution(plan.court),
                share_level=self.keys.share_level,
                merged_into_id=None,
                batch_id=self.keys.batch_id,
                installation=self.keys.installation,
                rev_from=self.revision_id,
            )
            self._remember("case", plan.key, plan.id, None)
            if plan.own_row:
                self._remember_row(plan.row, plan.id)
            self._numbers(plan)
            touched = True
        for number, prosecution in enumerate(plan.prosecutions):
            touched |= self._prosecution(plan, number, prosecution)
        touched |= self._hearings(plan) | self._victims(plan) | self._notes(plan)
        if touched:
            self.cases.append(plan.id)

    def _institution(self, at: int | None) -> int | None:
        return None if at is None else self.keys.institutions[at]

    def _offence(self, at: int | None) -> int | None:
        return None if at is None else self.keys.offences[at]

    def _numbers(self, plan: CasePlan) -> None:
        for issuer, as_given in plan.numbers:
            normalised = normalise_case_number(as_given)
            if normalised:
                self._add(
                    CaseNumber, case_id=plan.id, issuer_kind=issuer, institution_id=None,
                    as_given=as_given, normalised=normalised[:120], rev_from=self.revision_id,
                    rev_to=None,
                )  # fmt: skip

    def _prosecution(self, case: CasePlan, number: int, plan: ProsecutionPlan) -> bool:
        if not plan.known:
            self._new_prosecution(case, number, plan)
        changed = False
        for charge in plan.charges:
            changed |= self._charge(plan, charge)
        for event in plan.events:
            self._event(case, plan, event)
            changed = True
        if plan.known and changed:
            self.changed.append(plan.id)
        return changed or not plan.known

    def _new_prosecution(self, case: CasePlan, number: int, plan: ProsecutionPlan) -> None:
        person_id = self._add(
            Person, pseudonym=f"A{number + 1}", sex=plan.sex, age_band=plan.age_band,
            citizenship=plan.citizenship, official=plan.official,
            related_to_child_victim=YesNoUnknown.UNKNOWN, rev_from=self.revision_id,
        )  # fmt: skip
        for script, name in plan.names:
            self._add(
                PersonName, person_id=person_id, script=script, text=name,
                key=stored_name_key(name)[:200], rev_from=self.revision_id, rev_to=None,
            )  # fmt: skip
        plan.id = self._add(
            Prosecution, public_code=new_code("P"), person_id=person_id,
            registered_on=plan.registered, entry_date=plan.entry, merged_into_id=None,
            batch_id=self.keys.batch_id, rev_from=self.revision_id,
        )  # fmt: skip
        self._add(
            ProsecutionCase, prosecution_id=plan.id, case_id=case.id, rev_from=self.revision_id,
            rev_to=None,
        )  # fmt: skip
        self._remember_row(plan.row, plan.id)
        self.prosecutions.append(plan.id)

    def _charge(self, prosecution: ProsecutionPlan, plan: ChargePlan) -> bool:
        if plan.known:
            return False
        plan.id = self._add(
            Charge, prosecution_id=prosecution.id, kind=plan.kind,
            offence_id=self._offence(plan.offence), as_given=plan.as_given,
            exploitation=plan.exploitation, parent_id=None, rank=plan.rank, voided=False,
            rev_from=self.revision_id,
        )  # fmt: skip
        self._remember_row(plan.row, plan.id)
        return True

    def _event(self, case: CasePlan, prosecution: ProsecutionPlan, plan: EventPlan) -> None:
        event_id = plan.id = self._add(
            Event, case_id=case.id, step=plan.step,
            institution_id=self._institution(plan.institution), hearing_id=None,
            occurred_from=plan.day_from, occurred_to=plan.day_to, precision=plan.precision,
            time=plan.time, sequence=plan.sequence, entry_stage=plan.entry_stage, mode=plan.mode,
            status=EventStatus.RECORDED, void_reason=None, replaces_id=None,
            chosen_account_id=None, organisation_id=self.keys.organisation_id,
            batch_id=self.keys.batch_id, rev_from=self.revision_id, rev_to=None,
        )  # fmt: skip
        for target in plan.targets:
            charge = None if target.charge is None else prosecution.charges[target.charge].id
            target.id = self._add(
                EventTarget, event_id=event_id, prosecution_id=prosecution.id,
                charge_id=charge or None, disposition=target.disposition,
                to_offence_id=self._offence(target.to_offence), new=target.new,
            )  # fmt: skip
            self._remember_row(target.row, target.id)
            if target.reason is not None or target.assessed is not None:
                self._reasons(target.id, target.reason, target.assessed)
            if target.sentence is not None:
                self._sentence(target.id, target.sentence)
        self._add(
            EventAccount, event_id=event_id, organisation_id=self.keys.organisation_id,
            user_id=self.keys.user_id, source=self.keys.account_source,
            reliability=self.keys.reliability, occurred_from=plan.day_from,
            occurred_to=plan.day_to, precision=plan.precision,
            disposition=plan.targets[0].disposition if plan.targets else None,
            rev_from=self.revision_id, rev_to=None,
        )  # fmt: skip

    def _reasons(self, target_id: int, stated: str | None, assessed: str | None) -> None:
        if stated is not None:
            self._add(
                ReasonStated, target_id=target_id, reason_id=self.keys.reasons[stated],
                primary=True, rev_from=self.revision_id, rev_to=None,
            )  # fmt: skip
        if assessed is not None:
            self._add(
                ReasonAssessed, target_id=target_id, organisation_id=self.keys.organisation_id,
                reason_id=self.keys.reasons[assessed], confidence=Confidence.MEDIUM,
                rev_from=self.revision_id, rev_to=None,
            )  # fmt: skip

    def _sentence(self, target_id: int, plan: Any) -> None:
        plan.id = self._add(
            Sentence, target_id=target_id, kind=plan.kind, length_days=plan.length_days,
            length_as_given=plan.as_given, suspended_days=None, fine_amount=None,
            compensation_awarded=None, compensation_paid=None, currency=None,
            rev_from=self.revision_id, rev_to=None,
        )  # fmt: skip
        self._remember_row(plan.row, plan.id)

    # -- what else hangs on a case

    def _hearings(self, case: CasePlan) -> bool:
        for plan in case.hearings:
            reason = plan.adjournment_reason
            plan.id = self._add(
                Hearing, public_code=new_code("H"), case_id=case.id,
                institution_id=self._institution(plan.court), kind=plan.kind,
                scheduled_on=plan.day, scheduled_time=None, status=plan.status,
                adjournment_reason_id=self.keys.adjournment_reasons[reason] if reason else None,
                next_on=plan.next, organisation_id=self.keys.organisation_id,
                batch_id=self.keys.batch_id, voided=False, void_reason=None,
                rev_from=self.revision_id,
            )  # fmt: skip
            for number in plan.prosecutions or range(len(case.prosecutions)):
                self._add(
                    HearingProsecution, hearing_id=plan.id,
                    prosecution_id=case.prosecutions[number].id, presence=Presence.UNKNOWN,
                    rev_from=self.revision_id, rev_to=None,
                )  # fmt: skip
            if plan.own_row:
                self._remember_row(plan.row, plan.id)
            self.hearings.append(plan.id)
        return bool(case.hearings)

    def _victims(self, case: CasePlan) -> bool:
        for plan in case.victims:
            plan.id = self._add(
                Victim, case_id=case.id, pseudonym=plan.pseudonym, sex=plan.sex,
                age_band=plan.age_band, citizenship=plan.citizenship,
                exploitation=plan.exploitation, civil_party=plan.civil_party, withdrawn=False,
                rev_from=self.revision_id,
            )  # fmt: skip
            if plan.own_row:
                self._remember_row(plan.row, plan.id)
        return bool(case.victims)

    def _notes(self, case: CasePlan) -> bool:
        for plan in case.notes:
            khmer = any("\u1780" <= letter <= "\u17ff" for letter in plan.text)
            plan.id = self._add(
                Note, case_id=case.id, subject_kind=None, subject_id=None,
                organisation_id=self.keys.organisation_id, user_id=self.keys.user_id,
                tier=NoteTier.ORGANISATION,
                language=plan.language or ("km" if khmer else "en"), text=plan.text,
                redacted=False, batch_id=self.keys.batch_id, rev_from=self.revision_id,
                rev_to=None,
            )  # fmt: skip
            if plan.own_row:
                self._remember_row(plan.row, plan.id)
        return bool(case.notes)


__all__ = ["Ids", "Keys", "Writer"]
